"""Attribution on several processes, each with a parser of its own.

The parser holds Python's lock while it works, so more cores need more processes. They
are spawned, since a fork of a process with threads (ONNX Runtime's, FAISS's) can hang.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Self

from index.speech.parser import SpeechParser

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from index.article import Article, Span
    from index.speech.quotation import Quotation

ARTICLES_AT_ONCE = 4
"""Articles sent to a process together."""

_parser: SpeechParser | None = None


class SpeechWorkers:
    """Gives what `SpeechParser.attribute_all` gives, in the same order, on `processes` cores.

    With one process the parser runs in this one. To be used in a `with` statement.
    """

    def __init__(self, model: str, processes: int) -> None:
        self._here = SpeechParser(model) if processes == 1 else None
        self._pool: ProcessPoolExecutor | None = None
        if processes > 1:
            self._pool = ProcessPoolExecutor(
                processes,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_load,
                initargs=(model,),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def attribute_all(
        self, articles: Iterable[tuple[Article, Sequence[Span]]]
    ) -> Iterator[tuple[Quotation, ...]]:
        """The quotations of each article, in the articles' order."""
        if self._pool is None:
            assert self._here is not None  # noqa: S101 - one of the two is there
            return self._here.attribute_all(articles)
        return self._pool.map(_attribute, articles, chunksize=ARTICLES_AT_ONCE)


def _load(model: str) -> None:
    global _parser  # noqa: PLW0603 - a process's own parser, loaded once
    _parser = SpeechParser(model)


def _attribute(work: tuple[Article, Sequence[Span]]) -> tuple[Quotation, ...]:
    assert _parser is not None  # noqa: S101 - the pool's initializer ran
    return _parser.attribute(*work)
