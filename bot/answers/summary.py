"""Summary: the sentences that carry an article, as printed and in its order.

News puts first what matters most, so the first three sentences are hard to beat. What beats
them is leaving out, among the first sentences, those that say little of what the article
goes on about, that repeat one already chosen, or that cannot be understood without a
sentence that is not there ("He added ...", "The agreement ..."). Nothing is ever joined,
shortened or reordered, and a quotation is cited with its speaker.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bot.answers.answer import Citation
from bot.answers.leaning import (
    WORD,
    content_of,
    is_cut,
    is_whole,
    leans,
    pointed_at,
    speaks_of_oneself,
)
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

    Chosen on the 75 CNN/Daily Mail development articles (benchmarks/summaries.py) and kept
    when 1,392 other settings did no better on both of their halves: docs/decisions/summary.md.
    """

    position: float = 1.0
    centrality: float = 0.5
    title: float = 0.3
    novelty: float = 0.5
    fade: float = 4.0
    """After how many sentences the worth of standing first has fallen to a third."""


WEIGHTS = Weights()
LENGTH = 3
"""Sentences of a summary whose length nobody gives."""
MOST = 20
"""Sentences of one whose length is given in characters only."""
# A sentence that shares this much of its words with one already chosen says it again.
_REPEATS = 0.6
_REPEATS_BY_VECTOR = 0.86
# Shorter ones are mostly headings and captions' ends; longer ones crowd out two others.
_SHORTEST, _LONGEST = 6, 60
_MARKS = " \t\r\n“”\"«»‘’'.,;:!?…"
_FAR = 40
"""Beyond so many sentences no article's gist was found; a book is not read to its end."""


def summarise(
    page: Page,
    *,
    sentences: int = LENGTH,
    characters: int | None = None,
    vectors: NDArray | None = None,  # type: ignore[type-arg]
    min_confidence: float = 0.0,
    weights: Weights = WEIGHTS,
) -> tuple[Citation, ...]:
    """Choose the sentences that carry the article, at most so many, in its order.

    `characters` bounds their length together, a blank between two counted; where no
    sentence is that short, one is given however long it is. `vectors` are the sentences'
    embeddings, a row each, unit length: with them a repetition in other words is seen too.
    A speaker below `min_confidence` is left out of a citation. Empty for an article without
    sentences.
    """
    if not page.sentences or sentences < 1:
        return ()
    chosen = _Chooser(page, vectors, weights, min_confidence).choose(sentences, characters)
    return tuple(_cite(page, place, score, min_confidence) for place, score in chosen)


class _Chooser:
    """The sentences of one article, weighed against each other."""

    def __init__(
        self,
        page: Page,
        vectors: NDArray | None,  # type: ignore[type-arg]
        weights: Weights,
        min_confidence: float,
    ) -> None:
        self.page = page
        self.clear = [q for q in page.quotations if q.speaker and q.confidence >= min_confidence]
        self.spans = page.sentences[:_FAR]
        self.vectors = None if vectors is None else vectors[: len(self.spans)]
        self.weights = weights
        self.words = [content_of(span.text) for span in self.spans]
        blocks = set(page.article.blocks)
        self.whole = [
            is_whole(span.text, alone=(span.start, span.end) in blocks) for span in self.spans
        ]

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
        title = content_of(self.page.article.title or self._headline)
        centralities = [self._centrality(words) for words in self.words]
        most = max(centralities) or 1.0
        total = weights.position + weights.centrality + (weights.title if title else 0.0)
        scores = []
        for place, words in enumerate(self.words):
            rank = sum(self.whole[:place])
            worth = weights.position * math.exp(-rank / weights.fade)
            worth += weights.centrality * centralities[place] / most
            if title:
                worth += weights.title * len(title & words) / len(title)
            length = len(WORD.findall(self.spans[place].text))
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
            chosen = [self.whole.index(True) if any(self.whole) else 0]
        return [(place, round(self.scores[place], 4)) for place in sorted(chosen)]

    def _length(self, chosen: Sequence[int]) -> int:
        """Characters of these sentences, and a blank after each."""
        return sum(self.spans[place].end - self.spans[place].start + 1 for place in chosen)

    def _may_follow(self, place: int, chosen: Sequence[int], room: int | None) -> bool:
        if place in chosen or not self.whole[place]:
            return False
        if room is not None and self._length([place]) > room + 1:
            return False
        if self._leans(place, chosen):
            return False
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

    @property
    def _headline(self) -> str:
        """What stands above the first whole sentence, where no title is known."""
        first = self.whole.index(True) if any(self.whole) else 0
        return " ".join(span.text for span in self.spans[:first])

    def _needed(self, place: int) -> frozenset[int]:
        text = self.spans[place].text
        if place == 0:
            # Where the article itself opens with "He", there is nothing that could come before.
            return frozenset({-1}) if leans(text, opening=True) else frozenset()
        before = frozenset({place - 1})
        if leans(text) or self._is_unattributed(place) or self._is_all_speech(place):
            return before
        known = pointed_at(text)
        if known is None:
            return frozenset()
        # "The agreement" needs a sentence that speaks of the agreement, where one does.
        return self._introducing(known.nouns, place) or (before if known.surely else frozenset())

    def _introducing(self, nouns: frozenset[str], place: int) -> frozenset[int]:
        """The sentences before it that speak of one of these."""
        return frozenset(p for p in range(place) if self.whole[p] and nouns & self.words[p])

    def _is_all_speech(self, place: int) -> bool:
        """Whether it is a part of somebody's words, told on from another sentence."""
        span = self.spans[place]
        inside = span.text.strip(_MARKS)
        start = span.start + span.text.find(inside)
        return bool(inside) and any(
            part.start <= start and start + len(inside) <= part.end
            for quotation in self.page.quotations
            if quotation.speech is not Speech.INDIRECT
            for part in quotation.parts
        )

    def _is_unattributed(self, place: int) -> bool:
        """Whether somebody speaks in it who is named in neither the sentence nor the index."""
        span = self.spans[place]
        if not is_cut(span.text) and not speaks_of_oneself(span.text):
            return False
        return not any(part.overlaps(span) for q in self.clear for part in q.parts)


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
