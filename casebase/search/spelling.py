"""Mends a slip of one letter, where only one word is meant: thuue phí → thuê phí. Short words are left alone: chò is not chó."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHORTEST, LONGEST = 5, 20
"""Words of fewer letters have too many neighbours; one of more is no word, and its neighbours would take seconds."""
CLEARLY = 10.0
"""How many times likelier than the next the best neighbour must be."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def mend(word: str, weight: Callable[[str], float]) -> str:
    """Return the one known word that a lower-case word is a slip of, or the word itself.

    `weight` tells how common a word is, 0 where it is unknown; a known word is never touched. 300 look-ups for an unknown one.
    """
    if not SHORTEST <= len(word) <= LONGEST or not word.isalpha() or weight(word) > 0:
        return word
    ranked = sorted({near: weight(near) for near in _neighbours(word)}.items(), key=lambda item: (-item[1], item[0]))
    best, next_best = ranked[0], ranked[1]
    return best[0] if best[1] > 0 and best[1] >= CLEARLY * next_best[1] else word


def _neighbours(word: str) -> Iterator[str]:
    """Yield what is one slip away: two letters swapped, one left out, one too many, one wrong."""
    for place, (left, right) in enumerate(pairwise(word)):
        yield word[:place] + right + left + word[place + 2 :]
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
        for letter in _LETTERS:
            yield word[:place] + letter + word[place + 1 :]
    for place in range(len(word) + 1):
        for letter in _LETTERS:
            yield word[:place] + letter + word[place:]
