"""Ranking: the sentences of articles in the order in which they reply to a question.

Cheap signals (words and meaning that a question and a sentence share, where the sentence
stands, whether it has the kind of thing that is asked for) choose the few windows that the
reader sees; its readings join them, and weights that were fitted on whole articles add
all up. The same signals say how sure it is that the articles answer at all. No text is
made here: sentences and words stay spans.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, NamedTuple

from bot.answers.kinds import holds, kind_asked
from bot.answers.reader import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.answers.lexical import Lexical
    from bot.answers.reader import Reader, SentenceReading
    from index.article import Span

# Windows as long as those that the reader was trained on (340 to 780 characters); shorter
# ones cost more readings, longer ones blur its sentence scores.
WINDOW_CHARS = 760
OVERLAP = 1  # sentences that two neighbouring windows share


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that may answer: its sentences, in order, and how near each is in meaning.

    `cosines` are those of the question with each sentence (or the passage that it is in).
    """

    sentences: tuple[Span, ...]
    cosines: tuple[float, ...]
    lexical: Lexical


class Signals(NamedTuple):
    """What speaks for one sentence; each grows with the match. The last two are the reader's.

    A question makes hundreds: hence a named tuple.
    """

    overlap: float  # BM25 of the sentence
    around: float  # BM25 of its neighbours
    covered: float  # share of the question's weight that the sentence holds, 0..1
    early: float  # 0 for the article's first sentence, -log(n) for its n-th: news comes first
    cosine: float
    kind: float  # 1: has the kind of thing that is asked for, -1: has not, 0: unknown
    length: float  # log(1 + telling words)
    support: float = 0.0
    words: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A sentence with its place's reasons, and what the reader read in it, if it saw it."""

    sentence: Span
    score: float
    signals: Signals
    reading: SentenceReading | None

    def marked(self, *, sure: float = 0.0) -> Span | None:
        """What answers, where at least the share `sure` of it is expected to be right."""
        read = self.reading
        return None if read is None or read.share < sure else read.words


