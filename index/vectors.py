"""Vectors: the nearest rows to a question's vector, by FAISS.

FAISS is imported here and nowhere else. The index factory is chosen by size: exact
search while it is fast enough, inverted lists with scalar quantisation beyond.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

EXACT_UP_TO = 100_000
"""Rows to which exact search is used: about 6 ms there on one core."""

FILE = "vectors.faiss"


class Vectors(Protocol):
    """Unit vectors by row."""

    def __len__(self) -> int: ...

    def search(
        self, query: NDArray[np.float32], limit: int, visible: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The `limit` nearest visible rows, nearest first, with their cosines."""

    def rows(self, start: int, end: int) -> NDArray[np.float32]:
        """The vectors of rows `start` to `end`, as near as the index keeps them."""

    def at(self, rows: list[int]) -> NDArray[np.float32]:
        """The vectors of these rows, in their order."""


def factory_for(rows: int) -> str:
    """The FAISS factory string for so many rows."""
    if rows <= EXACT_UP_TO:
        return "Flat"
    # Lists of about the square root of the rows each, as the FAISS guidelines advise.
    return f"IVF{2 ** round(math.log2(4 * math.sqrt(rows)))},SQ8"


def write_vectors(folder: Path, vectors: NDArray[np.float32]) -> str:
    """Write the rows' vectors; returns the factory that was used."""
    import faiss  # noqa: PLC0415

    factory = factory_for(len(vectors))
    index = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    if not index.is_trained:
        index.train(vectors)
    index.add(vectors)
    # FAISS's own writer does not say when the last of a file finds no room.
    (folder / FILE).write_bytes(faiss.serialize_index(index).data)
    return factory


class FaissVectors:
    """One segment's FAISS index, memory-mapped where its kind allows."""

    FILES = (FILE,)

    def __init__(self, folder: Path) -> None:
        import faiss  # noqa: PLC0415 - 60 ms that `--help` need not pay

        self._faiss: Any = faiss
        self._mapping = threading.Lock()
        self._mapped = False
        # One thread a question is the steadiest under load.
        faiss.omp_set_num_threads(1)
        try:
            self._index = faiss.read_index(str(folder / FILE), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise ValueError(f"{FILE} cannot be read ({str(error).splitlines()[-1]})") from error

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, query: NDArray[np.float32], limit: int, visible: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The `limit` nearest visible rows, nearest first, with their cosines."""
        faiss = self._faiss
        limit = min(limit, int(np.count_nonzero(visible)))
        if not limit:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        parameters: dict[str, Any] = {}
        if not visible.all():
            bits = np.packbits(visible, bitorder="little")
            parameters["sel"] = faiss.IDSelectorBitmap(bits)
        kind = faiss.SearchParameters
        if hasattr(self._index, "nprobe"):
            kind = faiss.SearchParametersIVF
            parameters["nprobe"] = 16
        cosines, rows = self._index.search(query[None, :], limit, params=kind(**parameters))
        found = rows[0] >= 0
        return rows[0][found], cosines[0][found]

    def rows(self, start: int, end: int) -> NDArray[np.float32]:
        """The vectors of rows `start` to `end`, as near as the index keeps them."""
        if start == end:
            return np.empty((0, int(self._index.d)), dtype=np.float32)
        self._map_rows()
        vectors: NDArray[np.float32] = self._index.reconstruct_n(start, end - start)
        return vectors

    def at(self, rows: list[int]) -> NDArray[np.float32]:
        """The vectors of these rows, in their order."""
        if not rows:
            return np.empty((0, int(self._index.d)), dtype=np.float32)
        self._map_rows()
        vectors: NDArray[np.float32] = self._index.reconstruct_batch(rows)
        return vectors

    def _map_rows(self) -> None:
        with self._mapping:
            # Inverted lists are searched by list; a row's place in them is worked out once.
            if not self._mapped and hasattr(self._index, "make_direct_map"):
                self._index.make_direct_map()
            self._mapped = True
