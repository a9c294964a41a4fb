"""Whatever is typed: the search answers, and what it answers is consistent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from library import CASES, CountingEmbedder, ids, library_in_memory, open_services, publish

from casebase.domain.case import Section
from casebase.domain.query import MAX_QUERY_CHARACTERS, Facet, Filters, Mode, SearchQuery, facet_values
from casebase.services.presenting import search_json
from casebase.storage.memory import MemoryCaseStore

if TYPE_CHECKING:
    from casebase.bootstrap import Services
    from casebase.domain.query import SearchResult

OPERATORS = ("AND", "OR", "NOT", "NEAR(", *"\"'*^():-+~%_\\/{}", "--", ";DROP TABLE cases", "06/QĐ-TTg", "1.000.000")
STRANGE = ("\x00", "\ud800", "\udfff", "\ufeff", "\u202e", "\u0301", "đ", "Đ", "ﷺ", "🇻🇳", "İ", "ß", "ǅ", "０１")
FRAGMENTS = ("đường sắt", "duong sat", "payroll system", "logiciel de paie", "khai sinh", "chuyen doi so", " ", "\n", "a" * 300)
everything = st.text(st.characters(exclude_categories=[]), max_size=200)
"""Any code point there is, lone surrogates, NUL and unassigned ones included."""
mixed = st.lists(st.sampled_from((*OPERATORS, *STRANGE, *FRAGMENTS)) | everything, max_size=12).map("".join)
long = st.builds(lambda piece, times: (piece or "x") * times, mixed, st.integers(1, 2_000)).map(lambda text: text[:100_000])
texts = st.one_of(everything, mixed, long)
values = st.sampled_from(sorted({value for case in CASES for facet in Facet for value in facet_values(case, facet)} | {"", "\x00"}))
filters = st.lists(st.tuples(st.sampled_from(Facet), st.lists(values, max_size=3)), max_size=3).map(Filters.of)
queries = st.builds(
    SearchQuery,
    texts,
    limit=st.integers(1, 20),
    section=st.none() | st.sampled_from(Section),
    filters=filters,
    mode=st.sampled_from(Mode),
    verbatim=st.booleans(),
    reader=st.sampled_from(["vi", "en", "xx", ""]),
)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return library_in_memory(tmp_path_factory.mktemp("home"), *CASES)


def assert_consistent(result: SearchResult) -> None:
    query = result.query
    assert len(set(ids(result))) == len(result.hits) <= query.limit
    scores = [hit.score for hit in result.hits]
    assert scores == sorted(scores, reverse=True)
    for hit in result.hits:
        assert all(wanted & set(facet_values(hit.case, facet)) for facet, wanted in query.filters.chosen)
        assert query.section in (None, hit.reason.section)
        bounds = [bound for span in hit.reason.matched for bound in (span.start, span.end)]
        assert bounds == sorted(bounds)
        assert all(0 <= bound <= len(hit.reason.sentence) for bound in bounds)
        assert hit.reason.sentence
    assert len(result.hits) <= result.total <= len(CASES)
    assert len(result.analysis.text) <= MAX_QUERY_CHARACTERS
    filtered = dict(query.filters.chosen)  # the values of a facet are counted without its own filter
    for facet, counted in result.facets:
        most = len(CASES) if facet in filtered else result.total
        assert all(0 <= count <= most for _, count in counted)


@given(query=queries)
@settings(max_examples=1000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@example(query=SearchQuery(""))
@example(query=SearchQuery("\x00" * 100_000))
@example(query=SearchQuery("\ud800" * 100_000))
@example(query=SearchQuery('"' * 100_000))
@example(query=SearchQuery("đường sắt " * 10_000))
@example(query=SearchQuery("a\u0301\u0302" * 30_000))
@example(query=SearchQuery("ﷺ" * 30_000))
def test_a_thousand_queries_never_raise(services: Services, query: SearchQuery) -> None:
    result = services.search(query)
    assert_consistent(result)
    search_json(result)


@given(query=queries)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_library_without_vectors_never_raises_either(words_only: Services, query: SearchQuery) -> None:
    result = words_only.search(query)
    assert not result.by_meaning
    assert_consistent(result)


@pytest.fixture(scope="module")
def words_only(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """Give a library whose vectors will never be there."""
    home = tmp_path_factory.mktemp("home")
    services = open_services(home, store=MemoryCaseStore(), embedder=CountingEmbedder(refuses=RuntimeError("no model")))
    publish(services.store, *CASES)
    services.index.current()
    services.index.wait()
    return services


@given(query=queries)
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_an_empty_library_never_raises_either(empty: Services, query: SearchQuery) -> None:
    assert empty.search(query).hits == ()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return library_in_memory(tmp_path_factory.mktemp("home"))


@given(text=texts)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_query_gets_the_same_answer_twice(services: Services, text: str) -> None:
    first, second = services.search(SearchQuery(text)), services.search(SearchQuery(text))
    assert [(hit.case.id, hit.score, hit.reason) for hit in first.hits] == [
        (hit.case.id, hit.score, hit.reason) for hit in second.hits
    ]
