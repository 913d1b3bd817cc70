"""`eval`: a file of questions, quotations or summaries, and how well they are served."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import (
    console,
    counted,
    index_option,
    json_option,
    open_articles,
    print_json,
    read_settings,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.answers.evaluation.report import Figure, Report
    from bot.answers.evaluation.rows import Document, Rows
    from bot.answers.service import AnswerService
    from config.settings import Settings
    from index.progress import Progress

# ruff: noqa: FBT001

FIGURES = {
    "recall_at_1": ("recall@1", "answerable: the first text is right, served or held back"),
    "recall_at_3": ("recall@3", "answerable: one of the first three is"),
    "served_at_1": ("served@1", "answerable: answered, and the first text is right"),
    "false_answers": ("false answers", "unanswerable, and answered all the same"),
    "false_refusals": ("false refusals", "answerable, and refused"),
    "auroc": ("AUROC", "how well the score tells answerable from unanswerable; .5 is chance"),
    "end_to_end": ("end2end", "handled right: served@1, or unanswerable and refused"),
    "span_given": ("words marked", "answerable: a part of the text is marked as the answer"),
    "span_f1": ("span F1", "how far what is marked, or quoted, is what should be"),
    "speaker_accuracy": ("speaker", "of those found: whose words they are"),
    "joint_f1": ("joint F1", "found, with the right speaker"),
    "rouge_1": ("ROUGE-1 F", "words shared with the person's summary"),
    "rouge_2": ("ROUGE-2 F", "pairs of words"),
    "rouge_l": ("ROUGE-L F", "the longest sequence"),
    "first_rouge_1": ("first sentences", "ROUGE-1 F of as many from the top"),
    "gain": ("gain", "ROUGE-1 F over the first sentences"),
}
SETTING = {"questions": "answers.min_score", "quotes": "speech.min_confidence"}
CLAIM = {"questions": "answerable", "quotes": "right"}
SHOWN_EVERY = 2
"""Of the thresholds that are tried, every so many are shown to people."""


@click.command("eval")
@click.argument(
    "questions",
    metavar="FILE.jsonl",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@click.option(
    "--articles",
    "sources",
    metavar="SOURCE",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="Ask these articles, indexed for the occasion, and not the index (may be repeated).",
)
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Only the first N lines.")
@click.option(
    "--plot",
    metavar="FILE.png",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw risk against coverage, and reliability.",
)
@click.option(
    "--predictions",
    metavar="FILE.jsonl",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what was shown, a line a question or article.",
)
@json_option
@index_option
def evaluate(
    questions: Path,
    sources: tuple[Path, ...],
    limit: int | None,
    plot: Path | None,
    predictions: Path | None,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Measure how well a file of questions is served, and choose a threshold by it.

    A line is a question with the words that answer it, or one that has no answer; or an
    article with questions, marked quotations or a summary, which is then indexed for the
    occasion. The format: docs/evaluation.md.
    """
    from bot.answers.evaluation.plots import demand_matplotlib, draw  # noqa: PLC0415
    from bot.answers.evaluation.report import report_json  # noqa: PLC0415
    from bot.answers.evaluation.rows import Questions, Summaries, read_rows  # noqa: PLC0415
    from bot.cli.bars import bars  # noqa: PLC0415

    for path in filter(None, (plot, predictions)):
        if not path.absolute().parent.is_dir():
            raise click.UsageError(f"There is no folder {path.parent} to write {path.name} in.")
    rows = read_rows(questions, limit=limit)
    brought = _documents(rows)
    if brought and (sources or folder):
        raise click.UsageError("This file brings its own articles; leave out --articles, --index.")
    if plot and isinstance(rows, Summaries):
        raise click.UsageError("A summary has no threshold; --plot is for questions and quotes.")
    if plot:
        demand_matplotlib()
    with bars() as progress, _opened(folder, sources, brought, progress) as (settings, services):
        if isinstance(rows, Questions) and not brought:
            from bot.answers.evaluation.asking import demand_articles  # noqa: PLC0415

            demand_articles(services[0], rows.asked, questions)
        report = _run(rows, settings, services, predictions, progress)
    if plot and report.present:
        draw(report.thresholds, report.present, report.bins, plot, claims=CLAIM[report.of])
    if as_json:
        print_json(report_json(report))
    else:
        _show(report)
    for path in filter(None, (plot, predictions)):
        click.echo(f"Written: {path}", err=True)


def _documents(rows: Rows) -> tuple[Document, ...]:
    from bot.answers.evaluation.rows import Questions, Quotes  # noqa: PLC0415

    if isinstance(rows, Questions):
        return rows.documents
    if isinstance(rows, Quotes):
        return tuple(one.document for one in rows.marked)
    return tuple(document for document, _ in rows.references)


