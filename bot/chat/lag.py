"""How late the event loop is: what every user of the bot waits on top of everything else."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY = 0.05
"""Seconds between two looks: whatever blocks the loop for longer is seen."""
WINDOW = 60.0


class Lag:
    """Measures how much later than asked the loop wakes a sleeper; in seconds."""

    def __init__(self, told: Callable[[float], None] = lambda _: None) -> None:
        self._told = told
        self._worst: deque[tuple[float, float]] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def worst(self) -> float:
        """The worst of the last minute."""
        self._forget(time.monotonic())
        return self._worst[0][1] if self._worst else 0.0

    def start(self) -> None:
        """Begin to look."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._look(), name="loop lag")

    def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _look(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(EVERY)
            now = time.monotonic()
            self._note(now, max(0.0, now - before - EVERY))

    def _note(self, now: float, lag: float) -> None:
        """Keep it if none that comes after is as bad: the first kept is then the worst."""
        while self._worst and self._worst[-1][1] <= lag:
            self._worst.pop()
        self._worst.append((now, lag))
        self._forget(now)
        self._told(lag)

    def _forget(self, now: float) -> None:
        while self._worst and self._worst[0][0] < now - WINDOW:
            self._worst.popleft()
