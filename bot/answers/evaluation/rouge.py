"""ROUGE: how many words, and pairs of words, a summary shares with one that a person wrote.

F1 of words (`rouge_1`), of pairs of neighbours (`rouge_2`) and of the longest sequence
of words in common (`rouge_l`), in lower case and without stemming; 0 where there are none.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Rouge:
    """The three F1 values, 0..1."""

    rouge_1: float
    rouge_2: float
    rouge_l: float


def rouge(summary: str, reference: str) -> Rouge:
    """Compare a summary with a reference."""
    given, wanted = _WORD.findall(summary.lower()), _WORD.findall(reference.lower())
    one = (Counter(given) & Counter(wanted)).total()
    two = (Counter(pairwise(given)) & Counter(pairwise(wanted))).total()
    sizes = len(given), len(wanted)
    fewer = max(0, len(given) - 1), max(0, len(wanted) - 1)
    return Rouge(_f1(one, *sizes), _f1(two, *fewer), _f1(_in_order(given, wanted), *sizes))


def _f1(shared: int, given: int, wanted: int) -> float:
    return 2 * shared / (given + wanted) if shared else 0.0


def _in_order(given: Sequence[str], wanted: Sequence[str]) -> int:
    """The length of the longest sequence that stands in both, gaps allowed."""
    row = [0] * (len(wanted) + 1)
    for word in given:
        corner = 0
        for place, other in enumerate(wanted, start=1):
            above = row[place]
            row[place] = corner + 1 if word == other else max(above, row[place - 1])
            corner = above
    return row[-1]
