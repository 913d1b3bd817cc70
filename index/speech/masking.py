"""Masking: the words that the parser reads in place of an article's own.

Quoted sentences mislead a parser about the sentence that they stand in, so each is
replaced with a stand-in of one short clause; a quoted fragment belongs to the sentence
around it, so it keeps its words and loses its marks. The map back to the article's
offsets is kept, because nothing found in the masked text may be shown.
"""

# ruff: noqa: PLR2004
# (weights and distances are read where they stand; a rule is one function, however many cases)
from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.speech.lexicon import SPEECH_VERB_FORMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.speech.marks import Stretch

STAND_IN = "Yes"
_WORD = re.compile(r"[^\W\d_][\w’'.-]*")
_SENTENCE_END = re.compile(r"(?<=[a-z])[.?!](?=\s+[A-Z])")
_MAX_TAIL = 160


@dataclass(frozen=True, slots=True)
class Masked:
    """A paragraph as the parser reads it.

    `pieces` are (offset in `text`, offset in the article, whether they run in step), in
    order. `full` are the places of the stretches that a stand-in stands for, as offsets in
    `text` of the stand-in word; `fragments` the offsets in `text` of the words that kept
    their place. Both are keyed by the stretch's number in the article.
    """

    text: str
    pieces: tuple[tuple[int, int, bool], ...]
    full: dict[int, int]
    fragments: dict[int, tuple[int, int]]

    def to_article(self, offset: int) -> int:
        """Where the character at `offset` of the masked text stands in the article."""
        place = bisect.bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1
        masked, original, in_step = self.pieces[max(0, place)]
        return original + (offset - masked if in_step else 0)


def mask(text: str, start: int, end: int, stretches: Sequence[tuple[int, Stretch]]) -> Masked:
    """The paragraph `start:end` with its quoted stretches (numbered, in order) masked."""
    out: list[str] = []
    pieces: list[tuple[int, int, bool]] = []
    full: dict[int, int] = {}
    fragments: dict[int, tuple[int, int]] = {}
    size = 0

    def copy(begin: int, stop: int) -> None:
        nonlocal size
        if begin < stop:
            pieces.append((size, begin, True))
            out.append(text[begin:stop].replace("\n", " ").replace("\u00a0", " "))
            size += stop - begin

    at = start
    for number, stretch in stretches:
        copy(at, stretch.outer_start)
        if is_whole(text, start, stretch):
            pieces.append((size, stretch.start, False))
            full[number] = size + 1
            stand_in = f'"{STAND_IN}{_ending(text, end, stretch)}"'
            out.append(stand_in)
            size += len(stand_in)
        else:
            before = size
            copy(stretch.start, stretch.end)
            # A sentence that ends inside a fragment would end the reporter's too.
            out[-1] = _SENTENCE_END.sub(",", out[-1])
            fragments[number] = (before, size)
        at = stretch.outer_end
    copy(at, end)
    if not pieces:
        pieces.append((0, start, True))
    return Masked("".join(out), tuple(pieces), full, fragments)


def is_whole(text: str, block_start: int, stretch: Stretch) -> bool:
    """Whether a stretch is a sentence or more of its own, not a part of the reporter's."""
    content = text[stretch.start : stretch.end]
    first = next((c for c in content[:40] if c.isalnum()), "a")
    before = text[max(block_start, stretch.outer_start - 40) : stretch.outer_start].rstrip()
    if not before:
        return True
    if before[-1] in ",:" and (first.isupper() or first.isdigit() or before[-1] == ":"):
        return True
    if not (first.isupper() or content[0] in "[.…"):
        # "..., he said, "but when you look close, it's hot air.": the second half of one.
        return before[-1] in ",—–-" and len(content) > 60 and content[-1] in ".?!"
    if before[-1] in '.?!”"’)':
        return True
    return len(content.split()) > 3 and content[-1] in ".,?!…—-"


def _ending(text: str, end: int, stretch: Stretch) -> str:
    """The mark that ends the stand-in: a comma where the reporter's sentence runs on."""
    last = text[stretch.end - 1]
    if not stretch.closed:
        return "."
    tail = text[stretch.outer_end : min(end, stretch.outer_end + _MAX_TAIL)]
    first = next((c for c in tail if not c.isspace()), "")
    if not first:
        return "." if last in ".?!,…—–-" or stretch.end else last
    if first in ",;:.?!)—–-":
        return ""
    if last in ",—–" or first.islower():
        return ","
    if last in "?!…-" and _says(tail):
        return ","
    return "." if last in ".?!…" else ""


def _says(tail: str) -> bool:
    """Whether a sentence that tells who spoke follows: a verb of speech soon, and nothing more."""
    sentence = re.split(
        r"[.?!:;“\"]\s|[.?!]$", tail.replace("Mr. ", "Mr ").replace("Mrs. ", "Mrs ")
    )[0]
    words = _WORD.findall(sentence)
    return any(word.lower() in SPEECH_VERB_FORMS for word in words[:6]) and len(words) < 22
