"""Rebuilds that are killed, interrupted or find the disk full, while somebody asks throughout.

What is killed is a real process at a real build (see rebuild.py); only the model is tiny.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.answers.answer import Answer
from bot.bootstrap import open_service
from index.build import build_index
from index.errors import BuildLocked
from index.folder import FolderStore
from index.generations import build_lock
from index.journal import read_journal
from index.verify import verify_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.answers.service import AnswerService
    from config.settings import Settings

OBI = "“It cannot wait,” Mayor Ada Obi said."
TEXTS = {
    "one": {
        "bridge": f"The council will repair the bridge in May.\n\n{OBI}",
        "school": "The school board voted on Tuesday.\n\nNobody spoke against the plan.",
    },
    "two": {
        "bridge": f"The council will repair the bridge in June.\n\n{OBI}",
        "port": "The port took in fewer ships in March.\n\nRain was to blame, the board said.",
    },
}
QUESTION = "What did Ada Obi say?"


class Rebuilder:
    """The process of rebuild.py, and what it says."""

    def __init__(self, settings: Settings, sources: Path) -> None:
        self.sources = sources
        self.folder = settings.index.folder
        self._process = subprocess.Popen(
            [
                *(sys.executable, str(Path(__file__).with_name("rebuild.py"))),
                *(str(settings.index.folder), settings.embedding.model),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        assert self._hear() == {"ready": True}

    def start(self, **task: Any) -> int:
        """Start a rebuild from those sources that the index does not hold; its process id."""
        other = "one" if "port" in FolderStore.open(self.folder).article_ids() else "two"
        sources = [str(self.sources / other)]
        self._process.stdin.write(json.dumps({"sources": sources, **task}) + "\n")
        self._process.stdin.flush()
        said = self._hear()
        self._early = said if "pid" not in said else {}
        return int((self._hear() if self._early else said)["pid"])

    def end(self) -> dict[str, Any]:
        """Wait for the rebuild to end, or to have been killed; all that it said."""
        said = dict(self._early)
        while "status" not in said:
            said |= self._hear()
        return said

    def run(self, **task: Any) -> dict[str, Any]:
        self.start(**task)
        return self.end()

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()

    def _hear(self) -> dict[str, Any]:
        return json.loads(self._process.stdout.readline())


class Asker(threading.Thread):
    """Opens the index and asks, again and again; keeps whatever went wrong."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.wrong: list[str] = []
        self.answers = 0
        self.generations: set[int] = set()
        self.over = threading.Event()

    def run(self) -> None:
        first = open_service(self.settings)
        service = first
        while not self.over.is_set():
            try:
                if self.answers % 3 == 0:
                    service = open_service(self.settings)
                self._ask(service)
                self._ask(first)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
                self.wrong.append(repr(error))
            time.sleep(0.05)

    def _ask(self, service: AnswerService) -> None:
        self.answers += 1
        self.generations.add(service.store.generation)
        answer = service.ask(QUESTION)
        if not isinstance(answer, Answer) or answer.citations[0].span.text != OBI:
            self.wrong.append(repr(answer))


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name, articles in TEXTS.items():
        (tmp_path / name).mkdir()
        for article, text in articles.items():
            (tmp_path / name / f"{article}.txt").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def rebuilder(settings: Settings, sources: Path) -> Iterator[Rebuilder]:
    build_index([sources / "one"], settings.index.folder, settings)
    started = Rebuilder(settings, sources)
    yield started
    started.close()


@pytest.fixture
def asker(settings: Settings, rebuilder: Rebuilder) -> Iterator[Asker]:
    started = Asker(settings)
    started.start()
    yield started
    started.over.set()
    started.join()


def parts(folder: Path) -> set[str]:
    """The folders of segments and encoders there."""
    return {
        f"{p.parent.name}/{p.name}"
        for kind in ("segments", "encoders")
        for p in (folder / kind).iterdir()
    }


