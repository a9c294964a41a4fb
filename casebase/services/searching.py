"""Finds the comparable cases for a need, and the cases like a case."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.query import Analysis, Hit, Mode, Order, Relevance, SearchQuery, SearchResult, Verdict
from casebase.domain.situation import compare
from casebase.errors import CaseNotFoundError
from casebase.search.centring import unit
from casebase.search.engine import Ranking, can_compare_meaning, rank, rank_like
from casebase.search.fusion import relevance, verdict
from casebase.search.grouping import Group, group_alike
from casebase.search.reasons import explain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from casebase.domain.case import CaseId, StoredCase
    from casebase.domain.passage import Passage
    from casebase.domain.ports import CaseStore, Embedder
    from casebase.domain.query import Reason
    from casebase.search.snapshot import Snapshot
    from casebase.services.indexing import LiveIndex


_SPARE = 10
"""So many cases more are ranked than are shown, to take the place of those folded into others."""


def search(query: SearchQuery, *, store: CaseStore, index: LiveIndex, embedder: Embedder | None) -> SearchResult:
    """Return the comparable cases with the reason for each, the verdict, and the facets of what the filters allow."""
    started = time.perf_counter()
    snapshot = index.current()
    ranking = rank(replace(query, limit=query.limit + _SPARE) if query.grouped else query, snapshot, embedder)
    groups = group_alike(ranking.cases, snapshot, limit=query.limit) if query.grouped else list(map(Group, ranking.cases))
    return _result(query, ranking, groups, snapshot, store, started)


def similar(case_id: CaseId, *, limit: int, reader: str, store: CaseStore, index: LiveIndex) -> SearchResult:
    """Return the cases like a public case, by meaning; CaseNotFoundError for an unknown one. Embeds nothing."""
    started = time.perf_counter()
    snapshot = index.current()
    stored = store.get(case_id)
    if stored is None:
        raise CaseNotFoundError(id=case_id)
    query = SearchQuery(stored.case.title, limit=limit, mode=Mode.DENSE, verbatim=True, reader=reader)
    if snapshot.case_vectors is None or case_id not in snapshot.passages.cases:
        return _without(case_id, search(replace(query, limit=limit + 1), store=store, index=index, embedder=None))
    vector = snapshot.case_vectors[snapshot.passages.cases.index(case_id)]
    analysis = Analysis(typed=query.text, text=query.text, lang=stored.case.lang, marked=True)
    ranking = rank_like(query, analysis, vector, snapshot, without=case_id)
    return _result(query, ranking, list(map(Group, ranking.cases)), snapshot, store, started)


def similar_to_text(
    title: str, passages: Sequence[Passage], *, limit: int, reader: str, store: CaseStore, index: LiveIndex, embedder: Embedder
) -> SearchResult:
    """Return the cases like a case that is not in the store, given by its passages."""
    started = time.perf_counter()
    snapshot = index.current()
    query = SearchQuery(title, limit=limit, mode=Mode.DENSE, verbatim=True, reader=reader)
    if snapshot.means is None or not can_compare_meaning(snapshot, embedder):
        return search(query, store=store, index=index, embedder=None)
    raw = embedder.embed_passages([passage.full_text for passage in passages])
    vector = unit(snapshot.means.centre(raw, [passage.lang for passage in passages]).mean(axis=0))
    analysis = Analysis(typed=title, text=title, lang=passages[0].lang, marked=True)
    ranking = rank_like(query, analysis, np.asarray(vector, np.float32), snapshot)
    return _result(query, ranking, list(map(Group, ranking.cases)), snapshot, store, started)


def _result(
    query: SearchQuery, ranking: Ranking, groups: list[Group], snapshot: Snapshot, store: CaseStore, started: float
) -> SearchResult:
    reasons = explain(ranking, [group.first for group in groups], snapshot, store, reader=query.reader)
    cases = store.get_many([case.case_id for group in groups for case in (group.first, *group.alike)])
    hits = tuple(
        _hit(query, ranking.mode, group, cases, reason)
        for group, reason in zip(groups, reasons, strict=True)
        if group.first.case_id in cases
    )
    worth = verdict([group.first.score for group in groups], ranking.mode)
    return SearchResult(
        query=query,
        analysis=ranking.analysis,
        verdict=worth,
        hits=hits if worth is Verdict.NONE else _ordered(hits, query.order),
        total=int(ranking.allowed.sum()),
        took_ms=(time.perf_counter() - started) * 1000,
        facets=snapshot.facets.counts(query.filters),
        by_meaning=ranking.vector is not None,
    )


def _hit(query: SearchQuery, mode: Mode, group: Group, cases: Mapping[CaseId, StoredCase], reason: Reason) -> Hit:
    case = cases[group.first.case_id].case
    return Hit(
        case,
        group.first.score + group.first.gain,
        relevance(group.first.score, mode),
        reason,
        alike=tuple(cases[other.case_id].case for other in group.alike if other.case_id in cases),
        compared=compare(case, query.situation) if query.situation else None,
    )


def _ordered(hits: tuple[Hit, ...], order: Order) -> tuple[Hit, ...]:
    """Return the comparable hits in the order asked for, the distant ones behind them."""
    return tuple(sorted(hits, key=lambda hit: (hit.relevance is Relevance.DISTANT, order.key(hit.case))))


def _without(case_id: CaseId, result: SearchResult) -> SearchResult:
    others = tuple(hit for hit in result.hits if hit.case_id != case_id)
    return replace(result, hits=others[: result.query.limit - 1])
