"""Everybody is answered in their own language, and a channel in its server's."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import contextmanager
from gettext import NullTranslations
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord_world import HELP, MEMBER, Newsroom, World, article_of, sample, world

from bot.chat import languages, texts
from bot.chat.cards import Card, Field
from bot.chat.languages import OWN_NAMES, current, say, speaking
from bot.chat.readers import Readers
from bot.chat.servers import ServerSettings, Shelves, settings_from, settings_json
from bot.chat.state import State
from bot.chat.views import message_of
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.chat.servers import Style

READ = set("content label placeholder title description text name value".split())
"""What is read of a component or an embed."""
UNANSWERED = "how do I bake bread"
ASKED = "what did Kuleba say?"
PLAIN = ("What is “Kuleba on NATO” about?", "Nobody", "mod", "discord")
"""What is not ours either: examples of questions, names, values of options."""


@contextmanager
def reading(w: World, locale: str, *, server: str = "en-US") -> Iterator[None]:
    """Have Discord tell the bot that whoever does something, and the server, have set these."""
    parsers = w.bot._connection.parsers
    parse = parsers["INTERACTION_CREATE"]

    def with_locales(data: dict[str, Any]) -> Any:
        return parse(data | {"locale": locale, "guild_locale": server})

    parsers["INTERACTION_CREATE"] = with_locales
    try:
        yield
    finally:
        parsers["INTERACTION_CREATE"] = parse


def shown(result: Any) -> str:
    """All that there is to be read in a message, or in the response to a command or a click."""
    message = getattr(result, "response", result)
    components = [one if isinstance(one, dict) else one.to_dict() for one in message.components]
    embeds = [one if isinstance(one, dict) else one.to_dict() for one in message.embeds]
    return "\n".join([message.content or "", *_strings([components, embeds])])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if isinstance(one, dict | list):
                yield from _strings(one)
            elif key in READ and isinstance(one, str):
                yield one
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def buttons_of(message: Any) -> list[dict[str, Any]]:
    """The buttons of a message, in whatever they stand."""

    def walk(parts: Any) -> Iterator[dict[str, Any]]:
        for part in parts:
            one = part if isinstance(part, dict) else part.to_dict()
            yield from [one] if one["type"] == 2 and not one.get("disabled") else []
            yield from walk(one.get("components") or [])

    return list(walk(message.components))


def printed(text: str) -> str:
    """A text without the marks that are put among printed words."""
    return text.replace("\\", "").replace("**", "")


async def test_a_german_readers_refusal_is_german_and_the_sentence_stays_as_printed() -> None:
    async with world() as w:
        with reading(w, "de"):
            refused = await w.alice.slash(w.channel, "ask", question=UNANSWERED, private=True)

    said = shown(refused)
    assert "raten will ich nicht" in said
    assert "Der nächstliegende Satz, der keine Antwort ist:" in said
    assert HELP in printed(said)
    assert "Eigener Bericht der Zeitung" in said
    assert UNANSWERED in said


async def test_what_a_channel_reads_is_in_the_servers_language_whoever_asks() -> None:
    async with world() as w:
        with reading(w, "de", server="fr"):
            as_discord = shown(await w.alice.slash(w.channel, "ask", question=ASKED))
            await w.bot.servers.change(w.channel.guild.id, language="uk")
            as_set = shown(await w.alice.slash(w.channel, "ask", question=ASKED))
            alone = shown(await w.alice.slash(w.channel, "ask", question=ASKED, private=True))

    assert "ses propres mots entre guillemets" in as_discord
    assert "Contexte" in as_discord
    assert "власні слова, де є лапки" in as_set
    assert "Контекст" in as_set
    assert "eigene Worte, wo zitiert" in alone
    assert "Kontext" in alone
    assert all(MEMBER in printed(said) for said in (as_discord, as_set, alone))


async def test_a_button_pressed_by_a_french_reader_answers_in_french() -> None:
    async with world() as w:
        with reading(w, "de", server="de"):
            answer = await w.alice.slash(w.channel, "ask", question=ASKED)
        with reading(w, "fr", server="de"):
            bob = w.env.guild.add_member(w.env.create_user("bob"))
            context = await bob.click(answer.response.message, label="Kontext")
            unkept = await bob.click(answer.response.message, label="Hilfreich")

    assert "Paragraphe" in shown(context)
    assert MEMBER in printed(shown(context))
    assert unkept.response.content == "Je n’ai pas pu le noter pour le moment."


async def test_a_shared_answer_is_in_the_servers_language_and_not_in_its_sharers() -> None:
    class Misheard(Newsroom):
        def ask(self, question: str, **options: Any) -> Any:
            from dataclasses import replace  # noqa: PLC0415

            reply = super().ask(question, **options)
            return replace(reply, showing="what did Kuleba say?")

    async with world(Misheard()) as w:
        with reading(w, "fr", server="uk"):
            answer = await w.alice.slash(w.channel, "ask", question="waht did Kuleba", private=True)
            await w.alice.click(answer.response, label="Partager")

    assert "Résultats pour" in shown(answer)
    shared = shown(w.channel.last_message)
    assert "Поширює" in shared
    assert "Результати для «what did Kuleba say?»" in shared.replace("\\", "")
    assert "Résultats" not in shared
    assert "Корисно" in shared


async def test_pages_that_all_may_read_stay_in_the_servers_language_when_leafed_through() -> None:
    many = tuple(article_of("Words.", f"a{n}", title=f"Title {n}") for n in range(20))
    async with world(Newsroom(many)) as w:
        with reading(w, "fr", server="de"):
            listed = await w.alice.slash(w.channel, "articles")
            await w.alice.click(listed.response.message, label="Weiter")
            bob = w.env.guild.add_member(w.env.create_user("bob"))
            refused = await bob.click(listed.response.message, label="Weiter")
        leafed = shown(w.channel.last_message)

    assert "20 Artikel" in leafed
    assert "2 von 3" in leafed
    assert refused.response.content.startswith("Ces boutons appartiennent")


async def test_a_message_is_answered_in_the_servers_language() -> None:
    async with world() as w:
        guild = w.env.create_guild(preferred_locale="de")
        channel = guild.create_text_channel("nachrichten")
        alice = guild.add_member(w.alice.user)
        await alice.send(channel, w.bot.user.mention)
        assert "Frag mich nach den Artikeln" in channel.last_message.content
        assert "`/frage`" in channel.last_message.content

        await w.bot.servers.change(guild.id, language="fr")
        await alice.send(channel, f"{w.bot.user.mention} {UNANSWERED}")
        assert "je préfère ne pas deviner" in shown(channel.last_message)


async def test_a_direct_message_is_answered_in_the_language_of_the_last_command() -> None:
    async with world() as w:
        await w.alice.send_dm(UNANSWERED)
        assert "so I won’t guess" in shown(w.alice.user.dm_channel.last_message)

        with reading(w, "uk"):
            await w.alice.slash(w.channel, "help")
        await w.alice.send_dm(UNANSWERED)
        assert "вгадувати я не буду" in shown(w.alice.user.dm_channel.last_message)

        with reading(w, "uk"):
            forgotten = await w.alice.slash(w.channel, "forget-me")
        assert forgotten.response.content.startswith("Видалено")
        await w.alice.send_dm(UNANSWERED)
        assert "so I won’t guess" in shown(w.alice.user.dm_channel.last_message)


async def test_a_reply_in_a_direct_message_is_in_the_readers_language() -> None:
    async with world() as w:
        with reading(w, "fr"):
            helped = await w.alice.user.slash("help")

    assert "Interrogez les articles d’ici" in shown(helped)


async def test_what_goes_wrong_is_told_in_the_language_of_whoever_is_told() -> None:
    def break_off(_: str) -> None:
        raise ZeroDivisionError

    async with world(Newsroom(before=break_off)) as w:
        with reading(w, "de", server="fr"):
            alone = await w.alice.slash(w.channel, "ask", question=ASKED, private=True)
            for_all = await w.alice.slash(w.channel, "ask", question=ASKED)
        w.env.errors.clear()

    assert alone.response.content.startswith("Entschuldige, bei mir ist etwas schiefgegangen.")
    assert for_all.response.content.startswith("Désolé, un problème est survenu")


@pytest.mark.parametrize(
    ("locale", "wait"),
    [("uk", "через 30 секунд."), ("de", "in 30 Sekunden"), ("pt-BR", "in 30 seconds.")],
)
async def test_who_asks_too_often_hears_for_how_long_in_their_language(
    locale: str, wait: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world() as w:
        monkeypatch.setattr(w.bot.cooldowns, "take", lambda **_: 29.5)
        with reading(w, locale):
            told = await w.alice.slash(w.channel, "ask", question=ASKED)
        w.env.errors.clear()

    assert wait in told.response.content


async def test_a_moderator_chooses_the_language_of_the_server(tmp_path: Path) -> None:
    state = State.of(str(tmp_path / "kept.sqlite3"))
    async with world(state=lambda _: state) as w:
        guild = w.channel.guild.id
        moderator = w.env.guild.add_member(
            w.env.create_user("mod"),
            roles=[
                w.env.guild.create_role("mod", permissions=discord.Permissions(manage_guild=True))
            ],
        )
        with reading(w, "de", server="fr"):
            form = await moderator.slash(w.channel, "settings")
            assert "Einstellungen dieses Servers" in shown(form)
            assert "Wie Discord auf diesem Server eingestellt ist (Français)" in shown(form)
            (select,) = [
                one
                for row in form.response.components
                for one in row["components"]
                if one.get("placeholder") == "Sprache dessen, was hier alle lesen"
            ]
            chosen = await moderator.select(form.response, ["uk"], custom_id=select["custom_id"])
        assert w.bot.servers.of(guild).language == "uk"
        assert "✅ Sprache: gespeichert." in shown(chosen)
        assert "Українська" in shown(chosen)
        await state.database.close()


async def test_what_is_offered_and_what_a_form_answers_is_in_the_readers_language() -> None:
    def state(answers: Any) -> State:
        return State.of(shelves=Shelves({"press": ["*"]}, (), lambda: answers.ids))

    async with world(state=state) as w:
        powers = discord.Permissions(manage_guild=True)
        moderator = w.env.guild.add_member(
            w.env.create_user("mod"), roles=[w.env.guild.create_role("mod", permissions=powers)]
        )
        with reading(w, "fr"):
            offered = await moderator.autocomplete(w.channel, "settings", "collections", "")
            form = await moderator.slash(w.channel, "settings")
            modal = await moderator.click(form.response, label="Délai entre questions")
            refused = await moderator.submit_modal(
                modal, dict.fromkeys(modal_fields(w.sent[-1].json), "x")
            )

    assert [choice["name"] for choice in offered] == ["Tous les articles", "press"]
    assert refused.response.content.startswith("Ce n’est pas un délai valable")


def modal_fields(sent: dict[str, Any]) -> list[str]:
    """The ids of a modal's fields."""
    assert sent["data"]["title"] == "Délai entre questions"
    return [label["component"]["custom_id"] for label in sent["data"]["components"]]


