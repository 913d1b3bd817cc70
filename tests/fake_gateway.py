"""A gateway as Discord's: sessions, sequence numbers, replay, heartbeats, compression, refusals."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from collections.abc import Callable

PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
"""Members, presences, message content: intents that Discord has to allow."""
LARGEST = 4096
"""Bytes of a payload from the bot, above which Discord closes with 4002."""


class Zlib:
    """zlib-stream: one context for the connection, flushed after each payload."""

    def __init__(self) -> None:
        self._context = zlib.compressobj()

    def compress(self, data: bytes) -> bytes:
        return self._context.compress(data) + self._context.flush(zlib.Z_SYNC_FLUSH)


class Zstd:
    """zstd-stream, the same way."""

    def __init__(self) -> None:
        import zstandard  # noqa: PLC0415 - not everybody's discord.py asks for it

        self._flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        self._context = zstandard.ZstdCompressor().compressobj()

    def compress(self, data: bytes) -> bytes:
        return self._context.compress(data) + self._context.flush(self._flush)


COMPRESSIONS: dict[str, Callable[[], Zlib | Zstd]] = {"zlib-stream": Zlib, "zstd-stream": Zstd}


class Connection:
    """One websocket."""

    def __init__(self, ws: web.WebSocketResponse, compression: str | None) -> None:
        self.ws = ws
        self.compression = compression
        self._compressor = COMPRESSIONS[compression]() if compression else None
        self._one_at_a_time = asyncio.Lock()
        self.transport: asyncio.Transport | None = None

    async def send(self, payload: dict[str, Any]) -> None:
        data = json.dumps(payload).encode()
        async with self._one_at_a_time:
            try:
                if self._compressor is None:
                    await self.ws.send_str(data.decode())
                else:
                    await self.ws.send_bytes(self._compressor.compress(data))
            except ConnectionError:  # cut meanwhile; a session keeps what it has to say
                pass


@dataclass
class Session:
    """What Discord knows of a shard between two connections."""

    shard: tuple[int, int]
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    sequence: int = 0
    events: list[tuple[int, str, Any]] = field(default_factory=list)
    connection: Connection | None = None
    valid: bool = True


@dataclass
class Gateway:
    """The gateway; a test sets what it does wrong, and reads what it was told."""

    token: str
    address: str = ""
    interval_ms: int = 40_000
    max_concurrency: int = 1
    identify_every: float = 5.0
    forbidden_intents: int = 0
    acknowledging: bool = True
    refusing: bool = False
    hearing: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is not set, nothing more is read, and no goodbye answered."""
    close_after_identify: int | None = None
    ready: Callable[[Session], tuple[dict[str, Any], list[dict[str, Any]]]] = field(
        default=lambda _: ({}, [])
    )
    changed: Callable[[], None] = lambda: None
    sessions: dict[str, Session] = field(default_factory=dict)
    attempts: int = 0
    identifies: list[dict[str, Any]] = field(default_factory=list)
    resumes: list[dict[str, Any]] = field(default_factory=list)
    heartbeats: list[Any] = field(default_factory=list)
    compressions: list[str | None] = field(default_factory=list)
    closed_with: list[int | None] = field(default_factory=list)
    too_fast: int = 0
    broken: list[str] = field(default_factory=list)
    _identified: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hearing.set()

    @property
    def session(self) -> Session:
        """The newest session."""
        return list(self.sessions.values())[-1]

    @property
    def connected(self) -> bool:
        return any(session.connection is not None for session in self.sessions.values())

    async def dispatch(self, event: str, data: Any, *, session: Session | None = None) -> None:
        """Tell the bot of an event; one that is not connected is told when it resumes."""
        session = session or self.session
        session.sequence += 1
        session.events.append((session.sequence, event, data))
        if session.connection is not None:
            await session.connection.send({"op": 0, "t": event, "s": session.sequence, "d": data})

    async def send(self, op: int, data: Any = None) -> None:
        """Send something else than an event to whoever is connected."""
        for session in list(self.sessions.values()):
            if session.connection is not None:
                await session.connection.send({"op": op, "d": data, "s": None, "t": None})

    def cut(self) -> None:
        """Cut the wire: no closing, no goodbye."""
        for session in self.sessions.values():
            if session.connection is not None and session.connection.transport is not None:
                session.connection.transport.abort()
                session.connection = None

    async def close(self, code: int) -> None:
        for session in list(self.sessions.values()):
            if session.connection is not None:
                await session.connection.ws.close(code=code)

    def forget(self) -> None:
        """No session can be resumed any more."""
        for session in self.sessions.values():
            session.valid = False

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        self.attempts += 1
        self.changed()
        if self.refusing:
            return web.Response(status=502, text="bad gateway")
        ws = web.WebSocketResponse(max_msg_size=0, autoping=True)
        await ws.prepare(request)
        connection = Connection(ws, request.query.get("compress"))
        connection.transport = request.transport  # type: ignore[assignment]
        self.compressions.append(connection.compression)
        if request.query.get("v") != "10" or request.query.get("encoding") != "json":
            self.broken.append(f"asked for {request.query_string}")
        await connection.send({"op": 10, "d": {"heartbeat_interval": self.interval_ms}})
        session: Session | None = None
        async for incoming in ws:
            if incoming.type is not WSMsgType.TEXT:
                self.broken.append(f"sent a {incoming.type}")
                break
            if len(incoming.data.encode()) > LARGEST:
                self.broken.append("sent a payload that is too long")
                await ws.close(code=4002)
                break
            session = await self._receive(connection, json.loads(incoming.data), session)
            self.changed()
            await self.hearing.wait()
        self.closed_with.append(ws.close_code)
        if session is not None and session.connection is connection:
            session.connection = None
        self.changed()
        return ws

    async def _receive(
        self, connection: Connection, payload: dict[str, Any], session: Session | None
    ) -> Session | None:
        op, data = payload["op"], payload["d"]
        if op == 1:
            self.heartbeats.append(data)
            if self.acknowledging:
                await connection.send({"op": 11, "d": None})
        elif op == 2:
            return await self._identify(connection, data)
        elif op == 6:
            return await self._resume(connection, data)
        elif op != 3:
            self.broken.append(f"sent op {op}")
        return session

    async def _identify(self, connection: Connection, data: dict[str, Any]) -> Session | None:
        self.identifies.append({**data, "at": time.monotonic()})
        if data["token"] != self.token:
            await connection.ws.close(code=4004)
            return None
        if data["intents"] & self.forbidden_intents:
            await connection.ws.close(code=4014)
            return None
        if self.close_after_identify is not None:
            await connection.ws.close(code=self.close_after_identify)
            return None
        shard_id, shard_count = data.get("shard", (0, 1))
        key, now = shard_id % self.max_concurrency, time.monotonic()
        if now - self._identified.get(key, -self.identify_every) < self.identify_every - 0.05:
            self.too_fast += 1
            await connection.send({"op": 9, "d": False})
            return None
        self._identified[key] = now
        session = Session((shard_id, shard_count), connection=connection)
        self.sessions[session.id] = session
        ready, guilds = self.ready(session)
        await self.dispatch("READY", ready, session=session)
        for guild in guilds:
            await self.dispatch("GUILD_CREATE", guild, session=session)
        return session

    async def _resume(self, connection: Connection, data: dict[str, Any]) -> Session | None:
        self.resumes.append(data)
        session = self.sessions.get(data["session_id"])
        if data["token"] != self.token or session is None or not session.valid:
            await connection.send({"op": 9, "d": False})
            return None
        if session.connection is not None and session.connection is not connection:
            await session.connection.ws.close(code=4000)
        session.connection = connection
        for sequence, event, value in list(session.events):
            if sequence > data["seq"]:
                await connection.send({"op": 0, "t": event, "s": sequence, "d": value})
        await self.dispatch("RESUMED", {}, session=session)
        return session
