"""Frames: values on a pipe between the bot and the process that answers.

A frame is a length and a pickle. What many values refer to (an article, a scope) crosses
once: both ends keep the same last few in the same order, and a frame that refers to one
carries its number. So ten citations of an article, or ten answers from it, carry its text
once, and all of them refer to one `Article`. Only frames that the other end takes in the
order in which they were made can be read; an end that fails to has to be replaced.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

HEADER = struct.Struct(">Q")
SHARED = 128
"""How many shared objects each end keeps; an article takes some tens of kilobytes."""

Keys = dict[type, "Callable[[Any], Hashable]"]
"""Which types are shared, and what tells two objects of one apart."""


class Sender:
    """Makes frames. `keys` are the types that cross once."""

    def __init__(self, keys: Mapping[type, Callable[[Any], Hashable]]) -> None:
        self._keys = keys
        self._known: OrderedDict[Hashable, int] = OrderedDict()
        self._made = 0

    def dump(self, value: object) -> bytes:
        """The value as a frame. Raises what pickling raises, and has then sent nothing."""
        body = io.BytesIO()
        pickler = _Pickler(body, self._keys, self._known, self._made)
        pickler.dump(value)
        for key, number in pickler.touched.items():
            self._known[key] = number
            self._known.move_to_end(key)
        while len(self._known) > SHARED:
            self._known.popitem(last=False)
        self._made += len(pickler.new)
        touched = tuple(pickler.touched.values())
        frame = pickle.dumps((touched, pickler.new, body.getbuffer().tobytes()), protocol=5)
        return HEADER.pack(len(frame)) + frame


class Receiver:
    """Reads the frames of one sender, in order."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, Any] = OrderedDict()

    def load(self, frame: bytes) -> Any:
        """The value in a frame (without its header)."""
        touched, new, body = pickle.loads(frame)  # noqa: S301 - from our own process
        self._known.update(new)
        unpickler = _Unpickler(io.BytesIO(body), self._known)
        value = unpickler.load()
        for number in touched:
            self._known.move_to_end(number)
        while len(self._known) > SHARED:
            self._known.popitem(last=False)
        return value


class _Pickler(pickle.Pickler):
    def __init__(
        self,
        file: io.BytesIO,
        keys: Mapping[type, Callable[[Any], Hashable]],
        known: Mapping[Hashable, int],
        made: int,
    ) -> None:
        super().__init__(file, protocol=5)
        self._keys = keys
        self._known = known
        self._made = made
        self.touched: dict[Hashable, int] = {}
        self.new: dict[int, Any] = {}

    def persistent_id(self, obj: Any) -> int | None:
        key_of = self._keys.get(type(obj))
        if key_of is None:
            return None
        key = (type(obj), key_of(obj))
        number = self.touched.get(key)
        if number is None:
            number = self._known.get(key)
            if number is None:
                number = self._made + len(self.new)
                self.new[number] = obj
            self.touched[key] = number
        return number

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, BaseException):
            # An exception is made again without its constructor, which may take other things.
            return _restore, (type(obj), obj.args, dict(obj.__dict__))
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, known: Mapping[int, Any]) -> None:
        super().__init__(file)
        self._known = known

    def persistent_load(self, pid: int) -> Any:
        return self._known[pid]


def _restore(
    kind: type[BaseException], arguments: tuple[Any, ...], state: dict[str, Any]
) -> BaseException:
    error = kind.__new__(kind)
    error.args = arguments
    error.__dict__.update(state)
    return error
