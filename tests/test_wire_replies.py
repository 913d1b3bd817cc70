"""The bot on the wire: replies that are refused, get lost, or come too late."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
from typing import TYPE_CHECKING, Any

import fake_payloads as payloads
import pytest
import pytest_asyncio
from discord_cards import buttons_of, cards_of
from fake_discord import VIA, FakeDiscord, Fault, Received
from wire import BotProcess, Wire, link_index

from bot.chat import texts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fake_payloads import Channel, Interaction

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "What did Kuleba say?"
EXPIRED = 15 * 60 + 1
_slow = itertools.count(4000)


def slow() -> str:
    """A question that nobody asked before, answered (that there is no answer) after 0.4 s."""
    return f"sleep 0.{next(_slow)}"


HTML = {"content_type": "text/html", "body": "<h1>Access denied</h1>"}


def limited(after: float | None = 0.2, **more: Any) -> dict[str, Any]:
    """A 429 of Discord's own."""
    told = {} if after is None else {"retry_after": after}
    body = {"message": "You are being rate limited.", "global": False, **told}
    return {"status": 429, "headers": VIA, "body": body, **more}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    sample_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Wire]:
    async with FakeDiscord() as discord:
        home = tmp_path_factory.mktemp("bot")
        bot = BotProcess(
            discord,
            link_index(sample_folder, home),
            home,
            FAKE_OPENER="unruly:open_unruly",
            FAKE_SILENT="2.5",
        )
        async with Wire(discord, bot) as wire:
            yield wire


