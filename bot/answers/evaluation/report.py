"""Report: the figures of one file, with 95% intervals, and what each threshold would do."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from bot.answers.evaluation.marks import (
    Bin,
    Mark,
    Threshold,
    figures_of,
    mark,
    outcome_of,
    reliability_of,
    thresholds_of,
)
from bot.answers.evaluation.rouge import rouge
from bot.answers.evaluation.speech import judge, speech_figures

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from bot.answers.evaluation.marks import Prediction
    from bot.answers.evaluation.rows import Document, Questions, Quotes
    from bot.answers.evaluation.speech import Found

T = TypeVar("T")

DRAWS = 300
FEWEST_ARTICLES = 10
"""With fewer articles than this, questions are drawn again, not articles."""
STEPS = tuple(step / 20 for step in range(1, 20))
"""The thresholds that are tried."""

Figure = float | int | None


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a file `of` "questions", "quotes" or "summaries".

    `intervals` are 95% intervals, by figure. Summaries have no threshold: there `present` is
    None, and `thresholds` and `bins` are empty.
    """

    of: str
    figures: Mapping[str, Figure]
    intervals: Mapping[str, tuple[float, float]]
    thresholds: tuple[Threshold, ...] = ()
    present: Threshold | None = None
    bins: tuple[Bin, ...] = ()


def report_questions(
    rows: Questions, predictions: Sequence[Prediction], *, min_score: float
) -> Report:
    """The report of a file of questions, as predicted with the threshold `min_score`."""
    answers = {one.id: one.answers for one in rows.asked}
    articles = {one.id: one.article for one in rows.asked}
    marks = [mark(one, answers[one.id]) for one in predictions]
    grouped: dict[str | None, list[Mark]] = defaultdict(list)
    for one in marks:
        grouped[articles[one.id]].append(one)
    groups = list(grouped.values())
    if len(groups) < FEWEST_ARTICLES:
        groups = [[one] for one in marks]
    return Report(
        "questions",
        asdict(figures_of(marks)),
        intervals(groups, lambda drawn: asdict(figures_of(drawn))),
        thresholds_of(marks, STEPS),
        outcome_of(marks, min_score),
        reliability_of(marks),
    )


def report_quotes(
    rows: Quotes,
    found: Mapping[str, Sequence[Found]],
    unsure: Mapping[str, Sequence[Found]],
    *,
    min_confidence: float,
) -> Report:
    """The report of a file of quotations; `unsure` names every speaker, however unsure."""
    judged = [judge(one, found[one.document.id]) for one in rows.marked]
    held = [judge(one, unsure[one.document.id]) for one in rows.marked]
    marks = [mark for one in held for mark in one.speakers]
    named = [mark for one in judged for mark in one.speakers]
    return Report(
        "quotes",
        asdict(speech_figures(judged)),
        intervals([[one] for one in judged], lambda drawn: asdict(speech_figures(drawn))),
        thresholds_of(marks, STEPS),
        outcome_of(named, min_confidence),
        reliability_of(marks),
    )


def report_summaries(
    references: Sequence[tuple[Document, str]],
    found: Mapping[str, Sequence[str]],
    first: Mapping[str, Sequence[str]],
) -> Report:
    """The report of a file of summaries; `first` are as many sentences from each top."""
    scored = []
    for document, reference in references:
        ours = asdict(rouge(" ".join(found[document.id]), reference))
        top = rouge(" ".join(first[document.id]), reference).rouge_1
        scored.append({**ours, "first_rouge_1": top, "gain": ours["rouge_1"] - top})

    def means(drawn: Sequence[Mapping[str, float]]) -> dict[str, Figure]:
        return {key: statistics.fmean(one[key] for one in drawn) for key in scored[0]}

    figures = {"articles": len(scored), **means(scored)}
    return Report("summaries", figures, intervals([[one] for one in scored], means))


def intervals(
    groups: Sequence[Sequence[T]],
    figures: Callable[[Sequence[T]], Mapping[str, Figure]],
    *,
    draws: int = DRAWS,
) -> dict[str, tuple[float, float]]:
    """95% intervals of the figures that are shares, by drawing whole groups again, seeded."""
    chance = random.Random(0)  # noqa: S311 - a bootstrap, seeded to repeat
    found: dict[Hashable, list[float]] = defaultdict(list)
    for _ in range(draws):
        drawn = [one for group in chance.choices(groups, k=len(groups)) for one in group]
        for key, value in figures(drawn).items():
            if isinstance(value, float):
                found[key].append(value)
    return {
        str(key): (_at(values, 0.025), _at(values, 0.975))
        for key, values in found.items()
        if values
    }


def report_json(report: Report) -> dict[str, Any]:
    """The report as `pullquote eval --json` prints it (docs/schemas/eval.json)."""
    return {
        "schema": "pullquote/eval/1",
        "of": report.of,
        "figures": {key: _rounded(value) for key, value in report.figures.items()},
        "intervals": {key: [*map(_rounded, pair)] for key, pair in report.intervals.items()},
        "present": _threshold_json(report.present) if report.present else None,
        "thresholds": [_threshold_json(one) for one in report.thresholds],
        "reliability": [{key: _rounded(v) for key, v in asdict(b).items()} for b in report.bins],
    }


def _threshold_json(one: Threshold) -> dict[str, Figure]:
    return {key: _rounded(value) for key, value in (asdict(one) | {"risk": one.risk}).items()}


def _rounded(value: Figure) -> Figure:
    return round(value, 4) if isinstance(value, float) else value


def _at(values: list[float], share: float) -> float:
    return sorted(values)[int(share * len(values))]
