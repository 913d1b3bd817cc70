"""Scope: the articles that the asker may see.

Every look-up takes one and searches inside it; nothing is filtered afterwards, so
that an article outside a scope cannot show itself by a rank, a count or a spelling.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """A set of article ids; `ids` of None means every article of the index."""

    ids: frozenset[str] | None = None

    def allows(self, article_id: str) -> bool:
        """Whether the asker may see the article."""
        return self.ids is None or article_id in self.ids

    def only(self, article_id: str) -> Scope:
        """This scope narrowed to one article (to nothing, where it may not be seen)."""
        return Scope(frozenset({article_id} if self.allows(article_id) else ()))


EVERYTHING = Scope()
