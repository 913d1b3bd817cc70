"""Vectors: the nearest rows to a question's vector, by FAISS.

FAISS is imported here and nowhere else. How the rows are kept goes by how many there are:

- up to `EXACT_UP_TO`, all are compared (FAISS's Flat, `vectors.faiss`);
- above, the signs of all rows propose, a bit a dimension (FAISS's Hamming distances), and the
  vectors in half precision say how near each proposal is. How many are proposed is read off a
  curve that is measured while the index is written, and stored beside it.

Every row is looked at for every question: a question lies far from all passages, and those
nearest to it lie scattered, so that lists of rows that lie together (IVF) miss them
(docs/decisions/2026-11-27-signs-for-lists.md).

Everything is memory-mapped, and written in chunks: neither opening nor writing takes memory
in proportion to the rows.
"""

from __future__ import annotations

import json
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
RECALL = 0.985
"""The share of the ten nearest that has to be found: .98, and half a hundredth for what 256
questions cannot tell."""
FEWEST: Final = 600
"""Rows that are proposed at least, whatever the curve says: where many rows are alike, the
questions that it is measured with find theirs more easily than real ones do. Of ten million rows,
resampled from 206,717, the curve asks for 150, with which questions of real words find .962 of the
ten nearest; with 600 they find .992, and looking at 450 more takes a third of a millisecond."""
NEAREST: Final = 10
"""Of how many nearest the recall is told."""
HELD_OUT: Final = 256
"""Rows from which the questions are made that the recall is measured with."""
ASKED_FROM: Final = 0.8
"""The cosine of such a question with its row: then as much is missed as of 400 real questions on
news among a million passages; at .7 more, at .9 less (the table of the decision named above)."""
CENTRED_ON: Final = 20_000
"""Rows whose mean is taken for the centre, from which signs are told."""
CHUNK: Final = 20_000
"""Rows that are in memory at once while an index is written: 30 MB at 384 dimensions."""
FEW: Final = 4096
"""Visible rows to which they are compared one and all, by their own vectors."""

_AS_NEAR: Final = 1e-3
"""Cosines that half precision may take for one another."""

FILE = "vectors.faiss"
SIGNS = "vector_signs"
CENTRE = "vector_centre"
ROWS = "vector_rows"
CURVE = "vector_curve.json"
_STEPS = (50, 75, 100, 150, 200, 300, 400, 600, 800, 1200, 1600, 2400, 3200)


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
    """How much of the nearest is found among how many proposals, as measured at the build.

    `recall[i]` is the mean share of the ten nearest rows, by exact search, that are among
    `proposals[i]` rows; over so many questions that are made from rows of the index.
    """

    queries: int
    proposals: tuple[int, ...]
    recall: tuple[float, ...]

    def proposals_for(self, recall: float) -> int:
        """The fewest that were seen to reach the recall; the most measured, where none was."""
        for proposals, reached in zip(self.proposals, self.recall, strict=True):
            if reached >= recall:
                return proposals
        return self.proposals[-1] if self.proposals else _STEPS[-1]


def all_compared(rows: int) -> bool:
    """Whether a segment of so many rows compares all of them with a question."""
    return rows <= EXACT_UP_TO


def write_vectors(folder: Path, take: Take, rows: int, dimension: int) -> None:
    """Write the vectors of `rows` rows; `take` gives those of the rows that it is asked for."""
    if not all_compared(rows):
        _write_signs(folder, take, rows, dimension)
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


