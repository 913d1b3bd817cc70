"""Verifying: whatever has changed on disk is named."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index.build import add_to_index, build_index, remove_from_index
from index.errors import DamagedIndex, NoIndex
from index.generations import is_whole, seal
from index.manifest import NAME, read_manifest, write_manifest
from index.segment import Segment
from index.verify import index_status, verify_index

if TYPE_CHECKING:
    from pathlib import Path

    from config.settings import Settings


def test_a_whole_index_has_no_problem(sample_folder: Path) -> None:
    assert verify_index(sample_folder) == ()


def test_a_byte_that_changed_is_found_and_its_file_named(
    sample_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    shutil.copytree(sample_folder, folder)
    files = [p for p in folder.rglob("*") if p.is_file() and p.parent != folder]
    for path in [*files, folder / NAME]:
        whole = path.read_bytes()
        changed = bytearray(whole)
        changed[len(whole) // 2] ^= 0x10
        path.write_bytes(changed)

        problems = verify_index(folder)

        assert len(problems) == 1
        assert path.name in problems[0]
        path.write_bytes(whole)
    assert verify_index(folder) == ()


def test_a_missing_and_a_short_file_are_both_named(settings: Settings) -> None:
    folder = settings.index.folder
    (texts,) = folder.glob("segments/*/texts.bin")
    (words,) = folder.glob("segments/*/terms.bin")
    texts.unlink()
    words.write_bytes(words.read_bytes()[:-3])

    problems = sorted(problem.split("/")[-1] for problem in verify_index(folder))

    assert problems[1] == "texts.bin is missing"
    assert problems[0].startswith("terms.bin has ")
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("array", "change", "problem"),
    [
        ("sentences", lambda rows: rows + 10_000, "outside"),
        ("sentences", lambda rows: np.array([[0, 75], *rows[1:].tolist()]), "crosses a paragraph"),
        ("passages", lambda rows: rows[::-1], "do not hold its sentences"),
        ("ranges", lambda rows: rows * [[1, 1, 1, 0, 1]], "passages of no article"),
    ],
)
def test_offsets_that_do_not_fit_are_found_under_right_checksums(
    settings: Settings, array: str, change, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment made wrongly has checksums that are right; only its rows tell."""
    monkeypatch.setattr(
        Segment, "_layout_of", lambda self, row: json.loads(self._articles[row])["layout"]
    )
    change_array(settings.index.folder, array, change)

    problems = verify_index(settings.index.folder)

    assert any(problem in found for found in problems), problems


def change_array(folder: Path, array: str, change) -> None:
    """Change an array, and the checksum that its file should have."""
    (path,) = folder.glob(f"segments/*/{array}.npy")
    changed = change(np.load(path))
    path.unlink()
    np.save(path, changed)
    manifest = read_manifest(folder)
    (entry,) = manifest.segments
    sealed = [
        f if f.name != path.name else new
        for f, new in zip(entry.files, seal(path.parent), strict=True)
    ]
    write_manifest(folder, _with_files(manifest, tuple(sealed)))
    assert is_whole(path.parent, tuple(sealed))


def test_quotations_that_are_said_to_stand_elsewhere_are_found(
    sample_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample_folder, tmp_path / "index")
    change_array(tmp_path / "index", "spoken_last", lambda rows: rows + 1)

    (problem,) = verify_index(tmp_path / "index")

    assert "do not stand where they are looked for" in problem


def test_a_damaged_index_is_not_added_to(settings: Settings, tmp_path: Path) -> None:
    folder = settings.index.folder
    (path,) = folder.glob("segments/*/texts.bin")
    path.write_bytes(path.read_bytes().swapcase())
    (tmp_path / "new.txt").write_text("The school opens in June.", encoding="utf-8")
    generation = read_manifest(folder).generation

    with pytest.raises(DamagedIndex, match="is not what was written"):
        add_to_index([tmp_path / "new.txt"], folder, settings)

    assert read_manifest(folder).generation == generation


def test_there_is_nothing_to_verify_without_an_index(tmp_path: Path) -> None:
    for look in (verify_index, index_status):
        with pytest.raises(NoIndex):
            look(tmp_path / "none")


def test_the_status_counts_what_can_be_looked_up(settings: Settings, tmp_path: Path) -> None:
    folder = settings.index.folder
    for name, text in (("a", "“It will rain,” Ada Obi said."), ("b", "It rained on Monday.")):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    build_index([tmp_path / "a.txt", tmp_path / "b.txt"], folder, settings)
    before = index_status(folder)
    remove_from_index(["a"], folder, settings)

    after = index_status(folder)

    assert (before.articles, before.passages, before.quotations, before.speakers) == (2, 2, 1, 1)
    assert (after.articles, after.passages, after.quotations, after.speakers) == (1, 1, 0, 0)
    assert after.generation == before.generation + 1
    assert after.bytes == sum(
        path.stat().st_size
        for kind in ("encoders", "segments")
        for path in (folder / kind).rglob("*")
        if path.is_file()
    )


def _with_files(manifest, files):
    from dataclasses import replace  # noqa: PLC0415

    return replace(manifest, segments=(replace(manifest.segments[0], files=files),))
