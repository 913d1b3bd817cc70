"""bot/chat/worker.py: calls in turn, a bounded queue, nobody left without a word."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

import pytest

from bot.chat.worker import Busy, Stopping, TooSlow, Worker


@pytest.fixture
async def worker():
    made = Worker(queue=2, patience=0.2)
    yield made
    await made.stop(patience=1)


async def test_it_gives_what_the_work_returns_and_raises_what_it_raises(worker: Worker) -> None:
    assert await worker.run(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 // 0)
    with pytest.raises(TimeoutError):
        await worker.run(_times_out)


def _times_out() -> None:
    raise TimeoutError


async def test_calls_run_in_turn_in_one_other_thread(worker: Worker) -> None:
    seen = []

    def work(number: int) -> None:
        seen.append(("start", number, threading.get_ident()))
        time.sleep(0.02)
        seen.append(("end", number, threading.get_ident()))

    await asyncio.gather(worker.run(lambda: work(1)), worker.run(lambda: work(2)))

    assert [step[:2] for step in seen] == [("start", 1), ("end", 1), ("start", 2), ("end", 2)]
    assert len({thread for *_, thread in seen}) == 1
    assert seen[0][2] != threading.get_ident()


async def test_a_full_queue_turns_callers_away_and_takes_them_again_later(worker: Worker) -> None:
    release = threading.Event()
    held = [asyncio.create_task(worker.run(release.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await worker.run(lambda: 1)
    release.set()
    await asyncio.gather(*held)

    assert await worker.run(lambda: 1) == 1


async def test_who_waits_too_long_is_told_and_the_place_stays_taken_until_the_work_ends(
    worker: Worker,
) -> None:
    release = threading.Event()
    with pytest.raises(TooSlow):
        await worker.run(release.wait)
    with pytest.raises(TooSlow):
        await worker.run(lambda: 1)  # waits behind it, never starts, and leaves its place
    blocked = asyncio.create_task(worker.run(lambda: 2))
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await worker.run(lambda: 3)
    release.set()

    assert await blocked == 2


async def test_a_failure_after_giving_up_is_logged(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    release = threading.Event()

    def fail() -> None:
        release.wait()
        raise ValueError("late")

    with caplog.at_level(logging.ERROR), pytest.raises(TooSlow):
        await worker.run(fail)
    release.set()
    await worker.run(lambda: None)

    assert "late" in caplog.text


async def test_stopping_lets_work_under_way_end_and_takes_no_more(worker: Worker) -> None:
    running = asyncio.create_task(worker.run(lambda: time.sleep(0.05) or "done"))
    await asyncio.sleep(0)
    await worker.stop(patience=1)

    assert await running == "done"
    with pytest.raises(Stopping):
        await worker.run(lambda: 1)
