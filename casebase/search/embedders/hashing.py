"""The engine for tests: no weights, the same vectors everywhere, similar words near each other."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.ports import no_progress
from casebase.search.embedders.texts import readable
from casebase.search.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from casebase.domain.ports import Progress, Vectors

_WORD = re.compile(r"[^\W_]+")
_GRAM = 3
_WORD_WEIGHT = 2.0


class HashingEmbedder:
    """An `Embedder` that hashes words and their trigrams, without marks and case, into `dimension` signed buckets.

    Texts that share words or parts of them are near; it knows nothing of meaning. Queries and passages are treated alike.
    """

    def __init__(self, dimension: int = 256) -> None:
        self._dimension = dimension

    @property
    def fingerprint(self) -> str:
        """The name of this way to hash."""
        return f"hashing/{self._dimension}"

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts that ask."""
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """Return the vectors of texts that answer."""
        vectors = np.zeros((len(texts), self._dimension), np.float32)
        for position, text in enumerate(texts):
            vectors[position] = self._embed(readable(text))
            progress(position + 1, len(texts))
        return vectors

    def _embed(self, text: str) -> Vectors:
        vector = np.zeros(self._dimension, np.float32)
        for feature, count in Counter(_features(text)).items():
            bucket = zlib.crc32(feature.encode())
            weight = _WORD_WEIGHT if feature.startswith(" ") else 1.0
            vector[(bucket >> 1) % self._dimension] += weight * np.sqrt(count) * (1 if bucket & 1 else -1)
        length = float(np.linalg.norm(vector))
        if not length:  # no words, or features that cancel out: one fixed direction
            vector[0] = length = 1.0
        return vector / np.float32(length)


def _features(text: str) -> Iterator[str]:
    """Yield each word after a space, and the trigrams of each word between boundaries."""
    for word in _WORD.findall(fold(text)):
        yield f" {word}"
        framed = f"^{word}$"
        yield from (framed[start : start + _GRAM] for start in range(len(framed) - _GRAM + 1))
