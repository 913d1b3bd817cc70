"""Passages: what is embedded and searched, a sentence or a short run of sentences.

A passage never crosses a paragraph and never cuts a sentence, so that what search finds
can be shown as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from index.article import Span, join

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A sentence of fewer words ("He agreed.") says too little to be found by itself.
SHORTEST_WORDS: Final = 4
# The embedder reads 256 word pieces; news prose has 4 to 5 characters in each.
LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one paragraph; `span` reaches from the first to the last."""

    span: Span
    sentences: tuple[Span, ...]

    @classmethod
    def of(cls, sentences: Sequence[Span]) -> Passage:
        """The passage that these sentences, in order, make."""
        return cls(join(tuple(sentences)), tuple(sentences))


def split_passages(
    sentences: Sequence[Span], *, shortest_words: int = SHORTEST_WORDS, longest: int = LONGEST
) -> tuple[Passage, ...]:
    """One passage for each sentence, a very short one joined to its neighbour.

    `longest` bounds a joined passage in characters; a sentence that is longer by itself
    stays whole, as its own passage.
    """
    paragraphs = groupby(sentences, key=lambda s: (s.article.id, s.paragraph))
    return tuple(
        Passage.of(run)
        for _, paragraph in paragraphs
        for run in _runs(list(paragraph), shortest_words, longest)
    )


def _runs(sentences: list[Span], shortest_words: int, longest: int) -> Iterator[tuple[Span, ...]]:
    """Short sentences join the one before them, or the next where there is none."""
    run: list[Span] = []
    for sentence in sentences:
        alone = len(run) != 1 or not _is_short(run[0], shortest_words)
        if run and (
            (alone and not _is_short(sentence, shortest_words))
            or sentence.end - run[0].start > longest
        ):
            yield tuple(run)
            run = []
        run.append(sentence)
    if run:
        yield tuple(run)


def _is_short(sentence: Span, shortest_words: int) -> bool:
    return len(sentence.text[:200].split()) < shortest_words
