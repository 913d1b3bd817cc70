"""The manifest: which segments, less which articles, are an index's present generation.

`manifest.json` is the only file of an index that is ever replaced, and it is replaced
whole, by one rename. Whoever reads it sees the generation before or the one after. It
names every file with its length and SHA-256, and carries a SHA-256 of itself.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from index.errors import DamagedIndex, IncompatibleIndex, NoIndex, PartOfIndex

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "pullquote-index"
PART_FORMAT = "pullquote-index-part"
"""Of a part: a reader that knows none takes it for something foreign, and serves it not."""
SCHEMA = 8
"""Raised whenever a reader of before could not read what is written now, or the reverse."""

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file as it was written."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment: its folder under `segments/`, what is in it, and which articles have left it."""

    id: str
    files: tuple[FileEntry, ...]
    articles: int
    passages: int
    quotations: int
    withdrawn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EncoderEntry:
    """The query encoder: its folder under `encoders/`, and the precision of the vectors."""

    id: str
    model: str
    precision: str
    files: tuple[FileEntry, ...]


@dataclass(frozen=True, slots=True)
class PartEntry:
    """Which part this is (from 1), of how many."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def holds(self, article_id: str) -> bool:
        """Whether the article is in this part: it is in one of them, the same on every machine."""
        digest = hashlib.sha256(article_id.encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """One generation. `built` is in ISO 8601, UTC; `made_by` the version that wrote it."""

    generation: int
    built: str
    made_by: str
    analysis: str
    encoder: EncoderEntry
    segments: tuple[SegmentEntry, ...]
    part: PartEntry | None = None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Publish a generation: written beside the present one, flushed, then moved in whole."""
    body = asdict(manifest)
    if manifest.part is None:
        del body["part"]  # as it was written before there were parts
    kind = FORMAT if manifest.part is None else PART_FORMAT
    record = {"format": kind, "schema": SCHEMA, "sha256": checksum(body), "manifest": body}
    beside = folder / f"{NAME}.new"
    with beside.open("w", encoding="utf-8") as file:
        json.dump(record, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / NAME)
    sync_folder(folder)


def read_manifest(folder: Path, *, parts: bool = False) -> Manifest:
    """The present generation; `PartOfIndex` where it is a part, unless `parts` will do too.

    Raises `NoIndex`, `IncompatibleIndex` (another schema, or no index of ours) and
    `DamagedIndex` (cut short, or changed since it was written).
    """
    path = folder / NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as missing:
        if folder.exists() and not folder.is_dir():
            raise IncompatibleIndex(folder, "it is a file, not a folder", foreign=True) from missing
        raise NoIndex(folder) from missing
    except OSError as error:
        problem = f"{NAME} cannot be read ({error.strerror})"
        raise IncompatibleIndex(folder, problem, foreign=True) from error
    except UnicodeDecodeError as error:
        raise DamagedIndex(folder, f"{NAME} is not text") from error
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DamagedIndex(folder, f"{NAME} is cut short or garbled") from error
    if not isinstance(record, dict) or record.get("format") not in {FORMAT, PART_FORMAT}:
        raise IncompatibleIndex(folder, f"{NAME} is not one of Pullquote's", foreign=True)
    schema = record.get("schema")
    if schema != SCHEMA:
        problem = f"its schema is {schema!r}, and this version reads {SCHEMA}"
        newer = isinstance(schema, int) and schema > SCHEMA
        raise IncompatibleIndex(folder, problem, newer=newer)
    body = record.get("manifest")
    if not isinstance(body, dict) or record.get("sha256") != checksum(body):
        raise DamagedIndex(folder, f"{NAME} has been changed since it was written")
    manifest = _read(body)
    if manifest.part is not None and not parts:
        raise PartOfIndex(folder, str(manifest.part))
    return manifest


def sync_folder(folder: Path) -> None:
    """Have the folder's list of names on disk, where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def checksum(body: dict[str, Any]) -> str:
    """The SHA-256 of a record, however its fields are ordered."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def segment_entry(record: dict[str, Any]) -> SegmentEntry:
    """A segment as it was recorded. Raises KeyError or TypeError where the record is another."""
    files, withdrawn = _files(record), tuple(record["withdrawn"])
    return SegmentEntry(**{**record, "files": files, "withdrawn": withdrawn})


def encoder_entry(record: dict[str, Any]) -> EncoderEntry:
    """An encoder as it was recorded; raises as `segment_entry` does."""
    return EncoderEntry(**{**record, "files": _files(record)})


def _files(record: dict[str, Any]) -> tuple[FileEntry, ...]:
    return tuple(FileEntry(**entry) for entry in record["files"])


def _read(body: dict[str, Any]) -> Manifest:
    return Manifest(
        **{
            **body,
            "encoder": encoder_entry(body["encoder"]),
            "segments": tuple(map(segment_entry, body["segments"])),
            "part": PartEntry(**body["part"]) if body.get("part") else None,
        }
    )
