"""Whether the best that was found is good enough to say, and why not.

A score is the chance that the articles answer, given what can be told cheaply: how near
the best sentence is in meaning, how many of the question's telling words it shares, and
whether a name or a number of the question is nowhere in the articles at all.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.words import terms_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.scope import Scope
    from index.search import Hit
    from index.store import Store

# Words of questions that say nothing of what is asked; a general English list.
STOP_WORDS = frozenset(
    "a about after all also am an and any are as at be been being but by can could did do does "
    "doing for from get had has have he her him his how i if in into is it its just many may me "
    "might more most much must my no not of on or our out over she should so some than that the "
    "their them then there these they this those to too up us was we were what when where which "
    "while who whom whose why will with would you your say said says tell told happen happened "
    "article according please".split()
)
_NAME_OR_NUMBER = re.compile(r"(?<![\w])(?:[A-Z][\w’'.-]*|\d[\w.,%]*)")


@dataclass(frozen=True, slots=True)
class Signals:
    """What the decision looks at.

    `cosine` is the best passage's; `shared` the part of the question's telling words that
    the best passage has (0..1); `missing` the names and numbers of the question that the
    articles never mention.
    """

    cosine: float
    shared: float
    missing: tuple[str, ...]


def read_signals(store: Store, scope: Scope, question: str, hits: Sequence[Hit]) -> Signals:
    """The signals for a question and what search found for it."""
    telling = telling_terms(question)
    best = set(terms_of(hits[0].passage.span.text)) if hits else set()
    size = len(telling) or 1
    return Signals(
        cosine=max((hit.cosine for hit in hits), default=0.0),
        shared=sum(term in best for term in telling) / size,
        missing=missing_anchors(store, scope, question),
    )


def telling_terms(text: str) -> tuple[str, ...]:
    """The stems of a text's words that say what it is about, each once, in order."""
    return tuple(term for term in dict.fromkeys(terms_of(text)) if term not in _STOP_STEMS)


def missing_anchors(store: Store, scope: Scope, question: str) -> tuple[str, ...]:
    """The names and numbers of a question that no article in scope mentions, as typed.

    A capital counts as a name, except on the question's first word; in a question
    without any capital there are only its numbers to go by.
    """
    shouted = question.upper() == question
    found = []
    for match in _NAME_OR_NUMBER.finditer(question):
        word = match[0].strip(".,’'-")
        if (shouted or match.start() == 0) and not word[:1].isdigit():
            continue
        terms = telling_terms(word)
        if terms and not all(_is_known(store, scope, term) for term in terms):
            found.append(word)
    return tuple(dict.fromkeys(found))


def _is_known(store: Store, scope: Scope, term: str) -> bool:
    visible = store.visible(scope)
    return any(
        mask[segment.words.postings(term)[0]].any()
        for segment, mask in zip(store.segments, visible, strict=True)
    )


_STOP_STEMS = frozenset(term for word in STOP_WORDS for term in terms_of(word))

# A logistic model of the signals, fitted on the squad2 and xquad rows of the development set
# with both outcomes weighing the same; changing the encoder or the search weights moves it.
# Figures as served, by kind of question: docs/decisions/2026-11-23-encoder-and-fusion.md.
BIAS, COSINE, SHARED, MISSING = -3.54, 3.86, 1.77, -1.08


def score_of(signals: Signals) -> float:
    """How sure it is that the articles answer, 0..1."""
    strength = (
        BIAS
        + COSINE * signals.cosine
        + SHARED * signals.shared
        + MISSING * min(len(signals.missing), 2)
    )
    return 1 / (1 + math.exp(-strength))
