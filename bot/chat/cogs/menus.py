"""What one can do with any message: check the quotes in it, or ask what it asks.

Both reply to whoever chose them alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.answers.answer import NoAnswer
from bot.chat import delivery, texts
from bot.chat.buttons import keepable, keepable_checks
from bot.chat.languages import say
from bot.chat.messages import question_in, quoted_in, texts_of
from bot.chat.render import CHECKED
from bot.chat.replies import answer_command
from bot.chat.verdicts import edition

if TYPE_CHECKING:
    from bot.answers.answer import Check
    from bot.chat.buttons import Keepable
    from bot.chat.cards import Page
    from bot.chat.client import PullquoteBot


class MenusCog(commands.Cog):
    """The two entries under "Apps" of a message's menu."""

    def __init__(self, bot: PullquoteBot) -> None:
        self.bot = bot
        self._menus = [
            app_commands.ContextMenu(name=name, callback=callback)
            for name, callback in (
                (texts.MENU_CHECK, self.check_quotes),
                (texts.MENU_ASK, self.ask_message),
            )
        ]

    async def cog_load(self) -> None:
        """Add the entries."""
        for menu in self._menus:
            self.bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        """Take them away."""
        for menu in self._menus:
            self.bot.tree.remove_command(menu.name, type=menu.type)

    async def check_quotes(
        self, interaction: discord.Interaction[PullquoteBot], message: discord.Message
    ) -> None:
        """Check each quote of the message, with whoever it says said it."""
        said = texts_of(message)
        quoted = quoted_in(said)
        if not quoted:
            nothing = say(texts.NO_WORDS) if said else say(texts.NO_TEXT)
            await delivery.whisper(interaction, content=nothing)
            return
        answers, scope = self.bot.answers, self.bot.scope_at(interaction)

        async def work() -> Keepable:
            checks: list[Check] = []
            made_from = edition(answers, scope)
            for text in quoted:
                wanted = CHECKED + 1 - len(checks)  # one more tells that there are more
                if wanted > 0:
                    checks += await answers.check_message(text, scope=scope, most=wanted)
            return keepable_checks(checks, made_from)

        await answer_command(interaction, work, private=True)

    async def ask_message(
        self, interaction: discord.Interaction[PullquoteBot], message: discord.Message
    ) -> None:
        """Answer the message as a question."""
        if message.author.bot:
            await delivery.whisper(interaction, content=say(texts.A_BOTS_MESSAGE))
            return
        question = question_in(message, me=self.bot.user)
        if not question:
            await delivery.whisper(interaction, content=say(texts.NOTHING_ASKED))
            return
        answers, scope = self.bot.answers, self.bot.scope_at(interaction)

        async def work() -> Keepable | tuple[Page, ...]:
            reply = await answers.ask(question, scope=scope)
            if isinstance(reply, NoAnswer):
                self.bot.dispatch("refusal", reply, interaction.guild_id, interaction.user.id)
            return keepable(reply)

        await answer_command(interaction, work, private=True)


async def setup(bot: PullquoteBot) -> None:
    """Add the cog; discord.py calls this when the extension is loaded."""
    await bot.add_cog(MenusCog(bot))
