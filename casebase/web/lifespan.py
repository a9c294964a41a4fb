"""What happens when the server starts: model and index are loaded in the background, so that the first search is quick."""

from __future__ import annotations

import logging
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from casebase.bootstrap import installed
from casebase.errors import CasebaseError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = logging.getLogger(__name__)


def _warm() -> None:
    try:
        services = installed()
        services.index.current()
        services.embedder.embed_queries(["khởi động"])
    except CasebaseError:
        log.exception("not ready to search")
        return
    log.info("ready to search")


@asynccontextmanager
async def warm_up(_app: object) -> AsyncIterator[None]:
    """Load in a thread of its own: the pages answer at once, and a search that comes early waits for the same loading."""
    threading.Thread(target=_warm, name="casebase-warm-up", daemon=True).start()
    yield
