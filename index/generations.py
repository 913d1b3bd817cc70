"""Generations: from what one holds to the next, published whole or not at all.

Whoever builds takes the lock, writes new segments into folders of their own, flushes
them, and replaces the manifest by one rename. Until that rename the last generation
serves; a crash before it leaves folders that nothing names, which the next build removes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import uuid
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from index.errors import BuildLocked, NoIndex
from index.manifest import (
    NAME,
    EncoderEntry,
    FileEntry,
    Manifest,
    SegmentEntry,
    read_manifest,
    sync_folder,
    write_manifest,
)
from index.runtime import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


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
        with contextlib.suppress(OSError):
            raise BuildLocked(folder, holder.read_text(encoding="utf-8").strip()) from taken
        raise BuildLocked(folder, "another process") from taken
    try:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        holder.write_text(
            f"process {os.getpid()} on {socket.gethostname()} since {now}\n", encoding="utf-8"
        )
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


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
    folder: Path, *, encoder: EncoderEntry, segments: Sequence[SegmentEntry], analysis: str
) -> Manifest:
    """Make these segments the present generation, and remove what no one needs any more.

    What the generation before used stays until the next one, for readers about to open it.
    """
    try:
        before: Manifest | None = read_manifest(folder)
    except NoIndex:
        before = None
    manifest = Manifest(
        generation=before.generation + 1 if before else 1,
        built=datetime.now(UTC).isoformat(timespec="seconds"),
        made_by=_version(),
        analysis=analysis,
        encoder=encoder,
        segments=tuple(segments),
    )
    write_manifest(folder, manifest)
    clear_unused(folder, [manifest, *([before] if before else [])])
    return manifest


def clear_unused(folder: Path, keep: Sequence[Manifest]) -> None:
    """Remove the folders and files that none of these generations names."""
    segments = {entry.id for manifest in keep for entry in manifest.segments}
    encoders = {manifest.encoder.id for manifest in keep}
    for kind, used in (("segments", segments), ("encoders", encoders)):
        if (folder / kind).is_dir():
            for path in (folder / kind).iterdir():
                if path.name not in used:
                    shutil.rmtree(path, ignore_errors=True)
    (folder / f"{NAME}.new").unlink(missing_ok=True)


def _version() -> str:
    try:
        return version("pullquote")
    except PackageNotFoundError:
        return "unknown"
