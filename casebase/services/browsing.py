"""What there is to look at without searching: one case, the newest cases, what the library holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from casebase.domain.case import CaseId, StoredCase
from casebase.domain.query import Facet, Filters
from casebase.errors import CaseNotFoundError

if TYPE_CHECKING:
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
    counted = facets.counts(facets.allowed(Filters()))
    values = {facet: len(of) for facet, of in counted}
    return Library(facets.size, values[Facet.COUNTRY], values[Facet.SECTOR], counted)
