"""Readers: in whose language an event is answered, decided once, where Discord tells of it.

A command, a click or a keystroke is answered in the language of whoever made it. What
everybody in a channel reads (a message's answer, a public reply) is in the server's: what its
moderators have chosen, or else what its Discord is set to. Who writes to the bot alone is
answered in the language of their last command, as far as that is still in memory.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from bot.chat.languages import ENGLISH, language_of, speaking

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord

    from bot.chat.servers import Servers

    _Parser = Callable[[Any], Any]

REMEMBERED = 10_000
"""People whose language is kept in mind; of more, those who did something longest ago go."""


class Readers:
    """Knows the languages of people and servers. `guild_of` gives a server by its id."""

    def __init__(
        self,
        servers: Servers,
        guild_of: Callable[[int], discord.Guild | None],
        *,
        most: int = REMEMBERED,
    ) -> None:
        self._servers = servers
        self._guild_of = guild_of
        self._most = most
        self._known: OrderedDict[int, str] = OrderedDict()

    def listen(self, parsers: dict[str, _Parser]) -> None:
        """Have what is done because of an event say its texts in the language of its reader.

        discord.py makes the tasks of an event while it reads it, and a task keeps the
        language in which it was begun.
        """
        for event, language in (
            ("INTERACTION_CREATE", self._of_interaction),
            ("MESSAGE_CREATE", self._of_message),
        ):
            parsers[event] = _in_language(parsers[event], language)

    def everybody(self, interaction: discord.Interaction[Any]) -> str:
        """The language of what all can read where an interaction comes from."""
        if interaction.guild_id is None:
            return language_of(interaction.locale)
        return self.server(interaction.guild_id, interaction.guild_locale)

    def server(self, guild_id: int, locale: discord.Locale | None) -> str:
        """The language of a server that Discord shows in a locale."""
        chosen = self._servers.of(guild_id).language
        return chosen or language_of(locale)

    def forget(self, user_id: int) -> None:
        """Let go of the language of somebody."""
        self._known.pop(user_id, None)

    def _of_interaction(self, data: dict[str, Any]) -> str:
        language = language_of(data.get("locale"))
        user = (data.get("member") or data).get("user") or {}
        if "id" in user:
            self._known[int(user["id"])] = language
            self._known.move_to_end(int(user["id"]))
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return language

    def _of_message(self, data: dict[str, Any]) -> str:
        if data.get("guild_id") is None:
            author = (data.get("author") or {}).get("id") or 0
            return self._known.get(int(author), ENGLISH)
        guild_id = int(data["guild_id"])
        guild = self._guild_of(guild_id)
        return self.server(guild_id, guild.preferred_locale if guild is not None else None)


def _in_language(parse: _Parser, language: Callable[[dict[str, Any]], str]) -> _Parser:
    def parse_in_language(data: Any) -> Any:
        with speaking(language(data)):
            return parse(data)

    return parse_in_language
