"""Links that open the newspaper's page at a sentence, by a text fragment.

A text fragment (https://wicg.github.io/scroll-to-text-fragment/) is
`#:~:text=[prefix-,]start[,end][,-suffix]`. A browser takes the first stretch of the page
that fits, so each form is first tried on the stored text, and a form that would open at
another sentence gives way to one with more words or with the words around it. The
address is where blanks may be changed; nothing here is shown as the newspaper's words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.article import Span

# Discord's limit for the address of a button.
LONGEST_LINK = 512
# Above this many characters only the first and the last words are given.
_LONGEST_WHOLE = 100
_EDGES = (5, 8, 4, 3, 2, 1)
_AROUND = (0, 3, 6)


class _Fragment(NamedTuple):
    """The words of a text fragment, blanks collapsed; "" for a part that it lacks."""

    start: str
    end: str = ""
    prefix: str = ""
    suffix: str = ""

    def __str__(self) -> str:
        parts = (
            f"{_encode(self.prefix)}-" if self.prefix else "",
            _encode(self.start),
            _encode(self.end),
            f"-{_encode(self.suffix)}" if self.suffix else "",
        )
        return "text=" + ",".join(part for part in parts if part)


def link_to(span: Span) -> str | None:
    """Give the article's address with a fragment that opens it at `span`.

    None without an address, or with one that is not of the web or too long for a button.
    The bare address, where no fragment fits in or none would open at these words.
    """
    url = span.article.url
    if not url or urlsplit(url).scheme.lower() not in {"http", "https"}:
        return None
    base = url.split(":~:")[0]
    if len(base.removesuffix("#")) > LONGEST_LINK:
        return None
    stem = f"{base}:~:" if "#" in base else f"{base}#:~:"
    for fragment in _fragments(span):
        link = f"{stem}{fragment}"
        if len(link) <= LONGEST_LINK and _opens_at(fragment, span):
            return link
    return base.removesuffix("#")


def _encode(text: str) -> str:
    # "-" and "," have a meaning of their own in a fragment, "&" ends it.
    return quote(text, safe="").replace("-", "%2D")


def _fragments(span: Span) -> Iterator[_Fragment]:
    """Every form that names the span, the plainest first."""
    words = span.text.split()
    is_one_block = "\n\n" not in span.text
    before, after = _around(span)
    contexts = sorted(product(_AROUND, _AROUND), key=sum)
    bodies: list[tuple[str, str]] = []
    if is_one_block and len(span.text) <= _LONGEST_WHOLE:
        bodies.append((" ".join(words), ""))
    bodies.extend(
        (" ".join(words[:edge]), " ".join(words[-edge:]))
        for edge in _EDGES
        if len(words) >= 2 * edge
    )
    if is_one_block and not bodies:
        bodies.append((" ".join(words), ""))
    for (start, end), (left, right) in product(bodies, contexts):
        prefix = " ".join(before[-left:]) if left else ""
        suffix = " ".join(after[:right]) if right else ""
        yield _Fragment(start, end, prefix, suffix)


def _around(span: Span) -> tuple[list[str], list[str]]:
    """The words of the same paragraph before and after; what stands elsewhere may be an advert."""
    text = span.article.text
    block = span.article.paragraph_at(span.start).span if span.article.blocks else span
    before = text[min(block.start, span.start) : span.start]
    after = text[span.end : max(block.end, span.end)]
    # A word that the span cuts into is no word of its own.
    return before.split(), after.split()


@lru_cache(maxsize=32)
def _page(text: str) -> str:
    """The text as a browser compares it: case and runs of blanks forgotten."""
    return " ".join(text.split()).lower()


def _opens_at(fragment: _Fragment, span: Span) -> bool:
    """Whether the first stretch that fits is the one that is meant."""
    text = span.article.text
    page = _page(text)
    lead = " ".join(text[: span.start].split()).lower()
    blank = bool(lead) and (text[span.start - 1].isspace() or text[span.start].isspace())
    meant = len(lead) + blank
    start, end, prefix, suffix = (part.lower() for part in fragment)
    for match in re.finditer(_bounded(f"{prefix} {start}" if prefix else start), page):
        at = match.start() + (len(prefix) + 1 if prefix else 0)
        rest = match.end()
        if end:
            closing = re.compile(_bounded(f"{end} {suffix}" if suffix else end)).search(page, rest)
            if not closing:
                continue
        elif suffix and not re.compile(rf"\s?{re.escape(suffix)}").match(page, rest):
            continue
        return at == meant
    return False


def _bounded(words: str) -> str:
    """A pattern for words that begin and end where words do."""
    left = r"(?<!\w)" if words[:1].isalnum() else ""
    right = r"(?!\w)" if words[-1:].isalnum() else ""
    return f"{left}{re.escape(words)}{right}"
