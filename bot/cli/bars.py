"""Progress bars on stderr, and nothing at all where that is no terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from index.progress import SILENT, Pace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Task, TaskID

    from index.progress import Progress as Listener


class Bars:
    """One bar a stage; a stage of unknown length only moves."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._pace = Pace(None)

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a bar, and complete the one before."""
        self._finish()
        self._pace = Pace(total)
        self._task = self._progress.add_task(
            name, total=total, counted=total is not None, pace=self._pace
        )

    def advance(self, steps: int = 1) -> None:
        """Move the bar on."""
        self._pace.advance(steps)
        self._move(steps)

    def skip(self, steps: int = 1) -> None:
        """Move the bar on, and the pace stays."""
        self._pace.skip(steps)
        self._move(steps)

    def _move(self, steps: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, steps)

    def _finish(self) -> None:
        if self._task is not None:
            task = self._progress.tasks[self._task]
            done = task.completed or 1
            self._progress.update(self._task, total=done, completed=done)


class Count(MofNCompleteColumn):
    """`3/10`, and nothing for a stage whose length nobody knows."""

    def render(self, task: Task) -> Text:
        """Lay out one stage's count."""
        return super().render(task) if task.fields["counted"] else Text()


class Remaining(ProgressColumn):
    """How long the stage will go on; where nobody knows its length, how fast it goes."""

    def render(self, task: Task) -> Text:
        """Lay out one stage's pace; nothing until it is known, and when it is over."""
        pace: Pace = task.fields["pace"]
        if task.finished or pace.rate is None:
            return Text()
        if (seconds := pace.remaining_s) is None:
            return Text(f"{pace.rate:.1f}/s")
        return Text(f"about {told(seconds)} left")


def told(seconds: float) -> str:
    """A stretch of time, as finely as it can be foretold: `40 s`, `12 min`, `3 h 20 min`."""
    if seconds < 60:
        return f"{max(10, 10 * round(seconds / 10))} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {10 * (minutes // 10)} min"


@contextmanager
def bars() -> Iterator[Listener]:
    """Show progress while the block runs, and clear it away."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield SILENT
        return
    columns = (TextColumn("{task.description}"), BarColumn(), Count())
    times = (TimeElapsedColumn(), Remaining())
    with Progress(*columns, *times, console=console, transient=True) as progress:
        yield Bars(progress)
