"""Context: what has to stand before a sentence for it to be understood alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.article import Span, join

if TYPE_CHECKING:
    from collections.abc import Sequence

# A sentence that opens so points back: to a person, or to something just mentioned.
_POINTS_BACK = re.compile(
    r"[“\"‘'(\[—–\s-]*(?:(?:But|And|So|Yet|Still|Then|However|Instead|Also|Meanwhile),? )?"
    r"(?:he|she|they|it|his|her|their|its|this|that|these|those|"
    r"the (?:latter|former|two|pair|duo|agreement|deal|move|decision|plan|report|ruling))\b",
    re.IGNORECASE,
)


def with_introduction(passage: Span, sentences: Sequence[Span]) -> Span:
    """The passage with the sentence before it, where it opens by pointing back; as printed.

    One sentence is added at the most, and none across articles.
    """
    if not _POINTS_BACK.match(passage.text):
        return passage
    before = [sentence for sentence in sentences if sentence.end <= passage.start]
    return join((before[-1], passage)) if before else passage
