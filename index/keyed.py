"""Keyed: numbers under words, memory-mapped, found by a whole word or by how one begins.

NAME_keys    the keys, each once, in ascending order
NAME_key_at  where each one's part of `NAME_key_OF` begins; and after them all, how many
NAME_key_OF  the numbers under each key, in the order in which they were added
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

from index.mapped import Records, RecordsWriter, open_array, write_array

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray


class KeyedWriter:
    """Collects keys and writes them; in memory it takes 8 bytes a key and number."""

    def __init__(self, folder: Path, name: str, of: str) -> None:
        self._folder, self._name, self._of = folder, name, of
        self._keys: dict[str, int] = {}
        self._places = array("i")
        self._numbers = array("i")

    def add(self, keys: Iterable[str], number: int) -> None:
        """List a number under keys."""
        for key in keys:
            self._places.append(self._keys.setdefault(key, len(self._keys)))
            self._numbers.append(number)

    def close(self) -> None:
        """Write what was collected."""
        keys = sorted(self._keys, key=str.encode)
        with RecordsWriter(self._folder, f"{self._name}_keys") as written:
            for key in keys:
                written.add(key.encode())
        places = np.empty(len(keys), dtype=np.int64)
        places[[self._keys[key] for key in keys]] = np.arange(len(keys))
        at = places[np.frombuffer(self._places, dtype=np.int32)]
        # Stable, so that the numbers of a key stay in order.
        numbers = np.frombuffer(self._numbers, dtype=np.int32)[np.argsort(at, kind="stable")]
        starts = np.zeros(len(keys) + 1, dtype=np.int64)
        np.cumsum(np.bincount(at, minlength=len(keys)), out=starts[1:])
        write_array(self._folder, f"{self._name}_key_at", starts)
        write_array(self._folder, f"{self._name}_key_{self._of}", numbers)


class Keyed:
    """What was written, open for reading. Raises ValueError where its files don't agree."""

    def __init__(self, folder: Path, name: str, of: str) -> None:
        self._keys = Records(folder, f"{name}_keys")
        self._at = open_array(folder, f"{name}_key_at", np.int64)
        self._numbers: NDArray[np.int32] = open_array(folder, f"{name}_key_{of}", np.int32)
        self.arrays: dict[str, NDArray[Any]] = {
            f"{name}_key_at": self._at,
            f"{name}_key_{of}": self._numbers,
        }
        if len(self._at) != len(self._keys) + 1 or int(self._at[-1]) != len(self._numbers):
            raise ValueError(f"its files do not hold the same {of}")

    def under(self, key: str) -> NDArray[np.int32]:
        """The numbers under a key, in the order in which they were added."""
        # What was typed can hold half a character, which no key does.
        place = self._keys.find_sorted(key.encode(errors="replace"))
        return self._numbers[:0] if place is None else self._between(place, place + 1)

    def beginning(self, start: str) -> NDArray[np.int32]:
        """The numbers under every key that begins so; one may be there several times."""
        return self._between(*self._keys.range_sorted(start.encode(errors="replace")))

    def _between(self, first: int, last: int) -> NDArray[np.int32]:
        return self._numbers[int(self._at[first]) : int(self._at[last])]
