r"""Corpora: question data as it is published -> documents with sentences and questions.

Every document is one text whose paragraphs are parted by an empty line, so that a
window is always a slice of it, as it is when an article is read. Nothing is copied
into the project: the files are read where they lie.

    >>> detokenise("`` Go , '' said Mr. O'Neil -LRB- 57 -RRB- . He ca n't .".split())[0]
    '“Go,” said Mr. O\'Neil (57). He can\'t.'
"""

from __future__ import annotations

import json
import lzma
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Offsets = tuple[int, int]

_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Gov|Sen|Rep|Lt|Col|Sgt|Capt|St|Jr|Sr|vs|etc|No|Inc|Co|Corp"
    r"|Ltd|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|Rev|Hon|Mt|Ft|al|approx)|\b[A-Z]"
    r"|\b[a-z]\.[a-z])\.$"
)
_BREAK = re.compile(r"(?<=[.!?])[\"'”’)\]]*(?=\s+[\"'“‘(\[]?[A-Z0-9])|\n\s*\n|(?<=[.!?][\"”’'])\s")


@dataclass(frozen=True, slots=True)
class Query:
    """A question and where its document answers it (None: nowhere)."""

    id: str
    text: str
    answer: Offsets | None


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its sentences, in order, and what is asked of it."""

    id: str
    corpus: str
    text: str
    sentences: tuple[Offsets, ...]
    queries: tuple[Query, ...]


def split_sentences(text: str) -> tuple[Offsets, ...]:
    """Offsets of the sentences: at stops before a capital, and at empty lines."""
    cuts = [0]
    for match in _BREAK.finditer(text):
        before = text[cuts[-1] : match.end()]
        if "\n" not in match.group() and _ABBREVIATION.search(before.rstrip("\"'”’)] ")):
            continue
        cuts.append(match.end())
    cuts.append(len(text))
    found = []
    for start, end in pairwise(cuts):
        piece = text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = start + len(piece.rstrip())
        if left < right:
            found.append((left, right))
    return tuple(found)


def read_squadshifts(folder: Path) -> Iterator[Document]:
    """Wikipedia, Amazon and Reddit paragraphs; an article's paragraphs stand together."""
    for name in ("new_wiki", "amazon_reviews", "reddit"):
        with lzma.open(folder / f"{name}.json.xz", "rt", encoding="utf-8") as file:
            data = json.load(file)["data"]
        for article in data:
            groups = [
                article["paragraphs"][i : i + 10] for i in range(0, len(article["paragraphs"]), 10)
            ]
            for number, group in enumerate(groups):
                yield _squad_document(f"{name}/{article['title']}/{number}", name, group)


def _squad_document(name: str, corpus: str, paragraphs: Sequence[dict[str, Any]]) -> Document:
    """One document of several paragraphs, with the answer that most annotators gave."""
    text, queries = "", []
    for paragraph in paragraphs:
        at = len(text) + 2 if text else 0
        text = f"{text}\n\n{paragraph['context']}" if text else paragraph["context"]
        for asked in paragraph["qas"]:
            given = [
                (at + a["answer_start"], at + a["answer_start"] + len(a["text"]))
                for a in asked["answers"]
                if a["text"].strip()
            ]
            if given and asked["question"].strip():
                queries.append(Query(asked["id"], asked["question"].strip(), choose_answer(given)))
    return Document(name, corpus, text, split_sentences(text), tuple(queries))


def choose_answer(given: Sequence[Offsets]) -> Offsets:
    """The answer that most gave, and of equals the shortest."""
    counts = Counter(given)
    return min(counts, key=lambda place: (-counts[place], place[1] - place[0]))


