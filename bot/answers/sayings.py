"""Sayings: the quotations that can answer, and no more read for them than has to be.

In a large index somebody is quoted in hundreds of articles, and as many hold most of the words of
"who said that ...". What tables tell is asked first; of the rest articles are read in the order
of the answer, until nothing that is left could stand in it. What comes out is what reading
everything gives (`tests/test_much_quoted.py`, `tests/test_spoken.py`).
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from itertools import groupby, islice
from typing import TYPE_CHECKING

from bot.answers.abstain import telling_terms
from bot.answers.context import with_speaker
from bot.answers.quotes import (
    ABOUT_WORDS,
    cite_quotations,
    fit_of,
    score_by_hits,
    shared_words,
)
from index.scope import Scope
from index.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from index.search import Hit
    from index.speech import Quotation
    from index.store import Store

SAME_WORDS = 0.6
"""The part of a saying's telling words that a quotation has to hold to be that saying."""
READ_WHOLE = 100
"""Articles of somebody up to which all are read for what they said."""
READ_AT_ONCE = 32
"""Articles that are read at first where not all may have to be; then twice as many each time."""
NARROWED = 2000
"""Articles up to which a scope is made of those that quote a word: what it sees is kept."""
LATEST_AT_ONCE = 256
"""The latest articles that are looked up at first; then four times as many each time."""


