"""Summary: the sentences that carry an article, as printed and in its order.

News puts first what matters most, so the first three sentences are hard to beat. What beats
them is leaving out, among the first sentences, those that say little of what the article
goes on about, that repeat one already chosen, or that cannot be understood without a
sentence that is not there ("He added ...", "The agreement ..."). Nothing is ever joined,
shortened or reordered, and a quotation is cited with its speaker.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bot.answers.answer import Citation
from index.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bot.answers.page import Page
    from index.article import Span
    from index.speech import Quotation


@dataclass(frozen=True, slots=True)
class Weights:
    """What a sentence's worth is made of, each part 0..1 before it is weighed.

    Chosen on the 75 CNN/Daily Mail development articles (benchmarks/summaries.py); the page
    docs/decisions/summary.md has what else was tried.
    """

    position: float = 1.0
    centrality: float = 0.5
    title: float = 0.3
    novelty: float = 0.5
    fade: float = 4.0
    """After how many sentences the worth of standing first has fallen to a third."""


WEIGHTS = Weights()
# A sentence that shares this much of its words with one already chosen says it again.
_REPEATS = 0.6
_REPEATS_BY_VECTOR = 0.86
# Shorter ones are mostly headings and captions' ends; longer ones crowd out two others.
_SHORTEST, _LONGEST = 6, 60
_FAR = 40
"""Beyond so many sentences no article's gist was found; a book is not read to its end."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_COMMON = frozenset(
    """a about after all also an and any are as at be because been before being but by can could did
    do does for from further had has have he her here hers him his how i if in into is it its just
    me more most my no nor not now of off on once only or other our out over own said same say says
    she so some such than that the their them then there these they this those to too two under
    until up very was we were what when where which while who whom why will with would you your
    it's i'm we're they're that's don't mr mrs ms""".split()
)
_PRONOUN = re.compile(
    r"""^[\s"'“”‘’«„(\[–—-]*
    (?:(?:and|but|so|or|yet|also|still|then|now|however|meanwhile|instead|moreover|nevertheless
    |nonetheless|therefore|thus|besides|furthermore|similarly|likewise|afterwards|in\s+addition
    |as\s+a\s+result|for\s+example|for\s+instance|on\s+the\s+other\s+hand),?\s+)?
    (?:he|she|it|they|him|them|his|her|hers|its|their|theirs|this|these|those|that|such|both
    |neither|another|others|the\s+(?:former|latter|same|other|two|three|pair|couple|duo|trio))
    (?!\w)(?!['’]s\s+(?:been|no|not)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_LINK = re.compile(
    r"""^[\s"'“‘(\[–—-]*(?:but|however|meanwhile|instead|moreover|nevertheless|nonetheless
    |therefore|thus|besides|furthermore|similarly|likewise|otherwise|in\s+addition|as\s+a\s+result
    |for\s+example|for\s+instance|on\s+the\s+other\s+hand|also|then|and|or|so|yet)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_DEFINITE = re.compile(
    r"""^[\s"'“‘(\[–—-]*(?:(?:in|on|at|by|for|from|with|under|after|before|during|of|to)\s+)?
    (?:the|this|that|these|those)\s+((?:[^\W\d_][\w'’-]*\s+){0,2}?[^\W\d_][\w'’-]*)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_PERSON_SPEAKING = re.compile(r"(?<!\w)(?:I|I['’]\w+|we|We|my|My|our|Our)(?!\w)")


def summarise(
    page: Page,
    *,
    sentences: int = 3,
    characters: int | None = None,
    vectors: NDArray | None = None,  # type: ignore[type-arg]
    min_confidence: float = 0.0,
    weights: Weights = WEIGHTS,
) -> tuple[Citation, ...]:
    """Choose the sentences that carry the article, at most so many, in its order.

    `characters` bounds their length together; one sentence is given however long it is.
    `vectors` are the sentences' embeddings, a row each, unit length: with them a repetition
    in other words is seen too. A speaker below `min_confidence` is left out of a citation.
    Empty for an article without sentences.
    """
    if not page.sentences or sentences < 1:
        return ()
    chosen = _Chooser(page, vectors, weights).choose(sentences, characters)
    return tuple(_cite(page, place, score, min_confidence) for place, score in chosen)


class _Chooser:
    """The sentences of one article, weighed against each other."""

    def __init__(self, page: Page, vectors: NDArray | None, weights: Weights) -> None:  # type: ignore[type-arg]
        self.page = page
        self.spans = page.sentences[:_FAR]
        self.vectors = None if vectors is None else vectors[: len(self.spans)]
        self.weights = weights
        self.words = [_content(span.text) for span in self.spans]

    @cached_property
    def _counts(self) -> Counter[str]:
        """In how many sentences each word stands."""
        return Counter(word for words in self.words for word in words)

    @cached_property
    def needs(self) -> list[frozenset[int]]:
        """For each sentence those of which one must stand in the summary before it."""
        return [self._needed(place) for place in range(len(self.spans))]

    @cached_property
    def scores(self) -> list[float]:
        """What each sentence is worth by itself, 0..1."""
        weights = self.weights
        title = _content(self.page.article.title or "")
        centralities = [self._centrality(words) for words in self.words]
        most = max(centralities) or 1.0
        total = weights.position + weights.centrality + (weights.title if title else 0.0)
        scores = []
        for place, words in enumerate(self.words):
            worth = weights.position * math.exp(-place / weights.fade)
            worth += weights.centrality * centralities[place] / most
            if title:
                worth += weights.title * len(title & words) / len(title)
            length = len(_WORD.findall(self.spans[place].text))
            fit = 1.0 if _SHORTEST <= length <= _LONGEST else 0.4
            scores.append(fit * worth / total)
        return scores

    def choose(self, sentences: int, characters: int | None) -> list[tuple[int, float]]:
        """Take the best sentence, then the best that adds to it, and so on."""
        chosen: list[int] = []
        while len(chosen) < sentences:
            room = None if characters is None else characters - self._length(chosen)
            best = max(
                (p for p in range(len(self.spans)) if self._may_follow(p, chosen, room)),
                key=lambda place: (self._gain(place, chosen), -place),
                default=None,
            )
            if best is None:
                break
            chosen.append(best)
        if not chosen:
            chosen = [0]
        return [(place, round(self.scores[place], 4)) for place in sorted(chosen)]

    def _length(self, chosen: Sequence[int]) -> int:
        return sum(self.spans[place].end - self.spans[place].start + 1 for place in chosen)

    def _may_follow(self, place: int, chosen: Sequence[int], room: int | None) -> bool:
        if place in chosen:
            return False
        if room is not None and chosen and self._length([place]) > room + 1:
            return False
        if self._leans(place, chosen):
            return False
        # A sentence put in between must not take another's antecedent away.
        return not any(self._repeats(place, other) for other in chosen)

    def _leans(self, place: int, chosen: Sequence[int]) -> bool:
        """Whether it cannot be understood with only these before it."""
        needed = self.needs[place]
        return bool(needed) and not any(other in needed for other in chosen)

    def _gain(self, place: int, chosen: Sequence[int]) -> float:
        shared = max((self._overlap(place, other) for other in chosen), default=0.0)
        return self.scores[place] - self.weights.novelty * shared

    def _overlap(self, one: int, other: int) -> float:
        """How much of the shorter one's words stands in the other."""
        small = min(len(self.words[one]), len(self.words[other]))
        return len(self.words[one] & self.words[other]) / small if small else 0.0

    def _repeats(self, one: int, other: int) -> bool:
        if self._overlap(one, other) >= _REPEATS:
            return True
        if self.vectors is None:
            return False
        return float(self.vectors[one] @ self.vectors[other]) >= _REPEATS_BY_VECTOR

    def _centrality(self, words: frozenset[str]) -> float:
        """How much of what the article goes on about the sentence speaks of."""
        repeated = [math.log(self._counts[word]) for word in words if self._counts[word] > 1]
        return sum(repeated) / math.sqrt(len(words) + 4) if words else 0.0

    def _needed(self, place: int) -> frozenset[int]:
        text = self.spans[place].text
        if place == 0:
            return frozenset()
        before = frozenset({place - 1})
        if _PRONOUN.match(text) or _LINK.match(text) or text[:1].islower():
            return before
        if self._is_unattributed(place):
            return before
        if definite := _DEFINITE.match(text):
            # "The agreement" needs a sentence that speaks of the agreement, where one does.
            nouns = _content(definite.group(1))
            if text.lstrip(" \"'“‘(").lower().startswith(("this", "these", "those", "that")):
                return before
            return frozenset(p for p in range(place) if nouns & self.words[p])
        return frozenset()

    def _is_unattributed(self, place: int) -> bool:
        """Whether somebody speaks in it who is named in neither the sentence nor the index."""
        span = self.spans[place]
        if not _PERSON_SPEAKING.search(span.text):
            return False
        return _quotation_in(self.page, span) is None


def _content(text: str) -> frozenset[str]:
    """The words that say something, lower-cased, plural and singular alike."""
    words = (word.lower().replace("’", "'").removesuffix("'s") for word in _WORD.findall(text))
    return frozenset(
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in words
        if word not in _COMMON and (len(word) > 1 or word.isdigit())
    )


def _quotation_in(page: Page, span: Span) -> Quotation | None:
    """The speech that the sentence is, most of it first; quoted speech before paraphrase."""
    inside = [q for q in page.quotations if any(part.overlaps(span) for part in q.parts)]
    return max(
        inside,
        key=lambda q: (
            q.speech is not Speech.INDIRECT,
            sum(
                min(p.end, span.end) - max(p.start, span.start) for p in q.parts if p.overlaps(span)
            ),
        ),
        default=None,
    )


def _cite(page: Page, place: int, score: float, min_confidence: float) -> Citation:
    span = page.sentences[place]
    quotation = _quotation_in(page, span)
    if quotation and quotation.confidence < min_confidence:
        quotation = replace(quotation, speaker=None)
    return Citation(span, score, quotation=quotation)
