"""Catalogue: which articles one generation holds, and lists of a few of them.

The Discord side keeps the ids of all, to work out what may be seen where without waiting; their
titles, and people's names, it asks for by the few that are shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.article import Heading


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The articles of a generation; `built` is in ISO 8601, UTC ("" where it is not known)."""

    generation: int = 0
    built: str = ""
    ids: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Some articles of `count`, and how many attributed quotations each of them has."""

    count: int
    headings: tuple[Heading, ...]
    quoted: tuple[int, ...]
