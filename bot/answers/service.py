"""AnswerService: ask, quotes, check, summary; the one door for both front ends.

Plain and synchronous. Reading is safe from several threads: what is mapped does not
change, and a question holds on to the generation that it began with.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from bot.answers.about import MOST_NAMES, choose_article, facts_of, read_about
from bot.answers.abstain import missing_anchors
from bot.answers.answer import (
    About,
    Answer,
    Check,
    Citation,
    Fact,
    FactKind,
    NoAnswer,
    Reason,
    Summary,
    Verdict,
)
from bot.answers.context import named_before, turn_after, with_introduction
from bot.answers.group import copies_among, fold_copies, group_by_article, with_copies
from bot.answers.lexical import Lexical
from bot.answers.listing import Listing
from bot.answers.page import Page
from bot.answers.parts import split_questions
from bot.answers.question import Ask, Question, asks_for_denial, read_question
from bot.answers.quotes import (
    cite_quotations,
    quotation_at,
)
from bot.answers.ranking import Candidate, rank
from bot.answers.sayings import Sayings
from bot.answers.smalltalk import EXAMPLES, examples_from, is_small_talk
from bot.answers.stance import takes_back
from bot.answers.talk import Exchange, Meant, Turn
from bot.answers.understanding import Understanding, encodable, speakers_of
from index.errors import CorpusError
from index.names import keys_for_words
from index.passages import split_passages
from index.scope import EVERYTHING, Scope
from index.search import search
from index.speech import Quotation, Speech
from index.words import terms_of, words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from bot.answers.about import AskedFact
    from bot.answers.answer import Reply
    from bot.answers.ranking import Ranking
    from bot.answers.reader import LateReader
    from config.settings import Settings
    from index.article import Span
    from index.embedding import Embedder
    from index.search import Hit
    from index.store import Store

WORTH_ADDING = 1.0
"""How far a further citation's score (log-odds) may lie below the first one's."""
LOOKED_THROUGH = 2000
"""Articles whose titles are looked through for the one that a question names."""
SURE_OF_WORDS = 0.54
"""The share of the answer that words have to be expected to hold to be marked; the sentence alone
is shown below it. Nine in ten answered questions of the development set reach it."""
_LEXICAL_KEPT = 256
"""Articles whose words are kept counted; one takes some tens of kilobytes."""
COPIES = 50
"""Passages that are looked through for other prints of a sentence: as many as a search gives, and
more articles than an answer can name."""
CHECKED = 20
"""Articles in which words like a quote's are looked for, where nobody prints the quote."""
PRINTED = 100
"""Articles of those that print a quote in which it is compared mark by mark."""

SPOKEN = frozenset({Speech.DIRECT, Speech.MIXED, Speech.INDIRECT})

REMEMBERED = 10
"""Questions of a conversation that a follow-up is understood from."""


class QuestionTooLong(CorpusError):
    """A question is longer than the settings allow; half a question is another question."""

    def __init__(self, length: int, longest: int) -> None:
        super().__init__(
            f"The question is {length:,} characters long; at most {longest:,} are taken."
        )


class NoArticles(CorpusError):
    """A summary was asked for where there is no article."""

    def __init__(self) -> None:
        super().__init__("There is no article here to summarise.")
        self.add_note("Add some:    pullquote index add ARTICLES")


class SeveralArticles(CorpusError):
    """A summary was asked for without saying of which of several articles."""

    def __init__(self, count: int) -> None:
        super().__init__(f"There are {count} articles here; say which one to summarise.")
        self.add_note("See which there are:    pullquote articles")
        self.add_note("Say which:              pullquote summary --article ID")


