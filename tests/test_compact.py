"""Compaction: what is merged says the same as before, and nothing withdrawn comes back."""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index import compact as module
from index import vectors
from index.build import add_to_index, build_index, remove_from_index
from index.compact import compact_index, segments_to_merge
from index.errors import DamagedIndex
from index.folder import FolderStore
from index.manifest import SegmentEntry
from index.scope import EVERYTHING, Scope
from index.search import search
from index.verify import verify_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from config.settings import Settings
    from index.search import Hit

TEXT = "The {0} board will repair bridge {0} in May.\n\n“It cannot wait,” Mayor Ada {1} said."
NAMES = "Obi Lund Marsh Kovac Tanaka".split()


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory,
    exported: Path,
    tiny_settings: Callable[[Path], Settings],
) -> Path:
    """An index of five segments, two articles each, less one article and with one corrected."""
    sources = tmp_path_factory.mktemp("articles")
    folder = tmp_path_factory.mktemp("whole") / "index"
    shutil.copytree(exported, folder)
    settings = tiny_settings(folder)
    for number, name in enumerate(NAMES):
        new = [sources / f"{letter}{number}.txt" for letter in "ab"]
        for path in new:
            path.write_text(TEXT.format(path.stem, name), encoding="utf-8")
        change = add_to_index if number else build_index
        change(new, folder, settings)
    (sources / "a1.txt").write_text("The board will not repair it.", encoding="utf-8")
    add_to_index([sources / "a1.txt"], folder, settings)
    remove_from_index(["b2"], folder, settings)
    return folder


@pytest.fixture
def folder(settings: Settings, whole: Path) -> Path:
    """That index, as one's own."""
    shutil.rmtree(settings.index.folder)
    shutil.copytree(whole, settings.index.folder)
    return settings.index.folder


def said(folder: Path) -> dict[str, tuple[object, ...]]:
    """All that an index says of each article."""
    store = FolderStore.open(folder)
    found: dict[str, tuple[object, ...]] = {}
    for article_id, (place, row, digest) in store.digests().items():
        one = store.segments[place].read(row)
        vector = one.vectors.tolist()
        found[article_id] = (
            *(one.article, digest, one.sentences, one.passages, one.quotations, vector),
        )
    return found


def asked(folder: Path, scope: Scope = EVERYTHING) -> tuple[Hit, ...]:
    store = FolderStore.open(folder)
    question = "Who will repair the bridge a4?"
    vector = store.open_embedder().encode_query(question)
    return search(store, question, vector, scope=scope, limit=5, dense_weight=1.0, words_weight=0.7)


def test_a_merged_index_says_what_it_said_in_parts(folder: Path, settings: Settings) -> None:
    scope = Scope(frozenset({"a0", "b3", "a4", "b2"}))
    store = FolderStore.open(folder)
    before, counts, voices = said(folder), store.counts(), store.register.voices(EVERYTHING)
    hits, scoped = asked(folder), asked(folder, scope)
    assert len(store.segments) == 6

    manifest = compact_index(folder, settings, most=1)

    assert manifest is not None
    store = FolderStore.open(folder)
    assert (len(store.segments), store.generation) == (1, manifest.generation)
    assert said(folder) == before
    assert (store.counts(), store.register.voices(EVERYTHING)) == (counts, voices)
    assert (asked(folder), asked(folder, scope)) == (hits, scoped)
    assert verify_index(folder) == ()
    assert compact_index(folder, settings, most=1) is None


def test_segments_are_merged_into_one_of_signs(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 10)
    hits = asked(folder)

    compact_index(folder, settings, most=1)

    store = FolderStore.open(folder)
    assert store.segments[0].vectors.curve is not None
    assert [hit.passage for hit in asked(folder)] == [hit.passage for hit in hits]
    assert np.allclose([h.score for h in asked(folder)], [h.score for h in hits], atol=1e-3)
    assert verify_index(folder) == ()


