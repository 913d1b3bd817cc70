"""Vectors: the nearest rows among those in sight, exactly, and by a factory for the size."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import vectors as module
from index.vectors import EXACT_UP_TO, FaissVectors, lists_for, write_vectors

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ROWS, DIMENSION = 500, 16


def unit_vectors(rows: int, seed: int) -> NDArray[np.float32]:
    made = np.random.default_rng(seed).standard_normal((rows, DIMENSION)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def stored() -> NDArray[np.float32]:
    return unit_vectors(ROWS, 1)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, stored: NDArray[np.float32]) -> FaissVectors:
    folder = tmp_path_factory.mktemp("vectors")
    write_vectors(folder, stored.__getitem__, *stored.shape)
    return FaissVectors(folder)


def test_rows_are_read_back_as_written(opened: FaissVectors, stored: NDArray[np.float32]) -> None:
    assert len(opened) == ROWS
    assert np.array_equal(opened.rows(7, 19), stored[7:19])
    assert opened.rows(4, 4).shape == (0, DIMENSION)


def test_rows_are_read_back_in_the_order_asked_for(
    opened: FaissVectors, stored: NDArray[np.float32]
) -> None:
    assert np.array_equal(opened.take(np.array([19, 7, 7, 499])), stored[[19, 7, 7, 499]])
    assert opened.take(np.array([], dtype=np.int64)).shape == (0, DIMENSION)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0, 1), limit=st.integers(1, 60))
def test_the_nearest_are_numpys_and_none_is_out_of_sight(
    opened: FaissVectors, stored: NDArray[np.float32], seed: int, share: float, limit: int
) -> None:
    query = unit_vectors(1, seed)[0]
    visible = np.random.default_rng(seed).random(ROWS) < share
    cosines = stored @ query

    rows, found = opened.search(query, limit, visible)

    assert visible[rows].all()
    expected = np.sort(cosines[visible])[::-1][:limit]
    assert found == pytest.approx(expected, abs=1e-5)
    assert cosines[rows] == pytest.approx(found, abs=1e-5)
    assert len(set(rows.tolist())) == len(rows)


def test_nothing_in_sight_finds_nothing(opened: FaissVectors) -> None:
    rows, cosines = opened.search(unit_vectors(1, 2)[0], 5, np.zeros(ROWS, dtype=np.bool_))

    assert (len(rows), len(cosines)) == (0, 0)


@pytest.mark.parametrize(
    ("rows", "lists"),
    [(0, 0), (EXACT_UP_TO, 0), (EXACT_UP_TO + 1, 512), (1_000_000, 2048), (10_000_000, 8192)],
)
def test_the_number_of_lists_goes_by_size(rows: int, lists: int) -> None:
    assert lists_for(rows) == lists


@pytest.fixture(scope="module")
def many() -> NDArray[np.float32]:
    """Vectors in loose groups, as those of real text lie."""
    centres = unit_vectors(40, 3)
    made = centres[np.arange(6000) % 40] + 0.5 * unit_vectors(6000, 4)
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory, many: NDArray[np.float32]) -> Path:
    folder = tmp_path_factory.mktemp("lists")
    write_vectors(folder, many.__getitem__, *many.shape, lists=64)
    return folder


def recall(opened: FaissVectors, many: NDArray[np.float32], visible: NDArray[np.bool_]) -> float:
    found = 0
    for query in many[::150]:
        rows, _ = opened.search(query, 10, visible)
        assert visible[rows].all()
        least = np.sort((many @ query)[visible])[-10]
        found += int((many[rows] @ query >= least - 1e-3).sum())
    return found / 400


def test_lists_keep_their_rows_in_half_precision(listed: Path, many: NDArray[np.float32]) -> None:
    opened = FaissVectors(listed)

    assert len(opened) == len(many)
    assert np.abs(opened.rows(0, len(many)) - many).max() < 1e-3
    assert np.array_equal(opened.take(np.array([9, 3, 3])), opened.rows(0, 10)[[9, 3, 3]])


def test_the_probes_are_the_fewest_that_were_measured_to_find_enough(listed: Path) -> None:
    curve = FaissVectors(listed).curve

    assert curve is not None
    assert (curve.lists, curve.queries) == (64, 256)
    assert list(curve.recall) == sorted(curve.recall)
    assert curve.recall[-1] >= 0.999
    place = curve.probes.index(curve.probes_for(0.98))
    assert curve.recall[place] >= 0.98 > curve.recall[place - 1]
    assert curve.probes_for(1.1) == 64


def test_recall_is_what_was_asked_for(listed: Path, many: NDArray[np.float32]) -> None:
    everything = np.ones(len(many), dtype=np.bool_)

    assert recall(FaissVectors(listed), many, everything) >= 0.95
    few = FaissVectors(listed, recall=0.3)
    assert recall(few, many, everything) < recall(FaissVectors(listed), many, everything)


def test_every_list_can_be_probed_also_where_there_are_thousands(tmp_path: Path) -> None:
    many = unit_vectors(12_000, 5)
    write_vectors(tmp_path, many.__getitem__, *many.shape, lists=8192)
    everything = np.ones(len(many), dtype=np.bool_)
    for query in unit_vectors(20, 6):
        rows, _ = FaissVectors(tmp_path).search(query, 10, everything, probes=8192)
        assert set(rows) == set(np.argsort(-(many @ query))[:10])


@pytest.mark.parametrize("few", [0, 5000])
def test_in_a_small_scope_nothing_is_missed(
    listed: Path, many: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """By the rows' own vectors, and by all the lists where there are too many rows for that."""
    monkeypatch.setattr(module, "FEW", few)
    opened = FaissVectors(listed, recall=0.9)
    visible = np.random.default_rng(5).random(len(many)) < 0.01

    assert recall(opened, many, visible) == 1.0


def test_threads_search_lists_alike(listed: Path, many: NDArray[np.float32]) -> None:
    opened = FaissVectors(listed)
    everything = np.ones(len(many), dtype=np.bool_)
    expected = [opened.search(query, 10, everything)[0].tolist() for query in many[:100]]

    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda query: opened.search(query, 10, everything)[0].tolist(), many[:100])
        assert list(found) == expected


@pytest.mark.parametrize("name", ["vector_lists.bin", "vector_rows.npy", "vector_curve.json"])
def test_lists_that_do_not_fit_their_rows_are_refused(
    tmp_path: Path, listed: Path, name: str
) -> None:
    shutil.copytree(listed, tmp_path / "cut")
    whole = (tmp_path / "cut" / name).read_bytes()
    (tmp_path / "cut" / name).write_bytes(whole[:-40])

    with pytest.raises(ValueError, match=r"."):
        FaissVectors(tmp_path / "cut")


def test_what_is_no_vector_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vectors.faiss").write_bytes(b"not one of theirs")

    with pytest.raises(ValueError, match="cannot be read"):
        FaissVectors(tmp_path)
