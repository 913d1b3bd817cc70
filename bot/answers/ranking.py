"""Ranking: the sentences of an article in the order in which they reply to a question.

Cheap signals (words that the question and a sentence share) and the reader's are added
up with weights that were fitted on whole articles; the same signals, of the best
sentence, say how sure it is that the article answers at all. No text is made here:
sentences and words stay spans.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answers.reader import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.answers.reader import Reader
    from index.article import Span

# Windows as long as those that the reader was trained on (340 to 780 characters); shorter
# ones cost more readings, longer ones blur its sentence scores.
WINDOW_CHARS = 760
OVERLAP = 1  # sentences that two neighbouring windows share

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_QUESTION_WORDS = frozenset(
    "a an the of in on at to for from by with and or is are was were be been being do does did has"
    " have had what who whom whose which when where why how that this these those it its as"
    " s t about there".split()
)
_ANCHOR = re.compile(r"(?<!\w)(?:[A-Z][\w’'.-]*[\w]|\d[\w.,]*\w|\d)")
_SUFFIX = re.compile(r"(?:ing|edly|ed|ies|es|s|ly|er|ers|ion|ions|ment|al)$")
STEM = 4  # letters that are left at least


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for one sentence; each is about 0 for "nothing" and grows with the match."""

    support: float
    words: float
    overlap: float  # BM25 of the sentence
    around: float  # BM25 of the sentence with its neighbours
    covered: float  # share of the question's weight that the sentence holds
    early: float  # 0 for the article's first sentence, -log(n) for its n-th: news comes first


@dataclass(frozen=True, slots=True)
class Ranked:
    """A sentence with its place's reasons; `words` answers, or is None when unread."""

    sentence: Span
    score: float
    words: Span | None
    signals: Signals


@dataclass(frozen=True, slots=True)
class Weights:
    """What each signal counts towards a sentence's place."""

    support: float
    words: float
    overlap: float
    around: float
    covered: float
    early: float

    def score(self, signals: Signals) -> float:
        """The weighted sum."""
        return (
            self.support * signals.support
            + self.words * signals.words
            + self.overlap * signals.overlap
            + self.around * signals.around
            + self.covered * signals.covered
            + self.early * signals.early
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the article answering at all, once its sentences are ranked.

    `support` and `words` are the best sentence's readings, `total` the log of all
    sentences' support together, `covered` the share of the question that the best sentence
    holds, `absent` the share that no sentence of the article has, and
    `missing` the names and numbers among that (2 at most).
    """

    support: float
    words: float
    total: float
    covered: float
    absent: float
    missing: float


@dataclass(frozen=True, slots=True)
class Belief:
    """What each piece of evidence counts, in log-odds."""

    bias: float
    support: float
    words: float
    total: float
    covered: float
    absent: float
    missing: float

    def chance(self, evidence: Evidence) -> float:
        """The chance that the article answers, 0..1."""
        strength = (
            self.bias
            + self.support * evidence.support
            + self.words * evidence.words
            + self.total * evidence.total
            + self.covered * evidence.covered
            + self.absent * evidence.absent
            + self.missing * evidence.missing
        )
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, strength))))


@dataclass(frozen=True, slots=True)
class Ranking:
    """An article's sentences, best first, and the chance that the article answers."""

    ranked: tuple[Ranked, ...]
    evidence: Evidence
    chance: float


def split_windows(
    sentences: Sequence[Span], *, chars: int = WINDOW_CHARS, overlap: int = OVERLAP
) -> tuple[Window, ...]:
    """Windows over all sentences (of one article), in order, each at most `chars` long.

    A sentence longer than that makes a window of its own.
    """
    windows = []
    first = 0
    while first < len(sentences):
        last = first
        while last + 1 < len(sentences) and (
            sentences[last + 1].end - sentences[first].start <= chars
        ):
            last += 1
        windows.append(Window(tuple(sentences[first : last + 1])))
        if last + 1 == len(sentences):
            break
        first = max(first + 1, last + 1 - overlap)
    return tuple(windows)


def stem(word: str) -> str:
    """A word in lower case without the commonest endings; rough, for matching only."""
    lowered = word.lower().removesuffix("'s").removesuffix("’s")
    found = _SUFFIX.search(lowered)
    if found and found.start() >= STEM:
        return lowered[: found.start()]
    return lowered


def terms(text: str) -> tuple[str, ...]:
    """The stems of a text's words, without question words and other small ones."""
    found = (m.group().lower() for m in _WORD.finditer(text))
    return tuple(stem(w) for w in found if w not in _QUESTION_WORDS)


class Lexical:
    """BM25 of an article's sentences against questions; made once an article."""

    def __init__(self, sentences: Sequence[Span]) -> None:
        self._terms = [Counter(terms(sentence.text)) for sentence in sentences]
        self._sizes = [sum(one.values()) for one in self._terms]
        self._mean = max(1.0, sum(self._sizes) / max(1, len(self._sizes)))
        self._frequency = Counter(term for one in self._terms for term in one)

    def idf(self, term: str) -> float:
        """How telling a term is in this article; a term that it lacks is the most telling."""
        count, n = self._frequency[term], len(self._terms)
        return math.log(1 + (n - count + 0.5) / (count + 0.5))

    def scores(self, question: str) -> list[tuple[float, float, float]]:
        """For each sentence: BM25, BM25 with half the neighbours', share of the question held."""
        asked = set(terms(question))
        weight = sum(self.idf(term) for term in asked) or 1.0
        own = [self._bm25(asked, i) for i in range(len(self._terms))]
        held = [
            sum(self.idf(term) for term in asked if term in one) / weight for one in self._terms
        ]
        result = []
        for i, score in enumerate(own):
            before = own[i - 1] if i else 0.0
            after = own[i + 1] if i + 1 < len(own) else 0.0
            result.append((score, (before + after) / 2, held[i]))
        return result

    def absent(self, question: str) -> float:
        """The share of the question's words that the article never has."""
        asked = set(terms(question))
        return sum(not self._frequency[term] for term in asked) / max(1, len(asked))

    def missing(self, question: str) -> tuple[str, ...]:
        """The names and numbers of the question that the article never has, as typed."""
        found = []
        for match in _ANCHOR.finditer(question):
            word = match.group()
            if match.start() == 0 and not word[0].isdigit():
                continue
            asked = terms(word)
            if asked and not any(self._frequency[term] for term in asked):
                found.append(word)
        return tuple(dict.fromkeys(found))

    def _bm25(self, asked: set[str], index: int) -> float:
        one, size = self._terms[index], self._sizes[index]
        total = 0.0
        for term in asked:
            count = one[term]
            if count:
                total += (
                    self.idf(term) * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * size / self._mean))
                )
        return total


