"""Fifty people search at once while a case is published: each gets a whole answer, of before or of after."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event
from typing import TYPE_CHECKING

import pytest
from library import BIRTH, PAYROLL, RAILWAY, SALARY, SUN, ids, library, write_files

from casebase.domain.query import Facet, Filters, SearchQuery
from casebase.search.embedders.hashing import HashingEmbedder
from casebase.services.importing import import_files

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.bootstrap import Services
    from casebase.domain.ports import Embedder
    from casebase.domain.query import SearchResult

PEOPLE = 50
PUBLIC, NEW = (RAILWAY, SUN, PAYROLL, BIRTH), SALARY
QUERIES = (
    SearchQuery("mua vé tàu đường sắt"),
    SearchQuery("giay khai sinh cho tre"),
    SearchQuery("payroll system", reader="en"),
    SearchQuery("logiciel de paie", reader="fr", filters=Filters.of([(Facet.OUTCOME, ["failure"])])),
    SearchQuery("hòa bình", limit=2),
)


@pytest.fixture(params=["hashing", pytest.param("onnx", marks=pytest.mark.model)])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Services:
    engine: Embedder = HashingEmbedder() if request.param == "hashing" else request.getfixturevalue("embedder")
    return library(tmp_path / "library", *PUBLIC, embedder=engine)


def answer(services: Services, query: SearchQuery) -> SearchResult:
    """Return the answer to a query without the time it took."""
    return replace(services.search(query), took_ms=0)


def publish_new(services: Services, folder: Path) -> None:
    """Import the new case and make it findable, as `casebase import` does."""
    write_files(folder, [NEW])
    import_files([folder], store=services.store, clock=services.clock)
    services.index.build()


def test_fifty_people_get_the_answers_that_one_gets(services: Services, tmp_path: Path) -> None:
    before = {query: answer(services, query) for query in QUERIES}
    begin, published = Barrier(PEOPLE + 1), Event()

    def search_until_published(person: int) -> list[tuple[SearchQuery, SearchResult]]:
        """Search on until the new case is public, and once more."""
        query = QUERIES[person % len(QUERIES)]
        begin.wait()
        during = []
        while not published.is_set():
            during.append((query, answer(services, query)))
        return [*during, (query, answer(services, query))]

    with ThreadPoolExecutor(PEOPLE) as people:
        searching = [people.submit(search_until_published, person) for person in range(PEOPLE)]
        begin.wait()
        try:
            publish_new(services, tmp_path / "new")
        finally:
            published.set()
        seen = [one.result() for one in searching]

    after = {query: answer(services, query) for query in QUERIES}
    assert any(NEW.id in ids(result) for result in after.values())
    assert all(result in (before[query], after[query]) for person in seen for query, result in person)
    assert all(result == after[query] for query, result in (person[-1] for person in seen))