async def test_what_is_done_at_the_same_time_for_two_readers_is_said_to_each_in_their_own() -> None:
    async def answered() -> list[str]:
        said = []
        for _ in range(3):
            await asyncio.sleep(0)
            said.append(say(texts.NEXT))
        return said

    readers = Readers(State.of().servers, lambda _: None)
    parsers = {
        "INTERACTION_CREATE": lambda _: asyncio.create_task(answered()),
        "MESSAGE_CREATE": lambda _: asyncio.create_task(answered()),
    }
    readers.listen(parsers)

    heard = await asyncio.gather(
        parsers["INTERACTION_CREATE"]({"locale": "de"}),
        parsers["INTERACTION_CREATE"]({"locale": "uk"}),
        parsers["MESSAGE_CREATE"]({"author": {"id": "1"}}),
    )

    assert heard == [["Weiter"] * 3, ["Далі"] * 3, ["Next"] * 3]


async def test_a_message_keeps_its_language_when_its_buttons_go() -> None:
    card = Card((), discord.Colour(0), title="x", fields=(Field("Index", "1"),))
    left: list[dict[str, Any]] = []
    button: discord.ui.Button[Any] = discord.ui.Button(label="x", custom_id="x")

    async def edit(**message: Any) -> None:
        left.append(message)

    with speaking("fr"):
        seen = (1, "", EVERYTHING)
        pages = [(card,), (card,)]
        pager = message_of(pages, "components", owner=1, seen=seen, lasting=[button]).pager
    assert pager is not None
    pager.edit = edit
    await pager.expire()

    assert "**Index\N{NO-BREAK SPACE}:** 1" in "\n".join(_strings(left[0]["view"].to_components()))


