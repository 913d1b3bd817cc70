"""LangChain: HuggingFaceEmbeddings over FAISS, as its own documentation puts them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driver import drive
from langchain_community.vectorstores import FAISS
from langchain_huggingface import HuggingFaceEmbeddings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class LangChain:
    """Embeddings and vector store."""

    def __init__(self, model: str) -> None:
        self._embeddings = HuggingFaceEmbeddings(
            model_name=model, encode_kwargs={"normalize_embeddings": True}
        )

    def prepare(self, folder: Path) -> None:
        """Nothing more: the model is loaded."""

    def build(self, passages: Sequence[tuple[str, str]], folder: Path) -> None:
        """Embed, index and save."""
        names = [name for name, _ in passages]
        store = FAISS.from_texts([text for _, text in passages], self._embeddings, ids=names)
        store.save_local(str(folder))

    def load(self, folder: Path) -> None:
        """Open what was saved (a pickle, which is ours)."""
        self._store = FAISS.load_local(
            str(folder), self._embeddings, allow_dangerous_deserialization=True
        )

    def retrieve(self, question: str, count: int) -> list[str]:
        """The nearest passages."""
        return [str(one.id) for one in self._store.similarity_search(question, k=count)]


if __name__ == "__main__":
    drive(LangChain)
