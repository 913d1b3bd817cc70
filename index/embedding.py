"""Embedder: from text to unit vectors; sentence-transformers to export, ONNX Runtime to encode.

An index carries its own encoder: the model that its build exported, with pooling and
normalisation inside the graph. Passages and questions go through that same file, one
text at a time, so both are always encoded by one model at one precision. (A dynamic
int8 vector depends on what shares its batch; alone it depends on its text only.)
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import numpy as np

from index.runtime import open_session, open_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

RUN = 16
"""Passages that a thread takes at once; each still goes through the encoder by itself."""


class Precision(StrEnum):
    """The arithmetic of an exported encoder."""

    INT8 = "int8"
    FP32 = "fp32"


@dataclass(frozen=True, slots=True)
class EncoderCard:
    """What an exported encoder is: `encoder.json` beside its files.

    `drift` is, for each precision, the lowest and the mean cosine between its vectors and
    those of sentence-transformers, over the sentences that `index.export` keeps for it.
    `weights` is the SHA-256 of the source model's weights.
    """

    model: str
    weights: str
    dimension: int
    max_tokens: int
    query_prompt: str
    passage_prompt: str
    drift: dict[str, tuple[float, float]]

    @classmethod
    def read(cls, folder: Path) -> EncoderCard:
        """Read the card of the encoder in `folder`."""
        found = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        found["drift"] = {name: tuple(pair) for name, pair in found["drift"].items()}
        return cls(**found)

    def write(self, folder: Path) -> None:
        """Write the card beside the encoder's files."""
        text = json.dumps(asdict(self), indent=2, sort_keys=True)
        (folder / "encoder.json").write_text(text + "\n", encoding="utf-8")


class Embedder(Protocol):
    """Texts to unit vectors (float32), so that an inner product is a cosine."""

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """One vector, of shape (dimension,)."""

    def encode_passages(
        self, texts: Sequence[str], *, done: Callable[[], None] | None = None
    ) -> NDArray[np.float32]:
        """One row a text, in order: (len(texts), dimension). `done` is called once for each."""

    def has_word(self, word: str) -> bool:
        """Whether a word (in lower case) is one that the model knows whole, as common ones are."""


class OnnxEmbedder:
    """An exported encoder, run by ONNX Runtime."""

    def __init__(self, folder: Path, precision: Precision) -> None:
        self.card = EncoderCard.read(folder)
        self.precision = precision
        # On one thread: a question is so short that waking another takes longer than it saves.
        self._session = open_session(folder / f"{precision}.onnx")
        self._tokenizer = open_tokenizer(folder / "tokenizer.json", max_tokens=self.card.max_tokens)

    @property
    def dimension(self) -> int:
        """As the card says."""
        return self.card.dimension

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """One vector, of shape (dimension,)."""
        return self._encode(self.card.query_prompt + text)

    def encode_passages(
        self, texts: Sequence[str], *, done: Callable[[], None] | None = None
    ) -> NDArray[np.float32]:
        """One row a text, in order, each encoded by itself; every core takes part."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        prompt = self.card.passage_prompt
        encoded = self._tokenizer.encode_batch_fast([prompt + text for text in texts])
        # The longest first, so that at the end no core waits for one; and texts of one length
        # in a row, since ONNX Runtime lays memory out anew where the length changes.
        order = sorted(range(len(texts)), key=lambda row: -len(encoded[row].ids))
        runs = [order[first : first + RUN] for first in range(0, len(order), RUN)]

        def encode(rows: list[int]) -> int:
            for row in rows:
                vectors[row] = self._run(encoded[row].ids)
            return len(rows)

        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            for count in pool.map(encode, runs):
                if done is not None:
                    for _ in range(count):
                        done()
        return vectors

    def has_word(self, word: str) -> bool:
        """Whether the tokenizer keeps the word whole, however it marks where words begin."""
        known = self._tokenizer.token_to_id
        return any(known(mark + word) is not None for mark in ("", "▁", "Ġ"))

    def _encode(self, text: str) -> NDArray[np.float32]:
        return self._run(self._tokenizer.encode(text).ids)

    def _run(self, token_ids: list[int]) -> NDArray[np.float32]:
        ids = np.asarray([token_ids], dtype=np.int64)
        outputs = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        vector: NDArray[np.float32] = outputs[0][0]
        return vector
