"""Words that a question and the sentences of an article share, weighed within that article."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.article import Span

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_QUESTION_WORDS = frozenset(
    "a an the of in on at to for from by with and or is are was were be been being do does did has"
    " have had what who whom whose which when where why how that this these those it its as"
    " s t about there".split()
)
_ANCHOR = re.compile(r"(?<!\w)(?:[A-Z][\w’'.-]*[\w]|\d[\w.,]*\w|\d)")
_SUFFIX = re.compile(r"(?:ing|edly|ed|ies|es|s|ly|er|ers|ion|ions|ment|al)$")
STEM = 4  # letters that are left at least


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
        self.sizes = [sum(one.values()) for one in self._terms]
        self._mean = max(1.0, sum(self.sizes) / max(1, len(self.sizes)))
        self._frequency = Counter(term for one in self._terms for term in one)

    def idf(self, term: str) -> float:
        """How telling a term is in this article; a term that it lacks is the most telling."""
        count, n = self._frequency[term], len(self._terms)
        return math.log(1 + (n - count + 0.5) / (count + 0.5))

    def scores(self, question: str) -> list[tuple[float, float, float]]:
        """For each sentence: BM25, the mean of its neighbours', share of the question held."""
        asked = set(terms(question))
        idf = {term: self.idf(term) for term in asked}
        weight = sum(idf.values()) or 1.0
        own = [self._bm25(idf, i) for i in range(len(self._terms))]
        held = [sum(idf[term] for term in asked if term in one) / weight for one in self._terms]
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

    def _bm25(self, idf: dict[str, float], index: int) -> float:
        one, size = self._terms[index], self.sizes[index]
        total = 0.0
        for term, weight in idf.items():
            if count := one[term]:
                total += weight * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * size / self._mean))
        return total
