"""Asking: a file's rows put to the service as both front ends put theirs, and written down.

What is written are the newspaper's words as they would be shown; a prediction file names
each by its question or article, one JSON object a line.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from bot.answers.answer import Answer, NoAnswer
from bot.answers.evaluation.marks import Prediction
from bot.answers.evaluation.speech import Found
from index.errors import CorpusError, UnknownArticle
from index.progress import SILENT
from index.scope import EVERYTHING, Scope
from index.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from bot.answers.answer import Citation, Reply
    from bot.answers.evaluation.rows import Asked, Document
    from bot.answers.ranking import Ranking
    from bot.answers.service import AnswerService
    from config.settings import Settings
    from index.article import Article
    from index.progress import Progress
    from index.speech import Quotation

_DOUBLE_MARKS = frozenset('"“”„‟«»')
RANKED = 3
"""Sentences of a prediction, as far as recall is counted."""
QUOTED = frozenset({Speech.DIRECT, Speech.MIXED})


def at_any_score(settings: Settings) -> Settings:
    """The same settings, with which everything is shown, however unsure."""
    answers = settings.answers.model_copy(update={"min_score": 0.0, "near_score": 0.0})
    speech = settings.speech.model_copy(update={"min_confidence": 0.0})
    return settings.model_copy(update={"answers": answers, "speech": speech})


def write_articles(documents: Iterable[Document], path: Path) -> None:
    """Write the articles that a file brings along as a source to build an index of."""
    with path.open("w", encoding="utf-8") as file:
        for document in documents:
            file.write(json.dumps({"id": document.id, "text": document.text}) + "\n")


def ask_all(
    service: AnswerService,
    asked: Sequence[Asked],
    *,
    unsure: AnswerService | None = None,
    progress: Progress = SILENT,
) -> tuple[tuple[Prediction, ...], tuple[float, ...]]:
    """Ask every question of its article, or of all; a prediction each, and the seconds it took.

    What `service` refuses is asked of `unsure` too, if given: the same service at any
    score. What that shows is held ready in the prediction, which stays refused, and what
    it ranks next fills the prediction up to `RANKED` sentences.
    """
    predictions, seconds = [], []
    progress.stage("Asking", len(asked))
    for one in asked:
        scope = Scope(frozenset({one.article})) if one.article else EVERYTHING
        begun = time.perf_counter()
        result = service.ask(one.question, scope=scope)
        seconds.append(time.perf_counter() - begun)
        answered = isinstance(result, Answer)
        held = result if answered or unsure is None else unsure.ask(one.question, scope=scope)
        next_best = unsure.rank(one.question, scope=scope) if unsure is not None else None
        predictions.append(
            _prediction(one.id, held, next_best, answered=answered, score=_sure(result))
        )
        progress.advance()
    return tuple(predictions), tuple(seconds)


def find_quotes(
    service: AnswerService, documents: Sequence[Document], *, progress: Progress = SILENT
) -> dict[str, tuple[Found, ...]]:
    """The quoted words of each document, by offsets into it.

    Words between apostrophes or single marks are left out: a file marks what stands between
    double ones. A document that the index could not take has none.
    """
    known = set(service.store.article_ids(EVERYTHING))
    found = {}
    progress.stage("Reading speech", len(documents))
    for document in documents:
        said: tuple[Quotation, ...] = ()
        if document.id in known:
            said = service.quotes(scope=EVERYTHING.only(document.id), speech=QUOTED)
        found[document.id] = tuple(one for quotation in said for one in _found(quotation))
        progress.advance()
    return found


def summarise_all(
    service: AnswerService,
    documents: Sequence[Document],
    *,
    sentences: int = 3,
    progress: Progress = SILENT,
) -> dict[str, tuple[str, ...]]:
    """The sentences of each document's summary; none of one that the index could not take."""
    found: dict[str, tuple[str, ...]] = {}
    progress.stage("Summarising", len(documents))
    for document in documents:
        try:
            summary = service.summary(document.id, sentences=sentences)
        except UnknownArticle:
            found[document.id] = ()
        else:
            found[document.id] = tuple(one.span.text for one in summary.sentences)
        progress.advance()
    return found


def first_sentences(
    service: AnswerService, documents: Sequence[Document], *, sentences: int = 3
) -> dict[str, tuple[str, ...]]:
    """As many sentences from the top of each document: what a summary has to beat."""
    known = set(service.store.article_ids(EVERYTHING))
    return {
        document.id: tuple(span.text for span in service.store.sentences(document.id)[:sentences])
        if document.id in known
        else ()
        for document in documents
    }


def demand_articles(service: AnswerService, asked: Iterable[Asked], path: Path) -> None:
    """Raise where a question is about an article that is not there, before any is asked."""
    known = set(service.store.article_ids(EVERYTHING))
    for one in asked:
        if one.article is not None and one.article not in known:
            error = CorpusError(f"{path}, line {one.line}: there is no article {one.article!r}.")
            error.add_note("See which there are:    pullquote articles")
            raise error


def prediction_row(prediction: Prediction) -> dict[str, Any]:
    """A question's line of a prediction file."""
    return {
        "id": prediction.id,
        "answer_sentences": list(prediction.texts),
        "span": prediction.span,
        "abstained": not prediction.answered,
        "score": prediction.score,
    }


def quotes_row(document: Document, found: Iterable[Found]) -> dict[str, Any]:
    """An article's line of a prediction file of quotations."""
    return {
        "doc_id": document.id,
        "quotes": [
            {
                "start": one.start,
                "end": one.end,
                "text": document.text[one.start : one.end],
                "speaker": one.speaker,
                "confidence": one.confidence,
            }
            for one in found
        ],
    }


def summary_row(doc_id: str, sentences: Iterable[str]) -> dict[str, Any]:
    """An article's line of a prediction file of summaries."""
    return {"doc_id": doc_id, "sentences": list(sentences)}


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write a prediction file, beside its place and then into it."""
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    beside.replace(path)


def _sure(reply: Reply) -> float:
    """How sure it is that the text answers: not at all where a question was not put to it."""
    return reply.score if isinstance(reply, Answer | NoAnswer) else 0.0


def _prediction(
    asked_id: str, reply: Reply, ranking: Ranking | None, *, answered: bool, score: float
) -> Prediction:
    shown: tuple[Citation, ...] = ()
    if isinstance(reply, Answer):
        shown = reply.citations
    elif isinstance(reply, NoAnswer):
        shown = reply.nearest
    spans = [citation.span for citation in shown]
    for one in ranking.ranked if ranking is not None else ():
        if len(spans) >= RANKED:
            break
        if not any(span.covers(one.sentence) for span in spans):
            spans.append(one.sentence)
    marked = shown[0].answers if shown else ()
    return Prediction(
        asked_id,
        tuple(span.text for span in spans),
        marked[0].text if marked else None,
        answered=answered,
        score=score,
        ready=isinstance(reply, Answer),
    )


def _found(quotation: Quotation) -> Iterable[Found]:
    speaker = quotation.speaker.name if quotation.speaker else None
    for part in quotation.parts:
        article = part.article
        before = article.text[max(0, part.start - 2) : part.start].rstrip()
        if before[-1:] in _DOUBLE_MARKS:
            start, end = _in_source(article, part.start), _in_source(article, part.end - 1) + 1
            yield Found(start, end, speaker, quotation.confidence)


def _in_source(article: Article, offset: int) -> int:
    """Where a character of the stored text stands in the text that the file brought."""
    at = offset
    for start, end in article.kept:
        if at < end - start:
            return start + at
        at -= end - start
    return offset
