"""`ask`: one question, or a file of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.common import (
    article_option,
    console,
    index_option,
    json_option,
    open_articles,
    print_json,
    scope_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.answers.answer import Reply
    from bot.answers.service import AnswerService
    from config.settings import Settings

MOST_CITATIONS = 10


@click.command()
@click.argument("question", nargs=-1)
@article_option
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(1, MOST_CITATIONS),
    help="At most so many citations (else the setting answers.top).",
)
@click.option(
    "--batch",
    metavar="FILE.jsonl",
    type=click.Path(path_type=Path, allow_dash=True, exists=True, dir_okay=False),
    help='Ask each line, {"id", "question", "article"?}, and print a JSON answer for each, '
    "in order; - reads stdin.",
)
@json_option
@index_option
def ask(
    question: tuple[str, ...],
    article_id: str | None,
    top: int | None,
    batch: Path | None,
    as_json: bool,  # noqa: FBT001
    folder: Path | None,
) -> int:
    """Ask the articles a question, and read what they print.

    Where there is no index yet, the sample article's is built first.
    """
    text = " ".join(question)
    if batch is not None and text:
        raise click.UsageError("Give a QUESTION or --batch, not both.")
    if batch is None and not text.strip():
        raise click.UsageError("Which question? For example: pullquote ask what did Kuleba say?")
    settings, service = open_articles(folder, build_sample=True, read_soon=_is_read_for(text))
    if batch is not None:
        with click.open_file(str(batch), "rb") as lines:
            return ask_batch(service, settings, lines, article_id=article_id, top=top)
    if not as_json:
        # Before the question is asked: the reader may still be loading beside.
        from bot.terminal import show_answers  # noqa: PLC0415
    results = service.ask_all(text, scope=scope_of(service, article_id), top=top)
    if as_json:
        from bot.answers.schema import answers_json, reply_json  # noqa: PLC0415

        several = len(results) > 1
        print_json(answers_json(text, results) if several else reply_json(results[0]))
    else:
        show_answers(console(), results)
    return 0


def _is_read_for(text: str) -> bool:
    """Whether the reader will most likely be needed: not for somebody's words, nor a file."""
    from bot.answers.question import Ask, read_question  # noqa: PLC0415

    return bool(text) and read_question(text).ask is not Ask.SPEECH_OF


def ask_one(
    service: AnswerService,
    settings: Settings,
    question: str,
    *,
    article_id: str | None,
    top: int | None,
) -> Reply:
    """Ask one question. Raises CorpusError for one that is too long."""
    from index.errors import CorpusError  # noqa: PLC0415

    longest = settings.answers.max_question_chars
    if len(question) > longest:
        raise CorpusError(
            f"The question is {len(question):,} characters long; at most {longest:,} are taken."
        )
    return service.ask(
        question,
        scope=scope_of(service, article_id),
        top=top or settings.answers.top,
    )


def ask_batch(
    service: AnswerService,
    settings: Settings,
    lines: Iterable[bytes],
    *,
    article_id: str | None,
    top: int | None,
) -> int:
    """Answer line by line; a line that cannot be asked gets an error in its answer's place.

    Blank lines are passed over. Gives the exit code: 1 where a line could not be asked.
    """
    from bot.answers.schema import batch_json, error_json  # noqa: PLC0415
    from index.errors import CorpusError  # noqa: PLC0415

    code = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        record: dict[str, Any] = {}
        try:
            record = _read_object(line)
            _demand(record)
            result = ask_one(
                service,
                settings,
                record["question"],
                article_id=article_id if record.get("article") is None else record["article"],
                top=top,
            )
        except (CorpusError, ValueError) as error:
            code = 1
            click.secho(f"pullquote: line {number}: {error}", err=True, fg="red")
            print_json(error_json(_id_of(record), number, str(error)), one_line=True)
        else:
            print_json(batch_json(record["id"], result), one_line=True)
    return code


def _read_object(line: bytes) -> dict[str, Any]:
    """Read one line. Raises ValueError that says what is wrong with it."""
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(f"this is not UTF-8 (byte {error.start}).") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON: {error.msg} (column {error.colno}).") from error
    except RecursionError as error:
        raise ValueError("this is nested too deeply.") from error
    if not isinstance(record, dict):
        raise ValueError('this is not an object: {"id": ..., "question": "..."}.')  # noqa: TRY004
    return record


def _demand(record: dict[str, Any]) -> None:
    """Raise ValueError where a key is missing or of the wrong kind."""
    if _id_of(record) is None:
        raise ValueError('"id" must be there, and a text or a whole number.')
    if not isinstance(record.get("question"), str):
        raise ValueError('"question" must be there, and a text.')  # noqa: TRY004
    if not isinstance(record.get("article"), str | None):
        raise ValueError('"article" must be the id of an article, where it is given.')  # noqa: TRY004


def _id_of(record: dict[str, Any]) -> str | int | None:
    found = record.get("id")
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None
