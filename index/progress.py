"""How a long run says how far it is, to whoever listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of each stage as it begins, and of each step in it."""

    def stage(self, name: str, total: int | None = None) -> None:
        """A stage begins: what it does, and its number of steps where that is known."""

    def advance(self, steps: int = 1) -> None:
        """So many steps of the stage are done."""


class Silent:
    """Listens and says nothing."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Nothing."""

    def advance(self, steps: int = 1) -> None:
        """Nothing."""


SILENT = Silent()