def test_a_language_is_kept_with_the_settings_and_an_unknown_one_passed_over() -> None:
    assert json.loads(settings_json(ServerSettings(language="fr"))) == {"language": "fr"}
    assert settings_from('{"language": "fr"}').language == "fr"
    assert settings_from('{"language": "tlh", "private": true}') == ServerSettings(private=True)


def test_the_languages_of_only_so_many_people_are_kept_in_mind() -> None:
    readers = Readers(State.of().servers, lambda _: None, most=2)
    parsers = {"INTERACTION_CREATE": lambda _: current(), "MESSAGE_CREATE": lambda _: current()}
    readers.listen(parsers)

    for user, locale in ((1, "de"), (2, "fr"), (3, "uk")):
        parsers["INTERACTION_CREATE"]({"locale": locale, "user": {"id": str(user)}})
    heard = [parsers["MESSAGE_CREATE"]({"author": {"id": str(user)}}) for user in (1, 2, 3)]

    assert heard == ["en", "fr", "uk"]
    assert current() == "en"


@pytest.mark.parametrize("data", [{}, {"locale": 5, "member": None}, {"user": {}, "locale": None}])
def test_an_event_that_names_no_language_is_read_as_english(data: dict[str, Any]) -> None:
    readers = Readers(State.of().servers, lambda _: None)
    parsers = {"INTERACTION_CREATE": lambda _: current(), "MESSAGE_CREATE": lambda _: current()}
    readers.listen(parsers)

    assert parsers["INTERACTION_CREATE"](data) == "en"
    assert parsers["MESSAGE_CREATE"](data) == "en"


