"""Links that open the newspaper's page at the sentence, by a text fragment.

The browser looks the words up on the live page (https://wicg.github.io/scroll-to-text-fragment/),
so they are given as printed; where the page no longer has them it opens at its top.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from index.article import Span

WHOLE = 80
"""Characters up to which a sentence stands in the link whole; a longer one by its two ends."""
WORDS = 4
"""Words that stand for an end, at least."""


def link_to(span: Span) -> str | None:
    """Give the article's address with the sentence in it; None where it has no address."""
    url = span.article.url
    if not url:
        return None
    words = [word.span() for word in re.finditer(r"\S+", span.text)]
    text = span.text.strip()
    if len(text) <= WHOLE or len(words) <= 2 * WORDS:
        fragment = _escaped(text)
    else:
        count = WORDS
        start = span.text[words[0][0] : words[count - 1][1]]
        # The browser takes the first place that fits, so the start must be the only one.
        while count < len(words) - WORDS and span.article.text.find(start) != span.start:
            count += 1
            start = span.text[words[0][0] : words[count - 1][1]]
        end = span.text[words[-WORDS][0] : words[-1][1]]
        fragment = f"{_escaped(start)},{_escaped(end)}"
    return f"{url}{'' if '#' in url else '#'}:~:text={fragment}"


def _escaped(text: str) -> str:
    # A hyphen and a comma have a meaning of their own in a text fragment.
    return quote(" ".join(text.split()), safe="").replace("-", "%2D")
