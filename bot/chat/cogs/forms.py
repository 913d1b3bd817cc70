"""The words of /settings, /stats and /forget-me, and how settings are laid out.

As in texts.py: a constant is English, and is said through `languages.say` by whoever shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.answers.answer import Reason
from bot.chat.languages import OWN_NAMES, number, say, say_n
from bot.chat.markdown import escape, shorten, size, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.chat.feedback import Stats
    from bot.chat.servers import ServerSettings

SETTINGS = "Choose where the bot answers here, and how (Manage Server only)"
CHANNEL = "One channel: with collections, only these are seen there"
COLLECTIONS_OPTION = "What may be seen: names of collections, with commas between them"
NOT_A_MANAGER = "Only those who may manage this server (*Manage Server*) can do that."
CHANNELS_HINT = "Answer only in… (none: everywhere)"
COLLECTIONS_HINT = "What may be seen here"
COLLECTIONS = "Collections"
EVERYTHING = "Every article"
PRIVATE = "Private"
KEEP = "Keep questions"
STYLE = "Style"
STYLES = {"components": "cards", "embeds": "embeds"}
STYLE_WORDS = {
    "components": "cards: the quote large, on any phone; they need no *Embed Links*",
    "embeds": "embeds: smaller, as bots answered before; they need *Embed Links*",
}
COOLDOWN = "Cooldown"
USES = "Questions (0: no limit)"
SECONDS = "in how many seconds"
BAD_COOLDOWN = "That is no cooldown: give whole numbers, 0 to 1000 questions in 1 to 3600 seconds."
RESET = "Reset"
RESET_SURE = "Really reset"
RESET_ASKED = (
    "Everything but the collections goes back to how it was at first. Press again if you are sure."
)
ALL_BUT_COLLECTIONS = "Everything but the collections"
CHANNELS = "Channels"
ASK_CHANNELS = "Ask channels"
ASK_CHANNELS_HINT = "Answer every question in… (none: only when spoken to)"
LANGUAGE = "Language"
LANGUAGE_HINT = "Language of what everybody here reads"
AS_DISCORD = "As this server’s Discord is set ({language})"
LABELLED = "{name}: {state}"
ON = "on"
OFF = "off"
UNREAD = (
    "(not yet: whoever runs the bot has to allow it to read messages, "
    "`PULLQUOTE_DISCORD__MESSAGE_CONTENT`)"
)

STATS = "See what was asked and how it went, here (Manage Server only)"
STATS_FILE = "Also give all of it as a file"
FORGET = "Delete what the bot keeps of you, in all servers"
NOT_FORGOTTEN = "That did not work: what is kept cannot be reached at the moment. Try again later."
NO_STATS = "There is nothing to see at the moment: what is kept cannot be reached. Try again later."
LISTED = 25
ROOM = 1000
NAMED = 100


_SAVED = "✅ {what}: saved."
_NOT_SAVED = (
    "⚠️ {what}: changed, but it could not be saved yet. "
    "Until that works it lasts only as long as the bot runs."
)
_NO_COLLECTION = "Nothing was changed: there is no collection {names}."
_NONE_NAMED = "Nothing was changed: no collection was named."
KEPT_WORDS = {
    False: "no: the text of questions is not kept",
    True: "yes: the text of questions is kept for a time, for /stats",
}
REASONS = {
    Reason.NOT_A_QUESTION: "not a question",
    Reason.NO_ARTICLES: "no articles",
    Reason.NOTHING_CLOSE: "nothing close",
    Reason.NOT_SURE: "not sure",
    Reason.UNKNOWN_NAME: "unknown name",
    Reason.NOT_QUOTED: "speaker not quoted",
    Reason.SILENT_ON_TOPIC: "speaker silent on topic",
    Reason.WHICH_ARTICLE: "which article",
    Reason.UNCLEAR_REFERENCE: "unclear reference",
}
"""Why something was not answered, as it is counted."""


def saved(what: str, *, kept: bool) -> str:
    """Say that a change was made, and whether it outlasts the process."""
    return say(_SAVED if kept else _NOT_SAVED, what=say(what))


def labelled(name: str, state: str) -> str:
    """What stands on a button that says what is set."""
    return say(LABELLED, name=say(name), state=say(state))


def page(
    settings: ServerSettings, said: str | None, *, reads: bool, as_discord: str
) -> discord.Embed:
    """What is set, in a moderator's words.

    `reads`: whether the bot is given all messages; `as_discord`: the language that the
    server's Discord is set to.
    """
    embed = discord.Embed(title=say("Settings of this server"), description=said)
    private = settings.private
    lines = (
        (say("Answers in"), _channels(settings.channels) or say("every channel it can see")),
        (say("Answers every question in"), _asked_in(settings.ask_channels, reads=reads)),
        (
            say("Replies to commands"),
            say("for the asker alone") if private else say("for everybody"),
        ),
        (say(COOLDOWN), _pace(settings)),
        (say("May be seen here"), collections(settings.collections)),
        (say(LANGUAGE), language(settings.language, as_discord)),
        (say(KEEP), say(KEPT_WORDS[settings.keep_questions])),
        (say(STYLE), say(STYLE_WORDS[settings.style])),
    )
    for name, value in lines:
        embed.add_field(name=name, value=shorten(value, ROOM), inline=len(value) < 30)
    if settings.channel_collections:
        narrower = _lines(in_channel(c, names) for c, names in settings.channel_collections)
        embed.add_field(name=say("Narrower in"), value=narrower, inline=False)
    return embed


def language(chosen: str | None, as_discord: str) -> str:
    """The language of what everybody reads, by the name that it has in itself."""
    return OWN_NAMES[chosen] if chosen else say(AS_DISCORD, language=OWN_NAMES[as_discord])


def _pace(settings: ServerSettings) -> str:
    uses, seconds = settings.cooldown
    if not uses:
        return say("no limit")
    whole = seconds == int(seconds)
    return say_n(
        "{count} question in {seconds} s, each person",
        "{count} questions in {seconds} s, each person",
        uses,
        seconds=number(seconds, 0 if whole else 1),
    )


def in_channel(channel: int, names: frozenset[str] | None) -> str:
    """What a channel is narrowed to."""
    seen = say("the same as the server") if names is None else collections(names)
    return say("{channel}: {seen}", channel=f"<#{channel}>", seen=seen)


def collections(names: frozenset[str] | None) -> str:
    """Names of collections."""
    if names is None:
        return say("every article")
    return ", ".join(escape(name) for name in sorted(names)) or say("nothing")


def no_such_collection(unknown: Sequence[str], known: Sequence[str]) -> str:
    """Say which name there is none of, and which there are."""
    named = ", ".join(escape(typed(name, NAMED)) for name in unknown)
    there = ", ".join(escape(name) for name in known[:LISTED])
    unchanged = say(_NO_COLLECTION, names=named) if named else say(_NONE_NAMED)
    listed = say("There are: {names}.", names=there) if there else say("There are none.")
    return shorten(f"{unchanged} {listed}", ROOM)


def cooldown_of(uses: str, seconds: str) -> tuple[int, float] | None:
    """Read a cooldown; None if it is none."""
    if not (uses.strip().isdecimal() and seconds.strip().isdecimal()):
        return None
    read = int(uses), float(int(seconds))
    return read if read[0] <= 1000 and 1 <= read[1] <= 3600 else None


def stats_page(stats: Stats, reasons: Iterable[tuple[str, int]]) -> discord.Embed:
    """Lay out the counts."""
    since = say("Since {day}", day=f"<t:{int(stats.since.timestamp())}:D>")
    embed = discord.Embed(title=say("What was asked here"), description=since)
    if stats.shown:
        embed.add_field(name=say("Shown"), value=number(stats.shown))
        embed.add_field(name=say("Helpful"), value=number(stats.helpful))
        embed.add_field(name=say("Not helpful"), value=number(stats.not_helpful))
    refused = _lines(f"{number(count)} × {_reason(reason)}" for reason, count in reasons)
    embed.add_field(name=say("Not answered"), value=refused or say("none"), inline=False)
    if stats.questions:
        asked = _lines(f"- {escape(shorten(question, 90))}" for question in stats.questions)
        embed.add_field(name=say("Lately not answered"), value=asked, inline=False)
    return embed


def _lines(lines: Iterable[str]) -> str:
    """As many of the lines, each on its own, as a field has room for; an ellipsis for the rest."""
    kept: list[str] = []
    room = ROOM
    for line in lines:
        shown = shorten(line, ROOM)
        room -= size(shown) + 1
        if kept and room < 0:
            return "\n".join([*kept, "…"])
        kept.append(shown)
    return "\n".join(kept)


def _reason(counted: str) -> str:
    try:
        return say(REASONS[Reason(counted)])
    except ValueError:  # counted by another version
        return counted.replace("_", " ")


def forgotten(count: int) -> str:
    """Say how much was deleted."""
    if not count:
        return say("Nothing of you was kept, in any server.")
    return say_n("Deleted: {count} entry.", "Deleted: {count} entries.", count)


def _asked_in(ids: frozenset[int], *, reads: bool) -> str:
    if not ids:
        return say("no channel: only when spoken to")
    # The reason first: a list too long for its field is cut at its end.
    return _channels(ids) if reads else f"{say(UNREAD)} {_channels(ids)}"


def _channels(ids: frozenset[int]) -> str:
    shown = [f"<#{one}>" for one in sorted(ids)]
    return ", ".join(shown)
