"""Sources: files and folders of articles, read one after another as `RawArticle`.

Nothing here judges or changes prose; that is `clean`'s work. One bad file or record
yields one `SourceError`, which says what is wrong and what to do, and the rest go on.
What a source does not say about itself (title, address, date) stays None: nothing is
guessed. JSON lines are streamed, so a corpus need not fit in memory.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.errors import SourceError
from index.records import METADATA, Record, kind, path_name, read_records, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_ID = 100
_PEEK = 64
"""Bytes within which a list in JSON begins."""
_BLOCK = 1 << 20
KNOWN = (".txt", ".md", ".html", ".htm", ".json", ".jsonl")
# What a browser saves beside a page; in a folder it is passed over without a word.
_COMPANIONS = frozenset(
    (
        ".avif",
        ".bmp",
        ".css",
        ".eot",
        ".gif",
        ".ico",
        ".jpeg",
        ".jpg",
        ".js",
        ".m3u8",
        ".map",
        ".mp3",
        ".mp4",
        ".otf",
        ".png",
        ".svg",
        ".tif",
        ".tiff",
        ".ttf",
        ".webm",
        ".webp",
        ".woff",
        ".woff2",
    )
)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class RawArticle:
    """An article as fetched, before cleaning.

    `source` names where it came from for a person: a path, and in a file of many the
    line or the item. `published` is a date or date and time in ISO 8601.
    """

    id: str
    text: str
    title: str | None
    url: str | None
    publisher: str | None
    author: str | None
    published: str | None
    source: str


def sample_source() -> Path:
    """The sample article that the package carries."""
    return Path(__file__).parent / "sample" / "article.txt"


def read_sources(
    sources: Sequence[str | Path], *, max_bytes: int
) -> Iterator[RawArticle | SourceError]:
    """Read files and folders (recursively, in name order), one article at a time.

    `max_bytes` bounds one file, or one line of JSON lines. A file met twice is read once.
    Ids are the given ones, else made from file names; when two made ones are the same, the
    later takes its folders' names in front. A given id that is taken is an error.
    """
    ids = _Ids()
    seen: set[Path] = set()
    for source in sources:
        for path in _files(source):
            if isinstance(path, SourceError):
                yield path
                continue
            real = path.resolve()
            if real in seen:
                continue
            seen.add(real)
            for record in read_records(path, max_bytes):
                yield record if isinstance(record, SourceError) else ids.settle(record)


def count_sources(sources: Sequence[str | Path]) -> int | None:
    """About how many articles there are, without reading one; None where that would not do.

    A file is one, JSON lines are as many as it has lines; of a list in JSON nobody knows.
    """
    count = 0
    seen: set[Path] = set()
    for source in sources:
        for path in _files(source):
            if isinstance(path, SourceError):
                count += 1
            elif (real := path.resolve()) not in seen:
                seen.add(real)
                try:
                    held = _count(path)
                except OSError:  # the reading tells of it
                    held = 1
                if held is None:
                    return None
                count += held
    return count


def _count(path: Path) -> int | None:
    suffix = path.suffix.lower()
    if suffix not in {".json", ".jsonl"}:
        return 1
    with path.open("rb") as file:
        if suffix == ".json":
            return None if file.read(_PEEK).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"[" else 1
        lines, last = 0, b"\n"
        while block := file.read(_BLOCK):
            lines += block.count(b"\n")
            last = block[-1:]
        return lines + (last != b"\n")


class _Ids:
    """Hands out ids, each once."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    def settle(self, record: Record) -> RawArticle | SourceError:
        try:
            given = _given_id(record)
            told = {name: _metadata(record, name) for name in METADATA}
            _check_text(record.text, record.source)
        except SourceError as error:
            return error
        if given is not None and given in self._taken:
            return SourceError(
                record.source,
                f"its id {given!r} is already that of {self._taken[given]}",
                "give one of them another id",
            )
        name = given or self._made(record)
        self._taken[name] = record.source
        return RawArticle(id=name, text=record.text, source=record.source, **told)

    def _made(self, record: Record) -> str:
        tail = "" if record.place is None else f"-{record.place}"
        name = ""
        for part in (record.path.stem, *reversed(record.path.parent.parts)):
            name = _slug(f"{part}-{name}" if name else part, room=MAX_ID - len(tail)) + tail
            if name not in self._taken:
                return name
            name = name.removesuffix(tail)
        number = 2
        while f"{name[:80]}{tail[:9]}-{number}" in self._taken:
            number += 1
        return f"{name[:80]}{tail[:9]}-{number}"


