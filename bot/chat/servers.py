"""What each server has set, and what follows from it: which articles may be seen where.

Everything here is in memory, since whether a reply is private is fixed within the first
three seconds; the database is read at start and looked at again every few seconds, so that
processes which share one see each other's changes. Where it cannot be read, everything is
as if nothing were set, except for what may be seen: then only what is public.
"""

from __future__ import annotations

import fnmatch
import json
import logging
import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import select, update

from bot.chat.database import Unavailable
from bot.chat.languages import OWN_NAMES
from bot.chat.tables import revision, servers
from index.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.chat.database import Database

log = logging.getLogger(__name__)

Style = Literal["components", "embeds"]
STYLES: tuple[Style, ...] = get_args(Style)

ALL = "*"
"""Among the public names: every article."""
NOTHING = Scope(frozenset())


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What the moderators of a server have set; the defaults are for one that has set nothing."""

    channels: frozenset[int] = frozenset()
    """Where it answers at all; empty: everywhere."""
    ask_channels: frozenset[int] = frozenset()
    """Where every message that is a question is answered, as far as the bot may read them."""
    private: bool = False
    """Whether replies to commands are for the asker alone, unless asked otherwise."""
    cooldown: tuple[int, float] = (5, 30.0)
    """How often one person may ask, in how many seconds."""
    collections: frozenset[str] | None = None
    """The collections that may be seen here; None: everything."""
    channel_collections: tuple[tuple[int, frozenset[str]], ...] = ()
    """Narrower in single channels (and their threads), in the order of their ids."""
    keep_questions: bool = False
    """Whether the text of questions may be kept."""
    language: str | None = None
    """Of what everybody reads; None: that which the server's Discord is set to."""
    style: Style = "components"
    """How answers look; a direct message has the default."""

    def in_channel(self, channel_id: int | None) -> frozenset[str] | None:
        """The collections to which a channel is narrowed; None: to none of its own."""
        return dict(self.channel_collections).get(channel_id) if channel_id is not None else None


DEFAULTS = ServerSettings()
CLOSED = ServerSettings(collections=frozenset())
"""For a server whose settings cannot be read: what they narrowed must not be widened."""