class AnswerService(Listing):
    """Answers from an open store. `settings` are read, never changed."""

    def __init__(
        self,
        store: Store,
        embedder: Embedder,
        settings: Settings,
        reader: LateReader | None = None,
    ) -> None:
        super().__init__(store, settings)
        self._understanding = Understanding(store, sure=self._sure, is_ordinary=embedder.has_word)
        self._sayings = Sayings(
            store,
            named=self._named,
            person_of=self._understanding.person_of,
            search=self._search,
        )
        self._embedder = embedder
        self._reader = reader
        self._lexical = lru_cache(_LEXICAL_KEPT)(lambda name: Lexical(store.sentences(name)))
        self._passage_sizes = lru_cache(_LEXICAL_KEPT)(
            lambda name: [len(one.sentences) for one in split_passages(store.sentences(name))]
        )

    def warm(self) -> None:
        """Load what the first question would otherwise wait for."""
        self._embedder.encode_query("")
        self.count_voices()
        if self._reader is not None:
            self._reader.load()

    def ask(
        self,
        question: str,
        *,
        scope: Scope = EVERYTHING,
        top: int | None = None,
        history: Sequence[str | Turn] = (),
    ) -> Reply:
        """Answer a question from the articles in scope, with at most `top` citations.

        A question about the article itself is answered by `About`, one for what it is about
        by its `Summary`. `history` are the asker's questions before this one, the latest
        last: "and what about Blinken?" is understood from them; a `Turn` (see `remember`)
        says more than the question as typed. Raises `QuestionTooLong`.
        """
        longest = self._settings.answers.max_question_chars
        if len(question) > longest:
            raise QuestionTooLong(len(question), longest)
        typed = encodable(question)
        meant, changed = self._understanding.understand(typed, scope, history[-REMEMBERED:])
        result = self._answer(meant, scope, top, follows=bool(history))
        folded = " ".join(typed.split())
        if isinstance(result, Summary):
            return result
        if isinstance(result, About):
            return replace(result, question=folded)
        showing = meant.text if changed else None
        if isinstance(result, Answer):
            result = replace(result, citations=self._gone_on(result.citations))
        return replace(result, question=folded, showing=showing)

    def ask_all(
        self,
        question: str,
        *,
        scope: Scope = EVERYTHING,
        top: int | None = None,
        history: Sequence[str | Turn] = (),
    ) -> tuple[Reply, ...]:
        """Answer each question of what was typed by itself; most often there is one.

        A later one may hark back to those before it, as to `history`. Raises `QuestionTooLong`.
        """
        return self.converse(question, scope=scope, top=top, history=history).replies

    def converse(
        self,
        question: str,
        *,
        scope: Scope = EVERYTHING,
        top: int | None = None,
        history: Sequence[str | Turn] = (),
    ) -> Exchange:
        """`ask_all`, with what the next question may hark back to: one call for both.

        Raises `QuestionTooLong`.
        """
        longest = self._settings.answers.max_question_chars
        if len(question) > longest:
            raise QuestionTooLong(len(question), longest)
        results: list[Reply] = []
        turns: list[Turn] = []
        for part in split_questions(question):
            result = self.ask(part, scope=scope, top=top, history=[*history, *turns])
            results.append(result)
            turns.extend(self.remember([result], scope=scope))
        return Exchange(tuple(results), tuple(turns))

    def remember(self, results: Iterable[Reply], *, scope: Scope = EVERYTHING) -> tuple[Turn, ...]:
        """What of these answers the next question may hark back to, as a `history`."""
        return self._understanding.remember(results, scope)

    def _answer(
        self, meant: Meant, scope: Scope, top: int | None, *, follows: bool = False
    ) -> Reply:
        """Answer a question that is put in full."""
        if meant.article is not None:
            within = scope.only(meant.article)
            scope = within if next(self.store.article_ids(within), None) else scope
        asked = read_question(meant.text)
        top = top or self._settings.answers.top
        if about := read_about(asked.text, follows=follows):
            return self._ask_about(asked, about, scope)
        if unasked := self._not_for_the_text(asked, meant, scope):
            return unasked
        if asked.ask is Ask.SPEECH_OF:
            return self._ask_speech(asked, scope, top)
        if asked.ask is Ask.SPEAKER_OF and (answer := self._ask_speaker(asked, scope, top)):
            return answer
        return self._ask_topic(asked, scope, top)

    def _not_for_the_text(self, asked: Question, meant: Meant, scope: Scope) -> NoAnswer | None:
        """Why no article need be looked into: there is none, or nothing clear was asked."""
        if next(self.store.article_ids(scope), None) is None:
            return NoAnswer(asked.text, 0.0, Reason.NO_ARTICLES)
        if not terms_of(asked.text) or is_small_talk(asked.text):
            examples = examples_from(self.most_quoted(scope=scope, limit=EXAMPLES))
            return NoAnswer(asked.text, 0.0, Reason.NOT_A_QUESTION, examples=examples)
        if meant.unclear is not None:
            return NoAnswer(asked.text, 0.0, Reason.UNCLEAR_REFERENCE, about=meant.unclear)
        return None

    def quotes(
        self,
        *,
        speaker: str | None = None,
        about: str | None = None,
        scope: Scope = EVERYTHING,
        speech: Collection[Speech] = SPOKEN,
        most: int | None = None,
    ) -> tuple[Quotation, ...]:
        """The quotations in scope, article by article, in order; of one speaker if asked.

        With a topic only those that are `about` it, as `ask` would cite them. What somebody
        withheld is no quotation of theirs; what they denied or asked is marked as that.
        Empty where nobody of that name is quoted, or not on that. Whoever is not clear is
        not named. With `most` only so many, the latest articles first. Raises `QuestionTooLong`
        for a topic that is.
        """
        longest = self._settings.answers.max_question_chars
        if about is not None:
            if len(about) > longest:
                raise QuestionTooLong(len(about), longest)
            about = encodable(about)
            if not terms_of(about):
                return ()
        people: frozenset[str] | None = None
        within = scope
        if speaker is not None:
            people = frozenset(s.person for s in self._understanding.find(speaker, scope))
            within = Scope(frozenset(self.store.register.articles_with(people, scope)))

        def wanted(quotation: Quotation) -> bool:
            return (
                quotation.is_listed
                and quotation.speech in speech
                and (people is None or self._understanding.person_of(quotation, scope) in people)
            )

        return self._sayings.listed(
            within, wanted, topic=about, least=self._settings.answers.min_score, most=most
        )

    def check(self, quote: str, *, speaker: str | None = None, scope: Scope = EVERYTHING) -> Check:
        """Whether a quote stands in the articles in scope, word for word, and whose it is."""
        from bot.answers.check.verdict import (  # noqa: PLC0415 - 30 ms that `ask` need not pay
            check_quote,
        )

        quote = encodable(quote)
        candidates = self._candidates(quote, speaker, scope)
        checked = check_quote(
            quote,
            speaker,
            list(map(self._page, self.store.read_ahead(candidates))),
            min_confidence=self._sure,
        )
        if checked.verdict is Verdict.NOT_FOUND:
            return checked
        return replace(checked, found=self._gone_on(checked.found))

    def check_message(
        self, message: str, *, scope: Scope = EVERYTHING, most: int | None = None
    ) -> tuple[Check, ...]:
        """Check every quote of a pasted message, each with whoever it says said it.

        A message without quotation marks is one quote. Names are the index's own. With `most`
        only its first quotes are checked.
        """
        from bot.answers.check.claims import split_claims  # noqa: PLC0415

        keys = keys_for_words(words_of(message))
        claims = split_claims(message, speakers_of(self._understanding.voices_called(keys, scope)))
        if not claims:
            return (self.check(message, scope=scope),)
        return tuple(self.check(c.quote, speaker=c.speaker, scope=scope) for c in claims[:most])

    def summary(
        self,
        article_id: str | None = None,
        *,
        scope: Scope = EVERYTHING,
        sentences: int | None = None,
        chars: int | None = None,
    ) -> Summary:
        """The sentences that carry an article: the one named, or the only one in scope.

        At most so many `sentences` (3, where no length is given), and at most so many
        `chars` with a blank between two; one sentence is given however long it is.
        Raises `UnknownArticle`, `SeveralArticles` and `NoArticles`.
        """
        ids = [article_id] if article_id is not None else self._first_ids(scope, 2)
        if not ids:
            raise NoArticles
        if len(ids) != 1:
            raise SeveralArticles(self._count(scope))
        article = self.article(ids[0], scope=scope)
        from bot.answers.summary import LENGTH, MOST, summarise  # noqa: PLC0415

        chosen = summarise(
            self._page(article.id),
            sentences=sentences or (MOST if chars else LENGTH),
            characters=chars,
            vectors=self._sentence_vectors(article.id),
            min_confidence=self._sure,
        )
        return Summary(article, chosen, self.voices(scope=scope.only(article.id)))

    def _ask_about(self, asked: Question, about: AskedFact, scope: Scope) -> Reply:
        if about.kind is FactKind.ARTICLES:
            ids = self._first_ids(scope, MOST_NAMES)
            names = (self.store.article(i).title or i for i in ids)
            titles = tuple(Fact(FactKind.NAMED, name) for name in names)
            return About(asked.text, None, (Fact(FactKind.ARTICLES, self._count(scope)), *titles))
        ids = self._first_ids(scope, LOOKED_THROUGH if about.which else 2)
        if not ids:
            return NoAnswer(asked.text, 0.0, Reason.NO_ARTICLES)
        articles = [self.store.article(i) for i in ids]
        article = choose_article(articles, about.which)
        if article is None:
            return NoAnswer(asked.text, 0.0, Reason.WHICH_ARTICLE)
        if about.kind is FactKind.SUMMARY:
            return self.summary(article.id, scope=scope)
        voices = self.voices(scope=scope.only(article.id))
        return About(asked.text, article, facts_of(article, about.kind, voices))

    def _ask_speech(self, asked: Question, scope: Scope, top: int) -> Answer | NoAnswer:
        who = asked.who or ""
        people = self._understanding.find_each(who, scope)
        if not people:
            unknown = missing_anchors(self.store, scope, f"? {who.title()}")
            reason = Reason.UNKNOWN_NAME if unknown else Reason.NOT_QUOTED
            return self._decline(asked, scope, reason, about=who)
        persons = {speaker.person for speaker in people}
        articles = self.store.register.articles_with(persons, scope)
        denial = asks_for_denial(asked)
        theirs = self._sayings.of_people(
            persons, articles, scope, topic=asked.topic, most=top, every=denial
        )
        if not theirs:
            return self._decline(asked, scope, Reason.NOT_QUOTED, about=who)
        if denial and (denials := [q for q in theirs if takes_back(q)]):
            theirs = denials
        if not asked.topic:
            citations = cite_quotations(self._sayings.introduced(theirs), 1.0)[:top]
            return Answer(asked.text, max(c.score for c in citations), citations)
        by_meaning, fits = self._sayings.fits(theirs, asked.topic, articles)
        scores = {q.id: q.confidence * fits[q.id] for q in theirs}
        score = max(scores.values())
        if not score or score < self._settings.answers.min_score:
            known = scores if score else by_meaning
            nearest = cite_quotations(self._sayings.introduced(theirs), 0.5, by_meaning=known)[:1]
            reason = Reason.NOT_SURE if score else Reason.SILENT_ON_TOPIC
            score = score or max(by_meaning.values(), default=0.0) * 0.5
            return NoAnswer(asked.text, score, reason, nearest, asked.topic)
        chosen = self._sayings.introduced(q for q in theirs if fits[q.id])
        citations = cite_quotations(chosen, 1.0, by_meaning=scores)[:top]
        return Answer(asked.text, score, citations)

    def _ask_speaker(self, asked: Question, scope: Scope, top: int) -> Answer | None:
        share, quotations = self._sayings.holding(asked.topic, scope, top)
        if not quotations:
            return None
        citations = cite_quotations(self._sayings.introduced(quotations), share)[:top]
        return Answer(asked.text, share, tuple(map(_mark_speaker, citations)))

    def _ask_topic(self, asked: Question, scope: Scope, top: int) -> Answer | NoAnswer:
        ranking = self.rank(asked.text, scope=scope)
        if ranking is None:
            return NoAnswer(asked.text, 0.0, Reason.NOTHING_CLOSE)
        score, thresholds = ranking.chance, self._settings.answers
        if score >= thresholds.min_score:
            return Answer(asked.text, score, self._cite_ranked(ranking, top, scope))
        nearest = self._cite_ranked(ranking, 1, scope) if score >= thresholds.near_score else ()
        if missing := missing_anchors(self.store, scope, asked.text):
            return NoAnswer(asked.text, score, Reason.UNKNOWN_NAME, nearest, ", ".join(missing))
        reason = Reason.NOT_SURE if nearest else Reason.NOTHING_CLOSE
        return NoAnswer(asked.text, score, reason, nearest)

    def rank(self, question: str, *, scope: Scope = EVERYTHING) -> Ranking | None:
        """The sentences of the articles in scope that come nearest, best first; None: of none.

        Whether the best is good enough to be said is left to `ask`. An article that prints
        what another was found for, word for word, is not looked at again.
        """
        vector = self._embedder.encode_query(question)
        hits = self._find_passages(question, vector, scope)
        printed = fold_copies(hit.passage.span for hit in hits)
        names = dict.fromkeys(first.article.id for first, _ in printed)
        limits = self._settings.answers
        candidates = [self._candidate(name, vector) for name in list(names)[: limits.articles]]
        if not candidates:
            return None
        return rank(question, candidates, self._reader, windows=limits.windows)

    def _candidate(self, article_id: str, vector: NDArray[np.float32]) -> Candidate:
        cosines = self._sentence_vectors(article_id) @ vector
        return Candidate(
            self.store.sentences(article_id), tuple(cosines.tolist()), self._lexical(article_id)
        )

    def _cite_ranked(self, ranking: Ranking, top: int, scope: Scope) -> tuple[Citation, ...]:
        """The best sentence, and others that come near it, each with the words that answer."""
        best = ranking.ranked[0]
        near = [one for one in ranking.ranked if best.score - one.score <= WORTH_ADDING]
        places = {(one.sentence.article.id, one.sentence.start): one for one in near}
        cited = []
        for first, copies in fold_copies(one.sentence for one in near)[:top]:
            one = places[first.article.id, first.start]
            score = ranking.chance * math.exp(one.score - best.score)
            elsewhere = (*copies, *self._copies(first, scope))
            words = one.marked(sure=SURE_OF_WORDS)
            cited.append(with_copies(self._cite(first, score, words), elsewhere))
        return group_by_article(_each_once(cited))

    def _copies(self, sentence: Span, scope: Scope) -> tuple[Span, ...]:
        """Where else the sentence is printed: in a passage that holds all of its words."""
        if next(islice(self.store.article_ids(scope), 1, None), None) is None:
            return ()
        held = self.store.passages_holding(terms_of(sentence.text), scope, COPIES)
        copies = copies_among((one for passage, _ in held for one in passage.sentences), sentence)
        return tuple(sorted(copies, key=lambda one: (one.article.id, one.start)))

    def _decline(self, asked: Question, scope: Scope, reason: Reason, *, about: str) -> NoAnswer:
        ranking = self.rank(asked.text, scope=scope)
        score = 0.5 * ranking.chance if ranking else 0.0
        nearest: tuple[Citation, ...] = ()
        if ranking and reason is Reason.NOT_QUOTED and score >= self._settings.answers.near_score:
            nearest = self._cite_ranked(ranking, 1, scope)
        return NoAnswer(asked.text, score, reason, nearest, about)

    def _search(self, query: str, scope: Scope) -> tuple[Hit, ...]:
        return self._find_passages(query, self._embedder.encode_query(query), scope)

    def _find_passages(
        self, query: str, vector: NDArray[np.float32], scope: Scope
    ) -> tuple[Hit, ...]:
        weights = self._settings.search
        return search(
            self.store,
            query,
            vector,
            scope=scope,
            limit=weights.candidates,
            dense_weight=weights.dense_weight,
            words_weight=weights.words_weight,
        )

    def _cite(self, sentence: Span, score: float, words: Span | None) -> Citation:
        article_id = sentence.article.id
        quotation = quotation_at(sentence, self.store.quotations(article_id))
        span = with_introduction(sentence, self.store.sentences(article_id))
        return Citation(
            span=span,
            score=min(1.0, score),
            answers=(words,) if words else (sentence,) if span != sentence else (),
            quotation=self._named(quotation) if quotation else None,
        )

    def _first_ids(self, scope: Scope, most: int) -> list[str]:
        return list(islice(self.store.article_ids(scope), most))

    def _count(self, scope: Scope) -> int:
        """How many articles are in scope."""
        if scope.ids is None:
            return self.store.counts()[0]
        return sum(1 for _ in self.store.article_ids(scope))

    def _gone_on(self, citations: Sequence[Citation]) -> tuple[Citation, ...]:
        """The citations, each with what turns its sense right after, where none shows that."""
        told = []
        for citation in citations:
            after = turn_after(citation.span, self.store.sentences(citation.span.article.id))
            shown = after is not None and any(other.span.covers(after) for other in citations)
            told.append(citation if after is None or shown else replace(citation, goes_on=after))
        return tuple(told)

    def _page(self, article_id: str) -> Page:
        return Page(
            self.store.article(article_id),
            self.store.sentences(article_id),
            tuple(q for q in self.store.quotations(article_id) if q.is_listed),
        )

    def _sentence_vectors(self, article_id: str) -> NDArray[np.float32]:
        """A row a sentence: the vector of the passage that holds it."""
        return np.repeat(self.store.vectors(article_id), self._passage_sizes(article_id), axis=0)

    def _candidates(self, quote: str, speaker: str | None, scope: Scope) -> list[str]:
        """The articles in which a quote may stand.

        All of a few; else every one that holds its words in their order, those first that
        quote the claimed speaker; else those that share most, and hold a piece of it.
        """
        ids = self._first_ids(scope, CHECKED + 1)
        if len(ids) <= CHECKED:
            return ids
        from bot.answers.check.claims import split_pieces  # noqa: PLC0415
        from index.find import find_in_order  # noqa: PLC0415

        pieces = split_pieces(quote)
        printed = [list(find_in_order(self.store, scope, piece)) for piece in pieces]
        theirs: set[str] = set()
        if speaker is not None:
            known = self._understanding.voices_of(speaker, scope)
            theirs = {article_id for voice in known for article_id, _ in voice.articles}
        for found in printed:
            found.sort(key=lambda article_id: (article_id not in theirs, article_id))
        most = PRINTED // len(pieces)
        held = [article_id for found in printed for article_id in found[:most]]
        if len(pieces) == 1 and held:
            return held
        hits = self._search(quote, scope)
        like = list(dict.fromkeys(hit.passage.span.article.id for hit in hits))[:CHECKED]
        return list(dict.fromkeys([*held, *like]))


def _each_once(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """The citations less those that a better one shows already, whole."""
    kept: list[Citation] = []
    for citation in citations:
        if not any(other.span.covers(citation.span) for other in kept):
            kept.append(citation)
    return tuple(kept)


def _mark_speaker(citation: Citation) -> Citation:
    """The same citation, with the words that say who speaks as its answer."""
    mention = citation.quotation.mention if citation.quotation else None
    if mention is None or not citation.span.covers(mention):
        return citation
    return replace(citation, answers=(named_before(citation) or mention,))
