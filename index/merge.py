"""Parts: an index made on several machines, each of which builds some of the articles.

Which part an article is in follows from its id alone, so machines that are given the same
sources need not speak with each other. A part is an index in everything but its mark, which
keeps it from being served; merging links the parts' segments into one folder, and parses
and embeds nothing.
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from index.build import BuildReport, compacted, report_of
from index.errors import CorpusError
from index.folder import FolderStore
from index.generations import building, is_whole, new_folder, publish, seal
from index.manifest import PartEntry, read_manifest, sync_folder
from index.progress import SILENT
from index.target import Published

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from config.settings import Settings
    from index.manifest import EncoderEntry, FileEntry, Manifest, SegmentEntry
    from index.progress import Progress


class UnmergeableParts(CorpusError):
    """These parts are not the parts of one index."""

    def __init__(self, problem: str, *notes: str) -> None:
        super().__init__(f"{problem}; nothing was merged.")
        for note in notes:
            self.add_note(note)


def merge_parts(
    parts: Sequence[Path], folder: Path, settings: Settings, *, progress: Progress = SILENT
) -> BuildReport:
    """Make the index of exactly these parts.

    Raises `UnmergeableParts`, and as `build_index` does.
    """
    started = time.monotonic()
    if folder.resolve() in {part.resolve() for part in parts}:
        raise UnmergeableParts(
            f"{folder} is one of the parts, and the index needs a folder of its own",
            "Name another:    pullquote index merge PART... --index FOLDER",
        )
    found = _in_order([(part, read_manifest(part, parts=True)) for part in parts])
    _check_alike(found)
    with building(folder, wait_s=settings.index.lock_wait_s):
        progress.stage("joining the parts", len(found))
        encoder = _bring_encoder(*found[0], folder)
        segments: list[SegmentEntry] = []
        owner: dict[str, Path] = {}
        for part, manifest in found:
            # Checked against what arrives, so that a part that changes meanwhile is noticed.
            segments += [
                _bring_segment(part, entry, manifest, folder) for entry in manifest.segments
            ]
            _check_ids(part, manifest, owner)
            progress.advance()
        manifest = publish(
            folder, encoder=encoder, segments=segments, analysis=found[0][1].analysis
        )
        published = Published(manifest.generation, *FolderStore(folder, manifest).counts())
        report = report_of(published, reused=0, started=started)
    return compacted(report, folder, settings, progress)


def _in_order(found: list[tuple[Path, Manifest]]) -> list[tuple[Path, Manifest]]:
    """The parts by number: each of one and the same count, and all of them there once."""
    by_number: dict[int, tuple[Path, Manifest]] = {}
    first: tuple[Path, PartEntry] | None = None
    for path, manifest in found:
        part = manifest.part
        if part is None:
            raise UnmergeableParts(
                f"{path} holds a whole index, not a part of one",
                "Make a part:    pullquote index build SOURCES --part 1/2 --index FOLDER",
            )
        first = first or (path, part)
        if part.of != first[1].of:
            raise UnmergeableParts(
                f"{first[0]} is part {first[1]} and {path} is part {part}, so not of one index",
                f"Build it again:    pullquote index build SOURCES --part I/{first[1].of} "
                f"--index {path}",
            )
        if part.number in by_number:
            raise UnmergeableParts(
                f"{by_number[part.number][0]} and {path} are both part {part}",
                "Name each part once:    pullquote index merge PART... --index FOLDER",
            )
        by_number[part.number] = path, manifest
    count = first[1].of if first else 0
    missing = [number for number in range(1, count + 1) if number not in by_number]
    if missing:
        named = ", ".join(f"{number}/{count}" for number in missing)
        raise UnmergeableParts(
            f"Of {count} parts, {named} {'is' if len(missing) == 1 else 'are'} missing",
            f"Build what is missing:    pullquote index build SOURCES --part {missing[0]}/{count} "
            "--index FOLDER",
        )
    return [by_number[number] for number in sorted(by_number)]


def _check_alike(found: list[tuple[Path, Manifest]]) -> None:
    """Whether every part's articles were worked out in the same way."""
    first_path, first = found[0]
    for path, manifest in found[1:]:
        for what, here, there in (
            ("the model", first.encoder.model, manifest.encoder.model),
            ("the precision", first.encoder.precision, manifest.encoder.precision),
            ("the encoder", *(_used(one.encoder) for one in (first, manifest))),
            ("the analysis", first.analysis, manifest.analysis),
        ):
            if here != there:
                raise UnmergeableParts(
                    f"{first_path} and {path} were not built alike: {what} differs",
                    "Build both with the same settings and the same versions of Pullquote, torch "
                    "and ONNX Runtime:    pullquote config",
                )


def _used(encoder: EncoderEntry) -> tuple[str, ...]:
    """What makes vectors: the identity, and the very files that compute them."""
    used = (f"{encoder.precision}.onnx", "tokenizer.json")
    return (encoder.id, *(file.sha256 for file in encoder.files if file.name in used))


def _check_ids(part: Path, manifest: Manifest, owner: dict[str, Path]) -> None:
    for article_id in FolderStore(part, manifest).article_ids():
        if article_id in owner:
            raise UnmergeableParts(
                f"The article {article_id!r} is in {owner[article_id]} and in {part}",
                "Build both again from the same sources:    pullquote index build SOURCES "
                "--part I/N --index FOLDER",
            )
        owner[article_id] = part


def _bring_segment(
    part: Path, entry: SegmentEntry, manifest: Manifest, folder: Path
) -> SegmentEntry:
    target = new_folder(folder, "segments")
    _bring(part / "segments" / entry.id, target, entry.files, part, manifest)
    return replace(entry, id=target.name)


def _bring_encoder(part: Path, manifest: Manifest, folder: Path) -> EncoderEntry:
    entry = manifest.encoder
    target = new_folder(folder, "encoders", entry.id)
    if not is_whole(target, entry.files):
        beside = new_folder(folder, "encoders")
        _bring(part / "encoders" / entry.id, beside, entry.files, part, manifest)
        shutil.rmtree(target, ignore_errors=True)
        beside.rename(target)
        sync_folder(target.parent)
    return entry


def _bring(
    source: Path, target: Path, files: Sequence[FileEntry], part: Path, manifest: Manifest
) -> None:
    """Have a folder's files in another: linked where both are on one disk, else copied."""
    target.mkdir()
    for file in files:
        if not (source / file.name).is_file():
            break  # `seal` below does not find it either
        try:
            os.link(source / file.name, target / file.name)
        except OSError:
            shutil.copyfile(source / file.name, target / file.name)
    if sorted(seal(target), key=lambda one: one.name) != sorted(files, key=lambda one: one.name):
        place = source.relative_to(part)
        raise UnmergeableParts(
            f"{part} is damaged ({place} is not what was written)",
            f"Copy it again, or build it again:    pullquote index build SOURCES "
            f"--part {manifest.part} --index {part}",
        )
