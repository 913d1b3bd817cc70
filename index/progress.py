"""How a long run says how far it is, to whoever listens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_WARM = 32
"""Steps before the pace is measured: a batch of articles, which arrive together, and what is
loaded for the first."""


class Progress(Protocol):
    """Told of each stage as it begins, and of each step in it."""

    def stage(self, name: str, total: int | None = None) -> None:
        """A stage begins: what it does, and its number of steps where that is known."""

    def advance(self, steps: int = 1) -> None:
        """So many steps of the stage are done."""

    def skip(self, steps: int = 1) -> None:
        """So many steps had been done before, or are none: they say nothing about the pace."""


class Silent:
    """Listens and says nothing."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Nothing."""

    def advance(self, steps: int = 1) -> None:
        """Nothing."""

    def skip(self, steps: int = 1) -> None:
        """Nothing."""


SILENT = Silent()


class Pace:
    """How fast the steps of one stage are done, and how long the rest will take at that."""

    def __init__(self, total: int | None, clock: Callable[[], float] | None = None) -> None:
        self._total = total
        self._clock = clock or time.monotonic
        self._done = self._skipped = 0
        self._began: tuple[int, float] | None = None
        self._last = 0.0

    def advance(self, steps: int = 1) -> None:
        """Steps are done."""
        self._done += steps
        self._last = self._clock()
        if self._began is None and self._done >= _WARM:
            self._began = self._done, self._last

    def skip(self, steps: int = 1) -> None:
        """Steps need not be done."""
        self._skipped += steps

    @property
    def rate(self) -> float | None:
        """Steps a second; None until enough are done."""
        if self._began is None or self._done < self._began[0] + _WARM:
            return None
        first, began = self._began
        return (self._done - first) / max(self._last - began, 1e-6)

    @property
    def remaining_s(self) -> float | None:
        """Seconds until all are done, if none of the rest is skipped; None where nobody knows."""
        rate = self.rate
        if rate is None or self._total is None:
            return None
        return max(0, self._total - self._done - self._skipped) / rate
