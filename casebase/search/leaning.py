"""What moves a case up or down beside what its passages say.

Provinces that the query names, the searcher's situation, cases chosen as examples: each gives one number a case, added to its
score. Nothing here hides a case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.places import find_provinces, same_ground
from casebase.domain.query import Facet, Filters
from casebase.search.text import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from casebase.domain.case import CaseId
    from casebase.domain.ports import Vectors
    from casebase.domain.query import Analysis
    from casebase.domain.situation import Situation
    from casebase.search.snapshot import Snapshot

PLACE_WEIGHT = 1.0
"""What a case from a province gains where the province is all that a query says; else the share of the query's words it is."""
SITUATION_WEIGHT = 0.06
"""What a case gains that is in everything as in the searcher's situation: it orders neighbours and lifts no stranger."""
EXAMPLE_WEIGHT = 0.4
"""What likeness (a cosine) to the cases chosen as examples counts, for and against."""


def from_provinces(analysis: Analysis, snapshot: Snapshot) -> Vectors:
    """Return (cases,): what each gains by the provinces that the query names, under any of their names."""
    gained = np.zeros(len(snapshot.passages.cases), np.float32)
    if not analysis.places:
        return gained
    named = sum(len(tokens(analysis.text[one.start : one.end])) for one in find_provinces(analysis.text))
    share = named / len(tokens(analysis.text))
    of_place = snapshot.facets.values[Facet.PLACE]
    for name in (name for place in analysis.places for name in (place, *same_ground(place))):
        if name in of_place:
            gained[of_place[name]] = np.float32(PLACE_WEIGHT * share)
    return gained


def to_situation(situation: Situation, snapshot: Snapshot) -> Vectors:
    """Return (cases,): what each gains by being as in the searcher's situation, by the share of facets in which it is."""
    same = [snapshot.facets.allowed(Filters.of([(facet, situation.accepts(facet))])) for facet, _ in situation.values]
    return np.asarray(np.float32(SITUATION_WEIGHT) * np.mean(same, axis=0), np.float32)


def to_examples(more: Iterable[CaseId], less: Iterable[CaseId], snapshot: Snapshot) -> Vectors:
    """Return (cases,): what each gains by likeness to the cases of `more`, and loses by likeness to those of `less`.

    Unknown cases say nothing. O(cases · d).
    """
    gained = np.zeros(len(snapshot.passages.cases), np.float32)
    if snapshot.case_vectors is None:
        return gained
    for sign, examples in ((1, more), (-1, less)):
        known = [snapshot.passages.cases.index(case_id) for case_id in examples if case_id in snapshot.passages.cases]
        if known:
            gained += np.float32(sign * EXAMPLE_WEIGHT) * (snapshot.case_vectors @ snapshot.case_vectors[known].T).max(axis=1)
    return gained
