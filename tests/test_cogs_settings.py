"""What a server has set is what commands and mentions do: private, where, and what is counted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from discord_cards import cards_of
from discord_world import World, world

from bot.answers.answer import Reason
from bot.chat.cogs import forms
from bot.chat.feedback import Stats
from bot.chat.servers import ServerSettings
from bot.chat.state import State

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

COMMANDS = [
    ("ask", {"question": "Kuleba?"}),
    ("quotes", {}),
    ("summary", {}),
    ("check", {"quote": "First they gotta win this war"}),
]


@pytest.mark.parametrize(("name", "options"), COMMANDS, ids=[name for name, _ in COMMANDS])
async def test_where_the_server_is_private_replies_are_for_the_asker_alone(
    name: str, options: dict[str, Any]
) -> None:
    async with world() as w:
        shown = await w.alice.slash(w.channel, name, **options)
        assert not shown.ephemeral

        await w.bot.servers.change(w.channel.guild.id, private=True)

        assert (await w.alice.slash(w.channel, name, **options)).ephemeral


async def test_who_asks_for_a_public_answer_gets_one_on_a_private_server() -> None:
    async with world() as w:
        await w.bot.servers.change(w.channel.guild.id, private=True)

        asked = await w.alice.slash(w.channel, "ask", question="Kuleba?", private=False)

        assert not asked.ephemeral


async def test_replies_are_private_where_what_is_set_cannot_be_read(tmp_path: Path) -> None:
    address = tmp_path / "kept.sqlite3"
    address.write_bytes(b"no database" * 1000)
    state = State.of(str(address))
    try:
        await state.servers.load()

        assert state.servers.is_private(1)
        assert not state.servers.is_private(None)
    finally:
        await state.database.close()


async def test_without_a_database_replies_are_for_everybody_as_at_first() -> None:
    assert not State.of().servers.is_private(1)


async def test_outside_the_channels_that_were_chosen_it_says_where_it_answers() -> None:
    async with world() as w:
        guild = w.channel.guild
        other = guild.create_text_channel("elsewhere")
        await w.bot.servers.change(guild.id, channels=frozenset({w.channel.id}))

        told = await w.alice.slash(other, "ask", question="Kuleba?")
        assert told.ephemeral
        assert told.response.content == f"On this server I answer only in <#{w.channel.id}>."
        assert not cards_of(told.response)
        await w.alice.send(other, f"{w.bot.user.mention} Kuleba?")
        assert other.last_message.content == told.response.content
        assert "message_reference" in w.sent[-1].json
        assert len(w.env.errors) == 1  # the command's, told to the asker above

        here = await w.alice.slash(w.channel, "ask", question="Kuleba?")
        assert cards_of(here.response)


@pytest.mark.parametrize(("name", "options"), COMMANDS, ids=[name for name, _ in COMMANDS])
async def test_replies_are_components_unless_the_server_chose_embeds(
    name: str, options: dict[str, Any]
) -> None:
    async with world() as w:
        laid_out = (await w.alice.slash(w.channel, name, **options)).response
        await w.alice.send(w.channel, f"{w.bot.user.mention} Kuleba?")
        assert w.channel.last_message.flags.components_v2
        await w.bot.servers.change(w.channel.guild.id, style="embeds")
        embedded = (await w.alice.slash(w.channel, name, **options)).response
        await w.alice.send(w.channel, f"{w.bot.user.mention} Kuleba?")
        assert w.channel.last_message.embeds
        await w.alice.send_dm("Kuleba?")
        assert w.alice.user.dm_channel.last_message.flags.components_v2

    assert laid_out.flags.components_v2
    assert not laid_out.embeds
    assert not embedded.flags.components_v2
    assert [card.title for card in cards_of(laid_out)] == [
        card.title for card in cards_of(embedded)
    ]


async def counted(w: World, guild: int) -> int:
    return sum(count for _, count in (await w.bot.feedback.stats(guild)).refused)


async def wait_until(count: Callable[[], Awaitable[int]], wanted: int) -> None:
    """Counting is an event of its own, which no reply waits for."""
    for _ in range(500):
        if await count() == wanted:
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


@pytest.mark.parametrize("kept", [False, True])
async def test_a_refusal_is_counted_and_its_words_kept_only_where_the_server_keeps_them(
    tmp_path: Path, *, kept: bool
) -> None:
    def state(_: Any) -> State:
        return State.of(str(tmp_path / "kept.sqlite3"))

    async with world(state=state) as w:
        guild = w.channel.guild.id
        await w.bot.servers.change(guild, keep_questions=kept)
        await w.alice.slash(w.channel, "ask", question="how do I bake bread")
        await w.alice.send(w.channel, f"<@{w.bot.user.id}> how do I bake bread")
        await w.alice.slash(w.channel, "ask", question="what did Kuleba say?")
        await wait_until(lambda: counted(w, guild), 2)

        stats = await w.bot.feedback.stats(guild)
        await w.bot.feedback._database.close()

        assert stats.refused == ((Reason.NOT_SURE.value, 2),)
        assert stats.questions == (("how do I bake bread",) * 2 if kept else ())


def test_what_stats_list_stands_a_line_each_as_far_as_there_is_room() -> None:
    asked = tuple(f"{'why ' * 20}{n}?\n" for n in range(25))
    reasons = (("not_sure", 2), ("unknown_name", 1))
    embed = forms.stats_page(Stats(datetime.now(UTC), 0, 0, 0, reasons, asked), reasons)
    refused, listed = (field.value.split("\n") for field in embed.fields)

    assert [line.split(" ×")[0] for line in refused] == ["2", "1"]
    assert listed[0] == f"- {asked[0].strip()}"
    assert listed[-1] == "…"
    assert len("\n".join(listed)) <= 1024


async def test_what_an_earlier_version_had_set_beside_is_passed_over(tmp_path: Path) -> None:
    from bot.chat.servers import settings_from  # noqa: PLC0415

    written = '{"private": true, "style": "embeds", "locale": "de", "threads": [5]}'

    assert settings_from(written) == ServerSettings(private=True, style="embeds")
    odd = '{"private": true, "style": "sonnets"}'
    assert settings_from(odd) == ServerSettings(private=True)
