"""The port `LexicalIndex` on bm25s: BM25 over exact and over folded tokens, as a share of what the query could reach at most.

Dividing by the query's own upper bound (the IDF mass of all its words, found or not) keeps a query in another language from being
decided by the two words that happen to occur.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from casebase.search.text import fold_word, has_marks, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType

    from numpy.typing import NDArray

    from casebase.domain.ports import Vectors

K1, B = 0.9, 0.4
"""Term saturation and length normalisation for short passages of even length (the defaults of Anserini)."""
EXACT_SHARE = {True: 0.8, False: 0.5}
"""How much exact tokens count beside folded ones, for a query with marks, its own or restored, and for one that has none."""
_NO_WORD = "\n"
"""Stands in a store without a single word, for which bm25s has no average length; no query holds it."""


def _bm25s() -> ModuleType:
    """Import bm25s, which sets its logger to DEBUG at import."""
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    return bm25s  # type: ignore[no-any-return]


class _Bm25:
    """One BM25 index with the upper bound of any query."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401 - bm25s has no types
        self._index = index
        self._count = int(index.scores["num_docs"])
        frequencies = np.diff(index.scores["indptr"])
        self._idf = np.log(1 + (self._count - frequencies + 0.5) / (frequencies + 0.5))
        self._unseen = float(np.log(1 + (self._count + 0.5) / 0.5))

    @classmethod
    def build(cls, texts: Sequence[list[str]]) -> _Bm25:
        bm25s = _bm25s()
        vocabulary: dict[str, int] = {}
        numbered = [[vocabulary.setdefault(word, len(vocabulary)) for word in words] for words in texts]
        index = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy")
        corpus = (numbered, vocabulary) if vocabulary else ([[0]], {_NO_WORD: 0})
        index.index(corpus, create_empty_token=True, show_progress=False)
        index.scores["num_docs"] = len(texts)
        return cls(index)

    @classmethod
    def load(cls, folder: Path) -> _Bm25:
        return cls(_bm25s().BM25.load(folder, load_corpus=False))

    def save(self, folder: Path) -> None:
        self._index.save(folder, show_progress=False)

    def holding(self, words: Sequence[str], positions: NDArray[np.int64]) -> NDArray[np.bool_]:
        starts, texts = self._index.scores["indptr"], self._index.scores["indices"]
        held = np.zeros((len(words), len(positions)), np.bool_)
        for row, word in enumerate(words):
            number = self._index.vocab_dict.get(word, -1)
            having = texts[starts[number] : starts[number + 1]] if number >= 0 else ()
            if len(having):
                places = np.minimum(np.searchsorted(having, positions), len(having) - 1)
                held[row] = having[places] == positions
        return held

    def scores(self, words: list[str]) -> Vectors:
        known = [self._index.vocab_dict[word] for word in words if word in self._index.vocab_dict]
        bound = float(self._idf[known].sum()) + self._unseen * (len(words) - len(known))
        if not known:
            return np.zeros(self._count, np.float32)
        return np.asarray(self._index.get_scores_from_ids(known) / bound, np.float32)


class Bm25Lexical:
    """Scores every passage for a query in well under a millisecond at 100,000 passages."""

    def __init__(self, exact: _Bm25, folded: _Bm25) -> None:
        self._exact = exact
        self._folded = folded

    @classmethod
    def build(cls, texts: Sequence[str]) -> Bm25Lexical:
        """Index the texts by position."""
        return cls.of_words([tokens(text) for text in texts])

    @classmethod
    def of_words(cls, words: Sequence[list[str]]) -> Bm25Lexical:
        """Index texts that are cut into tokens already."""
        return cls(_Bm25.build(words), _Bm25.build([[fold_word(word) for word in row] for row in words]))

    @classmethod
    def load(cls, folder: Path) -> Bm25Lexical:
        """Read an index that `save` wrote."""
        return cls(_Bm25.load(folder / "exact"), _Bm25.load(folder / "folded"))

    def save(self, folder: Path) -> None:
        """Write the index into two folders of plain NumPy and JSON files."""
        self._exact.save(folder / "exact")
        self._folded.save(folder / "folded")

    def holding(self, words: Sequence[str], positions: NDArray[np.int64], *, loose: bool) -> NDArray[np.bool_]:
        """Tell of each word and each passage at `positions` whether it holds it; `loose` lets any marks match."""
        return (
            self._folded.holding([fold_word(word) for word in words], positions) if loose else self._exact.holding(words, positions)
        )

    def scores(self, text: str) -> Vectors:
        """Return one score in [0, 1] per passage; repeated words of the query count once."""
        words = list(dict.fromkeys(tokens(text)))
        folded = list(dict.fromkeys(fold_word(word) for word in words))
        share = EXACT_SHARE[has_marks(text)]
        return np.asarray(share * self._exact.scores(words) + (1 - share) * self._folded.scores(folded), np.float32)