class Shelves:
    """Which articles each collection holds, worked out once for each state of the index."""

    def __init__(
        self,
        collections: Mapping[str, Iterable[str]] | None = None,
        public: Collection[str] = (),
        ids: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._patterns = {
            name: [re.compile(fnmatch.translate(pattern)) for pattern in patterns]
            for name, patterns in (collections or {}).items()
        }
        self._public = frozenset(public)
        self._ids = ids
        self._of: Collection[str] | None = None
        self._known: dict[frozenset[str] | None, Scope] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The collections, by name."""
        return tuple(sorted(self._patterns))

    @property
    def public(self) -> Scope:
        """What may be seen where the bot itself is not, and where settings cannot be read."""
        return EVERYTHING if ALL in self._public else self.of(self._public)

    def of(self, names: frozenset[str] | None) -> Scope:
        """The articles of these collections together; a name that there is none of adds none."""
        if names is None:
            return EVERYTHING
        ids = self._ids()
        if ids is not self._of:
            self._of, self._known = ids, {}
        if names not in self._known:
            patterns = [one for name in names for one in self._patterns.get(name, ())]
            held = (i for i in ids if any(pattern.match(i) for pattern in patterns))
            self._known[names] = Scope(frozenset(held))
        return self._known[names]


class Servers:
    """The settings of all servers, in memory.

    Without a database they last as long as the process.
    """

    def __init__(self, database: Database, shelves: Shelves | None = None) -> None:
        self.shelves = shelves or Shelves()
        self._database = database
        self._settings: dict[int, ServerSettings] = {}
        self._revision = -1
        """The revision up to which the database has been read; -1: not yet."""
        self._name: str | None = None
        """The database that was read; another one in its place widens nothing."""
        self._unwritten: dict[int, dict[str, Any]] = {}
        """What was changed while the database could not be written."""
        self._unreadable: set[int] = set()

    def of(self, guild_id: int | None) -> ServerSettings:
        """What a server has set; the defaults for a direct message."""
        return DEFAULTS if guild_id is None else self._settings.get(guild_id, DEFAULTS)

    def is_private(self, guild_id: int | None) -> bool:
        """Whether replies to commands are for the asker alone, unless asked otherwise.

        They are where a server's settings cannot be read: what it keeps private stays so.
        """
        if guild_id is None:
            return False
        return self.of(guild_id).private or self._is_unknown(guild_id)

    def answers_in(self, guild_id: int | None, places: Iterable[int | None]) -> bool:
        """Whether questions are answered in a channel; `places` are its id and its parent's."""
        settings = self.of(guild_id)
        chosen = settings.channels | settings.ask_channels
        return not settings.channels or not chosen.isdisjoint(place for place in places if place)

    def asks_in(self, guild_id: int | None, places: Iterable[int | None]) -> bool:
        """Whether questions there need not be put to the bot; `places` as in `answers_in`."""
        return not self.of(guild_id).ask_channels.isdisjoint(place for place in places if place)

    @property
    def have_ask_channels(self) -> bool:
        """Whether any server has chosen some."""
        return any(settings.ask_channels for settings in self._settings.values())

    def is_kept(self, guild_id: int) -> bool:
        """Whether all that a server has set would outlast the process."""
        return self._database.there and guild_id not in self._unwritten

    def scope(
        self,
        *,
        guild_id: int | None,
        channel_id: int | None,
        parent_id: int | None = None,
        present: bool = True,
    ) -> Scope:
        """The articles that may be seen in a channel of a server, or in a direct message.

        `parent_id` is the channel of a thread. `present` is False where the bot itself is not.
        Where there are collections, a direct message shows the public ones: whoever writes it
        may be in no server that may see more.
        """
        if not present:
            return self.shelves.public
        if guild_id is None:
            return self.shelves.public if self.shelves.names else EVERYTHING
        if self._is_unknown(guild_id) and self.shelves.names:
            return self.shelves.public
        settings = self.of(guild_id)
        scope = self.shelves.of(settings.collections)
        for place in dict.fromkeys((parent_id, channel_id)):
            if (narrower := settings.in_channel(place)) is not None:
                scope = _both(scope, self.shelves.of(narrower))
        return scope

    async def change(self, guild_id: int, **changes: Any) -> ServerSettings:
        """Change settings by name, at once; kept as soon as the database can be written."""
        self._settings[guild_id] = replace(self.of(guild_id), **changes)
        waiting = self._unwritten.setdefault(guild_id, {})
        waiting.update(changes)
        await self._write()
        return self.of(guild_id)

    async def load(self) -> None:
        """Read what has changed since the last time; this never raises."""
        try:
            name, number, rows = await self._database.read(self._read)
        except Unavailable:
            return
        if name != self._name and self._name is not None:
            # Another file, or a new one: what we know goes there before anything comes from it.
            await self._write()
            return
        for guild_id, written in rows:
            self._take(guild_id, written)
        self._name, self._revision = name, number
        if self._unwritten:
            await self._write()

    async def _read(self, connection: AsyncConnection) -> tuple[str, int, list[tuple[int, str]]]:
        latest = (await connection.execute(select(revision))).one()
        if latest.database == self._name and latest.number == self._revision:
            return latest.database, latest.number, []
        since = self._revision if latest.number > self._revision else -1
        found = await connection.execute(
            select(servers.c.guild_id, servers.c.settings).where(servers.c.revision > since)
        )
        rows = [(row.guild_id, row.settings) for row in found]
        return latest.database, latest.number, rows

    async def _write(self) -> None:
        waiting = {guild_id: dict(changes) for guild_id, changes in self._unwritten.items()}
        known = {guild_id: _values(settings) for guild_id, settings in self._settings.items()}

        async def save(connection: AsyncConnection) -> tuple[str, dict[int, ServerSettings]]:
            raised = update(revision).values(number=revision.c.number + 1).returning(revision)
            latest = (await connection.execute(raised)).one()
            another = self._name not in (None, latest.database)
            changes = known if another else waiting
            return latest.database, await _save(connection, changes, latest.number)

        try:
            name, written = await self._database.write(save)
        except Unavailable:
            return
        if self._name not in (None, name):
            self._name, self._revision = name, 0
        for guild_id, settings in written.items():
            done = waiting.get(guild_id, {})
            rest = {
                key: value
                for key, value in self._unwritten.pop(guild_id, {}).items()
                if key not in done or done[key] != value
            }
            if rest:
                self._unwritten[guild_id] = rest
            self._settings[guild_id] = replace(settings, **rest)
            self._unreadable.discard(guild_id)

    def _take(self, guild_id: int, written: str) -> None:
        try:
            settings = settings_from(written)
        except (ValueError, TypeError, KeyError, AttributeError):
            log.error("What server %d has set cannot be read; its defaults are used.", guild_id)  # noqa: TRY400
            self._settings[guild_id] = CLOSED
            self._unreadable.add(guild_id)
            return
        self._unreadable.discard(guild_id)
        self._settings[guild_id] = replace(settings, **self._unwritten.get(guild_id, {}))

    def _is_unknown(self, guild_id: int) -> bool:
        """Whether a server may have narrowed what it sees, and we could not read it."""
        if guild_id in self._unreadable:
            return True
        return self._database.there and self._revision < 0


async def _save(
    connection: AsyncConnection, changed: Mapping[int, Mapping[str, Any]], number: int
) -> dict[int, ServerSettings]:
    """Write changes into what the database holds now, so that another process's stay."""
    saved = {}
    for guild_id, changes in changed.items():
        its = servers.c.guild_id == guild_id
        held = await connection.scalar(select(servers.c.settings).where(its))
        settings = replace(_readable(held), **changes)
        values = {"settings": settings_json(settings), "revision": number}
        if held is None:
            await connection.execute(servers.insert().values(guild_id=guild_id, **values))
        else:
            await connection.execute(update(servers).where(its).values(**values))
        saved[guild_id] = settings
    return saved


def _readable(written: str | None) -> ServerSettings:
    try:
        return DEFAULTS if written is None else settings_from(written)
    except (ValueError, TypeError, KeyError, AttributeError):
        return CLOSED


def settings_json(settings: ServerSettings) -> str:
    """Settings as they are kept: what differs from the defaults."""
    return json.dumps(
        {
            name: _plain(value)
            for name, value in _values(settings).items()
            if value != getattr(DEFAULTS, name)
        },
        sort_keys=True,
    )


def settings_from(written: str) -> ServerSettings:
    """Settings as they were kept. Raises `ValueError` and its like."""
    held: dict[str, Any] = json.loads(written)
    known = {name: held[name] for name in _values(DEFAULTS) if name in held}
    if known.get("style") not in STYLES:
        known.pop("style", None)
    for name in ("channels", "ask_channels"):
        if name in known:
            known[name] = frozenset(int(one) for one in known[name])
    if "collections" in known and known["collections"] is not None:
        known["collections"] = _names(known["collections"])
    if known.get("language") not in OWN_NAMES:  # that of another version
        known.pop("language", None)
    if "cooldown" in known:
        uses, seconds = known["cooldown"]
        known["cooldown"] = int(uses), float(seconds)
    if "channel_collections" in known:
        known["channel_collections"] = tuple(
            (int(channel), _names(names)) for channel, names in known["channel_collections"]
        )
    return ServerSettings(**known)


def _names(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError("names of collections are a list of texts")
    return frozenset(value)


def _values(settings: ServerSettings) -> dict[str, Any]:
    return {field.name: getattr(settings, field.name) for field in fields(settings)}


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _both(one: Scope, other: Scope) -> Scope:
    """What both scopes allow."""
    if one.ids is None:
        return other
    return one if other.ids is None else Scope(one.ids & other.ids)
