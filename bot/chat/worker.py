"""Where blocking work runs: one thread, its calls in turn, its queue bounded.

The event loop must never wait for an answer, and Discord's users must never wait without
a word: who finds the queue full is told at once (`Busy`), who waits too long is told then
(`TooSlow`). A call that was given up keeps its place until it ends, since its thread does.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

log = logging.getLogger(__name__)


class Busy(Exception):
    """The queue is full, or nothing can be answered for a while; `retry_after` is in seconds."""

    def __init__(self, retry_after: float = 5.0) -> None:
        super().__init__(f"busy for about {retry_after:.0f} s")
        self.retry_after = retry_after


class TooSlow(Exception):
    """The work was not done in time."""


class Stopping(Exception):
    """The process is coming to its end and takes no more work."""


class Worker:
    """Runs blocking calls in turn, and turns callers away once the queue is full.

    `queue` counts the calls that wait and the one that runs; `patience` is in seconds.
    """

    def __init__(self, *, queue: int, patience: float) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="answers")
        self._places = threading.BoundedSemaphore(queue)
        self._patience = patience
        self._stopping = False
        self._waiters: set[asyncio.Future[Any]] = set()

    @property
    def length(self) -> int:
        """How many calls wait or run."""
        return len(self._waiters)

    async def run(self, work: Callable[[], T]) -> T:
        """Do the work in the thread. Raises `Busy`, `TooSlow`, `Stopping`, and what it raises."""
        if self._stopping:
            raise Stopping
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            running = self._thread.submit(work)
        except RuntimeError:
            self._places.release()
            raise Stopping from None
        running.add_done_callback(self._leave)
        waiter = asyncio.wrap_future(running)
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(self._patience):
                return await waiter
        except TimeoutError:
            if waiter.done() and not waiter.cancelled():
                raise  # the work's own
            running.add_done_callback(_log_late)
            raise TooSlow from None
        finally:
            self._waiters.discard(waiter)

    async def stop(self, *, patience: float) -> None:
        """Take no more work, and give what there is `patience` seconds to end."""
        self._stopping = True
        if self._waiters:
            await asyncio.wait(self._waiters, timeout=patience)
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _leave(self, _: Future[T]) -> None:
        self._places.release()


def _log_late(running: Future[T]) -> None:
    if not running.cancelled() and (error := running.exception()) is not None:
        log.error("Work that had been given up failed.", exc_info=error)
