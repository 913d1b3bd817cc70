"""Sources: files and folders of articles, read one after another as `RawArticle`.

Nothing here judges or changes prose; that is `clean`'s work. One bad file or record
yields one `SourceError`, which says what is wrong and what to do, and the rest go on.
What a source does not say about itself (title, address, date) stays None: nothing is
guessed. JSON lines are streamed, so a corpus need not fit in memory.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.errors import MissingExtra, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_ID = 100
KNOWN = (".txt", ".md", ".html", ".htm", ".json", ".jsonl")
# What a browser saves beside a page; in a folder it is passed over without a word.
_COMPANIONS = frozenset(
    ".avif .bmp .css .eot .gif .ico .jpeg .jpg .js .m3u8 .map .mp3 .mp4 .otf .png .svg .tif .tiff "
    ".ttf .webm .webp .woff .woff2".split()
)
_METADATA = ("title", "url", "publisher", "author", "published")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.I)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?\r?\n)---[ \t]*(?:\r?\n|\Z)", re.S)


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
            for record in _read(path, max_bytes):
                yield record if isinstance(record, SourceError) else ids.settle(record)


@dataclass(frozen=True, slots=True)
class _Record:
    """What a file says of one article; `id` is None where it gives none."""

    text: str
    data: Mapping[str, object]
    path: Path
    source: str
    place: int | None = None  # the line or item, in a file of many


class _Ids:
    """Hands out ids, each once."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    def settle(self, record: _Record) -> RawArticle | SourceError:
        try:
            given = _given_id(record)
            told = {name: _metadata(record, name) for name in _METADATA}
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

    def _made(self, record: _Record) -> str:
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


def _given_id(record: _Record) -> str | None:
    given = record.data.get("id")
    if given is None:
        return None
    if not isinstance(given, str):
        raise SourceError(
            record.source, f"its id is {_kind(given)}, not text", "write the id in quotation marks"
        )
    bad = any(c in "/\\" or unicodedata.category(c)[0] == "C" for c in given)
    if bad or given != given.strip() or not 0 < len(given) <= MAX_ID or given in {".", ".."}:
        raise SourceError(
            record.source,
            f"its id {given[:40]!r} cannot be used",
            f"use 1 to {MAX_ID} characters without slashes, control characters or outer blanks",
        )
    return given


def _metadata(record: _Record, name: str) -> str | None:
    value = record.data.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise SourceError(
            record.source,
            f'its "{name}" is {_kind(value)}, not text',
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


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", str: "text"}
    return names.get(type(value), "null" if value is None else "a number")


# Finding files


def _files(source: str | Path) -> Iterator[Path | SourceError]:
    if isinstance(source, str) and re.match(r"https?://", source, re.I):
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
            yield SourceError(str(path), "is not a regular file", "give a file or a folder")
        else:
            yield SourceError(str(path), "does not exist", "check the path")
    except (OSError, ValueError) as error:
        yield _unreadable(path, error)


def _walk(folder: Path, *, top: Path) -> Iterator[Path | SourceError]:
    """The folder's articles in name order; links to folders are not followed, so it ends."""
    found = False
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield _unreadable(folder, error)
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
        yield SourceError(str(folder), "holds no article", f"put {_listed(KNOWN)} files in it")


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
        str(path),
        f"has an ending we do not read ({path.suffix or 'none'})",
        f"give {_listed(KNOWN)}",
    )


def _unreadable(path: Path, error: OSError | ValueError) -> SourceError:
    reason = getattr(error, "strerror", None) or "not a usable path"
    return SourceError(str(path), f"cannot be read ({reason})", "check the path and its rights")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " or " + names[-1]


# Reading one file


def _read(path: Path, max_bytes: int) -> Iterator[_Record | SourceError]:
    readers = {".jsonl": _read_lines, ".json": _read_json, ".txt": _read_text, ".md": _read_text}
    reader = readers.get(path.suffix.lower(), _read_page)
    try:
        yield from reader(path, max_bytes)
    except SourceError as error:
        yield error
    except OSError as error:
        yield _unreadable(path, error)


