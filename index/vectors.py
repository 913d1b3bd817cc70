"""Vectors: the nearest rows to a question's vector, by FAISS.

FAISS is imported here and nowhere else. How the rows are kept goes by how many there are:

- up to `EXACT_UP_TO`, all are compared (FAISS's Flat, `vectors.faiss`);
- above, FAISS's inverted lists with a byte a dimension (IVF, SQ8) propose, and the vectors
  in half precision, by row, say how near each proposal is. How many lists are probed is read
  off a curve that is measured while the index is written, and stored beside it.

Everything is memory-mapped, and written in chunks: neither opening nor writing takes memory
in proportion to the rows, but for some bytes a row.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from index.mapped import ArrayWriter, open_array, write_array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Take = Callable[[NDArray[np.int64]], NDArray[np.float32]]

EXACT_UP_TO = 100_000
"""Rows to which all are compared: about 6 ms there on one core."""
RECALL = 0.98
"""The share of the ten nearest that has to be found."""
NEAREST: Final = 10
"""Of how many nearest the recall is told."""
HELD_OUT: Final = 256
"""Rows whose own nearest rows are looked for, to measure the recall."""
POINTS_A_LIST: Final = 40
"""Rows that a list's centre is trained on: FAISS warns below 39, and more change little."""
ROUNDS: Final = 8
"""Rounds of the training."""
CHUNK: Final = 20_000
"""Rows that are in memory at once while an index is written: 30 MB at 384 dimensions."""
FEW: Final = 4096
"""Visible rows to which they are compared one and all, by their own vectors."""
_PROPOSED: Final = 50
"""Rows that the lists propose for each one held out, as the settings have it for a question."""

_AS_NEAR: Final = 1e-3
"""Cosines that half precision may take for one another."""

FILE = "vectors.faiss"
LISTS = "vector_lists.bin"
ROWS = "vector_rows"
SIZES = "vector_sizes"
CURVE = "vector_curve.json"
_CODES = "vector_codes.bin"
_STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)


