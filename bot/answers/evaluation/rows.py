"""Rows: what a file for `pullquote eval` asks, an object a line.

A file is of one kind, which its first line tells (docs/evaluation.md):

- questions of articles that are indexed already: `question`, and `answers` or
  `"answerable": false`;
- articles with questions: `doc_id`, `text`, `questions`;
- articles with marked quotations: `doc_id`, `text`, `quotes`;
- articles with a summary written by a person: `doc_id`, `text`, `reference`.

What is wrong with a line is a `BadRow`, which says where and what.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from index.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PEOPLE_AND_OTHERS = frozenset({"person", "org", "other"})
"""The kinds of speaker that a gold quotation can be held to."""


class BadRow(CorpusError):
    """A line of the file is not what it should be."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}, line {line}: {problem}")
        self.add_note("What a line may be: docs/evaluation.md")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the file. `answers` are the accepted words; none: it has no answer."""

    id: str
    question: str
    answers: tuple[str, ...]
    article: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """An article that the file brings along."""

    id: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """A quotation as marked, by offsets into its document.

    `speakers` are the names that are accepted for whoever speaks; none: nobody can be held
    to it. `person` says that they are a person's, else an organisation's or a description.
    `printed` is what the article calls whoever speaks there.
    """

    start: int
    end: int
    speakers: tuple[str, ...]
    person: bool
    printed: str | None = None


@dataclass(frozen=True, slots=True)
class MarkedSpeech:
    """A document's quotations, the stretches that count neither way, and its people's names."""

    document: Document
    said: tuple[Said, ...]
    ignored: tuple[tuple[int, int], ...]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """A file of questions; `documents` is empty where they are of an index."""

    asked: tuple[Asked, ...]
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Quotes:
    """A file of articles with marked quotations."""

    marked: tuple[MarkedSpeech, ...]


@dataclass(frozen=True, slots=True)
class Summaries:
    """A file of articles with a reference summary each."""

    references: tuple[tuple[Document, str], ...]


Rows = Questions | Quotes | Summaries


def read_rows(path: Path, *, limit: int | None = None) -> Rows:
    """Read a file, or its first `limit` lines. Raises `BadRow`, and OSError."""
    lines = [(number, _object(path, number, line)) for number, line in islice(_lines(path), limit)]
    if not lines:
        raise BadRow(path, 1, "there is nothing in this file.")
    kind = _kind(path, *lines[0])
    for number, row in lines:
        if _kind(path, number, row) != kind:
            raise BadRow(path, number, f"this holds no {kind!r}, as the first line does.")
    rows = [(_Reader(path, number), row) for number, row in lines]
    if kind == "question":
        found: Rows = Questions(tuple(_question(read, row, None) for read, row in rows))
    elif kind == "questions":
        found = _questions(rows)
    elif kind == "quotes":
        found = Quotes(tuple(_speech(read, row) for read, row in rows))
    else:
        found = Summaries(tuple((_document(read, r), read.text(r, kind)) for read, r in rows))
    _demand_unique(path, lines, found)
    return found


class _Reader:
    """Takes values from one line's object, and says what is wrong with them."""

    def __init__(self, path: Path, line: int) -> None:
        self.path = path
        self.line = line

    def bad(self, problem: str) -> BadRow:
        return BadRow(self.path, self.line, problem)

    def text(self, row: dict[str, Any], key: str) -> str:
        value = row.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.bad(f'"{key}" must be a text that is not empty.')
        return value

    def known(self, row: dict[str, Any], key: str) -> str | None:
        value = row.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.bad(f'"{key}" must be a text, where it is given.')
        return str(value)

    def many(self, row: dict[str, Any], key: str) -> list[Any]:
        value = row.get(key, [])
        if not isinstance(value, list):
            raise self.bad(f'"{key}" must be a list.')
        return value


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line


