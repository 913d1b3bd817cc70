"""Options that several commands take: an article, a speaker, a text."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from discord import app_commands

from bot.chat.choices import MOST, speaker_choices

if TYPE_CHECKING:
    import discord

    from bot.chat.answers import Answers
    from bot.chat.client import PullquoteBot
    from index.scope import Scope

log = logging.getLogger(__name__)

Question = app_commands.Range[str, 1, 500]
Quote = app_commands.Range[str, 1, 2000]
Name = app_commands.Range[str, 1, 100]
Topic = app_commands.Range[str, 1, 200]
Sentences = app_commands.Range[int, 1, 10]


def narrow(answers: Answers, scope: Scope, article: str | None) -> Scope:
    """The scope, or the one article of it that was asked for. Raises `UnknownArticle`."""
    return scope if article is None else scope.only(which(answers, scope, article))


def which(answers: Answers, scope: Scope, article: str) -> str:
    """The id of an article: chosen from the list, or typed so that only one is meant.

    Raises `UnknownArticle`.
    """
    if article in answers.ids and scope.allows(article):
        return article
    return answers.known(answers.shelf.meant(article, scope), scope)


async def complete_article(
    interaction: discord.Interaction[PullquoteBot], typed: str
) -> list[app_commands.Choice[str]]:
    """The articles whose name holds what is typed."""
    bot = interaction.client
    return bot.answers.shelf.choices(typed, bot.scope_at(interaction))


async def complete_speaker(
    interaction: discord.Interaction[PullquoteBot], typed: str
) -> list[app_commands.Choice[str]]:
    """The speakers known by what is typed, under any of their names."""
    bot = interaction.client
    speakers = bot.answers.speakers(typed, scope=bot.scope_at(interaction), limit=MOST)
    return speaker_choices(speakers, typed)
