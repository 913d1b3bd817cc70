"""Progress bars on stderr, and nothing at all where that is no terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from index.progress import SILENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Task, TaskID

    from index.progress import Progress as Listener


class Bars:
    """One bar a stage; a stage of unknown length only moves."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a bar, and complete the one before."""
        self._finish()
        self._task = self._progress.add_task(name, total=total, counted=total is not None)

    def advance(self, steps: int = 1) -> None:
        """Move the bar on."""
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


@contextmanager
def bars() -> Iterator[Listener]:
    """Show progress while the block runs, and clear it away."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield SILENT
        return
    columns = (TextColumn("{task.description}"), BarColumn(), Count())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        yield Bars(progress)
