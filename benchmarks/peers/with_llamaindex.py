"""LlamaIndex: HuggingFaceEmbedding over its FAISS vector store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import faiss
from driver import drive
from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.faiss import FaissVectorStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DIMENSION = 384


class LlamaIndex:
    """Embedding, index and retriever."""

    def __init__(self, model: str) -> None:
        self._embedding = HuggingFaceEmbedding(model_name=model, normalize=True)

    def prepare(self, folder: Path) -> None:
        """Nothing more: the model is loaded."""

    def build(self, passages: Sequence[tuple[str, str]], folder: Path) -> None:
        """Embed, index and persist."""
        nodes = [TextNode(id_=name, text=text) for name, text in passages]
        vectors = FaissVectorStore(faiss_index=faiss.IndexFlatIP(DIMENSION))
        index = VectorStoreIndex(
            nodes,
            storage_context=StorageContext.from_defaults(vector_store=vectors),
            embed_model=self._embedding,
        )
        index.storage_context.persist(persist_dir=str(folder))

    def load(self, folder: Path) -> None:
        """Open what was persisted."""
        vectors = FaissVectorStore.from_persist_dir(str(folder))
        context = StorageContext.from_defaults(vector_store=vectors, persist_dir=str(folder))
        self._index = load_index_from_storage(context, embed_model=self._embedding)

    def retrieve(self, question: str, count: int) -> list[str]:
        """The nearest passages."""
        retriever = self._index.as_retriever(similarity_top_k=count)
        return [one.node.node_id for one in retriever.retrieve(question)]


if __name__ == "__main__":
    drive(LlamaIndex)
