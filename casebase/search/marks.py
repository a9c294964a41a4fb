"""Gives an unmarked Vietnamese text its marks back: chuyen doi so → chuyển đổi số.

Every unmarked syllable has candidates; a bigram model over the store's own text and that of the field, with the frequencies of
general Vietnamese behind it, weighs each path through them (interpolated Kneser–Ney; Ney, Essen and Kneser 1994). The
forward–backward pass gives each choice its probability, so that doubt can be shown.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.vietnamese import in_case_of
from casebase.domain.vocabulary import vocabularies
from casebase.search import abbreviations, glossary
from casebase.search.text import fold_word, has_marks, token_spans, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

PRIOR_TOKENS = 1_000.0
"""How many tokens of the store's text, and how many pairs of neighbours, the general frequency list weighs as much as."""
DISCOUNT = 0.8
"""What every pair seen loses of its count to the pairs never seen."""
DOUBT = 0.5
"""From this share of the best choice's probability on a second choice is worth asking about."""
_RAREST = 1e-9
_LONGEST_SYLLABLE = len("nghiêng")


@cache
def general_frequencies() -> Mapping[str, float]:
    """Return the frequency of Vietnamese syllables in general text (package wordfreq), of letters only; they sum to about 1."""
    from wordfreq import get_frequency_dict

    frequencies = get_frequency_dict("vi", "small")
    return {word: frequency for word, frequency in frequencies.items() if word.isalpha() and len(word) <= _LONGEST_SYLLABLE}


@cache
def field_sentences() -> tuple[str, ...]:
    """Return everyday sentences of officials, which ship with the package."""
    return _lines("sentences.txt")


@cache
def field_phrases() -> tuple[str, ...]:
    """Return what else ships: phrases, everyday words, labels of vocabularies, terms of the glossary, what abbreviations say."""
    labels = [text for terms in vocabularies().values() for term in terms.values() for text in (term.vi, *term.aliases)]
    return (
        *_lines("phrases.txt"),
        *_lines("words.txt"),
        *filter(has_marks, (*labels, *glossary.terms("vi"), *abbreviations.written_out())),
    )


def _lines(name: str) -> tuple[str, ...]:
    lines = files("casebase.search").joinpath(name).read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@dataclass(frozen=True, slots=True)
class SyllableCounts:
    """What the store's Vietnamese text counts: `words` in order of number, how often each occurs, and each pair of neighbours.

    `pairs` (m,) int64 sorted, a pair being `first * len(words) + second`; `pair_counts` (m,) int32.
    """

    words: tuple[str, ...]
    counts: NDArray[np.int32]
    pairs: NDArray[np.int64]
    pair_counts: NDArray[np.int32]


def count_syllables(texts: Iterable[str]) -> SyllableCounts:
    """Count the syllables and neighbours of marked Vietnamese texts. O(length)."""
    return count_words(tokens(text) for text in texts)


def count_words(rows: Iterable[list[str]]) -> SyllableCounts:
    """Count the words and neighbours of texts that are cut into tokens already."""
    words: dict[str, int] = {}
    counts: Counter[int] = Counter()
    neighbours: Counter[tuple[int, int]] = Counter()
    for row in rows:
        numbers = [words.setdefault(word, len(words)) for word in row]
        counts.update(numbers)
        neighbours.update(pairwise(numbers))
    keys = np.array([first * len(words) + second for first, second in neighbours], np.int64)
    order = np.argsort(keys)
    return SyllableCounts(
        tuple(words),
        np.array([counts[number] for number in range(len(words))], np.int32),
        keys[order],
        np.array(list(neighbours.values()), np.int32)[order],
    )


@dataclass(frozen=True, slots=True)
class Restored:
    """A text with marks; `confidence` is the probability of the least certain syllable that was changed, 1 when none was.

    `alternative` is the text with the second choice for that syllable, where it is not far behind.
    """

    text: str
    confidence: float
    alternative: str | None = None


