"""Fusing: the weights of the ranking's signals and of the evidence that an article answers.

Fitted on squad2 and xquad rows alone, whose documents were read by readers that were not
trained on them. Questions whose answering sentence was cut out are made here, because the
rows have none. The constants that it prints stand in `bot/answers/ranking.py`.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import astuple, dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bot.answers.lexical import Lexical
from bot.answers.ranking import (
    Belief,
    Candidate,
    Evidence,
    Fit,
    Signals,
    Weights,
    gather,
    order,
)
from index.article import Article, Span
from index.passages import split_passages
from index.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bot.answers.ranking import Gathered
    from bot.answers.reader import Reader
    from index.embedding import Embedder

_BLOCK = re.compile(r"\S(?:.*?\S)??(?=\s*\n\s*\n|\s*\Z)", re.DOTALL)
CHEAP = len(Signals._fields) - 2  # signals that need no reader
NAMES = Signals._fields


@dataclass(frozen=True, slots=True)
class Case:
    """A question read in one article; `right` are the sentences that answer."""

    document: str
    question: str
    candidate: Candidate
    signals: Gathered
    right: frozenset[int]


class Page:
    """A development text as the service sees it: sentences, and vectors of its passages."""

    def __init__(self, name: str, text: str, embedder: Embedder) -> None:
        self.article = as_article(name, text)
        self.sentences = split_sentences(self.article)
        self.lexical = Lexical(self.sentences)
        passages = split_passages(self.sentences)
        vectors = embedder.encode_passages([one.span.text for one in passages])
        self._vectors = np.repeat(vectors, [len(one.sentences) for one in passages], axis=0)
        self._embedder = embedder

    def candidate(self, question: str) -> Candidate:
        """The article as one that may answer."""
        cosines = self._vectors @ self._embedder.encode_query(question)
        return Candidate(self.sentences, tuple(cosines.tolist()), self.lexical)


def as_article(name: str, text: str) -> Article:
    """A development text as an article, its paragraphs parted by empty lines."""
    return Article(name, text, tuple((m.start(), m.end()) for m in _BLOCK.finditer(text)))


def collect(
    rows: Sequence[dict[str, Any]],
    reader_for: Callable[[str], Reader | None],
    embedder: Embedder,
    *,
    windows: int,
    removed: bool,
) -> Iterator[Case]:
    """The cases of rows; with `removed` also half of them again without their answer."""

    @cache
    def page_of(name: str, text: str) -> Page:
        return Page(name, text, embedder)

    for row in rows:
        reader, name = reader_for(row["doc_id"]), row["doc_id"]
        page = page_of(name, row["text"])

        def case(page: Page, question: str, right: frozenset[int]) -> Case:
            candidate = page.candidate(question)
            (signals,) = gather(question, [candidate], reader, windows=windows)  # noqa: B023
            return Case(name, question, candidate, signals, right)  # noqa: B023

        for asked in row["questions"]:
            right = frozenset(
                i
                for i, s in enumerate(page.sentences)
                for a in asked["answers"]
                if s.start <= a["start"] < s.end
            )
            yield case(page, asked["question"], right)
            if removed and right and random.Random(asked["id"]).random() < 0.5:  # noqa: S311
                kept = _without(page.sentences, asked["answers"])
                if kept and len(page_of(name, kept).sentences) > 3:
                    yield case(page_of(name, kept), asked["question"], frozenset())


def _without(sentences: Sequence[Span], answers: Sequence[dict[str, Any]]) -> str:
    """The article's sentences, less those that have an answer's words."""
    return "\n\n".join(s.text for s in sentences if not any(a["text"] in s.text for a in answers))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What these rows, no news, would teach wrongly, by names of signals.

    Weights that are `held` while the others are fitted, and that are `dropped` afterwards;
    evidence that is `disbelieved`.
    """

    held: Mapping[str, float]
    dropped: Sequence[str] = ()
    disbelieved: Sequence[str] = ()


def fit_all(cases: Sequence[Case], chosen: Chosen, *, read: bool) -> Fit:
    """Weights that make the answering sentences likeliest, and the belief that goes with them."""
    held = chosen.held
    used = len(Signals._fields) if read else CHEAP
    answered = [case for case in cases if case.right]
    tables = [torch.tensor([s[:used] for s, _ in case.signals]) for case in answered]
    spread = torch.cat(tables).std(0).clamp(min=1e-3)
    vector = torch.zeros(used, requires_grad=True)
    fixed = torch.tensor([held.get(name, 0.0) for name in NAMES[:used]])
    set_ = torch.tensor([name in held for name in NAMES[:used]])

    def weights() -> torch.Tensor:
        free = vector / spread
        return torch.where(set_, fixed, free)

    def loss() -> torch.Tensor:
        total = torch.zeros(())
        for case, table in zip(answered, tables, strict=True):
            chances = (table @ weights()).log_softmax(0)
            total = total - chances[sorted(case.right)].logsumexp(0)
        return total / len(answered) + 1e-3 * vector.square().sum()

    _minimise(vector, loss)
    fitted = Weights(*(round(float(x), 3) for x in weights().detach()))
    found = replace(fitted, **dict.fromkeys(chosen.dropped, 0.0))
    return Fit(found, fit_belief(cases, found, without=chosen.disbelieved))


def fit_belief(cases: Sequence[Case], weights: Weights, *, without: Sequence[str] = ()) -> Belief:
    """Bias and weights of the evidence, both outcomes weighing the same."""
    nothing = dict.fromkeys(without, 0.0)
    table = torch.tensor([astuple(replace(evidence(case, weights), **nothing)) for case in cases])
    middle, spread = table.mean(0), table.std(0)
    spread = torch.where(spread < 1e-6, torch.ones(()), spread)
    right = torch.tensor([float(bool(case.right)) for case in cases])
    balance = torch.where(right > 0, 0.5 / right.mean(), 0.5 / (1 - right.mean()))
    vector = torch.zeros(table.shape[1] + 1, requires_grad=True)

    def loss() -> torch.Tensor:
        odds = vector[0] + ((table - middle) / spread) @ vector[1:]
        entropy = torch.nn.functional.binary_cross_entropy_with_logits(odds, right, weight=balance)
        return entropy + 1e-2 * vector[1:].square().sum()

    _minimise(vector, loss)
    slopes = (vector[1:] / spread).detach()
    bias = vector.detach()[0] - (slopes * middle).sum()
    return Belief(*(round(float(x), 3) for x in (bias, *slopes)))


_NOTHING = Belief(*(0.0 for _ in fields(Belief)))


def evidence(case: Case, weights: Weights) -> Evidence:
    """The evidence of a case under the given weights."""
    fit = Fit(weights, _NOTHING)
    return order(case.question, [case.candidate], [case.signals], fit).evidence


def unread(case: Case) -> Case:
    """The case as it is without a reader."""
    plain = tuple((replace(s, support=0.0, words=0.0), None) for s, _ in case.signals)
    return replace(case, signals=plain)


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
