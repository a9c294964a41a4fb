"""The routes beside the pages: is the server alive, is it ready to search; signing in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from casebase.bootstrap import installed
from casebase.errors import CasebaseError
from casebase.web import sign_in

if TYPE_CHECKING:
    from starlette.requests import Request

_NEVER_CACHED = {"Cache-Control": "no-store"}


async def alive(_request: Request) -> JSONResponse:
    """Answer 200 while the process serves at all."""
    return JSONResponse({"status": "ok"}, headers=_NEVER_CACHED)


async def ready(_request: Request) -> JSONResponse:
    """Answer 200 once searches are answered by meaning, 503 before, with what is known."""
    try:
        state = await run_in_threadpool(installed().readiness)
    except CasebaseError as error:
        return JSONResponse({"ready": False, "error": error.code}, status_code=503, headers=_NEVER_CACHED)
    return JSONResponse(state, status_code=200 if state["ready"] else 503, headers=_NEVER_CACHED)


def routes() -> list[BaseRoute]:
    """Return the routes to put beside the pages."""
    return [Route("/healthz", alive), Route("/readyz", ready), *sign_in.routes()]