@contextmanager
def _opened(
    folder: Path | None,
    sources: Sequence[Path],
    brought: Sequence[Document],
    progress: Progress,
) -> Iterator[tuple[Settings, tuple[AnswerService, AnswerService]]]:
    """The service as set, and the same one at any score; of the index, or one made for now."""
    from bot.answers.evaluation.asking import at_any_score, write_articles  # noqa: PLC0415
    from bot.bootstrap import open_service  # noqa: PLC0415

    if not sources and not brought:
        settings, service = open_articles(folder, build_sample=True)
        yield settings, (service, open_service(at_any_score(settings)))
        return
    import tempfile  # noqa: PLC0415

    from index.build import build_index  # noqa: PLC0415

    settings = read_settings().settings
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        place = Path(scratch) / "index"
        if brought:
            sources = [Path(scratch) / "articles.jsonl"]
            write_articles(brought, sources[0])
        index = settings.index.model_copy(update={"folder": place})
        settings = settings.model_copy(update={"index": index})
        built = build_index(sources, place, settings, progress=progress)
        for problem in built.problems:
            click.secho(f"pullquote: {problem}", err=True, fg="yellow")
        yield settings, (open_service(settings), open_service(at_any_score(settings)))


def _run(
    rows: Rows,
    settings: Settings,
    services: tuple[AnswerService, AnswerService],
    predictions: Path | None,
    progress: Progress,
) -> Report:
    import statistics  # noqa: PLC0415

    from bot.answers.evaluation import asking, report  # noqa: PLC0415
    from bot.answers.evaluation.rows import Questions, Quotes  # noqa: PLC0415

    service, unsure = services
    if isinstance(rows, Questions):
        found, seconds = asking.ask_all(service, rows.asked, unsure=unsure, progress=progress)
        if predictions:
            asking.write_rows(map(asking.prediction_row, found), predictions)
        middle = 1000 * statistics.median(seconds)
        click.echo(f"{counted(len(found), 'question')}, {middle:.1f} ms in the middle.", err=True)
        return report.report_questions(rows, found, min_score=settings.answers.min_score)
    documents = _documents(rows)
    if isinstance(rows, Quotes):
        said = asking.find_quotes(service, documents, progress=progress)
        held = asking.find_quotes(unsure, documents)
        if predictions:
            lines = (asking.quotes_row(document, said[document.id]) for document in documents)
            asking.write_rows(lines, predictions)
        confidence = settings.speech.min_confidence
        return report.report_quotes(rows, said, held, min_confidence=confidence)
    chosen = asking.summarise_all(service, documents, progress=progress)
    if predictions:
        asking.write_rows((asking.summary_row(*item) for item in chosen.items()), predictions)
    first = asking.first_sentences(service, documents)
    return report.report_summaries(rows.references, chosen, first)


def _show(report: Report) -> None:
    from bot.terminal import show_facts, show_table  # noqa: PLC0415

    counts = {key: value for key, value in report.figures.items() if isinstance(value, int)}
    click.echo(", ".join(f"{value:,} {key}" for key, value in counts.items()))
    click.echo()
    show_facts(console(), dict(_lines(report.figures, report.intervals)))
    if report.present is None:
        return
    click.echo()
    present = report.present
    click.echo(f"What {SETTING[report.of]} would do (now: {present.score:g}), in shares:")
    tried = [one for one in report.thresholds[1::SHOWN_EVERY] if one.score != present.score]
    rows = sorted([*tried, present], key=lambda one: one.score)
    columns = {
        "from": lambda one: f"{one.score:.2f}{' now' if one is present else ''}",
        "answered": lambda one: _share(one.answered),
        "right": lambda one: _share(one.right),
        "wrong": lambda one: _share(one.wrong),
        "wrong, of those answered": lambda one: _share(one.risk),
        "handled right": lambda one: _share(one.end_to_end),
    }
    show_table(console(), columns, rows)


def _lines(
    figures: Mapping[str, Figure], ranges: Mapping[str, tuple[float, float]]
) -> Iterator[tuple[str, str]]:
    for key, value in figures.items():
        if isinstance(value, int):
            continue
        label, meaning = FIGURES[key]
        if value is None:
            yield label, "no question to tell it from"
            continue
        low, high = ranges.get(key, (value, value))
        yield label, f"{_share(value)} ({_share(low)} to {_share(high)})  {meaning}"


def _share(value: float) -> str:
    return f"{value:.3f}"
