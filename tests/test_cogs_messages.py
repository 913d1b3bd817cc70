"""bot/chat/cogs/messages.py: replies, conversations, several questions, roles, threads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord_cards import cards_of, labels_of
from discord_markdown import quoted_text
from discord_world import MEMBER, Newsroom, World, world

from bot.bootstrap import open_service
from bot.chat import texts
from bot.chat.cogs import forms
from bot.chat.servers import Shelves
from bot.chat.state import State
from index.build import build_index
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.answers.service import AnswerService
    from config.settings import Settings

PEOPLE = {"a": ("Abelard", "harbour"), "b": ("Bertrand", "bridge")}


@pytest.fixture(scope="module")
def newsroom(
    tmp_path_factory: pytest.TempPathFactory, tiny_settings: Callable[[Path], Settings]
) -> AnswerService:
    """Two articles, in each of which somebody says something of his own."""
    folder = tmp_path_factory.mktemp("talk")
    for key, (name, topic) in PEOPLE.items():
        page = {
            "id": key,
            "title": f"{name} and the {topic}",
            "text": f"The {topic} board met {name} Moore on Monday in the city of {name}.\n\n"
            f"“The {topic} of {name} will not close before June,” said {name} Moore.",
        }
        (folder / f"{key}.json").write_text(json.dumps(page), encoding="utf-8")
    chosen = tiny_settings(folder / "index")
    build_index([folder], folder / "index", chosen)
    return open_service(chosen)


class Remembering(Newsroom):
    """Notes which questions were asked before."""

    def __init__(self) -> None:
        super().__init__()
        self.before_it: list[tuple[str, tuple[str, ...]]] = []

    def converse(self, question: str, *, scope: Any = EVERYTHING, history: Any = ()) -> Any:
        self.before_it.append((question, tuple(turn.question for turn in history)))
        return super().converse(question, scope=scope, history=history)


def understood(w: World) -> str:
    """What the last answer says that it was asked."""
    return cards_of(w.channel.last_message)[0].heading


async def test_the_next_mention_goes_on_from_the_last(newsroom: AnswerService) -> None:
    async with world(newsroom) as w:
        me = w.bot.user.mention
        await w.alice.send(w.channel, f"{me} What did Abelard Moore say?")
        await w.alice.send(w.channel, f"{me} and what about Bertrand Moore?")
        shown = cards_of(w.channel.last_message)[0]

    assert "What did Bertrand Moore say?" in shown.heading
    assert "The bridge of Bertrand will not close" in quoted_text(shown.text)


async def test_a_reply_goes_on_from_the_answer_that_it_replies_to() -> None:
    async with world(Remembering()) as w:
        me = w.bot.user.mention
        await w.alice.send(w.channel, f"{me} Kuleba one?")
        first = w.channel.last_message
        await w.alice.send(w.channel, f"{me} Kuleba two?")
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        await bob.send(w.channel, "Kuleba three?", reply_to=first)

    assert w.service.before_it == [
        ("Kuleba one?", ()),
        ("Kuleba two?", ("Kuleba one?",)),
        ("Kuleba three?", ("Kuleba one?",)),
    ]


async def test_another_person_and_another_channel_go_on_from_nothing() -> None:
    async with world(Remembering()) as w:
        me = w.bot.user.mention
        await w.alice.send(w.channel, f"{me} Kuleba one?")
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        await bob.send(w.channel, f"{me} Kuleba two?")
        await w.alice.send(w.env.guild.create_text_channel("other"), f"{me} Kuleba three?")
        await w.alice.send_dm("Kuleba four?")
        await w.alice.send_dm("Kuleba five?")

    assert [before for _, before in w.service.before_it] == [(), (), (), (), ("Kuleba four?",)]


async def test_a_reply_to_an_answer_that_is_not_remembered_is_answered_by_itself() -> None:
    async with world(Remembering()) as w:
        me = w.bot.user.mention
        await w.alice.send(w.channel, f"{me} Kuleba one?")
        answer = w.channel.last_message
        w.bot.talks.forget(w.alice.id)  # as after a restart
        await w.alice.send(w.channel, f"{me} Kuleba two?", reply_to=answer)
        assert w.channel.last_message.id != answer.id

    assert w.service.before_it[-1] == ("Kuleba two?", ())


async def test_a_mention_in_a_reply_to_somebody_else_goes_on_from_nothing() -> None:
    async with world(Remembering()) as w:
        me = w.bot.user.mention
        await w.alice.send(w.channel, f"{me} Kuleba one?")
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        said = await bob.send(w.channel, "I do not think so")
        await w.alice.send(w.channel, f"{me} Kuleba two?", reply_to=said)

    assert w.service.before_it[-1] == ("Kuleba two?", ())


async def test_a_public_answer_to_a_command_can_be_replied_to() -> None:
    async with world(Remembering()) as w:
        told = await w.alice.slash(w.channel, "ask", question="Kuleba one?")
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        await bob.send(w.channel, f"{w.bot.user.mention} Kuleba two?", reply_to=told.response)
        await w.alice.send(w.channel, f"{w.bot.user.mention} Kuleba three?")

    assert [before for _, before in w.service.before_it] == [
        (),
        ("Kuleba one?",),
        ("Kuleba one?",),
    ]


async def test_what_was_asked_in_private_is_not_gone_on_with_in_public() -> None:
    async with world(Remembering()) as w:
        await w.alice.slash(w.channel, "ask", question="Kuleba one?", private=True)
        await w.bot.servers.change(w.env.guild.id, private=True)
        await w.alice.slash(w.channel, "ask", question="Kuleba two?")
        await w.alice.send(w.channel, f"{w.bot.user.mention} Kuleba three?")

    assert w.service.before_it[-1] == ("Kuleba three?", ())
    assert len(w.bot.talks) == 1


async def test_several_questions_of_a_command_are_answered_in_order(
    newsroom: AnswerService,
) -> None:
    asked = "What did Abelard Moore say? What did Bertrand Moore say?"
    async with world(newsroom) as w:
        told = await w.alice.slash(w.channel, "ask", question=asked)
        cards = cards_of(told.response)

    named = [card.heading for card in cards if card.heading]
    assert named == ["What did Abelard Moore say?", "What did Bertrand Moore say?"]


async def test_who_is_forgotten_goes_on_from_nothing() -> None:
    async with world(Remembering()) as w:
        me = w.bot.user.mention
        await w.alice.send(w.channel, f"{me} Kuleba one?")
        told = await w.alice.slash(w.channel, "forget-me")
        await w.alice.send(w.channel, f"{me} Kuleba two?")

    # The talk, and the row that the answer's buttons name.
    assert told.response.content == "Deleted: 2 entries."
    assert w.service.before_it[-1] == ("Kuleba two?", ())


async def test_replies_between_people_are_left_alone() -> None:
    async with world() as w:
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        said = await bob.send(w.channel, "Kuleba said it")
        await w.alice.send(w.channel, "what did Kuleba say?", reply_to=said)

        assert w.service.asked == []
        assert w.channel.last_message.content == "what did Kuleba say?"


async def test_a_conversation_shows_nothing_that_may_not_be_seen_any_more(
    newsroom: AnswerService,
) -> None:
    shelves = {"one": ("a",), "two": ("b",)}

    def state(answers: Any) -> State:
        return State.of(None, shelves=Shelves(shelves, (), lambda: answers.ids))

    async with world(newsroom, state=state) as w:
        me, guild = w.bot.user.mention, w.channel.guild.id
        await w.alice.send(w.channel, f"{me} Who said that the harbour will not close?")
        answer = w.channel.last_message
        assert "Abelard" in cards_of(answer)[0].text
        await w.bot.servers.change(guild, collections=frozenset({"two"}))
        before = len(w.env.http_requests)
        for question in ("what else did he say?", "where was that?", "and why?"):
            await w.alice.send(w.channel, f"{me} {question}", reply_to=answer)
            await w.alice.send(w.channel, f"{me} {question}")
        said = json.dumps([r.json for r in w.env.http_requests[before:]], default=str)

    assert "refers to" in said
    assert not [word for word in ("Abelard", "harbour") if word in said]


async def test_several_questions_are_answered_in_order_in_one_reply(
    newsroom: AnswerService,
) -> None:
    asked = "What did Abelard Moore say? What did Bertrand Moore say?"
    async with world(newsroom) as w:
        await w.alice.send(w.channel, f"{w.bot.user.mention} {asked}")
        sent = [r for r in w.sent if r.method == "POST" and r.path.endswith("/messages")]
        cards = cards_of(w.channel.last_message)

    assert len(sent) == 1
    named = [card.heading for card in cards if card.heading]
    assert named == ["What did Abelard Moore say?", "What did Bertrand Moore say?"]
    assert "harbour of Abelard" in cards[0].text
    assert "bridge of Bertrand" in cards[-1].text


async def test_each_question_of_a_message_is_counted_as_answered_or_refused(
    newsroom: AnswerService,
) -> None:
    asked = "What did Abelard Moore say? What did Zebedee Moore say?"
    async with world(newsroom) as w:
        await w.alice.send(w.channel, f"{w.bot.user.mention} {asked}")
        counted = {
            outcome: w.bot.metrics.registry.get_sample_value(
                "pullquote_questions_total", {"method": "ask", "outcome": outcome}
            )
            for outcome in ("answered", "refused")
        }

    assert counted == {"answered": 1, "refused": 1}


@pytest.mark.parametrize("text", ["{role} what did Kuleba say?", "what did Kuleba say? {role}"])
async def test_the_bots_own_role_is_a_mention_of_it_where_its_words_are_given(text: str) -> None:
    async with world(message_content=True) as w:
        role = own_role(w)
        await w.alice.send(w.channel, text.format(role=f"<@&{role.id}>"))

        assert [question for question, _ in w.service.asked] == ["what did Kuleba say?"]
        assert quoted_text(cards_of(w.channel.last_message)[0].text) == MEMBER


async def test_a_role_of_people_is_no_mention_and_reaches_the_question_as_a_name() -> None:
    async with world(message_content=True) as w:
        desk = w.env.guild.create_role("Desk", mentionable=True)
        await w.alice.send(w.channel, f"<@&{desk.id}> what did Kuleba say?")
        assert w.service.asked == []
        await w.alice.send(w.channel, f"{w.bot.user.mention} did <@&{desk.id}> ask Kuleba?")

    assert [question for question, _ in w.service.asked] == ["did @Desk ask Kuleba?"]


async def test_where_a_role_is_mentioned_and_no_words_are_given_it_says_so() -> None:
    async with world() as w:
        await w.alice.send(w.channel, f"<@&{own_role(w).id}> what did Kuleba say?")

        assert w.channel.last_message.content == texts.UNREAD
        assert w.service.asked == []


@pytest.mark.parametrize("kind", ["thread", "post"])
async def test_threads_and_forum_posts_see_what_their_channel_sees(
    newsroom: AnswerService, kind: str
) -> None:
    def state(answers: Any) -> State:
        return State.of(None, shelves=Shelves({"two": ("b",)}, (), lambda: answers.ids))

    async with world(newsroom, state=state) as w:
        guild = w.channel.guild
        parent = guild.create_forum_channel("forum") if kind == "post" else w.channel
        held = w.bot.get_channel(parent.id)
        if kind == "post":
            assert isinstance(held, discord.ForumChannel)
            await held.create_thread(name="post", content="welcome")
        else:
            assert isinstance(held, discord.TextChannel)
            await held.create_thread(name="talk", type=discord.ChannelType.public_thread)
        (thread,) = parent.threads
        await w.bot.servers.change(
            guild.id, channel_collections=((parent.id, frozenset({"two"})),), cooldown=(0, 0.0)
        )
        await w.alice.send(thread, f"{w.bot.user.mention} what did Bertrand Moore say?")
        seen = cards_of(thread.last_message)[0].text
        await w.alice.send(thread, f"{w.bot.user.mention} Will the harbour close before June?")
        unseen = cards_of(thread.last_message)

    assert "The bridge of Bertrand will not close" in quoted_text(seen)
    assert not [one for one in unseen if "Abelard" in one.text]


async def asking_channel(w: World) -> None:
    chosen = frozenset({w.channel.id})
    await w.bot.servers.change(w.channel.guild.id, ask_channels=chosen, cooldown=(0, 0.0))


@pytest.mark.parametrize(
    "text",
    ["What did Kuleba say?", "what did kuleba say, Kuleba I mean", "so Kuleba wants in?"],
)
async def test_in_an_ask_channel_a_question_needs_no_mention(text: str) -> None:
    async with world(message_content=True) as w:
        await asking_channel(w)
        await w.alice.send(w.channel, text)
        reply = w.channel.last_message

    assert w.service.asked == [(text, EVERYTHING)]
    assert quoted_text(cards_of(reply)[0].text) == MEMBER
    assert "message_reference" in w.sent[-1].json


@pytest.mark.parametrize(
    "text",
    [
        "Kuleba spoke today",
        "thanks!",
        "how are you?",
        "what?",
        "?",
        "<@999> what did Kuleba say?",
        "<@&999> what did Kuleba say?",
        "@everyone what did Kuleba say?",
        "https://example.org/kuleba?",
        "“What did Kuleba say?” is the headline",
    ],
)
async def test_in_an_ask_channel_talk_between_people_is_left_alone(text: str) -> None:
    async with world(message_content=True) as w:
        await asking_channel(w)
        await w.alice.send(w.channel, text)

        assert w.service.asked == []
        assert w.channel.last_message.content == text


async def test_in_an_ask_channel_replies_bots_and_webhooks_are_left_alone() -> None:
    async with world(message_content=True) as w:
        await asking_channel(w)
        robot = w.env.guild.add_member(w.env.create_user("robot", bot=True))
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        said = await bob.send(w.channel, "Kuleba spoke")
        await w.alice.send(w.channel, "what did Kuleba say?", reply_to=said)
        await robot.send(w.channel, "what did Kuleba say?")
        await w.env.guild.create_webhook(w.channel, "feed").send("what did Kuleba say?")

    assert w.service.asked == []


async def test_in_an_ask_channel_a_refusal_is_one_sentence() -> None:
    async with world(message_content=True) as w:
        await asking_channel(w)
        await w.alice.send(w.channel, "how do I bake bread?")
        asked_of_nobody = w.channel.last_message
        await w.alice.send(w.channel, f"{w.bot.user.mention} how do I bake bread?")
        asked_of_it = w.channel.last_message

    assert [c.text for c in cards_of(asked_of_nobody)] == [c.text for c in cards_of(asked_of_it)]
    assert labels_of(asked_of_nobody) == []
    assert labels_of(asked_of_it) == [texts.BUTTON_NEAREST]


async def test_who_asks_nobody_too_often_is_left_alone() -> None:
    async with world(message_content=True) as w:
        await asking_channel(w)
        await w.bot.servers.change(w.channel.guild.id, cooldown=(1, 600.0))
        await w.alice.send(w.channel, "what did Kuleba say?")
        await w.alice.send(w.channel, "what did Kuleba say now?")

        assert len(w.service.asked) == 1
        assert w.channel.last_message.content == "what did Kuleba say now?"


async def test_an_ask_channels_threads_are_asked_in_too_and_other_channels_are_not() -> None:
    async with world(message_content=True) as w:
        await asking_channel(w)
        held = w.bot.get_channel(w.channel.id)
        assert isinstance(held, discord.TextChannel)
        await held.create_thread(name="talk", type=discord.ChannelType.public_thread)
        (thread,) = w.channel.threads
        await w.alice.send(thread, "what did Kuleba say?")
        await w.alice.send(w.env.guild.create_text_channel("lobby"), "and Kuleba, when?")

    assert [question for question, _ in w.service.asked] == ["what did Kuleba say?"]


async def test_an_ask_channel_is_answered_in_beside_those_where_alone_it_answers() -> None:
    async with world(message_content=True) as w:
        await asking_channel(w)
        other = w.env.guild.create_text_channel("other")
        await w.bot.servers.change(w.channel.guild.id, channels=frozenset({other.id}))
        await w.alice.send(w.channel, "what did Kuleba say?")

        assert len(w.service.asked) == 1
        assert w.bot.servers.answers_in(w.channel.guild.id, (w.channel.id,))


async def test_without_the_intent_an_ask_channel_is_like_any_other() -> None:
    async with world() as w:
        await asking_channel(w)
        await w.alice.send(w.channel, "what did Kuleba say?")
        assert w.service.asked == []
        await w.alice.send(w.channel, f"{w.bot.user.mention} what did Kuleba say?")

    assert len(w.service.asked) == 1


@pytest.mark.parametrize("content", [False, True])
async def test_it_says_once_at_start_that_it_may_not_read_ask_channels(
    caplog: pytest.LogCaptureFixture, *, content: bool
) -> None:
    state = State.of()
    await state.servers.change(5, ask_channels=frozenset({6}))
    async with world(state=lambda _: state, message_content=content):
        pass

    named = [r for r in caplog.records if "DISCORD__MESSAGE_CONTENT" in r.getMessage()]
    assert len(named) == (0 if content else 1)


@pytest.mark.parametrize("content", [False, True])
async def test_moderators_choose_ask_channels_and_see_whether_they_can_be_read(
    *, content: bool
) -> None:
    async with world(message_content=content) as w:
        guild = w.env.guild
        role = guild.create_role("mods", permissions=discord.Permissions(manage_guild=True))
        carol = guild.add_member(w.env.create_user("carol"), roles=[role])
        shown = await carol.slash(w.channel, "settings")
        (select,) = [
            part
            for row in shown.response.components
            for part in row["components"]
            if part.get("placeholder") == forms.ASK_CHANNELS_HINT
        ]
        changed = await carol.select(shown.response, [w.channel], custom_id=select["custom_id"])
        (field,) = [
            f
            for f in (changed.response or shown.response).embeds[0].fields
            if "every question" in f.name
        ]

        assert w.bot.servers.of(guild.id).ask_channels == {w.channel.id}
        assert w.bot.servers.of(guild.id).channels == frozenset()

    assert f"<#{w.channel.id}>" in field.value
    assert ("PULLQUOTE_DISCORD__MESSAGE_CONTENT" in field.value) is not content


async def test_ask_channels_are_kept(tmp_path: Path) -> None:
    address = str(tmp_path / "kept.sqlite3")
    first = State.of(address)
    await first.servers.load()
    await first.servers.change(5, ask_channels=frozenset({6, 7}))
    await first.database.close()
    again = State.of(address)
    await again.servers.load()
    await again.database.close()

    assert again.servers.of(5).ask_channels == frozenset({6, 7})
    assert again.servers.have_ask_channels


def own_role(w: World) -> Any:
    """The role that Discord makes for a bot that is invited with permissions."""
    role = w.env.guild.create_role("Pullquote", mentionable=True)
    cached = w.bot.get_guild(w.env.guild.id).get_role(role.id)
    cached.tags = discord.RoleTags({"bot_id": str(w.bot.user.id)})
    return role
