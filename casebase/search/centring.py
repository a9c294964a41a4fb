"""Takes the language out of vectors, so that a case in one language competes with a case in another.

An embedding carries the language of its text: two texts in one language are nearer than their meaning makes them. Subtracting the
mean of a language's passages (from passages) and the mean of a language (from a query) removes just that. It is linear, so the
index holds the centred vectors and nothing is computed per query beyond one subtraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from casebase.domain.ports import Vectors


LEANING = 10
"""How many passages the mean of all languages counts as beside a language's own: a language with one passage would otherwise lose
its whole meaning, and one with few a part of it (the curve is flat from 5 to 20)."""


QUERY_SHARE = 0.75
"""How much of a query's centring is the mean of queries, the rest being the mean of passages."""


@dataclass(frozen=True, slots=True)
class ShippedMeans:
    """Means of raw unit vectors (d,) by language that come with the package, of passages and of queries (`bench/means.py`)."""

    passages: Mapping[str, Vectors]
    queries: Mapping[str, Vectors]


NOTHING_SHIPPED = ShippedMeans({}, {})


@dataclass(frozen=True, slots=True)
class LanguageMeans:
    """The mean of the raw unit vectors of each language's passages, each (d,), and of all languages together."""

    by_language: Mapping[str, Vectors]
    overall: Vectors
    shipped: ShippedMeans = NOTHING_SHIPPED

    def centre(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Return (n, d) vectors less the mean of their language, of unit length again.

        A language that the store has no passage in is centred by the mean shipped for it, or else by the mean of all.
        """
        means = np.stack([self._of(lang) for lang in languages]) if languages else np.zeros_like(vectors)
        return unit(vectors - means)

    def centre_query(self, vector: Vectors, lang: str) -> Vectors:
        """Return a query's vector (d,) less the mean of its language, of unit length.

        What queries of a language have in common is not what its passages have in common, so where the mean of queries is known it
        counts QUERY_SHARE of the whole.
        """
        mean = self._of(lang)
        if lang in self.shipped.queries:
            mean = QUERY_SHARE * self.shipped.queries[lang] + (1 - QUERY_SHARE) * mean
        return unit(vector - mean)

    def _of(self, lang: str) -> Vectors:
        return self.by_language.get(lang, self.shipped.passages.get(lang, self.overall))


def language_means(vectors: Vectors, languages: Sequence[str], shipped: ShippedMeans = NOTHING_SHIPPED) -> LanguageMeans:
    """Return the means of (n, d) raw vectors by their languages. O(n · d).

    A language with few passages leans on the mean shipped for it, or on the mean of all where none is.
    """
    if not languages:
        return LanguageMeans({}, np.zeros(vectors.shape[1], np.float32), shipped)
    labels = np.array(languages)
    own = {str(lang): vectors[labels == lang].mean(axis=0) for lang in np.unique(labels)}
    overall = np.stack(list(own.values())).mean(axis=0)
    means = {}
    for lang, mean in own.items():
        count = languages.count(lang)
        means[lang] = (count * mean + LEANING * shipped.passages.get(lang, overall)) / np.float32(count + LEANING)
    return LanguageMeans(means, overall, shipped)


@cache
def shipped_means(model: str | None) -> ShippedMeans:
    """Return the means that come with the package for a model, by its fingerprint; none for another model."""
    with files("casebase.search").joinpath("means.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        if str(arrays["model"]) != model:
            return NOTHING_SHIPPED
        stored = {name: arrays[name].astype(np.float32) for name in arrays.files if name != "model"}
    return ShippedMeans(
        {name.removeprefix("passages-"): mean for name, mean in stored.items() if name.startswith("passages-")},
        {name.removeprefix("queries-"): mean for name, mean in stored.items() if name.startswith("queries-")},
    )


def unit(vectors: Vectors) -> Vectors:
    """Return the rows at length 1; a row of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.float32(1e-12)), np.float32)