def _load(path: Path, max_bytes: int, *, smaller: str) -> bytes:
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise SourceError(str(path), f"is larger than {max_bytes:,} bytes", smaller)
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


def _read_text(path: Path, max_bytes: int) -> Iterator[_Record | SourceError]:
    source = str(path)
    text = _decode(_load(path, max_bytes, smaller="split it into single articles"), source)
    data: dict[str, object] = {}
    if path.suffix.lower() == ".md" and (head := _FRONT_MATTER.match(text)):
        data |= _front_matter(head[1], source)
        text = text[head.end() :]
    sidecar = path.with_suffix(".json")
    if sidecar.is_file():
        raw = _load(sidecar, max_bytes, smaller="keep only the article's metadata in it")
        beside = _parse(_decode(raw, str(sidecar)), str(sidecar))
        if not isinstance(beside, dict):
            if not isinstance(beside, list):
                raise SourceError(
                    str(sidecar), f"is {_kind(beside)}, not an object", "write {...} in it"
                )
        elif "text" not in beside:
            data |= beside
    yield _Record(text, data, path, source)


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
    return {name: data[name] for name in ("id", *_METADATA) if name in data} if isinstance(
        data, dict
    ) else {}


def _read_json(path: Path, max_bytes: int) -> Iterator[_Record | SourceError]:
    source = str(path)
    raw = _load(path, max_bytes, smaller="write it as JSON lines (.jsonl), one article a line")
    parsed = _parse(_decode(raw, source), source)
    if not isinstance(parsed, list):
        yield _record(parsed, path, source, None)
        return
    if not parsed:
        raise SourceError(source, "is an empty list", "put articles in, or leave it out")
    for number, item in enumerate(parsed, start=1):
        yield _record(item, path, f"{source}, item {number}", number)


def _record(
    item: object, path: Path, source: str, place: int | None
) -> _Record | SourceError:
    if not isinstance(item, dict):
        return SourceError(
            source, f"is {_kind(item)}, not an object", 'write {"text": "..."} for each article'
        )
    text = item.get("text")
    if not isinstance(text, str):
        problem = f'its "text" is {_kind(text)}, not text' if "text" in item else 'has no "text"'
        return SourceError(source, problem, 'put the article into "text" as one string')
    return _Record(text, item, path, source, place)


def _read_lines(path: Path, max_bytes: int) -> Iterator[_Record | SourceError]:
    with path.open("rb") as file:
        number = 0
        empty = True
        while line := file.readline(max_bytes + 1):
            number += 1
            source = f"{path}, line {number}"
            if number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise SourceError(str(path), "is JSON lines in UTF-16", "save it as UTF-8")
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
            raise SourceError(str(path), "is empty", "put articles in, or leave it out")


# Pages


def _read_page(path: Path, max_bytes: int) -> Iterator[_Record | SourceError]:
    source = str(path)
    raw = _load(path, max_bytes, smaller="save the article's page alone")
    if not raw.strip():
        raise SourceError(source, "is empty", "put the page in, or leave it out")
    declared = _CHARSET.search(raw, 0, 4096)
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if encoding in {"iso-8859-1", "latin-1", "latin1", "ascii", "us-ascii"}:
        encoding = "cp1252"  # what browsers take these names for
    text, data = _extract(_decode(raw, source, encoding), source)
    yield _Record(text, data, path, source)


def _extract(page: str, source: str) -> tuple[str, dict[str, object]]:
    try:
        from trafilatura import bare_extraction  # noqa: PLC0415 - heavy, and only for building
    except ImportError as error:
        raise MissingExtra("Reading HTML pages", "trafilatura") from error
    found = bare_extraction(
        page, include_comments=False, include_tables=False, with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if found is None or not found.text:
        raise SourceError(
            source, "no article was found in the page", "save its text as .txt and give that"
        )
    data = {
        "title": found.title, "url": found.url, "publisher": found.sitename,
        "author": found.author, "published": found.date,
    }
    return found.text, data
