"""What there is to look at without searching: one case, the newest cases, what the library holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.case import CaseId
from casebase.domain.query import Facet, Filters, Order
from casebase.errors import CaseNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    """What the library holds now: the number of public cases, countries, sectors, and every facet value with its count.

    Counts are those that filters leave, where some were given: each value's own facet aside.
    """

    cases: int
    countries: int
    sectors: int
    facets: tuple[tuple[Facet, tuple[tuple[str, int], ...]], ...]


def describe_library(index: LiveIndex, filters: Filters | None = None) -> Library:
    """Count what the live snapshot holds. Reads no table."""
    facets = index.current().facets
    counted = facets.counts(filters or Filters())
    values = {facet: len(of) for facet, of in counted}
    return Library(facets.size, values[Facet.COUNTRY], values[Facet.SECTOR], counted)


def newest_cases(*, store: CaseStore, index: LiveIndex, limit: int = 5) -> list[CaseStudy]:
    """Return the cases that came last, newest first: those with the highest passage ids. Reads those rows only."""
    return _read(index.current().passages.cases[-limit:][::-1], store)


def browse(
    filters: Filters, *, store: CaseStore, index: LiveIndex, order: Order = Order.RELEVANCE, limit: int = 100
) -> list[CaseStudy]:
    """Return the cases that pass the filters, without a query: of many those that came last, in the order asked for."""
    snapshot = index.current()
    allowed = np.flatnonzero(snapshot.facets.allowed(filters))[::-1][:limit]
    return sorted(_read([snapshot.passages.cases[number] for number in allowed], store), key=order.key)


def read_cases(case_ids: Iterable[str], *, store: CaseStore) -> dict[str, CaseStudy]:
    """Return those of the cases that are public, by id."""
    sought = [CaseId(case_id) for case_id in case_ids if len(case_id) <= LONGEST_ID]
    return {case_id: stored.case for case_id, stored in store.get_many(sought).items()} if sought else {}


def _read(case_ids: Sequence[CaseId], store: CaseStore) -> list[CaseStudy]:
    return [stored.case for stored in store.get_many(case_ids).values()]
