"""A small library served to AppTest: SQLite, the hashing engine, six cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from factories import make_case

from casebase import bootstrap
from casebase.domain.case import Headline, TranslationMethod
from casebase.ingest.passages import cut_passages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from casebase.bootstrap import Services

SUMMARY_EN = "Parents had to visit three offices. One online form now reaches all of them, and the certificate is ready on the day."


@pytest.fixture
def library(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Publish a few cases into a fresh home and hand out the services that the pages will use."""
    monkeypatch.setenv("CASEBASE_HOME", str(home))
    monkeypatch.setenv("CASEBASE_ENGINE", "hashing")
    monkeypatch.setenv("CASEBASE_FOLLOW_SECONDS", "0")
    _forget()
    services = bootstrap.installed()
    english = Headline(title="One form for a newborn", summary=SUMMARY_EN, method=TranslationMethod.MACHINE)
    cases = [
        make_case(id="khai-sinh-mot-lan", title="Khai sinh một lần cho trẻ mới sinh", headlines={"en": english}),
        make_case(id="benh-an-dien-tu", title="Bệnh án điện tử thay bệnh án giấy", sectors=("health",)),
        make_case(
            id="hostile",
            title="<script>alert(1)</script> **đậm** $x$ :material/home: [a](javascript:alert(1))",
            period={"end": "2020"},
        ),
    ]
    for case in cases:
        services.store.publish(case, cut_passages(case), actor="test", now=services.clock())
    services.index.build()
    yield services
    _forget()


def _forget() -> None:
    bootstrap._installed.cache_clear()
    bootstrap.installed_settings.cache_clear()
