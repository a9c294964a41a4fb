"""Folds cases that tell nearly the same into one hit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from casebase.search.engine import RankedCase
    from casebase.search.snapshot import Snapshot

ALIKE = 0.8
"""From this cosine of their mean vectors on two cases tell nearly the same.

Different cases of the library reach 0.55 at most; a case and its own translation lie below 0.8, an edited copy above 0.9.
"""


@dataclass(slots=True)
class Group:
    """A case with those after it that tell nearly the same."""

    first: RankedCase
    alike: list[RankedCase] = field(default_factory=list)


def group_alike(ranked: Iterable[RankedCase], snapshot: Snapshot, *, limit: int) -> list[Group]:
    """Return at most `limit` groups in the order of their first cases; every case stands alone where there are no vectors.

    O(cases · limit · d).
    """
    groups: list[Group] = []
    for case in ranked:
        group = _group_of(case, groups, snapshot)
        if group:
            group.alike.append(case)
        elif len(groups) < limit:
            groups.append(Group(case))
    return groups


def _group_of(case: RankedCase, groups: list[Group], snapshot: Snapshot) -> Group | None:
    vectors = snapshot.case_vectors
    if vectors is None:
        return None
    return next((group for group in groups if float(vectors[group.first.number] @ vectors[case.number]) >= ALIKE), None)
