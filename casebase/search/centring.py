"""Takes the language out of vectors, so that a case in one language competes with a case in another.

An embedding carries the language of its text: two texts in one language are nearer than their meaning makes them. Subtracting the
mean of a language's passages (from passages) and the mean of a language (from a query) removes just that. It is linear, so the
index holds the centred vectors and nothing is computed per query beyond one subtraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from casebase.domain.ports import Vectors


LEANING = 10
"""How many passages the mean of all languages counts as beside a language's own: a language with one passage would otherwise lose
its whole meaning, and one with few a part of it (the curve is flat from 5 to 20)."""


@dataclass(frozen=True, slots=True)
class LanguageMeans:
    """The mean of the raw unit vectors of each language's passages, each (d,), and of all languages together."""

    by_language: Mapping[str, Vectors]
    overall: Vectors

    def centre(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Return (n, d) vectors less the mean of their language, of unit length again.

        A language that the store has no passage in is centred by the mean of all.
        """
        means = np.stack([self.by_language.get(lang, self.overall) for lang in languages]) if languages else np.zeros_like(vectors)
        return unit(vectors - means)


def language_means(vectors: Vectors, languages: Sequence[str]) -> LanguageMeans:
    """Return the means of (n, d) raw vectors by their languages; one with few passages leans on the mean of all. O(n · d)."""
    if not languages:
        return LanguageMeans({}, np.zeros(vectors.shape[1], np.float32))
    labels = np.array(languages)
    own = {str(lang): vectors[labels == lang].mean(axis=0) for lang in np.unique(labels)}
    overall = np.stack(list(own.values())).mean(axis=0)
    counts = {lang: languages.count(lang) for lang in own}
    means = {lang: (counts[lang] * mean + LEANING * overall) / np.float32(counts[lang] + LEANING) for lang, mean in own.items()}
    return LanguageMeans(means, overall)


def unit(vectors: Vectors) -> Vectors:
    """Return the rows at length 1; a row of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.float32(1e-12)), np.float32)