def _object(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadRow(path, number, f"this is not UTF-8 (byte {error.start}).") from error
    except json.JSONDecodeError as error:
        problem = f"this is not JSON: {error.msg} (column {error.colno})."
        raise BadRow(path, number, problem) from error
    except (RecursionError, ValueError) as error:
        raise BadRow(path, number, "this is JSON that cannot be read.") from error
    if not isinstance(row, dict):
        raise BadRow(path, number, "this is not an object, {...}.")
    return row


def _kind(path: Path, number: int, row: dict[str, Any]) -> str:
    for key in ("question", "questions", "quotes", "reference"):
        if key in row:
            return key
    raise BadRow(
        path, number, 'there is no "question" here, nor "questions", "quotes" or "reference".'
    )


def _question(read: _Reader, row: dict[str, Any], article: str | None) -> Asked:
    answers: list[Any] = [
        one.get("text") if isinstance(one, dict) else one for one in read.many(row, "answers")
    ]
    if not all(isinstance(answer, str) and answer for answer in answers):
        raise read.bad('"answers" must be a list of texts that are not empty.')
    answerable = row.get("answerable", True)
    if not isinstance(answerable, bool):
        raise read.bad('"answerable" must be true or false.')
    if answerable and not answers:
        raise read.bad('give the accepted words as "answers": [...], or "answerable": false.')
    if not answerable and answers and article is None:
        raise read.bad('it has "answers" and is not "answerable"; which of the two?')
    return Asked(
        read.known(row, "id") or str(read.line),
        read.text(row, "question"),
        tuple(answers) if answerable else (),
        article or read.known(row, "article"),
        read.line,
    )


def _document(read: _Reader, row: dict[str, Any]) -> Document:
    return Document(read.text(row, "doc_id"), read.text(row, "text"))


def _questions(rows: list[tuple[_Reader, dict[str, Any]]]) -> Questions:
    asked, documents = [], []
    for read, row in rows:
        document = _document(read, row)
        documents.append(document)
        for place, one in enumerate(read.many(row, "questions")):
            if not isinstance(one, dict):
                raise read.bad('"questions" must be a list of objects.')
            named = one if one.get("id") is not None else {**one, "id": f"{document.id}-{place}"}
            asked.append(_question(read, named, document.id))
    return Questions(tuple(asked), tuple(documents))


def _speech(read: _Reader, row: dict[str, Any]) -> MarkedSpeech:
    document = _document(read, row)
    said = []
    for one in read.many(row, "quotes"):
        if not isinstance(one, dict):
            raise read.bad('"quotes" must be a list of objects.')
        if one.get("kind") != "indirect":
            said.append(_said(read, one, document.text))
    return MarkedSpeech(
        document,
        tuple(said),
        tuple(_pair(read, one, document.text) for one in read.many(row, "ignore")),
        tuple(map(str, read.many(row, "people"))),
    )


def _said(read: _Reader, one: dict[str, Any], text: str) -> Said:
    if "start" in one or "end" in one:
        start, end = _stretch(read, one.get("start"), one.get("end"), text)
    else:
        words = read.text(one, "text")
        start = text.find(words)
        if start < 0:
            raise read.bad(f"the article does not print {words[:60]!r}.")
        end = start + len(words)
    name, surface = read.known(one, "speaker_name"), read.known(one, "speaker")
    kind = one.get("speaker_type", "person" if surface else None)
    if not surface or kind not in PEOPLE_AND_OTHERS:
        return Said(start, end, (), person=False)
    if kind == "person":
        others = (str(other) for other in read.many(one, "speaker_alt") if other)
        return Said(start, end, (name or surface, *others), person=True, printed=surface)
    head = read.known(one, "speaker_head")
    return Said(
        start, end, tuple(n for n in (surface, name, head) if n), person=False, printed=surface
    )


def _stretch(read: _Reader, start: object, end: object, text: str) -> tuple[int, int]:
    if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text):
        return start, end
    raise read.bad(f"{start}:{end} is no stretch of the article's {len(text):,} characters.")


def _pair(read: _Reader, one: object, text: str) -> tuple[int, int]:
    if not isinstance(one, list) or len(one) != 2:
        raise read.bad('"ignore" must be a list of pairs, [start, end].')
    return _stretch(read, one[0], one[1], text)


def _demand_unique(path: Path, lines: list[tuple[int, dict[str, Any]]], rows: Rows) -> None:
    named = [(one.line, one.id) for one in rows.asked] if isinstance(rows, Questions) else []
    named += [(number, f"doc_id {row['doc_id']}") for number, row in lines if "doc_id" in row]
    seen: set[str] = set()
    for number, name in named:
        if name in seen:
            raise BadRow(path, number, f"the id {name!r} stands in this file twice.")
        seen.add(name)
