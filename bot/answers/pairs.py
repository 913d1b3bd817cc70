"""Pairs: a question and a window of text as the token ids that a reader takes.

Training and serving both come through here, so that what the model was taught is what
it is asked. Offsets count characters of the window's own text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tokenizers import Tokenizer

QUESTION_TOKENS = 48  # longer than 99.9% of the questions of the training data


@dataclass(frozen=True, slots=True)
class Pair:
    """One encoded question and window.

    `places[i]` is token `i`'s stretch of the window's text, and None for the tokens of
    the question and the special ones; token 0 stands for "no answer here".
    """

    ids: tuple[int, ...]
    types: tuple[int, ...]
    places: tuple[tuple[int, int] | None, ...]


class PairEncoder:
    """Encodes questions with windows; what is too long is cut at the end."""

    def __init__(self, tokenizer: Path | bytes, *, max_tokens: int = 256) -> None:
        from tokenizers import Tokenizer as Loader  # noqa: PLC0415 - a heavy import, made late

        loaded: Tokenizer = (
            Loader.from_buffer(tokenizer)
            if isinstance(tokenizer, bytes)
            else Loader.from_file(str(tokenizer))
        )
        # A tokenizer file may bring its own padding and cutting (128 tokens for MiniLM).
        loaded.no_padding()
        loaded.no_truncation()
        self._tokenizer = loaded
        self._max_tokens = max_tokens
        self._start: int = loaded.token_to_id("[CLS]") or 0
        self._end: int = loaded.token_to_id("[SEP]") or 0

    def count(self, texts: list[str]) -> list[int]:
        """How many tokens each text has, special ones not counted."""
        encoded = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [len(one.ids) for one in encoded]

    def encode(self, question: str, windows: list[str]) -> list[Pair]:
        """Encode one question with each window's text."""
        asked = self._tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
        head = (self._start, *asked, self._end)
        room = max(0, self._max_tokens - len(head) - 1)
        pairs = []
        for window in windows:
            # One by one: for a few windows a batch's threads take longer to wake than to work.
            encoded = self._tokenizer.encode(window, add_special_tokens=False)
            body = encoded.ids[:room]
            pairs.append(
                Pair(
                    ids=(*head, *body, self._end),
                    types=(0,) * len(head) + (1,) * (len(body) + 1),
                    places=(None,) * len(head) + (*encoded.offsets[:room], None),
                )
            )
        return pairs