def _signs(vectors: NDArray[np.float32], centre: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A bit a dimension: on which side of the centre. Shape (rows, bytes)."""
    return np.packbits(vectors > centre, axis=-1)


def _write_signs(folder: Path, take: Take, rows: int, dimension: int) -> None:
    chance = np.random.default_rng(rows)
    sample = np.sort(chance.choice(rows, min(CENTRED_ON, rows), replace=False))
    centre = take(sample).mean(axis=0, dtype=np.float64).astype(np.float32)
    write_array(folder, CENTRE, centre)
    held_out = np.sort(chance.choice(rows, min(HELD_OUT, rows), replace=False))
    nearest = _Nearest(_questions(take(held_out), chance))
    with (
        ArrayWriter(folder, SIGNS, np.uint8, columns=(dimension + 7) // 8) as signs,
        ArrayWriter(folder, ROWS, np.float16, columns=dimension) as kept,
    ):
        for chunk in _chunks(rows):
            vectors = np.asarray(take(chunk), dtype=np.float32)
            signs.add(_signs(vectors, centre))
            kept.add(vectors)
            nearest.look_at(vectors)
    _write_curve(folder, Curve(0, (), ()))
    _write_curve(folder, _measure(FaissVectors(folder), nearest))


def _write_curve(folder: Path, curve: Curve) -> None:
    (folder / CURVE).write_text(json.dumps(asdict(curve)) + "\n", encoding="utf-8")


def _questions(rows: NDArray[np.float32], chance: np.random.Generator) -> NDArray[np.float32]:
    """Unit vectors that lie as far from these as a question does from a passage, anywhere."""
    steps = chance.standard_normal(rows.shape)
    steps -= (steps * rows).sum(axis=1, keepdims=True) * rows
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    made: NDArray[np.float64] = ASKED_FROM * rows + (1 - ASKED_FROM**2) ** 0.5 * steps
    return made.astype(np.float32)


class _Nearest:
    """The exact nearest of some questions, found while all rows pass by."""

    def __init__(self, questions: NDArray[np.float32]) -> None:
        self.questions = questions
        self.cosines = np.full((len(questions), NEAREST), -np.inf, dtype=np.float32)

    @property
    def least(self) -> NDArray[np.float32]:
        """The cosine of the last of each question's nearest."""
        least: NDArray[np.float32] = self.cosines.min(axis=1)
        return least

    def look_at(self, vectors: NDArray[np.float32]) -> None:
        """See the next rows."""
        both = np.hstack([self.cosines, self.questions @ vectors.T])
        self.cosines = np.partition(both, both.shape[1] - NEAREST, axis=1)[:, -NEAREST:]


def _measure(vectors: FaissVectors, nearest: _Nearest) -> Curve:
    """See how far down among the proposals of each question its nearest stand."""
    steps = [step for step in _STEPS if step < len(vectors)] or [len(vectors)]
    found = np.zeros(len(steps), dtype=np.int64)
    for query, least in zip(nearest.questions, nearest.least, strict=True):
        cosines = vectors.take(vectors.propose(query, steps[-1])) @ query
        # Of several that are as near, any will do: a sentence is often printed twice.
        met = np.cumsum(cosines >= least - _AS_NEAR)[np.array(steps) - 1]
        found += np.minimum(met, NEAREST)
    recall = found / max(1, int(np.isfinite(nearest.cosines).sum()))
    return Curve(len(nearest.questions), tuple(steps), tuple(recall.round(5).tolist()))


class FaissVectors:
    """One segment's vectors, memory-mapped. Raises ValueError where its files don't agree."""

    def __init__(self, folder: Path, *, recall: float = RECALL) -> None:
        import faiss  # noqa: PLC0415 - 60 ms that `--help` need not pay

        self._faiss: Any = faiss
        self.curve: Curve | None = None
        self.proposals = 0
        if (folder / CURVE).is_file():
            self.curve = _read_curve(folder)
            self.proposals = max(FEWEST, self.curve.proposals_for(recall))
            self._open_signs(folder)
            return
        try:
            self._index: Any = faiss.read_index(str(folder / FILE), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise ValueError(f"{FILE} cannot be read ({str(error).splitlines()[-1]})") from error

    def _open_signs(self, folder: Path) -> None:
        self._rows = open_array(folder, ROWS, np.float16)
        self._centre = open_array(folder, CENTRE, np.float32)
        self._signs = open_array(folder, SIGNS, np.uint8)
        rows, dimension = self._rows.shape
        fit = (rows, (dimension + 7) // 8) == self._signs.shape
        if not fit or self._centre.shape != (dimension,):
            raise ValueError(f"{SIGNS}.npy, {CENTRE}.npy and {ROWS}.npy are not of the same rows")

    def __len__(self) -> int:
        return len(self._rows) if self.curve is not None else int(self._index.ntotal)

    def search(
        self, query: NDArray[np.float32], limit: int, visible: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The `limit` nearest visible rows, nearest first, with their cosines.

        Only visible rows are proposed, so in a scope no less is found by as many.
        """
        # One thread a question is the steadiest under load; each thread has its own setting.
        self._faiss.omp_set_num_threads(1)
        seen = int(np.count_nonzero(visible))
        limit = min(limit, seen)
        if not limit:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        only = None
        if self.curve is not None and seen <= FEW:
            return self._nearest_of(np.flatnonzero(visible), query, limit)
        if seen < len(visible):
            bits = np.packbits(visible, bitorder="little")
            only = self._faiss.IDSelectorBitmap(bits)
        if self.curve is not None:
            proposed = self.propose(query, min(max(self.proposals, limit), seen), only)
            # In ascending order, so that what lies together on the disk is read together.
            return self._nearest_of(np.sort(proposed), query, limit)
        given = self._faiss.SearchParameters(sel=only) if only is not None else None
        cosines, rows = self._index.search(query[None, :], limit, params=given)
        found = rows[0] >= 0
        return rows[0][found], cosines[0][found]

    def propose(
        self, query: NDArray[np.float32], count: int, only: Any = None
    ) -> NDArray[np.int64]:
        """The rows whose signs differ least from the question's, the least first.

        `only` is a selector of FAISS's. Only where signs are kept (`curve` is not None).
        """
        faiss = self._faiss
        faiss.omp_set_num_threads(1)
        asked = _signs(query[None, :], self._centre)
        differing = np.empty((1, count), dtype=np.int32)
        rows = np.empty((1, count), dtype=np.int64)
        heap = faiss.int_maxheap_array_t()
        heap.nh, heap.k = 1, count
        heap.ids, heap.val = faiss.swig_ptr(rows), faiss.swig_ptr(differing)
        pointers = map(faiss.swig_ptr, (asked, self._signs))
        ordered = 1
        faiss.hammings_knn_hc(heap, *pointers, *self._signs.shape, ordered, faiss.EXACT_TOPK, only)
        given: NDArray[np.int64] = rows[0][rows[0] >= 0]
        return given

    def rows(self, start: int, end: int) -> NDArray[np.float32]:
        """The vectors of rows `start` to `end`, as near as the index keeps them."""
        vectors: NDArray[np.float32]
        if self.curve is not None:
            vectors = self._rows[start:end].astype(np.float32)
        elif start == end:
            vectors = np.empty((0, int(self._index.d)), dtype=np.float32)
        else:
            vectors = self._index.reconstruct_n(start, end - start)
        return vectors

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of these rows, in this order."""
        if not len(rows):
            return self.rows(0, 0)
        vectors: NDArray[np.float32]
        if self.curve is not None:
            vectors = self._rows[rows].astype(np.float32)
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
        proposals = tuple(map(int, found["proposals"]))
        return Curve(int(found["queries"]), proposals, tuple(map(float, found["recall"])))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{CURVE} is not what was written") from error
