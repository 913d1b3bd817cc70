"""Memory-mapped arrays, and lists of byte strings: what a segment's files are made of.

Opening one costs the same however much it holds, and several processes that open the
same file share its memory.
"""

from __future__ import annotations

import bisect
import hashlib
import io
import itertools
import mmap
import threading
import zlib
from array import array
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import DTypeLike

_CHECK = 4
"""Bytes after each record: its CRC-32, the lowest byte first."""
_WHOLE = 0x2144DF1C
"""The CRC-32 of any record with its own after it."""
_HEADER = 128
"""The bytes that numpy's header takes for one or two axes: it leaves room for longer ones."""
_PARSING = threading.Lock()
"""Held while numpy reads a header as Python: in CPython 3.11 before 3.11.8, two threads that parse
at once can have "AST constructor recursion depth mismatch" raised (gh-106905), and a whole file
would be told as damaged. It can go once 3.11.8 is the least that we run on."""


def write_array(folder: Path, name: str, array: Any) -> None:
    """Write `name.npy`."""
    # Given a file, numpy writes past Python and does not notice a disk that is full.
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    (folder / f"{name}.npy").write_bytes(buffer.getbuffer())


def open_array(folder: Path, name: str, *kinds: DTypeLike) -> Any:
    """Open `name.npy`, which holds one of these kinds (any, for none), without reading it.

    Raises ValueError where it is not what was written.
    """
    path = folder / f"{name}.npy"
    try:
        with _PARSING:
            found = np.lib.format.open_memmap(path, mode="r")
        # As a plain array: numpy's own class for maps makes each look-up several times dearer.
        held = found.view(np.ndarray)
    except OSError:
        raise
    except Exception as error:  # numpy reads the header as Python, and repeats what it read
        raise ValueError(f"{path.name} has no header that can be read") from error
    if found.offset + held.nbytes != path.stat().st_size or (
        kinds and held.dtype not in {np.dtype(kind) for kind in kinds}
    ):
        raise ValueError(f"{path.name} does not hold what its header says")
    return held


def sha256_of_array(opened: Any) -> str:
    """The SHA-256 of the file of an array that `open_array` has opened, also if it is gone."""
    return hashlib.sha256(opened.base.base).hexdigest()


class ArrayWriter:
    """Writes `name.npy` piece by piece, so that no more than a piece is in memory.

    `columns` of None is an array of one axis.
    """

    def __init__(
        self, folder: Path, name: str, dtype: DTypeLike, *, columns: int | None = None
    ) -> None:
        self._file = (folder / f"{name}.npy").open("wb")
        self._file.write(bytes(_HEADER))
        self._dtype = np.dtype(dtype)
        self._columns = columns
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            header = io.BytesIO()
            shape = (self._written,) if self._columns is None else (self._written, self._columns)
            np.lib.format.write_array_header_1_0(
                header,
                {"descr": self._dtype.str, "fortran_order": False, "shape": shape},
            )
            if header.tell() != _HEADER:
                raise ValueError(f"numpy's header takes {header.tell()} bytes, not {_HEADER}")
            self._file.seek(0)
            self._file.write(header.getbuffer())
        self._file.close()

    def __len__(self) -> int:
        return self._written

    def add(self, rows: Any) -> None:
        """Add the next rows."""
        piece = np.ascontiguousarray(rows, dtype=self._dtype)
        self._file.write(piece.data)
        self._written += len(piece)


class RecordsWriter:
    """Writes `name.bin` (the byte strings end to end) and `name.at.npy` (where each ends).

    A CRC-32 follows each byte string, and is counted with it.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._file = (folder / f"{name}.bin").open("wb")
        self._at = array("q", [0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if kind is None:
            write_array(self._folder, f"{self._name}.at", np.frombuffer(self._at, dtype=np.int64))

    def add(self, record: bytes) -> None:
        """Add the next record."""
        self._file.write(record)
        self._file.write(zlib.crc32(record).to_bytes(_CHECK, "little"))
        self._at.append(self._at[-1] + len(record) + _CHECK)


class Records:
    """A list of byte strings, memory-mapped. Raises ValueError where the files don't agree.

    So does reading a record that is not the one written: whoever looks for a key by halves comes
    past the place where it should be, and so meets what has been changed there.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._name = name
        self._at = open_array(folder, f"{name}.at", np.int64)
        path = folder / f"{name}.bin"
        size = path.stat().st_size
        if not len(self._at) or int(self._at[-1]) != size:
            raise ValueError(f"{path.name} is not as long as its offsets say")
        self._bytes: mmap.mmap | bytes = b""
        if size:
            with path.open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._at) - 1

    def __getitem__(self, row: int) -> bytes:
        held = self._bytes[int(self._at[row]) : int(self._at[row + 1])]
        if zlib.crc32(held) != _WHOLE:
            raise self._changed()
        return held[:-_CHECK]

    def find_sorted(self, record: bytes) -> int | None:
        """Where `record` stands, in a list that was written in ascending order."""
        place = bisect.bisect_left(range(len(self)), record, key=self.__getitem__)
        return place if place < len(self) and self[place] == record else None

    def between(self, first: int, last: int) -> list[bytes]:
        """The records from row `first` up to `last`, which is not included; read at one go."""
        at = self._at[first : last + 1].tolist()
        held = self._bytes[at[0] : at[-1]]
        found = [held[a - at[0] : b - at[0]] for a, b in itertools.pairwise(at)]
        if any(zlib.crc32(one) != _WHOLE for one in found):
            raise self._changed()
        return [one[:-_CHECK] for one in found]

    def range_sorted(self, start: bytes) -> tuple[int, int]:
        """The records that begin so, in a list that was written in ascending order."""
        rows = range(len(self))
        size = len(start)
        return (
            bisect.bisect_left(rows, start, key=self.__getitem__),
            bisect.bisect_right(rows, start, key=lambda row: self[row][:size]),
        )

    def _changed(self) -> ValueError:
        return ValueError(f"{self._name}.bin has been changed since it was written")
