"""A segment: some analysed articles on disk, written once and never changed.

What an index holds is a list of these (see `index.manifest`), so an article can be
added without touching the others, segments made elsewhere can be joined, and a
segment can be written again from what it says (`Segment.read`) without parsing or
embedding anything twice. Everything is memory-mapped.

    articles   a JSON record an article: identity, metadata, paragraphs, source map
    texts      its text in UTF-8
    ids        the articles' ids in ascending order, with `id_rows` their rows
    ranges     an article a row: its sentences (start, end), its passages (start, end), and
               how many quotations it has (those that are listed)
    sentences  a sentence a row: start and end in its article's text
    passages   a passage a row: its article, its first sentence and the one after its last
    speech     a JSON record an article: its quotations
    spoken_first, spoken_last
               a quotation a row: its first passage and its last (`index.spoken`)
    vectors    a row a passage, and the words likewise

and the tables by which people (`index.roll`) and articles (`index.titles`) are found by name.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import zlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from index.article import OPENING, Article, Heading, Related, Span
from index.mapped import Records, RecordsWriter, open_array, sha256_of_array, write_array
from index.passages import Passage
from index.people import people_of, read_speaker, speaker_record
from index.roll import Roll, RollWriter
from index.speech import Quotation, Speech, Stance
from index.spoken import Spoken, spoken_in, write_spoken
from index.titles import Titles, TitlesWriter
from index.vectors import FaissVectors, write_vectors
from index.words import Words, WordsWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from index.people import Appearance


@dataclass(frozen=True, slots=True)
class Analysed:
    """An article with all that is worked out about it when an index is built.

    `digest` changes whenever the article or the way it is analysed does; `vectors` has a
    row a passage.
    """

    article: Article
    digest: str
    sentences: tuple[Span, ...]
    passages: tuple[Passage, ...]
    quotations: tuple[Quotation, ...]
    vectors: NDArray[np.float32]


class SegmentWriter:
    """Writes articles into an empty folder, one after the other.

    Texts and records go to disk as they come; what grows in memory until `close` are the
    postings and the vectors of this one segment, which is why a build starts a new one
    every so many passages.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._articles = RecordsWriter(folder, "articles")
        self._texts = RecordsWriter(folder, "texts")
        self._speech = RecordsWriter(folder, "speech")
        self._ids: list[str] = []
        self._ranges: list[tuple[int, int, int, int, int]] = []
        self._sentences: list[tuple[int, int]] = []
        self._passages: list[tuple[int, int, int]] = []
        self._spoken: list[tuple[int, int]] = []
        self._people: list[Appearance] = []
        self._titles = TitlesWriter(folder)
        self._words = WordsWriter()
        self._vectors: list[NDArray[np.float32]] = [np.empty((0, dimension), dtype=np.float32)]
        self.quotations = 0

    @property
    def articles(self) -> int:
        """How many articles have been added."""
        return len(self._ids)

    @property
    def passages(self) -> int:
        """How many passages have been added."""
        return len(self._passages)

    def add(self, analysed: Analysed) -> None:
        """Add the next article."""
        article, row = analysed.article, len(self._ids)
        first_sentence, first_passage = len(self._sentences), len(self._passages)
        places = {(s.start, s.end): n for n, s in enumerate(analysed.sentences, first_sentence)}
        self._sentences.extend((s.start, s.end) for s in analysed.sentences)
        for passage in analysed.passages:
            first, last = passage.sentences[0], passage.sentences[-1]
            self._passages.append(
                (row, places[first.start, first.end], places[last.start, last.end] + 1)
            )
            self._words.add(passage.span.text)
        self._vectors.append(np.asarray(analysed.vectors, dtype=np.float32))
        self._ids.append(article.id)
        self._ranges.append(
            (
                *(first_sentence, len(self._sentences)),
                *(first_passage, len(self._passages)),
                sum(quotation.is_listed for quotation in analysed.quotations),
            )
        )
        sentences = np.array(self._sentences[first_sentence:], dtype=np.int64)
        passages = np.array(self._passages[first_passage:], dtype=np.int64).reshape(-1, 3)
        layout = _layout(sentences, passages, first_sentence, self._ranges[-1][-1])
        self._articles.add(article_record(article, analysed.digest, layout))
        self._texts.add(article.text.encode())
        self._speech.add(json.dumps([quotation_record(q) for q in analysed.quotations]).encode())
        self.quotations += self._ranges[-1][-1]
        self._spoken.extend(
            (first_passage + first, first_passage + last)
            for first, last in spoken_in(analysed.passages, analysed.quotations)
        )
        self._people.extend(people_of(analysed.quotations, row))
        self._titles.add(Heading.of(article))

    def abandon(self) -> None:
        """Let go of the files of a segment that will not be finished."""
        for writer in (self._articles, self._texts, self._speech):
            with contextlib.suppress(OSError):  # a full disk, which is known already
                writer.__exit__(OSError, None, None)

    def close(self) -> None:
        """Write what is still in memory."""
        for writer in (self._articles, self._texts, self._speech):
            writer.__exit__(None, None, None)
        order = sorted(range(len(self._ids)), key=lambda row: self._ids[row].encode())
        with RecordsWriter(self._folder, "ids") as ids:
            for row in order:
                ids.add(self._ids[row].encode())
        write_array(self._folder, "id_rows", np.asarray(order, dtype=np.int32))
        with RollWriter(self._folder) as roll:
            for one in sorted(self._people, key=lambda one: (one.speaker.person, one.row)):
                roll.add(one)
        self._titles.close()
        write_spoken(self._folder, [np.array(self._spoken, dtype=np.int32).reshape(-1, 2)])
        for name, rows, columns in (
            ("ranges", self._ranges, 5),
            ("sentences", self._sentences, 2),
            ("passages", self._passages, 3),
        ):
            array = np.asarray(rows, dtype=np.int64).reshape(len(rows), columns)
            write_array(self._folder, name, array)
        self._words.write(self._folder)
        vectors = np.concatenate(self._vectors)
        write_vectors(self._folder, vectors.__getitem__, *vectors.shape)


