"""What a search can ask for: facets and filters."""

from __future__ import annotations

import pytest
from factories import make_case

from casebase.domain.query import VOCABULARY_OF, Facet, Filters, SearchQuery, facet_values
from casebase.domain.vocabulary import vocabularies

CASE = make_case(
    sectors=["public-administration", "health"],
    challenges=["process-change", "data-silos"],
    solution_areas=["online-services"],
    levers=["institution", "policy"],
    rollout_steps=["train", "build"],
    pillars=["digital-government"],
    places=["Hà Nội", "Hà Nam"],
    period={"start": "2021-05", "end": "2023"},
)
VALUES = {
    Facet.SECTOR: ("public-administration", "health"),
    Facet.CHALLENGE: ("process-change", "data-silos"),
    Facet.SOLUTION_AREA: ("online-services",),
    Facet.LEVER: ("institution", "policy"),
    Facet.ROLLOUT_STEP: ("train", "build"),
    Facet.PILLAR: ("digital-government",),
    Facet.LEVEL: ("commune",),
    Facet.PLACE: ("Hà Nội", "Hà Nam", "Ninh Bình"),
    Facet.COUNTRY: ("VN",),
    Facet.LANGUAGE: ("vi",),
    Facet.STAGE: ("operating",),
    Facet.OUTCOME: ("success",),
    Facet.PROVENANCE: ("public-sources",),
    Facet.EVIDENCE: ("self-reported",),
    Facet.YEAR: ("2023",),
}


@pytest.mark.parametrize("facet", Facet)
def test_a_case_has_its_values_for_every_facet(facet: Facet) -> None:
    assert facet_values(CASE, facet) == VALUES[facet]


def test_a_case_without_a_period_has_no_year() -> None:
    assert facet_values(make_case(period={}), Facet.YEAR) == ()


@pytest.mark.parametrize("facet", Facet)
def test_a_facet_is_labelled_by_a_vocabulary_unless_its_values_are_labels_already(facet: Facet) -> None:
    if facet in (Facet.PLACE, Facet.COUNTRY, Facet.YEAR):
        assert facet not in VOCABULARY_OF
    else:
        assert set(VALUES[facet]) <= set(vocabularies()[VOCABULARY_OF[facet]])


def test_a_facet_without_values_filters_nothing() -> None:
    assert Filters.of([(Facet.SECTOR, ()), (Facet.YEAR, [])]) == Filters()
    assert not Filters.of([(Facet.SECTOR, ())])


def test_choices_for_the_same_facet_are_alternatives() -> None:
    filters = Filters.of([(Facet.SECTOR, ["health"]), (Facet.YEAR, ["2023"]), (Facet.SECTOR, ["energy"])])
    assert filters.values(Facet.SECTOR) == {"health", "energy"}
    assert filters.values(Facet.YEAR) == {"2023"}


def test_a_facet_that_is_not_filtered_has_no_values() -> None:
    assert Filters.of([(Facet.SECTOR, ["health"])]).values(Facet.LEVEL) == frozenset()


def test_filters_do_not_depend_on_the_order_of_choices() -> None:
    choices = [(Facet.YEAR, ["2023", "2022"]), (Facet.SECTOR, ["health"])]
    assert Filters.of(choices) == Filters.of(reversed(choices))
    assert hash(Filters.of(choices)) == hash(Filters.of(reversed(choices)))


def test_filters_with_a_value_filter_something() -> None:
    assert Filters.of([(Facet.YEAR, ["2023"])])


def test_a_plain_query_asks_for_ten_vietnamese_answers_by_all_evidence() -> None:
    query = SearchQuery("một cửa")
    assert (query.limit, query.reader, query.mode.value, query.verbatim, bool(query.filters)) == (10, "vi", "hybrid", False, False)