class MarksRestorer:
    """Restores marks from the counts of a store's text."""

    def __init__(self, seen: SyllableCounts) -> None:
        prior = general_frequencies()
        known = set(seen.words)
        self._words = [*seen.words, *(word for word in prior if word not in known)]
        own = np.zeros(len(self._words))
        own[: len(seen.words)] = seen.counts
        general = np.array([prior.get(word, 0.0) for word in self._words])
        self._unigram = (own + PRIOR_TOKENS * general + _RAREST) / (own.sum() + PRIOR_TOKENS)
        self._follows = _Followers.of(seen, general)
        self._candidates: dict[str, list[int]] = {}
        for number, word in enumerate(self._words):
            self._candidates.setdefault(fold_word(word), []).append(number)

    def knows(self, folded: str) -> bool:
        """Tell whether some Vietnamese syllable looks like this without marks."""
        return folded in self._candidates

    def weight(self, word: str) -> float:
        """Return how common a word is, as written; 0 where neither the store nor general text has it."""
        numbers = self._candidates.get(fold_word(word), ())
        return next((float(self._unigram[number]) for number in numbers if self._words[number] == word), 0.0)

    def folded_weight(self, folded: str) -> float:
        """Return how common all words together are that look like this without marks."""
        return float(sum(self._unigram[number] for number in self._candidates.get(folded, ())))

    def restore(self, text: str) -> Restored:
        """Return the NFC text with marks on the syllables that have none; a word that carries a mark is never touched.

        O(syllables × candidates²), under a millisecond for a sentence. An unknown word stays as it is.
        """
        spans = token_spans(text)
        lattice = [self._choices(word) for _, _, word in spans]
        if not any(len(choices) > 1 or self._changes(choices, word) for choices, (_, _, word) in zip(lattice, spans, strict=True)):
            return Restored(text, 1.0)
        posterior = self._posterior(lattice)
        best = [int(np.argmax(weights)) for weights in posterior]
        changed = [place for place, (_, _, word) in enumerate(spans) if self._changed(lattice[place][best[place]], word)]
        if not changed:
            return Restored(text, 1.0)
        least = min(changed, key=lambda place: posterior[place][best[place]])
        confidence = float(posterior[least][best[least]])
        return Restored(
            self._written(text, spans, lattice, best),
            confidence,
            self._alternative(text, spans, lattice, best, posterior[least], least),
        )

    def _changed(self, number: int, word: str) -> bool:
        return number >= 0 and self._words[number] != word

    def _alternative(
        self,
        text: str,
        spans: list[tuple[int, int, str]],
        lattice: list[list[int]],
        best: list[int],
        weights: NDArray[np.float64],
        place: int,
    ) -> str | None:
        """Return the text with the second choice at a place, or None where there is no real doubt."""
        order = np.argsort(-weights, kind="stable")
        if len(order) < 2 or weights[order[1]] < DOUBT * weights[order[0]]:  # noqa: PLR2004 - a second choice
            return None
        return self._written(text, spans, lattice, [*best[:place], int(order[1]), *best[place + 1 :]])

    def _written(self, text: str, spans: list[tuple[int, int, str]], lattice: list[list[int]], best: list[int]) -> str:
        pieces, at = [], 0
        for (start, end, word), choices, place in zip(spans, lattice, best, strict=True):
            if self._changed(choices[place], word):
                pieces += [text[at:start], in_case_of(text[start:end], self._words[choices[place]])]
                at = end
        return "".join([*pieces, text[at:]])

    def _choices(self, word: str) -> list[int]:
        """Candidate numbers of an unmarked word; of a marked one its own; [-1] for a word that tells nothing."""
        folded = fold_word(word)
        found = self._candidates.get(folded, [])
        return (found if folded == word else [number for number in found if self._words[number] == word]) or [-1]

    def _changes(self, choices: list[int], word: str) -> bool:
        return choices != [-1] and self._words[choices[0]] != word

    def _posterior(self, lattice: Sequence[list[int]]) -> list[NDArray[np.float64]]:
        """Return for each place the probability of each of its choices, given all the others."""
        steps = [self._transition(before, after) for before, after in pairwise(lattice)]
        forward = [self._start(lattice[0])]
        for step in steps:
            forward.append(_normalised(forward[-1] @ step))
        backward = [np.ones(len(lattice[-1]))]
        for step in reversed(steps):
            backward.append(_normalised(step @ backward[-1]))
        return [_normalised(ahead * behind) for ahead, behind in zip(forward, reversed(backward), strict=True)]

    def _start(self, choices: list[int]) -> NDArray[np.float64]:
        return _normalised(np.array([self._unigram[number] if number >= 0 else 1.0 for number in choices], np.float64))

    def _transition(self, before: list[int], after: list[int]) -> NDArray[np.float64]:
        """P(after | before), shape (len(before), len(after))."""
        if after == [-1]:
            return np.ones((len(before), 1))
        if before == [-1]:
            return np.asarray(self._unigram[np.newaxis, after], np.float64)
        return self._follows.probabilities(np.array(before)[:, np.newaxis], np.array(after)[np.newaxis, :])


@dataclass(frozen=True, slots=True)
class _Followers:
    """How likely a word follows another: interpolated Kneser–Ney over the pairs seen.

    Where a word's followers are not known, others count by how many different words they follow, not by how often they occur: sắt
    is frequent, but only behind đường. Words numbered from the size of `seen` on are those that only general text has.
    """

    seen: SyllableCounts
    total: NDArray[np.float64]
    """(words,) How often anything follows the word."""
    freed: NDArray[np.float64]
    """(words,) The share of that for followers never seen; 1 where nothing ever followed."""
    lower: NDArray[np.float64]
    """(words,) How likely the word follows where its neighbour tells nothing."""

    @classmethod
    def of(cls, seen: SyllableCounts, general: NDArray[np.float64]) -> _Followers:
        """Sum up the pairs; `general` (words,) is how frequent each word is in general text."""
        size, words = max(len(seen.words), 1), len(general)
        before, after = seen.pairs // size, seen.pairs % size
        total = np.bincount(before, weights=seen.pair_counts, minlength=words).astype(np.float64)
        freed = np.where(total > 0, DISCOUNT * np.bincount(before, minlength=words) / np.maximum(total, 1), 1.0)
        lower = np.bincount(after, minlength=words) + PRIOR_TOKENS * general + _RAREST
        return cls(seen, total, freed, lower / lower.sum())

    def probabilities(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return P(after | before) of numbers of words, in the shape that both broadcast to; always above 0."""
        own = np.maximum(self._counts(before, after) - DISCOUNT, 0) / np.maximum(self.total[before], 1)
        return np.asarray(own + self.freed[before] * self.lower[after], np.float64)

    def _counts(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> NDArray[np.int64]:
        pairs, size = self.seen.pairs, len(self.seen.words)
        if not len(pairs):
            return np.zeros(np.broadcast_shapes(before.shape, after.shape), np.int64)
        keys = before * size + after
        places = np.minimum(np.searchsorted(pairs, keys), len(pairs) - 1)
        found = (before < size) & (after < size) & (pairs[places] == keys)
        return np.where(found, self.seen.pair_counts[places], 0)


def _normalised(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(weights / weights.sum(), np.float64)