class Bracketed(NullTranslations):
    """A language in which every text of ours stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, n: int) -> str:
        return f"⟦{one if n == 1 else many}⟧"


def outside_brackets(text: str) -> str:
    """What of a text is not ours: what was printed, typed, or named."""
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
        text = inner
    return text


STYLES: tuple[Style, ...] = ("components", "embeds")


@pytest.mark.parametrize("style", STYLES)
async def test_nothing_that_the_bot_says_is_left_untranslated(
    style: Style, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a made-up language all that is shown is marked, or stands in the articles."""
    article = sample(title="Kuleba on NATO", url="https://news.example/1", published="2024-07-01")
    others = [article_of("Words.", f"a{n}", title=f"Kuleba {n}") for n in range(20)]
    async with world(Newsroom((article, *others))) as w:
        guild = w.env.guild
        powers = discord.Permissions(manage_guild=True, administrator=True)
        moderator = guild.add_member(
            w.env.create_user("mod"), roles=[guild.create_role("mod", permissions=powers)]
        )
        await w.bot.servers.change(guild.id, style=style)
        bracketed = Bracketed()
        monkeypatch.setattr(languages, "catalogue", lambda _: bracketed)
        before = len(w.sent)
        with reading(w, "de", server="de"):
            for private in (False, True):
                for question in (ASKED, UNANSWERED):
                    asked = await moderator.slash(
                        w.channel, "ask", question=question, private=private
                    )
                    for button in buttons_of(asked.response):
                        await moderator.click(asked.response, custom_id=button["custom_id"])
            for name, options in (
                ("quotes", {}),
                ("quotes", {"speaker": "Nobody"}),
                ("summary", {"article": "sample"}),
                ("check", {"quote": "First they gotta win this war", "speaker": "Kuleba"}),
                ("check", {"quote": "First they must win on this war"}),
                ("check", {"quote": "Nobody"}),
                ("articles", {}),
                ("articles", {"find": "Nobody"}),
                ("help", {}),
                ("status", {}),
                ("settings", {}),
                ("settings", {"collections": "Nobody"}),
                ("stats", {}),
                ("forget-me", {}),
                ("reload", {}),
            ):
                shown = await moderator.slash(w.channel, name, **options)
                assert "⟦" in json.dumps([one.json for one in w.sent[-1:]], ensure_ascii=False)
                if name == "settings":
                    for at in range(len(buttons_of(shown.response))):
                        button = buttons_of(shown.response)[at]
                        await moderator.click(shown.response, custom_id=button["custom_id"])
                    await w.bot.servers.change(guild.id, style=style)
            guild_message = f"{w.bot.user.mention} {UNANSWERED}"
            w.bot.readers.server = lambda *_: "de"  # type: ignore[method-assign]
            await w.alice.send(w.channel, guild_message)
            await w.alice.send(w.channel, w.bot.user.mention)
        said = "\n".join(one for request in w.sent[before:] for one in _strings(request.json))
        w.env.errors.clear()

    known = " ".join([article.text, ASKED, UNANSWERED, *OWN_NAMES, *OWN_NAMES.values(), *PLAIN])
    left = re.sub(r"\]\(https?:[^)]*\)", "] ", outside_brackets(said))
    assert _words(left) - _words(known) == set()


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", text.casefold()))
