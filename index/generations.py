"""Generations: from what one holds to the next, published whole or not at all.

Whoever builds takes the lock, writes new segments into folders of their own, flushes
them, and replaces the manifest by one rename. Until that rename the last generation
serves; a crash before it leaves folders that nothing names, which the next build removes,
and those that the build's journal names (`index.journal`), from which it goes on.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import uuid
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from index.errors import (
    BuildLocked,
    DamagedIndex,
    IncompatibleIndex,
    NoIndex,
    UnwritableIndex,
)
from index.journal import JOURNAL, read_journal, write_journal
from index.manifest import (
    NAME,
    EncoderEntry,
    FileEntry,
    Manifest,
    PartEntry,
    SegmentEntry,
    read_manifest,
    sync_folder,
    write_manifest,
)
from index.runtime import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_OURS = re.compile(r"[0-9a-f]{16}")
"""The names that `new_folder` gives; nothing else is ever removed."""
_WRITTEN = frozenset({".npy", ".bin", ".faiss", ".onnx", ".data", ".json"})
"""The endings of the files in them; a folder that holds others is somebody's own."""


@contextlib.contextmanager
def build_lock(folder: Path, *, wait_s: float) -> Iterator[None]:
    """Hold the index for building; a second builder waits, then raises `BuildLocked`.

    The system lets go of the lock when its holder dies, however it dies.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - builds only

    folder.mkdir(parents=True, exist_ok=True)
    holder = folder / "build.holder"
    lock = FileLock(folder / "build.lock")
    try:
        lock.acquire(timeout=wait_s)
    except Timeout as taken:
        named = ""
        with contextlib.suppress(OSError):
            named = holder.read_text(encoding="utf-8").strip()
        raise BuildLocked(folder, named or "another process") from taken
    try:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        holder.write_text(
            f"process {os.getpid()} on {socket.gethostname()} since {now}\n", encoding="utf-8"
        )
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


@contextlib.contextmanager
def building(folder: Path, *, wait_s: float) -> Iterator[None]:
    """Hold the lock; when the build fails, take away what it wrote and nothing names.

    What the journal names stays: the next build goes on from there.
    Raises `BuildLocked`, `UnwritableIndex` and, before anything is touched,
    `IncompatibleIndex` where something foreign lies in the folder.
    """
    present_manifest(folder)
    try:
        with build_lock(folder, wait_s=wait_s):
            there = set(_parts(folder))
            try:
                yield
            except BaseException:
                # What is published is what the manifest says, however far the build came.
                manifest = present_manifest(folder)
                _clear(folder, set(_parts(folder)) - there, [manifest] if manifest else [])
                raise
    except BrokenPipeError:  # progress that nobody reads is no trouble of the index
        raise
    except OSError as error:
        raise UnwritableIndex(folder, error.strerror or str(error)) from error


def is_behind(found: tuple[int, str], held: tuple[int, str]) -> bool:
    """Whether what a standby has as the newest (number, time) is one from before `held`.

    Where tables were dropped the numbers begin again, but the primary's clock goes on. What a
    primary has is never behind, whatever the clocks say.
    """
    return found[0] < held[0] and found[1] < held[1]


def new_folder(folder: Path, kind: str, name: str | None = None) -> Path:
    """The place of a new folder under `segments/` or `encoders/`; its parent is made."""
    place = folder / kind / (name or uuid.uuid4().hex[:16])
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def seal(folder: Path) -> tuple[FileEntry, ...]:
    """Have every file of a folder on disk; what they are, for the manifest."""
    entries = []
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        entries.append(FileEntry(path.name, path.stat().st_size, sha256_of(path)))
    sync_folder(folder)
    sync_folder(folder.parent)
    return tuple(entries)


def publish(
    folder: Path,
    *,
    encoder: EncoderEntry,
    segments: Sequence[SegmentEntry],
    analysis: str,
    part: PartEntry | None = None,
    ends_build: bool = False,
) -> Manifest:
    """Make these segments the present generation, and remove what no one needs any more.

    What the generation before used stays until the next one, for readers about to open it;
    and what the journal names, unless this `ends_build`.
    """
    before = present_manifest(folder)
    manifest = Manifest(
        generation=before.generation + 1 if before else 1,
        built=datetime.now(UTC).isoformat(timespec="seconds"),
        made_by=version_of_this(),
        analysis=analysis,
        encoder=encoder,
        segments=tuple(segments),
        part=part,
    )
    write_manifest(folder, manifest)
    if ends_build:
        write_journal(folder, ())
    clear_unused(folder, [manifest, *([before] if before else [])])
    return manifest


def present_manifest(folder: Path) -> Manifest | None:
    """What the next generation will follow; None where there is none that can be read.

    Raises `IncompatibleIndex` where something foreign is in the way.
    """
    try:
        return read_manifest(folder, parts=True)
    except (NoIndex, DamagedIndex):
        return None
    except IncompatibleIndex as error:
        if error.foreign:
            raise
        return None


def is_whole(folder: Path, files: Sequence[FileEntry]) -> bool:
    """Whether the files of a segment or an encoder are those that were sealed."""
    return all(
        (folder / file.name).is_file() and sha256_of(folder / file.name) == file.sha256
        for file in files
    )


def clear_unused(folder: Path, keep: Sequence[Manifest]) -> None:
    """Remove the segments and encoders that none of these generations names, nor the journal."""
    _clear(folder, _parts(folder), keep)
    for name in (NAME, JOURNAL):
        (folder / f"{name}.new").unlink(missing_ok=True)


def _parts(folder: Path) -> Iterator[Path]:
    """The folders of segments and encoders that lie there."""
    for kind in ("segments", "encoders"):
        if (folder / kind).is_dir():
            yield from filter(is_ours, (folder / kind).iterdir())


def is_ours(path: Path) -> bool:
    """Whether it is a folder of a segment or an encoder, with nothing of anybody else in it."""
    return (
        bool(_OURS.fullmatch(path.name))
        and path.is_dir()
        and all(file.suffix in _WRITTEN and file.is_file() for file in path.iterdir())
    )


def _clear(folder: Path, parts: Iterable[Path], keep: Sequence[Manifest]) -> None:
    used = {("segments", entry.id) for manifest in keep for entry in manifest.segments}
    used |= {("encoders", manifest.encoder.id) for manifest in keep}
    for sealed in read_journal(folder):
        used |= {("segments", sealed.segment.id), ("encoders", sealed.encoder.id)}
    for path in list(parts):
        if (path.parent.name, path.name) not in used:
            shutil.rmtree(path, ignore_errors=True)


def version_of_this() -> str:
    """Which version of Pullquote this is."""
    try:
        return version("pullquote")
    except PackageNotFoundError:
        return "unknown"
