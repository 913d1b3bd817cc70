"""A server with the bot, for pictures of it: real indexes, a simulated Discord, people."""

from __future__ import annotations

import json
import tempfile
import threading
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import discord
from discord_world import Newsroom, world
from drawing import Shown
from simcord.backend.serializers import message_payload
from simcord.results import ResponseMessage

from bot.bootstrap import open_service
from bot.chat.servers import Shelves
from bot.chat.state import State
from config.settings import AnswersSettings, IndexSettings, Settings
from index.build import build_index

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HARBOUR = (
    {
        "id": "bridge",
        "title": "Swing bridge to stay shut until May",
        "publisher": "The Harbour Post",
        "author": "Ida Holm",
        "published": "2026-01-12",
        "url": "https://harbour.example/bridge",
        "text": (
            "The old swing bridge will stay shut over the winter, the harbour board said on "
            "Monday.\n\n“The first ferry crosses under it on 3 May, and not a day later,” said Ada "
            "Lund, who runs the works.\n\nThe repair will cost the town nothing, mayor Per Dahl "
            "said. But the board has not yet found the two million that it needs.\n\nThe bridge "
            "was built in 1931 and opens some forty times a week in summer."
        ),
    },
    {
        "id": "market",
        "title": "Fish market moves to the old customs house",
        "publisher": "The Harbour Post",
        "published": "2025-11-03",
        "url": "https://harbour.example/market",
        "text": (
            "The fish market moves to the old customs house in spring.\n\n“We have waited for a "
            "roof for thirty years,” said Marta Vik, who sells crabs there.\n\n“We will pay the "
            "new rent if the roof holds,” she said."
        ),
    },
)
"""Made up, all of it."""


def settings_for(folder: Path, **more: Any) -> Settings:
    """The default settings, for an index in a folder."""
    return Settings(index=IndexSettings(folder=folder), **more)


@cache
def sample(top: int = AnswersSettings().top) -> Any:
    """The service on the sample article; `top`: how much it answers with."""
    return open_service(settings_for(_sample_folder(), answers=AnswersSettings(top=top)))


@cache
def _sample_folder() -> Path:
    folder = Path(tempfile.mkdtemp()) / "index"
    build_index((), folder, settings_for(folder))
    return folder


@cache
def harbour() -> Any:
    """The service on the made-up articles."""
    home = Path(tempfile.mkdtemp())
    written = home / "harbour.jsonl"
    written.write_text("\n".join(map(json.dumps, HARBOUR)), encoding="utf-8")
    settings = settings_for(home / "index")
    build_index((written,), home / "index", settings)
    return open_service(settings)


class Held(Newsroom):
    """A newsroom that thinks until it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()
        super().__init__(before=lambda _: self.released.wait(5))


class Stage:
    """A server with the bot, and Alice, who does things there."""

    def __init__(self, w: Any) -> None:
        self.w = w
        self.alice = self.person("Alice")
        self.bob = self.person("Bob")

    def person(self, name: str, **rights: bool) -> Any:
        """A member; `rights` of a role of theirs."""
        guild = self.w.channel.guild
        roles = []
        if rights:
            roles = [guild.create_role(name, permissions=discord.Permissions(**rights))]
        user = self.w.env.create_user(name.casefold() + "-n", global_name=name)
        return guild.add_member(user, roles=roles)

    async def slash(self, command: str, *, by: Any = None, **options: Any) -> list[Shown]:
        """What a command is answered with."""
        result = await (by or self.alice).slash(self.w.channel, command, **options)
        return [self.shown(result.response, used=f"/{command}")]

    async def press(self, under: Shown, label: str, *, by: Any = None) -> list[Shown]:
        """What pressing a button leads to: a reply, or a change of the message."""
        result = await (by or self.alice).click(self.handle(under), label=label)
        response = result.response
        if response is None or str(response.id) == under.message["id"]:
            return [self.again(under)]
        return [self.shown(response, replied=under.message)]

    async def says(self, text: str, *, to: Shown | None = None, by: Any = None) -> list[Shown]:
        """A message, and what the bot replies."""
        more = {"reply_to": self.handle(to)} if to is not None else {}
        sent = await (by or self.alice).send(self.w.channel, text, **more)
        mine = self.shown(sent, replied=to.message if to is not None else None)
        return [mine, self.shown(self.w.channel.last_message, replied=mine.message)]

    async def mentions(self, text: str, **options: Any) -> list[Shown]:
        """A message that mentions the bot, and its reply."""
        return await self.says(f"{self.w.bot.user.mention} {text}", **options)

    async def chooses(self, entry: str, text: str) -> list[Shown]:
        """An entry on the menu of a message of Bob's."""
        sent = await self.bob.send(self.w.channel, text)
        result = await self.alice.context_menu(self.w.channel, entry, sent)
        return [self.shown(sent), self.shown(result.response, used=entry)]

    async def set(self, **changes: Any) -> None:
        """Change what the server has set."""
        await self.w.bot.servers.change(self.w.channel.guild.id, **changes)

    async def refused(self, command: str, **options: Any) -> list[Shown]:
        """What a command is answered with that is turned away (simcord calls that an error)."""
        shown = await self.slash(command, **options)
        assert len(self.w.env.errors) == 1
        return shown

    def shown(self, message: Any, **over: Any) -> Shown:
        """A message as Discord stores it."""
        channel = getattr(message, "channel_id", None) or message.channel.id
        stored = self.w.env.backend.get_message(channel, message.id)
        payload = json.loads(json.dumps(message_payload(self.w.env.backend, stored)))
        names = {str(self.w.bot.user.id): "@Pullquote", str(self.w.channel.id): "#news"}
        return Shown(payload, names=names, **over)

    def handle(self, shown: Shown) -> Any:
        """The message itself, to click on or to reply to."""
        number, channel = int(shown.message["id"]), int(shown.message["channel_id"])
        stored = self.w.env.backend.get_message(channel, number)
        return ResponseMessage(self.w.env, stored)

    def again(self, shown: Shown) -> Shown:
        """The message as it is by now."""
        return self.shown(self.handle(shown), used=shown.used, replied=shown.replied)


@asynccontextmanager
async def staged(service: Any, **options: Any) -> AsyncIterator[Stage]:
    """The bot at work, with a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        address = str(Path(folder) / "kept.sqlite3")
        shelves = Shelves({"sample": ("sample",)}, ("*",), lambda: ("sample",))
        options.setdefault("state", lambda _: State.of(address, shelves=shelves))
        async with world(service, **options) as w:
            await w.bot.servers.load()
            yield Stage(w)
            await w.bot.shown._database.close()  # noqa: SLF001 - the temporary folder goes
