"""Answers that are known already, and those that somebody is waiting for.

An answer holds as long as the generation that it was read from: `clear` is called when
another one is taken up, and what was begun before that is told to those who asked and
not kept. What fails is not kept either.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable


class Cache:
    """At most `size` values, the least lately used gone first; one computation per key."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._coming: dict[Hashable, asyncio.Task[Any]] = {}
        self._edition = 0
        self.hits = 0
        self.joined = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._kept)

    async def get(self, key: Hashable, compute: Callable[[], Awaitable[Any]]) -> Any:
        """The value of a key: known, under way for somebody else, or computed now.

        One who stops waiting does not stop it for the others.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            self.hits += 1
            return self._kept[key]
        task = self._coming.get(key)
        if task is None:
            self.misses += 1
            task = asyncio.ensure_future(self._compute(key, compute, self._edition))
            self._coming[key] = task
            task.add_done_callback(_heard)
        else:
            self.joined += 1
        return await asyncio.shield(task)

    def clear(self) -> None:
        """Forget everything; what is under way reaches those who wait, and nobody after them."""
        self._edition += 1
        self._kept.clear()
        self._coming.clear()

    async def _compute(
        self, key: Hashable, compute: Callable[[], Awaitable[Any]], edition: int
    ) -> Any:
        me = asyncio.current_task()
        try:
            value = await compute()
        finally:
            if self._coming.get(key) is me:
                del self._coming[key]
        if edition == self._edition and self._size:
            self._kept[key] = value
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return value


def _heard(task: asyncio.Task[Any]) -> None:
    """Let a failure that everybody has stopped waiting for be no news to the event loop."""
    if not task.cancelled():
        task.exception()
