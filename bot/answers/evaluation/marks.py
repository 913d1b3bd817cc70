"""Marks: what was shown for a question against what should have been, and the figures.

A *mark* says how one question went; the figures are shares of marks:

- `recall_at_1`, `recall_at_3`: answerable questions for which the first text shown (one of
  the first three) contains an accepted answer, whether it was served or only offered;
- `served_at_1`: answerable, answered, and the first text contains an accepted answer;
- `false_answers`: unanswerable questions that were answered;
- `false_refusals`: answerable questions that were refused;
- `auroc`: the chance that an answerable question has a higher score than an unanswerable
  one, a tie counting half;
- `end_to_end`: questions handled right: served at 1, or unanswerable and refused;
- `span_f1`: over answerable questions for which words were marked (`span_given`, a share),
  the F1 of those words against the nearest accepted answer.

A text contains an answer where the answer's words stand in it as a run, in lower case,
without punctuation and without a, an and the; of an answer of eight words or more, a run
of 70% is enough, since it may go on in the next sentence. Only the first 600 characters
shown count, so that showing everything is no way to be right.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_SHOWN = 600
"""Characters of a shown text that count."""
LONG_ANSWER, ENOUGH_OF_IT = 8, 0.7
"""From so many words on, this part of an answer is enough."""

_PUNCTUATION = frozenset(string.punctuation) | frozenset("«»“”‘’„—–…")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was done with one question: texts best first, shown or held ready, and the score.

    `ready` says whether a lower threshold would have answered it; some refusals are not a
    matter of the score.
    """

    id: str
    texts: tuple[str, ...]
    span: str | None
    answered: bool
    score: float
    ready: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """How one question went.

    `first` and `third` say whether the first text, or one of the first three, holds an
    accepted answer; never for an unanswerable question. `overlap` is the F1 of the span's
    words; None where no span was given, and for an unanswerable question.
    """

    id: str
    answerable: bool
    answered: bool
    score: float
    first: bool = False
    third: bool = False
    overlap: float | None = None
    ready: bool = True

    @property
    def right(self) -> bool:
        """Whether it was handled right: served, or refused where there is no answer."""
        return self.answered and self.first if self.answerable else not self.answered


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a set of questions; None for those that need questions there are none of."""

    questions: int
    answerable: int
    recall_at_1: float | None
    recall_at_3: float | None
    served_at_1: float | None
    false_answers: float | None
    false_refusals: float | None
    auroc: float | None
    end_to_end: float | None
    span_given: float | None
    span_f1: float | None


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a threshold would do, in shares of all questions.

    `right` and `wrong` are the answered ones whose first text holds an accepted answer, or
    does not (every answer to an unanswerable question is wrong); the rest is refused.
    """

    score: float
    answered: float
    right: float
    wrong: float
    end_to_end: float

    @property
    def risk(self) -> float:
        """The share of the answered questions that are answered wrongly."""
        return self.wrong / self.answered if self.answered else 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of about one score: how many, their mean score, and what came of them."""

    count: int
    score: float
    answerable: float
    right: float


def words_of(text: str) -> list[str]:
    """The words that are compared: lower case, no punctuation, no a, an or the."""
    plain = "".join(mark for mark in text.lower() if mark not in _PUNCTUATION)
    return _ARTICLES.sub(" ", plain).split()


def contains(text: str, answers: Iterable[str]) -> bool:
    """Whether a text contains one of the accepted answers."""
    words = words_of(text)
    for answer in answers:
        wanted = words_of(answer)
        if not wanted:
            # Nothing but marks or an article: as it stands, or not at all.
            if answer in text:
                return True
            continue
        run = _longest_run(wanted, words)
        if run == len(wanted):
            return True
        if len(wanted) >= LONG_ANSWER and run / len(wanted) >= ENOUGH_OF_IT:
            return True
    return False


def span_f1(span: str, answer: str) -> float:
    """The F1 of a span's words against an answer's, each counted as often as it stands."""
    given, wanted = words_of(span), words_of(answer)
    if not given or not wanted:
        return float(given == wanted)
    shared = sum((Counter(given) & Counter(wanted)).values())
    return 2 * shared / (len(given) + len(wanted))


def mark(prediction: Prediction, answers: Sequence[str]) -> Mark:
    """Mark a prediction. `answers` are what is accepted; none: the question has no answer."""
    found = [contains(text[:LONGEST_SHOWN], answers) for text in prediction.texts[:3]]
    span = prediction.span
    return Mark(
        prediction.id,
        answerable=bool(answers),
        answered=prediction.answered,
        score=prediction.score,
        first=any(found[:1]),
        third=any(found),
        overlap=max(span_f1(span, one) for one in answers) if span and answers else None,
        ready=prediction.ready or prediction.answered,
    )


def figures_of(marks: Sequence[Mark]) -> Figures:
    """The figures of a set of questions."""
    can = [m for m in marks if m.answerable]
    cannot = [m for m in marks if not m.answerable]
    return Figures(
        questions=len(marks),
        answerable=len(can),
        recall_at_1=_share(m.first for m in can),
        recall_at_3=_share(m.third for m in can),
        served_at_1=_share(m.right for m in can),
        false_answers=_share(m.answered for m in cannot),
        false_refusals=_share(not m.answered for m in can),
        auroc=auroc([m.score for m in can], [m.score for m in cannot]),
        end_to_end=_share(m.right for m in marks) if can and cannot else None,
        span_given=_share(m.overlap is not None for m in can),
        span_f1=_mean([m.overlap for m in can if m.overlap is not None]),
    )


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """The chance that a positive's score is the higher one, a tie counting half."""
    if not positive or not negative:
        return None
    counts = Counter(positive), Counter(negative)
    below, won = 0, 0.0
    for score in sorted(counts[0] | counts[1]):
        won += counts[0][score] * (below + counts[1][score] / 2)
        below += counts[1][score]
    return won / (len(positive) * len(negative))


