"""Discord on 127.0.0.1: its REST side, its rules for replies, and the faults that a test asks for.

What it is sent is checked as it comes in against what Discord accepts (`discord_api`), and
so is what it sends back. Its clock can be moved: a command must be acknowledged within 3 s
of it, and its token works for 15 minutes. Nothing here is about our bot.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import fake_payloads as payloads
from aiohttp import web
from discord_api import COMPONENTS_V2, check_requests, check_schema
from fake_gateway import Gateway, Session
from fake_payloads import Channel, Interaction, snowflake

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "fake.token.of-a-bot"  # noqa: S105 - of nobody
APPLICATION = "900000000000000001"
ME = payloads.user("pullquote", user_id=APPLICATION, bot=True)
ACKNOWLEDGE_WITHIN, TOKEN_LASTS = 3.0, 15 * 60.0
EPHEMERAL, LOADING = 1 << 6, 1 << 7
VIA = {"Via": "1.1 google"}
"""What tells a 429 of Discord's own from one of whatever stands before it."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in, and the status that it was answered with (0: cut)."""

    method: str
    path: str
    json: Any
    headers: dict[str, str]
    at: float
    status: int = 0


@dataclass
class Fault:
    """What goes wrong with the next `times` requests of a kind (None: with all of them).

    With `carried_out`, the request does what it should, and only its reply is replaced.
    """

    method: str
    path: str
    times: int | None = 1
    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    carried_out: bool = False
    seconds: float = 0.0
    met: int = 0


