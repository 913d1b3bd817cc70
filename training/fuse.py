"""Fusing: the weights of the ranking's signals and of the evidence that an article answers.

Fitted on squad2 and xquad rows alone, whose documents were read by readers that were not
trained on them. Questions whose answering sentence was cut out are made here, because the
rows have none. The constants that it prints stand in `bot/answers/ranking.py`.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import torch

from bot.answers.ranking import Lexical, Ranked, Weights, gather, weigh
from index.article import Article, Span
from index.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bot.answers.ranking import Signals
    from bot.answers.reader import Reader

_BLOCK = re.compile(r"\S(?:.*?\S)??(?=\s*\n\s*\n|\s*\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Case:
    """A question read in one article; `right` are the sentences that answer."""

    document: str
    question: str
    sentences: tuple[Span, ...]
    signals: tuple[tuple[Signals, Span | None], ...]
    right: frozenset[int]


def as_article(name: str, text: str) -> Article:
    """A development text as an article, its paragraphs parted by empty lines."""
    return Article(name, text, tuple((m.start(), m.end()) for m in _BLOCK.finditer(text)))


def collect(
    rows: Sequence[dict[str, Any]], reader_for: Callable[[str], Reader], *, removed: bool
) -> Iterator[Case]:
    """The cases of rows; with `removed` also half of them again without their answer."""
    for row in rows:
        reader = reader_for(row["doc_id"])
        article = as_article(row["doc_id"], row["text"])
        sentences = split_sentences(article)
        for asked in row["questions"]:
            signals = gather(asked["question"], sentences, reader)
            right = frozenset(
                i
                for i, s in enumerate(sentences)
                for a in asked["answers"]
                if s.start <= a["start"] < s.end
            )
            yield Case(row["doc_id"], asked["question"], sentences, signals, right)
            if removed and right and random.Random(asked["id"]).random() < 0.5:  # noqa: S311
                without = _without(article, sentences, asked["answers"])
                if len(without) > 3:
                    again = gather(asked["question"], without, reader)
                    yield Case(row["doc_id"], asked["question"], without, again, frozenset())


def _without(
    article: Article, sentences: Sequence[Span], answers: Sequence[dict[str, Any]]
) -> tuple[Span, ...]:
    """The sentences of the article with those cut out that have an answer's words."""
    pieces = [s.text for s in sentences if not any(a["text"] in s.text for a in answers)]
    made = as_article(article.id, "\n\n".join(pieces))
    return split_sentences(made) if pieces else ()


def fit_weights(cases: Sequence[Case]) -> Weights:
    """Weights that make the answering sentences likeliest among their article's."""
    answered = [case for case in cases if case.right]
    tables = [torch.tensor([astuple(s) for s, _ in case.signals]) for case in answered]
    vector = torch.tensor([0.5, 0.3, 0.1, 0.0, 0.0, 0.0], requires_grad=True)

    def loss() -> torch.Tensor:
        total = torch.zeros(())
        for case, table in zip(answered, tables, strict=True):
            chances = (table @ vector).log_softmax(0)
            total = total - chances[sorted(case.right)].logsumexp(0)
        return total / len(answered) + 1e-3 * vector.square().sum()

    _minimise(vector, loss)
    return Weights(*(round(float(x), 3) for x in vector))


def fit_belief(cases: Sequence[Case], weights: Weights) -> list[float]:
    """Bias and weights of the evidence, both outcomes weighing the same."""
    table = torch.tensor([astuple(evidence(case, weights)) for case in cases])
    right = torch.tensor([float(bool(case.right)) for case in cases])
    balance = torch.where(right > 0, 0.5 / right.mean(), 0.5 / (1 - right.mean()))
    vector = torch.zeros(table.shape[1] + 1, requires_grad=True)

    def loss() -> torch.Tensor:
        odds = vector[0] + table @ vector[1:]
        entropy = torch.nn.functional.binary_cross_entropy_with_logits(odds, right, weight=balance)
        return entropy + 1e-3 * vector[1:].square().sum()

    _minimise(vector, loss)
    return [round(float(x), 3) for x in vector]


def evidence(case: Case, weights: Weights) -> Any:
    """The evidence of a case under the given weights."""
    ranked = [
        Ranked(s, weights.score(one), words, one)
        for s, (one, words) in zip(case.sentences, case.signals, strict=True)
    ]
    ranked.sort(key=lambda place: -place.score)
    return weigh(case.question, ranked, Lexical(case.sentences))


def _minimise(vector: torch.Tensor, loss: Callable[[], torch.Tensor]) -> None:
    optimiser = torch.optim.LBFGS([vector], max_iter=100)

    def step() -> torch.Tensor:
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return value

    optimiser.step(step)


def read_json_rows(path: Path, sources: frozenset[str]) -> list[dict[str, Any]]:
    """Rows of the development set as they are."""
    with path.open(encoding="utf-8") as file:
        return [row for row in map(json.loads, file) if row["source"] in sources]
