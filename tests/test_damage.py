"""Bytes that change on the disk: said to be damage, or without effect on what is answered.

Lengths are looked at when an index is opened (`tests/test_store.py`); here every file keeps its
own. `index verify` reads everything; a question notices what it comes past.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.answers.service import AnswerService
from config.settings import IndexSettings, Settings
from index.build import add_to_index
from index.errors import DamagedIndex
from index.folder import FolderStore
from index.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from index.embedding import OnnxEmbedder

QUESTIONS = (
    *("What did Kuleba say?", "What did Kirby say about NATO?", "Who is Kirby?"),
    *("What did Tom Reed say?", "Who paid the repair bill?", "Who wrote the article?"),
    *("Who said that Ukraine must first win the war?", "Who said that they pay the repair bill?"),
)
LETTERS = (
    "The mayor wrote a letter to the board on Monday.\n\n“We will pay the repair bill,” Mayor Ada "
    "Obi said.\n\nTom Reed, a lawyer, denied that the bill was his. “It is theirs,” Reed said."
)
HEADER = 128
"""The bytes of an array's file that are looked at as a whole (tests/test_mapped.py)."""
RANKS_ONLY = re.compile(r"vector|term_(rows|counts|most)|row_lengths")
"""What may change which sentence comes first; not which words are a sentence's, nor whose."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sample_folder: Path) -> Path:
    """Two segments."""
    there = tmp_path_factory.mktemp("damage")
    shutil.copytree(sample_folder, there / "index")
    (there / "letters.txt").write_text(LETTERS, encoding="utf-8")
    settings = Settings(index=IndexSettings(folder=there / "index"))
    add_to_index([there / "letters.txt"], there / "index", settings)
    return there / "index"


@pytest.fixture(scope="module")
def embedder(folder: Path) -> OnnxEmbedder:
    return FolderStore.open(folder).open_embedder()


def asked(folder: Path, embedder: OnnxEmbedder, ids: list[str]) -> list[str | DamagedIndex]:
    """What is answered, less the scores, or that the index is damaged; each by itself."""
    settings = Settings(index=IndexSettings(folder=folder), answers={"reader": "none"})
    try:
        service = AnswerService(FolderStore.open(folder), embedder, settings, None)
    except DamagedIndex as error:
        return [error]
    scopes = [EVERYTHING, *(Scope(frozenset({name})) for name in ids)]
    calls: list[Callable[[], object]] = [
        *(partial(service.ask, question, scope=one) for question in QUESTIONS for one in scopes),
        *(partial(service.voices, scope=one) for one in scopes),
        *(partial(service.quotes, speaker="Kirby", scope=one) for one in scopes),
        *(partial(service.headings, "u", scope=one) for one in scopes),
        *(partial(service.speakers, "k", scope=one) for one in scopes),
        *(partial(service.newest, scope=one) for one in scopes),
        partial(service.check, "Ukraine deserves to be a part of NATO", speaker="Kuleba"),
        *(partial(thing, name) for name in ids for thing in (service.summary, service.article)),
    ]
    said: list[str | DamagedIndex] = []
    for call in calls:
        try:
            said.append(re.sub(r"-?\d+\.\d+(e-?\d+)?", "#", repr(call())))
        except DamagedIndex as error:
            said.append(error)
    return said


def known(folder: Path) -> list[str]:
    return list(FolderStore.open(folder).article_ids())


def faults_of(said: list[str | DamagedIndex]) -> list[str]:
    return [str(one) for one in said if isinstance(one, DamagedIndex)]


def told(said: list[str | DamagedIndex], right: list[str | DamagedIndex]) -> list[str]:
    """What was said of damage, where nothing else was answered otherwise."""
    answered = zip(said, right, strict=False)
    assert all(one == known for one, known in answered if isinstance(one, str))
    return faults_of(said)


def damaged(folder: Path, copy: Path, chance: random.Random) -> Iterator[str]:
    """Change some bytes of one file after the other, for ever; each time its name."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["manifest"]
    segments = [folder / "segments" / entry["id"] for entry in manifest["segments"]]
    files = sorted(path for segment in segments for path in segment.iterdir())
    while True:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy, copy_function=os.link)
        path = chance.choice(files)
        data = bytearray(path.read_bytes())
        first = HEADER if path.suffix == ".npy" else 0
        for _ in range(chance.choice([1, 1, 4, 16])):
            data[chance.randrange(first, len(data))] ^= chance.randrange(1, 256)
        there = copy / path.relative_to(folder)
        there.unlink()
        there.write_bytes(data)
        yield path.name