@dataclass(frozen=True, slots=True)
class Weights:
    """What each of a sentence's signals counts towards its place, in the order of `Signals`."""

    overlap: float
    around: float
    covered: float
    early: float
    cosine: float
    kind: float
    length: float
    support: float = 0.0
    words: float = 0.0

    def score(self, signals: Signals) -> float:
        """The weighted sum; differences of it are log-odds of one sentence against another."""
        return (
            self.overlap * signals.overlap
            + self.around * signals.around
            + self.covered * signals.covered
            + self.early * signals.early
            + self.cosine * signals.cosine
            + self.kind * signals.kind
            + self.length * signals.length
            + self.support * signals.support
            + self.words * signals.words
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the articles answering at all, once their sentences are ranked."""

    best: float  # the first sentence's score
    lead: float  # how far it is ahead of the second
    support: float  # the highest readings of any sentence
    words: float
    covered: float  # the largest share of the question that one sentence holds
    cosine: float
    overlap: float
    absent: float  # share of the question's words that the best sentence's article lacks
    missing: float  # names and numbers among those, 2 at most


@dataclass(frozen=True, slots=True)
class Belief:
    """What each piece of evidence counts, in log-odds, in the order of `Evidence`."""

    bias: float
    best: float
    lead: float
    support: float
    words: float
    covered: float
    cosine: float
    overlap: float
    absent: float
    missing: float

    def chance(self, evidence: Evidence) -> float:
        """The chance that the articles answer, 0..1."""
        bias, *weights = astuple(self)
        strength = bias + sum(w * e for w, e in zip(weights, astuple(evidence), strict=True))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, strength))))


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights and belief that were fitted together."""

    weights: Weights
    belief: Belief


@dataclass(frozen=True, slots=True)
class Ranking:
    """Sentences, best first, and the chance that the articles answer."""

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


def rank(
    question: str, candidates: Sequence[Candidate], reader: Reader | None, *, windows: int
) -> Ranking:
    """Rank the sentences of articles, of which there must be at least one.

    The reader, if any, sees the `windows` that look best without it; where it has seen some,
    the sentences that it has not seen get the lowest of its readings.
    """
    signals = gather(question, candidates, reader, windows=windows)
    return order(question, candidates, signals, READ if reader else UNREAD)


Gathered = tuple[tuple[Signals, "SentenceReading | None"], ...]
"""The signals of each sentence, and its reading where the reader saw it."""


def gather(
    question: str, candidates: Sequence[Candidate], reader: Reader | None, *, windows: int
) -> tuple[Gathered, ...]:
    """For each candidate the signals of its sentences, in their order."""
    cheap = [tuple(glance(question, candidate)) for candidate in candidates]
    if reader is None:
        return tuple(tuple((one, None) for one in signals) for signals in cheap)
    chosen = choose_windows(candidates, cheap, windows)
    found: dict[tuple[str, int], SentenceReading] = {}
    for reading in reader.read(question, chosen):
        for one in reading.sentences:
            if one.words is None:
                continue
            seen = found.get(_key(one.sentence))
            if seen is None or one.score > seen.score:
                found[_key(one.sentence)] = one
    low = min((one.score for one in found.values()), default=0.0)
    low_words = min((one.words_score for one in found.values()), default=0.0)
    gathered = []
    for candidate, signals in zip(candidates, cheap, strict=True):
        row = []
        for sentence, glanced in zip(candidate.sentences, signals, strict=True):
            read = found.get(_key(sentence))
            support = low if read is None else read.score
            words = low_words if read is None else read.words_score
            row.append((glanced._replace(support=support, words=words), read))
        gathered.append(tuple(row))
    return tuple(gathered)


def _key(sentence: Span) -> tuple[str, int]:
    """A sentence's place; comparing whole spans would compare whole articles."""
    return sentence.article.id, sentence.start


def glance(question: str, candidate: Candidate) -> Iterator[Signals]:
    """The signals that need no reader, of each sentence in order."""
    kind = kind_asked(question)
    lexical = candidate.lexical
    for index, (overlap, around, covered) in enumerate(lexical.scores(question)):
        yield Signals(
            overlap=overlap,
            around=around,
            covered=covered,
            early=-math.log(1 + index),
            cosine=candidate.cosines[index],
            kind=holds(kind, candidate.sentences[index].text),
            length=math.log(1 + lexical.sizes[index]),
        )


def choose_windows(
    candidates: Sequence[Candidate], cheap: Sequence[Sequence[Signals]], count: int
) -> tuple[Window, ...]:
    """The `count` windows of all candidates whose best sentence looks best without a reader."""
    scored = []
    for candidate, signals in zip(candidates, cheap, strict=True):
        score = {
            sentence.start: UNREAD.weights.score(one)
            for sentence, one in zip(candidate.sentences, signals, strict=True)
        }
        scored += [
            (max(score[sentence.start] for sentence in window.sentences), window)
            for window in split_windows(candidate.sentences)
        ]
    scored.sort(key=lambda pair: -pair[0])
    return tuple(window for _, window in scored[:count])


def order(
    question: str, candidates: Sequence[Candidate], gathered: Sequence[Gathered], fit: Fit
) -> Ranking:
    """Rank by signals already gathered."""
    places = [
        (Ranked(sentence, fit.weights.score(one), one, read), candidate)
        for candidate, signals in zip(candidates, gathered, strict=True)
        for sentence, (one, read) in zip(candidate.sentences, signals, strict=True)
    ]
    places.sort(key=lambda place: -place[0].score)
    ranked = tuple(one for one, _ in places)
    evidence = weigh(question, ranked, places[0][1].lexical)
    return Ranking(ranked, evidence, fit.belief.chance(evidence))


def weigh(question: str, ranked: Sequence[Ranked], lexical: Lexical) -> Evidence:
    """The evidence that sentences, best first, give together; `lexical` is the best one's."""
    return Evidence(
        best=ranked[0].score,
        lead=min(5.0, ranked[0].score - ranked[1].score) if len(ranked) > 1 else 0.0,
        support=max(one.signals.support for one in ranked),
        words=max(one.signals.words for one in ranked),
        covered=max(one.signals.covered for one in ranked),
        cosine=max(one.signals.cosine for one in ranked),
        overlap=ranked[0].signals.overlap,
        absent=lexical.absent(question),
        missing=float(min(2, len(lexical.missing(question)))),
    )


# Fitted by `python -m training fuse` on the squad2 and xquad rows of the development set, each
# read by a reader that was not trained on its document, with half of their questions again
# with the answering sentences cut out. Chosen on news instead: `early` (an encyclopaedia's
# paragraphs have no such order), and what counts for nothing once the reader has read: shared
# words (there who asks has not seen the text), and the cosine and the share held as evidence.
# Another reader or encoder moves them all.
READ = Fit(
    Weights(0.0, 0.0, 0.0, 1.0, 2.707, 0.172, -0.107, 0.217, 0.263),
    Belief(0.123, 0.147, 0.033, 0.135, 0.071, 0.0, 0.0, 0.02, -0.148, -0.842),
)
UNREAD = Fit(
    Weights(0.517, 0.711, 6.29, 1.0, 7.977, 1.057, 0.427),
    Belief(-3.717, 0.036, 0.101, 0.0, 0.0, 2.117, 3.666, -0.042, 0.22, -0.94),
)
