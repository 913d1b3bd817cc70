"""Find: the articles in which some words stand one after the other.

Search proposes what is like a query and stops at the best few; a quote that is printed in
many articles may then be missed where it matters. Here the postings of all its words are
intersected, article by article, and what is left is read once from end to end, so that
nothing is missed however many articles there are. Words are compared as the word index
compares them, which is wider than word for word: whoever asks looks closer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from index.words import fold_text, stems_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from index.scope import Scope
    from index.store import Store

BREAK = 400
"""Characters that may stand between two of the words: “A,” the reporter breaks in, “B”."""


def find_in_order(store: Store, scope: Scope, phrase: str) -> Iterator[str]:
    """The ids of the articles in scope that hold the words of `phrase` in their order."""
    words = words_of(phrase)
    if not words:
        return
    for article in store.articles_holding(set(stems_of(words)), scope):
        if holds_in_order(article.text, words):
            yield article.id


def holds_in_order(text: str, words: Sequence[str], *, apart: int = BREAK) -> bool:
    """Whether the words stand in this order, no two of them farther than `apart` characters.

    Takes time in proportion to the text: of all the beginnings that reach a word, only the
    latest can be the better one for the next.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(words):
        places[word].insert(0, place)
    sought = "|".join(sorted(map(re.escape, places), key=len, reverse=True))
    reached = [-1] * len(words)
    for match in re.finditer(rf"(?<![^\W_])(?:{sought})(?![^\W_])", fold_text(text)):
        for place in places[match.group()]:
            before = reached[place - 1] if place else match.start()
            if before >= 0 and match.start() - before <= apart:
                reached[place] = match.end()
                if place == len(words) - 1:
                    return True
    return False
