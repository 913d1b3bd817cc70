"""Compaction: fewer and larger segments, while the index is asked and changed.

Each change of an index leaves one more segment, and each segment costs a question a
little. What is chosen is merged beside the index, holding no lock that a build or a removal
would wait for; then one new generation names it instead. Whatever was withdrawn meanwhile
is withdrawn from it too, and where a build has replaced what was merged, it is thrown away.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from index.embedding import EncoderCard
from index.errors import BuildLocked, DamagedIndex, UnwritableIndex
from index.folder import FolderStore
from index.generations import building, is_ours, is_whole, new_folder, publish, seal
from index.manifest import SegmentEntry, read_manifest, sync_folder
from index.merging import merge_segments
from index.progress import SILENT
from index.vectors import all_compared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from config.settings import Settings
    from index.manifest import Manifest
    from index.progress import Progress

MOST_SEGMENTS = 8
"""Segments above which some are merged."""
_BESIDE = "merging"
"""The folder in which segments are merged, where no build looks for what to remove."""


def segments_to_merge(
    entries: Sequence[SegmentEntry], *, most: int = MOST_SEGMENTS
) -> tuple[SegmentEntry, ...]:
    """Which segments had better be one, in their order; none where all is well.

    Always those of which most has been withdrawn, and those in which every vector is compared,
    when those are too many together. Above `most` segments also the smaller ones, until each
    that stays is larger than all smaller ones together: a passage is then copied a number of
    times that grows with the logarithm of the index, and many small segments leave a large
    one alone.
    """
    chosen = {entry.id for entry in entries if 2 * len(entry.withdrawn) > entry.articles}
    compared = [entry for entry in entries if all_compared(entry.passages)]
    if len(compared) > 1 and not all_compared(sum(entry.passages for entry in compared)):
        chosen |= {entry.id for entry in compared}
    if len(entries) > most:
        by_size = sorted(entries, key=_live, reverse=True)
        sizes = [_live(entry) for entry in by_size]
        first = next(n for n in range(len(sizes)) if sizes[n] <= sum(sizes[n + 1 :]) or n >= most)
        chosen |= {entry.id for entry in by_size[min(first, len(sizes) - 2) :]}
    return tuple(entry for entry in entries if entry.id in chosen)


def _live(entry: SegmentEntry) -> float:
    """About how many of its passages have not been withdrawn."""
    return entry.passages * (1 - len(entry.withdrawn) / max(1, entry.articles))


def compact_index(
    folder: Path,
    settings: Settings,
    *,
    progress: Progress = SILENT,
    most: int = MOST_SEGMENTS,
) -> Manifest | None:
    """Merge what had better be one segment; the new generation, or None where there is none.

    Raises as `FolderStore.open` does, `UnwritableIndex`, and `BuildLocked` where another
    compaction is under way.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - not for questions

    due = segments_to_merge(read_manifest(folder).segments, most=most)
    if not due and not (folder / _BESIDE).exists():
        return None
    lock = FileLock(folder / "compact.lock")
    try:
        lock.acquire(timeout=settings.index.lock_wait_s)
        _clear_beside(folder)
        manifest = FolderStore.open(folder).manifest
        chosen = segments_to_merge(manifest.segments, most=most)
        if not chosen:
            return None
        progress.stage("merging segments")
        merged = _merge(folder, manifest, chosen)
        return _publish(folder, settings, manifest, chosen, merged)
    except Timeout as taken:
        raise BuildLocked(folder, "another compaction") from taken
    except OSError as error:
        raise UnwritableIndex(folder, error.strerror or str(error)) from error
    finally:
        if lock.is_locked:
            _clear_beside(folder)
            lock.release()


def _merge(folder: Path, manifest: Manifest, chosen: Sequence[SegmentEntry]) -> SegmentEntry:
    for entry in chosen:
        # Copied from damaged files, the damage would get a checksum of its own.
        if not is_whole(folder / "segments" / entry.id, entry.files):
            raise DamagedIndex(folder, f"segments/{entry.id} is not what was written")
    store = FolderStore(folder, replace(manifest, segments=tuple(chosen)))
    dimension = EncoderCard.read(folder / "encoders" / manifest.encoder.id).dimension
    target = new_folder(folder, _BESIDE)
    target.mkdir()
    made = merge_segments(target, store.live_segments(), dimension)
    return SegmentEntry(
        id=target.name,
        files=seal(target),
        articles=made.articles,
        passages=made.passages,
        quotations=made.quotations,
    )


def _publish(
    folder: Path,
    settings: Settings,
    manifest: Manifest,
    chosen: Sequence[SegmentEntry],
    merged: SegmentEntry,
) -> Manifest | None:
    """Name the merged segment instead of those that it is made of, if they still are."""
    before = {entry.id: frozenset(entry.withdrawn) for entry in chosen}
    with building(folder, wait_s=max(settings.index.lock_wait_s, 60.0)):
        present = read_manifest(folder)
        there = {entry.id: entry for entry in present.segments}
        if present.encoder != manifest.encoder or not before.keys() <= there.keys():
            return None
        gone = {i for name, ids in before.items() for i in set(there[name].withdrawn) - ids}
        entry = replace(merged, withdrawn=tuple(sorted(gone)))
        (folder / _BESIDE / merged.id).rename(new_folder(folder, "segments", merged.id))
        sync_folder(folder / "segments")
        others = [entry for entry in present.segments if entry.id not in before]
        kept = [entry] if len(gone) < merged.articles else []
        return publish(
            folder,
            encoder=present.encoder,
            segments=[*others, *kept],
            analysis=present.analysis,
        )


def _clear_beside(folder: Path) -> None:
    """Remove what a compaction left that was killed, or did not come to be."""
    beside = folder / _BESIDE
    if not beside.is_dir():
        return
    for path in filter(is_ours, list(beside.iterdir())):
        shutil.rmtree(path, ignore_errors=True)
    if not any(beside.iterdir()):
        beside.rmdir()
