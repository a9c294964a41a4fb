"""How a case compares with the searcher's own situation."""

from __future__ import annotations

import pytest
from factories import make_case

from casebase.domain.query import Facet
from casebase.domain.situation import Comparison, Situation, compare

CASE = make_case(places=["Hà Nam"], level="commune", sectors=["health", "education"], challenges=[])


def test_what_is_not_told_is_not_compared() -> None:
    nothing = Situation.of({Facet.LEVEL: (), Facet.PLACE: ()})
    assert not nothing
    assert compare(CASE, nothing) == Comparison()


def test_shared_values_are_the_same_and_otherwise_the_case_differs_by_its_own() -> None:
    own = Situation.of({Facet.LEVEL: ("province",), Facet.SECTOR: ("education", "energy")})
    assert compare(CASE, own) == Comparison(
        same=((Facet.SECTOR, ("education",)),),
        differs=((Facet.LEVEL, ("commune",)),),
    )


def test_a_case_that_says_nothing_of_a_facet_neither_agrees_nor_differs() -> None:
    assert compare(CASE, Situation.of({Facet.CHALLENGE: ("resources",)})) == Comparison()


@pytest.mark.parametrize(
    ("own", "shared"), [("Ninh Bình", ("Ninh Bình",)), ("Hà Nam", ("Hà Nam", "Ninh Bình")), ("Nam Định", ("Ninh Bình",))]
)
def test_former_provinces_of_one_of_today_are_the_same_place(own: str, shared: tuple[str, ...]) -> None:
    assert compare(CASE, Situation.of({Facet.PLACE: (own,)})).same == ((Facet.PLACE, shared),)


def test_another_province_differs() -> None:
    assert compare(CASE, Situation.of({Facet.PLACE: ("Sơn La",)})).differs == ((Facet.PLACE, ("Hà Nam", "Ninh Bình")),)
