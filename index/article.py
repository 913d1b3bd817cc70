"""Article, Paragraph and Span: the stored text, and views onto it by offsets.

Everything that is ever shown as a newspaper's words is a `Span`, so what is shown
is a slice of what was stored; no other module holds a copy of an article's text.
Offsets count Unicode code points from the start of the cleaned text.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Related:
    """A teased story that stood in the article's page: kept apart, never quoted as the article."""

    text: str
    source_start: int


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it is stored.

    `blocks` are its paragraphs' offsets, in order and without overlap. `kept` maps the
    text to its source: pairs of source offsets whose slices, put end to end, are `text`.
    `published` is a date or date and time in ISO 8601. What a source does not say is None.
    """

    id: str
    text: str = field(repr=False)
    blocks: tuple[tuple[int, int], ...] = field(repr=False)
    kept: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    related: tuple[Related, ...] = field(default=(), repr=False)
    title: str | None = None
    url: str | None = None
    publisher: str | None = None
    author: str | None = None
    published: str | None = None

    def __post_init__(self) -> None:
        at = 0
        for start, end in self.blocks:
            if not at <= start < end <= len(self.text):
                raise ValueError(f"block {start}:{end} of {self.id} is out of order or outside")
            at = end

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """The paragraphs, numbered from 1."""
        return tuple(
            Paragraph(number, Span(self, start, end))
            for number, (start, end) in enumerate(self.blocks, start=1)
        )

    def paragraph_at(self, offset: int) -> Paragraph:
        """The paragraph that `offset` lies in (or, between two, the one before it)."""
        place = max(0, bisect.bisect_right(self.blocks, offset, key=lambda block: block[0]) - 1)
        start, end = self.blocks[place]
        return Paragraph(place + 1, Span(self, start, end))

    def source_offset(self, offset: int) -> int:
        """Where the character at `offset` of the text stands in the source."""
        for start, end in self.kept:
            if offset < end - start:
                return start + offset
            offset -= end - start
        raise ValueError(f"{self.id} has no source for this offset")


OPENING = 200
"""Characters of its text by which an article without a title is known."""


@dataclass(frozen=True, slots=True)
class Heading:
    """An article as it is named in a list; `text` is the beginning of its text, no more."""

    id: str
    text: str = ""
    title: str | None = None
    url: str | None = None
    publisher: str | None = None
    author: str | None = None
    published: str | None = None

    @classmethod
    def of(cls, one: Article) -> Heading:
        """The heading of an article."""
        opening = one.text[:OPENING]
        return cls(one.id, opening, one.title, one.url, one.publisher, one.author, one.published)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an article's text, by character offsets; `end` is not included."""

    article: Article
    start: int
    end: int

    def __post_init__(self) -> None:
        size = len(self.article.text)
        if not 0 <= self.start < self.end <= size:
            raise ValueError(f"{self.start}:{self.end} is outside {self.article.id} (0:{size})")

    @property
    def text(self) -> str:
        """The words, as printed."""
        return self.article.text[self.start : self.end]

    @property
    def paragraph(self) -> int:
        """The number of the paragraph that it starts in, from 1."""
        return self.article.paragraph_at(self.start).number

    def covers(self, other: Span) -> bool:
        """Whether `other` lies wholly inside, in the same article."""
        return (
            self.article.id == other.article.id
            and self.start <= other.start
            and other.end <= self.end
        )

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character of the same article."""
        return (
            self.article.id == other.article.id
            and self.start < other.end
            and other.start < self.end
        )


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph and its number in the article, from 1."""

    number: int
    span: Span


def join(spans: tuple[Span, ...]) -> Span:
    """The one span from the first's start to the last's end (what lies between included)."""
    if len(spans) == 1:
        return spans[0]
    return Span(spans[0].article, min(s.start for s in spans), max(s.end for s in spans))
