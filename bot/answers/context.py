"""Context: what has to stand before a sentence for it to be understood alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.article import Span, join
from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.answers.answer import Citation
    from index.speech import Quotation

# A sentence that opens so points back: to a person, or to something just mentioned.
_POINTS_BACK = re.compile(
    r"[“\"‘'(\[—–\s-]*(?:(?:But|And|So|Yet|Still|Then|However|Instead|Also|Meanwhile|Later),? )?"
    r"(?:he|she|they|it|his|her|their|its|this|that|these|those|both|neither|such|"
    r"the (?:latter|former|two|three|pair|duo|couple|trio|same|agreement|deal|move|decision|plan|"
    r"report|ruling|statement|announcement|incident|attack|proposal|measure|meeting|vote|man|woman|"
    r"boy|girl|suspect|victim)(?! (?:of|between|by|on|in|with|who|that|for|from)\b))\b",
    re.IGNORECASE,
)
INTRODUCED_BY = 2
"""Sentences that are added at most."""
INTRODUCED = 600
"""Characters that a citation has with them at most."""


def with_introduction(passage: Span, sentences: Sequence[Span]) -> Span:
    """The passage with the sentence before it, where it opens by pointing back; as printed.

    Where that one points back too, so does its own come along. None across articles.
    """
    before = [sentence for sentence in sentences if sentence.end <= passage.start]
    span = passage
    for sentence in reversed(before[-INTRODUCED_BY:]):
        if not _POINTS_BACK.match(span.text) or span.end - sentence.start > INTRODUCED:
            break
        span = join((sentence, span))
    return span


_PRONOUN = re.compile(r"he|she|they|it|who", re.IGNORECASE)
LOOKED_BACK = 2
"""Sentences before words of "he said" in which the speaker's name is looked for."""


def with_speaker(quotation: Quotation, sentences: Sequence[Span]) -> Span:
    """A quotation's sentences, from the one that names its speaker where they say "he said".

    As printed, and never across articles; unchanged where no sentence near before names them.
    """
    speaker, mention, context = quotation.speaker, quotation.mention, quotation.context
    if speaker is None or mention is None or not _PRONOUN.fullmatch(mention.text):
        return context
    names = [words_of(name) for name in (speaker.name, *speaker.aliases)]
    lasts = {name[-1] for name in names if name}
    if lasts & set(words_of(context.text)):
        return context
    before = [sentence for sentence in sentences if sentence.end <= context.start]
    for sentence in reversed(before[-LOOKED_BACK:]):
        if lasts & set(words_of(sentence.text)):
            return join((sentence, context))
    return context


def named_before(citation: Citation) -> Span | None:
    """Where a citation prints the name of whom its "he" means; None where nothing has to be."""
    mention = citation.quotation.mention if citation.quotation else None
    if citation.speaker is None or mention is None or not _PRONOUN.fullmatch(mention.text):
        return None
    text = mention.article.text
    for name in (citation.speaker.name, *citation.speaker.aliases):
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        if found := pattern.search(text, citation.span.start, mention.start):
            return Span(mention.article, found.start(), found.end())
    return None
