"""The commands that read the articles: `quotes`, `check`, `summary`, `speakers`, `articles`."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from pathlib import Path

# Each option of click is a parameter, and a flag among them is a bool.
# ruff: noqa: FBT001

MOST_SENTENCES = 20


@click.command()
@click.option("--speaker", metavar="NAME", help="Only this speaker, under any of their names.")
@click.option("--about", metavar="TOPIC", help="Only what is about this.")
@article_option
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(["direct", "mixed", "indirect"]),
    help="Only quotations of this kind (may be given several times).",
)
@click.option(
    "--most", metavar="N", type=click.IntRange(1), help="At most N, the latest articles first."
)
@json_option
@index_option
def quotes(
    speaker: str | None,
    about: str | None,
    article_id: str | None,
    kinds: tuple[str, ...],
    most: int | None,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Show what people are quoted as saying, under who said it.

    direct: their words, between quotation marks; mixed: a quoted fragment in the reporter's
    sentence; indirect: the reporter's paraphrase. What they denied or asked is marked as that.
    """
    from bot.answers.schema import quotes_json  # noqa: PLC0415
    from bot.terminal import show_quotes  # noqa: PLC0415
    from index.speech import Speech  # noqa: PLC0415

    _, service = open_articles(folder)
    wanted = {Speech(kind) for kind in kinds} or set(Speech) - {Speech.NARRATION}
    if about is not None and not about.strip():
        raise click.UsageError("The TOPIC of --about is empty.")
    scope = scope_of(service, article_id)
    found = service.quotes(speaker=speaker, about=about, scope=scope, speech=wanted, most=most)
    if as_json:
        print_json(quotes_json(found, service.speaker_is_clear))
    else:
        show_quotes(console(), found, service.speaker_is_clear, speaker=speaker, about=about)


@click.command()
@click.argument("quote")
@click.option("--speaker", metavar="NAME", help="Who is said to have said it.")
@click.option(
    "--message", is_flag=True, help="QUOTE is a message: check each quote in it, with its speaker."
)
@article_option
@json_option
@index_option
def check(
    quote: str,
    speaker: str | None,
    message: bool,
    article_id: str | None,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Say whether a QUOTE is printed, word for word.

    Also by whom, and which words differ where it is not.
    """
    from bot.answers.schema import check_json, checks_json  # noqa: PLC0415
    from bot.terminal import show_check  # noqa: PLC0415

    if not quote.strip():
        raise click.UsageError("The QUOTE is empty.")
    if message and speaker is not None:
        raise click.UsageError("--message finds the speakers itself; leave out --speaker.")
    _, service = open_articles(folder)
    scope = scope_of(service, article_id)
    if message:
        found = service.check_message(quote, scope=scope)
    else:
        found = (service.check(quote, speaker=speaker, scope=scope),)
    if as_json:
        print_json(checks_json(found) if message else check_json(found[0]))
        return
    for number, result in enumerate(found):
        if number:
            console().print()
        show_check(console(), result, quoted=message)


@click.command()
@article_option
@click.option(
    "--sentences",
    metavar="N",
    type=click.IntRange(1, MOST_SENTENCES),
    help="At most so many sentences (3, where no length is given).",
)
@click.option(
    "--chars",
    metavar="N",
    type=click.IntRange(1),
    help="At most so many characters; one sentence is shown however long it is.",
)
@json_option
@index_option
def summary(
    article_id: str | None,
    sentences: int | None,
    chars: int | None,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Show the sentences that carry an article.

    They are shown as printed, and in its order.
    """
    from bot.answers.schema import summary_json  # noqa: PLC0415
    from bot.terminal import show_summary  # noqa: PLC0415

    _, service = open_articles(folder)
    found = service.summary(article_id, sentences=sentences, chars=chars)
    if as_json:
        print_json(summary_json(found))
    else:
        show_summary(console(), found)


@click.command()
@click.option("--most", metavar="N", type=click.IntRange(1), help="Only the N who are quoted most.")
@article_option
@json_option
@index_option
def speakers(most: int | None, article_id: str | None, as_json: bool, folder: Path | None) -> None:
    """List who is quoted, how often and where, the most quoted first."""
    from bot.answers.schema import speakers_json  # noqa: PLC0415
    from bot.terminal import show_speakers  # noqa: PLC0415

    _, service = open_articles(folder)
    found = service.voices(scope=scope_of(service, article_id), most=most)
    if as_json:
        print_json(speakers_json(found))
    else:
        show_speakers(console(), found)


@click.group(invoke_without_command=True)
@json_option
@index_option
@click.pass_context
def articles(context: click.Context, as_json: bool, folder: Path | None) -> None:
    """List the articles, or show one of them."""
    if context.invoked_subcommand is not None:
        return
    from bot.answers.schema import articles_json  # noqa: PLC0415
    from bot.terminal import show_articles  # noqa: PLC0415

    _, service = open_articles(folder)
    found = service.articles()
    if as_json:
        print_json(articles_json(found))
    else:
        show_articles(console(), found)


@articles.command()
@click.argument("article_id", metavar="ID")
@json_option
@index_option
@click.pass_context
def show(context: click.Context, article_id: str, as_json: bool, folder: Path | None) -> None:
    """Show one article as it is stored, its paragraphs numbered."""
    from bot.answers.schema import article_json  # noqa: PLC0415
    from bot.terminal import show_article  # noqa: PLC0415

    # `articles --index DIR show ID` means what `articles show ID --index DIR` does.
    before = context.parent.params if context.parent else {}
    _, service = open_articles(folder or before.get("folder"))
    article = service.article(article_id)
    if as_json or before.get("as_json"):
        print_json(article_json(article))
    else:
        show_article(console(), article)