def rank(
    question: str, sentences: Sequence[Span], reader: Reader, *, windows: int | None = None
) -> Ranking:
    """Rank all sentences of one article; there must be at least one."""
    signals = gather(question, sentences, reader, windows=windows)
    return order(question, sentences, signals, Lexical(sentences))


def order(
    question: str,
    sentences: Sequence[Span],
    signals: Sequence[tuple[Signals, Span | None]],
    lexical: Lexical,
) -> Ranking:
    """Rank by signals already gathered."""
    ranked = sorted(
        (
            Ranked(sentence, WEIGHTS.score(one), words, one)
            for sentence, (one, words) in zip(sentences, signals, strict=True)
        ),
        key=lambda place: -place.score,
    )
    evidence = weigh(question, ranked, lexical)
    return Ranking(tuple(ranked), evidence, BELIEF.chance(evidence))


def weigh(question: str, ranked: Sequence[Ranked], lexical: Lexical) -> Evidence:
    """The evidence that sentences, best first, give together."""
    best = ranked[0].signals
    top = max(one.signals.support for one in ranked)
    return Evidence(
        support=best.support,
        words=best.words,
        total=top + math.log(sum(math.exp(one.signals.support - top) for one in ranked)),
        covered=best.covered,
        absent=lexical.absent(question),
        missing=float(min(2, len(lexical.missing(question)))),
    )


def gather(
    question: str,
    sentences: Sequence[Span],
    reader: Reader,
    *,
    windows: int | None = None,
) -> tuple[tuple[Signals, Span | None], ...]:
    """The signals of each sentence and the words that the reader marks in it.

    With `windows` the reader sees only that many, those that share most with the question;
    sentences that it did not see get the lowest of the readings given.
    """
    lexical = Lexical(sentences).scores(question)
    places = {(s.start, s.end): i for i, s in enumerate(sentences)}
    chosen = split_windows(sentences)
    if windows is not None and len(chosen) > windows:
        value = {
            window: sum(sorted(lexical[places[s.start, s.end]][0] for s in window.sentences)[-2:])
            for window in chosen
        }
        best = sorted(chosen, key=lambda window: -value[window])[:windows]
        chosen = tuple(window for window in chosen if window in best)
    found: dict[int, tuple[float, float, Span | None]] = {}
    for reading in reader.read(question, chosen):
        for one in reading.sentences:
            index = places[one.sentence.start, one.sentence.end]
            seen = found.get(index)
            if one.words and (seen is None or one.score > seen[0]):
                found[index] = (one.score, one.words_score, one.words)
    low = min((f[0] for f in found.values()), default=0.0)
    low_words = min((f[1] for f in found.values()), default=0.0)
    gathered = []
    for index, (overlap, around, covered) in enumerate(lexical):
        support, words_score, words = found.get(index, (low, low_words, None))
        signals = Signals(support, words_score, overlap, around, covered, -math.log(1 + index))
        gathered.append((signals, words))
    return tuple(gathered)


# Fitted by `python -m training fuse` on the squad2 and xquad rows of the development set, each
# read by a reader that was not trained on its document, with as many questions again whose
# answering sentence was cut out. Another reader moves them.
WEIGHTS = Weights(support=1.0, words=0.5, overlap=0.1, around=0.0, covered=0.0, early=0.4)
BELIEF = Belief(
    bias=-0.5, support=0.2, words=0.2, total=0.2, covered=0.5, absent=-1.0, missing=-1.0
)
