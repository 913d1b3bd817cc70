"""Wiring: what is loaded beside while the rest of a start goes on."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bot import bootstrap
from bot.answers.answer import Answer
from bot.answers.reader import DamagedModel, OnnxReader
from bot.cli.ask import _is_read_for
from config.settings import IndexSettings, Settings
from index.errors import NoIndex
from index.folder import FolderStore
from index.generations import building
from index.manifest import NAME

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads in which a reader was loaded."""
    names = []

    def load(**options: object) -> OnnxReader:
        names.append(threading.current_thread().name)
        return OnnxReader(**options)

    monkeypatch.setattr(bootstrap, "OnnxReader", load)
    return names


def test_a_reader_that_is_needed_soon_is_loaded_beside_and_once(
    sample_folder: Path, loads: list[str]
) -> None:
    settings = Settings(index=IndexSettings(folder=sample_folder))

    service = bootstrap.open_service(settings, read_soon=True)

    assert isinstance(service.ask("What was signed at the G7 summit?"), Answer)
    assert len(loads) == 1
    assert loads[0].startswith("loading")


def test_without_that_a_reader_is_loaded_by_who_needs_it(
    sample_folder: Path, loads: list[str]
) -> None:
    service = bootstrap.open_service(Settings(index=IndexSettings(folder=sample_folder)))

    service.ask("what did Kuleba say?")
    assert loads == []
    service.ask("What was signed at the G7 summit?")
    assert loads == [threading.current_thread().name]


def test_a_damaged_reader_is_told_of_by_the_question_that_needs_it(
    sample_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def damaged(**options: object) -> OnnxReader:
        raise DamagedModel(tmp_path, "it was cut short")

    monkeypatch.setattr(bootstrap, "OnnxReader", damaged)
    settings = Settings(index=IndexSettings(folder=sample_folder))

    service = bootstrap.open_service(settings, read_soon=True)

    assert isinstance(service.ask("what did Kuleba say?"), Answer)
    with pytest.raises(DamagedModel, match="cut short"):
        service.ask("What was signed at the G7 summit?")


def test_no_index_is_said_though_a_reader_is_being_loaded(tmp_path: Path) -> None:
    with pytest.raises(NoIndex):
        bootstrap.open_service(
            Settings(index=IndexSettings(folder=tmp_path / "none")), read_soon=True
        )


def test_an_index_that_is_published_meanwhile_is_not_replaced_by_the_samples(
    sample_folder: Path, tmp_path: Path
) -> None:
    place = tmp_path / "index"
    settings = Settings(index=IndexSettings(folder=place))
    with ThreadPoolExecutor(1) as beside:
        with building(place, wait_s=0):
            asked = beside.submit(bootstrap.open_service, settings, build_sample=True)
            with pytest.raises(TimeoutError):
                asked.result(0.5)
            shutil.copytree(
                sample_folder, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.lock")
            )
            published = (place / NAME).read_bytes()
        assert asked.result(20).store.generation == FolderStore.open(sample_folder).generation
    assert (place / NAME).read_bytes() == published


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("what did Kuleba say?", False),
        ("according to Blinken, what must happen?", False),
        ("Who said that Ukraine must first win the war?", True),
        ("What was signed at the G7 summit?", True),
        ("", False),
    ],
)
def test_only_a_question_for_somebodys_words_needs_no_reader(question: str, *, read: bool) -> None:
    assert _is_read_for(question) is read
