"""Analysts: who cleans, parses and embeds the articles that a build is given.

A build reads sources and writes segments; what lies between is an analyst's, so that it
may be done by this machine's processes or by those of a cluster. Whoever does it, the same
articles have the same outcomes in the same order, so the index comes out the same.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from index.clean import clean
from index.embedding import OnnxEmbedder
from index.errors import SourceError
from index.passages import split_passages
from index.segment import Analysed
from index.sentences import split_sentences
from index.speech.workers import SpeechWorkers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from index.article import Article, Span
    from index.embedding import Embedder, Precision
    from index.sources import RawArticle
    from index.speech import Quotation

ANALYSIS = "3"
"""Raised whenever cleaning, sentences, passages or speech would come out differently."""

BATCH = 32
"""Articles that are parsed and embedded together."""


@dataclass(frozen=True, slots=True)
class Job:
    """What every article of a build is worked out with.

    `encoder` is the exported encoder's folder, `speech` the spaCy model's name. `analysis` stands
    for all of it, and goes into each article's digest.
    """

    encoder: Path
    precision: Precision
    speech: str
    analysis: str
    processes: int = 0


@dataclass(frozen=True, slots=True)
class Unchanged:
    """An article that the index holds already, exactly as it would be written now."""

    id: str


Outcome = Analysed | Unchanged | SourceError


class Analyst(Protocol):
    """Works articles out."""

    def analyse(
        self, articles: Iterable[RawArticle], known: Mapping[str, str]
    ) -> Iterator[Outcome]:
        """One outcome an article, those that are `Analysed` in the articles' order.

        `known` are digests by id: what has the same one is `Unchanged`. Articles are taken
        only a bounded number ahead.
        """


class Attributes(Protocol):
    """Finds quotations: a `SpeechParser`, or several of them."""

    def attribute_all(
        self, articles: Iterable[tuple[Article, Sequence[Span]]]
    ) -> Iterator[tuple[Quotation, ...]]:
        """The quotations of each article, in the articles' order."""


class LocalAnalyst:
    """Works articles out on this machine, on as many processes as the job says."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def analyse(
        self, articles: Iterable[RawArticle], known: Mapping[str, str]
    ) -> Iterator[Outcome]:
        """As `Analyst` says; nothing is loaded before there is an article that has changed."""
        settled: list[Outcome] = []

        def changed() -> Iterator[tuple[Article, str]]:
            for raw in articles:
                found = settle(raw, known.get(raw.id), self._job.analysis)
                if isinstance(found, tuple):
                    yield found
                else:
                    settled.append(found)

        waiting = changed()
        with ExitStack() as stack:
            tools: tuple[SpeechWorkers, OnnxEmbedder] | None = None
            while batch := list(itertools.islice(waiting, BATCH)):
                if tools is None:
                    # Processes are worth starting only for more articles than one batch.
                    cores = self._job.processes or os.cpu_count() or 1
                    workers = SpeechWorkers(self._job.speech, cores if len(batch) == BATCH else 1)
                    encoder = OnnxEmbedder(self._job.encoder, self._job.precision)
                    tools = stack.enter_context(workers), encoder
                yield from work_out(batch, *tools)
                yield from settled
                settled.clear()
        yield from settled


def settle(
    raw: RawArticle, known: str | None, analysis: str
) -> tuple[Article, str] | Unchanged | SourceError:
    """Clean an article: it and its digest, unless that is the known one, or what is wrong."""
    try:
        article = clean(raw)
    except SourceError as problem:
        return problem
    digest = digest_of(article, analysis)
    return Unchanged(article.id) if digest == known else (article, digest)


def work_out(
    batch: Sequence[tuple[Article, str]], speech: Attributes, embedder: Embedder
) -> Iterator[Analysed]:
    """Parse and embed cleaned articles."""
    pairs = [(article, split_sentences(article)) for article, _ in batch]
    # Where other processes parse, they do so while the passages are embedded here.
    said = speech.attribute_all(pairs)
    passages = [split_passages(sentences) for _, sentences in pairs]
    texts = [passage.span.text for runs in passages for passage in runs]
    vectors = embedder.encode_passages(texts)
    first = 0
    for (article, sentences), (_, digest), runs, quotations in zip(
        pairs, batch, passages, said, strict=True
    ):
        rows = vectors[first : first + len(runs)]
        first += len(runs)
        yield Analysed(article, digest, sentences, runs, quotations, rows)


def digest_of(article: Article, analysis: str) -> str:
    """Changes whenever the stored article would, or what is worked out about it."""
    record = [
        *(analysis, article.id, article.text, article.blocks, article.kept),
        *((related.text, related.source_start) for related in article.related),
        *(article.title, article.url, article.publisher, article.author, article.published),
    ]
    return hashlib.sha256(json.dumps(record).encode()).hexdigest()
