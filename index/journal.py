"""The journal of a build: which segments it has on disk, should it never come to publish them.

One line a segment, each with its own SHA-256 and flushed as soon as the segment is. The next
build takes over from these segments what has not changed; nobody else reads them. A journal
counts up to its first line that is not as it was written: a kill may cut the last one short.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from index.errors import NoIndex
from index.manifest import (
    SCHEMA,
    EncoderEntry,
    SegmentEntry,
    checksum,
    encoder_entry,
    read_manifest,
    segment_entry,
    sync_folder,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from index.manifest import Manifest

JOURNAL = "build.journal.jsonl"
_FORMAT = "pullquote-build"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A segment that a build had on disk, and what its articles were worked out with."""

    segment: SegmentEntry
    encoder: EncoderEntry
    analysis: str


def read_journal(folder: Path) -> tuple[Sealed, ...]:
    """What the last build that did not end had sealed, in its order; nothing where none did."""
    try:
        lines = (folder / JOURNAL).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(_good(lines))


def read_present(folder: Path, *, parts: bool = False) -> Manifest:
    """As `read_manifest`; where there is no index, its `NoIndex` tells of a build to go on with."""
    try:
        return read_manifest(folder, parts=parts)
    except NoIndex as error:
        if read_journal(folder):
            raise NoIndex(folder, unfinished=True) from error
        raise


def note_sealed(folder: Path, sealed: Sealed) -> None:
    """Add a segment that is on disk."""
    _put(folder / JOURNAL, [sealed], "a")


def write_journal(folder: Path, entries: Iterable[Sealed]) -> None:
    """Have the journal name these and no others; without any there is none."""
    path = folder / JOURNAL
    if not (left := list(entries)):
        path.unlink(missing_ok=True)
        return
    beside = path.with_name(f"{JOURNAL}.new")
    _put(beside, left, "w")
    beside.replace(path)
    sync_folder(folder)


def _put(path: Path, entries: Iterable[Sealed], mode: str) -> None:
    with path.open(mode, encoding="utf-8") as file:
        for entry in entries:
            body = asdict(entry)
            record = {"format": _FORMAT, "schema": SCHEMA, "sha256": checksum(body)}
            file.write(json.dumps(record | {"sealed": body}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def _good(lines: Iterable[str]) -> Iterator[Sealed]:
    for line in lines:
        try:
            record: dict[str, Any] = json.loads(line)
            body = record["sealed"]
            if (
                (record["format"], record["schema"]) != (_FORMAT, SCHEMA)
                or record["sha256"] != checksum(body)
            ):  # fmt: skip
                return
            sealed = Sealed(
                segment_entry(body["segment"]), encoder_entry(body["encoder"]), body["analysis"]
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        yield sealed
