r"""A text as words to compare: the normalised copy, with the way back to the offsets.

Two texts are the same copy when their words are the same and so are the marks between
the words. A word's key forgets case, the Unicode form (NFC, ligatures, full width), soft
hyphens and the shape of an apostrophe, and nothing else: no letter, digit or accent.
The marks between two words forget quotation marks, blanks, the length of a dash and
ellipses. Every word keeps its offsets, so whatever is found is shown from the text.

A number is one word with its sign, separators, currency and per cent sign: 6% is not 6,
and 1,000 is not 1000.

    >>> read_words("“Don’t pay  £1,000 – or 6 %,” he said.").keys
    ["don't", 'pay', '£1,000', 'or', '6%', 'he', 'said']
    >>> read_words("“Don’t pay  £1,000 – or 6 %,” he said.").gaps
    ['', '', '', '-', '', ',', '']
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# What takes no room on the page: soft hyphen, zero-width characters, direction marks.
_UNSEEN = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_APOSTROPHES = "'’‘ʼ＇`´′ʹ"


def _combining() -> str:
    """The ranges of combining marks, as they are written in a character class."""
    blocks = (range(0x300, 0x2100), range(0xA660, 0xAC00), range(0xFB1E, 0xFB1F))
    marks = [c for block in blocks for c in block if unicodedata.category(chr(c))[0] == "M"]
    ranges: list[list[int]] = []
    for code in [*marks, *range(0xFE00, 0xFE10), *range(0xFE20, 0xFE30)]:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARKS = _combining()
_RUN = rf"[^\W_]+(?:[{_MARKS}{_UNSEEN}]+[^\W_]*)*"
_WORD = re.compile(
    rf"""
    (?<![^\W_])[^\W\d_]\.(?:[^\W\d_]\.)*[^\W\d_](?![^\W_])\.?     # U.S.
    | (?=[^\W\d_]){_RUN}(?:[{_APOSTROPHES}]{_RUN})*                # a word
    | (?:(?<![\w.)\]%])[-−–](?=[$€£¥₴₽₹]?\d))?                    # a number: its sign,
    (?:[$€£¥₴₽₹][ \xa0\u202f]?)?\d+(?:[.,:/]\d+)*                 # currency and digits,
    (?:[ \xa0\u202f]?[%‰]|(?:{_RUN})?(?:[{_APOSTROPHES}]{_RUN})*)  # and what hangs on it
    """,
    re.VERBOSE,
)
_KEEP_COMPATIBLE = ("<compat>", "<wide>", "<narrow>", "<initial>", "<medial>", "<final>")
_DROPPED = re.compile(rf"[\s{_UNSEEN}{_APOSTROPHES}\"“”„‟«»‹›‚‛″＂〝〞「」『』*_~>|\\]")
_DASHES = re.compile("[-‐‑‒–—―−﹘﹣－]+")
_DOTS = re.compile(r"…|\.{2,}")


@dataclass(frozen=True, eq=False)
class Words:
    """The words of a text in order; `gaps[i]` are the marks that stand before word `i`."""

    text: str = field(repr=False)
    keys: list[str]
    gaps: list[str]
    starts: array[int]
    ends: array[int]

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where each word stands."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, key in enumerate(self.keys):
            places[key].append(place)
        return dict(places)

    @cached_property
    def joined(self) -> tuple[str, list[int]]:
        """The keys between blanks, and where each begins."""
        return join_keys(self.keys)

    def within(self, start: int, end: int) -> range:
        """The words that lie wholly between two offsets of the text."""
        first = bisect.bisect_left(self.starts, start)
        return range(first, max(first, bisect.bisect_right(self.ends, end)))

    def is_glued(self, place: int) -> bool:
        """Whether word `place` hangs on the one before it, as in “anti-war” and “2015–16”."""
        if not 0 < place < len(self.keys):
            return False
        between = self.text[self.ends[place - 1] : self.starts[place]]
        if any(mark.isspace() for mark in between):
            return False
        numbers = self.keys[place - 1][-1].isdigit() and self.keys[place][0].isdigit()
        return between in {"-", "‐", "‑", "&", "@", "/"} or (numbers and between in {"–", "−"})


def _letters(char: str) -> str:
    """A compatibility form spelt out, where that changes how it looks and nothing it says."""
    form = unicodedata.decomposition(char)
    # ² and ½ would become digits of the number before them.
    if form.startswith(_KEEP_COMPATIBLE) and form.split()[1] != "0020":
        return unicodedata.normalize("NFKC", char)
    return char


@lru_cache(maxsize=65_536)
def _key(word: str) -> str:
    """The word with its typography forgotten."""
    if not word.isascii():
        word = re.sub(rf"[{_UNSEEN}\s]", "", word)
        word = re.sub(rf"[{_APOSTROPHES}]", "'", word)
        word = "".join(map(_letters, unicodedata.normalize("NFC", word)))
        word = unicodedata.normalize("NFC", word.lower()).replace("ς", "σ")
        word = re.sub("[−–]", "-", word)
        return word.rstrip(".")
    return word.lower().replace("`", "'").replace(" ", "").rstrip(".")


@lru_cache(maxsize=4096)
def _marks(gap: str) -> str:
    """What of the stretch between two words must be the same in a copy."""
    kept = _DROPPED.sub("", "".join(map(_letters, gap)))
    return _DASHES.sub("-", _DOTS.sub("", kept))


def join_keys(keys: Sequence[str]) -> tuple[str, list[int]]:
    """Put keys end to end, a blank before and after each; and where each begins."""
    at, offsets = 1, []
    for key in keys:
        offsets.append(at)
        at += len(key) + 1
    return f" {' '.join(keys)} ", offsets


def read_words(text: str) -> Words:
    """Split a text into words. Takes time in proportion to its length."""
    if len(text) <= _LONGEST_KEPT:
        return _kept(text)
    return _read(text)


# An index asks again and again about the same few articles; a novel is read afresh.
_LONGEST_KEPT = 100_000


def _read(text: str) -> Words:
    keys: list[str] = []
    gaps: list[str] = []
    starts, ends = array("L"), array("L")
    at = 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        gap = text[at:start]
        keys.append(_key(match.group()))
        # No copy repeats a long stretch of odd marks, so its beginning will do.
        gaps.append("" if gap == " " or not at else _marks(gap[:200]))
        starts.append(start)
        ends.append(end)
        at = end
    return Words(text, keys, gaps, starts, ends)


_kept = lru_cache(maxsize=256)(_read)