def named(folder: Path) -> set[str]:
    """Those that the present generation names."""
    manifest = FolderStore.open(folder).manifest
    return {f"segments/{s.id}" for s in manifest.segments} | {f"encoders/{manifest.encoder.id}"}


def holds_one_of_the_two(folder: Path) -> bool:
    store = FolderStore.open(folder)
    found = {article_id: store.article(article_id).text for article_id in store.article_ids()}
    return found in TEXTS.values()


def go_through_kills(kills: int, seed: int, rebuilder: Rebuilder, asker: Asker) -> None:
    folder = asker.settings.index.folder
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    started = time.monotonic()
    assert rebuilder.run()["error"] is None
    whole = time.monotonic() - started

    for _ in range(kills):
        pid = rebuilder.start()
        time.sleep(chance.uniform(0, whole))
        with contextlib.suppress(ProcessLookupError):  # it was quicker this time
            os.kill(pid, signal.SIGKILL)
        rebuilder.end()
        assert holds_one_of_the_two(folder)
    asked = asker.answers
    done = rebuilder.run()
    asker.over.set()
    asker.join()

    assert done["error"] is None
    assert asker.wrong == []
    assert asked >= kills
    assert verify_index(folder) == ()
    rebuilder.run()
    assert len(parts(folder) - named(folder)) <= 1  # the segment of the generation before
    assert holds_one_of_the_two(folder)


def test_rebuilds_killed_at_any_moment_fail_no_answer(rebuilder: Rebuilder, asker: Asker) -> None:
    go_through_kills(5, 1, rebuilder, asker)


@pytest.mark.soak
def test_fifty_rebuilds_killed_at_any_moment_fail_no_answer(
    rebuilder: Rebuilder, asker: Asker
) -> None:
    go_through_kills(50, 2, rebuilder, asker)


def stop_at_steps(then: str, every: int, rebuilder: Rebuilder, folder: Path) -> int:
    """Stop rebuilds at steps of theirs, and look at what is left each time; how many."""
    steps = rebuilder.run()["steps"]
    # All steps from the flushing of the manifest on, and some of those before.
    chosen = sorted({*range(1, steps - 8, every), *range(steps - 8, steps + 1)})
    for at in chosen:
        before, there = named(folder), parts(folder)
        said = rebuilder.run(at=at, then=then)

        assert holds_one_of_the_two(folder), at
        assert verify_index(folder) == (), at
        if then == "kill":
            assert said["status"] == signal.SIGKILL, at
        else:
            assert said["status"] == 0, (at, said)
            if named(folder) == before:
                assert parts(folder) <= there, at
            if then == "full" and said["error"]:
                assert said["error"].startswith("UnwritableIndex: "), at
                assert "No space left on device" in said["error"]
                assert len(said["notes"]) == 1
    assert rebuilder.run()["error"] is None
    assert verify_index(folder) == ()
    return len(chosen)


@pytest.mark.parametrize("then", ["kill", "interrupt", "full"])
def test_a_rebuild_stopped_while_it_publishes_leaves_one_whole_index(
    rebuilder: Rebuilder, settings: Settings, then: str
) -> None:
    assert stop_at_steps(then, 30, rebuilder, settings.index.folder) >= 9


def test_a_rebuild_killed_again_and_again_goes_on_from_what_it_had_sealed(
    rebuilder: Rebuilder, asker: Asker
) -> None:
    folder = asker.settings.index.folder
    before = FolderStore.open(folder).generation

    for at in range(8, 200, 8):  # a segment is sealed after some hundred steps
        said = rebuilder.run(at=at, then="kill", passages=1)
        assert said["status"] == signal.SIGKILL
        assert FolderStore.open(folder).generation == before
        assert verify_index(folder) == ()
        if read_journal(folder):
            break
    done = rebuilder.run(passages=1)
    asker.over.set()
    asker.join()

    assert (done["error"], done["reused"]) == (None, 1)
    assert asker.wrong == []
    assert FolderStore.open(folder).generation == before + 1
    assert holds_one_of_the_two(folder)
    assert verify_index(folder) == ()
    assert not (folder / "build.journal.jsonl").exists()


