"""What was shown once, looked up again: citations by where they stood, as far as they still do.

Nothing of an article is kept with an answer, so that what was withdrawn, or may no longer be
seen, cannot be shown from memory. Words of a text that has changed count only where the
very same sentences still stand in it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.answers.answer import Citation
from bot.answers.context import turn_after
from bot.chat import texts
from bot.chat.shown import text_hash
from index.article import Span
from index.errors import UnknownArticle
from index.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.chat.client import PullquoteBot
    from bot.chat.shown import CitedPlace
    from index.scope import Scope


class Refused(Exception):
    """A press that does nothing; its text says why, yet to be said in a language."""


async def recall(
    bot: PullquoteBot, places: Sequence[CitedPlace], scope: Scope
) -> tuple[tuple[Citation, ...], str | None]:
    """What still stands as it was cited, and may be seen; what to say of articles that changed.

    Raises `Refused` where none is left.
    """
    citations: list[Citation] = []
    lost = moved = False
    for place in places:
        try:
            article = await bot.answers.article(place.article_id, scope=scope)
        except UnknownArticle:
            continue
        here: CitedPlace | None = place
        if text_hash(article) != place.sha256:
            here = await asyncio.to_thread(place.moved_to, article)
        citation = await _cite(bot, here, scope) if here is not None else None
        if citation is None:
            lost = True
        else:
            citations.append(citation)
            moved = moved or (here is not None and here.moved)
    if not citations:
        raise Refused(texts.ARTICLE_CHANGED if lost else texts.ARTICLE_GONE)
    whole = await asyncio.to_thread(_gone_on, citations)  # that reads articles from end to end
    return whole, texts.changed_since(stands=moved, lost=lost)


async def _cite(bot: PullquoteBot, place: CitedPlace, scope: Scope) -> Citation | None:
    """The citation again; None where the speech that it was cited for is no longer found there."""
    article = await bot.answers.article(place.article_id, scope=scope)
    if text_hash(article) != place.sha256:
        return None
    span = Span(article, place.start, place.end)
    parts = tuple(Span(article, start, end) for start, end in place.answers)
    if place.quotation is None:
        return Citation(span, 0.0, parts)
    quotations = await bot.answers.quoted(place.article_id, scope=scope)
    quotation = next((one for one in quotations if place.is_for(one)), None)
    if quotation is None or quotation.context.article.text != article.text:
        return None
    if place.speech is not None:
        quotation = replace(quotation, speech=place.speech)
    return Citation(span, 0.0, parts, quotation)


def _gone_on(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """The citations, each with what turns its sense right after in the article as it is now."""
    told = []
    for citation in citations:
        after = turn_after(citation.span, split_sentences(citation.span.article))
        shown = after is not None and any(other.span.covers(after) for other in citations)
        told.append(citation if after is None or shown else replace(citation, goes_on=after))
    return tuple(told)
