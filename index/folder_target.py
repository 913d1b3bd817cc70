"""Building into a folder: segments of what has changed, then one manifest that names them.

What a build that did not end had sealed is taken over by the next one (`index.journal`).
Memory is bounded by one segment's postings and vectors.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from index.embedding import EncoderCard
from index.errors import DamagedIndex, IncompatibleIndex, NoIndex, NotAPart
from index.folder import FolderStore
from index.generations import (
    building,
    clear_unused,
    is_whole,
    new_folder,
    present_manifest,
    publish,
    seal,
)
from index.journal import Sealed, note_sealed, read_journal, read_present, write_journal
from index.manifest import (
    NAME,
    EncoderEntry,
    Manifest,
    PartEntry,
    SegmentEntry,
    sync_folder,
)
from index.segment import SegmentWriter
from index.target import Present, Published

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from index.segment import Analysed

SEGMENT_PASSAGES = 50_000
"""Passages after which a new segment begins; about 80 MB of vectors in memory."""

SEGMENT_S = 300.0
"""Seconds after which one begins, however small: a kill loses little more than that. A build
that takes less has one segment; those of a longer one are merged as all are (`index.compact`)."""


class FolderTarget:
    """Builds into a folder, a `Target`; what it publishes may be a part only."""

    def __init__(self, folder: Path, part: PartEntry | None = None) -> None:
        self.place = folder
        self._part = part
        self._store: FolderStore | None = None
        self._left: FolderStore | None = None
        self._made: list[SegmentEntry] = []

    def check(self) -> None:
        """Raises what an index that cannot be added to raises, before anything is touched."""
        read_present(self.place)

    def building(self, *, wait_s: float) -> AbstractContextManager[None]:
        """Hold the index; see `index.generations.building`."""
        return building(self.place, wait_s=wait_s)

    def present(self, *, or_none: bool) -> Present | None:
        """The generation to start from; what a build that died left unfinished is removed."""
        self._store = store = _present(self.place, or_none=or_none)
        if self._part and store and store.manifest.part is None:
            raise NotAPart(self.place)
        last = present_manifest(self.place)
        if last is not None or not (self.place / NAME).exists():
            clear_unused(self.place, [last] if last else [])
        if store is None:
            return None
        return Present(
            encoder=store.encoder,
            analysis=store.manifest.analysis,
            ids=frozenset(store.article_ids()),
            published=Published(store.generation, *store.counts()),
        )

    def known(self, *, or_none: bool) -> dict[str, str]:
        """The digests of the articles whose segments are as they were written."""
        if self._store is None:
            return {}
        reusable = _reusable(self._store, or_none=or_none)
        return {article_id: digest for article_id, (_, _, digest) in reusable.items()}

    def left_encoder(self) -> EncoderEntry | None:
        """The encoder of the build that did not end."""
        sealed = read_journal(self.place)
        return sealed[-1].encoder if sealed else None

    def left(self, encoder: EncoderEntry, analysis: str) -> dict[str, str]:
        """The digests of what the journal names, is as it was written and fits this build."""
        before = present_manifest(self.place)
        published = {entry.id for entry in before.segments} if before else set()
        fitting = [
            sealed
            for sealed in read_journal(self.place)
            if (sealed.encoder, sealed.analysis) == (encoder, analysis)
            and sealed.segment.id not in published
            and is_whole(self.place / "segments" / sealed.segment.id, sealed.segment.files)
        ]
        write_journal(self.place, fitting)
        if not fitting:
            return {}
        segments = [sealed.segment for sealed in fitting]
        self._left = _left_store(self.place, encoder, analysis, segments)
        return {name: digest for name, (_, _, digest) in self._left.digests().items()}

    def encoder_folder(self, entry: EncoderEntry) -> Path:
        """Where the encoder's files are."""
        return self.place / "encoders" / entry.id

    def has_encoder(self, entry: EncoderEntry) -> bool:
        """Whether they are those that were written."""
        return is_whole(self.encoder_folder(entry), entry.files)

    def new_encoder(self) -> Path:
        """Where an encoder may be exported to."""
        return new_folder(self.place, "encoders")

    def take_encoder(self, beside: Path, entry: EncoderEntry) -> EncoderEntry:
        """Put an exported encoder in its place."""
        folder = self.encoder_folder(entry)
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
        sync_folder(folder.parent)
        return entry

    def write(self, articles: Iterable[Analysed], encoder: EncoderEntry, analysis: str) -> None:
        """Write the articles, for the generation that will be published."""
        dimension = EncoderCard.read(self.encoder_folder(encoder)).dimension

        def sealed(entry: SegmentEntry) -> None:
            note_sealed(self.place, Sealed(entry, encoder, analysis))

        self._made = _write_segments(self.place, dimension, articles, sealed)

    def publish(
        self,
        keep: frozenset[str],
        encoder: EncoderEntry,
        analysis: str,
        *,
        taken: frozenset[str] = frozenset(),
    ) -> Published:
        """Publish what was written with what is kept and taken over; the journal ends with it."""
        old = _withdraw(self._store, keep) if self._store else []
        left = _withdraw(self._left, taken) if self._left else []
        manifest = publish(
            self.place,
            encoder=encoder,
            segments=[*old, *left, *self._made],
            analysis=analysis,
            part=self._part,
            ends_build=True,
        )
        return Published(manifest.generation, *FolderStore(self.place, manifest).counts())


