"""Building: sources, cleaning, sentences, passages, speech, embedding, segment, in that order.

Each of the three ways to change an index ends in one new generation (see
`index.generations`) or, when anything fails, in none. An article that has not changed
keeps its place in the segment that holds it: nothing of it is parsed or embedded again.
Memory is bounded by a batch of articles and by one segment's postings and vectors.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.analysts import ANALYSIS, Job, LocalAnalyst, Unchanged
from index.embedding import EncoderCard, Precision
from index.errors import (
    CorpusError,
    DamagedIndex,
    EmbedderMismatch,
    IncompatibleIndex,
    MissingExtra,
    NoIndex,
    NotAPart,
    SourceError,
    UnknownArticle,
)
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
from index.manifest import (
    NAME,
    EncoderEntry,
    Manifest,
    PartEntry,
    SegmentEntry,
    read_manifest,
    sync_folder,
)
from index.progress import SILENT
from index.segment import SegmentWriter
from index.sources import read_sources, sample_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from config.settings import Settings
    from index.analysts import Analyst, Outcome
    from index.progress import Progress
    from index.segment import Analysed
    from index.sources import RawArticle

SEGMENT_PASSAGES = 50_000
"""Passages after which a new segment begins; about 80 MB of vectors in memory."""
MOST_SEGMENTS = 8
"""Segments above which they are written again as one."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. The counts are the new generation's; `reused` articles were unchanged.

    `problems` are the sources that could not be read; the rest was built all the same.
    """

    generation: int
    articles: int
    passages: int
    quotations: int
    reused: int
    seconds: float
    problems: tuple[SourceError, ...] = ()


class NothingToIndex(CorpusError):
    """Not one article could be made of the sources."""

    def __init__(self, problems: Sequence[SourceError]) -> None:
        super().__init__("There is no article in these sources; the index is as it was.")
        for problem in problems:
            self.add_note(str(problem))


def build_index(
    sources: Sequence[str | Path],
    folder: Path,
    settings: Settings,
    *,
    part: PartEntry | None = None,
    analyst: Callable[[Job], Analyst] = LocalAnalyst,
    progress: Progress = SILENT,
) -> BuildReport:
    """Make the index of exactly these sources; of the sample article, where there are none.

    With `part`, of those articles only that are in it, to be merged with the others
    (`index.merge`). Raises `NothingToIndex`, `BuildLocked`, `UnwritableIndex`, `MissingExtra`,
    `NotAPart` where a part would replace a whole index, and `IncompatibleIndex` where the
    folder holds something that is not ours. An index that is damaged, or of another version,
    is replaced.
    """
    with building(folder, wait_s=settings.index.lock_wait_s):
        articles = sources or [sample_source()]
        return _build(articles, folder, settings, analyst, progress, part=part, add=False)


def add_to_index(
    sources: Sequence[str | Path],
    folder: Path,
    settings: Settings,
    *,
    analyst: Callable[[Job], Analyst] = LocalAnalyst,
    progress: Progress = SILENT,
) -> BuildReport:
    """Add the sources' articles; one whose id is there already takes the old one's place.

    Raises as `build_index` does, `NoIndex`, `PartOfIndex`, `DamagedIndex`, and `EmbedderMismatch`.
    """
    read_manifest(folder)
    with building(folder, wait_s=settings.index.lock_wait_s):
        return _build(sources, folder, settings, analyst, progress, add=True)


def remove_from_index(ids: Sequence[str], folder: Path, settings: Settings) -> BuildReport:
    """Withdraw articles: all of them, or none and `UnknownArticle`. Other errors as above."""
    started = time.monotonic()
    read_manifest(folder)
    with building(folder, wait_s=settings.index.lock_wait_s):
        store = FolderStore.open(folder)
        live = set(store.article_ids())
        for article_id in ids:
            if article_id not in live:
                raise UnknownArticle(article_id)
        segments = _withdraw(store, live - set(ids))
        manifest = publish(
            folder,
            encoder=store.manifest.encoder,
            segments=segments,
            analysis=store.manifest.analysis,
        )
        return report_of(folder, manifest, reused=len(live) - len(set(ids)), started=started)


def _build(
    sources: Sequence[str | Path],
    folder: Path,
    settings: Settings,
    analyst: Callable[[Job], Analyst],
    progress: Progress,
    *,
    part: PartEntry | None = None,
    add: bool,
) -> BuildReport:
    started = time.monotonic()
    present = _present(folder, or_none=not add)
    if part and present and present.manifest.part is None:
        raise NotAPart(folder)
    last = present_manifest(folder)
    if last is not None or not (folder / NAME).exists():
        clear_unused(folder, [last] if last else [])
    if add and present:
        asked_for = settings.embedding.model
        if present.manifest.encoder.model != asked_for:
            raise EmbedderMismatch(folder, present.manifest.encoder.model, asked_for)
        encoder = present.manifest.encoder
    else:
        encoder = _encoder(folder, settings, present, progress)
    analysis = _analysis(settings, encoder)
    known = _reusable(present, or_none=not add) if present else {}
    intake = _Intake(part)
    raw = intake.readable(read_sources(sources, max_bytes=settings.index.max_source_bytes))
    digests = {article_id: digest for article_id, (_, _, digest) in known.items()}
    outcomes = analyst(_job(folder, settings, encoder, analysis)).analyse(raw, digests)
    progress.stage("reading, parsing and embedding the articles")
    made = _Builder(folder, encoder, progress).write(intake.changed(outcomes))
    keep = intake.unchanged
    if not intake.found:
        raise NothingToIndex(intake.problems)
    if add:
        keep |= set(known) - intake.fresh
    old = _withdraw(present, keep) if present else []
    if add and not intake.fresh and present:
        manifest = present.manifest
    else:
        segments = _compact(folder, [*old, *made], encoder)
        manifest = publish(folder, encoder=encoder, segments=segments, analysis=analysis, part=part)
    return report_of(
        folder, manifest, reused=len(keep), started=started, problems=tuple(intake.problems)
    )


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


class _Intake:
    """What a build is given, sorted into what is to be written, what stays, and what is wrong."""

    def __init__(self, part: PartEntry | None) -> None:
        self._part = part
        self._elsewhere = 0
        self.unchanged: set[str] = set()
        self.fresh: set[str] = set()
        self.problems: list[SourceError] = []

    def readable(self, found: Iterable[RawArticle | SourceError]) -> Iterator[RawArticle]:
        """The articles that the sources hold; of a part, those that are in it."""
        for raw in found:
            if isinstance(raw, SourceError):
                self.problems.append(raw)
            elif self._part is None or self._part.holds(raw.id):
                yield raw
            else:
                self._elsewhere += 1

    @property
    def found(self) -> bool:
        """Whether there was an article at all; a part may be empty where others are not."""
        return bool(self.unchanged or self.fresh or self._elsewhere)

    def changed(self, outcomes: Iterable[Outcome]) -> Iterator[Analysed]:
        """The articles that are to be written."""
        for found in outcomes:
            if isinstance(found, SourceError):
                self.problems.append(found)
            elif isinstance(found, Unchanged):
                self.unchanged.add(found.id)
            else:
                self.fresh.add(found.article.id)
                yield found


def _analysis(settings: Settings, encoder: EncoderEntry) -> str:
    parts = (ANALYSIS, settings.speech.model, encoder.id, encoder.precision)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _job(folder: Path, settings: Settings, encoder: EncoderEntry, analysis: str) -> Job:
    return Job(
        encoder=folder / "encoders" / encoder.id,
        precision=Precision(encoder.precision),
        speech=settings.speech.model,
        analysis=analysis,
        processes=settings.speech.processes,
    )


def _encoder(
    folder: Path, settings: Settings, present: FolderStore | None, progress: Progress
) -> EncoderEntry:
    """The encoder that the settings ask for: the present index's own if it is that one."""
    from index.export import encoder_id, export_encoder  # noqa: PLC0415

    wanted = settings.embedding
    try:
        name = encoder_id(wanted.model, wanted.query_prompt, wanted.passage_prompt)
    except MissingExtra:
        if present and present.manifest.encoder.model == wanted.model:
            return replace(present.manifest.encoder, precision=wanted.precision)
        raise
    target = new_folder(folder, "encoders", name)
    if (
        present
        and present.manifest.encoder.id == name
        and is_whole(target, present.manifest.encoder.files)
    ):
        return replace(present.manifest.encoder, precision=wanted.precision)
    progress.stage("exporting the encoder")
    beside = new_folder(folder, "encoders")
    export_encoder(
        wanted.model,
        beside,
        query_prompt=wanted.query_prompt,
        passage_prompt=wanted.passage_prompt,
    )
    files = seal(beside)
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)
    sync_folder(target.parent)
    return EncoderEntry(name, wanted.model, wanted.precision, files)