def test_what_is_withdrawn_while_it_is_merged_stays_withdrawn(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def merge(*arguments: object) -> SegmentEntry:
        made = merge_whole(*arguments)
        remove_from_index(["a3"], folder, settings)
        return made

    merge_whole = module._merge
    monkeypatch.setattr(module, "_merge", merge)
    before = set(said(folder))

    compact_index(folder, settings, most=1)

    assert set(said(folder)) == before - {"a3"}
    assert len(FolderStore.open(folder).segments) == 1
    assert verify_index(folder) == ()


def test_what_a_build_replaced_meanwhile_is_thrown_away(
    folder: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def merge(*arguments: object) -> SegmentEntry:
        made = merge_whole(*arguments)
        build_index([new], folder, settings)
        return made

    new = tmp_path / "new.txt"
    new.write_text("Something else was built.", encoding="utf-8")
    merge_whole = module._merge
    monkeypatch.setattr(module, "_merge", merge)

    assert compact_index(folder, settings, most=1) is None

    assert set(said(folder)) == {"new"}
    assert not (folder / "merging").exists()


def test_a_damaged_segment_is_not_merged(folder: Path, settings: Settings) -> None:
    entry = FolderStore.open(folder).manifest.segments[0]
    path = folder / "segments" / entry.id / "texts.bin"
    path.write_bytes(path.read_bytes().replace(b"bridge", b"fridge"))

    with pytest.raises(DamagedIndex, match="not what was written"):
        compact_index(folder, settings, most=1)

    assert not (folder / "merging").exists()


def test_a_build_is_published_also_where_its_segments_cannot_be_merged(
    folder: Path,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    article = tmp_path / "late.txt"
    article.write_text(TEXT.format("late", "Obi"), encoding="utf-8")
    before = FolderStore.open(folder)
    monkeypatch.setattr(module, "MOST_SEGMENTS", 1)
    monkeypatch.setattr(module, "segments_to_merge", lambda entries, **_: tuple(entries))
    monkeypatch.setattr(module, "merge_segments", full)

    report = add_to_index([article], folder, settings)

    assert report.generation == FolderStore.open(folder).generation == before.generation + 1
    assert "late" in FolderStore.open(folder).article_ids()
    assert "were not merged" in caplog.text
    assert "No space left on device" in caplog.text
    assert verify_index(folder) == ()


def _die_at(step: int, folder: Path, settings: Settings) -> None:
    taken = 0
    flush = os.fsync

    def fsync(handle: int) -> None:
        nonlocal taken
        taken += 1
        if taken == step:
            os.kill(os.getpid(), signal.SIGKILL)
        flush(handle)

    os.fsync = fsync
    # What the parent has let go may hold a pool of threads, which wait for ever to end here.
    gc.disable()
    compact_index(folder, settings, most=1)


@pytest.mark.parametrize("step", [1, 7, 20, 23, 24, 25, 26, 27])
def test_a_compaction_killed_at_any_step_loses_nothing(
    folder: Path, settings: Settings, step: int
) -> None:
    before = said(folder)

    process = multiprocessing.get_context("fork").Process(
        target=_die_at, args=(step, folder, settings)
    )
    process.start()
    process.join()

    assert process.exitcode in {-signal.SIGKILL, 0}
    assert said(folder) == before
    assert verify_index(folder) == ()
    compact_index(folder, settings, most=1)
    assert said(folder) == before
    assert len(FolderStore.open(folder).segments) == 1
    assert not (folder / "merging").exists()


def entries(*sizes: int) -> list[SegmentEntry]:
    return [SegmentEntry(str(n), (), size, size, 0) for n, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "merged"),
    [
        ([50] * 8, ""),
        ([50] * 9, "012345678"),
        ([1000, *[1] * 8], "12345678"),
        ([1, 2, 1000, 3, 4, 5, 1, 1, 1, 400], "01345678"),
        ([256, 128, 64, 32, 16, 8, 4, 2, 1], "78"),
    ],
)
def test_small_segments_are_merged_and_large_ones_left_alone(sizes: list[int], merged: str) -> None:
    assert "".join(entry.id for entry in segments_to_merge(entries(*sizes))) == merged


def test_segments_whose_every_vector_is_compared_are_few_together() -> None:
    held = entries(60_000, 30_000, 200_000)
    assert segments_to_merge(held) == ()

    more = [*held, *entries(0, 0, 0, 20_000)[3:]]

    assert [entry.id for entry in segments_to_merge(more)] == ["0", "1", "3"]


def test_a_segment_that_is_mostly_withdrawn_is_written_again() -> None:
    held = [*entries(9, 9), SegmentEntry("2", (), 3, 9, 0, ("a", "b"))]

    assert [entry.id for entry in segments_to_merge(held)] == ["2"]
