"""Questions about an article itself: who wrote it, when, for which paper, how long it is.

They are answered from what the source says of the article, never from its text, and only
where the article itself is plainly meant: "who wrote the letter?" is a question for the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answers.answer import Fact, FactKind
from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.article import Article
    from index.speech import Voice

MOST_NAMES = 10
"""Speakers that are listed when it is asked who is quoted."""

_NAMED = r"(?: (?:about|on|titled|called|headlined|with the title|from) (.+))?"
_ART = rf"(?:the|this|that|your) (?:news )?(?:article|story|piece|news story|news article){_NAMED}"
_OF = rf"(?: (?:of|in|to|for) {_ART})?"
_PAPER = r"(?:newspaper|paper|site|website|publication|outlet|publisher|magazine)"
_URL = r"(?:link|url|web address)"
_IS = r"(?:'s|’s| is| was| are)"

_ASKS: tuple[tuple[FactKind, tuple[str, ...]], ...] = (
    (
        FactKind.AUTHOR,
        (
            rf"who(?:'s| has| had)? (?:wrote|written|authored|penned) (?:{_ART}|this)",
            rf"who{_IS} the (?:author|writer|reporter|journalist)s?(?: (?:of|behind) {_ART})",
            rf"by who(?:m)? was {_ART} written",
            rf"who was {_ART} written by",
        ),
    ),
    (
        FactKind.PUBLISHED,
        (
            rf"when (?:was|is|were) {_ART} (?:published|written|posted|printed|released|updated)",
            rf"when did {_ART} (?:appear|come out|run)",
            rf"how old is {_ART}",
            rf"what{_IS} the (?:publication |publishing )?date of {_ART}",
            r"what(?:'s|’s| is) the (?:publication|publishing) date",
            rf"(?:what|which) (?:date|day|year) (?:is|was) {_ART}(?: (?:from|published|written))?",
        ),
    ),
    (
        FactKind.PUBLISHER,
        (
            rf"(?:which|what) {_PAPER} (?:published|printed|ran|wrote|posted) {_ART}",
            rf"(?:which|what) {_PAPER} (?:is|was) {_ART}(?: (?:from|in|published in|printed in))?",
            rf"who (?:published|printed) {_ART}",
            rf"where (?:was|is) {_ART} (?:published|printed|posted|from)",
            rf"where does {_ART} come from",
            rf"what(?:'s|’s| is) the source of {_ART}",
        ),
    ),
    (
        FactKind.WORDS,
        (
            rf"how long is {_ART}",
            rf"how many (?:words|paragraphs) does {_ART} have",
            rf"how many (?:words|paragraphs)(?: are)?(?: there)?(?: are)? in {_ART}",
            rf"what(?:'s|’s| is) the length of {_ART}",
        ),
    ),
    (
        FactKind.TITLE,
        (
            rf"what(?:'s|’s| is| was) (?:the|its) (?:title|headline){_OF}",
            rf"what(?:'s|’s| is) {_ART} called",
            rf"(?:the )?(?:title|headline) of {_ART}",
        ),
    ),
    (
        FactKind.LINK,
        (
            rf"(?:what(?:'s|’s| is)|where(?:'s|’s| is)) (?:the|a) {_URL}(?: (?:of|to|for) {_ART})?",
            rf"(?:give me|show me|do you have) (?:the|a) {_URL}(?: (?:of|to|for) {_ART})?",
            rf"(?:a |the )?(?:link|url) (?:of|to|for) {_ART}",
            rf"where can (?:i|we|one) (?:read|find) {_ART}",
        ),
    ),
    (
        FactKind.QUOTED,
        (
            rf"who(?:m)?(?: all)? (?:is|are|was|were) quoted(?: (?:in|by) {_ART})?",
            rf"how many people (?:are|were) quoted(?: in {_ART})?",
            rf"who (?:speaks|talks) in {_ART}",
            rf"who are the speakers(?: (?:in|of) {_ART})?",
        ),
    ),
    (
        FactKind.ARTICLES,
        (
            r"how many articles (?:are there|do you (?:know|have)|have you (?:read|got))(?: here)?",
            r"(?:what|which) articles (?:are there|do you (?:know|have)|have you read)(?: here)?",
            r"(?:list|show)(?: me)? (?:all |the |your |all the )?articles",
        ),
    ),
    (
        FactKind.SUMMARY,
        (
            rf"what(?:'s|’s| is| was) (?:{_ART}|this)(?: all)? about",
            rf"(?:can you |could you |please )?summari[sz]e(?: (?:{_ART}|it|this))?(?: please)?",
            r"tl;?\s?dr",
            rf"(?:give me |show me |write )?(?:a |the )?(?:short |brief )?summary{_OF}",
            rf"sum (?:up (?:{_ART}|it|this)|(?:{_ART}|it|this) up)",
            rf"(?:what are )?(?:the )?(?:main|key) (?:points|takeaways|facts){_OF}",
        ),
    ),
)
_IT = r"(?:this|that|it)"
_PRINTED = r"(?:published|written|posted|printed)"
_ASKS_OF_IT: tuple[tuple[FactKind, tuple[str, ...]], ...] = (
    (
        FactKind.AUTHOR,
        (
            rf"who(?:'s| has| had)? (?:wrote|written|authored|penned) {_IT}",
            rf"who was {_IT} written by",
            rf"by who(?:m)? was {_IT} written",
            rf"who{_IS} the (?:author|writer) of {_IT}",
        ),
    ),
    (FactKind.PUBLISHED, (rf"when (?:was|is) {_IT} (?:{_PRINTED}|released|updated)",)),
    (
        FactKind.PUBLISHER,
        (rf"who (?:published|printed) {_IT}", rf"where (?:was|is) {_IT} (?:published|printed)"),
    ),
)
"""Asked of the article only where nothing was talked of before that "it" may mean."""


def _compiled(
    asks: tuple[tuple[FactKind, tuple[str, ...]], ...],
) -> tuple[tuple[FactKind, re.Pattern[str]], ...]:
    return tuple(
        (kind, re.compile(f"^{pattern}$", re.IGNORECASE)) for kind, some in asks for pattern in some
    )


_PATTERNS = _compiled(_ASKS)
_PATTERNS_OF_IT = _compiled(_ASKS_OF_IT)


@dataclass(frozen=True, slots=True)
class AskedFact:
    """What is asked of an article; `which` are the words that name it, if any do."""

    kind: FactKind
    which: str | None


def read_about(typed: str, *, follows: bool = False) -> AskedFact | None:
    """What a question asks about the article itself; None for any other question.

    Where it `follows` another question, "it" may be a book that was talked of there.
    """
    plain = " ".join(typed.split()).rstrip(" ?!.…")
    for kind, pattern in _PATTERNS if follows else _PATTERNS + _PATTERNS_OF_IT:
        if found := pattern.match(plain):
            return AskedFact(kind, next(filter(None, found.groups()), None))
    return None


def choose_article(articles: Sequence[Article], which: str | None) -> Article | None:
    """The article that is meant: the only one, or the one whose title or id has all the words."""
    if len(articles) == 1:
        return articles[0]
    wanted = set(words_of(which or "")) - {"the", "a", "an", "of", "in"}
    if not wanted:
        return None
    fitting = [
        article
        for article in articles
        if wanted <= set(words_of(f"{article.title or ''} {article.id}"))
    ]
    return fitting[0] if len(fitting) == 1 else None


def facts_of(article: Article, kind: FactKind, voices: Sequence[Voice]) -> tuple[Fact, ...]:
    """What the source says; a value of None where it does not. `voices` are the article's."""
    if kind is FactKind.WORDS:
        words = sum(len(article.text[start:end].split()) for start, end in article.blocks)
        return (Fact(FactKind.WORDS, words), Fact(FactKind.PARAGRAPHS, len(article.blocks)))
    if kind is FactKind.QUOTED:
        names = tuple(Fact(FactKind.QUOTED, v.speaker.name) for v in voices[:MOST_NAMES])
        return (Fact(FactKind.PEOPLE, len(voices)), *names)
    told = {
        FactKind.AUTHOR: article.author,
        FactKind.PUBLISHED: article.published,
        FactKind.PUBLISHER: article.publisher,
        FactKind.TITLE: article.title,
        FactKind.LINK: article.url,
    }
    return (Fact(kind, told[kind]),)