def _slug(name: str, *, room: int) -> str:
    plain = unicodedata.normalize("NFC", name)
    kept = "".join(c if c.isalnum() or c in "._" else "-" for c in plain)
    return re.sub("-{2,}", "-", kept)[:room].strip("-.") or "article"


def _given_id(record: Record) -> str | None:
    given = record.data.get("id")
    if given is None:
        return None
    if not isinstance(given, str):
        raise SourceError(
            record.source, f"its id is {kind(given)}, not text", "write the id in quotation marks"
        )
    bad = any(c in "/\\" or unicodedata.category(c)[0] == "C" for c in given)
    if bad or given != given.strip() or not 0 < len(given) <= MAX_ID or given in {".", ".."}:
        raise SourceError(
            record.source,
            f"its id {given[:40]!r} cannot be used",
            f"use 1 to {MAX_ID} characters without slashes, control characters or outer blanks",
        )
    return given


def _metadata(record: Record, name: str) -> str | None:
    value = record.data.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise SourceError(
            record.source,
            f'its "{name}" is {kind(value)}, not text',
            f'write "{name}" as one string, or leave it out',
        )
    if "\0" in value or _SURROGATE.search(value):
        raise SourceError(
            record.source,
            f'its "{name}" holds characters that are not text',
            "mend or leave it out",
        )
    value = " ".join(value.split())
    if not value:
        return None
    if name == "published" and not _is_date(value):
        raise SourceError(
            record.source,
            f'its "published" is {value[:40]!r}, not a date',
            "write it in ISO 8601, such as 2024-06-17 or 2024-06-17T18:30:00Z",
        )
    if name == "url" and not _is_address(value):
        raise SourceError(
            record.source,
            f'its "url" is {value[:80]!r}, not a web address',
            "give the whole address, beginning with https:// or http://",
        )
    return value


def _is_date(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in value
    except ValueError:
        return False


def _check_text(text: str, source: str) -> None:
    if "\0" in text:
        raise SourceError(
            source, "holds NUL bytes, so it is not plain text", "save it as text in UTF-8"
        )
    if _SURROGATE.search(text):
        raise SourceError(
            source,
            "holds half of a surrogate pair, which is no character",
            "write the text again as UTF-8",
        )
    if not text.strip("\ufeff\u200b \t\r\n\f\v\xa0"):
        raise SourceError(source, "has no text", "put the article's text in, or leave it out")


# Finding files


def _files(source: str | Path) -> Iterator[Path | SourceError]:
    if isinstance(source, str) and re.match(r"https?://", source, re.IGNORECASE):
        yield SourceError(
            source, "is a web address, and nothing is fetched", "save the page and give the file"
        )
        return
    path = Path(source)
    try:
        if path.is_dir():
            yield from _walk(path, top=path)
        elif path.is_file():
            yield path if path.suffix.lower() in KNOWN else _unknown(path)
        elif path.exists():
            yield SourceError(path_name(path), "is not a regular file", "give a file or a folder")
        else:
            yield SourceError(path_name(path), "does not exist", "check the path")
    except (OSError, ValueError) as error:
        yield unreadable(path, error)


def _walk(folder: Path, *, top: Path) -> Iterator[Path | SourceError]:
    """The folder's articles in name order; links to folders are not followed, so it ends."""
    found = False
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield unreadable(folder, error)
        return
    names = {entry.name for entry in entries}
    for entry in entries:
        path = folder / entry.name
        suffix = path.suffix.lower()
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            for inner in _walk(path, top=top):
                found = True
                yield inner
        elif not entry.is_file() or suffix in _COMPANIONS:
            continue
        elif suffix not in KNOWN:
            found = True
            yield _unknown(path)
        elif suffix != ".json" or not _is_sidecar(path, names):
            found = True
            yield path
    if folder == top and not found:
        yield SourceError(
            path_name(folder), "holds no article", f"put {_listed(KNOWN)} files in it"
        )


def _is_sidecar(path: Path, names: set[str]) -> bool:
    """Whether a .json tells about a text beside it (it has no text of its own, or is broken)."""
    if not any(path.stem + suffix in names for suffix in (".txt", ".md")):
        return False
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return True  # the text beside it reports what is wrong
    return isinstance(data, dict) and "text" not in data


def _unknown(path: Path) -> SourceError:
    return SourceError(
        path_name(path),
        f"has an ending we do not read ({path.suffix or 'none'})",
        f"give {_listed(KNOWN)}",
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " or " + names[-1]
