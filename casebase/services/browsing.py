"""What there is to look at without searching: one case, the newest cases, what the library holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.case import CaseId
from casebase.domain.query import Facet, Filters
from casebase.errors import CaseNotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casebase.domain.case import CaseStudy, StoredCase
    from casebase.domain.ports import CaseStore
    from casebase.services.indexing import LiveIndex

LONGEST_ID = 80


def read_case(case_id: str, *, store: CaseStore) -> StoredCase:
    """Return a public case; CaseNotFoundError for one that does not exist or is not public."""
    stored = store.get(CaseId(case_id)) if len(case_id) <= LONGEST_ID else None
    if stored is None:
        raise CaseNotFoundError(id=case_id[:LONGEST_ID])
    return stored


@dataclass(frozen=True, slots=True)
class Library:
    """What the library holds now: the number of public cases, countries, sectors, and every facet value with its count."""

    cases: int
    countries: int
    sectors: int
    facets: tuple[tuple[Facet, tuple[tuple[str, int], ...]], ...]


def describe_library(index: LiveIndex) -> Library:
    """Count what the live snapshot holds. Reads no table."""
    facets = index.current().facets
    counted = facets.counts(Filters())
    values = {facet: len(of) for facet, of in counted}
    return Library(facets.size, values[Facet.COUNTRY], values[Facet.SECTOR], counted)


def newest_cases(*, store: CaseStore, index: LiveIndex, limit: int = 5) -> list[CaseStudy]:
    """Return the cases that came last, newest first: those with the highest passage ids. Reads those rows only."""
    return _read(index.current().passages.cases[-limit:][::-1], store)


def browse(filters: Filters, *, store: CaseStore, index: LiveIndex, limit: int = 100) -> list[CaseStudy]:
    """Return the cases that pass the filters, newest first, without a query."""
    snapshot = index.current()
    allowed = np.flatnonzero(snapshot.facets.allowed(filters))[::-1][:limit]
    return _read([snapshot.passages.cases[number] for number in allowed], store)


def _read(case_ids: Sequence[CaseId], store: CaseStore) -> list[CaseStudy]:
    return [stored.case for stored in store.get_many(case_ids).values()]
