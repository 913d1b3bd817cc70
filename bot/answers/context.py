"""Context: what has to stand beside a sentence for it to be understood alone."""

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


# A sentence that opens so takes back, or narrows, what was said before it; so does one in which
# "however" or "though" stands between commas after a few words.
_TURNS = re.compile(
    r"""[\s"'“‘«„(\[–—-]*
    (?: but\b
      | yet\b(?!\s+(?:another|again|more|others?|to|unnamed)\b)
      | however(?=,|\s+(?:the|he|she|they|it|we|i|there|this|that|these|those|a|an|some|its|his
          |her|their)\b)
      | (?:nevertheless|nonetheless|even\s+so|that\s+said|still|then\s+again|all\s+the\s+same
          |by\s+contrast|in\s+contrast|on\s+the\s+other\s+hand|conversely|on\s+the\s+contrary),
      | (?:[^\s,]+\s+){0,5}[^\s,]+,\s+(?:however|though|nevertheless|nonetheless),
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_TURNS_INSIDE = re.compile(
    r"[\s,;:”’\"'–—-]*(?=(?:but|yet|although|though|however)\b)", re.IGNORECASE
)
_ENDS = re.compile(r"[.?!…][\s\"'“”’»)\]]*$")


def turn_after(span: Span, sentences: Sequence[Span]) -> Span | None:
    """What is printed right after the span, where it turns its sense; None where it does not.

    The rest of its last sentence ("…, but only until June"), or else the whole next one
    ("However, …"). A headline is no sentence.
    """
    following = next((sentence for sentence in sentences if sentence.end > span.end), None)
    if following is None:
        return None
    if following.start < span.end:
        rest = _TURNS_INSIDE.match(following.text, span.end - following.start)
        return Span(span.article, following.start + rest.end(), following.end) if rest else None
    text = following.text
    return following if _TURNS.match(text) and _ENDS.search(text) else None
