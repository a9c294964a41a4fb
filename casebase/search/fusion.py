"""One score from two kinds of evidence, and what the score is worth in words. The numbers come from docs/search.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.query import Mode, Relevance, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from casebase.domain.ports import Vectors

LEXICAL_WEIGHT = 0.3
CROSS_LANGUAGE_DAMPING = 0.3
"""What is left of the lexical evidence where query and passage differ in language: names and numbers still match."""
STEPS: Mapping[Mode, tuple[tuple[Relevance, float], ...]] = {
    mode: tuple(zip((Relevance.VERY_CLOSE, Relevance.CLOSE, Relevance.RELATED), least, strict=True))
    for mode, least in {Mode.HYBRID: (0.49, 0.36, 0.28), Mode.DENSE: (0.5, 0.38, 0.28), Mode.LEXICAL: (0.6, 0.4, 0.2)}.items()
}
"""The least score for each word of relevance, by what is compared."""


def fuse(dense: Vectors, lexical: Vectors, same_language: NDArray[np.bool_], *, weight: float = LEXICAL_WEIGHT) -> Vectors:
    """Return one score per passage, higher is better.

    `dense` (n,) inner products of vectors centred per language, in [-1, 1]. `lexical` (n,) BM25 over the query's upper bound, in
    [0, 1]; damped where `same_language` is false. O(n). Ties keep passage order.
    """
    damped = np.where(same_language, np.float32(1.0), np.float32(CROSS_LANGUAGE_DAMPING))
    return np.asarray(dense + np.float32(weight) * damped * lexical, np.float32)


def relevance(score: float, mode: Mode) -> Relevance:
    """Return how close a case with this score is. Words alone, a share in [0, 1], are read more strictly."""
    return next((word for word, least in STEPS[mode] if score >= least), Relevance.DISTANT)


def verdict(scores: Sequence[float], mode: Mode) -> Verdict:
    """Return what an answer with these scores is worth: good from a close case on, weak from a related one on."""
    best = relevance(max(scores, default=-1.0), mode)
    if best in (Relevance.VERY_CLOSE, Relevance.CLOSE):
        return Verdict.GOOD
    return Verdict.WEAK if best is Relevance.RELATED else Verdict.NONE