def _present(folder: Path, *, or_none: bool) -> FolderStore | None:
    """The generation to start from. A damaged one is none, when it will be replaced."""
    try:
        return FolderStore.open(folder, parts=or_none)
    except (NoIndex, DamagedIndex, IncompatibleIndex) as error:
        if or_none and not (isinstance(error, IncompatibleIndex) and error.foreign):
            return None
        raise


def _reusable(store: FolderStore, *, or_none: bool) -> dict[str, tuple[int, int, str]]:
    """The articles, by id, whose segments are as they were written.

    A build that starts anew does not take over what has been damaged since. Adding to it
    would mix the two, so without `or_none` it is refused.
    """
    whole = set()
    for place, entry in enumerate(store.manifest.segments):
        if is_whole(store.folder / "segments" / entry.id, entry.files):
            whole.add(place)
        elif not or_none:
            raise DamagedIndex(store.folder, f"segments/{entry.id} is not what was written")
    return store.digests(whole)


def _left_store(
    folder: Path, encoder: EncoderEntry, analysis: str, segments: Sequence[SegmentEntry]
) -> FolderStore:
    """What builds left that did not end, opened; of an article that is there twice, the last."""
    manifest = Manifest(0, "", "", analysis, encoder, tuple(segments))
    later: set[str] = set()
    entries: list[SegmentEntry] = []
    opened = FolderStore(folder, manifest).segments
    for entry, segment in zip(reversed(segments), reversed(opened), strict=True):
        held = {article_id for article_id, _ in segment.ids()}
        entries.insert(0, replace(entry, withdrawn=tuple(sorted(held & later))))
        later |= held
    return FolderStore(folder, replace(manifest, segments=tuple(entries)))


def _write_segments(
    folder: Path,
    dimension: int,
    articles: Iterable[Analysed],
    sealed: Callable[[SegmentEntry], None],
) -> list[SegmentEntry]:
    """Write the articles, as many segments as they need (none for no article).

    `sealed` hears of each that is on disk, but for the last: it is published at once.
    """
    entries: list[SegmentEntry] = []
    writer: SegmentWriter | None = None
    try:
        for analysed in articles:
            if writer is None:
                target = new_folder(folder, "segments")
                target.mkdir()
                writer = SegmentWriter(target, dimension)
                due = time.monotonic() + SEGMENT_S
            writer.add(analysed)
            if writer.passages >= SEGMENT_PASSAGES or time.monotonic() >= due:
                entries.append(finish(writer, target))
                sealed(entries[-1])
                writer = None
        if writer is not None:
            entries.append(finish(writer, target))
    except BaseException:
        if writer is not None:
            writer.abandon()
        raise
    return entries


def finish(writer: SegmentWriter, target: Path) -> SegmentEntry:
    """Close a segment and have it on disk."""
    writer.close()
    return SegmentEntry(
        id=target.name,
        files=seal(target),
        articles=writer.articles,
        passages=writer.passages,
        quotations=writer.quotations,
    )


def _withdraw(store: FolderStore, keep: frozenset[str]) -> list[SegmentEntry]:
    """The store's segments with only these articles live; one that has none left is dropped."""
    live = set(store.article_ids())
    entries = []
    for entry, segment in zip(store.manifest.segments, store.segments, strict=True):
        held = {article_id for article_id, _ in segment.ids()}
        gone = set(entry.withdrawn) | (held & live - keep)
        if gone != held:
            entries.append(replace(entry, withdrawn=tuple(sorted(gone))))
    return entries