class _Builder:
    """Writes articles into segments."""

    def __init__(self, folder: Path, encoder: EncoderEntry, progress: Progress) -> None:
        self._folder = folder
        self._dimension = EncoderCard.read(folder / "encoders" / encoder.id).dimension
        self._progress = progress

    def write(self, articles: Iterable[Analysed]) -> list[SegmentEntry]:
        """Write the articles, as many segments as they need (none for no article)."""
        entries: list[SegmentEntry] = []
        writer: SegmentWriter | None = None
        for analysed in articles:
            if writer is None:
                target = new_folder(self._folder, "segments")
                target.mkdir()
                writer = SegmentWriter(target, self._dimension)
            writer.add(analysed)
            self._progress.advance()
            if writer.passages >= SEGMENT_PASSAGES:
                entries.append(finish(writer, target))
                writer = None
        if writer is not None:
            entries.append(finish(writer, target))
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


def _withdraw(store: FolderStore, keep: set[str]) -> list[SegmentEntry]:
    """The store's segments with only these articles live; one that has none left is dropped."""
    live = set(store.article_ids())
    entries = []
    for entry, segment in zip(store.manifest.segments, store.segments, strict=True):
        held = {article_id for article_id, _ in segment.ids()}
        gone = set(entry.withdrawn) | (held & live - keep)
        if gone != held:
            entries.append(replace(entry, withdrawn=tuple(sorted(gone))))
    return entries


