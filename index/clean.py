r"""Cleaning: from the text as it was fetched to the text we store, search and quote.

Every character offset in the project counts from the start of the cleaned text, so
this step runs once, before anything is measured, and nothing after it changes a
character. For the same reason it is timid: it drops whole blocks (advertising lines,
links to other stories, sharing and correction footers) and leaves every character of
what it keeps, blanks included, exactly as the newspaper printed it. A teased story's
own paragraph is kept apart, so that it is never quoted as this article's.

    >>> clean_text("Ministers  met.\n\nShare this article\n\nTalks go on.")
    'Ministers  met.\n\nTalks go on.'
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from index.article import Article, Related
from index.errors import SourceError
from index.furniture import Kind, ends_as_prose, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from index.sources import RawArticle

_LINE = re.compile(r"[^\r\n\u2028\u2029]+")
_BLANK: Final = " \t\r\n\f\v\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"  # noqa: E501
_WORD = re.compile(r"[^\W\d_]{3,}")
# A text file wrapped by an editor has lines up to about eighty characters, and nearly every
# line of a paragraph is too full to have taken the next line's first word.
_WRAP_WIDTH: Final = (40, 100)
_WRAPPED_SHARE: Final = 0.8
_ROOM: Final = 0.75
_LONGEST_LINK: Final = 25  # words in a headline
_LONGEST_QUESTION: Final = 14  # and in one that asks
_TEASED: Final = 2  # stems that a teased paragraph shares with a headline printed twice
_TEASED_ONCE: Final = 3  # and with one that is printed once
_MOST_LINKS: Final = 12  # headlines after the head of one block of links


@dataclass(slots=True)
class _Block:
    start: int
    end: int
    text: str
    kind: Kind | None = None
    dropped: bool = False
    related: bool = False


def clean(raw: RawArticle) -> Article:
    """Take the furniture out; SourceError where nothing is left.

    `Article.kept` gives the slices of `raw.text` that the text is made of.
    """
    blocks = _find_blocks(raw.text)
    _judge(blocks)
    if all(block.dropped for block in blocks):
        raise SourceError(
            raw.source, "holds no article, only page furniture", "check the text, or leave it out"
        )
    kept = tuple(_kept(raw.text, blocks))
    text = "".join(raw.text[start:end] for start, end in kept)
    return Article(
        id=raw.id,
        text=text,
        blocks=tuple(_shifted(blocks, kept)),
        kept=kept,
        related=tuple(Related(b.text, b.start) for b in blocks if b.related),
        title=raw.title,
        url=raw.url,
        publisher=raw.publisher,
        author=raw.author,
        published=raw.published,
    )


def clean_text(text: str) -> str:
    """The text without its furniture ("" if nothing is left); no offsets, for a quick look."""
    blocks = _find_blocks(text)
    _judge(blocks)
    if all(block.dropped for block in blocks):
        return ""
    return "".join(text[start:end] for start, end in _kept(text, blocks))


# Blocks


def _find_blocks(text: str) -> list[_Block]:
    """Paragraphs: each line its own, unless the text was wrapped by an editor."""
    lines: list[tuple[int, int]] = []
    joined: list[bool] = []  # whether only a line break stands between a line and the one before
    for match in _LINE.finditer(text):
        start, end = _trimmed(text, match.start(), match.end())
        if start == end:
            if joined:
                lines.append((start, start))
                joined.append(False)
            continue
        near = bool(lines) and lines[-1][0] < lines[-1][1]
        joined.append(near and _breaks(text, lines[-1][1], start) == 1)
        lines.append((start, end))
    if not _is_wrapped(text, lines, joined):
        return [_Block(a, b, text[a:b]) for a, b in lines if a < b]
    width = max(b - a for a, b in lines)
    blocks: list[_Block] = []
    for place, (start, end) in enumerate(lines):
        if start == end:
            continue
        if joined[place] and not _has_room(text, lines[place - 1], start, end, _ROOM * width):
            start = blocks.pop().start  # noqa: PLW2901 - the line continues the block
        blocks.append(_Block(start, end, text[start:end]))
    return blocks


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip(_BLANK))
    return start, max(start, end - (len(piece) - len(piece.rstrip(_BLANK))))


def _breaks(text: str, start: int, end: int) -> int:
    between = text[start:end].replace("\r\n", "\n")
    return sum(between.count(mark) for mark in "\r\n\u2028\u2029")


def _is_wrapped(text: str, lines: Sequence[tuple[int, int]], joined: Sequence[bool]) -> bool:
    width = max((b - a for a, b in lines), default=0)
    pairs = [place for place, near in enumerate(joined) if near]
    least, most = _WRAP_WIDTH
    if not least <= width <= most or len(pairs) < 2:
        return False
    full = sum(not _has_room(text, lines[i - 1], *lines[i], _ROOM * width) for i in pairs)
    return full >= _WRAPPED_SHARE * len(pairs)


def _has_room(text: str, line: tuple[int, int], start: int, end: int, width: float) -> bool:
    """Whether the next line's first word would have fitted after `line`."""
    word = text.find(" ", start, end)
    return (line[1] - line[0]) + 1 + ((end if word < 0 else word) - start) <= width


