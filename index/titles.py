"""Titles: the articles of a segment by the words that they are known by, memory-mapped.

title_keys  the words under which each article is listed (`index.names.keys_of_article`),
with `title_key_rows`, the articles' rows (see `index.keyed`)
newest      the articles' rows, the latest first; those of one date by id, and so those
without one, which come last
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from index.keyed import Keyed, KeyedWriter
from index.mapped import open_array, write_array
from index.names import keys_of_article

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from index.article import Heading


class TitlesWriter:
    """Writes the titles of a segment; in memory it takes 8 bytes a word, and each one's date."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys = KeyedWriter(folder, "title", "rows")
        self._dated: list[tuple[str, str]] = []

    def add(self, article: Heading) -> None:
        """Add the article of the next row."""
        self._keys.add(sorted(keys_of_article(article)), len(self._dated))
        self._dated.append((date_of(article), article.id))

    def close(self) -> None:
        """Write what was collected."""
        self._keys.close()
        rows = sorted(range(len(self._dated)), key=lambda row: self._dated[row][1].encode())
        rows.sort(key=lambda row: self._dated[row][0], reverse=True)
        write_array(self._folder, "newest", np.asarray(rows, dtype=np.int32))


class Titles:
    """Titles that are open for reading. Raises ValueError where their files don't agree."""

    def __init__(self, folder: Path, articles: int) -> None:
        self._keys = Keyed(folder, "title", "rows")
        self.newest: NDArray[np.int32] = open_array(folder, "newest", np.int32)
        if len(self.newest) != articles:
            raise ValueError("its files do not hold the same articles")

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What says whose the keys are: a change there would have articles vanish."""
        return self._keys.arrays | {"newest": self.newest}

    def known_by(
        self, words: Sequence[str], among: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which of these articles (by row) are known by words, and which begin with the first.

        The last word may be unfinished; without words it is all of them, and no one begins so.
        """
        known = among.copy()
        begun = np.zeros_like(among)
        for number, word in enumerate(words):
            unfinished = number == len(words) - 1
            known &= self._marked("t", word, len(among), unfinished=unfinished)
            if not number:
                begun = self._marked("b", word, len(among), unfinished=unfinished)
        return known, begun & known

    def _marked(self, kind: str, word: str, size: int, *, unfinished: bool) -> NDArray[np.bool_]:
        find = self._keys.beginning if unfinished else self._keys.under
        marked = np.zeros(size, dtype=np.bool_)
        marked[find(f"{kind}:{word}")] = True
        return marked


def date_of(article: Heading) -> str:
    """When an article was published, as it sorts; "" where that is not said as a date."""
    try:
        datetime.fromisoformat(article.published or "")
    except ValueError:
        return ""
    return article.published or ""
