"""Tells the same story from one about the like. Evidence and thresholds are measured by `bench/duplicates.py` (docs/search.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casebase.domain.figures import without_dates
from casebase.domain.likeness import Likeness, Resemblance
from casebase.search.text import fold_word, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

SHINGLE = 4
"""Words in a row that are compared: long enough to be met by chance hardly ever, short enough to survive an edit beside them."""
LEAST_SHINGLES = 40
"""A shorter text says too little for a share of it to mean anything."""
LEAST_FIGURES = 5
"""The same for the numbers of a text."""
SAME_WORDS, SOME_WORDS = 0.2, 0.05
"""From these shares of words in a row on a text is a copy, or at least related."""
SAME_MEANING, RELATED_MEANING, SOME_MEANING = 0.6, 0.28, 0.2
"""From these cosines on a text tells the same story, is related, or tells the same story if its numbers are the same."""
SAME_FIGURES = 0.6
"""A text that shares so many of its numbers with one not far off in meaning tells the same story, in whatever words or language."""
_FIGURE = re.compile(r"\d+(?:[.,\u00a0\u202f ]\d{3})+(?!\d)|\d+[.,]\d+|\d+")
_LEAST_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What of a text can be compared without a model."""

    shingles: frozenset[tuple[str, ...]]
    figures: frozenset[str]


def fingerprint(texts: Iterable[str]) -> Fingerprint:
    """Return the shingles of some texts (words without marks, whatever stands between them) and their telling numbers.

    A number tells something if two digits are left without the zeros at its ends; 1.837, 1,837 and 1837 are the same one.
    """
    shingles: set[tuple[str, ...]] = set()
    figures: set[str] = set()
    for text in texts:
        words = [fold_word(word) for word in tokens(text)]
        shingles.update(tuple(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1))
        figures.update(_figures(text))
    return Fingerprint(frozenset(shingles), frozenset(figures))


def _figures(text: str) -> Iterable[str]:
    for found in _FIGURE.findall(without_dates(text)):
        digits = re.sub(r"\D", "", found)
        if len(digits.strip("0")) >= _LEAST_DIGITS:
            yield digits


def overlap(some: frozenset[object], others: frozenset[object], *, least: int) -> float:
    """Return which share of the smaller set the other has too, in [0, 1]; 0 where the smaller has fewer than `least` members."""
    smaller = min(len(some), len(others))
    return len(some & others) / smaller if smaller >= least else 0.0


def resemblance(story: Fingerprint, case: Fingerprint, *, meaning: float | None) -> Resemblance:
    """Return how a story resembles a case, with what that comes to. `meaning` is None where there are no vectors to compare."""
    shared = overlap(story.shingles, case.shingles, least=LEAST_SHINGLES)
    figures = overlap(story.figures, case.figures, least=LEAST_FIGURES)
    return Resemblance(meaning, shared, figures, _likeness(meaning, shared, figures))


def _likeness(meaning: float | None, shared: float, figures: float) -> Likeness:
    near = -1.0 if meaning is None else meaning
    if shared >= SAME_WORDS or near >= SAME_MEANING or (near >= SOME_MEANING and figures >= SAME_FIGURES):
        return Likeness.DUPLICATE
    return Likeness.RELATED if shared >= SOME_WORDS or near >= RELATED_MEANING else Likeness.NEW
