"""The trained reader: how well each sentence replies to a question, and with which words.

It reads the question together with windows of an article. What it gives are numbers and
spans of the article, never text; numbers of different windows may be compared, because
each is measured against the window's own "no answer here".
"""

from __future__ import annotations

import hashlib
import math
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bot.answers.pairs import PairEncoder
from index.article import Span, join
from index.errors import CorpusError
from index.runtime import open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from bot.answers.pairs import Pair

FOLDER = Path(__file__).parent / "models" / "reader"
SPAN_TOKENS = 24  # 98% of the answers that the reader was trained on are as short
RIVALS = 40
"""Spans of a sentence that are weighed against each other; the rest have next to no chance."""
START, END, SUPPORT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Window:
    """A run of sentences of one article, in order, short enough to be read at once."""

    sentences: tuple[Span, ...]

    @property
    def span(self) -> Span:
        """From the first sentence to the last, with what lies between."""
        return join(self.sentences)


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """What was read in one sentence.

    `score` says how much better the sentence supports an answer than that there is none, a
    difference of logits; `words_score` are the log-odds that one of its spans is the answer
    against that there is none. `words` is the span to mark (whole words), None without a
    tokenizable word; `share` is how much of the answer it is expected to be, if the sentence
    has it: an F1 over tokens, 0..1.
    """

    sentence: Span
    score: float
    words: Span | None
    words_score: float
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one window; `sentences` are those of the window, in its order.

    `answerable` is the log-odds that any of them answers. A sentence that did not fit into
    the reader's length has a score of minus infinity.
    """

    window: Window
    sentences: tuple[SentenceReading, ...]
    answerable: float


class Reader(Protocol):
    """Whatever reads a question with windows: the shipped model, or a user's own."""

    def read(self, question: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        """One reading a window, in the order of the windows."""
        ...


class DamagedModel(CorpusError):
    """A model's files are missing, or are not the ones that were shipped."""

    def __init__(self, folder: Path, fault: str) -> None:
        super().__init__(f"The reader in {folder} cannot be used: {fault}.")
        self.add_note("Install Pullquote again, or point the settings at another reader.")


class OnnxReader:
    """Reads with `reader.onnx` and `tokenizer.json` of a folder, on ONNX Runtime.

    The files must be those that `SHA256SUMS` in the folder names. Safe to use from several
    threads; `threads` bounds what one call may use.
    """

    def __init__(
        self,
        folder: Path = FOLDER,
        *,
        threads: int = 1,
        max_tokens: int = 256,
        verify: bool = True,
    ) -> None:
        if verify:
            check_sums(folder)
        self._session = open_session(folder / "reader.onnx", threads=threads)
        self._inputs = {
            one.name: np.dtype(one.type.removeprefix("tensor(").removesuffix(")"))
            for one in self._session.get_inputs()
        }
        self.encoder = PairEncoder(folder / "tokenizer.json", max_tokens=max_tokens)

    def read(self, question: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        """One reading a window, in the order of the windows."""
        pairs = self.encoder.encode(question, [window.span.text for window in windows])
        # One at a time: int8 scales are taken over a whole batch, so that in company a window's
        # numbers would hang on its neighbours; and on one thread a batch is no faster.
        return tuple(
            interpret(window, pair, self.logits(pair))
            for window, pair in zip(windows, pairs, strict=True)
        )

    def logits(self, pair: Pair) -> np.ndarray[Any, np.dtype[np.float32]]:
        """What the network gives for a question with a window: shape (tokens, 3)."""
        ids = np.array([pair.ids])
        feed = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.array([pair.types]),
        }
        (logits,) = self._session.run(
            None, {name: array.astype(self._inputs[name]) for name, array in feed.items()}
        )
        return np.asarray(logits[0], dtype=np.float32)


class LateReader:
    """Another reader, loaded when the first question needs one: many need none."""

    def __init__(self, load: Callable[[], Reader]) -> None:
        self._load = load
        self._reader: Reader | None = None
        self._lock = threading.Lock()

    def load(self) -> Reader:
        """The reader itself, loaded now if it was not. Raises `DamagedModel`."""
        with self._lock:
            if self._reader is None:
                self._reader = self._load()
            return self._reader

    def read(self, question: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        """One reading a window, in the order of the windows."""
        return self.load().read(question, windows)


def check_sums(folder: Path) -> None:
    """Raise DamagedModel unless every file named in SHA256SUMS is there, byte for byte."""
    try:
        lines = (folder / "SHA256SUMS").read_text(encoding="ascii").split("\n")
        for line in filter(None, lines):
            expected, name = line.split(maxsplit=1)
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            if found != expected:
                raise DamagedModel(folder, f"{name} is not the file that was shipped")
    except OSError as error:
        raise DamagedModel(folder, f"{error.filename} cannot be read") from error


def interpret(window: Window, pair: Pair, logits: np.ndarray[Any, np.dtype[np.float32]]) -> Reading:
    """Logits of shape (tokens, 3) as a reading; token 0 says "no answer here"."""
    base = window.span.start
    article = window.span.article
    none_support = float(logits[0, SUPPORT])
    none_span = float(logits[0, START] + logits[0, END])
    tokens = [(i, place) for i, place in enumerate(pair.places) if place is not None]
    sentences = []
    for sentence in window.sentences:
        inside = [
            (i, place) for i, place in tokens if sentence.start <= base + place[0] < sentence.end
        ]
        if not inside:
            sentences.append(SentenceReading(sentence, -math.inf, None, -math.inf, 0.0))
            continue
        first, last = inside[0][0], inside[-1][0] + 1
        score = float(logits[first:last, SUPPORT].mean()) - none_support
        found = mark(logits[first:last, START], logits[first:last, END])
        start, end = snap(
            article.text,
            base + inside[found.first][1][0],
            base + inside[found.last][1][1],
            sentence,
        )
        words = Span(article, start, end)
        sentences.append(
            SentenceReading(sentence, score, words, found.total - none_span, found.share)
        )
    scores = [one.score for one in sentences if one.score > -math.inf]
    answerable = float(np.logaddexp.reduce(scores)) if scores else -math.inf
    return Reading(window, tuple(sentences), answerable)


@dataclass(frozen=True, slots=True)
class Marking:
    """The tokens to mark, both included, and the log of all spans' summed exponentials."""

    first: int
    last: int
    total: float
    share: float


def mark(
    starts: np.ndarray[Any, np.dtype[np.float32]], ends: np.ndarray[Any, np.dtype[np.float32]]
) -> Marking:
    """The span of at most SPAN_TOKENS that is expected to share most with the answer.

    Each span is weighed by its probability against the likeliest `RIVALS` (minimum Bayes risk:
    Kumar and Byrne, NAACL 2004): where "police officers" and "10 municipal police officers"
    vie, the middle ground is seldom wholly wrong.
    """
    rows, columns = _spans_in(len(starts))
    sums = starts[rows] + ends[columns]
    count = min(RIVALS, len(sums))
    likeliest = np.argpartition(-sums, count - 1)[:count]
    first, last = rows[likeliest], columns[likeliest]
    logits = sums[likeliest].astype(np.float64)
    best = float(logits.max())
    chances = np.exp(logits - best)
    total = best + math.log(chances.sum())
    chances /= chances.sum()
    shared = np.minimum.outer(last, last) - np.maximum.outer(first, first) + 1
    lengths = last - first + 1
    expected = (2 * np.maximum(shared, 0) / np.add.outer(lengths, lengths)) @ chances
    chosen = int(expected.argmax())
    return Marking(int(first[chosen]), int(last[chosen]), total, float(expected[chosen]))


@lru_cache(maxsize=256)
def _spans_in(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every span of at most SPAN_TOKENS among so many tokens: its first tokens, and its last."""
    rows, columns = np.indices((size, size), dtype=np.intp)
    allowed = (columns >= rows) & (columns - rows < SPAN_TOKENS)
    return rows[allowed], columns[allowed]


def snap(text: str, start: int, end: int, within: Span) -> tuple[int, int]:
    """The offsets moved outward to word ends, and no farther than `within`."""
    while start > within.start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < within.end and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return max(start, within.start), min(end, within.end)
