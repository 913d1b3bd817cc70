"""The words of /settings, /stats and /forget-me, and how settings are laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.chat.markdown import escape, shorten, typed

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


def saved(what: str, *, kept: bool) -> str:
    """Say that a change was made, and whether it outlasts the process."""
    if kept:
        return f"✅ {what}: saved."
    return (
        f"⚠️ {what}: changed, but it could not be saved yet. "
        "Until that works it lasts only as long as the bot runs."
    )


def on_or_off(*, on: bool) -> str:
    """Say so."""
    return "on" if on else "off"


def page(settings: ServerSettings, said: str | None, *, reads: bool) -> discord.Embed:
    """What is set, in a moderator's words; `reads`: whether the bot is given all messages."""
    embed = discord.Embed(title="Settings of this server", description=said)
    uses, seconds = settings.cooldown
    pace = f"{uses} questions in {seconds:g} s, each person" if uses else "no limit"
    lines = (
        ("Answers in", _channels(settings.channels) or "every channel it can see"),
        ("Answers every question in", _asked_in(settings.ask_channels, reads=reads)),
        ("Replies to commands", "for the asker alone" if settings.private else "for everybody"),
        (COOLDOWN, pace),
        ("May be seen here", collections(settings.collections)),
        (KEEP, KEPT_WORDS[settings.keep_questions]),
        (STYLE, STYLE_WORDS[settings.style]),
    )
    for name, value in lines:
        embed.add_field(name=name, value=shorten(value, ROOM), inline=len(value) < 30)
    if settings.channel_collections:
        narrower = "\n".join(in_channel(c, names) for c, names in settings.channel_collections)
        embed.add_field(name="Narrower in", value=shorten(narrower, ROOM), inline=False)
    return embed


KEPT_WORDS = {
    False: "no: the text of questions is not kept",
    True: "yes: the text of questions is kept for a time, for /stats",
}


def in_channel(channel: int, names: frozenset[str] | None) -> str:
    """What a channel is narrowed to."""
    if names is None:
        return f"<#{channel}>: the same as the server"
    return f"<#{channel}>: {collections(names)}"


def collections(names: frozenset[str] | None) -> str:
    """Names of collections."""
    if names is None:
        return "every article"
    return ", ".join(escape(name) for name in sorted(names)) or "nothing"


def no_such_collection(unknown: Sequence[str], known: Sequence[str]) -> str:
    """Say which name there is none of, and which there are."""
    named = ", ".join(escape(typed(name, NAMED)) for name in unknown) or "nothing"
    there = ", ".join(escape(name) for name in known[:LISTED]) or "none"
    return shorten(
        f"Nothing was changed: there is no collection {named}. There are: {there}.", ROOM
    )


def cooldown_of(uses: str, seconds: str) -> tuple[int, float] | None:
    """Read a cooldown; None if it is none."""
    if not (uses.strip().isdecimal() and seconds.strip().isdecimal()):
        return None
    read = int(uses), float(int(seconds))
    return read if read[0] <= 1000 and 1 <= read[1] <= 3600 else None


def stats_page(stats: Stats, reasons: Iterable[tuple[str, int]]) -> discord.Embed:
    """Lay out the counts."""
    embed = discord.Embed(title="What was asked here", description=f"Since {_day(stats)}")
    if stats.shown:
        embed.add_field(name="Shown", value=str(stats.shown))
        embed.add_field(name="Helpful", value=str(stats.helpful))
        embed.add_field(name="Not helpful", value=str(stats.not_helpful))
    refused = "\n".join(f"{count} × {reason.replace('_', ' ')}" for reason, count in reasons)
    embed.add_field(name="Not answered", value=shorten(refused, ROOM) or "none", inline=False)
    if stats.questions:
        asked = "\n".join(f"- {escape(shorten(' '.join(q.split()), 90))}" for q in stats.questions)
        embed.add_field(name="Lately not answered", value=shorten(asked, ROOM), inline=False)
    return embed


def forgotten(count: int) -> str:
    """Say how much was deleted."""
    if not count:
        return "Nothing of you was kept, in any server."
    noun = "entry" if count == 1 else "entries"
    return f"Deleted: {count:,} {noun}."


def _day(stats: Stats) -> str:
    return f"<t:{int(stats.since.timestamp())}:D>"


def _asked_in(ids: frozenset[int], *, reads: bool) -> str:
    if not ids:
        return "no channel: only when spoken to"
    # The reason first: a list too long for its field is cut at its end.
    return _channels(ids) if reads else f"{UNREAD} {_channels(ids)}"


def _channels(ids: frozenset[int]) -> str:
    shown = [f"<#{one}>" for one in sorted(ids)]
    return ", ".join(shown)