class Segment:
    """A segment that is open for reading. Raises ValueError where its files don't agree.

    `sums` are the SHA-256 of its files, for those that are compared once they are needed.
    """

    def __init__(self, folder: Path, sums: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._articles = Records(folder, "articles")
        self._texts = Records(folder, "texts")
        self._speech = Records(folder, "speech")
        self._ids = Records(folder, "ids")
        self._rows_by_id: NDArray[np.int32] = open_array(folder, "id_rows", np.int32)
        self._places: NDArray[np.int32] | None = None
        self._roll = Roll(folder)
        self._titles = Titles(folder, len(self._articles))
        self._spoken = Spoken(folder)
        self._sums = dict(sums or {})
        known = self._roll.arrays.keys() | self._titles.arrays.keys() | self._spoken.arrays.keys()
        self._unseen = {"id_rows", *known} if sums else set()
        self._ranges = open_array(folder, "ranges", np.int64)
        self._sentences = open_array(folder, "sentences", np.int64)
        self._passages = open_array(folder, "passages", np.int64)
        self.words = Words(folder)
        self.vectors = FaissVectors(folder)
        rows = {len(self._articles), len(self._texts), len(self._speech), len(self._ids)}
        if rows != {len(self._ranges)} or {len(self.vectors), len(self.words.lengths)} != {
            len(self._passages)
        }:
            raise ValueError("its files do not hold the same articles")

    def __len__(self) -> int:
        return len(self._articles)

    @property
    def passages(self) -> int:
        """How many passages it holds."""
        return len(self._passages)

    @property
    def roll(self) -> Roll:
        """Its people. Raises ValueError where the tables that list them have been changed."""
        if self._unseen:
            self._compare(self._roll.arrays)
        return self._roll

    @property
    def titles(self) -> Titles:
        """What its articles are known by. Raises ValueError as `roll` does."""
        if self._unseen:
            self._compare(self._titles.arrays)
        return self._titles

    @property
    def spoken(self) -> Spoken:
        """The passages of its quotations. Raises ValueError as `roll` does."""
        if self._unseen:
            self._compare(self._spoken.arrays)
        return self._spoken

    @property
    def _id_rows(self) -> NDArray[np.int32]:
        """The rows of `_ids`: by them it is told who sees what. Raises ValueError as `roll`."""
        if self._unseen:
            self._compare({"id_rows": self._rows_by_id})
        return self._rows_by_id

    def _compare(self, tables: Mapping[str, NDArray[Any]]) -> None:
        """Compare tables with what was written, the first time that they are needed."""
        for name in [name for name in tables if name in self._unseen]:
            if self._sums.get(f"{name}.npy", "") != sha256_of_array(tables[name]):
                raise ValueError(f"{name}.npy has been changed since it was written")
            self._unseen.discard(name)

    def row_of(self, article_id: str) -> int | None:
        """The row of an article, or None."""
        place = self._ids.find_sorted(article_id.encode())
        return None if place is None else int(self._id_rows[place])

    def ids(self) -> Iterator[tuple[str, int]]:
        """The articles' ids, ascending, with their rows."""
        for place in range(len(self._ids)):
            yield self._ids[place].decode(), int(self._id_rows[place])

    def first_ids(self, rows: NDArray[np.bool_], most: int) -> list[str]:
        """The ids of the first of these articles, ascending, at most so many."""
        places = np.flatnonzero(rows[self._id_rows])[:most]
        return [self._ids[place].decode() for place in places.tolist()]

    def ids_beginning(self, start: str, rows: NDArray[np.bool_], most: int) -> list[str]:
        """The ids of the first of these articles whose ids begin so, ascending, so many."""
        first, last = self._ids.range_sorted(start.encode(errors="replace"))
        places = first + np.flatnonzero(rows[self._id_rows[first:last]])[:most]
        return [self._ids[place].decode() for place in places.tolist()]

    def id_of(self, row: int) -> str:
        """The id of the article at a row."""
        if self._places is None:
            self._places = np.argsort(self._id_rows).astype(np.int32)
        return self._ids[int(self._places[row])].decode()

    def digest(self, row: int) -> str:
        """The digest that the article was written with."""
        return str(json.loads(self._articles[row])["digest"])

    def article(self, row: int) -> Article:
        """The article at a row. Raises ValueError where its text is not the one written."""
        return read_article(self._articles[row], self._texts[row], self._layout_of(row))

    def _layout_of(self, row: int) -> int:
        start, end, first, last, listed = self._ranges[row].tolist()
        passages = self._passages[first:last]
        if (
            not (0 <= start <= end <= len(self._sentences))
            or not (0 <= first <= last <= len(self._passages))
            or (passages[:, 0] != row).any()
        ):
            raise ValueError("its sentences or passages are another article's")
        return _layout(self._sentences[start:end], passages, start, listed)

    def heading(self, row: int) -> Heading:
        """By what the article at a row is listed; not whether its text is the one written."""
        found = json.loads(self._articles[row])
        # A character takes four bytes at most.
        opening = self._texts[row][: 4 * OPENING].decode(errors="ignore")[:OPENING]
        fields = ("title", "url", "publisher", "author", "published")
        return Heading(found["id"], opening, *(found[field] for field in fields))

    def sentences(
        self, row: int, article: Article, first: int = 0, last: int | None = None
    ) -> tuple[Span, ...]:
        """The article's sentences, from number `first` up to `last`, which is not included."""
        start, end, *_ = self._ranges[row].tolist()
        start, end = start + first, end if last is None else start + last
        return tuple(Span(article, a, b) for a, b in self._sentences[start:end].tolist())

    def locate(self, passages: Sequence[int]) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
        """Of each passage: its article's row, its number there, its sentences' start and end."""
        rows = np.array(passages, dtype=np.int64)
        found = self._passages[rows]
        first_and_last = self._ranges[found[:, 0], 2:4]
        if ((rows < first_and_last[:, 0]) | (rows >= first_and_last[:, 1])).any():
            raise ValueError("a passage is of an article that has not got it")
        numbers = (rows - first_and_last[:, 0]).tolist()
        firsts = self._sentences[found[:, 1]].tolist()
        for (row, first, last), number, alone in zip(found.tolist(), numbers, firsts, strict=True):
            several = last - first > 1
            yield row, number, self._sentences[first:last].tolist() if several else [alone]

    def quotations(self, row: int, article: Article) -> tuple[Quotation, ...]:
        """The article's quotations, in the order in which they were found."""
        return tuple(read_quotation(record, article) for record in json.loads(self._speech[row]))

    def passage_rows(self, row: int) -> tuple[int, int]:
        """The article's passages: the first one's row and the one after the last's."""
        _, _, start, end, _ = self._ranges[row].tolist()
        return start, end

    def count_quotations(self, rows: NDArray[np.bool_]) -> int:
        """How many quotations these articles have."""
        return int(self._ranges[rows, 4].sum())

    def place_of(self, passage: int) -> tuple[int, int, int]:
        """A passage's article row, and its sentences' numbers in that article (from 0)."""
        row, first, last = self._passages[passage].tolist()
        base = int(self._ranges[row][0])
        return row, first - base, last - base

    def named(self, passage: int) -> tuple[str, int]:
        """The id of the article that a passage is of, and its number there, from 0."""
        row = int(self._passages[passage, 0])
        return self.id_of(row), passage - int(self._ranges[row, 2])

    def articles_of(self, passages: NDArray[np.int32]) -> NDArray[np.int64]:
        """The row of the article that each of these passages is of."""
        rows: NDArray[np.int64] = self._passages[passages, 0]
        return rows

    def article_rows(self, passages: NDArray[np.int32]) -> NDArray[np.int64]:
        """The rows of the articles that these passages (ascending) are of, each once."""
        rows = self.articles_of(passages)
        return rows[np.flatnonzero(np.diff(rows, prepend=-1))]

    def passages_of(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The articles' passages: each one's first row, and the one after its last."""
        first, last = self._ranges[rows, 2:4].astype(np.int32).T
        return first, last

    def visible(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """From which articles may be seen to which passages may be."""
        seen: NDArray[np.bool_] = rows[self._passages[:, 0]]
        return seen

    def read(self, row: int) -> Analysed:
        """All that was written about an article."""
        article = self.article(row)
        sentences = self.sentences(row, article)
        start, end = self.passage_rows(row)
        places = [self.place_of(passage) for passage in range(start, end)]
        passages = tuple(Passage.of(sentences[first:last]) for _, first, last in places)
        return Analysed(
            article=article,
            digest=self.digest(row),
            sentences=sentences,
            passages=passages,
            quotations=self.quotations(row, article),
            vectors=self.vectors.rows(start, end),
        )


def _layout(
    sentences: NDArray[np.int64], passages: NDArray[np.int64], first: int, listed: int
) -> int:
    """A CRC-32 of where an article's sentences are and which of them each passage holds.

    `first` is the number of its first sentence: where the article lies is no matter.
    """
    check = zlib.crc32(sentences.tobytes())
    check = zlib.crc32((passages[:, 1:] - first).tobytes(), check)
    return zlib.crc32(listed.to_bytes(8, "little", signed=True), check)


def article_record(article: Article, digest: str, layout: int | None = None) -> bytes:
    """All of an article but its text, in JSON; with the text's SHA-256, and its layout's check."""
    record = {
        "id": article.id,
        "digest": digest,
        "text_sha256": hashlib.sha256(article.text.encode()).hexdigest(),
        "layout": layout,
        "blocks": article.blocks,
        "kept": article.kept,
        "related": [asdict(related) for related in article.related],
        "title": article.title,
        "url": article.url,
        "publisher": article.publisher,
        "author": article.author,
        "published": article.published,
    }
    return json.dumps(record).encode()


def read_article(record: bytes, text: bytes, layout: int | None = None) -> Article:
    """The article of a record. Raises ValueError where text or layout are not those written."""
    found = json.loads(record)
    del found["digest"]
    if found.pop("layout", None) != layout:
        raise ValueError(
            f"the sentences of {found['id']} have been changed since they were written"
        )
    # A letter that has changed on the disk must not be served as the newspaper's.
    if hashlib.sha256(text).hexdigest() != found.pop("text_sha256"):
        raise ValueError(f"the text of {found['id']} has been changed since it was written")
    return Article(
        text=text.decode(),
        blocks=tuple((start, end) for start, end in found.pop("blocks")),
        kept=tuple((start, end) for start, end in found.pop("kept")),
        related=tuple(Related(**related) for related in found.pop("related")),
        **found,
    )


def quotation_record(quotation: Quotation) -> dict[str, Any]:
    """A quotation by offsets, for JSON."""

    def offsets(span: Span | None) -> tuple[int, int] | None:
        return None if span is None else (span.start, span.end)

    return {
        "id": quotation.id,
        "speech": quotation.speech.value,
        "parts": [offsets(part) for part in quotation.parts],
        "context": offsets(quotation.context),
        "speaker": None if quotation.speaker is None else speaker_record(quotation.speaker),
        "confidence": quotation.confidence,
        "mention": offsets(quotation.mention),
        "cue": offsets(quotation.cue),
        "through": [speaker_record(speaker) for speaker in quotation.through],
        "stance": quotation.stance.value,
    }


def read_quotation(record: dict[str, Any], article: Article) -> Quotation:
    """The quotation of a record."""

    def span(offsets: list[int] | None) -> Span | None:
        return None if offsets is None else Span(article, *offsets)

    return Quotation(
        id=record["id"],
        speech=Speech(record["speech"]),
        parts=tuple(Span(article, *part) for part in record["parts"]),
        context=Span(article, *record["context"]),
        speaker=None if record["speaker"] is None else read_speaker(record["speaker"]),
        confidence=record["confidence"],
        mention=span(record["mention"]),
        cue=span(record["cue"]),
        through=tuple(read_speaker(speaker) for speaker in record["through"]),
        stance=Stance(record["stance"]),
    )
