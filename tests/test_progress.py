"""How fast a stage is, and when it will be over."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from bot.cli.bars import Bars, Remaining, told
from index.progress import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run(pace: Pace, clock: Clock, batches: int, seconds: float) -> None:
    """Batches of 32, each after so many seconds."""
    for _ in range(batches):
        clock.now += seconds
        for _ in range(32):
            pace.advance()


def test_the_rest_takes_as_long_as_the_pace_says() -> None:
    clock = Clock()
    pace = Pace(320, clock)
    clock.now = 100.0  # the models are loaded
    run(pace, clock, 5, 16.0)

    assert pace.rate == pytest.approx(2.0)
    assert pace.remaining_s == pytest.approx(80.0)


def test_articles_that_had_been_done_shorten_the_rest_and_leave_the_pace() -> None:
    clock = Clock()
    pace = Pace(320 + 5000, clock)
    pace.skip(5000)
    run(pace, clock, 5, 16.0)

    assert pace.rate == pytest.approx(2.0)
    assert pace.remaining_s == pytest.approx(80.0)


def test_nothing_is_foretold_before_two_batches_or_without_a_total() -> None:
    clock = Clock()
    pace, endless = Pace(320, clock), Pace(None, clock)
    pace.skip(200)
    run(pace, clock, 1, 16.0)
    run(endless, clock, 5, 16.0)

    assert pace.rate is None
    assert pace.remaining_s is None
    assert endless.rate == pytest.approx(2.0)
    assert endless.remaining_s is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "10 s"), (44, "40 s"), (60, "1 min"), (3570, "1 h 0 min"), (12_345, "3 h 20 min")],
)
def test_times_are_told_as_finely_as_they_can_be_foretold(seconds: float, words: str) -> None:
    assert told(seconds) == words


def test_the_bar_of_a_build_says_how_long_it_will_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    screen = Console(file=io.StringIO(), force_terminal=True, width=120)
    monkeypatch.setattr(time, "monotonic", clock)
    with Progress(TextColumn("{task.description}"), Remaining(), console=screen) as progress:
        listener = Bars(progress)
        listener.stage("embedding", 640)
        for _ in range(5):
            clock.now += 16.0
            listener.advance(32)
        listener.skip(240)
        assert progress.tasks[0].completed == 400
        assert str(Remaining().render(progress.tasks[0])) == "about 2 min left"