class Vectors(Protocol):
    """Unit vectors by row."""

    def __len__(self) -> int: ...

    def search(
        self, query: NDArray[np.float32], limit: int, visible: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The `limit` nearest visible rows, nearest first, with their cosines."""

    def rows(self, start: int, end: int) -> NDArray[np.float32]:
        """The vectors of rows `start` to `end`, as near as the index keeps them."""

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of these rows, in this order."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How much of the nearest is found by how many probed lists, as measured at the build.

    `recall[i]` is the mean share of the ten nearest rows, by exact search, that `probes[i]`
    lists give; over rows of the index itself, each looked for among all the others.
    """

    lists: int
    queries: int
    probes: tuple[int, ...]
    recall: tuple[float, ...]

    def probes_for(self, recall: float) -> int:
        """The fewest lists that were seen to reach the recall; all, where none was."""
        for probes, reached in zip(self.probes, self.recall, strict=True):
            if reached >= recall:
                return probes
        return self.lists


def lists_for(rows: int) -> int:
    """How many inverted lists so many rows are divided into; 0: all rows are compared."""
    if rows <= EXACT_UP_TO:
        return 0
    # About twice the square root: comparing the lists' centres then costs about as much as
    # comparing the rows of the lists that are probed.
    return int(2 ** round(math.log2(2 * math.sqrt(rows))))


def write_vectors(
    folder: Path, take: Take, rows: int, dimension: int, *, lists: int | None = None
) -> None:
    """Write the vectors of `rows` rows; `take` gives those of the rows that it is asked for.

    `lists` of None is the number that goes with the size.
    """
    lists = lists_for(rows) if lists is None else lists
    if lists:
        _write_lists(folder, take, rows, dimension, lists)
        return
    import faiss  # noqa: PLC0415

    index = faiss.index_factory(dimension, "Flat", faiss.METRIC_INNER_PRODUCT)
    for chunk in _chunks(rows):
        index.add(np.ascontiguousarray(take(chunk), dtype=np.float32))
    # FAISS's own writer does not say when the last of a file finds no room.
    (folder / FILE).write_bytes(faiss.serialize_index(index).data)


def _chunks(rows: int) -> Iterator[NDArray[np.int64]]:
    for start in range(0, rows, CHUNK):
        yield np.arange(start, min(rows, start + CHUNK), dtype=np.int64)


def _write_lists(folder: Path, take: Take, rows: int, dimension: int, lists: int) -> None:
    import faiss  # noqa: PLC0415

    chance = np.random.default_rng(rows)
    held_out = np.sort(chance.choice(rows, min(HELD_OUT, rows), replace=False))
    nearest = _Nearest(take(held_out), held_out)
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        index = _trained(take, rows, dimension, lists)
        lists_of = np.empty(rows, dtype=np.int32)
        with (
            (folder / _CODES).open("wb") as codes,
            ArrayWriter(folder, ROWS, np.float16, columns=dimension) as kept,
        ):
            for chunk in _chunks(rows):
                vectors = np.ascontiguousarray(take(chunk), dtype=np.float32)
                _, found = index.quantizer.search(vectors, 1)
                coded = np.empty((len(chunk), index.code_size), dtype=np.uint8)
                pointers = map(faiss.swig_ptr, (vectors, found, coded))
                index.encode_vectors(len(chunk), *pointers)
                codes.write(coded.data)
                kept.add(vectors)
                lists_of[chunk] = found[:, 0]
                nearest.look_at(vectors, int(chunk[0]))
        _gather(folder, index, lists_of)
    finally:
        faiss.omp_set_num_threads(1)
    (folder / _CODES).unlink()
    (folder / FILE).write_bytes(faiss.serialize_index(index).data)
    blank = Curve(lists, 0, (), ())
    (folder / CURVE).write_text(json.dumps(asdict(blank)), encoding="utf-8")
    curve = _measure(FaissVectors(folder), nearest, lists)
    (folder / CURVE).write_text(json.dumps(asdict(curve)) + "\n", encoding="utf-8")


def _trained(take: Take, rows: int, dimension: int, lists: int) -> Any:
    import faiss  # noqa: PLC0415

    # The nearest lists are found by comparing all: a graph (HNSW) over 8,192 of them gave no more
    # than its first few, however many were to be probed.
    index: Any = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = ROUNDS
    index.cp.spherical = True
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = POINTS_A_LIST
    sample = np.random.default_rng(lists).choice(
        rows, min(rows, POINTS_A_LIST * lists), replace=False
    )
    index.train(np.ascontiguousarray(take(np.sort(sample)), dtype=np.float32))
    return index


def _gather(folder: Path, index: Any, lists_of: NDArray[np.int32]) -> None:
    """Write the codes and rows list by list, as FAISS maps them, and how many are in each."""
    order = np.argsort(lists_of, kind="stable")
    sizes = np.bincount(lists_of, minlength=index.nlist)
    ends = np.cumsum(sizes)
    coded = np.memmap(folder / _CODES, dtype=np.uint8, mode="r").reshape(-1, index.code_size)
    with (folder / LISTS).open("wb") as file:
        for start, end in zip(ends - sizes, ends, strict=True):
            held = order[start:end]
            file.write(coded[held].data)
            file.write(held.astype(np.int64).data)
    write_array(folder, SIZES, sizes.astype(np.int64))


class _Nearest:
    """The exact nearest of some rows, found while all rows pass by; none is its own."""

    def __init__(self, vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> None:
        self.vectors = vectors
        self.places = rows
        self.cosines = np.full((len(rows), NEAREST), -np.inf, dtype=np.float32)

    @property
    def least(self) -> NDArray[np.float32]:
        """The cosine of the last of each row's nearest."""
        least: NDArray[np.float32] = self.cosines.min(axis=1)
        return least

    def look_at(self, vectors: NDArray[np.float32], start: int) -> None:
        """See the rows from `start` on."""
        cosines = self.vectors @ vectors.T
        here = np.flatnonzero((self.places >= start) & (self.places < start + len(vectors)))
        cosines[here, self.places[here] - start] = -np.inf
        both = np.hstack([self.cosines, cosines])
        self.cosines = np.partition(both, both.shape[1] - NEAREST, axis=1)[:, -NEAREST:]


def _measure(vectors: FaissVectors, nearest: _Nearest, lists: int) -> Curve:
    """Probe more and more lists until nothing is left to gain."""
    everything = np.ones(len(vectors), dtype=np.bool_)
    probes, recall = [], []
    for step in (*(step for step in _STEPS if step < lists), lists):
        found = 0
        for query, place, least in zip(nearest.vectors, nearest.places, nearest.least, strict=True):
            rows, cosines = vectors.search(query, _PROPOSED, everything, probes=step)
            # Of several that are as near, any will do: a sentence is often printed twice.
            found += int((cosines[rows != place][:NEAREST] >= least - _AS_NEAR).sum())
        probes.append(step)
        recall.append(round(found / max(1, int(np.isfinite(nearest.cosines).sum())), 5))
        if recall[-1] >= 0.999:
            break
    return Curve(lists, len(nearest.places), tuple(probes), tuple(recall))


class FaissVectors:
    """One segment's vectors, memory-mapped. Raises ValueError where its files don't agree."""

    def __init__(self, folder: Path, *, recall: float = RECALL) -> None:
        import faiss  # noqa: PLC0415 - 60 ms that `--help` need not pay

        self._faiss: Any = faiss
        # One thread a question is the steadiest under load.
        faiss.omp_set_num_threads(1)
        self.curve: Curve | None = None
        self._exact: Any = None
        if (folder / CURVE).is_file():
            self.curve = _read_curve(folder)
            self._exact = open_array(folder, ROWS, np.float16)
            self._probes = self.curve.probes_for(recall)
        try:
            self._index: Any = faiss.read_index(str(folder / FILE), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise ValueError(f"{FILE} cannot be read ({str(error).splitlines()[-1]})") from error
        if self._exact is not None:
            self._map_lists(folder)

    def _map_lists(self, folder: Path) -> None:
        """Have the index, which was written without them, search the lists of their file."""
        sizes = np.array(open_array(folder, SIZES, np.int64), dtype=np.uint64)
        rows = int(sizes.sum())
        total = rows * (self._index.code_size + 8)
        whole = (folder / LISTS).stat().st_size == total and len(sizes) == self._index.nlist
        if not whole or rows != len(self._exact):
            raise ValueError(f"{LISTS} and {ROWS}.npy do not hold the same rows")
        faiss = self._faiss
        lists = faiss.OnDiskInvertedLists(len(sizes), self._index.code_size, str(folder / LISTS))
        lists.read_only = True
        lists.set_all_lists_sizes(faiss.swig_ptr(sizes))
        lists.totsize = total
        lists.do_mmap()
        # FAISS would start 32 threads to read ahead, for every question.
        lists.prefetch_nthread = 0
        self._index.replace_invlists(lists, True)  # noqa: FBT003 - it takes no names
        lists.this.disown()
        self._index.ntotal = rows

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self,
        query: NDArray[np.float32],
        limit: int,
        visible: NDArray[np.bool_],
        *,
        probes: int | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The `limit` nearest visible rows, nearest first, with their cosines.

        In a scope, lists are probed in inverse proportion to the share that is visible, so
        that about as many rows are compared; a small one is searched whole. `probes` is
        another number of lists than the one chosen when the index was opened.
        """
        faiss = self._faiss
        seen = int(np.count_nonzero(visible))
        limit = min(limit, seen)
        if not limit:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        if self.curve is not None and seen <= FEW:
            return self._nearest_of(np.flatnonzero(visible), query, limit)
        parameters: dict[str, Any] = {}
        if seen < len(visible):
            bits = np.packbits(visible, bitorder="little")
            parameters["sel"] = faiss.IDSelectorBitmap(bits)
        kind = faiss.SearchParameters
        if self.curve is not None:
            kind = faiss.SearchParametersIVF
            wanted = math.ceil((probes or self._probes) * len(visible) / seen)
            parameters["nprobe"] = min(self.curve.lists, wanted)
        # Of what a byte a dimension has close, half precision may say that it is the other way.
        most = limit if self.curve is None else min(2 * limit, seen)
        given = kind(**parameters) if parameters else None
        cosines, rows = self._index.search(query[None, :], most, params=given)
        found = rows[0] >= 0
        if self.curve is not None:
            return self._nearest_of(rows[0][found], query, limit)
        return rows[0][found], cosines[0][found]

    def rows(self, start: int, end: int) -> NDArray[np.float32]:
        """The vectors of rows `start` to `end`, as near as the index keeps them."""
        if start == end:
            return np.empty((0, int(self._index.d)), dtype=np.float32)
        vectors: NDArray[np.float32]
        if self._exact is not None:
            vectors = self._exact[start:end].astype(np.float32)
        else:
            vectors = self._index.reconstruct_n(start, end - start)
        return vectors

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of these rows, in this order."""
        if not len(rows):
            return self.rows(0, 0)
        vectors: NDArray[np.float32]
        if self._exact is not None:
            vectors = self._exact[rows].astype(np.float32)
        else:
            vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, dtype=np.int64))
        return vectors

    def _nearest_of(
        self, rows: NDArray[np.int64], query: NDArray[np.float32], limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        cosines = self.take(rows) @ query
        order = np.argsort(-cosines, kind="stable")[:limit]
        return rows[order], cosines[order]


def _read_curve(folder: Path) -> Curve:
    try:
        found = json.loads((folder / CURVE).read_text(encoding="utf-8"))
        return Curve(
            int(found["lists"]),
            int(found["queries"]),
            tuple(found["probes"]),
            tuple(found["recall"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"{CURVE} is not what was written") from error
