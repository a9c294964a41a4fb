"""What moves a case up or down beside what its passages say, and which cases become one hit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from factories import make_case
from library import BIRTH, CASES, PAYROLL, RAILWAY, SALARY, SUN, library_in_memory

from casebase.domain.case import CaseId
from casebase.domain.query import Facet, Filters, Order, Relevance, SearchQuery
from casebase.domain.situation import Comparison, Situation
from casebase.search.embedders.hashing import HashingEmbedder
from casebase.search.engine import rank
from casebase.search.leaning import PLACE_WEIGHT, SITUATION_WEIGHT

if TYPE_CHECKING:
    from casebase.bootstrap import Services
    from casebase.domain.query import Hit
    from casebase.search.engine import RankedCase

COPY = make_case(
    id="mot-cua-chep-lai",
    title="Một cửa điện tử ở phường Ba Đình",
    period={"start": "2019", "end": "2020"},
)
ORIGINAL = make_case()
QUERY = SearchQuery("người dân đi lại nhiều lần làm giấy tờ")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return library_in_memory(tmp_path_factory.mktemp("home"), *CASES, ORIGINAL, COPY)


def ranked(services: Services, query: SearchQuery) -> dict[str, RankedCase]:
    return {case.case_id: case for case in rank(query, services.index.current(), HashingEmbedder()).cases}


def hits(services: Services, query: SearchQuery) -> list[Hit]:
    return list(services.search(query).hits)


# --- provinces ------------------------------------------------------------------------------------------------------------------


def test_a_province_alone_brings_its_cases_first(services: Services) -> None:
    assert hits(services, SearchQuery("Hòa Bình"))[0].case.id == RAILWAY.id
    assert hits(services, SearchQuery("tỉnh Phú Thọ"))[0].case.id == RAILWAY.id  # which took Hòa Bình in


def test_a_province_counts_by_its_share_of_the_query(services: Services) -> None:
    alone = ranked(services, SearchQuery("Hòa Bình"))[RAILWAY.id].score
    typed = ranked(services, SearchQuery("Hòa Bình", verbatim=True))[RAILWAY.id].score
    assert alone == pytest.approx(typed + PLACE_WEIGHT, abs=1e-5)


# --- situation ------------------------------------------------------------------------------------------------------------------


def test_a_situation_orders_and_changes_neither_scores_nor_who_answers(services: Services) -> None:
    abroad = Situation.of({Facet.LEVEL: ("national-abroad",), Facet.SECTOR: ("security-safety",)})
    plain, leaning = ranked(services, QUERY), ranked(services, replace(QUERY, situation=abroad))
    assert plain.keys() == leaning.keys()
    assert {case: one.score for case, one in plain.items()} == {case: one.score for case, one in leaning.items()}
    gains = {case: one.gain for case, one in leaning.items()}
    assert gains[SALARY.id] == pytest.approx(SITUATION_WEIGHT)
    assert gains[PAYROLL.id] == pytest.approx(SITUATION_WEIGHT / 2)
    assert gains[RAILWAY.id] == 0


def test_every_hit_says_what_is_as_in_the_situation_and_what_differs(services: Services) -> None:
    own = Situation.of({Facet.SECTOR: ("energy",)})
    compared = {hit.case.id: hit.compared for hit in hits(services, replace(QUERY, situation=own))}
    assert compared[SUN.id] == Comparison(same=((Facet.SECTOR, ("energy",)),))
    assert compared[PAYROLL.id] == Comparison(differs=((Facet.SECTOR, ("internal-affairs",)),))
    assert {hit.compared for hit in hits(services, QUERY)} == {None}


# --- examples -------------------------------------------------------------------------------------------------------------------


def test_more_like_a_case_lifts_it_and_less_like_it_lowers_it(services: Services) -> None:
    example = (CaseId(PAYROLL.id),)
    plain = list(ranked(services, QUERY))
    more = list(ranked(services, replace(QUERY, more=example)))
    less = list(ranked(services, replace(QUERY, less=example)))
    assert more.index(PAYROLL.id) < plain.index(PAYROLL.id) < less.index(PAYROLL.id)
    assert less[-1] == PAYROLL.id
    assert set(plain) == set(more) == set(less)


def test_examples_do_not_change_how_close_a_case_is_said_to_be(services: Services) -> None:
    def closeness(query: SearchQuery) -> dict[str, Relevance]:
        return {hit.case.id: hit.relevance for hit in hits(services, query)}

    assert closeness(QUERY) == closeness(replace(QUERY, more=(CaseId(PAYROLL.id),), less=(CaseId(BIRTH.id),)))


def test_unknown_examples_say_nothing(services: Services) -> None:
    assert ranked(services, replace(QUERY, more=(CaseId("khong-co"),), less=(CaseId(""),))) == ranked(services, QUERY)


def test_examples_never_bring_back_what_is_filtered_out(services: Services) -> None:
    filters = Filters.of([(Facet.COUNTRY, ["VN"])])
    assert PAYROLL.id not in ranked(services, replace(QUERY, filters=filters, more=(CaseId(PAYROLL.id),)))


# --- near-duplicates and order --------------------------------------------------------------------------------------------------


def test_cases_that_tell_nearly_the_same_become_one_hit(services: Services) -> None:
    one_by_one = [hit.case.id for hit in hits(services, QUERY)]
    grouped = hits(services, replace(QUERY, grouped=True))
    assert {ORIGINAL.id, COPY.id} <= set(one_by_one)
    assert [hit.case.id for hit in grouped] == [
        case for case in one_by_one if case != one_by_one[max(map(one_by_one.index, (ORIGINAL.id, COPY.id)))]
    ]
    assert [sorted([hit.case.id, *(case.id for case in hit.alike)]) for hit in grouped if hit.alike] == [
        sorted([ORIGINAL.id, COPY.id])
    ]


def test_a_folded_case_leaves_its_place_to_the_next(services: Services) -> None:
    assert len(hits(services, replace(QUERY, grouped=True, limit=len(CASES)))) == len(CASES)


def test_the_comparable_cases_come_newest_first_or_most_complete_first(services: Services) -> None:
    def years(order: Order) -> list[int]:
        close = [hit for hit in hits(services, replace(QUERY, order=order)) if hit.relevance is not Relevance.DISTANT]
        assert len(close) > 1
        return [hit.case.year or 0 for hit in close]

    assert years(Order.NEWEST) == sorted(years(Order.RELEVANCE), reverse=True)
    complete = [
        hit.case.completeness
        for hit in hits(services, replace(QUERY, order=Order.COMPLETE))
        if hit.relevance is not Relevance.DISTANT
    ]
    assert complete == sorted(complete, reverse=True)


def test_an_answer_without_a_fitting_case_keeps_the_nearest_first(services: Services) -> None:
    query = SearchQuery("zzxqy wvvkj")
    assert [hit.case.id for hit in hits(services, query)] == [
        hit.case.id for hit in hits(services, replace(query, order=Order.NEWEST))
    ]
