"""Ranks the cases of a snapshot for a query: understand → words and meaning → fuse → group by case → lean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.query import Mode
from casebase.search.evidence import carried, words_evidence
from casebase.search.fusion import fuse
from casebase.search.leaning import from_provinces, to_examples, to_situation
from casebase.search.understanding import understand

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from casebase.domain.case import CaseId, Section
    from casebase.domain.ports import Embedder, Vectors
    from casebase.domain.query import Analysis, SearchQuery
    from casebase.search.snapshot import Snapshot

CANDIDATES = 300
"""Passages taken from each kind of evidence before fusion; both scores are then exact for all of them."""


@dataclass(frozen=True, slots=True)
class RankedCase:
    """A case with its score; `number` is its place in the snapshot's table.

    `gain` is what the searcher's situation and examples add for the order; it says nothing about how close the case is.
    """

    case_id: CaseId
    number: int
    score: float
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best cases, best first, with everything the query was turned into.

    `vector` (d,) is the centred query, None where only words were compared. `allowed` (cases,) are those the filters let through.
    `section` is the only one that was searched, if one was named. `words` (passages,) is the evidence of the query's words.
    """

    analysis: Analysis
    mode: Mode
    section: Section | None
    cases: tuple[RankedCase, ...]
    allowed: NDArray[np.bool_]
    vector: Vectors | None
    words: Vectors


def rank(query: SearchQuery, snapshot: Snapshot, embedder: Embedder | None) -> Ranking:
    """Return the best `query.limit` cases. Falls back to words alone where snapshot or embedder cannot compare meaning.

    One embedding of the query (about 10 ms), then well under a millisecond at the size of a library.
    """
    analysis = understand(query.text, snapshot.marks, verbatim=query.verbatim)
    mode = query.mode if can_compare_meaning(snapshot, embedder) else Mode.LEXICAL
    vector = None if mode is Mode.LEXICAL or embedder is None else centred_query(analysis, snapshot, embedder)
    words = words_evidence(analysis, snapshot, verbatim=query.verbatim)
    allowed_cases = snapshot.facets.allowed(query.filters)
    allowed = _allowed_passages(query, snapshot, allowed_cases)
    if not analysis.text:
        return Ranking(analysis, mode, query.section, (), allowed_cases, vector, words)
    positions = _candidates(snapshot, vector, words, allowed, mode)
    positions = _with_examples(query, snapshot, positions, allowed)
    if mode is Mode.HYBRID:
        words = carried(words, positions, snapshot, analysis.lang)
    scores = passage_scores(snapshot, positions, vector=vector, words=words, mode=mode)
    cases = _best_cases(query, analysis, snapshot, positions, scores)
    return Ranking(analysis, mode, query.section, cases, allowed_cases, vector, words)


def rank_like(
    query: SearchQuery, analysis: Analysis, vector: Vectors, snapshot: Snapshot, *, without: CaseId | None = None
) -> Ranking:
    """Return the cases whose mean vectors are nearest to a case's centred `vector` (d,). The snapshot must have vectors."""
    assert snapshot.case_vectors is not None  # noqa: S101 - the caller has looked
    products = snapshot.case_vectors @ vector
    order = [int(number) for number in np.argsort(-products, kind="stable") if snapshot.passages.cases[number] != without]
    cases = tuple(RankedCase(snapshot.passages.cases[number], number, float(products[number])) for number in order[: query.limit])
    words = words_evidence(analysis, snapshot, verbatim=True)
    return Ranking(analysis, Mode.DENSE, None, cases, snapshot.facets.allowed(query.filters), vector, words)


def centred_query(analysis: Analysis, snapshot: Snapshot, embedder: Embedder) -> Vectors:
    """Return the query's vector (d,) without its language."""
    assert snapshot.means is not None  # noqa: S101 - a snapshot with vectors has their means
    return snapshot.means.centre_query(embedder.embed_queries([analysis.text])[0], analysis.lang)


def passage_scores(
    snapshot: Snapshot, positions: NDArray[np.int64], *, vector: Vectors | None, words: Vectors, mode: Mode
) -> Vectors:
    """Return the fused score of each passage at `positions`; `words` is the evidence for all passages."""
    if vector is None or snapshot.vectors is None:
        return words[positions]
    meaning = snapshot.vectors.products(vector, positions)
    return meaning if mode is Mode.DENSE else fuse(meaning, words[positions])


def can_compare_meaning(snapshot: Snapshot, embedder: Embedder | None) -> bool:
    """Tell whether the snapshot's vectors are of this embedder's model: others are never compared."""
    return embedder is not None and snapshot.vectors is not None and snapshot.model == embedder.fingerprint


def _allowed_passages(query: SearchQuery, snapshot: Snapshot, allowed_cases: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Return (n,) booleans, or None where every passage may answer."""
    if not query.filters and query.section is None:
        return None
    allowed = allowed_cases[snapshot.passages.case_numbers]
    return allowed if query.section is None else allowed & snapshot.passages.in_section(query.section)


def _candidates(
    snapshot: Snapshot, vector: Vectors | None, words: Vectors, allowed: NDArray[np.bool_] | None, mode: Mode
) -> NDArray[np.int64]:
    by_words = np.where(allowed, words, 0) if allowed is not None else words
    found = np.flatnonzero(by_words > 0)
    if len(found) > CANDIDATES:
        found = np.argpartition(-by_words, CANDIDATES)[:CANDIDATES]
    if vector is None or snapshot.vectors is None:
        return found
    by_meaning, _ = snapshot.vectors.nearest(vector, limit=CANDIDATES, allowed=allowed)
    return by_meaning if mode is Mode.DENSE else np.union1d(by_meaning, found)


def _with_examples(
    query: SearchQuery, snapshot: Snapshot, positions: NDArray[np.int64], allowed: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    """Return the candidates and, where cases are given as examples, the passages nearest to them."""
    if snapshot.vectors is None or snapshot.case_vectors is None:
        return positions
    examples = [
        snapshot.case_vectors[snapshot.passages.cases.index(case)] for case in query.more if case in snapshot.passages.cases
    ]
    nearest = [snapshot.vectors.nearest(example, limit=CANDIDATES, allowed=allowed)[0] for example in examples]
    return np.unique(np.concatenate([positions, *nearest])) if nearest else positions


def _best_cases(
    query: SearchQuery, analysis: Analysis, snapshot: Snapshot, positions: NDArray[np.int64], scores: Vectors
) -> tuple[RankedCase, ...]:
    """Return the best cases: each has the score of its best passage, and what it gains beside. Ties keep the order of the store."""
    numbers = snapshot.passages.case_numbers[positions]
    best = np.full(len(snapshot.passages.cases), -np.inf, np.float32)
    np.maximum.at(best, numbers, scores)
    best += from_provinces(analysis, snapshot)
    gain = to_examples(query.more, query.less, snapshot)
    if query.situation:
        gain += to_situation(query.situation, snapshot)
    found = np.unique(numbers)
    order = found[np.argsort(-(best[found] + gain[found]), kind="stable")][: query.limit]
    return tuple(
        RankedCase(snapshot.passages.cases[number], int(number), float(best[number]), float(gain[number])) for number in order
    )