@pytest.mark.soak
@pytest.mark.parametrize("then", ["kill", "interrupt", "full"])
def test_rebuilds_that_seal_and_are_stopped_at_any_step_leave_one_whole_index(
    rebuilder: Rebuilder, settings: Settings, then: str
) -> None:
    folder = settings.index.folder
    for at in range(1, rebuilder.run(passages=1)["steps"] + 1):
        rebuilder.run(at=at, then=then, passages=1)
        assert holds_one_of_the_two(folder), at
        assert verify_index(folder) == (), at
        sealed = {f"segments/{entry.segment.id}" for entry in read_journal(folder)}
        assert sealed <= parts(folder), at
    assert rebuilder.run(passages=1)["error"] is None
    assert rebuilder.run(passages=1)["error"] is None
    assert len(parts(folder) - named(folder)) <= 2  # the segments of the generation before
    assert verify_index(folder) == ()


@pytest.mark.soak
@pytest.mark.parametrize("then", ["kill", "interrupt", "full"])
def test_a_rebuild_stopped_at_any_step_leaves_one_whole_index(
    rebuilder: Rebuilder, settings: Settings, then: str
) -> None:
    assert stop_at_steps(then, 1, rebuilder, settings.index.folder) > 40


@pytest.mark.parametrize("limit", [1, 100, 600, 3000])
def test_a_system_that_lets_no_file_grow_ends_a_rebuild_in_one_clear_error(
    rebuilder: Rebuilder, settings: Settings, limit: int
) -> None:
    folder = settings.index.folder
    generation, there = FolderStore.open(folder).generation, parts(folder)

    said = rebuilder.run(limit=limit)

    assert said["error"].startswith(f"UnwritableIndex: The index in {folder} could not be written")
    assert FolderStore.open(folder).generation == generation
    assert parts(folder) <= there
    assert open_service(settings).ask(QUESTION).citations[0].span.text == OBI


def test_ctrl_c_leaves_the_last_index_and_nothing_else(
    rebuilder: Rebuilder, settings: Settings
) -> None:
    folder = settings.index.folder
    generation = FolderStore.open(folder).generation

    pid = rebuilder.start()
    time.sleep(0.3)
    os.kill(pid, signal.SIGINT)
    said = rebuilder.end()

    assert said["error"] == "KeyboardInterrupt: "
    assert FolderStore.open(folder).generation == generation
    assert parts(folder) == named(folder)
    assert rebuilder.run()["error"] is None


def test_a_second_builder_waits_for_the_first(rebuilder: Rebuilder, settings: Settings) -> None:
    with build_lock(settings.index.folder, wait_s=0):
        rebuilder.start(wait=30)
        time.sleep(0.5)
        generation = FolderStore.open(settings.index.folder).generation
    said = rebuilder.end()

    assert said["error"] is None
    assert FolderStore.open(settings.index.folder).generation == generation + 1


def test_a_second_builder_that_may_not_wait_says_who_builds(
    rebuilder: Rebuilder, settings: Settings
) -> None:
    with build_lock(settings.index.folder, wait_s=0):
        said = rebuilder.run(wait=0)

    assert said["error"].startswith("BuildLocked: ")
    assert f"process {os.getpid()} on" in said["error"]


def test_the_lock_of_a_builder_that_was_killed_holds_nobody_up(
    rebuilder: Rebuilder, settings: Settings
) -> None:
    rebuilder.run(at=5, then="kill")

    assert rebuilder.run(wait=0)["error"] is None
    with build_lock(settings.index.folder, wait_s=0), pytest.raises(BuildLocked):
        build_index((), settings.index.folder, settings)
