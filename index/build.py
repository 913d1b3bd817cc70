"""Building: sources, cleaning, sentences, passages, speech, embedding, segment, in that order.

Each of the three ways to change an index ends in one new generation (see
`index.generations`) or, when anything fails, in none. An article that has not changed
keeps its place in the segment that holds it: nothing of it is parsed or embedded again. Nor is
what a build that did not end had sealed (`index.journal`).
Memory is bounded by a batch of articles and by one segment's postings and vectors.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.analysts import ANALYSIS, Job, LocalAnalyst, Unchanged
from index.compact import compact_index
from index.embedding import EncoderCard, Precision
from index.errors import (
    BuildLocked,
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
from index.journal import Sealed, note_sealed, read_journal, write_journal
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
from index.sources import count_sources, read_sources, sample_source
from index.target import Present, Published

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from pydantic import SecretStr

    from config.settings import Settings
    from index.analysts import Analyst, Outcome
    from index.progress import Progress
    from index.segment import Analysed
    from index.sources import RawArticle
    from index.target import Target

SEGMENT_PASSAGES = 50_000
"""Passages after which a new segment begins; about 80 MB of vectors in memory."""

SEGMENT_S = 300.0
"""Seconds after which one begins, however small: a kill loses little more than that. A build
that takes less has one segment; those of a longer one are merged as all are (`index.compact`)."""


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
    place: Path | SecretStr,
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
    target = target_at(place, part)
    with target.building(wait_s=settings.index.lock_wait_s):
        articles = sources or [sample_source()]
        report = _build(articles, target, settings, analyst, progress, part=part, add=False)
    return report if part else compacted(report, place, settings, progress)


def add_to_index(
    sources: Sequence[str | Path],
    place: Path | SecretStr,
    settings: Settings,
    *,
    analyst: Callable[[Job], Analyst] = LocalAnalyst,
    progress: Progress = SILENT,
) -> BuildReport:
    """Add the sources' articles; one whose id is there already takes the old one's place.

    Raises as `build_index` does, `NoIndex`, `PartOfIndex`, `DamagedIndex`, and `EmbedderMismatch`.
    """
    target = target_at(place)
    target.check()
    with target.building(wait_s=settings.index.lock_wait_s):
        report = _build(sources, target, settings, analyst, progress, add=True)
    return compacted(report, place, settings, progress)


def remove_from_index(
    ids: Sequence[str], place: Path | SecretStr, settings: Settings
) -> BuildReport:
    """Withdraw articles: all of them, or none and `UnknownArticle`. Other errors as above."""
    started = time.monotonic()
    target = target_at(place)
    target.check()
    with target.building(wait_s=settings.index.lock_wait_s):
        present = target.present(or_none=False)
        assert present is not None  # noqa: S101 - it raises where there is none
        for article_id in ids:
            if article_id not in present.ids:
                raise UnknownArticle(article_id)
        keep = present.ids - set(ids)
        published = target.publish(keep, present.encoder, present.analysis)
        return report_of(published, reused=len(keep), started=started)


def _build(
    sources: Sequence[str | Path],
    target: Target,
    settings: Settings,
    analyst: Callable[[Job], Analyst],
    progress: Progress,
    *,
    part: PartEntry | None = None,
    add: bool,
) -> BuildReport:
    started = time.monotonic()
    present = target.present(or_none=not add)
    if add and present:
        asked_for = settings.embedding.model
        if present.encoder.model != asked_for:
            raise EmbedderMismatch(target.place, present.encoder.model, asked_for)
        encoder = present.encoder
    else:
        encoder = _encoder(target, settings, present, progress)
    analysis = _analysis(settings, encoder)
    known = target.known(or_none=not add) if present else {}
    left = {
        article_id: digest
        for article_id, digest in target.left(encoder, analysis).items()
        if known.get(article_id) != digest
    }
    intake = _Intake(part, progress)
    raw = intake.readable(read_sources(sources, max_bytes=settings.index.max_source_bytes))
    job = _job(target.encoder_folder(encoder), settings, encoder, analysis)
    outcomes = analyst(job).analyse(raw, known | left)
    progress.stage("reading, parsing and embedding the articles", count_sources(sources))
    target.write(_counted(intake.changed(outcomes), progress), encoder, analysis)
    taken = intake.unchanged & left.keys()
    keep = intake.unchanged - taken
    if not intake.found:
        raise NothingToIndex(intake.problems)
    if add:
        keep |= set(known) - intake.fresh - taken
    if add and not intake.fresh and not taken and present:
        published = present.published
    else:
        published = target.publish(frozenset(keep), encoder, analysis, taken=frozenset(taken))
    return report_of(
        published,
        reused=len(keep) + len(taken),
        started=started,
        problems=tuple(intake.problems),
    )


def _counted(articles: Iterable[Analysed], progress: Progress) -> Iterator[Analysed]:
    """Tell of each article once it is written."""
    for analysed in articles:
        yield analysed
        progress.advance()


def target_at(place: Path | SecretStr, part: PartEntry | None = None) -> Target:
    """What is built into: a folder, or the database at an address, which holds no parts."""
    if isinstance(place, Path):
        return FolderTarget(place, part)
    if part is not None:
        raise ValueError("a part is built into a folder")
    try:
        from index.postgres.writer import PostgresTarget  # noqa: PLC0415 - the extra `postgres`
    except ImportError as error:
        raise MissingExtra("An index in PostgreSQL", "psycopg", "postgres") from error

    return PostgresTarget(place)


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

    def __init__(self, part: PartEntry | None, progress: Progress) -> None:
        self._part = part
        self._progress = progress
        self._elsewhere = 0
        self.unchanged: set[str] = set()
        self.fresh: set[str] = set()
        self.problems: list[SourceError] = []

    def readable(self, found: Iterable[RawArticle | SourceError]) -> Iterator[RawArticle]:
        """The articles that the sources hold; of a part, those that are in it."""
        for raw in found:
            if isinstance(raw, SourceError):
                self._wrong(raw)
            elif self._part is None or self._part.holds(raw.id):
                yield raw
            else:
                self._elsewhere += 1
                self._progress.skip()

    @property
    def found(self) -> bool:
        """Whether there was an article at all; a part may be empty where others are not."""
        return bool(self.unchanged or self.fresh or self._elsewhere)

    def changed(self, outcomes: Iterable[Outcome]) -> Iterator[Analysed]:
        """The articles that are to be written."""
        for found in outcomes:
            if isinstance(found, SourceError):
                self._wrong(found)
            elif isinstance(found, Unchanged):
                self.unchanged.add(found.id)
                self._progress.skip()
            else:
                self.fresh.add(found.article.id)
                yield found

    def _wrong(self, problem: SourceError) -> None:
        self.problems.append(problem)
        self._progress.skip()


def _analysis(settings: Settings, encoder: EncoderEntry) -> str:
    parts = (ANALYSIS, settings.speech.model, encoder.id, encoder.precision)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _job(encoder_folder: Path, settings: Settings, encoder: EncoderEntry, analysis: str) -> Job:
    return Job(
        encoder=encoder_folder,
        precision=Precision(encoder.precision),
        speech=settings.speech.model,
        analysis=analysis,
        processes=settings.speech.processes,
    )


def _encoder(
    target: Target, settings: Settings, present: Present | None, progress: Progress
) -> EncoderEntry:
    """The encoder that the settings ask for: the present index's own if it is that one."""
    from index.export import encoder_id, export_encoder  # noqa: PLC0415

    wanted = settings.embedding
    try:
        name = encoder_id(wanted.model, wanted.query_prompt, wanted.passage_prompt)
    except MissingExtra:
        if present and present.encoder.model == wanted.model:
            return replace(present.encoder, precision=wanted.precision)
        raise
    for there in (present and present.encoder, target.left_encoder()):
        if there and there.id == name and target.has_encoder(there):
            return replace(there, precision=wanted.precision)
    progress.stage("exporting the encoder")
    beside = target.new_encoder()
    export_encoder(
        wanted.model,
        beside,
        query_prompt=wanted.query_prompt,
        passage_prompt=wanted.passage_prompt,
    )
    return target.take_encoder(
        beside, EncoderEntry(name, wanted.model, wanted.precision, seal(beside))
    )


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
        read_manifest(self.place)

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


def compacted(
    report: BuildReport, place: Path | SecretStr, settings: Settings, progress: Progress
) -> BuildReport:
    """Merge a folder's segments where that is due, after the build was published and let go."""
    if isinstance(place, Path):
        with contextlib.suppress(BuildLocked):
            if manifest := compact_index(place, settings, progress=progress):
                return replace(report, generation=manifest.generation)
    return report


def report_of(
    published: Published,
    *,
    reused: int,
    started: float,
    problems: tuple[SourceError, ...] = (),
) -> BuildReport:
    """What a build tells of a generation that it published."""
    return BuildReport(
        generation=published.generation,
        articles=published.articles,
        passages=published.passages,
        quotations=published.quotations,
        reused=reused,
        seconds=time.monotonic() - started,
        problems=problems,
    )
