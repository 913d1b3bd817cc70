"""Supervisor: the engine in a process of its own, which may hang or die and is replaced.

Calls wait in a bounded queue and run one at a time. A call that takes longer than it may
is given up and the process with it; whoever waited for that very call is told, those behind
it are answered by the next process. One that dies is replaced at once, one that keeps dying
after longer and longer pauses, in which askers hear how long to wait.

A new generation is opened in a second process while the first goes on answering, and takes
over between two calls: no question is refused for it, and an index that cannot be opened
changes nothing. So is one replaced in which what is offered while somebody types hangs.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.chat.live import pointer_at
from bot.chat.process import OPENER, Lost, Process
from bot.chat.worker import Busy, Stopping, TooSlow
from index.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine

    from bot.chat.answers import TakeUp
    from config.settings import Settings

log = logging.getLogger(__name__)

STEADY = 60.0
"""Seconds after which a process that dies has not died of being started."""
LONGEST = 60.0
"""The longest pause before another start, in seconds."""
FIRST = 0.02
"""Seconds that a call is taken to need before one was measured."""
STARTING = 3.0
"""Seconds that a start is taken to need, for those who are told when to try again."""
GRACE = 0.25
"""Seconds after which a hang's process ends itself, saying where it hung; and is ended, later."""
LOOKING = 2.0
"""Seconds that a look may take: Discord waits three for what is offered while one types."""
HANGING = 20.0
"""Seconds without any answer after which looks hang, also where a question may take less: from a
store that is only slow some come."""
LOOKS = 16
"""Looks that may be under way: more would only be late, where a store is slow."""
TWICE = 2
"""A call that ended so many processes is not tried again in this generation."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """A call and whoever waits for what it gives."""

    method: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    given: asyncio.Future[Any]
    since: float = field(default_factory=time.monotonic)

    @property
    def key(self) -> tuple[Any, ...]:
        return (
            self.method,
            self.arguments,
            tuple(sorted(self.options.items(), key=lambda one: one[0])),
        )


class Supervisor:
    """Runs calls in a process. `queue` counts those that wait and the one that runs.

    Fewer may wait where calls are so slow that the last would be given up. `patience` is how
    many seconds somebody waits, and a call may run; `look_every` how often, in seconds, a new
    generation is looked for (0: never).
    """

    def __init__(
        self,
        settings: Settings,
        *,
        queue: int | None = None,
        patience: float | None = None,
        look_every: float | None = None,
        opener: str = OPENER,
    ) -> None:
        options = settings.discord
        self._settings = settings
        self._queue = queue or options.queue
        self._patience = patience or options.timeout_s
        self._look_every = options.look_every_s if look_every is None else look_every
        self._opener = opener
        self._pointer = pointer_at(settings.index.place)
        self._waiting: deque[_Waiting] = deque()
        self._running: _Waiting | None = None
        self._wake = asyncio.Event()
        self._process: Process | None = None
        self._there = asyncio.Event()
        self._missing = asyncio.Event()
        self._failures = 0
        self._retired: set[Process] = set()
        self._swapping = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._next_start = 0.0
        self._replaced = -math.inf
        self._replacing = False
        self._trouble: CorpusError | None = None
        self._held = (0, "")
        self._ended_by: Counter[tuple[Any, ...]] = Counter()
        self._seconds = FIRST
        self.restarts = 0
        self.reloads = 0
        self.failed_reloads = 0

    @property
    def pid(self) -> int | None:
        """The number of the process that answers now; None while there is none."""
        return self._process.pid if self._process is not None else None

    @property
    def ready(self) -> bool:
        """Whether a question would be answered now."""
        return self._process is not None and self._process.alive and not self._stopping

    @property
    def length(self) -> int:
        """How many calls wait or run."""
        self._waiting = deque(one for one in self._waiting if not one.given.done())
        return len(self._waiting) + (self._running is not None)

    @property
    def capacity(self) -> int:
        """How many may."""
        return self._queue

    async def start(self, take_up: TakeUp) -> None:
        """Open the index in a process. Raises what `open_service` raises, and `CannotOpen`."""
        self._take_up = take_up
        self._take(await self._open())
        for task in (self._keep_alive(), self._work(), self._look()):
            self._begin(task)

    async def call(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a method of the service.

        Raises `Busy`, `TooSlow`, `Stopping`, `Lost`, and what the method raises.
        """
        if self._stopping:
            raise Stopping
        pause = self._next_start - time.monotonic()
        if self._process is None and pause + STARTING > self._patience:
            trouble = self._trouble or Busy(pause + STARTING)
            raise trouble.with_traceback(None)
        length = self.length
        if length >= self._queue or (length > 1 and length * self._seconds > self._patience):
            raise Busy(self.wait())
        given = asyncio.get_running_loop().create_future()
        waiting = _Waiting(method, arguments, options, given)
        if self._ended_by[waiting.key] >= TWICE:
            raise Lost
        self._waiting.append(waiting)
        self._wake.set()
        try:
            async with asyncio.timeout(self._patience) as patience:
                return await given
        except TimeoutError:
            if not patience.expired():
                raise  # the method's own
            raise TooSlow from None

    async def look(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a method beside the questions. Raises as `call` does; it is not tried again."""
        if self._stopping:
            raise Stopping
        process = self._process
        if process is None or not process.alive:
            raise Busy(self.wait())
        if self._hangs(process) and not self._replacing:
            self._replacing = True
            self._begin(self._replace(process))
        if process.looking >= LOOKS:
            raise Busy(LOOKING)
        try:
            async with asyncio.timeout(LOOKING) as patience:
                return await process.look(method, arguments, options)
        except TimeoutError:
            if not patience.expired():
                raise  # the method's own
            raise TooSlow from None

    def _hangs(self, process: Process) -> bool:
        """Whether no look is answered any more, and the last replacement is long enough ago."""
        steady = time.monotonic() - self._replaced > STEADY
        return steady and process.stuck > max(self._patience, HANGING)

    async def _replace(self, process: Process) -> None:
        """Replace a process whose looks hang, while it goes on with questions."""
        try:
            async with self._swapping:
                # It may have been replaced, or have gone on, while another was opened.
                if process is self._process and self._hangs(process):
                    log.warning("What is offered while one types hangs; its process is replaced.")
                    await self._told(self._swap(), "Another process cannot take over")
        finally:
            self._replaced = time.monotonic()
            self._replacing = False

    def wait(self) -> float:
        """Seconds until most of what waits now will have been answered."""
        pause = 0.0
        if self._process is None:
            pause = max(0.0, self._next_start - time.monotonic()) + STARTING
        return pause + self._seconds * max(1, self.length)

    async def reload(self) -> bool:
        """Take up the published generation, whether or not it is new; whether it is another.

        Raises what opening it raises; the present one then goes on answering.
        """
        async with self._swapping:
            return await self._swap()

    async def _swap(self) -> bool:
        before, held = self._process, self._held
        try:
            process = await self._open()
        except BaseException:
            self.failed_reloads += 1
            raise
        if self._stopping:
            await process.end()
            raise Stopping
        self._take(process)
        self.reloads += 1
        if before is not None:
            self._retire(before)
        return self._held != held

    async def stop(self, *, patience: float) -> None:
        """Take no more calls, give those there are so many seconds, and end the process."""
        self._stopping = True
        waiting = {one.given for one in self._waiting if not one.given.done()}
        if self._running is not None and not self._running.given.done():
            waiting.add(self._running.given)
        if waiting and patience:
            await asyncio.wait(waiting, timeout=patience)
        for one in (*self._waiting, self._running):
            if one is not None and not one.given.done():
                one.given.set_exception(Stopping())
        own = asyncio.current_task()
        tasks = {task for task in self._tasks if task is not own}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        left = {*self._retired, *([self._process] if self._process is not None else [])}
        self._process = None
        await asyncio.gather(*(process.end(1.0) for process in left))

    async def _open(self) -> Process:
        limit = self._patience + GRACE
        return await Process.start(self._settings, limit=limit, opener=self._opener)

    def _take(self, process: Process) -> None:
        """Answer from this process from now on."""
        self._take_up(process.catalogue)
        self._process = process
        self._begin(self._mourn(process))
        self._missing.clear()
        self._trouble = None
        held = (process.catalogue.generation, process.catalogue.built)
        if held != self._held:
            self._ended_by.clear()
        self._held = held
        self._there.set()
        log.info(
            "Answering from generation %d (process %d).",
            process.catalogue.generation,
            process.pid,
        )

    def _retire(self, process: Process) -> None:
        self._retired.add(process)
        self._begin(self._close(process))

    async def _close(self, process: Process) -> None:
        await process.close()
        self._retired.discard(process)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        while True:
            while not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            await self._there.wait()
            process = self._process
            if process is None or not process.alive:
                self._there.clear()
                continue
            # Those who left meanwhile may have taken all that waited with them.
            waiting = self._waiting.popleft() if self._waiting else None
            if waiting is None or waiting.given.done():
                continue
            self._running = waiting
            try:
                await self._run(process, waiting)
            except Exception as error:  # whatever it was, those behind must be answered
                log.exception("A call could not be made.")
                if not waiting.given.done():
                    waiting.given.set_exception(error)
            finally:
                self._running = None

    async def _run(self, process: Process, waiting: _Waiting) -> None:
        started = time.monotonic()
        value: Any = None
        error: BaseException | None = None
        try:
            async with asyncio.timeout(self._patience + 2 * GRACE):
                value = await process.call(waiting.method, waiting.arguments, waiting.options)
        except TimeoutError as slow:
            error = slow
            if time.monotonic() - started >= self._patience:
                error = TooSlow()
                log.warning("A call (%s) hung; its process is ended.", waiting.method)
                self._ended_by[waiting.key] += 1
                await process.end()
        except Lost as lost:
            error = lost
            self._ended_by[waiting.key] += 1
        except asyncio.CancelledError:
            raise
        except Exception as raised:  # noqa: BLE001 - it is the asker's to hear
            error = raised
        self._seconds += 0.1 * (time.monotonic() - started - self._seconds)
        if waiting.given.done():
            if error is not None and not isinstance(error, Lost | TooSlow):
                log.error("A call that had been given up failed.", exc_info=error)
        elif error is not None:
            waiting.given.set_exception(error)
        else:
            waiting.given.set_result(value)

    async def _mourn(self, process: Process) -> None:
        """Wait for a process to end; if it is still the one that answers, it is missed."""
        how = await process.ended()
        if self._process is not process or self._stopping:
            return
        self._process = None
        self._there.clear()
        log.error("The process that answers ended (%s).", how)
        steady = time.monotonic() - process.started > STEADY
        self._failures = 0 if steady else self._failures + 1
        self._missing.set()

    async def _keep_alive(self) -> None:
        """Start another process whenever the one that answers has ended."""
        while True:
            await self._missing.wait()
            pause = _pause(self._failures)
            self._next_start = time.monotonic() + pause
            if pause:
                self._turn_away()
            await asyncio.sleep(pause)
            async with self._swapping:
                if self._process is not None:  # a reload was quicker
                    continue
                self._missing.clear()
                try:
                    self._take(await self._open())
                    self.restarts += 1
                except Exception as error:
                    self._failures += 1
                    self._missing.set()
                    self._trouble = error if isinstance(error, CorpusError) else None
                    log.exception("The process that answers does not start.")

    def _turn_away(self) -> None:
        """Tell those who wait, when what they wait for does not come soon."""
        pause = self._next_start - time.monotonic()
        for one in self._waiting:
            late = time.monotonic() + pause + STARTING > one.since + self._patience
            if not one.given.done() and (late or self._trouble):
                one.given.set_exception(self._trouble or Busy(pause + STARTING))

    async def _look(self) -> None:
        """Take up each generation that is published."""
        while self._look_every:
            await asyncio.sleep(self._look_every)
            if await asyncio.to_thread(self._pointer.moved_from, self._held):
                await self._told(self.reload(), "A new generation cannot be opened")

    async def _told(self, work: Awaitable[object], failing: str) -> None:
        """Await what is worth a line in the log where it fails; what answers goes on."""
        try:
            await work
        except Stopping:
            pass
        except CorpusError as error:
            log.error("%s: %s", failing, error)  # noqa: TRY400
        except Exception:
            log.exception("%s.", failing)


def _pause(failures: int) -> float:
    """Seconds before another start: none the first time, then 1, 2, 4 and so on."""
    return min(LONGEST, 2.0 ** (failures - 2)) if failures > 1 else 0.0
