"""Listing: what the articles in scope hold, to look through and to choose from.

Articles, people and quotations by the page, and what is offered while one types; nothing
is asked here, and what is given costs what is shown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.answers.catalogue import Catalogue, Shelf
from index.article import Heading
from index.errors import UnknownArticle
from index.scope import EVERYTHING, Scope
from index.words import words_of

if TYPE_CHECKING:
    from config.settings import Settings
    from index.article import Article
    from index.speech import Quotation, Speaker, Voice
    from index.store import Store

MOST_WORDS = 30
"""Words typed, above which nothing goes by them: each one is looked up."""


class Listing:
    """Lists from an open store. `settings` are read, never changed."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self._settings = settings

    @property
    def _sure(self) -> float:
        """How sure an attribution must be for somebody to count as its speaker."""
        return self._settings.speech.min_confidence

    def articles(self, scope: Scope = EVERYTHING) -> tuple[Article, ...]:
        """The articles in scope, by id."""
        return tuple(self.store.articles(scope))

    def article(self, article_id: str, *, scope: Scope = EVERYTHING) -> Article:
        """One article. Raises `UnknownArticle`, also for one outside the scope."""
        if not scope.allows(article_id):
            raise UnknownArticle(article_id)
        return self.store.article(article_id)

    def quoted(self, article_id: str, *, scope: Scope = EVERYTHING) -> tuple[Quotation, ...]:
        """All speech of one article, listed or not. Raises `UnknownArticle` like `article`."""
        self.article(article_id, scope=scope)
        return tuple(map(self._named, self.store.quotations(article_id)))

    def speakers(
        self, typed: str = "", *, scope: Scope = EVERYTHING, limit: int = 25
    ) -> tuple[Speaker, ...]:
        """Speakers to choose from as a name is typed, most quoted first.

        Under any name; after those, under a role. Only the last word may be unfinished.
        """
        words = _typed_words(typed)
        return () if words is None else self.store.register.begun(words, scope, self._sure, limit)

    def most_quoted(self, *, scope: Scope = EVERYTHING, limit: int = 1) -> tuple[Speaker, ...]:
        """Those who are quoted most, without where: however often, none of it is read."""
        known = self.store.register.begun((), scope, self._sure, limit)
        return known[: self.count_voices(scope=scope)]

    def voices(
        self, *, scope: Scope = EVERYTHING, first: int = 0, most: int | None = None
    ) -> tuple[Voice, ...]:
        """Who is quoted how often and where, most quoted first; only those who are clear.

        All of them, or at most so many from a place on (from 0), which costs what is given.
        """
        if most is None:
            everybody = self.store.register.voices(scope, self._sure)
            return tuple(voice for voice in everybody if voice.quotations)[first:]
        page = self.store.register.most_quoted(scope, self._sure, first, most)
        return tuple(voice for voice in page if voice.quotations)

    def count_voices(self, *, scope: Scope = EVERYTHING) -> int:
        """How many people are quoted; only those who are clear."""
        return self.store.register.counts(scope, self._sure)[1]

    def headings(
        self, typed: str = "", *, scope: Scope = EVERYTHING, limit: int = 25
    ) -> tuple[Heading, ...]:
        """Articles to choose from as a title is typed, each lot by id.

        First those whose id begins so, then those whose name does, then those that go by the words
        typed: of their title, paper and id; only the last one may be unfinished.
        """
        words, start = _typed_words(typed), typed.strip()
        if words is None:
            return ()
        ids = self.store.ids_beginning(start, scope, limit) if start else []
        if len(ids) < limit and (words or not start):
            ids += self.store.articles_known_by(words, scope, limit)
        ids = list(dict.fromkeys(ids))[:limit]
        return tuple(map(Heading.of, map(self.store.article, self.store.read_ahead(ids))))

    def newest(self, typed: str = "", *, scope: Scope = EVERYTHING, limit: int = 200) -> Shelf:
        """The latest of the articles that go by what is typed (see `headings`), and how many do."""
        words = _typed_words(typed)
        if words is None or (typed.strip() and not words):
            return Shelf(0, (), ())
        count, ids = self.store.newest(words, scope, limit)
        articles = map(self.store.article, self.store.read_ahead(ids))
        return Shelf(count, tuple(map(Heading.of, articles)), tuple(map(self._count_said, ids)))

    def _count_said(self, article_id: str) -> int:
        """How many quotations of an article are somebody's who is clear, and said."""
        quotations = self.store.quotations(article_id)
        return sum(q.is_said for q in quotations if self.speaker_is_clear(q))

    def catalogue(self) -> Catalogue:
        """Which articles the open generation holds, to be kept by whoever asks in scopes."""
        ids = frozenset(self.store.article_ids())
        return Catalogue(self.store.generation, self.store.built, ids)

    def speaker_is_clear(self, quotation: Quotation) -> bool:
        """Whether the attribution is sure enough to put a name to."""
        return quotation.speaker is not None and quotation.confidence >= self._sure

    def _named(self, quotation: Quotation) -> Quotation:
        """The quotation, its speaker left out where the attribution is not clear."""
        return quotation if self.speaker_is_clear(quotation) else replace(quotation, speaker=None)


def _typed_words(typed: str) -> tuple[str, ...] | None:
    """The words typed, each once, and last the one that may be unfinished; None: too many."""
    *whole, last = words_of(typed) or [""]
    words = (*dict.fromkeys(whole), last) if last else ()
    return words if len(words) <= MOST_WORDS else None
