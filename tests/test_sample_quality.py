"""How well the sample article is served: figures may rise freely and fall only on purpose.

The questions of `gold/sample_questions.jsonl` were written from the article alone, before
anything was asked; no rule may be made for their wording. 35 of 77 have no answer there:
near misses about people, dates, countries and numbers that the article never mentions,
and about what those who speak in it never spoke of.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from bot.answers.answer import Answer
from bot.answers.evaluation.marks import Prediction, figures_of, mark
from index.scope import EVERYTHING

GOLD = Path(__file__).parent / "gold" / "sample_questions.jsonl"

# Measured on 2026-11-24 with the reader's second weights: .93, .64, .09, .36 and .77 (search
# alone: .81, .50, .14, .50 and .66), each less one question for what another processor's int8
# may do. A change that reaches more raises them; only a decision that says why lowers them.
RECALL_AT_1 = 0.90
SERVED_AT_1 = 0.61
FALSE_ANSWERS = 0.12
FALSE_REFUSALS = 0.39
END_TO_END = 0.75


@pytest.fixture(scope="module")
def questions():
    return [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def marks(service, questions):
    return [_mark(service, row) for row in questions]


def test_the_gold_is_answered_by_words_that_the_article_prints(service, questions):
    article = service.article("sample")
    answers = [answer for row in questions for answer in row.get("answers", ())]
    assert len(answers) > 40
    assert [answer for answer in answers if answer not in article.text] == []


def test_a_third_of_the_gold_has_no_answer(questions):
    unanswerable = [row for row in questions if row.get("answerable") is False]
    assert len(questions) >= 45
    assert len(unanswerable) * 3 >= len(questions)
    assert len({row["question"] for row in questions}) == len(questions)
    assert len({row["id"] for row in questions}) == len(questions)
    assert all(bool(row.get("answers")) != (row in unanswerable) for row in questions)


def test_the_sample_is_served_no_worse_than_before(marks):
    figures = figures_of(marks)
    told = asdict(figures)
    wrong = [m.id for m in marks if not m.right]
    assert figures.recall_at_1 >= RECALL_AT_1, (told, wrong)
    assert figures.served_at_1 >= SERVED_AT_1, (told, wrong)
    assert figures.false_answers <= FALSE_ANSWERS, (told, wrong)
    assert figures.false_refusals <= FALSE_REFUSALS, (told, wrong)
    assert figures.end_to_end >= END_TO_END, (told, wrong)


def _mark(service, row):
    result = service.ask(row["question"], scope=EVERYTHING.only(row["article"]))
    shown = result.citations if isinstance(result, Answer) else result.nearest
    texts = tuple(citation.span.text for citation in shown)
    answered = isinstance(result, Answer)
    prediction = Prediction(row["id"], texts, None, answered=answered, score=result.score)
    return mark(prediction, row.get("answers", ()))
