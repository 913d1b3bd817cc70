"""Verifying: reading an index whole, and saying everything that is wrong with it.

Opening an index only looks at lengths. This reads every byte and every row: checksums,
offsets, the vectors' and the words' rows, and whether the encoder loads.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.errors import CorpusError, DamagedIndex
from index.folder import FolderStore
from index.manifest import read_manifest
from index.runtime import sha256_of
from index.scope import EVERYTHING
from index.spoken import spoken_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import SecretStr

    from index.manifest import FileEntry, Manifest
    from index.segment import Analysed, Segment


_ROUNDING = 0.1
"""How far quantisation may take a vector's length from 1."""


@dataclass(frozen=True, slots=True)
class Status:
    """What an index is. `bytes` is what its files take, or its tables; those have no segments."""

    folder: Path | str
    generation: int
    built: datetime
    articles: int
    passages: int
    quotations: int
    speakers: int
    segments: int
    model: str
    precision: str
    bytes: int


def index_status(place: Path | SecretStr) -> Status:
    """What lies in a folder or a database. Raises as `open_store` does."""
    if not isinstance(place, Path):
        from index.postgres.verify import database_status  # noqa: PLC0415

        return database_status(place)
    folder = place
    store = FolderStore.open(folder)
    manifest = store.manifest
    articles, passages, quotations = store.counts()
    return Status(
        folder=folder,
        generation=manifest.generation,
        built=datetime.fromisoformat(manifest.built),
        articles=articles,
        passages=passages,
        quotations=quotations,
        speakers=store.register.counts(EVERYTHING, 0.0)[0],
        segments=len(manifest.segments),
        model=manifest.encoder.model,
        precision=manifest.encoder.precision,
        bytes=sum(file.bytes for _, file in _files(folder, manifest)),
    )


def verify_index(place: Path | SecretStr) -> tuple[str, ...]:
    """Everything that is wrong with the index; empty where it is whole.

    Raises `NoIndex` and `IncompatibleIndex`: then there is nothing to verify.
    """
    if not isinstance(place, Path):
        from index.postgres.verify import verify_database  # noqa: PLC0415

        return verify_database(place)
    folder = place
    try:
        manifest = read_manifest(folder)
    except DamagedIndex as error:
        return (str(error),)
    problems = list(_wrong_files(folder, manifest))
    if problems:
        return tuple(problems)
    try:
        store = FolderStore.open(folder)
        for segment in store.segments:
            problems += (f"segments/{segment.folder.name}: {p}" for p in _wrong_rows(segment))
        problems += _wrong_articles(store)
        vector = store.open_embedder().encode_query("Is it whole?")
        if not np.isclose(np.linalg.norm(vector), 1.0, atol=1e-3):
            problems.append("the encoder's vectors are not of unit length")
    except CorpusError as error:
        problems.append(str(error))
    return tuple(problems)


def _files(folder: Path, manifest: Manifest) -> Iterator[tuple[Path, FileEntry]]:
    for file in manifest.encoder.files:
        yield folder / "encoders" / manifest.encoder.id / file.name, file
    for segment in manifest.segments:
        for file in segment.files:
            yield folder / "segments" / segment.id / file.name, file


def _wrong_files(folder: Path, manifest: Manifest) -> Iterator[str]:
    for path, file in _files(folder, manifest):
        name = path.relative_to(folder)
        if not path.is_file():
            yield f"{name} is missing"
        elif path.stat().st_size != file.bytes:
            yield f"{name} has {path.stat().st_size} bytes instead of {file.bytes}"
        elif sha256_of(path) != file.sha256:
            yield f"{name} has been changed since it was written"


def _wrong_rows(segment: Segment) -> Iterator[str]:
    """What does not fit in one segment: ids, offsets, and a vector and words for each passage."""
    if [segment.row_of(article_id) for article_id, _ in segment.ids()] != [
        row for _, row in segment.ids()
    ]:
        yield "its ids are not in order"
    at = 0
    for _, row in sorted(segment.ids(), key=lambda found: found[1]):
        start, end = segment.passage_rows(row)
        if start != at:
            yield f"the passages of article {row} do not follow those of the one before"
        at = end
    if at != segment.passages:
        yield "it has passages of no article"
    for row in range(segment.passages):
        vector = segment.vectors.rows(row, row + 1)[0]
        if not np.isfinite(vector).all() or abs(np.linalg.norm(vector) - 1) > _ROUNDING:
            yield f"the vector of passage {row} is not of unit length"


def _wrong_articles(store: FolderStore) -> Iterator[str]:
    """What does not fit in an article: each span is made, and so checked against its text."""
    for article_id, (place, row, _) in store.digests().items():
        try:
            analysed = store.segments[place].read(row)
        except (ValueError, KeyError, TypeError, IndexError, json.JSONDecodeError) as error:
            yield f"article {article_id}: {error}"
            continue
        yield from wrong_with(article_id, analysed)
        if _spoken(store.segments[place], row) != spoken_in(analysed.passages, analysed.quotations):
            yield f"article {article_id}: its quotations do not stand where they are looked for"


def _spoken(segment: Segment, row: int) -> list[tuple[int, int]]:
    start, end = segment.passage_rows(row)
    first, last = segment.spoken.between(np.array([start]), np.array([end]))
    return list(zip((first - start).tolist(), (last - start).tolist(), strict=True))


def wrong_with(article_id: str, analysed: Analysed) -> Iterator[str]:
    """What does not fit in an article that could be read."""
    if analysed.article.id != article_id:
        yield f"article {article_id} is stored under another id"
    if sum(end - start for start, end in analysed.article.kept) != len(analysed.article.text):
        yield f"article {article_id}: its text is not all mapped to its source"
    inside = analysed.article.blocks
    for sentence in analysed.sentences:
        if not any(a <= sentence.start and sentence.end <= b for a, b in inside):
            yield f"article {article_id}: sentence {sentence.start} crosses a paragraph"
    covered = [s for passage in analysed.passages for s in passage.sentences]
    if tuple(covered) != analysed.sentences:
        yield f"article {article_id}: its passages do not hold its sentences"
