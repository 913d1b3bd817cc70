"""txtai: an embeddings database with its defaults (FAISS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driver import drive
from txtai import Embeddings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Txtai:
    """One embeddings database."""

    def __init__(self, model: str) -> None:
        self._embeddings = Embeddings(path=model, gpu=False)

    def prepare(self, folder: Path) -> None:
        """Nothing more: the model is loaded."""

    def build(self, passages: Sequence[tuple[str, str]], folder: Path) -> None:
        """Embed, index and save."""
        self._embeddings.index(passages)
        self._embeddings.save(str(folder))

    def load(self, folder: Path) -> None:
        """Open what was saved."""
        self._embeddings.load(str(folder))

    def retrieve(self, question: str, count: int) -> list[str]:
        """The nearest passages."""
        return [str(found[0]) for found in self._embeddings.search(question, count)]


if __name__ == "__main__":
    drive(Txtai)
