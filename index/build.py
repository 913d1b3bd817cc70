"""Building: sources, cleaning, sentences, passages, speech, embedding, segment, in that order.

Each of the three ways to change an index ends in one new generation (see
`index.generations`) or, when anything fails, in none. An article that has not changed
keeps its place in the segment that holds it: nothing of it is parsed or embedded again. Nor is
what a build that did not end had sealed. Where it is written is a `Target`'s business; memory
is bounded by a batch of articles, and by what the target holds of them.
"""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.analysts import ANALYSIS, Job, LocalAnalyst, Unchanged
from index.compact import compact_index
from index.embedding import Precision
from index.errors import (
    CorpusError,
    EmbedderMismatch,
    MissingExtra,
    NoIndex,
    SourceError,
    UnknownArticle,
)
from index.folder_target import FolderTarget
from index.generations import seal
from index.manifest import EncoderEntry, PartEntry
from index.progress import SILENT
from index.sources import count_sources, read_sources, sample_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pydantic import SecretStr

    from config.settings import Settings
    from index.analysts import Analyst, Outcome
    from index.progress import Progress
    from index.segment import Analysed
    from index.sources import RawArticle
    from index.target import Present, Published, Target
log = logging.getLogger(__name__)


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


def build_sample(
    place: Path | SecretStr, settings: Settings, *, progress: Progress = SILENT
) -> None:
    """Make the sample article's index, if there is still none once nobody else builds.

    Raises as `build_index` does, what an index that cannot be read raises, and `NoIndex` where
    that would throw away what another build left to be gone on from.
    """
    target = target_at(place)
    with target.building(wait_s=settings.index.lock_wait_s):
        try:
            target.check()
        except NoIndex as error:
            if error.unfinished:
                raise
            _build([sample_source()], target, settings, LocalAnalyst, progress, add=False)


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


def compacted(
    report: BuildReport, place: Path | SecretStr, settings: Settings, progress: Progress
) -> BuildReport:
    """Merge a folder's segments where that is due, after the build was published and let go.

    What goes wrong with that is no failure of the build: it is logged, and the next one tries.
    """
    if isinstance(place, Path):
        try:
            if manifest := compact_index(place, settings, progress=progress):
                return replace(report, generation=manifest.generation)
        except CorpusError as error:
            log.warning("The build is published, but its segments were not merged: %s", error)
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
