"""Vectors: the nearest rows among those in sight, exactly, and by a factory for the size."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import vectors as module
from index.vectors import EXACT_UP_TO, FaissVectors, factory_for, write_vectors

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
    assert write_vectors(folder, stored) == "Flat"
    return FaissVectors(folder)


def test_rows_are_read_back_as_written(opened: FaissVectors, stored: NDArray[np.float32]) -> None:
    assert len(opened) == ROWS
    assert np.array_equal(opened.rows(7, 19), stored[7:19])
    assert opened.rows(4, 4).shape == (0, DIMENSION)


def test_rows_are_read_back_in_the_order_asked_for(
    opened: FaissVectors, stored: NDArray[np.float32]
) -> None:
    assert np.array_equal(opened.at([19, 7, 7, 499]), stored[[19, 7, 7, 499]])
    assert opened.at([]).shape == (0, DIMENSION)


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
    ("rows", "factory"),
    [
        (0, "Flat"),
        (EXACT_UP_TO, "Flat"),
        (EXACT_UP_TO + 1, "IVF1024,SQ8"),
        (1_000_000, "IVF4096,SQ8"),
        (3_000_000, "IVF8192,SQ8"),
    ],
)
def test_the_factory_goes_by_size(rows: int, factory: str) -> None:
    assert factory_for(rows) == factory


def test_inverted_lists_respect_the_scope_and_keep_their_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: NDArray[np.float32]
) -> None:
    monkeypatch.setattr(module, "factory_for", lambda rows: "IVF8,SQ8")
    write_vectors(tmp_path, stored)
    visible = np.arange(ROWS) % 5 == 0
    query = stored[35]
    opened = FaissVectors(tmp_path)

    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda row: opened.rows(row, row + 1)[0], range(ROWS)))
        rows, cosines = opened.search(query, 10, visible)

    assert np.abs(np.asarray(kept) - stored).max() < 0.02
    assert visible[rows].all()
    assert rows[0] == 35
    assert cosines[0] == pytest.approx(1, abs=0.02)


def test_what_is_no_vector_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vectors.faiss").write_bytes(b"not one of theirs")

    with pytest.raises(ValueError, match="cannot be read"):
        FaissVectors(tmp_path)
