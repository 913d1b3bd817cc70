"""Interviews and transcripts: paragraphs whose heading says who speaks.

    Q: Why did you leave?            MODERATOR: Good evening.
    A: I was tired.                  HARDING: Thank you.

One heading alone may be anything ("UPDATE: ..."), so a transcript needs three, of two
speakers at least.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.article import Article

_HEADING = re.compile(r"\s*(Q|A|[A-Z][A-Z.’'-]+(?: [A-Z][A-Z.’'-]+){0,3})[:.] +(?=\S)")
_MIN_TURNS = 3
_QUESTION_AND_ANSWER = {"Q", "A"}


@dataclass(frozen=True, slots=True)
class Turn:
    """A paragraph of a transcript: offsets of the heading and of what is said."""

    block: int
    heading: tuple[int, int]
    start: int
    end: int


def find_turns(article: Article) -> tuple[Turn, ...]:
    """The paragraphs with a speaker's heading; () where the article is no transcript."""
    turns = []
    for block, (start, end) in enumerate(article.blocks):
        match = _HEADING.match(article.text, start, end)
        if match is None or (match[0].rstrip()[-1] == "." and match[1] not in _QUESTION_AND_ANSWER):
            continue
        stop = start + len(article.text[start:end].rstrip())
        if match.end() < stop:
            turns.append(Turn(block, match.span(1), match.end(), stop))
    names = {article.text[turn.heading[0] : turn.heading[1]] for turn in turns}
    return tuple(turns) if len(turns) >= _MIN_TURNS and len(names) > 1 else ()
