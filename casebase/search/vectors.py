"""The port `VectorIndex` on FAISS: exact inner products, filters by bitmap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from casebase.errors import IndexError_

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from casebase.domain.ports import Vectors


class FaissVectors:
    """An immutable set of vectors under ids that only grow, searched exactly. 1 ms at 10,000 vectors, 15 ms at 100,000."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401 - faiss has no types
        import faiss

        # One query at a time gains nothing from more threads, and they would wait for a core that another search has.
        faiss.omp_set_num_threads(1)
        self._index = index
        self._faiss = faiss
        self.ids: NDArray[np.int64] = faiss.vector_to_array(index.id_map)

    @classmethod
    def build(cls, ids: NDArray[np.int64], vectors: Vectors) -> FaissVectors:
        """Index vectors (n, d) under ids (n,) in ascending order."""
        import faiss

        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        if len(ids):
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
        """Return positions and inner products of the best `limit` allowed vectors, best first."""
        count = len(self.ids) if allowed is None else int(allowed.sum())
        if min(limit, count) == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        parameters = None
        if allowed is not None:
            bitmap = np.zeros(int(self.ids[-1]) // 8 * 8 + 8, np.bool_)
            bitmap[self.ids[allowed]] = True
            packed = np.packbits(bitmap, bitorder="little")
            selector = self._faiss.IDSelectorBitmap(len(packed), self._faiss.swig_ptr(packed))
            parameters = self._faiss.SearchParameters()
            parameters.sel = selector
        products, ids = self._index.search(vector[np.newaxis, :], min(limit, count), params=parameters)
        return np.searchsorted(self.ids, ids[0]), products[0]

    def products(self, vector: Vectors, positions: NDArray[np.int64]) -> Vectors:
        """Return the inner product with each of the vectors at `positions`."""
        if not len(positions):
            return np.empty(0, np.float32)
        return np.asarray(self._rows[positions] @ vector, np.float32)

    def between(self, positions: NDArray[np.int64], others: NDArray[np.int64]) -> Vectors:
        """Return the inner products (positions, others) of the set's own vectors."""
        return np.asarray(self._rows[positions] @ self._rows[others].T, np.float32)

    @property
    def _rows(self) -> Vectors:
        """The vectors (n, d), without a copy."""
        flat = self._faiss.rev_swig_ptr(self._flat.get_xb(), self._flat.ntotal * self._flat.d)
        return np.asarray(flat).reshape(self._flat.ntotal, -1)

    @property
    def _flat(self) -> Any:  # noqa: ANN401 - faiss has no types
        return self._faiss.downcast_index(self._index.index)