@pytest_asyncio.fixture(loop_scope="module")
async def wire(shared: Wire, request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    before = len(shared.bot.log)
    yield shared
    shared.settle()
    if not {"bug", "odd"} & set(re.split(r"[^a-z]+|_", request.node.name)):
        assert "Traceback" not in shared.bot.log[before:]


@pytest_asyncio.fixture(loop_scope="module")
async def channel(wire: Wire) -> Channel:
    """A channel of the test's own, so that nothing is left of the one before."""
    made = wire.discord.add_channel("desk")
    await wire.discord.gateway.dispatch("CHANNEL_CREATE", made.payload())
    return made


def texts_in(channel: Channel) -> list[str]:
    """What the bot said in a channel."""
    return [json.dumps(m) for m in channel.messages if m["author"]["bot"]]


async def is_answered_in(wire: Wire, channel: Channel, question: str = QUESTION) -> dict[str, Any]:
    await wire.discord.say(channel, question)
    await wire.discord.until(lambda: texts_in(channel))
    await asyncio.sleep(0.05)  # in which a second one would come
    assert len(texts_in(channel)) == 1
    return channel.messages[-1]


TROUBLE = {
    "429": limited(),
    "429, without the time": limited(None),
    "429, without Via": {"status": 429, "headers": {"Retry-After": "0.2"}, **HTML},
    "429, without Via or time": {"status": 429, **HTML},
    "429, with Via but no JSON": {"status": 429, "headers": VIA, **HTML},
    "429, for everything": limited(0.2) | {"body": {"retry_after": 0.2, "global": True}},
    "500": {"status": 500, "body": {"message": "500: Internal Server Error", "code": 0}},
    "502 of a proxy's": {"status": 502, **HTML},
    "503": {"status": 503, "body": {"message": "overloaded"}},
    "500, but it was done": {"status": 500, "body": {}, "carried_out": True},
    "no answer": {"seconds": 60.0},
    "no answer, but it was done": {"seconds": 60.0, "carried_out": True},
    "cut": {},
    "cut, but it was done": {"carried_out": True},
    "cut twice, but it was done": {"carried_out": True, "times": 2},
}


DEFERRALS = (
    "429",
    "429, without Via",
    "429, with Via but no JSON",
    "500",
    "500, but it was done",
    "cut",
    "cut, but it was done",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def posts(shared: Wire) -> dict[str, tuple[Fault, list[Received], Channel]]:
    """A mention under each trouble, all at once."""
    discord = shared.discord

    async def post(trouble: str) -> tuple[Fault, list[Received], Channel]:
        channel = discord.add_channel("desk")
        await discord.gateway.dispatch("CHANNEL_CREATE", channel.payload())
        path = f"/channels/{channel.id}/messages"
        fault = discord.fail("POST", path, **TROUBLE[trouble])
        await discord.say(channel, QUESTION)
        with contextlib.suppress(TimeoutError):
            await discord.until(lambda: len(discord.sent("POST", path)) > (fault.times or 0))
        return fault, discord.sent("POST", path), channel

    return dict(zip(TROUBLE, await asyncio.gather(*map(post, TROUBLE)), strict=True))


async def test_readers_and_servers_are_answered_in_their_languages(
    wire: Wire, channel: Channel
) -> None:
    discord = wire.discord
    home = discord.home()
    discord.locale = "fr"
    try:
        asked = await discord.slash("help", channel=channel)
        await discord.until(lambda: asked.answered)
        await discord.gateway.dispatch("GUILD_UPDATE", home | {"preferred_locale": "uk"})
        await is_answered_in(wire, channel, "how do I bake bread")
    finally:
        discord.locale = "en-US"
        await discord.gateway.dispatch("GUILD_UPDATE", home)

    assert "Interrogez les articles d’ici" in json.dumps(asked.reply, ensure_ascii=False)
    assert re.search("[а-яіїє]{4}", json.dumps(channel.messages[-1], ensure_ascii=False))


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_a_message_arrives_once(
    wire: Wire, posts: dict[str, tuple[Fault, list[Received], Channel]], trouble: str
) -> None:
    fault, tries, channel = posts[trouble]

    assert fault.met == fault.times
    assert [t.status for t in tries] == [fault.status] * fault.met + [200]
    assert len(texts_in(channel)) == 1
    assert {t.json["nonce"] for t in tries} == {channel.messages[-1]["nonce"]}
    assert "NATO" in texts_in(channel)[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def commands(shared: Wire) -> dict[tuple[str, str], tuple[Interaction, list[Received]]]:
    """A command under each trouble, with its answer or with its deferral, all at once."""
    discord = shared.discord
    cases = [("PATCH", trouble) for trouble in TROUBLE] + [("POST", t) for t in DEFERRALS]

    async def ask(case: tuple[str, str]) -> tuple[Interaction, list[Received]]:
        method, trouble = case
        one = await discord.slash("ask", question=QUESTION, fails=(method, TROUBLE[trouble]))
        path = f"/.*/{one.token}/.*"
        with contextlib.suppress(TimeoutError):
            await discord.until(
                lambda: len(discord.sent("PATCH", path)) > (method == "PATCH") * one.fault.times
            )
        return one, discord.sent(method, path)

    return dict(zip(cases, await asyncio.gather(*map(ask, cases)), strict=True))


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_an_answer_takes_the_deferrals_place_once(
    wire: Wire, commands: dict[tuple[str, str], tuple[Interaction, list[Received]]], trouble: str
) -> None:
    one, tries = commands["PATCH", trouble]

    assert [t.status for t in tries] == [one.fault.status] * one.fault.times + [200]
    assert len(one.replies) == 1
    assert "NATO" in json.dumps(one.reply)
    assert one.answered


@pytest.mark.parametrize("trouble", DEFERRALS)
async def test_a_deferral_is_tried_again(
    wire: Wire, commands: dict[tuple[str, str], tuple[Interaction, list[Received]]], trouble: str
) -> None:
    one, tries = commands["POST", trouble]

    done = 400 if one.fault.carried_out else 200
    assert [t.status for t in tries] == [one.fault.status, done]
    assert len(one.replies) == 1
    assert "NATO" in json.dumps(one.reply)


@pytest.mark.parametrize("question", [QUESTION, "odd"])
async def test_a_deferral_that_seemed_to_fail_is_not_left_thinking(
    wire: Wire, channel: Channel, question: str
) -> None:
    """Discord took it at the first try, and each time the word of it was lost; a bug, too."""
    lost = {"carried_out": True, "times": 1 if question == "odd" else 5}
    one = await wire.discord.slash("ask", question=question, channel=channel, fails=("POST", lost))
    await wire.discord.until(lambda: one.answered)

    assert one.reply["content"] == texts.OUR_BUG
    assert len(one.replies) == 1


async def test_an_answer_that_stands_there_is_not_replaced_by_what_went_wrong(
    wire: Wire, channel: Channel
) -> None:
    """Discord took it at the first try, and the word of it was lost each time."""
    lost = {"carried_out": True, "times": 4}
    one = await wire.discord.slash("ask", question=QUESTION, channel=channel, fails=("PATCH", lost))
    await wire.discord.until(lambda: len(one.replies) == 2)
    beside = next(reply for number, reply in one.replies.items() if number != one.original)

    assert "NATO" in cards_of(one.reply)[0].text
    assert beside["content"] == texts.OUR_BUG
    assert beside["flags"] & 1 << 6


@pytest.mark.parametrize("trouble", ["429", "500, but it was done", "cut", "cut, but it was done"])
async def test_a_click_is_followed_once(wire: Wire, channel: Channel, trouble: str) -> None:
    one = await wire.discord.slash("quotes", channel=channel)
    await wire.discord.until(lambda: one.answered)
    first = cards_of(one.reply)
    button = next(b["custom_id"] for b in buttons_of(one.reply) if not b.get("disabled"))
    fault = wire.discord.fail("POST", "/interactions/.*", **TROUBLE[trouble])

    one.reply["channel_id"] = channel.id
    click = await wire.discord.click(one.reply, button, by=one.asker)
    await wire.discord.until(lambda: click.acknowledged and fault.met)
    await wire.discord.until(
        lambda: len([r for r in wire.discord.sent("POST") if click.token in r.path]) == 2
    )

    told = [r.json["data"] for r in wire.discord.sent("POST") if click.token in r.path]
    assert cards_of(told[0]) == cards_of(told[1]) != first


@pytest.mark.parametrize("trouble", ["500", "cut", "429"])
async def test_an_answer_does_not_wait_for_the_sign_of_typing(
    wire: Wire, channel: Channel, trouble: str
) -> None:
    path = f"/channels/{channel.id}/typing"
    wire.discord.fail("POST", path, **{**TROUBLE[trouble], "times": None})

    async with asyncio.timeout(0.9):  # before discord.py tries typing again
        await is_answered_in(wire, channel)


async def test_a_limit_that_is_told_in_headers_is_kept_before_it_is_hit(
    wire: Wire, channel: Channel
) -> None:
    path = f"/channels/{channel.id}/messages"
    wire.discord.limits[f"POST {path}"] = (1, 0.4)

    for _ in range(3):
        await wire.discord.say(channel, QUESTION)
    await wire.discord.until(lambda: len(texts_in(channel)) == 3)

    assert [r.status for r in wire.discord.sent("POST", path)] == [200, 200, 200]


async def test_a_discord_that_stays_away_is_not_asked_for_ever(
    wire: Wire, channel: Channel
) -> None:
    path = f"/channels/{channel.id}/messages"
    fault = wire.discord.fail("POST", path, status=503, body={}, times=None)
    await wire.discord.say(channel, QUESTION)
    await wire.discord.until(lambda: fault.met == 4, seconds=10)
    wire.discord.faults.clear()
    await wire.discord.until(lambda: texts_in(channel), seconds=5)

    assert texts.OUR_BUG in texts_in(channel)[0]
    assert len({r.json["nonce"] for r in wire.discord.sent("POST", path)}) == 2


async def expires(wire: Wire, channel: Channel, **options: Any) -> Any:
    """Let a command's 15 minutes pass while its answer is being found."""
    one = await wire.discord.slash("ask", question=slow(), channel=channel, **options)
    await wire.discord.until(lambda: one.acknowledged)
    wire.discord.advance(EXPIRED)
    await wire.discord.until(lambda: wire.discord.sent("PATCH"))
    return one


async def test_a_public_answer_that_comes_too_late_goes_to_the_channel(
    wire: Wire, channel: Channel
) -> None:
    one = await expires(wire, channel)
    await wire.discord.until(lambda: texts_in(channel))

    assert not one.answered
    assert cards_of(channel.messages[-1])
    assert [r.status for r in wire.discord.sent("PATCH")] == [401]


async def test_a_private_answer_that_comes_too_late_goes_to_the_asker_alone(
    wire: Wire, channel: Channel
) -> None:
    one = await expires(wire, channel, private=True)
    alone = wire.discord.direct(one.asker)
    await wire.discord.until(lambda: texts_in(alone))

    assert texts_in(channel) == []


async def test_a_private_answer_that_can_go_nowhere_goes_nowhere(
    wire: Wire, channel: Channel
) -> None:
    wire.discord.refuses_direct_messages = True
    one = await expires(wire, channel, private=True)
    path = f"/channels/{wire.discord.direct(one.asker).id}/messages"
    await wire.discord.until(lambda: wire.discord.sent("POST", path))
    wire.discord.refuses_direct_messages = False
    await wire.answered(QUESTION, channel=channel)

    assert texts_in(channel) == []


async def test_a_public_answer_that_its_channel_does_not_take_goes_to_the_asker_alone(
    wire: Wire, channel: Channel
) -> None:
    channel.denied = payloads.SEND
    one = await expires(wire, channel)
    alone = wire.discord.direct(one.asker)
    await wire.discord.until(lambda: texts_in(alone))

    assert texts_in(channel) == []


async def test_a_bug_that_shows_too_late_and_in_private_is_not_told_in_the_channel(
    wire: Wire, channel: Channel
) -> None:
    one = await wire.discord.slash("ask", question="odd", channel=channel, private=True)
    await wire.discord.until(lambda: one.acknowledged)
    wire.discord.advance(EXPIRED)
    await wire.discord.until(lambda: one.answered or texts_in(wire.discord.direct(one.asker)))

    assert texts_in(channel) == []


async def test_a_command_that_discord_has_given_up_is_left_alone(
    wire: Wire, channel: Channel
) -> None:
    one = await wire.discord.slash("ask", question=QUESTION, channel=channel, late=3.5)
    await wire.discord.until(lambda: wire.discord.sent("POST", "/interactions/.*"))
    await wire.answered(QUESTION)

    mine = [r for r in wire.discord.requests if one.token in r.path]
    assert [(r.method, r.status) for r in mine] == [("POST", 404)]


@pytest.mark.parametrize(
    ("denied", "told"),
    [(payloads.EMBED, "NATO"), (payloads.HISTORY, "NATO")],
)
async def test_what_it_may_not_do_in_a_channel_it_does_without_or_says(
    wire: Wire, channel: Channel, denied: int, told: str
) -> None:
    channel.denied = denied

    sent = await is_answered_in(wire, channel)

    assert told in json.dumps(sent, ensure_ascii=False)


@pytest.mark.parametrize("denied", [payloads.SEND, payloads.VIEW])
async def test_where_it_may_not_write_it_says_so_to_the_asker_alone(
    wire: Wire, channel: Channel, denied: int
) -> None:
    channel.denied = denied
    said = await wire.discord.say(channel, QUESTION)
    alone = wire.discord.direct(said["author"])
    await wire.discord.until(lambda: texts_in(alone))

    assert alone.messages[-1]["content"] == texts.no_voice(int(channel.id))
    assert "NATO" not in texts_in(alone)[0]


async def test_a_channel_that_is_gone_is_let_go(wire: Wire, channel: Channel) -> None:
    path = f"/channels/{channel.id}/messages"
    await wire.discord.say(channel, slow())
    await asyncio.sleep(0.1)
    wire.discord.remove_channel(channel)
    await wire.discord.gateway.dispatch("CHANNEL_DELETE", channel.payload())
    await wire.discord.until(lambda: wire.discord.sent("POST", path))
    await wire.answered(QUESTION)

    assert [r.status for r in wire.discord.sent("POST", path)] == [404]


async def test_a_question_that_is_gone_is_answered_without_a_reply(
    wire: Wire, channel: Channel
) -> None:
    said = await wire.discord.say(channel, slow())
    await asyncio.sleep(0.1)
    channel.messages.remove(said)
    await wire.discord.until(lambda: texts_in(channel))

    assert [r.status for r in wire.discord.sent("POST", "/channels/.*/messages")] == [200]


async def test_a_deferral_that_somebody_removed_is_let_go(wire: Wire, channel: Channel) -> None:
    one = await wire.discord.slash("ask", question=slow(), channel=channel)
    await wire.discord.until(lambda: one.original)
    one.replies.clear()
    await wire.discord.until(lambda: wire.discord.sent("PATCH"))
    await wire.answered(QUESTION)

    mine = [r for r in wire.discord.requests if one.token in r.path]
    assert [(r.method, r.status) for r in mine] == [("POST", 200), ("PATCH", 404)]
    assert texts_in(channel) == []


@pytest.mark.parametrize("question", ["die", "exit"])
async def test_a_bug_that_ends_the_answering_process_is_told_and_the_next_one_answers(
    wire: Wire, channel: Channel, question: str
) -> None:
    one = await wire.answered(question, channel=channel)
    assert one.reply["content"]

    after = await wire.answered(f"{QUESTION} {question}", channel=channel)
    assert cards_of(after.reply)
