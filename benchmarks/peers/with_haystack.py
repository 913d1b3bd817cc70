"""Haystack: its sentence-transformers embedders over the in-memory document store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from driver import drive

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
from haystack import Document, Pipeline
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Haystack:
    """A pipeline of an embedder and a retriever."""

    def __init__(self, model: str) -> None:
        self._model = model

    def prepare(self, folder: Path) -> None:
        """Load the model."""
        del folder
        self._embedder = SentenceTransformersDocumentEmbedder(
            model=self._model, normalize_embeddings=True, progress_bar=False
        )
        self._embedder.warm_up()

    def build(self, passages: Sequence[tuple[str, str]], folder: Path) -> None:
        """Embed, store and save."""
        documents = [Document(id=name, content=text) for name, text in passages]
        store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
        store.write_documents(self._embedder.run(documents=documents)["documents"])
        store.save_to_disk(str(folder / "documents.json"))

    def load(self, folder: Path) -> None:
        """Open what was saved."""
        embedder = SentenceTransformersTextEmbedder(
            model=self._model, normalize_embeddings=True, progress_bar=False
        )
        store = InMemoryDocumentStore.load_from_disk(str(folder / "documents.json"))
        self._pipeline = Pipeline()
        self._pipeline.add_component("embedder", embedder)
        self._pipeline.add_component("retriever", InMemoryEmbeddingRetriever(store))
        self._pipeline.connect("embedder.embedding", "retriever.query_embedding")
        self._pipeline.warm_up()

    def retrieve(self, question: str, count: int) -> list[str]:
        """The nearest passages."""
        found = self._pipeline.run({"embedder": {"text": question}, "retriever": {"top_k": count}})
        return [document.id for document in found["retriever"]["documents"]]


if __name__ == "__main__":
    drive(Haystack)