def go_through(
    folder: Path, embedder: OnnxEmbedder, copy: Path, *, times: int, seed: int
) -> Counter[str]:
    ids = known(folder)
    right = asked(folder, embedder, ids)
    assert all(isinstance(one, str) for one in right)
    found: Counter[str] = Counter()
    chance = random.Random(seed)  # noqa: S311 - the same each time
    for _, name in zip(range(times), damaged(folder, copy, chance), strict=False):
        said = asked(copy, embedder, ids)
        faults = faults_of(said)
        assert all(one.startswith(f"The index in {copy} is damaged: ") for one in faults), name
        assert not any("\n" in one for one in faults)
        if RANKS_ONLY.match(name):
            found["damage" if faults else "right" if said == right else "other"] += 1
        else:
            found["damage" if told(said, right) else "right"] += 1
    return found


@pytest.mark.parametrize(
    ("times", "seed"), [(120, 3), pytest.param(1000, 4, marks=pytest.mark.soak)]
)
def test_bytes_changed_anywhere_are_damage_or_change_no_answer(
    folder: Path, embedder: OnnxEmbedder, tmp_path: Path, times: int, seed: int
) -> None:
    found = go_through(folder, embedder, tmp_path / "copy", times=times, seed=seed)

    assert found["damage"] > 0.6 * times
    assert found["other"] < 0.06 * times


def found_where_changed(
    folder: Path, embedder: OnnxEmbedder, copy: Path, file: str, change: Callable[[bytes], bytes]
) -> bool:
    """Whether a question tells of the damage, where a file of each segment is another in a copy."""
    ids = known(folder)
    shutil.copytree(folder, copy)
    for segment in FolderStore.open(folder).segments:
        path = copy / "segments" / segment.folder.name / file
        path.write_bytes(change(path.read_bytes()))
    faults = told(asked(copy, embedder, ids), asked(folder, embedder, ids))
    return any(f"{file} has been changed" in one for one in faults)


@pytest.mark.parametrize(
    "name",
    [
        *("people_rows", "people_forms", "person_at", "families", "said", "said_at"),
        *("spoken_first", "spoken_last"),
        *("id_rows", "name_key_at", "name_key_persons", "title_key_at", "title_key_rows", "newest"),
    ],
)
def test_people_and_titles_whose_tables_were_changed_in_place_do_not_vanish_silently(
    folder: Path, embedder: OnnxEmbedder, tmp_path: Path, name: str
) -> None:
    def change(data: bytes, *, place: int) -> bytes:
        at = HEADER + place % (len(data) - HEADER)
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    for place in range(4):
        copy, changed = tmp_path / str(place), partial(change, place=place)
        assert found_where_changed(folder, embedder, copy, f"{name}.npy", changed)


@pytest.mark.parametrize("name", ["forms", "persons", "name_keys", "ids", "terms"])
def test_a_key_that_was_changed_in_place_is_damage_to_whoever_looks_for_it(
    folder: Path, embedder: OnnxEmbedder, tmp_path: Path, name: str
) -> None:
    vowels = bytes.maketrans(b"aeiou", b"eioua")
    copy, file = tmp_path / "copy", f"{name}.bin"
    assert found_where_changed(folder, embedder, copy, file, lambda data: data.translate(vowels))
