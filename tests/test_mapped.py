"""index/mapped.py: what is not as it was written is said to be so, in a sentence of ours."""

from __future__ import annotations

import gc
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index.mapped import open_array, write_array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HEADER = 128


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that take turns all the time, also in the middle of what C does for one of them."""

    def give_way(phase: str, info: dict[str, int]) -> None:
        time.sleep(0)

    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    gc.callbacks.append(give_way)
    gc.set_threshold(30)
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*threshold)
        gc.callbacks.remove(give_way)


def test_an_array_is_opened_as_it_was_written(tmp_path: Path) -> None:
    for array in (np.arange(9), np.zeros(0, dtype=np.int64), np.zeros((0, 5), dtype=np.int64)):
        write_array(tmp_path, "rows", array)
        opened = open_array(tmp_path, "rows", np.int32, np.int64)
        assert (opened.shape, opened.tolist()) == (array.shape, array.tolist())


def test_a_header_with_any_byte_changed_is_never_repeated_nor_believed(tmp_path: Path) -> None:
    write_array(tmp_path, "rows", np.arange(99))
    path = tmp_path / "rows.npy"
    whole = path.read_bytes()
    refused = 0
    for at in range(HEADER):
        for change in (1, 2, 4, 8, 16, 32, 64, 128, 255):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ change]) + whole[at + 1 :])
            try:
                opened = open_array(tmp_path, "rows", np.int64)
            except ValueError as error:
                assert str(error) in {  # noqa: PT017 - most, but not all of them raise
                    "rows.npy has no header that can be read",
                    "rows.npy does not hold what its header says",
                }
                refused += 1
            else:
                assert opened.tolist() == list(range(99))
    assert refused > HEADER


@pytest.mark.usefixtures("restless")
def test_a_whole_array_is_whole_to_threads_that_open_it_at_once(tmp_path: Path) -> None:
    """Fails, without the lock, on Python 3.11 before 3.11.8 only."""
    write_array(tmp_path, "rows", np.arange(9))

    def open_often(times: int) -> int:
        return sum(len(open_array(tmp_path, "rows", np.int64)) for _ in range(times))

    with ThreadPoolExecutor(max_workers=4) as threads:
        assert list(threads.map(open_often, [3000] * 4)) == [27_000] * 4


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: whole[:40],
        lambda whole: whole[:-8],
        lambda whole: whole + b"\0" * 8,
        lambda whole: whole.replace(b"(9,)", b"(8,)"),
        lambda whole: whole.replace(b"<i8", b">i8"),
        lambda whole: whole.replace(b"<i8", b"<f8"),
        lambda whole: b"PK\x03\x04" + whole[4:],
        lambda whole: whole[:30] + b"\xff" * 100 + whole[130:],
    ],
)
def test_an_array_that_is_not_what_was_written_is_refused(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    write_array(tmp_path, "rows", np.arange(9))
    path = tmp_path / "rows.npy"
    path.write_bytes(spoil(path.read_bytes()))

    with pytest.raises(ValueError, match=r"^rows\.npy (has no header that can|does not hold what)"):
        open_array(tmp_path, "rows", np.int64)
