"""Several articles: what was printed in more than one counts once, and each keeps together."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.answers.answer import Citation
    from index.article import Span


def copies_among(sentences: Iterable[Span], sentence: Span) -> tuple[Span, ...]:
    """Those that say the same word for word, whatever their marks and capitals."""
    words = words_of(sentence.text)
    return tuple(one for one in sentences if words_of(one.text) == words)


def fold_copies(sentences: Iterable[Span]) -> tuple[tuple[Span, tuple[Span, ...]], ...]:
    """Each sentence once, in order of its first print, with where else it stands word for word."""
    found: dict[tuple[str, ...], list[Span]] = {}
    for sentence in sentences:
        found.setdefault(tuple(words_of(sentence.text)), []).append(sentence)
    return tuple((first, tuple(rest)) for first, *rest in found.values())


def group_by_article(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """The best citation's article first, then the others', newest first; each in its order.

    An article whose date is not known comes after those whose is.
    """
    if not citations:
        return ()
    best = citations[0].span.article.id
    rank = {citation.span.article.id: i for i, citation in reversed(list(enumerate(citations)))}

    def newest(citation: Citation) -> tuple[bool, str, int]:
        article = citation.span.article
        return (article.published is not None, article.published or "", -rank[article.id])

    own = [c for c in citations if c.span.article.id == best]
    others = sorted((c for c in citations if c.span.article.id != best), key=newest, reverse=True)
    grouped = [list(group) for _, group in groupby(others, key=lambda c: c.span.article.id)]
    return (*own, *(citation for group in grouped for citation in group))


def with_copies(citation: Citation, copies: Sequence[Span]) -> Citation:
    """The citation, naming the other articles that print the same sentence."""
    also = {copy.article.id: copy for copy in copies if copy.article.id != citation.span.article.id}
    return replace(citation, also=tuple(also.values())) if also else citation