class Sayings:
    """Reads quotations from an open store.

    `named` leaves out a speaker who is not clear, `person_of` says whose words a quotation is in
    a scope, and `search` finds what is near a topic in one.
    """

    def __init__(
        self,
        store: Store,
        *,
        named: Callable[[Quotation], Quotation],
        person_of: Callable[[Quotation, Scope], str | None],
        search: Callable[[str, Scope], Sequence[Hit]],
    ) -> None:
        self._store = store
        self._named = named
        self._person_of = person_of
        self._search = search

    def read(self, articles: Iterable[str]) -> Iterator[Quotation]:
        """All quotations of these articles, article by article."""
        for article_id in self._store.read_ahead(articles):
            yield from map(self._named, self._store.quotations(article_id))

    def introduced(self, quotations: Iterable[Quotation]) -> tuple[Quotation, ...]:
        """The quotations, each in sentences that say who "he" is."""
        known = tuple(quotations)
        ids = dict.fromkeys(q.context.article.id for q in known)
        sentences = {i: self._store.sentences(i) for i in self._store.read_ahead(ids)}
        return tuple(
            replace(q, context=with_speaker(q, sentences[q.context.article.id])) for q in known
        )

    def of_people(
        self,
        persons: Collection[str],
        articles: Sequence[str],
        scope: Scope,
        *,
        topic: str = "",
        most: int,
        every: bool = False,
    ) -> list[Quotation]:
        """The quotations of these people in these articles that an answer can be made of.

        What can be about the topic, where there is one; else the `most` that are shown first.
        Of few articles it is all there is, and where `every` one counts.
        """

        def read(some: Iterable[str]) -> list[Quotation]:
            return [q for q in self.read(some) if self._person_of(q, scope) in persons]

        if every or len(articles) <= READ_WHOLE:
            return read(articles)
        if topic:
            about, _ = self._about_it(Scope(frozenset(articles)), topic)
            if found := read(self._store.article_ids(about)):
                return found
        theirs = self._until_shown(
            1 if topic else most, articles, lambda some: [(1.0, q) for q in read(some)], bound=1.0
        )
        return [quotation for _, quotation in theirs]

    def listed(
        self,
        scope: Scope,
        wanted: Callable[[Quotation], bool],
        *,
        topic: str | None = None,
        least: float = 0.0,
        most: int | None = None,
    ) -> tuple[Quotation, ...]:
        """The quotations in scope that are wanted, by article, each article's in its order.

        With a topic those about it: none where no attribution, times how well it fits, is `least`.
        With `most` no more than so many, of the latest articles first, and no more is read.
        """

        def read(some: Scope) -> Iterator[Quotation]:
            ids = self._store.article_ids(some) if most is None else self._latest(some)
            return filter(wanted, self.read(ids))

        if topic is None:
            # `islice` takes no larger number than that.
            return tuple(islice(read(scope), None if most is None else min(most, sys.maxsize)))
        about, near = self._about_it(scope, topic)
        found: list[Quotation] = []
        best = 0.0
        for quotation in read(about):
            meaning = score_by_hits([quotation], near).get(quotation.id, 0.0)
            if fit := fit_of(quotation, topic, meaning):
                found.append(quotation)
                best = max(best, quotation.confidence * fit)
            if most is not None and len(found) >= most and best >= least:
                break
        return tuple(found[:most]) if best >= least else ()

    def fits(
        self, quotations: Sequence[Quotation], topic: str, articles: Collection[str]
    ) -> tuple[dict[str, float], dict[str, float]]:
        """How near each quotation (by id) comes to a topic by meaning, and how well it fits it.

        Of very many `articles` that they were chosen from, what is nearest is told by all.
        """
        held = (
            articles if len(articles) > READ_WHOLE else [q.context.article.id for q in quotations]
        )
        by_meaning = score_by_hits(quotations, self._search(topic, Scope(frozenset(held))))
        return by_meaning, {q.id: fit_of(q, topic, by_meaning.get(q.id, 0.0)) for q in quotations}

    def holding(self, topic: str, scope: Scope, most: int) -> tuple[float, list[Quotation]]:
        """The share of a topic's words that a quotation holds at most, and those that hold it.

        Only what somebody said counts, from `SAME_WORDS` on: 0 and none where nobody did. By
        article, and no more than the `most` that are shown first have to be there.
        """
        telling = telling_terms(topic)
        if not telling:
            return 0.0, []
        least = next(n for n in range(len(telling) + 1) if n / len(telling) >= SAME_WORDS)
        held = sorted(self._store.articles_quoting(telling, least, scope), key=lambda one: -one[1])

        def read(some: Iterable[str]) -> list[tuple[float, Quotation]]:
            return [
                (share, quotation)
                for quotation in self.read(some)
                if quotation.speaker is not None
                and quotation.is_said
                and (share := shared_words(quotation, topic)) >= SAME_WORDS
            ]

        found: list[tuple[float, Quotation]] = []
        best = 0.0
        for count, articles in groupby(held, key=lambda one: one[1]):
            bound = count / len(telling)
            # What is left holds fewer of the words than the best that was found.
            if bound < best:
                break
            ids = [article_id for article_id, _ in articles]
            found += self._until_shown(most, ids, read, bound=bound)
            best = max((share for share, _ in found), default=0.0)
        chosen = [quotation for share, quotation in found if share == best]
        return best, sorted(chosen, key=lambda quotation: quotation.context.article.id)

    def _until_shown(
        self,
        most: int,
        articles: Sequence[str],
        read: Callable[[Iterable[str]], list[tuple[float, Quotation]]],
        *,
        bound: float,
    ) -> list[tuple[float, Quotation]]:
        """What is read of the articles, each with its share, until nothing more can be shown.

        None has a larger share than `bound`, and of those that have it words that are quoted are
        shown first, by article: once there are so many of these, all others come after them.
        """
        found: list[tuple[float, Quotation]] = []
        shown, first, count = 0, 0, READ_AT_ONCE
        while first < len(articles) and shown < most:
            more = read(articles[first : first + count])
            found += more
            shown += self._shown_first(q for share, q in more if share == bound)
            first, count = first + count, 2 * count
        return found

    def _shown_first(self, quotations: Iterable[Quotation]) -> int:
        """How many citations of quoted words they make, as they are shown: some join."""
        return sum(
            one.quotation is not None
            and one.quotation.is_said
            and one.speech is not Speech.INDIRECT
            for one in cite_quotations(self.introduced(quotations), 1.0)
        )

    def _about_it(self, scope: Scope, topic: str) -> tuple[Scope, Sequence[Hit]]:
        """Those of the articles in scope in which a quotation can be about a topic; see `fit_of`.

        It holds enough of the topic's words, or some of them and is near it in meaning. Second,
        what is near it: where few enough quote one of the words, in these alone, so that
        articles that quote nobody take no place there.
        """
        telling = set(telling_terms(topic))
        if not telling:
            return scope, ()
        least = max(1, math.ceil(ABOUT_WORDS * len(telling)))
        quoting = dict(self._store.articles_quoting(telling, 1, scope))
        few = len(quoting) <= NARROWED
        near = self._search(topic, Scope(frozenset(quoting)) if few else scope)
        held = {article_id for article_id, count in quoting.items() if count >= least}
        return Scope(frozenset(held.union(hit.passage.span.article.id for hit in near))), near

    def _latest(self, scope: Scope) -> Iterator[str]:
        """The ids of the articles in scope, the latest first; so many more each time."""
        given, count = 0, LATEST_AT_ONCE
        while True:
            known, ids = self._store.newest((), scope, count)
            yield from ids[given:]
            given, count = len(ids), 4 * count
            if given >= known:
                return
