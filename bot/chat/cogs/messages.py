"""Questions in messages: by mentioning the bot, replying to it, or writing to it alone.

In company it stays silent unless it is spoken to, or a question is put in a channel that the
server has chosen for that; it never answers a bot, a webhook or what Discord itself writes.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from bot.answers.answer import NoAnswer
from bot.answers.parts import is_question
from bot.answers.smalltalk import is_small_talk
from bot.chat import texts
from bot.chat.buttons import keepable
from bot.chat.languages import say
from bot.chat.replies import answer_message, tell
from bot.chat.talks import NONE

if TYPE_CHECKING:
    from bot.answers.answer import Reply
    from bot.answers.talk import Turn
    from bot.chat.buttons import Keepable
    from bot.chat.cards import Page
    from bot.chat.client import PullquoteBot
    from bot.chat.talks import Talk
    from index.scope import Scope

_TO_SOMEBODY = re.compile(r"\s*(?:<@[!&]?\d+>|@everyone\b|@here\b)")
_MENTION = re.compile(r"<@[!&]?(\d+)>")


class MessagesCog(commands.Cog):
    """Listens to messages, and answers those that are for the bot."""

    def __init__(self, bot: PullquoteBot) -> None:
        self.bot = bot

    @commands.Cog.listener("on_message")
    async def answer_mention(self, message: discord.Message) -> None:
        """Answer whoever mentions the bot, replies to it, writes to it alone, or asks anybody."""
        if _is_nobodys(message):
            return
        spoken_to = self._is_for_me(message)
        if not spoken_to and not self._is_for_anybody(message):
            return
        question = self._question(message)
        if not question:
            unread = not message.content and self._my_roles(message)
            await tell(message, say(texts.UNREAD) if unread else say(texts.HINT))
            return
        if (elsewhere := self.bot.elsewhere(message)) is not None:
            await tell(message, texts.only_in(elsewhere))
            return
        server = message.guild.id if message.guild is not None else None
        now = time.monotonic()
        wait = self.bot.cooldowns.take(user=message.author.id, server=server, now=now)
        if wait is not None:
            if spoken_to:
                await tell(message, texts.cooling(wait))
            return
        await self._answer(message, question, brief=not spoken_to)

    async def _answer(self, message: discord.Message, question: str, *, brief: bool) -> None:
        """Answer a question (or several), and keep what the next may hark back to.

        `brief`: who asked nobody is told in one sentence that there is no answer.
        """
        answers, scope = self.bot.answers, self.bot.scope_at(message)
        before = self._before(message, scope)
        server = message.guild.id if message.guild is not None else None
        turns: tuple[Turn, ...] = ()

        async def work() -> Keepable | tuple[Page, ...]:
            nonlocal turns
            exchange = await answers.converse(question, scope=scope, history=before.turns)
            turns = exchange.turns
            for reply in exchange.replies:
                if isinstance(reply, NoAnswer):  # counted by the cog of /ask
                    self.bot.dispatch("refusal", reply, server, message.author.id)
            replies = [_shortened(one) if brief else one for one in exchange.replies]
            return keepable(*replies)

        sent = await answer_message(self.bot, message, work)
        if sent is not None and turns:
            self.bot.talks.keep(
                turns,
                after=before,
                message=sent.id,
                channel=message.channel.id,
                asker=message.author.id,
                scope=scope,
                now=time.monotonic(),
            )

    def _before(self, message: discord.Message, scope: Scope) -> Talk:
        """The talk that a message goes on with.

        A reply goes on with what it replies to, and with nothing where that is another's
        message or not known any more; another message with the asker's last, a while ago.
        """
        talks, ids = self.bot.talks, self.bot.answers.ids
        if (replied := _replied_to(message)) is not None:
            return talks.up_to(replied, scope=scope, ids=ids)
        if message.reference is not None:
            return NONE
        return talks.lately(
            channel=message.channel.id,
            asker=message.author.id,
            scope=scope,
            ids=ids,
            now=time.monotonic(),
        )

    def _is_for_me(self, message: discord.Message) -> bool:
        if message.guild is None or self.bot.user in message.mentions or self._my_roles(message):
            return True
        # Without a ping Discord gives its text only to who has the intent; "thanks" needs no reply.
        return self._replies_to_me(message) and not is_small_talk(message.content)

    def _is_for_anybody(self, message: discord.Message) -> bool:
        """Whether it is a question to nobody, where such are answered."""
        if message.guild is None or not self.bot.intents.message_content:
            return False
        here = (message.channel.id, getattr(message.channel, "parent_id", None))
        return (
            self.bot.servers.asks_in(message.guild.id, here)
            and message.reference is None
            and not _TO_SOMEBODY.match(message.content)
            and is_question(message.content)
            and not is_small_talk(message.content)
        )

    def _replies_to_me(self, message: discord.Message) -> bool:
        replied = message.reference.resolved if message.reference is not None else None
        return (
            _replied_to(message) is not None
            and isinstance(replied, discord.Message)
            and replied.author == self.bot.user
        )

    def _my_roles(self, message: discord.Message) -> set[int]:
        """The mentioned roles that are the bot's own: those that Discord made for it alone."""
        me = self.bot.user.id if self.bot.user is not None else None
        return {
            role.id
            for role in message.role_mentions
            if role.tags is not None and role.tags.bot_id == me
        }

    def _question(self, message: discord.Message) -> str:
        """What was asked: the text without the bot's mention, other people's by their name."""
        names = {user.id: f"@{user.display_name}" for user in message.mentions}
        names |= {role.id: f"@{role.name}" for role in message.role_mentions}
        names |= dict.fromkeys(self._my_roles(message), " ")
        if self.bot.user is not None:
            names[self.bot.user.id] = " "
        text = _MENTION.sub(lambda found: names.get(int(found[1]), found[0]), message.content)
        return text.strip()


def _is_nobodys(message: discord.Message) -> bool:
    """Whether no person wrote it."""
    return message.author.bot or message.webhook_id is not None or message.is_system()


def _shortened(reply: Reply) -> Reply:
    """The reply, without what is offered where nothing answers."""
    return replace(reply, nearest=(), examples=()) if isinstance(reply, NoAnswer) else reply


def _replied_to(message: discord.Message) -> int | None:
    """The message that this one replies to (forwarding one is no reply)."""
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.reply:
        return None
    return reference.message_id


async def setup(bot: PullquoteBot) -> None:
    """Add the cog; discord.py calls this when the extension is loaded."""
    await bot.add_cog(MessagesCog(bot))