# What is dropped


def _judge(blocks: Sequence[_Block]) -> None:
    for block in blocks:
        block.kind = kind_of(block.text)
        block.dropped = block.kind is not None
    for before, head, after in zip(blocks, blocks[1:], blocks[2:], strict=False):
        # A headline printed on both sides of a short line heads a block of links, whatever
        # that line says.
        plain = before.kind is None and head.kind is None and after.kind is None
        if (
            plain
            and _same(before.text, after.text)
            and _is_link(after.text)
            and _is_link(head.text)
        ):
            head.kind, head.dropped = Kind.LINKS, True
    spread = cache(lambda: _count_stems(blocks))  # few articles need it
    place = 0
    while place < len(blocks):
        if blocks[place].kind is Kind.LINKS:
            place = _drop_links(blocks, place, spread)
        else:
            place += 1


def _drop_links(blocks: Sequence[_Block], head: int, spread: Callable[[], Counter[str]]) -> int:
    """Drop the headlines that a block of links holds, and set teased paragraphs apart.

    Other stories' headlines follow the head without a full stop; a page often prints the
    first once more before it. The paragraph after such a headline is the other story's if it
    speaks of the same things and the article elsewhere does not.
    """
    place = head + 1
    headlines: list[_Block] = []
    while place < len(blocks) and place <= head + _MOST_LINKS:
        block = blocks[place]
        if block.kind is None:
            if not _is_link(block.text):
                break
            headlines.append(block)
        elif block.kind is Kind.LINKS:
            break
        place += 1
    if not headlines:
        return head + 1
    before = blocks[head - 1] if head else None
    twice = before is not None and any(_same(before.text, h.text) for h in headlines)
    if before is not None and twice:
        headlines.insert(0, before)
    for headline in headlines:
        headline.dropped = True
    if place < len(blocks) and blocks[place].kind is None:
        teased = blocks[place]
        shared = _stems(headlines[-1].text) & _stems(teased.text)
        of_teaser = Counter(stem for b in (teased, *headlines) for stem in _stems(b.text))
        if len(shared) >= (_TEASED if twice else _TEASED_ONCE) and any(
            spread()[stem] == of_teaser[stem] for stem in shared
        ):
            teased.dropped = teased.related = True
    return place


def _count_stems(blocks: Sequence[_Block]) -> Counter[str]:
    """In how many blocks each stem stands."""
    return Counter(stem for block in blocks if block.kind is None for stem in _stems(block.text))


def _is_link(line: str) -> bool:
    """Whether the line can be a headline or a topic in a block of links: prose ends otherwise."""
    most = _LONGEST_LINK if not ends_as_prose(line) else _LONGEST_QUESTION
    return len(line.split()) <= most and (line[-1] in "?!" or not ends_as_prose(line))


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()


def _stems(text: str) -> set[str]:
    """The words' first five letters: enough to see that two lines speak of one thing."""
    return {word[:5].casefold() for word in _WORD.findall(text)} - _COMMON


_COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        """
        about after again all also and any are because been before being between both but can
        could did does during each for from had has have her here hers him his how into its just
        may more most must new not now off only other our out over said says she should some such
        than that the their them then there these they this those throu toward under until was were
        what when where which while who will with would you your one two first last year years day
        week month time peopl state
        """,
    )
)


# Offsets


def _kept(text: str, blocks: Sequence[_Block]) -> Iterator[tuple[int, int]]:
    """The slices that stay; a dropped block takes the blanks after it along."""
    last = max(place for place, block in enumerate(blocks) if not block.dropped)
    start = 0
    for place, block in enumerate(blocks):
        if not block.dropped:
            continue
        if place > last:
            yield start, blocks[last].end
            start = blocks[-1].end
            break
        if start < block.start:
            yield start, block.start
        start = blocks[place + 1].start
    if start < len(text):
        yield start, len(text)


def _shifted(
    blocks: Sequence[_Block], kept: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The kept blocks' offsets in the cleaned text."""
    slices = iter(kept)
    start, end = next(slices)
    at = 0
    for block in blocks:
        if block.dropped:
            continue
        while block.start >= end:
            at += end - start
            start, end = next(slices)
        yield at + block.start - start, at + block.end - start
