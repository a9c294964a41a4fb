"""One score from two kinds of evidence, and what the score is worth in words. The numbers come from docs/search.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.query import Mode, Relevance, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from casebase.domain.ports import Vectors

WORDS_WEIGHT, WORDS_POWER = 1.6, 1.5
"""Evidence of words e counts WORDS_WEIGHT · e ** WORDS_POWER: much where most of the query's words are found together, little where
a few are, as they are in any passage."""
STEPS: Mapping[Mode, tuple[tuple[Relevance, float], ...]] = {
    mode: tuple(zip((Relevance.VERY_CLOSE, Relevance.CLOSE, Relevance.RELATED), least, strict=True))
    for mode, least in {Mode.HYBRID: (0.65, 0.48, 0.35), Mode.DENSE: (0.5, 0.38, 0.28), Mode.LEXICAL: (0.6, 0.4, 0.2)}.items()
}
"""The least score for each word of relevance, by what is compared."""


def fuse(dense: Vectors, words: Vectors, *, weight: float = WORDS_WEIGHT, power: float = WORDS_POWER) -> Vectors:
    """Return one score per passage, higher is better.

    `dense` (n,) inner products of vectors centred per language, in [-1, 1]. `words` (n,) evidence in [0, 1]. O(n). Ties keep
    passage order.
    """
    return np.asarray(dense + np.float32(weight) * words ** np.float32(power), np.float32)


def relevance(score: float, mode: Mode) -> Relevance:
    """Return how close a case with this score is. Words alone, a share in [0, 1], are read more strictly."""
    return next((word for word, least in STEPS[mode] if score >= least), Relevance.DISTANT)


def verdict(scores: Sequence[float], mode: Mode) -> Verdict:
    """Return what an answer with these scores is worth: good from a close case on, weak from a related one on."""
    best = relevance(max(scores, default=-1.0), mode)
    if best in (Relevance.VERY_CLOSE, Relevance.CLOSE):
        return Verdict.GOOD
    return Verdict.WEAK if best is Relevance.RELATED else Verdict.NONE
