"""docs/pictures.py: there is a picture of every reply, and every picture that the docs show."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import discord
import pytest
from discord_world import world

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "docs"))

import drawing  # noqa: E402
import pictures  # noqa: E402
from scenes import CHAPTERS, SCENES  # noqa: E402

PAGES = ("README.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md"))))


async def test_every_command_and_every_menu_entry_is_drawn() -> None:
    async with world() as w:
        kinds = (discord.AppCommandType.chat_input, discord.AppCommandType.message)
        named = {command.name for kind in kinds for command in w.bot.tree.get_commands(type=kind)}
        await w.alice.slash(w.channel, "help")

    assert named == {scene.command for scene in SCENES.values()} - {""}


@pytest.mark.parametrize("page", PAGES)
def test_the_pictures_that_a_page_shows_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for shown in re.findall(r"(?:[\w./-]+/)?images/[\w./-]+\.png", text):
        assert ((ROOT / page).parent / shown).is_file(), shown


def test_the_page_of_pictures_is_as_its_scenes_are_and_nothing_else_is_drawn() -> None:
    drawn = {picture.stem for picture in pictures.IMAGES.glob("*.png")}

    assert pictures.PAGE.read_text(encoding="utf-8") == pictures.page()
    assert drawn == {f"{name}-{theme}" for name in SCENES for theme in drawing.THEMES}
    assert CHAPTERS.keys() <= SCENES.keys()


def test_a_message_is_drawn_as_it_is_marked() -> None:
    names = {"5": "#news"}
    text = "### A *title*\n> said\n> more\n-# small <#5>\n<t:0:D> [here](https://x.example)"
    button = {"type": 2, "style": 5, "label": "Open", "url": "https://x.example"}
    parts = [
        {"type": 17, "accent_color": 0x00AA11, "components": [{"type": 10, "content": text}]},
        {"type": 1, "components": [button]},
    ]
    author = {"username": "pullquote", "bot": True}
    message = {"author": author, "content": "<b>", "components": parts, "flags": 1 << 6}

    page = drawing.scene_html([drawing.Shown(message, used="/ask", names=names)])

    assert "--accent:#00aa11" in page
    assert "<div class=h3>A <em>title</em></div>" in page
    assert page.count("<div class=quote>") == 1
    assert "<div class=small>small <span class=mention>#news</span></div>" in page
    assert "<time>January 1, 1970</time> <a>here</a>" in page
    assert "&lt;b&gt;" in page
    assert "Only you can see this" in page
    assert "used <i>/ask</i>" in page
