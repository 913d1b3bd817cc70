r"""Quotation marks: which stretches of an article stand between them.

The scanner reads the printed characters only, one paragraph at a time and each
character once, so its time grows with the text and nothing else. A mark's part is told
from its neighbours (an opening mark has a blank before it and a word behind it) and
from its shape, in that order where they disagree, because newspapers' systems mix the
shapes up. Apostrophes, feet and inches are not marks.

    >>> text = "“Go,” she said. It’s 6'2\"."
    >>> [text[s.start : s.end] for s in find_stretches(text, ((0, len(text)),))]
    ['Go,']
"""

# ruff: noqa: C901, PLR0912, PLR2004
# (weights and distances are read where they stand; a rule is one function, however many cases)
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DOUBLE = {"“": "open", "”": "close", '"': "", "„": "open", "‟": "open", "«": "open", "»": "close",
           "″": "", "＂": "", "「": "open", "」": "close", "『": "open", "』": "close"}  # fmt: skip
_SINGLE = {"‘": "open", "’": "close", "'": "", "‚": "open", "‹": "open", "›": "close", "`": "open"}
_BEFORE_OPENING = "([{—–-…:;,/¿¡*_>|"
_AFTER_CLOSING = ")]}.,;:!?—–-…/*_<|"
_ELIDED = {"tis", "twas", "em", "til", "cause", "bout", "n", "round", "cuz"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """What stands between one pair of outermost marks, the marks themselves left out.

    `outer_start` and `outer_end` include the marks. `closed` is False where the paragraph
    ends first; `continues` is True where the next paragraph opens with a mark again.
    """

    start: int
    end: int
    outer_start: int
    outer_end: int
    block: int
    style: str
    closed: bool = True
    continues: bool = False


@dataclass(frozen=True, slots=True)
class _Mark:
    at: int
    width: int
    part: str  # "open", "close", or "" where only the order can tell
    style: str


def find_stretches(text: str, blocks: Sequence[tuple[int, int]]) -> tuple[Stretch, ...]:
    """The quoted stretches of the paragraphs `blocks`, outermost only, in order.

    Single marks count only in an article that uses them and hardly any double ones; else
    they are taken for quotations inside quotations, or for words held at arm's length.
    """
    doubles: list[Stretch] = []
    for number, (start, end) in enumerate(blocks):
        reopened = number + 1 < len(blocks) and _opens(text, *blocks[number + 1])
        doubles.extend(_pair(text, number, end, _doubles(text, start, end), reopened=reopened))
    singles: list[Stretch] = []
    if any(mark in text for mark in _SINGLE):
        for number, (start, end) in enumerate(blocks):
            reopened = number + 1 < len(blocks) and _opens(text, *blocks[number + 1], single=True)
            marks = _singles(text, start, end)
            singles.extend(_pair(text, number, end, marks, reopened=reopened))
    if len(singles) > 2 * len(doubles):
        return tuple(singles)
    return tuple(doubles)


def _opens(text: str, start: int, end: int, *, single: bool = False) -> bool:
    """Whether the paragraph begins with an opening mark."""
    while start < end and text[start].isspace():
        start += 1
    marks = _SINGLE if single else _DOUBLE
    if text[start : start + 2] == "''":
        return not single
    return start + 1 < end and text[start] in marks and not text[start + 1].isspace()


def _neighbours(text: str, start: int, end: int, at: int, width: int) -> tuple[str, str]:
    before = text[at - 1] if at > start else " "
    after = text[at + width] if at + width < end else " "
    return before, after


def _part(before: str, after: str, shape: str) -> str:
    """Which part a mark plays between these neighbours; its own shape decides when they do not."""
    free_before = before.isspace() or before in _BEFORE_OPENING
    free_after = after.isspace() or after in _AFTER_CLOSING
    if before.isspace() and not after.isspace() and after not in ".,;:!?)":
        return "open"
    if after.isspace() and not before.isspace():
        return "open" if shape == "open" and before in "([{" else "close"
    if free_before and not free_after:
        return "open"
    if free_after and not free_before:
        return "close"
    return shape


def _doubles(text: str, start: int, end: int) -> Iterator[_Mark]:
    at = start
    while at < end:
        char = text[at]
        width = 2 if char in "'`’‘" and text[at + 1 : at + 2] == char and at + 1 < end else 1
        if width == 2:
            shape = {"`": "open", "‘": "open", "’": "close"}.get(char, "")
            before, after = _neighbours(text, start, end, at, 2)
            if after == char:  # ''' : a single mark inside a double one
                inner_first = not before.isspace()
                at += 1 if inner_first else 0
                before, after = _neighbours(text, start, end, at, 2)
                if after == char:
                    after = text[at + 3] if at + 3 < end else " "
            yield _Mark(at, 2, _part(before, after, shape), "''")
        elif char in _DOUBLE:
            before, after = _neighbours(text, start, end, at, 1)
            if char in '"″' and before.isdigit() and (after.isspace() or after in ",.;)x-"):
                yield _Mark(at, 1, "inch", char)
            else:
                yield _Mark(at, 1, _part(before, after, _DOUBLE[char]), char)
        at += width


def _singles(text: str, start: int, end: int) -> Iterator[_Mark]:
    at = start
    while at < end:
        char = text[at]
        if char in _SINGLE:
            before, after = _neighbours(text, start, end, at, 1)
            if char in {after, before}:
                pass
            elif (before.isspace() or before in '([—–“"') and (after.isalpha() or after in "[…."):
                word = text[at + 1 : at + 9].lower()
                word = word[: next((i for i, c in enumerate(word) if not c.isalpha()), len(word))]
                if word not in _ELIDED:
                    yield _Mark(at, 1, "open", char)
            elif not before.isspace() and not before.isdigit() and not after.isalnum():
                # After an s it may be a possessive, as in "the senators' bill".
                doubtful = before in "sz" and after.isspace()
                yield _Mark(at, 1, "maybe" if doubtful else "close", char)
        at += 1


def _pair(
    text: str, block: int, end: int, marks: Iterator[_Mark], *, reopened: bool
) -> Iterator[Stretch]:
    found = list(marks)
    closers_after = 0
    later_closer = [False] * len(found)
    for place in range(len(found) - 1, -1, -1):
        later_closer[place] = closers_after > 0
        if found[place].part == "open":
            closers_after = 0
        elif found[place].part in {"close", ""}:
            closers_after += 1
    opened: _Mark | None = None
    depth = 0
    for place, mark in enumerate(found):
        part = mark.part
        if part in {"inch", "maybe"}:
            # It closes what is open unless a clearer mark follows to do that.
            part = "close" if opened and not later_closer[place] else "skip"
        if not part:
            part = "close" if opened else "open"
        if part == "open":
            if opened is None:
                opened, depth = mark, 1
            elif later_closer[place] and _closes_twice(found, place):
                depth += 1
            else:
                # The one before was never closed: what it held cannot be told.
                opened, depth = mark, 1
        elif part == "close" and opened is not None:
            depth -= 1
            if depth == 0:
                stretch = _stretch(text, block, opened, mark.at, mark.at + mark.width)
                if stretch:
                    yield stretch
                opened = None
    if opened is not None:
        stretch = _stretch(text, block, opened, end, end)
        if stretch and (reopened or len(stretch_words(text, stretch)) > 2):
            yield replace(stretch, closed=False, continues=reopened)


def stretch_words(text: str, stretch: Stretch) -> list[str]:
    """The first words of a stretch, enough to tell how short it is."""
    return text[stretch.start : min(stretch.end, stretch.start + 200)].split()


def _closes_twice(found: Sequence[_Mark], place: int) -> bool:
    """Whether two closing marks follow the opening one at `place` before another opening."""
    following = [mark.part for mark in found[place + 1 : place + 3]]
    return len(following) == 2 and "open" not in following


def _stretch(text: str, block: int, opened: _Mark, end: int, outer_end: int) -> Stretch | None:
    start = opened.at + opened.width
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if not any(text[i].isalnum() for i in range(start, end)):
        return None
    return Stretch(start, end, opened.at, outer_end, block, opened.style)
