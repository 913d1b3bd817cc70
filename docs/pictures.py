"""Draw every reply of the bot as docs/images/*.png, from what it really sends.

    python docs/pictures.py [SCENE...]

The bot runs against a simulated Discord (simcord) and answers from real indexes: of the sample
article, and of two made-up ones whose title, paper, author and day are known. Each message, as
Discord would store it, is laid out by drawing.py, and headless Chromium photographs the page at
a phone's width. Drawings, not photographs of Discord's own client. docs/pictures.md shows them.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "docs")]

import discord  # noqa: E402
from discord_world import Newsroom, world  # noqa: E402
from drawing import THEMES, Shown, document, scene_html  # noqa: E402
from simcord.backend.serializers import message_payload  # noqa: E402

from bot.bootstrap import open_service  # noqa: E402
from bot.chat import texts  # noqa: E402
from bot.chat.servers import Shelves  # noqa: E402
from bot.chat.state import State  # noqa: E402
from config.settings import AnswersSettings, IndexSettings, Settings  # noqa: E402
from index.build import build_index  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

IMAGES = ROOT / "docs" / "images"
WIDTH = 390
"""Of a phone, in CSS pixels."""
SCALE = 2
COLOURS = 160
"""Of a picture, where Pillow is there to choose them: half the size, and no visible loss."""
CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
KULEBA = "what did Kuleba say?"
KIRBY = "what did Kirby say?"
NOWHERE = "What did Kirby say about Paris?"
PRINTED = "First they gotta win this war"
CHANGED = "First they must win this war"
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
        from simcord.results import ResponseMessage  # noqa: PLC0415 - of no use elsewhere

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


@dataclass(frozen=True, slots=True)
class Scene:
    """A reply to be drawn: the command it replies to ("": a message), what it shows, and how."""

    command: str
    caption: str
    play: Callable[[Stage], Awaitable[list[Shown]]]
    service: Callable[[], Any] = sample


def _slash(command: str, **options: Any) -> Callable[[Stage], Awaitable[list[Shown]]]:
    async def play(stage: Stage) -> list[Shown]:
        return await stage.slash(command, **options)

    return play


def _mention(text: str) -> Callable[[Stage], Awaitable[list[Shown]]]:
    async def play(stage: Stage) -> list[Shown]:
        return await stage.mentions(text)

    return play


def _chosen(entry: str, text: str) -> Callable[[Stage], Awaitable[list[Shown]]]:
    async def play(stage: Stage) -> list[Shown]:
        return await stage.chooses(entry, text)

    return play


def _pressed(label: str, command: str, **options: Any) -> Callable[[Stage], Awaitable[list[Shown]]]:
    async def play(stage: Stage) -> list[Shown]:
        (shown,) = await stage.slash(command, **options)
        return await stage.press(shown, label)

    return play


async def _embeds(stage: Stage) -> list[Shown]:
    await stage.set(style="embeds")
    return await stage.slash("ask", question=KULEBA)


async def _embeds_check(stage: Stage) -> list[Shown]:
    await stage.set(style="embeds")
    return await stage.slash("check", quote=CHANGED)


async def _shared(stage: Stage) -> list[Shown]:
    (private,) = await stage.slash("ask", question=KULEBA, private=True)
    await stage.press(private, texts.BUTTON_SHARE)
    return [stage.shown(stage.w.channel.last_message)]


async def _follow_up(stage: Stage) -> list[Shown]:
    _, first = await stage.mentions(KULEBA)
    return await stage.says("and what about Blinken?", to=first, by=stage.bob)


async def _status(stage: Stage) -> list[Shown]:
    await stage.slash("ask", question=KULEBA)
    return await stage.slash("status")


async def _settings(stage: Stage) -> list[Shown]:
    boss = stage.person("Alice", manage_guild=True)
    return await stage.slash("settings", by=boss)


async def _stats(stage: Stage) -> list[Shown]:
    boss = stage.person("Alice", manage_guild=True)
    await stage.set(keep_questions=True)
    (first,) = await stage.slash("ask", question=KULEBA)
    await stage.press(first, texts.BUTTON_HELPFUL)
    await stage.slash("ask", question=KIRBY, by=stage.bob)
    await stage.slash("ask", question=NOWHERE)
    await stage.slash("ask", question="What did Zelensky say?", by=stage.bob)
    await asyncio.sleep(0.2)  # refusals are counted beside the replies
    return await stage.slash("stats", by=boss)


async def _forget_me(stage: Stage) -> list[Shown]:
    (first,) = await stage.slash("ask", question=KULEBA)
    await stage.press(first, texts.BUTTON_HELPFUL)
    return await stage.slash("forget-me")


async def _cooldown(stage: Stage) -> list[Shown]:
    for _ in range(5):
        await stage.slash("ask", question=KULEBA)
    return await stage.refused("ask", question=KULEBA)


async def _only_in(stage: Stage) -> list[Shown]:
    other = stage.w.channel.guild.create_text_channel("ask-the-paper")
    await stage.set(channels=frozenset({other.id}))
    (shown,) = await stage.refused("ask", question=KULEBA)
    names = {**shown.names, str(other.id): "#ask-the-paper"}
    return [Shown(shown.message, used=shown.used, names=names)]


async def _reload(stage: Stage) -> list[Shown]:
    boss = stage.person("Alice", administrator=True)
    stage.w.bot.owner_ids = {boss.id}
    return await stage.slash("reload", by=boss)


async def _busy() -> list[Shown]:
    """A queue of one, which somebody else is in."""
    release = threading.Event()
    service = Newsroom(before=lambda _: release.wait(5))
    async with staged(service, queue=1) as stage:
        holding = asyncio.create_task(stage.w.bot.answers.ask("Kuleba, before?"))
        await asyncio.sleep(0.01)
        threading.Timer(0.3, release.set).start()
        shown = await stage.refused("ask", question=KULEBA)
        await holding
    return shown


SCENES = {
    "ask": Scene(
        "ask",
        "`/ask question:what did Kuleba say?` The printed sentence, the words that answer in "
        "bold; whose words they are, how they stand there, and where.",
        _slash("ask", question=KULEBA),
    ),
    "ask-linked": Scene(
        "ask",
        "Where the article's title, paper, day and address are known, they are shown, and the "
        "sentence can be opened on the paper's page (an article made up for this).",
        _slash("ask", question="What did Lund say about the ferry?"),
        harbour,
    ),
    "ask-turn": Scene(
        "ask",
        "Where the next sentence turns the sense of the one that answers, it is shown with it, "
        "as printed.",
        _slash("ask", question="What did Dahl say about the repair?"),
        harbour,
    ),
    "ask-several": Scene(
        "ask",
        "Several sentences answer: the best three, and *More* for the rest "
        "(with `answers.top` at 6).",
        _slash("ask", question=KIRBY),
        partial(sample, 6),
    ),
    "more": Scene(
        "ask",
        "*More*, pressed under that: the next best, to the asker alone.",
        _pressed(texts.BUTTON_MORE, "ask", question=KIRBY),
        partial(sample, 6),
    ),
    "context": Scene(
        "ask",
        "*Context*, pressed under an answer: the paragraphs around the sentence, which is in bold.",
        _pressed(texts.BUTTON_CONTEXT, "ask", question=KULEBA),
    ),
    "ask-private": Scene(
        "ask",
        "`private:True`, or a server whose replies are private: an answer that can be shared.",
        _slash("ask", question=KULEBA, private=True),
    ),
    "shared": Scene("ask", "That answer, shared: once, with the asker's name, no ping.", _shared),
    "mention": Scene("", "A question in a message that mentions the bot.", _mention(KULEBA)),
    "follow-up": Scene(
        "",
        "A reply to an answer goes on from it; over the answer stands how it was understood.",
        _follow_up,
    ),
    "several": Scene(
        "ask",
        "Several questions at once, each answered, in order.",
        _slash("ask", question="What did Kuleba say? And what did Blinken say about the summit?"),
    ),
    "misspelt": Scene(
        "ask",
        "A name that is misspelt (*Kulebba*): the heading says which question is answered.",
        _slash("ask", question="What did Kulebba say about NATO?"),
    ),
    "about": Scene(
        "ask",
        "A question about an article itself: what its source says is no print, and stands in no "
        "block quote.",
        _slash("ask", question="Who wrote the article about the swing bridge?"),
        harbour,
    ),
    "refusal": Scene(
        "ask",
        "Nothing answers: why not, and a button for the nearest sentence, which would be taken "
        "for the answer if it stood there for all to see.",
        _slash("ask", question=NOWHERE),
    ),
    "nearest": Scene(
        "ask",
        "*Nearest sentence*, pressed: to whoever presses, and marked as no answer.",
        _pressed(texts.BUTTON_NEAREST, "ask", question=NOWHERE),
    ),
    "refusal-private": Scene(
        "ask",
        "The same refusal to the asker alone shows the nearest sentence at once.",
        _slash("ask", question=NOWHERE, private=True),
    ),
    "unknown-name": Scene(
        "ask",
        "Somebody who is not in the articles.",
        _slash("ask", question="What did Zelensky say?"),
    ),
    "not-a-question": Scene("", "A message that asks nothing.", _mention("good morning!")),
    "hint": Scene("", "A mention and nothing else.", _mention("")),
    "helpful": Scene(
        "ask",
        "*Helpful*, pressed under an answer.",
        _pressed(texts.BUTTON_HELPFUL, "ask", question=KULEBA),
    ),
    "quotes": Scene(
        "quotes",
        "`/quotes`: everybody's, by speaker, a page at a time.",
        _slash("quotes"),
    ),
    "quotes-next": Scene(
        "quotes",
        "Its next page: who speaks is not always plain, and then it says so.",
        _pressed(texts.NEXT, "quotes"),
    ),
    "quotes-speaker": Scene(
        "quotes",
        "`/quotes speaker:Blinken`.",
        _slash("quotes", speaker="Blinken"),
    ),
    "check-verbatim": Scene(
        "check",
        f"`/check quote:{PRINTED}` Printed word for word.",
        _slash("check", quote=PRINTED),
    ),
    "check": Scene(
        "check",
        f"`/check quote:{CHANGED}` One word is another.",
        _slash("check", quote=CHANGED),
    ),
    "check-wrong-speaker": Scene(
        "check",
        f"`/check quote:{PRINTED} speaker:Antony Blinken` Printed, but another said it.",
        _slash("check", quote=PRINTED, speaker="Antony Blinken"),
    ),
    "check-spliced": Scene(
        "check",
        "Put together from words that do not stand next to each other.",
        _slash(
            "check",
            quote="Ukraine deserves to be a member of NATO sooner rather than later",
        ),
    ),
    "check-cut": Scene(
        "check",
        "Cut short: what was left out is what the words depend on.",
        _slash("check", quote="We will pay the new rent"),
        harbour,
    ),
    "check-turn": Scene(
        "check",
        "Printed word for word, and turned by what is printed next.",
        _slash("check", quote="The repair will cost the town nothing"),
        harbour,
    ),
    "check-not-found": Scene(
        "check",
        "Not in these articles; which does not mean that it was never said.",
        _slash("check", quote="We will fight on the beaches"),
    ),
    "menu-check": Scene(
        texts.MENU_CHECK,
        "*Apps > Check this quote* on a message of Bob's, told to whoever chose it alone.",
        _chosen(texts.MENU_CHECK, f"Blinken said it plainly: “{CHANGED}”"),
    ),
    "menu-ask": Scene(
        texts.MENU_ASK,
        "*Apps > Ask about this* on a message of Bob's.",
        _chosen(texts.MENU_ASK, "So what did Blinken say about the summit?"),
    ),
    "summary": Scene(
        "summary",
        "`/summary`: the sentences that carry the article, in its order.",
        _slash("summary"),
    ),
    "articles": Scene(
        "articles", "`/articles`: what can be asked about here.", _slash("articles"), harbour
    ),
    "help": Scene("help", "`/help`.", _slash("help")),
    "status": Scene("status", "`/status`.", _status),
    "settings": Scene("settings", "`/settings`, for moderators.", _settings),
    "stats": Scene("stats", "`/stats`, for moderators.", _stats),
    "forget-me": Scene("forget-me", "`/forget-me`.", _forget_me),
    "cooldown": Scene("ask", "Too many questions in a short time.", _cooldown),
    "only-in": Scene("ask", "A server that has chosen other channels.", _only_in),
    "reload": Scene("reload", "`/reload`, for the bot's owners.", _reload),
    "embeds-ask": Scene(
        "ask", "An answer where a server has chosen embeds instead of cards.", _embeds
    ),
    "embeds-check": Scene("check", "A verdict as embeds.", _embeds_check),
}
BUSY = "busy"
"""A scene of its own: its bot is made to be busy."""


async def play(names: list[str]) -> dict[str, str]:
    """The scenes as HTML, by name."""
    drawn = {}
    for name in names:
        if name == BUSY:
            drawn[name] = scene_html(await _busy())
            continue
        scene = SCENES[name]
        async with staged(scene.service()) as stage:
            drawn[name] = scene_html(await scene.play(stage))
    return drawn


class Camera:
    """Headless Chromium."""

    def __init__(self) -> None:
        browser = shutil.which("chromium") or shutil.which("google-chrome")
        if browser is None:
            sys.exit("Chromium is needed: apt-get install chromium")
        self._browser = browser

    def heights(self, page: str) -> list[int]:
        """How high each scene of a page is."""
        measured = (
            "<script>document.title=[...document.querySelectorAll('.scene')]"
            ".map(one => Math.ceil(one.getBoundingClientRect().height)).join()</script>"
        )
        dumped = self._run(page + measured, 400, "--dump-dom")
        found = re.search(r"<title>([\d,]+)</title>", dumped)
        return list(map(int, found[1].split(","))) if found else []

    def photograph(self, page: str, target: Path, height: int) -> None:
        """The page as a picture."""
        scale = f"--force-device-scale-factor={SCALE}"
        self._run(page, height, scale, f"--screenshot={target}")

    def _run(self, page: str, height: int, *options: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "page.html"
            file.write_text(page, encoding="utf-8")
            return subprocess.run(  # noqa: S603
                [self._browser, *CHROMIUM, f"--user-data-dir={folder}/profile",
                 f"--window-size={WIDTH},{height}", *options, file.as_uri()],
                capture_output=True, check=True, text=True,
            ).stdout  # fmt: skip


def shrink(picture: Path) -> None:
    """Make a picture smaller, if Pillow is there."""
    try:
        from PIL import Image  # noqa: PLC0415 - not needed
    except ImportError:
        return
    with Image.open(picture) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(picture, optimize=True)


def main(*wanted: str) -> None:
    """Draw the pictures, or those that are named."""
    camera = Camera()
    IMAGES.mkdir(parents=True, exist_ok=True)
    every = [*SCENES, BUSY]
    for old in IMAGES.glob("*.png"):
        if old.stem.rpartition("-")[0] not in every:
            old.unlink()
    drawn = asyncio.run(play(list(wanted) or every))
    heights = camera.heights(document(drawn.values(), theme="dark", width=WIDTH))
    for (name, scene), height in zip(drawn.items(), heights, strict=True):
        for theme in THEMES:
            target = IMAGES / f"{name}-{theme}.png"
            camera.photograph(document([scene], theme=theme, width=WIDTH), target, height)
            shrink(target)
            print(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(*sys.argv[1:])
