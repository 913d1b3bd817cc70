"""`chat`: a conversation in the terminal."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from bot.cli.common import article_option, console, index_option, open_articles, scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completer
    from prompt_toolkit.document import Document
    from rich.console import Console

    from bot.answers.service import AnswerService
    from bot.answers.talk import Turn

OFFERED = 10
"""Names that are offered to complete what is typed."""
LISTED = 50
"""People that `/speakers` lists, and quotations that `/quotes` does."""
REMEMBERED = 8
"""Questions before this one that may be needed to understand it."""
PROMPT = "? "
HELP = """\
Type a question, or one of these:
  /quotes [NAME]        what people (or one of them) are quoted as saying
  /check QUOTE          whether a quote is in the articles, word for word
  /summary              the sentences that carry the article
  /speakers, /articles  who is quoted; which articles there are
  /article [ID]         ask only this article from now on (or all of them again)
  /help, /quit"""
COMMANDS = (
    "/quotes", "/check", "/summary", "/speakers", "/articles", "/article", "/help", "/quit",
)  # fmt: skip


@click.command()
@article_option
@index_option
def chat(article_id: str | None, folder: Path | None) -> None:
    """Ask one question after another, with history and completion.

    Where the input is no terminal, each line of it is taken as a question.
    """
    from index.errors import CorpusError  # noqa: PLC0415

    _, service = open_articles(folder, build_sample=True)
    talk = Conversation(service, console(), article_id)
    scope_of(service, article_id)  # an unknown id is told at once
    for line in _typed_lines(talk) if sys.stdin.isatty() else _piped_lines():
        try:
            if not talk.reply(line):
                return
        except CorpusError as error:
            from bot.terminal import printable  # noqa: PLC0415

            click.secho(printable(str(error)), err=True, fg="red")
            for note in getattr(error, "__notes__", ()):
                click.echo(printable(note), err=True)


@dataclass
class Conversation:
    """What has been asked so far, and of which article."""

    service: AnswerService
    console: Console
    article_id: str | None
    turns: list[Turn] = field(default_factory=list)

    def reply(self, line: str) -> bool:
        """Reply to one line; False where it says goodbye."""
        line = line.strip()
        if line in ("/quit", "/exit"):
            return False
        if line.startswith("/"):
            command, _, rest = line.partition(" ")
            self._command(command, rest.strip())
        elif line:
            self._question(line)
        if line:
            self.console.print()
        return True

    def _question(self, question: str) -> None:
        from bot.terminal import show_answers  # noqa: PLC0415

        scope = scope_of(self.service, self.article_id)
        results = self.service.ask_all(question, scope=scope, history=self.turns[-REMEMBERED:])
        self.turns.extend(self.service.remember(results, scope=scope))
        show_answers(self.console, results)

    def _command(self, command: str, rest: str) -> None:
        from bot import terminal  # noqa: PLC0415

        scope = scope_of(self.service, self.article_id)
        if command == "/quotes":
            found = self.service.quotes(speaker=rest or None, scope=scope, most=LISTED + 1)
            clear = self.service.speaker_is_clear
            terminal.show_quotes(self.console, found[:LISTED], clear, speaker=rest or None)
            if len(found) > LISTED:
                named = (("--speaker", rest), ("--article", self.article_id))
                only = [word for name, value in named if value for word in (name, value)]
                command = shlex.join(["pullquote", "quotes", *only])
                said = f"These are the latest {LISTED}: {command} lists all."
                self.console.print(f"\n{terminal.printable(said)}", markup=False)
        elif command == "/check" and rest:
            terminal.show_check(self.console, self.service.check(_unquoted(rest), scope=scope))
        elif command == "/summary":
            terminal.show_summary(self.console, self.service.summary(rest or self.article_id))
        elif command == "/speakers":
            terminal.show_speakers(self.console, self.service.voices(scope=scope, most=LISTED))
            if (everybody := self.service.count_voices(scope=scope)) > LISTED:
                said = f"These are quoted most, of {everybody:,}: pullquote speakers lists all."
                self.console.print(said)
        elif command == "/articles":
            terminal.show_articles(self.console, self.service.articles())
        elif command == "/article":
            self.article_id = self.service.article(rest).id if rest else None
            said = f"Asking only {rest}." if rest else "Asking all articles."
            self.console.print(terminal.printable(said))
        else:
            self.console.print(HELP)


def _unquoted(quote: str) -> str:
    """Take off the marks of a quote that was typed as on a shell's command line."""
    try:
        words = shlex.split(quote)
    except ValueError:  # an apostrophe
        return quote
    return words[0] if len(words) == 1 else quote


def _piped_lines() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", errors="replace")


def _typed_lines(talk: Conversation) -> Iterator[str]:
    session = _session(talk)
    talk.console.print("Type a question; /help for more, Ctrl-D to end.\n")
    while True:
        try:
            yield session.prompt(PROMPT)
        except KeyboardInterrupt:  # gives up the line, not the conversation
            continue
        except EOFError:
            return


def _session(talk: Conversation) -> PromptSession[str]:
    from platformdirs import user_state_path  # noqa: PLC0415
    from prompt_toolkit import PromptSession  # noqa: PLC0415
    from prompt_toolkit.auto_suggest import AutoSuggestFromHistory  # noqa: PLC0415
    from prompt_toolkit.history import FileHistory  # noqa: PLC0415

    history = user_state_path("pullquote") / "questions"
    history.parent.mkdir(parents=True, exist_ok=True)
    history.touch(mode=0o600)  # what one asks is nobody else's business
    return PromptSession(
        history=FileHistory(str(history)),
        completer=make_completer(talk),
        auto_suggest=AutoSuggestFromHistory(),
        complete_while_typing=True,
    )


def make_completer(talk: Conversation) -> Completer:
    """Complete commands, articles after `/article` (by id or title), and the speakers' names."""
    from prompt_toolkit.completion import Completer, Completion  # noqa: PLC0415

    class Names(Completer):
        def get_completions(
            self,
            document: Document,
            complete_event: CompleteEvent,  # noqa: ARG002
        ) -> Iterable[Completion]:
            for text, of, about in _completions(talk, document.text_before_cursor):
                yield Completion(text, start_position=-len(of), display_meta=about)

    return Names()


def _completions(talk: Conversation, line: str) -> Iterator[tuple[str, str, str | None]]:
    """What may stand for the end of a line, that end, and what it is."""
    command, blank, rest = line.partition(" ")
    scope = scope_of(talk.service, talk.article_id)
    if line.startswith("/") and not blank:
        yield from ((name, line, None) for name in COMMANDS if name.startswith(line.lower()))
    elif command in ("/article", "/summary"):
        for one in talk.service.headings(rest, limit=OFFERED):
            yield one.id, rest, one.title
    elif not line.startswith("/") or command == "/quotes":
        word = rest if command == "/quotes" else line.rpartition(" ")[2]
        if word or command == "/quotes":
            for speaker in talk.service.speakers(word, scope=scope, limit=OFFERED):
                yield speaker.name, word, None
