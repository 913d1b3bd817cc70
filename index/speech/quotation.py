"""What was said, and by whom: the values that the attribution of speech ends in.

The terms are the attribution literature's (Pareti, PolNeAR): a *content* is what was
said, a *cue* the words that mark it as said, a *source* who said it. Every one of them
is a span of the stored text. This module is read at question time, so it imports no parser.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from index.article import Span, join


class Speech(StrEnum):
    """How words stand in an article."""

    DIRECT = "direct"
    """Their words: all that is said stands between quotation marks."""
    MIXED = "mixed"
    """A quoted fragment inside the reporter's paraphrase."""
    INDIRECT = "indirect"
    """The reporter's paraphrase, attributed."""
    NARRATION = "narration"
    """Nobody's but the reporter's."""


class Stance(StrEnum):
    """How the source stands to the content, as the article tells it."""

    SAID = "said"
    """They said it (or hold it: "thinks that")."""
    DENIED = "denied"
    """They said that it is not so."""
    ASKED = "asked"
    """They asked whether it is so."""
    UNSAID = "unsaid"
    """They did not say it, or declined to."""
    HELD = "held"
    """They did it, praised it or rejected it; nothing is said to have been said."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person or body that speaks in an article.

    `name` is the fullest name that the article prints for them ("Dmytro Kuleba"), and
    `person` the same person's id in every article of an index (see `index.speakers`).
    `aliases` are the other names that the article uses, `roles` what it says they are;
    all as printed.
    """

    name: str
    person: str
    aliases: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """How often somebody is quoted, and where: article ids with counts, most first.

    What they denied or asked is no quotation of theirs and is not counted.
    """

    speaker: Speaker
    articles: tuple[tuple[str, int], ...]

    @property
    def quotations(self) -> int:
        """In how many quotations, over all those articles."""
        return sum(count for _, count in self.articles)


@dataclass(frozen=True, slots=True)
class Quotation:
    """One utterance in an article.

    `parts` are the stretches of content in order: for quoted speech what stands between
    the marks (marks excluded), several when the reporter interrupts ("A," she said, "B").
    `context` runs over the whole sentences that hold content, cue and source.
    `mention` is the source as printed there ("he", "Kuleba"), `speaker` whom it means;
    `speaker` is None when nobody can be named. `through` are those who relay the words,
    outermost first. `confidence` (0..1) is how likely `speaker` is right.
    `stance` tells whether the content was said at all.
    """

    id: str
    speech: Speech
    parts: tuple[Span, ...]
    context: Span
    speaker: Speaker | None
    confidence: float
    mention: Span | None = None
    cue: Span | None = None
    through: tuple[Speaker, ...] = ()
    stance: Stance = Stance.SAID

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError(f"quotation {self.id} has no content")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"quotation {self.id} has a confidence of {self.confidence}")

    @property
    def is_said(self) -> bool:
        """Whether the article says that these words, or what they report, were said."""
        return self.stance is Stance.SAID

    @property
    def is_listed(self) -> bool:
        """Whether it is shown among a speaker's quotations: said, or denied or asked by them."""
        return self.stance in {Stance.SAID, Stance.DENIED, Stance.ASKED}

    @property
    def content(self) -> Span:
        """From the first part's start to the last one's end."""
        return join(self.parts)
