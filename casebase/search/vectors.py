"""The port `VectorIndex` on FAISS: inner products, of all vectors or of those in the lists near a query; filters by bitmap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from casebase.errors import IndexError_

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from casebase.domain.ports import Vectors

LISTS_FROM = 80_000
"""From so many vectors on, comparing all of them takes longer than embedding the query (docs/search.md): lists take over."""
LISTS = 4
"""Lists for n vectors, as a multiple of √n."""
BREADTH = 128
"""Lists a search looks at: of 100,000 vectors they hold 99.6% of the nearest 100 and 99.0% of the nearest 300 (`CANDIDATES`)."""
SAMPLE = 40
"""Vectors a list's centre is learnt from, one more than faiss asks for. Twice as many take twice as long and find no more."""


class FaissVectors:
    """An immutable set of vectors under ids that only grow; few are compared one and all, many list by list.

    A search takes 0.1 ms for 1,000 vectors, 1 ms for 10,000, 8 ms for 80,000, and then in lists 1 ms for 100,000.
    """

    def __init__(self, index: Any) -> None:  # noqa: ANN401 - faiss has no types
        import faiss

        # One query at a time gains nothing from more threads, building goes on behind searches, and both would wait for a core that
        # another search has.
        faiss.omp_set_num_threads(1)
        self._faiss: Any = faiss  # whose types do not know its Python side
        self._index = index
        self.ids: NDArray[np.int64] = faiss.vector_to_array(index.id_map)

    @classmethod
    def build(cls, ids: NDArray[np.int64], vectors: Vectors, *, lists_from: int = LISTS_FROM) -> FaissVectors:
        """Index vectors (n, d) under ids (n,) in ascending order, in lists if there are `lists_from` of them or more.

        The same vectors always make the same index. Lists take one core 4 s for 100,000 vectors.
        """
        import faiss

        faiss.omp_set_num_threads(1)  # see __init__
        count, dimension = vectors.shape
        index = faiss.IndexIDMap2(_empty_lists(count, dimension) if count >= lists_from else faiss.IndexFlatIP(dimension))
        if count:
            index.train(vectors)
            index.add_with_ids(vectors, ids)
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> FaissVectors:
        """Read an index that `save` wrote; the caller has checked the file's hash."""
        import faiss

        return cls(faiss.read_index(str(path)))

    def save(self, path: Path) -> None:
        """Write the index to one file; IndexError_ where the disk does not take it."""
        try:
            self._faiss.write_index(self._index, str(path))
        except RuntimeError as error:  # what faiss makes of a full disk
            raise IndexError_(folder=path.parent, why=str(error)) from error

    def nearest(
        self, vector: Vectors, *, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], Vectors]:
        """Return positions and inner products of the best `limit` allowed vectors, best first.

        The fewer are allowed, the more lists are looked at, so that about as many vectors are compared: all that are allowed, where
        these are less than a tenth of 100,000.
        """
        count = len(self.ids) if allowed is None else int(allowed.sum())
        limit = min(limit, count)
        if limit == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        selector = None if allowed is None else self._selector(allowed)
        ids, products = self._search(vector, limit, selector, breadth=math.ceil(BREADTH * len(self.ids) / count))
        if ids[-1] < 0:  # those lists hold fewer than asked for
            ids, products = self._search(vector, limit, selector, breadth=len(self.ids))
        return np.searchsorted(self.ids, ids), products

    def products(self, vector: Vectors, positions: NDArray[np.int64]) -> Vectors:
        """Return the inner product with each of the vectors at `positions`."""
        return np.asarray(self._rows(positions) @ vector, np.float32)

    def between(self, positions: NDArray[np.int64], others: NDArray[np.int64]) -> Vectors:
        """Return the inner products (positions, others) of the set's own vectors. 0.3 ms for 600 by 10."""
        # One by one: the threads of BLAS would win 0.1 ms, and go on spinning on cores that other searches need.
        products: Vectors = np.vecdot(self._rows(positions)[:, np.newaxis], self._rows(others))
        return products

    def _search(self, vector: Vectors, limit: int, selector: object, *, breadth: int) -> tuple[NDArray[np.int64], Vectors]:
        """Return ids, -1 where there are no more, and products (limit,) from so many lists; without lists, from all vectors."""
        parameters = self._faiss.SearchParametersIVF(sel=selector, nprobe=breadth)
        products, ids = self._index.search(vector[np.newaxis, :], limit, params=parameters)
        return ids[0], products[0]

    def _selector(self, allowed: NDArray[np.bool_]) -> object:
        """Return what lets through the ids at the allowed positions."""
        bitmap = np.zeros(int(self.ids[-1]) // 8 * 8 + 8, np.bool_)
        bitmap[self.ids[allowed]] = True
        return self._faiss.IDSelectorBitmap(np.packbits(bitmap, bitorder="little"))

    def _rows(self, positions: NDArray[np.int64]) -> Vectors:
        """Return the vectors (positions, d). 0.1 ms for 600 of them."""
        rows: Vectors = self._index.index.reconstruct_batch(positions)
        return rows


def _empty_lists(count: int, dimension: int) -> Any:  # noqa: ANN401 - faiss has no types
    """Return lists for so many vectors that also know where each of these stands, which `products` needs."""
    import faiss

    number = min(count, round(LISTS * count**0.5))
    lists = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, number, faiss.METRIC_INNER_PRODUCT)
    lists.make_direct_map()
    lists.cp.min_points_per_centroid = 1  # few vectors are no reason to warn
    lists.cp.max_points_per_centroid = SAMPLE
    return lists
