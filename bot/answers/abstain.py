"""Why a question is not answered: names and numbers of it that no article mentions.

How sure it is that the articles answer is said by `bot.answers.ranking`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.words import terms_of

if TYPE_CHECKING:
    from index.scope import Scope
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
        if terms and not all(store.knows(term, scope) for term in terms):
            found.append(word)
    return tuple(dict.fromkeys(found))


_STOP_STEMS = frozenset(term for word in STOP_WORDS for term in terms_of(word))
