"""Options that several commands take: an article, a speaker, a text."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from discord import app_commands

from bot.chat.choices import MOST, article_choices, speaker_choices
from bot.chat.process import Lost
from bot.chat.worker import Busy, Stopping, TooSlow
from index.errors import CorpusError

if TYPE_CHECKING:
    import discord

    from bot.chat.answers import Answers
    from bot.chat.client import PullquoteBot
    from index.scope import Scope

Question = app_commands.Range[str, 1, 500]
Quote = app_commands.Range[str, 1, 2000]
Name = app_commands.Range[str, 1, 100]
Topic = app_commands.Range[str, 1, 200]
Sentences = app_commands.Range[int, 1, 10]

NOT_NOW = (Busy, Lost, Stopping, TooSlow, CorpusError)
"""What a look may raise. Whoever types is told nothing of it: a question will say it."""


async def narrow(answers: Answers, scope: Scope, article: str | None) -> Scope:
    """The scope, or the one article of it that was asked for. Raises `UnknownArticle`."""
    return scope if article is None else scope.only(await which(answers, scope, article))


async def which(answers: Answers, scope: Scope, article: str) -> str:
    """The id of an article: chosen from the list, or typed so that only one is meant.

    Raises `UnknownArticle`.
    """
    if article in answers.ids and scope.allows(article):
        return article
    # Discord lets people send what they have typed without choosing from the list.
    found = await answers.headings(article, scope=scope, limit=2) if article.strip() else ()
    return answers.known(found[0].id if len(found) == 1 else article, scope)


async def complete_article(
    interaction: discord.Interaction[PullquoteBot], typed: str
) -> list[app_commands.Choice[str]]:
    """The articles that go by what is typed; none where that cannot be looked up in time."""
    bot = interaction.client
    with contextlib.suppress(*NOT_NOW):
        # Twice as many as fit, since some may have ids that are too long.
        limit = 2 * MOST
        scope = bot.scope_at(interaction)
        return article_choices(await bot.answers.headings(typed, scope=scope, limit=limit))
    return []


async def complete_speaker(
    interaction: discord.Interaction[PullquoteBot], typed: str
) -> list[app_commands.Choice[str]]:
    """The speakers known by what is typed, under any of their names or roles; likewise."""
    bot = interaction.client
    with contextlib.suppress(*NOT_NOW):
        scope = bot.scope_at(interaction)
        return speaker_choices(await bot.answers.speakers(typed, scope=scope, limit=MOST), typed)
    return []
