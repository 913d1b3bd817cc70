"""Pullquote by the peers' protocol: the whole hybrid search that `ask` begins with.

The folder holds an index that was built by `pullquote index build`. Building here is what
the peers do when they build: the same passages are embedded and indexed again.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from driver import drive

sys.path.insert(0, str(Path(__file__).parents[2]))
from bot.bootstrap import open_service
from config.settings import IndexSettings, Settings
from index.passages import split_passages
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Pullquote:
    """A store with its encoder."""

    def __init__(self, model: str) -> None:
        """Take no model: the index carries its own, made of the same weights."""
        del model

    def prepare(self, folder: Path) -> None:
        """Open the index that is to be made again."""
        self.load(folder)

    def build(self, passages: Sequence[tuple[str, str]], folder: Path) -> None:
        """Embed and index again what the index in the folder holds."""
        from index.segment import Analysed, SegmentWriter  # noqa: PLC0415

        del folder
        store = self._service.store
        embedder = store.open_embedder()
        vectors = embedder.encode_passages([text for _, text in passages])
        with tempfile.TemporaryDirectory() as target:
            writer = SegmentWriter(Path(target), embedder.dimension)
            first = 0
            for name in dict.fromkeys(name.rpartition("#")[0] for name, _ in passages):
                sentences = store.sentences(name)
                runs = split_passages(sentences)
                last = first + len(runs)
                article, said = store.article(name), store.quotations(name)
                writer.add(Analysed(article, "", sentences, runs, said, vectors[first:last]))
                first = last
            writer.close()

    def load(self, folder: Path) -> None:
        """Open the index, as `ask` does."""
        self._service = open_service(Settings(index=IndexSettings(folder=folder)))

    def retrieve(self, question: str, count: int) -> list[str]:
        """The best passages by meaning and words, of the 50 that `ask` has looked for."""
        hits = self._service._search(question, EVERYTHING)  # noqa: SLF001 - just this is measured
        return [f"{hit.passage.span.article.id}#{hit.number}" for hit in hits[:count]]


if __name__ == "__main__":
    drive(Pullquote)
