"""Readers of the user's own, for those who have a model hub or a folder of weights.

Both need the `build` extra (torch and transformers) and answer to the same `Reader`
protocol as the shipped one. Their numbers are on other scales: the ranking's weights
and the thresholds are to be fitted anew with them.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.answers.pairs import Pair
from bot.answers.reader import (
    END,
    START,
    SUPPORT,
    DamagedModel,
    Reading,
    SentenceReading,
    interpret,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.answers.reader import Reader, Window


class QuestionAnsweringReader:
    """Any `AutoModelForQuestionAnswering` with a fast tokenizer: a folder, or a hub's name.

    A sentence's score is that of its best span, against the model's own "no answer" (the
    first token); a model trained without unanswerable questions gives it no meaning.
    """

    def __init__(self, model: str, *, max_tokens: int = 384) -> None:
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer  # noqa: PLC0415

        self._tokenizer = AutoTokenizer.from_pretrained(model)
        self._model = AutoModelForQuestionAnswering.from_pretrained(model).eval()
        self._max_tokens = max_tokens

    def read(self, question: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        """One reading a window, in the order of the windows."""
        return tuple(self._read(question, window) for window in windows)

    def _read(self, question: str, window: Window) -> Reading:
        import torch  # noqa: PLC0415

        text = window.span.text
        encoded: Any = self._tokenizer(
            question,
            text,
            truncation="only_second",
            max_length=self._max_tokens,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = encoded.pop("offset_mapping")[0].tolist()
        sides = encoded.sequence_ids(0)
        with torch.inference_mode():
            output = self._model(**encoded)
        start = output.start_logits[0].float().numpy()
        end = output.end_logits[0].float().numpy()
        places = tuple(
            (int(a), int(b)) if side == 1 and b > a else None
            for side, (a, b) in zip(sides, offsets, strict=True)
        )
        logits = np.zeros((len(places), 3), dtype=np.float32)
        logits[:, START], logits[:, END] = start, end
        logits[:, SUPPORT] = 0
        none = (0,) * len(places)
        spans = interpret(window, Pair(none, none, places), logits)
        sentences = tuple(replace(one, score=one.words_score) for one in spans.sentences)
        return Reading(window, sentences, _together(sentences))


class CrossEncoderReader:
    """Any sentence-transformers `CrossEncoder` that scores a question with a text.

    It marks no words: a sentence's words are the whole of it.
    """

    def __init__(self, model: str) -> None:
        from sentence_transformers import CrossEncoder  # noqa: PLC0415

        self._model = CrossEncoder(model)

    def read(self, question: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        """One reading a window, in the order of the windows."""
        asked = list(dict.fromkeys(s for window in windows for s in window.sentences))
        scores = self._model.predict([(question, one.text) for one in asked]) if asked else []
        found = {
            one: SentenceReading(one, float(score), one, float(score))
            for one, score in zip(asked, scores, strict=True)
        }
        readings = []
        for window in windows:
            sentences = tuple(found[one] for one in window.sentences)
            readings.append(Reading(window, sentences, _together(sentences)))
        return tuple(readings)


def open_hub_reader(kind: str, name: str) -> Reader:
    """The reader of a setting such as `qa:NAME`: `kind` is qa or cross-encoder.

    Raises `DamagedModel` where the folder or the hub has no such model.
    """
    made = QuestionAnsweringReader if kind == "qa" else CrossEncoderReader
    try:
        return made(name)
    except (OSError, ValueError) as error:
        raise DamagedModel(Path(name), str(error).split("\n", 1)[0]) from error


def _together(sentences: Sequence[SentenceReading]) -> float:
    scores = [one.score for one in sentences if one.score > -math.inf]
    return float(np.logaddexp.reduce(scores)) if scores else -math.inf
