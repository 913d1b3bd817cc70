"""bot/chat/client.py and registration.py: what the bot asks for, how it starts and stops."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import discord
import pytest
from discord_cards import cards_of
from discord_world import Newsroom, world

from bot.chat import client, texts
from bot.chat.answers import Answers, Inside
from bot.chat.client import PullquoteBot, serve_until
from bot.chat.faults import CannotStart
from config.settings import DiscordSettings, IndexSettings, Settings


def registrations(w: Any) -> list[Any]:
    return [request for request in w.env.http_requests if request.method == "PUT"]


async def test_it_asks_for_no_privileged_intent_and_mentions_nobody() -> None:
    async with world(approved_intents=discord.Intents.none()) as w:
        intents = w.bot.intents
        await w.alice.slash(w.channel, "ask", question="Kuleba?")

        assert not intents.members
        assert not intents.presences
        assert not intents.message_content
        assert w.bot.allowed_mentions.to_dict() == {"parse": []}
        assert [m for m in w.bot.get_all_members() if m.id != w.bot.user.id] == []


async def test_commands_are_told_to_discord_once_and_again_when_they_change(tmp_path: Path) -> None:
    note = tmp_path / "data" / "commands"
    async with world(note=note) as w:
        assert len(registrations(w)) == 1
        await w.env.restart_bot(_another(w, note))
        assert len(registrations(w)) == 1
        changed = _another(w, note)
        changed.tree.add_command(discord.app_commands.ContextMenu(name="New", callback=_menu))
        await w.env.restart_bot(changed)
        assert len(registrations(w)) == 2


async def _menu(_: discord.Interaction, __: discord.Message) -> None:
    """A command that was not there before."""


def _another(w: Any, note: Path) -> PullquoteBot:
    registration = client.Registration(note)
    return PullquoteBot(w.bot.answers, registration=registration, shard_count=1)


async def test_commands_that_discord_refuses_do_not_keep_it_from_starting(tmp_path: Path) -> None:
    note = tmp_path / "commands"
    async with world(note=note) as w:
        note.unlink()
        w.env.inject_error("PUT", "/applications/*/commands", status=500, times=None)
        bot = _another(w, note)
        await w.env.restart_bot(bot)
        await w.alice.send_dm("Kuleba?")

        assert cards_of(w.alice.user.dm_channel.last_message)
        assert not note.exists()


async def test_every_command_but_a_servers_own_works_in_direct_messages_too() -> None:
    async with world() as w:
        told = registrations(w)[0].json

    names = {command["name"] for command in told}
    assert names >= {"ask", "quotes", "summary", "check", "reload", "settings", "stats"}
    for command in told:
        own = command["name"] in {"settings", "stats"}
        assert set(command["contexts"]) & {0, 1} == ({0} if own else {0, 1})
        assert 0 in command["integration_types"]


def test_the_invite_link_asks_for_the_permissions_that_are_named_beside_it_and_no_others() -> None:
    needed = discord.Permissions(
        view_channel=True, send_messages=True, embed_links=True, send_messages_in_threads=True
    )
    docs = Path(__file__).parents[1] / "docs"
    pages = [(docs / name).read_text(encoding="utf-8") for name in ("discord.md", "servers.md")]
    for page in pages:
        links = re.findall(r"oauth2/authorize\?\S*", page)
        asked = [re.findall(r"permissions=(\d+)", link) for link in links if "scope=bot" in link]
        assert asked == [[str(needed.value)]]
        named = ("View Channels", "Send Messages", "Embed Links", "Send Messages in Threads")
        assert all(f"*{name}*" in page for name in named)
    (person,) = [
        link for link in re.findall(r"authorize\?\S*", pages[0]) if "permissions" not in link
    ]
    assert "integration_type=1" in person


class _Gateway(PullquoteBot):
    """The bot without the network: it logs in to nothing and waits."""

    async def start(self, token: str, *, reconnect: bool = True) -> None:
        assert token == "token"  # noqa: S105
        while not self.is_closed():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_when_told_to_stop_it_finishes_what_is_under_way() -> None:
    slow = Newsroom(before=lambda _: time.sleep(0.1))
    answers = Answers(Inside(slow))
    bot = _Gateway(answers)
    stop = asyncio.Event()
    async with bot:
        serving = asyncio.create_task(serve_until(bot, "token", stop))
        answer = asyncio.create_task(answers.ask("Kuleba?"))
        await asyncio.sleep(0.02)
        stop.set()
        await serving

    assert bot.is_closed()
    assert (await answer).citations


async def test_a_login_that_hangs_does_not_keep_it_from_stopping() -> None:
    class Hanging(_Gateway):
        async def start(self, token: str, *, reconnect: bool = True) -> None:
            await asyncio.sleep(60)

    stop = asyncio.Event()
    async with Hanging(Answers(Inside(Newsroom()))) as bot:
        stop.set()
        async with asyncio.timeout(10):
            await serve_until(bot, "token", stop)

    assert bot.is_closed()


def _settings(tmp_path: Path) -> Settings:
    return Settings(
        index=IndexSettings(folder=tmp_path / "index"),
        discord=DiscordSettings(token="token"),  # noqa: S106
    )


def test_sigterm_ends_it_cleanly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Signalled(_Gateway):
        async def start(self, token: str, *, reconnect: bool = True) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            await super().start(token, reconnect=reconnect)

    monkeypatch.setattr(client, "PullquoteBot", Signalled)

    client.run(
        _settings(tmp_path), Answers(Inside(Newsroom()))
    )  # returns: the process would exit with 0


def test_a_token_that_discord_refuses_is_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refused(PullquoteBot):
        async def start(self, token: str, *, reconnect: bool = True) -> None:
            raise discord.LoginFailure("Improper token has been passed.")

    monkeypatch.setattr(client, "PullquoteBot", Refused)

    with pytest.raises(CannotStart, match="token") as refused:
        client.run(_settings(tmp_path), Answers(Inside(Newsroom())))
    assert str(refused.value) == texts.LOGIN_REFUSED


def test_an_unreachable_discord_is_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    """Over real sockets: nothing listens where Discord should be."""
    base = f"http://127.0.0.1:{unused_tcp_port}/api/v10"
    monkeypatch.setattr(discord.http.Route, "BASE", base)

    with pytest.raises(CannotStart, match="cannot be reached"):
        client.run(_settings(tmp_path), Answers(Inside(Newsroom())))
