"""The solutions to look at instead of to read: a map of all, and how some of them spread over sectors and years."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casebase.domain.case import CaseId
from casebase.search.projection import project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casebase.domain.case import CaseStudy
    from casebase.domain.ports import CaseStore
    from casebase.search.projection import Places
    from casebase.services.indexing import LiveIndex


@dataclass(frozen=True, slots=True)
class Dot:
    """A case on the map: `x` and `y` in [-1, 1], title and agency in the reader's language, its main sector."""

    case_id: CaseId
    x: float
    y: float
    title: str
    agency: str
    sector: str


class SolutionMap:
    """The map of the live snapshot, drawn when it is first looked at and kept until the snapshot changes."""

    def __init__(self, store: CaseStore, index: LiveIndex) -> None:
        self._store = store
        self._index = index
        self._drawing = threading.Lock()
        self._drawn_from: tuple[int, str | None] | None = None
        self._places: Places | None = None
        self._dots: dict[str, tuple[Dot, ...]] = {}

    def dots(self, reader: str) -> tuple[Dot, ...]:
        """Return one dot a public case, in the snapshot's order; none while there are no vectors.

        The first call of a generation computes the places (0.07 s for 94 cases, 3 s for 5,000; others wait for it), the first in a
        language reads the cases; every other call costs nothing.
        """
        snapshot = self._index.current()
        with self._drawing:
            # A snapshot of words alone and the one with vectors that follows are of the same generation.
            if self._drawn_from != (drawn_from := (snapshot.generation, snapshot.model)):
                self._places = None if snapshot.case_vectors is None else project(snapshot.case_vectors)
                self._dots = {}
                self._drawn_from = drawn_from
            if reader not in self._dots:
                self._dots[reader] = self._place(snapshot.passages.cases, reader)
            return self._dots[reader]

    def _place(self, case_ids: Sequence[CaseId], reader: str) -> tuple[Dot, ...]:
        if self._places is None:
            return ()
        cases = self._store.get_many(case_ids)
        placed = zip(case_ids, self._places.tolist(), strict=True)
        return tuple(_dot(cases[case_id].case, x, y, reader) for case_id, (x, y) in placed if case_id in cases)


def _dot(case: CaseStudy, x: float, y: float, reader: str) -> Dot:
    return Dot(CaseId(case.id), x, y, case.headline(reader)[0], case.worded(reader).agency.name, case.sectors[0])


@dataclass(frozen=True, slots=True)
class Spread:
    """How cases spread: by sector, most first (a case counts in each of its sectors), and by year, none of the span left out."""

    sectors: tuple[tuple[str, int], ...]
    years: tuple[tuple[int, int], ...]
    undated: int


def spread(cases: Sequence[CaseStudy]) -> Spread:
    """Count the cases by sector and by the year of `CaseStudy.year`; those without one are `undated`."""
    sectors = Counter(sector for case in cases for sector in case.sectors)
    years = Counter(case.year for case in cases if case.year is not None)
    span = range(min(years), max(years) + 1) if years else range(0)
    by_number = sorted(sectors.items(), key=lambda counted: (-counted[1], counted[0]))
    return Spread(tuple(by_number), tuple((year, years[year]) for year in span), len(cases) - years.total())