class Refusal(Exception):
    """A status and a code of Discord's."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Bucket:
    """A rate limit: so many requests in so many seconds."""

    limit: int
    seconds: float
    left: int = 0
    until: float = 0.0

    def take(self) -> bool:
        now = time.monotonic()
        if now >= self.until:
            self.left, self.until = self.limit, now + self.seconds
        self.left -= 1
        return self.left >= 0

    def headers(self, name: str) -> dict[str, str]:
        after = max(0.0, self.until - time.monotonic())
        return {
            "X-RateLimit-Bucket": name,
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.left)),
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
        }


class FakeDiscord:
    """One server with a channel, somebody in it, and a bot that may log in."""

    def __init__(self) -> None:
        self.gateway = Gateway(TOKEN, ready=self._ready, changed=self.tell)
        self.owner = payloads.user("owner")
        self.guild_id = snowflake()
        self.role_id = snowflake()
        """The role that Discord made for the bot when it was invited."""
        self.people: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, Channel] = {}
        self.channel = self.add_channel("news")
        self.other_guilds: list[dict[str, Any]] = []
        self.shards = 1
        self.starts_left = 1000
        self.requests: list[Received] = []
        self.faults: list[Fault] = []
        self.interactions: dict[str, Interaction] = {}
        self.commands: list[dict[str, Any]] = []
        self.limits: dict[str, tuple[int, float]] = {}
        self.broken: list[str] = []
        self.refuses_direct_messages = False
        self.locale = "en-US"
        """What everybody's own Discord is set to."""
        self._buckets: dict[str, Bucket] = {}
        self._nonces: dict[tuple[str, str], dict[str, Any]] = {}
        self._offset = 0.0
        self._pulse = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**26)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_route("*", "/api/v10{path:/.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{port}"
        self.gateway.address = f"ws://{host}:{port}/gateway"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        self.gateway.cut()
        await self._runner.cleanup()

    # What a test says and asks.

    def now(self) -> float:
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Move Discord's clock on."""
        self._offset += seconds

    def tell(self) -> None:
        """Let whoever waits look again."""
        self._pulse.set()

    async def until(self, true: Callable[[], Any], *, seconds: float = 15.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(seconds):
            while not true():
                self._pulse.clear()
                await self._pulse.wait()

    def fail(self, method: str, path: str, **how: Any) -> Fault:
        """Let requests of a kind go wrong; `path` is a pattern for the whole path."""
        fault = Fault(method, path, **how)
        self.faults.append(fault)
        return fault

    def sent(self, method: str, path: str = ".*") -> list[Received]:
        """The requests of a kind, in their order."""
        return [r for r in self.requests if r.method == method and re.fullmatch(path, r.path)]

    def add_channel(self, name: str, **more: Any) -> Channel:
        channel = Channel(name, self.guild_id, **more)
        self.channels[channel.id] = channel
        return channel

    def direct(self, user: dict[str, Any]) -> Channel:
        """The direct messages between the bot and somebody."""
        for channel in self.channels.values():
            if channel.recipient is not None and channel.recipient["id"] == user["id"]:
                return channel
        channel = Channel("", None, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def remove_channel(self, channel: Channel) -> None:
        del self.channels[channel.id]

    def somebody(self) -> dict[str, Any]:
        """A person who has not asked before, so that no cooldown applies."""
        person = payloads.user("alice")
        self.people[person["id"]] = person
        return person

    async def say(
        self,
        channel: Channel,
        text: str,
        *,
        mention: bool = True,
        by: dict[str, Any] | None = None,
        reply_to: dict[str, Any] | None = None,
        role: bool = False,
    ) -> dict[str, Any]:
        """Let somebody write a message.

        In a server the bot is given its text only where it is mentioned, by the message or by
        the ping of a reply: `role` mentions its role, which is another thing.
        """
        by = by or channel.recipient or self.somebody()
        said = payloads.message(channel, by, self.now(), {"content": text})
        if mention:
            said["content"] = f"<@{APPLICATION}> {text}"
            said["mentions"] = [{**ME, "member": payloads.member()}]
        if channel.guild_id is not None:
            said |= {"guild_id": channel.guild_id, "member": payloads.member()}
            if not mention:
                said["content"] = ""
            if role:
                said["mention_roles"] = [self.role_id]
        if reply_to is not None:
            said |= {
                "type": 19,
                "message_reference": {
                    "type": 0,
                    "channel_id": channel.id,
                    "message_id": reply_to["id"],
                    "guild_id": channel.guild_id,
                },
                "referenced_message": reply_to,
            }
        channel.messages.append(said)
        await self.gateway.dispatch("MESSAGE_CREATE", said)
        return said

    async def slash(
        self,
        name: str,
        *,
        channel: Channel | None = None,
        late: float = 0.0,
        fails: tuple[str, dict[str, Any]] | None = None,
        session: Session | None = None,
        installed: int | None = None,
        **options: Any,
    ) -> Interaction:
        """Let somebody use a command; it reaches the bot `late`, in seconds.

        `fails` is what goes wrong with its own requests of one method. `installed` is the
        kind of place (Discord's "context") where somebody has brought the app themselves.
        """
        kinds = {str: 3, int: 4, bool: 5}
        given = [
            {"name": key, "type": kinds[type(value)], "value": value}
            for key, value in options.items()
        ]
        ids = [command["id"] for command in self.commands if command["name"] == name]
        data = {"id": ids[0] if ids else "1", "name": name, "type": 1, "options": given}
        one = self._open(channel or self.channel, self.somebody(), late)
        if fails is not None:
            one.fault = self.fail(fails[0], f"/.*/{one.token}/.*", **fails[1])
        more: dict[str, Any] = {}
        if installed is not None:
            owners = {"1": one.asker["id"]}
            more = {"context": installed, "authorizing_integration_owners": owners}
        await self._hand_over(one, 2, data, session, **more)
        return one

    async def choose(
        self, name: str, message: dict[str, Any], *, by: dict[str, Any]
    ) -> Interaction:
        """Let somebody choose an entry of a message's menu."""
        (number,) = [command["id"] for command in self.commands if command["name"] == name]
        data = {"id": number, "name": name, "type": 3, "target_id": message["id"]}
        data["resolved"] = {"messages": {message["id"]: message}}
        one = self._open(self.channels[message["channel_id"]], by, 0.0)
        await self._hand_over(one, 2, data, None)
        return one

    async def click(
        self, message: dict[str, Any], custom_id: str, *, by: dict[str, Any]
    ) -> Interaction:
        """Let somebody press a button."""
        data = {"custom_id": custom_id, "component_type": 2, "id": 1}
        channel = self.channels[message["channel_id"]]
        one = self._open(channel, by, 0.0)
        await self._hand_over(one, 3, data, None, message=message)
        return one

    def _open(self, channel: Channel, by: dict[str, Any], late: float) -> Interaction:
        created = self.now() - late
        one = Interaction(snowflake(created), secrets.token_hex(20), created, channel, by)
        self.interactions[one.token] = one
        return one

    async def _hand_over(
        self,
        one: Interaction,
        kind: int,
        data: dict[str, Any],
        session: Session | None,
        **more: Any,
    ) -> None:
        event = payloads.interaction(one, APPLICATION, kind, data, locale=self.locale, **more)
        await self.gateway.dispatch("INTERACTION_CREATE", event, session=session)

    # What the bot says.

    def home(self) -> dict[str, Any]:
        """The server that the channels are of."""
        channels = [c.payload() for c in self.channels.values() if c.guild_id is not None]
        home = payloads.guild(self.guild_id, ME, channels)
        home["roles"].append(
            payloads.role(self.role_id, "Pullquote")
            | {"managed": True, "tags": {"bot_id": APPLICATION}, "position": 1}
        )
        return home

    def _ready(self, session: Session) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        shard_id, shard_count = session.shard
        guilds = [self.home(), *self.other_guilds]
        mine = [g for g in guilds if (int(g["id"]) >> 22) % shard_count == shard_id]
        ready = {
            "v": 10,
            "user": ME,
            "guilds": [{"id": guild["id"], "unavailable": True} for guild in mine],
            "session_id": session.id,
            "resume_gateway_url": self.gateway.address,
            "shard": list(session.shard),
            "application": {"id": APPLICATION, "flags": 0},
        }
        return ready, mine

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method, path = request.method, request.match_info["path"]
        raw = await request.read()
        body = json.loads(raw) if raw else None
        received = Received(method, path, body, dict(request.headers), time.monotonic())
        self._check(received)
        fault = self._fault_for(method, path)
        if fault is not None and not fault.carried_out:
            return await self._go_wrong(fault, request, received)
        status, value, headers = self._answer(request, method, path, body)
        if fault is not None:
            return await self._go_wrong(fault, request, received)
        self._note(received, status)
        return self._reply(status, value, headers)

    def _answer(
        self, request: web.Request, method: str, path: str, body: Any
    ) -> tuple[int, Any, dict[str, str]]:
        name, bucket = self._bucket(method, path)
        fits = bucket.take()
        headers = {**VIA, **bucket.headers(name)}
        if not fits:
            after = max(0.0, bucket.until - time.monotonic())
            told = {"message": "You are being rate limited.", "retry_after": after, "global": False}
            return 429, told, {**headers, "Retry-After": str(after)}
        by_token = re.match(r"/(webhooks|interactions)/", path)
        if not by_token and request.headers.get("Authorization") != f"Bot {TOKEN}":
            return 401, {"code": 0, "message": "401: Unauthorized"}, headers
        try:
            return *self._route(method, path, body), headers
        except Refusal as refusal:
            return refusal.status, {"code": refusal.code, "message": refusal.message}, headers

    def _check(self, received: Received) -> None:
        try:
            check_requests([received])
        except Exception as error:  # noqa: BLE001 - the test says it, at its end
            self.broken.append(f"{received.method} {received.path}: {error}")

    def _note(self, received: Received, status: int) -> None:
        self.requests.append(
            Received(
                received.method,
                received.path,
                received.json,
                received.headers,
                received.at,
                status,
            )
        )
        self.tell()

    def _fault_for(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            left = fault.times is None or fault.met < fault.times
            if left and fault.method == method and re.fullmatch(fault.path, path):
                fault.met += 1
                return fault
        return None

    async def _go_wrong(
        self, fault: Fault, request: web.Request, received: Received
    ) -> web.StreamResponse:
        self._note(received, fault.status)
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault.status:
            return self._reply(
                fault.status, fault.body, fault.headers, content_type=fault.content_type
            )
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    def _bucket(self, method: str, path: str) -> tuple[str, Bucket]:
        name = f"{method} {re.sub(r'(?<=/messages/).*', '*', path)}"
        if name not in self._buckets:
            limit = next(
                (of for pattern, of in self.limits.items() if re.fullmatch(pattern, name)),
                (1000, 1.0),
            )
            self._buckets[name] = Bucket(*limit)
        return name, self._buckets[name]

    def _reply(
        self,
        status: int,
        value: Any,
        headers: dict[str, str],
        *,
        content_type: str = "application/json",
    ) -> web.Response:
        if status == 204:
            return web.Response(status=204, headers=headers)
        text = value if isinstance(value, str) else json.dumps(value)
        # Exactly this: discord.py takes anything else for text.
        headers = {**headers, "Content-Type": content_type}
        return web.Response(status=status, body=text.encode(), headers=headers)

    def _route(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        for verb, pattern, handler in _ROUTES:
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                result: tuple[int, Any] = handler(self, *found.groups(), body)
                return result
        self.broken.append(f"{method} {path} is not known here")
        raise Refusal(404, 0, "404: Not Found")

    def _me(self, _: Any) -> tuple[int, Any]:
        return 200, {**ME, "mfa_enabled": True, "locale": "en-US"}

    def _application(self, _: Any) -> tuple[int, Any]:
        return 200, {
            "id": APPLICATION,
            "name": "Pullquote",
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "owner": self.owner,
            "team": None,
            "rpc_origins": [],
            "summary": "",
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "approximate_guild_count": 1,
        }

    def _gateway_bot(self, _: Any) -> tuple[int, Any]:
        start = {
            "total": 1000,
            "remaining": self.starts_left,
            "reset_after": 1500,
            "max_concurrency": self.gateway.max_concurrency,
        }
        found = {"url": self.gateway.address, "shards": self.shards, "session_start_limit": start}
        check_schema("GatewayBotResponse", found)
        return 200, found

    def _tell_commands(self, body: Any) -> tuple[int, Any]:
        # Discord tells a description of every command: that of a message's menu entry is "".
        self.commands = [
            {
                "description": "",
                "default_member_permissions": None,
                **command,
                "id": snowflake(),
                "application_id": APPLICATION,
                "version": snowflake(),
            }
            for command in body
        ]
        return 200, self.commands

    def _open_direct(self, body: Any) -> tuple[int, Any]:
        person = self.people.get(str(body["recipient_id"]))
        if person is None:
            raise Refusal(400, 50033, "Invalid Recipient(s)")
        opened = self.direct(person).payload()
        check_schema("PrivateChannelResponse", opened)
        return 200, opened

    def _channel_for(self, channel_id: str, needed: int) -> Channel:
        channel = self.channels.get(channel_id)
        if channel is None:
            raise Refusal(404, 10003, "Unknown Channel")
        if channel.denied & payloads.VIEW:
            raise Refusal(403, 50001, "Missing Access")
        if channel.denied & needed:
            raise Refusal(403, 50013, "Missing Permissions")
        return channel

    def _type(self, channel_id: str, _: Any) -> tuple[int, Any]:
        self._channel_for(channel_id, payloads.SEND)
        return 204, None

    def _send(self, channel_id: str, body: Any) -> tuple[int, Any]:
        needed = payloads.SEND | (payloads.EMBED if body.get("embeds") else 0)
        channel = self._channel_for(channel_id, needed)
        if channel.guild_id is None and self.refuses_direct_messages:
            raise Refusal(403, 50007, "Cannot send messages to this user")
        known = self._nonces.get((channel_id, str(body.get("nonce"))))
        if body.get("enforce_nonce") and known is not None:
            return 200, known
        reference = body.get("message_reference")
        if reference is not None:
            if channel.denied & payloads.HISTORY:
                raise Refusal(
                    400, 160002, "Cannot reply without permission to read message history"
                )
            there = any(m["id"] == str(reference["message_id"]) for m in channel.messages)
            if not there and reference.get("fail_if_not_exists", True):
                raise Refusal(400, 50035, "Invalid Form Body")
        sent = payloads.message(channel, ME, self.now(), body)
        check_schema("MessageResponse", {**sent, "components": []})  # checked as they came
        channel.messages.append(sent)
        if "nonce" in body:
            self._nonces[channel_id, str(body["nonce"])] = sent
        return 200, sent

    def _edit(self, channel_id: str, message_id: str, body: Any) -> tuple[int, Any]:
        channel = self._channel_for(channel_id, 0)
        for message in channel.messages:
            if message["id"] == message_id:
                self._check_kind(message, body)
                message.update({key: value for key, value in body.items() if value is not None})
                return 200, message
        raise Refusal(404, 10008, "Unknown Message")

    def _check_kind(self, message: dict[str, Any], body: Any) -> None:
        """A message of components stays one: it takes neither text nor embeds any more."""
        flags = message["flags"] | (body.get("flags") or 0)
        if flags & COMPONENTS_V2 and (body.get("content") or body.get("embeds")):
            raise Refusal(400, 50035, "Invalid Form Body")

    def _call_back(self, number: str, token: str, body: Any) -> tuple[int, Any]:
        one = self.interactions.get(token)
        if one is None or one.id != number:
            raise Refusal(404, 10062, "Unknown interaction")
        if one.acknowledged is not None:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        if self.now() - one.created > ACKNOWLEDGE_WITHIN:
            raise Refusal(404, 10062, "Unknown interaction")
        one.acknowledged = self.now()
        data = body.get("data") or {}
        value: dict[str, Any] = {
            "interaction": {"id": one.id, "type": 2, "response_message_loading": False}
        }
        if body["type"] in (4, 5):
            one.private = bool(data.get("flags", 0) & EPHEMERAL)
            reply = self._reply_to(one, data)
            one.original = reply["id"]
            reply["flags"] |= LOADING if body["type"] == 5 else 0
            value["interaction"]["response_message_id"] = reply["id"]
            if body["type"] == 4:  # the published API lists no resource for a deferral
                value["resource"] = {"type": 4, "message": reply}
        check_schema("InteractionCallbackResponse", value)
        return 200, value

    def _reply_to(self, one: Interaction, body: Any) -> dict[str, Any]:
        reply = payloads.message(one.channel, ME, self.now(), body)
        reply["flags"] |= EPHEMERAL if one.private else 0
        check_schema("MessageResponse", {**reply, "components": []})  # checked as they came
        one.replies[reply["id"]] = reply
        return reply

    def _token(self, token: str) -> Interaction:
        one = self.interactions.get(token)
        if one is None or one.acknowledged is None:
            raise Refusal(404, 10015, "Unknown Webhook")
        if self.now() - one.created > TOKEN_LASTS:
            raise Refusal(401, 50027, "Invalid Webhook Token")
        if one.channel.id not in self.channels:
            raise Refusal(404, 10003, "Unknown Channel")
        return one

    def _follow_up(self, token: str, body: Any) -> tuple[int, Any]:
        return 200, self._reply_to(self._token(token), body)

    def _edit_reply(self, token: str, which: str, body: Any) -> tuple[int, Any]:
        one = self._token(token)
        reply = one.replies.get(str(one.original) if which == "@original" else which)
        if reply is None:
            raise Refusal(404, 10008, "Unknown Message")
        self._check_kind(reply, body)
        edited = payloads.message(one.channel, ME, self.now(), {**reply, **body})
        reply.update(
            {k: edited[k] for k in ("content", "embeds", "components")},
            flags=(reply["flags"] | body.get("flags", 0)) & ~LOADING,
            edited_timestamp=payloads.timestamp(self.now()),
        )
        check_schema("MessageResponse", {**reply, "components": []})  # checked as they came
        return 200, reply

    def _show_reply(self, token: str, which: str, _: Any) -> tuple[int, Any]:
        one = self._token(token)
        reply = one.replies.get(str(one.original) if which == "@original" else which)
        if reply is None:
            raise Refusal(404, 10008, "Unknown Message")
        return 200, reply

    def _remove_reply(self, token: str, which: str, _: Any) -> tuple[int, Any]:
        one = self._token(token)
        one.replies.pop(str(one.original) if which == "@original" else which, None)
        return 204, None


_ROUTES: tuple[tuple[str, str, Callable[..., tuple[int, Any]]], ...] = (
    ("GET", r"/users/@me", FakeDiscord._me),
    ("GET", r"/oauth2/applications/@me|/applications/@me", FakeDiscord._application),
    ("GET", r"/gateway/bot", FakeDiscord._gateway_bot),
    ("PUT", r"/applications/\d+/(?:guilds/\d+/)?commands", FakeDiscord._tell_commands),
    ("POST", r"/users/@me/channels", FakeDiscord._open_direct),
    ("POST", r"/channels/(\d+)/typing", FakeDiscord._type),
    ("POST", r"/channels/(\d+)/messages", FakeDiscord._send),
    ("PATCH", r"/channels/(\d+)/messages/(\d+)", FakeDiscord._edit),
    ("POST", r"/interactions/(\d+)/(\w+)/callback", FakeDiscord._call_back),
    ("POST", r"/webhooks/\d+/(\w+)", FakeDiscord._follow_up),
    ("PATCH", r"/webhooks/\d+/(\w+)/messages/([@\w]+)", FakeDiscord._edit_reply),
    ("GET", r"/webhooks/\d+/(\w+)/messages/([@\w]+)", FakeDiscord._show_reply),
    ("DELETE", r"/webhooks/\d+/(\w+)/messages/([@\w]+)", FakeDiscord._remove_reply),
)