def read_qamr(folder: Path, *, seed: int, limit: int) -> Iterator[Document]:
    """Wikinews and Wikipedia sentences in made-up documents of about 30.

    At most `limit` questions, of those that two annotators answer alike and that say
    enough to be asked of a whole article; the same few sentences are asked about often,
    so no sentence gives more than a dozen.
    """
    with lzma.open(folder / "wiki-sentences.tsv.xz", "rt", encoding="utf-8") as file:
        tokens = dict(line.rstrip("\n").split("\t") for line in file)
    asked: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for name in ("filtered_dev", "filtered_test"):
        with lzma.open(folder / f"{name}.tsv.xz", "rt", encoding="utf-8") as file:
            for line in file:
                row = line.rstrip("\n").split("\t")
                agreed = _agreed(row[6:9])
                if agreed and _says_enough(row[5], tokens[row[0]].split()):
                    asked[row[0]].append((row[5].strip(), *agreed))
    chance = random.Random(f"{seed}:qamr")  # noqa: S311 - sampling, not secrecy
    for rows in asked.values():
        chance.shuffle(rows)
        del rows[12:]
    keep = [(key, i) for key, rows in asked.items() for i in range(len(rows))]
    chance.shuffle(keep)
    kept = set(keep[:limit])
    groups: dict[str, list[str]] = defaultdict(list)
    for key in tokens:
        groups[key.rsplit(":", 2)[0]].append(key)
    for genre in ("wikinews", "wikipedia"):
        names = sorted(name for name in groups if f":{genre}:" in name)
        chance.shuffle(names)
        batch: list[str] = []
        for name in names:
            batch += sorted(groups[name], key=lambda key: [int(n) for n in key.split(":")[3:]])
            if len(batch) >= 30 or name == names[-1]:
                yield _qamr_document(genre, batch, tokens, asked, kept)
                batch = []


def _qamr_document(
    genre: str,
    keys: Sequence[str],
    tokens: dict[str, str],
    asked: dict[str, list[tuple[str, int, int]]],
    kept: set[tuple[str, int]],
) -> Document:
    text, sentences, queries, last = "", [], [], ""
    for key in keys:
        paragraph = key.rsplit(":", 1)[0]
        if text:
            text += " " if paragraph == last else "\n\n"
        last = paragraph
        plain, places = detokenise(tokens[key].split())
        at = len(text)
        text += plain
        sentences.append((at, at + len(plain)))
        for number, (question, first, final) in enumerate(asked.get(key, ())):
            if (key, number) in kept:
                span = (at + places[first][0], at + places[final][1])
                queries.append(Query(f"{key}/{number}", question, span))
    return Document(f"qamr/{keys[0]}", f"qamr-{genre}", text, tuple(sentences), tuple(queries))


def _agreed(columns: Sequence[str]) -> tuple[int, int] | None:
    """First and last token of an answer that is one stretch and that two gave."""
    given = []
    for column in columns:
        numbers = column.split(":")[-1].split()
        if numbers and all(n.isdigit() for n in numbers):
            indices = [int(n) for n in numbers]
            given.append((min(indices), max(indices)))
    if len(given) < 2:
        return None
    (place, count), *_ = Counter(given).most_common(1)
    return place if count >= 2 else None


def _says_enough(question: str, tokens: Sequence[str]) -> bool:
    """Whether a question names at least two things of its sentence (not "What is it?")."""
    words = {word.lower() for word in tokens if len(word) > 3}
    return sum(word in words for word in re.findall(r"\w+", question.lower())) >= 2


_PENN = {
    "-LRB-": "(",
    "-RRB-": ")",
    "-LSB-": "[",
    "-RSB-": "]",
    "-LCB-": "{",
    "-RCB-": "}",
    "``": "“",
    "''": "”",
}
_CLINGS_LEFT = re.compile(r"^(?:[.,;:!?%)\]}”]|'(?:s|S|m|d|ll|re|ve|)|n't|…)$")
_CLINGS_RIGHT = re.compile(r"^[(\[{“$#£€]$")


def detokenise(tokens: Sequence[str]) -> tuple[str, list[Offsets]]:
    """Penn Treebank tokens as a newspaper prints them, and where each token then stands."""
    text, places, cling = "", [], True
    for token in tokens:
        printed = _PENN.get(token, token).replace("\\/", "/")
        if text and not cling and not _CLINGS_LEFT.match(printed):
            text += " "
        places.append((len(text), len(text) + len(printed)))
        text += printed
        cling = bool(_CLINGS_RIGHT.match(printed))
    return text, places


def read_rows(path: Path, sources: frozenset[str]) -> Iterator[Document]:
    """Documents of the development set whose source is one of `sources`."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if row["source"] not in sources:
                continue
            queries = []
            for asked in row["questions"]:
                spans = [(a["start"], a["start"] + len(a["text"])) for a in asked["answers"]]
                if asked["answerable"] and not spans:
                    continue
                answer = choose_answer(spans) if asked["answerable"] else None
                queries.append(Query(asked["id"], asked["question"], answer))
            text = row["text"]
            yield Document(
                row["doc_id"], row["source"], text, split_sentences(text), tuple(queries)
            )
