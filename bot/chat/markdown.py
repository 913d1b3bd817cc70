r"""Text as Discord shows it: escaped, quoted, bold, and never longer than there is room.

The newspaper's words are shown as they are printed: the only characters put among them
are backslashes, which Discord does not show, bold markers, and the `> ` of each line. A
text that is too long is cut between words. Lengths are counted in UTF-16 units, which is
never less than what Discord counts.

    >>> escape("@everyone [free](https://x.example)")
    '\\@everyone \\[free\\]\\(https\\://x.example\\)'
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from index.article import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    _Fits = Callable[[int], bool]

MAX_URL = 512

# Discord drops a backslash before any character that is neither a letter, a digit nor a
# blank, so marks are escaped wherever they stand, and those of lists at the start of a line.
_MARKS = re.compile(
    r"""
      [\\*_~`|<>\[\]()@\#]              # emphasis, code, spoilers, links, mentions, headings
    | :(?=\S)                           # addresses (https://), emoji names
    | (?<![^\n\r\v\f\x85\u2028\u2029])  # at the start of a line:
      (?:[^\S\n]*(?P<bullet>[-+])|[^\S\n]*\d+(?P<number>[.)]))
    """,
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\([^\w\s]|_)")
_WORD = re.compile(r"\S+")
_BLANKS = re.compile(r"\s+")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_MOST_MARKS = 3  # combining marks on one letter; Vietnamese and Hebrew need no more
_URL_SAFE = "%/:=&?~#+!$,;'@-._"


def size(text: str) -> int:
    """How much room a text takes, in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def escape(text: str) -> str:
    """The text with a backslash before whatever Discord would take for Markdown."""
    places = _escapes(text)
    return "".join(f"\\{c}" if place in places else c for place, c in enumerate(text))


def unescape(text: str) -> str:
    """What was escaped, as it was before."""
    return _ESCAPED.sub(r"\1", text)


def _escapes(text: str) -> set[int]:
    """Where a backslash is needed before a character."""
    return {match.start(match.lastgroup or 0) for match in _MARKS.finditer(text)}


def block_quote(span: Span, *, bold: Sequence[Span] = ()) -> str:
    """The words of a span as a block quote, those of `bold` in bold (where they overlap it)."""
    text = span.text
    escaped = _escapes(text)
    opens, closes = _bold_ends(span, bold)
    out = ["> "]
    for place, character in enumerate(text):
        if place in opens:
            out.append("**")
        out.append(f"\\{character}" if place in escaped else character)
        if place + 1 in closes:
            out.append("**")
        if character == "\n":
            out.append("> ")
    return "".join(out)


def _bold_ends(span: Span, bold: Sequence[Span]) -> tuple[set[int], set[int]]:
    """Where bold begins and ends, from the span's start: on one line each, at no blank.

    Stretches that touch become one: Discord does not read `**a****b**`.
    """
    wanted = [False] * (span.end - span.start)
    for part in bold:
        if part.overlaps(span):
            for place in range(max(part.start, span.start), min(part.end, span.end)):
                wanted[place - span.start] = True
    opens, closes = set(), set()
    for line in re.finditer(r"[^\n]+", span.text):
        for start, end in _runs(wanted, line.start(), line.end()):
            stretch = span.text[start:end]
            if stripped := stretch.strip():
                first = start + stretch.index(stripped[0])
                opens.add(first)
                closes.add(first + len(stripped))
    return opens, closes


def _runs(wanted: Sequence[bool], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretches of `wanted` between two places."""
    edges = [
        place for place in range(start, end) if place == start or wanted[place] != wanted[place - 1]
    ]
    for first, last in pairwise([*edges, end]):
        if wanted[first]:
            yield first, last


def cut(span: Span, room: int, *, bold: Sequence[Span] = ()) -> tuple[Span, ...]:
    """The span in stretches whose block quotes fit into `room`, cut between words.

    Only the blanks between two stretches are left out. A single word that does not fit
    (nothing that is printed; a trick) is cut between letters.
    """
    words = [
        (span.start + match.start(), span.start + match.end())
        for match in _WORD.finditer(span.text)
    ]
    if not words or size(block_quote(span, bold=bold)) <= room:
        return (span,)
    stretches: list[Span] = []
    first = 0
    while first < len(words):
        start = words[first][0]

        def fits(end: int, start: int = start) -> bool:
            return size(block_quote(Span(span.article, start, end), bold=bold)) <= room

        last = _last_that(fits, [end for _, end in words[first:]])
        if last is None:
            end = _inside_word(span, words[first], fits)
            words[first] = (end, words[first][1])
        else:
            end = words[first + last][1]
            first += last + 1
        stretches.append(Span(span.article, start, end))
    return tuple(stretches)


def _inside_word(span: Span, word: tuple[int, int], fits: _Fits) -> int:
    start, end = word
    ends = range(start + 1, end)
    end = ends[_last_that(fits, ends) or 0]
    clear = end
    while clear > start + 1 and _joins(span.article.text[clear]):
        clear -= 1
    return clear if clear > start + 1 else end


def _joins(character: str) -> bool:
    """Whether a character belongs to the one before it."""
    return unicodedata.category(character) in {"Mn", "Me", "Mc", "Cf"}


def _last_that(fits: _Fits, ends: Sequence[int]) -> int | None:
    """The place of the last end that fits; those that fit come before those that don't."""
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        if fits(ends[middle]):
            low = middle + 1
        else:
            high = middle
    return low - 1 if low else None


def label(text: str, room: int) -> str:
    """A name or a title on one line of at most `room`, cut between words where it must be.

    It stays as printed, but for blanks; marks that turn the direction of writing are kept
    from reaching what stands beside it. It is not escaped.
    """
    shown = shorten(text, room - 2)
    turns = any(c in _BIDI or unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in shown)
    return f"\u2068{shown}\u2069" if turns else shown


def shorten(text: str, room: int) -> str:
    """A text on one line of at most `room`, with an ellipsis where it was cut."""
    line = _BLANKS.sub(" ", text).strip()
    if size(line) <= room:
        return line
    kept = ""
    for word in line.split(" "):
        longer = f"{kept} {word}" if kept else word
        if size(longer) >= room:
            break
        kept = longer
    if not kept:
        for character in line:
            if size(kept + character) >= room:
                break
            kept += character
    return f"{kept}…"


def typed(text: str, room: int) -> str:
    """What somebody typed, fit to be shown: one line, no control marks, no towers of accents.

    Not for the newspaper's words, which are shown as they are. It is not escaped.
    """
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category in {"Cc", "Zl", "Zp"}:
            kept.append(" ")
        elif category not in {"Cf", "Cs", "Co", "Cn"} and marks <= _MOST_MARKS:
            kept.append(character)
    return label("".join(kept), room)


def bounded(make: Callable[[str, int], str], text: str, room: int) -> str:
    """What `label` (or `typed`) makes of a text, so that it fits the room even when escaped."""
    made = make(text, room)
    return made if size(escape(made)) <= room else make(text, room // 2)


def web_address(url: str | None) -> str | None:
    """The address as it may stand in a link, or None where it is no web page's or too long.

    An address that is too long with its text fragment is given without.
    """
    if url is None:
        return None
    for candidate in (url, url.partition("#")[0]):
        try:
            parts = urlsplit(candidate)
            plain = parts.scheme in {"http", "https"} and parts.hostname and not parts.username
        except ValueError:
            return None
        if not plain or any(c.isspace() or not c.isprintable() for c in candidate):
            return None
        address = quote(candidate, safe=_URL_SAFE)
        if len(address) <= MAX_URL:
            return address
    return None


def link(text: str, url: str | None) -> str | None:
    """A link with a fixed text of ours; None where there is no address to open."""
    address = web_address(url)
    return f"[{text}]({address})" if address else None
