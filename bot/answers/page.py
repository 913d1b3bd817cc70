"""Page: one article as the answers read it, with what was worked out when it was indexed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.article import Article, Span
    from index.speech import Quotation


@dataclass(frozen=True, slots=True)
class Page:
    """An article, its sentences and its speech, each in document order."""

    article: Article
    sentences: tuple[Span, ...] = ()
    quotations: tuple[Quotation, ...] = ()
