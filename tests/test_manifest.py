"""The manifest: read back as written, or refused with the command that mends it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from index.errors import CorpusError, DamagedIndex, IncompatibleIndex, NoIndex
from index.generations import clear_unused, present_manifest, publish
from index.manifest import (
    NAME,
    SCHEMA,
    EncoderEntry,
    FileEntry,
    Manifest,
    SegmentEntry,
    read_manifest,
    write_manifest,
)

if TYPE_CHECKING:
    from pathlib import Path

ENCODER = EncoderEntry("0" * 16, "a model", "int8", (FileEntry("int8.onnx", 3, "ab"),))
SEGMENT = SegmentEntry(
    "1" * 16, (FileEntry("texts.bin", 12, "cd"),), 2, 5, 1, withdrawn=("ein Straße", "x")
)
MANIFEST = Manifest(7, "2024-07-08T10:00:00+00:00", "0.1.0", "ef", ENCODER, (SEGMENT,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_manifest(tmp_path, MANIFEST)
    return tmp_path


def edit(folder: Path, **changes: object) -> None:
    record = json.loads((folder / NAME).read_text(encoding="utf-8"))
    (folder / NAME).write_text(json.dumps(record | changes), encoding="utf-8")


def test_a_manifest_is_read_back_as_it_was_written(folder: Path) -> None:
    assert read_manifest(folder) == MANIFEST


def test_writing_leaves_nothing_beside_it(folder: Path) -> None:
    assert [path.name for path in folder.iterdir()] == [NAME]


@pytest.mark.parametrize(
    ("damage", "refusal"),
    [
        (lambda text: b"", DamagedIndex),
        (lambda text: text[: len(text) // 2], DamagedIndex),
        (lambda text: b"{" + text, DamagedIndex),
        (lambda text: b"[" * 100_000, DamagedIndex),
        (lambda text: b"\xff\xfe" + text, DamagedIndex),
        (lambda text: text.replace(b'"generation": 7', b'"generation": 8'), DamagedIndex),
        (lambda text: text.replace(b"a model", b"b model"), DamagedIndex),
        (lambda text: text.replace(b'"schema": %d' % SCHEMA, b'"schema": 0'), IncompatibleIndex),
        (lambda text: text.replace(b'"schema": %d' % SCHEMA, b'"schema": 99'), IncompatibleIndex),
    ],
    ids="empty half garbled nested binary number letter older newer".split(),
)
def test_what_was_changed_is_refused_with_the_command_that_mends_it(
    folder: Path, damage, refusal
) -> None:
    (folder / NAME).write_bytes(damage((folder / NAME).read_bytes()))

    with pytest.raises(refusal) as refused:
        read_manifest(folder)

    assert str(folder) in str(refused.value)
    assert f"pullquote index build ARTICLES --index {folder}" in refused.value.__notes__[0]
    assert present_manifest(folder) is None


@pytest.mark.parametrize(
    "text",
    ["[]", '"x"', '{"name": "webpack"}', "null", "7"],
    ids="list text app null number".split(),
)
def test_a_file_that_is_not_ours_is_refused_and_never_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text, encoding="utf-8")

    with pytest.raises(IncompatibleIndex, match="not one of Pullquote's") as refused:
        read_manifest(tmp_path)

    assert "--index FOLDER" in refused.value.__notes__[0]
    with pytest.raises(IncompatibleIndex):
        publish(tmp_path, encoder=ENCODER, segments=(), analysis="")
    assert (tmp_path / NAME).read_text(encoding="utf-8") == text


def test_any_one_byte_that_changes_is_noticed(folder: Path) -> None:
    whole = (folder / NAME).read_bytes()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        (folder / NAME).write_bytes(changed)
        with pytest.raises(CorpusError):
            read_manifest(folder)


def test_an_empty_folder_is_no_index(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(NoIndex) as refused:
            read_manifest(folder)
        assert "pullquote index build" in refused.value.__notes__[0]


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("my notes", encoding="utf-8")

    with pytest.raises(IncompatibleIndex, match="a file, not a folder"):
        read_manifest(tmp_path / "index")


@pytest.mark.parametrize(("schema", "newer"), [(0, False), (SCHEMA + 1, True), ("x", False)])
def test_a_schema_that_changed_is_named_with_ours_and_a_newer_one_with_what_reads_it(
    folder: Path, schema: object, *, newer: bool
) -> None:
    edit(folder, schema=schema)

    said = rf"schema is {schema!r}, and this version reads {SCHEMA}"
    with pytest.raises(IncompatibleIndex, match=said) as refused:
        read_manifest(folder)
    assert any("bring this machine up" in note for note in refused.value.__notes__) is newer


def test_a_generation_follows_the_one_before(folder: Path) -> None:
    manifest = publish(folder, encoder=ENCODER, segments=(SEGMENT,), analysis="ef")

    assert manifest.generation == 8
    assert read_manifest(folder) == manifest


def test_only_our_own_unused_folders_are_removed(folder: Path) -> None:
    named = ["0" * 16, "1" * 16, "2" * 16, "customers", "2024"]
    for kind in ("segments", "encoders"):
        for name in named:
            (folder / kind / name).mkdir(parents=True)

    clear_unused(folder, [MANIFEST])

    left = {
        kind: sorted(p.name for p in (folder / kind).iterdir()) for kind in ("segments", "encoders")
    }
    assert left == {
        "segments": ["1" * 16, "2024", "customers"],
        "encoders": ["0" * 16, "2024", "customers"],
    }
