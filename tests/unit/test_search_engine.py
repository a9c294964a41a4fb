"""The ranking: which evidence counts, what may answer, how passages become cases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from factories import make_case
from library import BIRTH, CASES, PAYROLL, RAILWAY, CountingEmbedder

from casebase.domain.case import Section
from casebase.domain.passage import PassageId
from casebase.domain.query import Analysis, Facet, Filters, Mode, SearchQuery
from casebase.ingest.passages import cut_passages
from casebase.search import engine
from casebase.search.embedders.hashing import HashingEmbedder
from casebase.search.engine import centred_query, passage_scores, rank, rank_like
from casebase.search.snapshot import build_snapshot
from casebase.search.vectors import FaissVectors

if TYPE_CHECKING:
    from casebase.domain.case import CaseStudy
    from casebase.domain.ports import Embedder
    from casebase.search.engine import Ranking
    from casebase.search.snapshot import Snapshot

EMBEDDER = HashingEmbedder()
QUERY = SearchQuery("mua vé tàu đường sắt")


def snapshot_of(*cases: CaseStudy, embedder: Embedder | None = EMBEDDER) -> Snapshot:
    passages = [passage for case in cases for passage in cut_passages(case)]
    passages = [replace(passage, id=PassageId(2 * place)) for place, passage in enumerate(passages, 1)]
    vectors = embedder.embed_passages([passage.full_text for passage in passages]) if embedder else None
    return build_snapshot(passages, cases, generation=1, vectors=vectors, model=embedder.fingerprint if embedder else None)


SNAPSHOT = snapshot_of(*CASES)


def found(ranking: Ranking) -> list[str]:
    return [case.case_id for case in ranking.cases]


def test_the_case_about_the_need_comes_first() -> None:
    assert found(rank(QUERY, SNAPSHOT, EMBEDDER))[0] == RAILWAY.id


def test_every_case_comes_once_best_first() -> None:
    ranking = rank(QUERY, SNAPSHOT, EMBEDDER)
    assert sorted(found(ranking)) == sorted(case.id for case in CASES)
    scores = [case.score for case in ranking.cases]
    assert scores == sorted(scores, reverse=True)


def test_a_case_has_the_score_of_its_best_passage() -> None:
    ranking = rank(QUERY, SNAPSHOT, EMBEDDER)
    best = ranking.cases[0]
    positions = SNAPSHOT.passages.of_case(best.number)
    scores = passage_scores(SNAPSHOT, positions, vector=ranking.vector, words=ranking.words, mode=ranking.mode)
    assert best.score == pytest.approx(float(scores.max()))


def test_equal_cases_keep_the_order_of_their_passages() -> None:
    twins = [make_case(id=f"twin-{number}") for number in range(4)]
    assert found(rank(SearchQuery("một cửa điện tử"), snapshot_of(*twins), EMBEDDER)) == [twin.id for twin in twins]


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_no_more_cases_come_than_asked_for(limit: int) -> None:
    assert len(rank(replace(QUERY, limit=limit), SNAPSHOT, EMBEDDER).cases) == min(limit, len(CASES))


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\u200b"])
def test_an_empty_query_finds_nothing(text: str) -> None:
    assert rank(SearchQuery(text), SNAPSHOT, EMBEDDER).cases == ()


def test_words_alone_find_only_cases_that_have_them() -> None:
    assert found(rank(SearchQuery("payroll", mode=Mode.LEXICAL, verbatim=True), SNAPSHOT, EMBEDDER)) == [PAYROLL.id]


def test_words_find_what_the_glossary_makes_of_them_in_another_language() -> None:
    assert found(rank(SearchQuery("payroll", mode=Mode.LEXICAL), SNAPSHOT, EMBEDDER))[0] == PAYROLL.id
    assert "logiciel-de-paie" in found(rank(SearchQuery("payroll", mode=Mode.LEXICAL), SNAPSHOT, EMBEDDER))


def test_meaning_alone_does_not_look_at_words() -> None:
    ranking = rank(replace(QUERY, mode=Mode.DENSE), SNAPSHOT, EMBEDDER)
    assert ranking.vector is not None
    assert SNAPSHOT.vectors is not None
    _, products = SNAPSHOT.vectors.nearest(ranking.vector, limit=1)
    assert ranking.cases[0].score == pytest.approx(float(products[0]))


@pytest.mark.parametrize("filters", [Filters(), Filters.of([(Facet.LANGUAGE, ["vi"])])], ids=["everything", "filtered"])
def test_inverted_lists_rank_as_comparing_with_every_vector_does(filters: Filters) -> None:
    assert isinstance(SNAPSHOT.vectors, FaissVectors)
    ids = SNAPSHOT.passages.ids
    lists = FaissVectors.build(ids, SNAPSHOT.vectors._rows(np.arange(len(ids))), lists_from=1)
    exact, listed = (
        rank(replace(QUERY, filters=filters), snapshot, EMBEDDER) for snapshot in (SNAPSHOT, replace(SNAPSHOT, vectors=lists))
    )
    assert found(listed) == found(exact)
    assert [case.score for case in listed.cases] == pytest.approx([case.score for case in exact.cases])


def test_one_section_can_be_searched_alone() -> None:
    text = "xếp hàng mua vé ở nhà ga"
    everywhere = rank(SearchQuery(text), SNAPSHOT, EMBEDDER).cases[0]
    lessons = rank(SearchQuery(text, section=Section.LESSONS), SNAPSHOT, EMBEDDER).cases
    assert len(lessons) == len(CASES)
    assert next(case.score for case in lessons if case.case_id == RAILWAY.id) < everywhere.score


def test_a_case_whose_section_is_missing_does_not_answer_for_it() -> None:
    silent = make_case(id="im-lang", sections={**dict(RAILWAY.sections.items()), "lessons": ""})
    ranking = rank(replace(QUERY, section=Section.LESSONS), snapshot_of(RAILWAY, silent), EMBEDDER)
    assert found(ranking) == [RAILWAY.id]


@pytest.mark.parametrize("mode", Mode)
def test_only_cases_that_the_filters_allow_answer(mode: Mode) -> None:
    filters = Filters.of([(Facet.COUNTRY, ["CA", "FR"])])
    ranking = rank(SearchQuery("payroll đường sắt", filters=filters, mode=mode), SNAPSHOT, EMBEDDER)
    assert set(found(ranking)) <= {case.id for case in CASES if case.country in {"CA", "FR"}}
    assert found(ranking)[0] == PAYROLL.id
    assert ranking.allowed.sum() == 2


def test_a_filtered_answer_is_the_unfiltered_one_without_the_others() -> None:
    filters = Filters.of([(Facet.LANGUAGE, ["vi"])])
    everything = rank(QUERY, SNAPSHOT, EMBEDDER).cases
    kept = rank(replace(QUERY, filters=filters), SNAPSHOT, EMBEDDER).cases
    assert kept == tuple(case for case in everything if case.case_id not in {PAYROLL.id, "logiciel-de-paie"})


def test_more_candidates_than_are_looked_at_still_give_exact_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = rank(QUERY, SNAPSHOT, EMBEDDER).cases
    monkeypatch.setattr(engine, "CANDIDATES", 3)
    few = rank(QUERY, SNAPSHOT, EMBEDDER).cases
    assert few
    assert few[0] == exact[0]
    assert {case.case_id: case.score for case in few}.items() <= {case.case_id: case.score for case in exact}.items()


@pytest.mark.parametrize(
    ("snapshot", "embedder"),
    [
        (SNAPSHOT, None),
        (snapshot_of(*CASES, embedder=None), EMBEDDER),
        (SNAPSHOT, CountingEmbedder(name="-next")),
        (SNAPSHOT, HashingEmbedder(64)),
    ],
    ids=["no engine", "no vectors", "another model", "another dimension"],
)
@pytest.mark.parametrize("mode", Mode)
def test_words_answer_where_meaning_cannot_be_compared(snapshot: Snapshot, embedder: Embedder | None, mode: Mode) -> None:
    ranking = rank(replace(QUERY, mode=mode), snapshot, embedder)
    assert (ranking.vector, ranking.mode) == (None, Mode.LEXICAL)
    assert found(ranking)[0] == RAILWAY.id


def test_an_unmarked_query_is_searched_with_its_marks() -> None:
    assert rank(SearchQuery("duong sat"), SNAPSHOT, EMBEDDER).analysis.text == "đường sắt"


def test_a_verbatim_query_is_searched_as_typed() -> None:
    ranking = rank(SearchQuery("duong sat", verbatim=True), SNAPSHOT, EMBEDDER)
    assert ranking.analysis.text == "duong sat"


def test_the_query_loses_its_language_as_the_passages_did() -> None:
    analysis = Analysis("x", "mua vé tàu", "vi", marked=True)
    assert SNAPSHOT.means is not None
    expected = SNAPSHOT.means.centre(EMBEDDER.embed_queries(["mua vé tàu"]), ["vi"])[0]
    np.testing.assert_allclose(centred_query(analysis, SNAPSHOT, EMBEDDER), expected)


def test_cases_like_a_case_come_without_it() -> None:
    assert SNAPSHOT.case_vectors is not None
    number = SNAPSHOT.passages.cases.index(BIRTH.id)  # type: ignore[arg-type]
    analysis = Analysis(BIRTH.title, BIRTH.title, "vi", marked=True)
    vector = SNAPSHOT.case_vectors[number]
    ranking = rank_like(SearchQuery(BIRTH.title), analysis, vector, SNAPSHOT, without=SNAPSHOT.passages.cases[number])
    assert sorted(found(ranking)) == sorted(case.id for case in CASES if case is not BIRTH)
    itself = rank_like(SearchQuery(BIRTH.title), analysis, vector, SNAPSHOT).cases[0]
    assert (itself.case_id, itself.score) == (BIRTH.id, pytest.approx(1))


def test_a_province_is_looked_for_under_its_other_names_and_its_own_comes_first() -> None:
    own, merged, other = (
        make_case(id=f"mot-cua-{name}", title=f"Một cửa điện tử ở tỉnh {place}", places=[place])
        for name, place in (("own", "Ninh Bình"), ("merged", "Hà Nam"), ("other", "Sơn La"))
    )
    query = SearchQuery("một cửa ở Ninh Bình", mode=Mode.LEXICAL)
    ranking = rank(query, snapshot_of(other, merged, own), EMBEDDER)
    assert found(ranking) == [own.id, merged.id, other.id]
    scores = [case.score for case in ranking.cases]
    assert scores[0] > scores[1] > scores[2]
    as_typed = rank(replace(query, verbatim=True), snapshot_of(other, merged, own), EMBEDDER).cases
    assert as_typed[1].score == as_typed[2].score
