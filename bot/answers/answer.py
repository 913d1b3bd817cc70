"""What can be said: values that both front ends lay out, and neither changes.

Not knowing is a result too (`NoAnswer`). Citations are in order, best first; a front
end numbers, escapes and lays them out, and adds no word of its own about the news.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from index.speech import Quotation, Speaker, Speech, Voice

if TYPE_CHECKING:
    from index.article import Article, Span


class Reason(StrEnum):
    """Why a question was not answered."""

    NOT_A_QUESTION = "not_a_question"
    NO_ARTICLES = "no_articles"
    NOTHING_CLOSE = "nothing_close"
    NOT_SURE = "not_sure"
    UNKNOWN_NAME = "unknown_name"
    NOT_QUOTED = "speaker_not_quoted"
    SILENT_ON_TOPIC = "speaker_silent_on_topic"
    WHICH_ARTICLE = "which_article"
    UNCLEAR_REFERENCE = "unclear_reference"


@dataclass(frozen=True, slots=True)
class Citation:
    """A sentence, or the run of sentences needed to understand it, as printed.

    `answers` are the parts of `span` that reply, in order (none: the whole of it does).
    `quotation` is the speech it is cited for; None for the reporter's own account.
    `score` is 0..1. `also` are the same words in other articles (a wire story in ten papers
    is cited once). `goes_on` is what is printed right after, where it turns the sense ("But …").
    """

    span: Span
    score: float
    answers: tuple[Span, ...] = ()
    quotation: Quotation | None = None
    also: tuple[Span, ...] = ()
    goes_on: Span | None = None

    @property
    def speech(self) -> Speech:
        """How the words stand in the article."""
        return self.quotation.speech if self.quotation else Speech.NARRATION

    @property
    def speaker(self) -> Speaker | None:
        """Whose words they are; None for narration, and when it is not clear."""
        return self.quotation.speaker if self.quotation else None


@dataclass(frozen=True, slots=True)
class Answer:
    """The articles answer: what they print, best first.

    `showing` is the question as it was understood, where that is another than was typed: a
    name's spelling set right, or a follow-up put in full.
    """

    question: str
    score: float
    citations: tuple[Citation, ...]
    showing: str | None = None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The articles do not answer, or not surely enough.

    `nearest` is what came closest, to be offered as that and nothing more. `about` is what
    the reason speaks of: the names or numbers that are unknown, whoever is not quoted, the
    topic that they are silent on, or the word that nothing explains. `examples` are questions
    that could be asked instead. `showing` as in `Answer`.
    """

    question: str
    score: float
    reason: Reason
    nearest: tuple[Citation, ...] = ()
    about: str | None = None
    examples: tuple[str, ...] = ()
    showing: str | None = None


class FactKind(StrEnum):
    """What can be told of an article beside its text."""

    AUTHOR = "author"
    PUBLISHED = "published"
    PUBLISHER = "publisher"
    TITLE = "title"
    LINK = "link"
    WORDS = "words"
    PARAGRAPHS = "paragraphs"
    PEOPLE = "people_quoted"
    QUOTED = "quoted"
    ARTICLES = "articles"
    NAMED = "article"
    SUMMARY = "summary"
    """Asked for only: what it is about is told in its own sentences, by a `Summary`."""

    @property
    def label(self) -> str:
        """Its name as the terminal shows it: "People quoted"."""
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known of an article; None where its source does not say."""

    kind: FactKind
    value: str | int | None


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an article itself, or (None) of the articles: no word of it is printed text.

    A title or a name stands in it as the source gives it; dates are ISO 8601.
    """

    question: str
    article: Article | None
    facts: tuple[Fact, ...]


class Verdict(StrEnum):
    """Whether a quote stands in the articles."""

    VERBATIM = "verbatim"
    ALTERED = "altered"
    WRONG_SPEAKER = "wrong_speaker"
    TRUNCATED = "truncated"
    SPLICED = "spliced"
    NOT_FOUND = "not_found"


class Attribution(StrEnum):
    """How the claimed speaker compares with whose words they are."""

    NOT_ASKED = "not_asked"
    """No speaker was claimed."""
    CONFIRMED = "confirmed"
    """They are the claimed speaker's words."""
    ANOTHERS = "anothers"
    """They are clearly somebody else's, or the reporter's own account."""
    NOT_CLEAR = "not_clear"
    """The articles do not say clearly enough; a claim is never called wrong for that."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One step of the word-by-word comparison of a claimed quote with the printed text.

    `claimed` is what the asker typed (None: missing from the claim), `printed` what stands
    in the article (None: not printed there).
    """

    claimed: str | None
    printed: Span | None


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict on one quote. `found` are the sentences where it (or its like) stands.

    In each, `answers` are the words that were matched and `speech` says whether they are
    anybody's speech at all: words of narration are the newspaper's and no quotation.
    `differences` are what was altered; for a truncated quote the words that the cut lost,
    for a spliced one what was left out between its pieces.
    """

    quote: str
    speaker: str | None
    verdict: Verdict
    found: tuple[Citation, ...] = ()
    differences: tuple[Difference, ...] = ()
    attribution: Attribution = Attribution.NOT_ASKED


@dataclass(frozen=True, slots=True)
class Summary:
    """The sentences that carry an article, in the article's order, and who is quoted in it."""

    article: Article
    sentences: tuple[Citation, ...]
    voices: tuple[Voice, ...] = ()


Reply = Answer | NoAnswer | About | Summary
"""What a question leads to."""
