"""Records: what one file says of its articles, before anything is checked or named.

A file is opened here and nowhere else. JSON lines are streamed; every other kind is one
file of at most `max_bytes`. What cannot be read is a `SourceError`, one for each file or
line, and the lines after it go on.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import MissingExtra, SourceError
from index.pages import extract

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

METADATA = ("title", "url", "publisher", "author", "published")
_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE
)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?\r?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Record:
    """What a file says of one article; `id` is None where it gives none."""

    text: str
    data: Mapping[str, object]
    path: Path
    source: str
    place: int | None = None  # the line or item, in a file of many


def read_records(path: Path, max_bytes: int) -> Iterator[Record | SourceError]:
    """Every article of one file, or what is wrong; a bad record does not hide the next."""
    readers = {".jsonl": _read_lines, ".json": _read_json, ".txt": _read_text, ".md": _read_text}
    reader = readers.get(path.suffix.lower(), _read_page)
    try:
        yield from reader(path, max_bytes)
    except SourceError as error:
        yield error
    except OSError as error:
        yield unreadable(path, error)


def _load(path: Path, max_bytes: int, *, smaller: str) -> bytes:
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise SourceError(path_name(path), f"is larger than {max_bytes:,} bytes", smaller)
    return data


def _decode(data: bytes, source: str, encoding: str = "utf-8") -> str:
    """Text in UTF-8, or in UTF-16 with its mark; `encoding` is what the file says of itself."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    if encoding != "utf-16" and b"\0" in data:
        raise SourceError(
            source, "holds NUL bytes, so it is not plain text", "save it as text in UTF-8"
        )
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceError(
            source, f"is not {encoding.upper()} text (byte {error.start})", "save it as UTF-8"
        ) from error
    except LookupError as error:
        raise SourceError(
            source, f"names an unknown encoding ({encoding})", "save it as UTF-8"
        ) from error


def _parse(text: str, source: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise SourceError(
            source, f"is not valid JSON ({error.msg}, {where})", "mend it there"
        ) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(
            source, "is JSON that cannot be read (too deep, or a number too long)", "simplify it"
        ) from error


def _read_text(path: Path, max_bytes: int) -> Iterator[Record | SourceError]:
    source = path_name(path)
    text = _decode(_load(path, max_bytes, smaller="split it into single articles"), source)
    data: dict[str, object] = {}
    if path.suffix.lower() == ".md" and (head := _FRONT_MATTER.match(text)):
        data |= _front_matter(head[1], source)
        text = text[head.end() :]
    sidecar = path.with_suffix(".json")
    if sidecar.is_file():
        raw = _load(sidecar, max_bytes, smaller="keep only the article's metadata in it")
        beside = _parse(_decode(raw, path_name(sidecar)), path_name(sidecar))
        if not isinstance(beside, dict):
            if not isinstance(beside, list):
                raise SourceError(
                    path_name(sidecar), f"is {kind(beside)}, not an object", "write {...} in it"
                )
        elif "text" not in beside:
            data |= beside
    yield Record(text, data, path, source)


def _front_matter(head: str, source: str) -> dict[str, object]:
    """What stands between the --- lines, every value as the text that was typed."""
    try:
        import yaml  # noqa: PLC0415 - only such files need it
    except ImportError as error:
        raise MissingExtra("Reading the head of a Markdown file", "pyyaml") from error
    try:
        data = yaml.load(head, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes only strings
    except (yaml.YAMLError, RecursionError) as error:
        raise SourceError(
            source, "the lines between --- at its top are not YAML", "mend or remove them"
        ) from error
    return (
        {name: data[name] for name in ("id", *METADATA) if name in data}
        if isinstance(data, dict)
        else {}
    )


def _read_json(path: Path, max_bytes: int) -> Iterator[Record | SourceError]:
    source = path_name(path)
    raw = _load(path, max_bytes, smaller="write it as JSON lines (.jsonl), one article a line")
    parsed = _parse(_decode(raw, source), source)
    if not isinstance(parsed, list):
        yield _record(parsed, path, source, None)
        return
    if not parsed:
        raise SourceError(source, "is an empty list", "put articles in, or leave it out")
    for number, item in enumerate(parsed, start=1):
        yield _record(item, path, f"{source}, item {number}", number)


def _record(item: object, path: Path, source: str, place: int | None) -> Record | SourceError:
    if not isinstance(item, dict):
        return SourceError(
            source, f"is {kind(item)}, not an object", 'write {"text": "..."} for each article'
        )
    text = item.get("text")
    if not isinstance(text, str):
        problem = f'its "text" is {kind(text)}, not text' if "text" in item else 'has no "text"'
        return SourceError(source, problem, 'put the article into "text" as one string')
    return Record(text, item, path, source, place)


def _read_lines(path: Path, max_bytes: int) -> Iterator[Record | SourceError]:
    with path.open("rb") as file:
        number = 0
        empty = True
        while line := file.readline(max_bytes + 1):
            number += 1
            source = f"{path_name(path)}, line {number}"
            if number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise SourceError(path_name(path), "is JSON lines in UTF-16", "save it as UTF-8")
            if len(line) > max_bytes and not line.endswith(b"\n"):
                empty = False
                while (rest := file.readline(1 << 20)) and not rest.endswith(b"\n"):
                    pass
                yield SourceError(
                    source, f"is larger than {max_bytes:,} bytes", "split or leave it out"
                )
            elif line.strip():
                empty = False
                try:
                    yield _record(_parse(_decode(line, source), source), path, source, number)
                except SourceError as error:
                    yield error
        if empty:
            raise SourceError(path_name(path), "is empty", "put articles in, or leave it out")


def _read_page(path: Path, max_bytes: int) -> Iterator[Record | SourceError]:
    source = path_name(path)
    raw = _load(path, max_bytes, smaller="save the article's page alone")
    if not raw.strip():
        raise SourceError(source, "is empty", "put the page in, or leave it out")
    declared = _CHARSET.search(raw, 0, 4096)
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if encoding in {"iso-8859-1", "latin-1", "latin1", "ascii", "us-ascii"}:
        encoding = "cp1252"  # what browsers take these names for
    text, data = extract(_decode(raw, source, encoding), source)
    yield Record(text, data, path, source)


def kind(value: object) -> str:
    """What a JSON value is, in words."""
    names = {dict: "an object", list: "a list", bool: "true or false", str: "text"}
    return names.get(type(value), "null" if value is None else "a number")


def path_name(path: Path) -> str:
    """The path for a person; a name that is not text shows a replacement mark."""
    return str(path).encode("utf-8", "replace").decode("utf-8")


def unreadable(path: Path, error: OSError | ValueError) -> SourceError:
    """The error for what the system does not let us read."""
    reason = getattr(error, "strerror", None) or "not a usable path"
    return SourceError(
        path_name(path), f"cannot be read ({reason})", "check the path and its rights"
    )
