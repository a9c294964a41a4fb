"""The searcher's own situation, and how a case compares with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from casebase.domain.places import province_of_today
from casebase.domain.query import Facet, facet_values

if TYPE_CHECKING:
    from casebase.domain.case import CaseStudy

FACETS = (Facet.LEVEL, Facet.PLACE, Facet.SECTOR, Facet.CHALLENGE)
"""What a situation is made of, in the order people are asked."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Who searches: any of level, place, sectors and challenges. What is not said is not compared."""

    values: tuple[tuple[Facet, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, told: dict[Facet, tuple[str, ...]]) -> Situation:
        """Build a situation from what was told; empty answers count as none."""
        return cls(tuple((facet, told[facet]) for facet in FACETS if told.get(facet)))

    def __bool__(self) -> bool:
        """Tell whether anything is known."""
        return bool(self.values)

    def accepts(self, facet: Facet) -> tuple[str, ...]:
        """Return the values of a facet that are the searcher's own; a place stands for its province of today too."""
        told = dict(self.values).get(facet, ())
        today = (province_of_today(value) for value in told) if facet is Facet.PLACE else ()
        return tuple(dict.fromkeys([*told, *(value for value in today if value)]))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What of a case is as in the searcher's situation, and what is otherwise: facets with the case's own values."""

    same: tuple[tuple[Facet, tuple[str, ...]], ...] = ()
    differs: tuple[tuple[Facet, tuple[str, ...]], ...] = ()


def compare(case: CaseStudy, situation: Situation) -> Comparison:
    """Compare a case with a situation, facet by facet: the values they share, or else all of the case's."""
    same, differs = [], []
    for facet, _ in situation.values:
        own = facet_values(case, facet)
        shared = tuple(value for value in own if value in situation.accepts(facet))
        if shared:
            same.append((facet, shared))
        elif own:
            differs.append((facet, own))
    return Comparison(tuple(same), tuple(differs))
