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
from index.mapped import write_array
from index.vectors import EXACT_UP_TO, FEWEST, RECALL, FaissVectors, write_vectors

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


@pytest.fixture(scope="module")
def many() -> NDArray[np.float32]:
    """Vectors in loose groups, as those of real text lie."""
    centres = unit_vectors(40, 3)
    made = centres[np.arange(6000) % 40] + 0.5 * unit_vectors(6000, 4)
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, many: NDArray[np.float32]) -> Path:
    """More rows than are all compared, for a size that a test can write."""
    folder = tmp_path_factory.mktemp("signs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "EXACT_UP_TO", len(many) - 1)
        write_vectors(folder, many.__getitem__, *many.shape)
    return folder


def recall(
    opened: FaissVectors,
    many: NDArray[np.float32],
    queries: NDArray[np.float32],
    visible: NDArray[np.bool_],
) -> float:
    found = 0
    for query in queries:
        rows, _ = opened.search(query, 10, visible)
        assert visible[rows].all()
        assert len(set(rows.tolist())) == len(rows) == 10
        least = np.sort((many @ query)[visible])[-10]
        found += int((many[rows] @ query >= least - 1e-3).sum())
    return found / (10 * len(queries))


def test_up_to_a_size_all_are_compared_and_above_it_signs_propose(
    tmp_path: Path, many: NDArray[np.float32], signed: Path
) -> None:
    write_vectors(tmp_path, many.__getitem__, *many.shape)

    assert FaissVectors(tmp_path).curve is None
    assert FaissVectors(signed).curve is not None
    assert len(many) < EXACT_UP_TO == 100_000


def test_signs_keep_their_rows_in_half_precision(signed: Path, many: NDArray[np.float32]) -> None:
    opened = FaissVectors(signed)

    assert len(opened) == len(many)
    assert np.abs(opened.rows(0, len(many)) - many).max() < 1e-3
    assert np.array_equal(opened.take(np.array([9, 3, 3])), opened.rows(0, 10)[[9, 3, 3]])
    assert opened.rows(4, 4).shape == (0, DIMENSION)


def test_the_proposals_are_the_fewest_that_were_measured_to_find_enough(signed: Path) -> None:
    curve = FaissVectors(signed).curve

    assert curve is not None
    assert curve.queries == 256
    assert list(curve.recall) == sorted(curve.recall)
    assert curve.recall[-1] >= 0.995
    place = curve.proposals.index(curve.proposals_for(RECALL))
    assert curve.recall[place] >= RECALL > curve.recall[place - 1]
    assert curve.proposals_for(1.1) == curve.proposals[-1]


def test_recall_is_what_was_asked_for_also_far_from_every_row(
    signed: Path, many: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions lie far from all passages: what is kept for the rows alone would miss them."""
    everything = np.ones(len(many), dtype=np.bool_)
    steps = 0.75 * unit_vectors(100, 7)
    far = many[::60] + steps
    far = (far / np.linalg.norm(far, axis=1, keepdims=True)).astype(np.float32)

    assert recall(FaissVectors(signed), many, far, everything) >= 0.97
    monkeypatch.setattr(module, "FEWEST", 1)
    few = FaissVectors(signed, recall=0.3)
    assert recall(few, many, far, everything) < 0.9


def test_no_fewer_are_proposed_than_real_questions_need_whatever_the_curve_says(
    signed: Path,
) -> None:
    opened = FaissVectors(signed, recall=0.3)

    assert opened.curve is not None
    assert opened.curve.proposals_for(0.3) < FEWEST == opened.proposals
    assert FaissVectors(signed, recall=1.1).proposals == opened.curve.proposals[-1] > FEWEST


@pytest.mark.parametrize("few", [0, 5000])
def test_in_a_scope_no_less_is_found(
    signed: Path, many: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """By the rows' own vectors, and by signs where there are too many rows for that."""
    monkeypatch.setattr(module, "FEW", few)
    opened = FaissVectors(signed)
    chance = np.random.default_rng(5)

    assert recall(opened, many, many[::150], chance.random(len(many)) < 0.01) == 1.0
    assert recall(opened, many, many[::150], chance.random(len(many)) < 0.3) >= 0.99


def test_threads_search_signs_alike(signed: Path, many: NDArray[np.float32]) -> None:
    opened = FaissVectors(signed)
    everything = np.ones(len(many), dtype=np.bool_)
    expected = [opened.search(query, 10, everything)[0].tolist() for query in many[:100]]

    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda query: opened.search(query, 10, everything)[0].tolist(), many[:100])
        assert list(found) == expected


@pytest.mark.parametrize(
    "name", ["vector_signs.npy", "vector_centre.npy", "vector_rows.npy", "vector_curve.json"]
)
def test_signs_that_do_not_fit_their_rows_are_refused(
    tmp_path: Path, signed: Path, name: str
) -> None:
    shutil.copytree(signed, tmp_path / "cut")
    whole = (tmp_path / "cut" / name).read_bytes()
    (tmp_path / "cut" / name).write_bytes(whole[:-40])

    with pytest.raises(ValueError, match=r"."):
        FaissVectors(tmp_path / "cut")


def test_signs_of_other_rows_are_refused(
    tmp_path: Path, signed: Path, many: NDArray[np.float32]
) -> None:
    shutil.copytree(signed, tmp_path / "mixed")
    write_array(tmp_path / "mixed", "vector_signs", np.zeros((len(many) - 1, 2), dtype=np.uint8))

    with pytest.raises(ValueError, match="not of the same rows"):
        FaissVectors(tmp_path / "mixed")


def test_what_is_no_vector_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vectors.faiss").write_bytes(b"not one of theirs")

    with pytest.raises(ValueError, match="cannot be read"):
        FaissVectors(tmp_path)