def thresholds_of(marks: Sequence[Mark], scores: Iterable[float]) -> tuple[Threshold, ...]:
    """What answering from each of these scores on would do."""
    return tuple(
        _outcome(marks, score, [m.ready and m.score >= score for m in marks]) for score in scores
    )


def outcome_of(marks: Sequence[Mark], score: float) -> Threshold:
    """What was done, where `score` is the threshold that it was done with."""
    return _outcome(marks, score, [m.answered for m in marks])


def reliability_of(marks: Sequence[Mark], *, bins: int = 10) -> tuple[Bin, ...]:
    """The questions by score, in so many steps of equal width; empty steps are left out."""
    steps: list[list[Mark]] = [[] for _ in range(bins)]
    for one in marks:
        steps[min(bins - 1, max(0, int(one.score * bins)))].append(one)
    return tuple(
        Bin(
            len(step),
            sum(m.score for m in step) / len(step),
            sum(m.answerable for m in step) / len(step),
            sum(m.first for m in step) / len(step),
        )
        for step in steps
        if step
    )


def _outcome(marks: Sequence[Mark], score: float, decided: Sequence[bool]) -> Threshold:
    size = len(marks) or 1
    answered = [m for m, answer in zip(marks, decided, strict=True) if answer]
    refused = [m for m, answer in zip(marks, decided, strict=True) if not answer]
    right = sum(m.first for m in answered)
    return Threshold(
        score,
        len(answered) / size,
        right / size,
        (len(answered) - right) / size,
        (right + sum(not m.answerable for m in refused)) / size,
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _share(truths: Iterable[bool]) -> float | None:
    counted = list(truths)
    return sum(counted) / len(counted) if counted else None


def _longest_run(wanted: Sequence[str], words: Sequence[str]) -> int:
    """The length of the longest run of `wanted` that stands in `words`."""
    longest = 0
    before = [0] * (len(words) + 1)
    for word in wanted:
        here = [0] * (len(words) + 1)
        for place, other in enumerate(words):
            if word == other:
                here[place + 1] = before[place] + 1
        longest = max(longest, *here)
        before = here
    return longest
