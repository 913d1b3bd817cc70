"""The encoder in the database: its files in parts, and a copy of them on this machine.

ONNX Runtime reads files, so whoever opens the index keeps a copy in the user's cache folder,
which is checked against what the generation says of it and fetched again where it differs.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from platformdirs import user_cache_path

from index.errors import DamagedIndex, UnwritableIndex
from index.generations import is_whole
from index.manifest import EncoderEntry, FileEntry

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

PART = 4 * 2**20
"""Bytes in one row."""


def encoder_record(entry: EncoderEntry) -> str:
    """What a generation says of its encoder, in JSON."""
    return json.dumps(asdict(entry))


def read_encoder(record: str) -> EncoderEntry:
    """The encoder of a record. Raises ValueError, KeyError or TypeError."""
    found = json.loads(record)
    files = tuple(FileEntry(**file) for file in found.pop("files"))
    if any("/" in file.name or file.name.startswith(".") for file in files):
        raise ValueError("a file's name leads elsewhere")
    return EncoderEntry(**found, files=files)


def cache() -> Path:
    """Where this machine keeps encoders."""
    return user_cache_path("pullquote") / "encoders"


def cached(entry: EncoderEntry) -> Path:
    """Where this machine keeps the encoder's files; two of one id differ by what is in them."""
    short = "".join(file.sha256[:4] for file in entry.files)
    return cache() / f"{entry.id}-{short}"


def fetch_encoder(connection: psycopg.Connection[Any], entry: EncoderEntry, place: str) -> Path:
    """The folder of the encoder's files. Raises `DamagedIndex` and `UnwritableIndex`."""
    folder = cached(entry)
    if is_whole(folder, entry.files):
        return folder
    beside = folder.with_name(f"{folder.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
    try:
        beside.mkdir(parents=True)
        for file in entry.files:
            with (beside / file.name).open("wb") as out:
                parts = connection.cursor(binary=True)
                for number in range(max(1, -(-file.bytes // PART))):
                    row = parts.execute(
                        "SELECT content FROM pullquote.encoder_files"
                        " WHERE encoder = %s AND name = %s AND part = %s",
                        [entry.id, file.name, number],
                    ).fetchone()
                    out.write(row[0] if row else b"")
        if not is_whole(beside, entry.files):
            raise DamagedIndex(place, "its encoder's files are not those that were written")
        shutil.rmtree(folder, ignore_errors=True)
        try:
            beside.rename(folder)
        except OSError:  # another process was as quick
            if not is_whole(folder, entry.files):
                raise
    except OSError as error:
        raise UnwritableIndex(folder, error.strerror or str(error)) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def keep_encoder(connection: psycopg.Connection[Any], entry: EncoderEntry, folder: Path) -> None:
    """Write the encoder's files into the database, in place of others of its id."""
    connection.execute("DELETE FROM pullquote.encoder_files WHERE encoder = %s", [entry.id])
    for file in entry.files:
        content = (folder / file.name).read_bytes()
        for number, start in enumerate(range(0, max(1, len(content)), PART)):
            connection.execute(
                "INSERT INTO pullquote.encoder_files VALUES (%s, %s, %s, %b)",
                [entry.id, file.name, number, content[start : start + PART]],
            )