def _compact(
    folder: Path, segments: list[SegmentEntry], encoder: EncoderEntry
) -> list[SegmentEntry]:
    """One segment instead of very many, or of some that are mostly withdrawn.

    What the segments say is copied; nothing is parsed or embedded again.
    """
    articles = sum(entry.articles for entry in segments)
    withdrawn = sum(len(entry.withdrawn) for entry in segments)
    if len(segments) <= MOST_SEGMENTS and withdrawn * 2 <= articles:
        return segments
    for entry in segments:
        # Copied from damaged files, the damage would get a checksum of its own.
        if not is_whole(folder / "segments" / entry.id, entry.files):
            raise DamagedIndex(folder, f"segments/{entry.id} is not what was written")
    manifest = Manifest(0, "", "", "", encoder, tuple(segments))
    store = FolderStore(folder, manifest)
    target = new_folder(folder, "segments")
    target.mkdir()
    writer = SegmentWriter(target, EncoderCard.read(folder / "encoders" / encoder.id).dimension)
    for place, row, _ in store.digests().values():
        writer.add(store.segments[place].read(row))
    return [finish(writer, target)]


def report_of(
    folder: Path,
    manifest: Manifest,
    *,
    reused: int,
    started: float,
    problems: tuple[SourceError, ...] = (),
) -> BuildReport:
    """What a build tells of a generation that it published."""
    articles, passages, quotations = FolderStore(folder, manifest).counts()
    return BuildReport(
        generation=manifest.generation,
        articles=articles,
        passages=passages,
        quotations=quotations,
        reused=reused,
        seconds=time.monotonic() - started,
        problems=problems,
    )
