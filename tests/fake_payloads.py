"""What Discord writes: users, servers, channels, messages and interactions, as JSON values."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

EPOCH = 1_420_070_400_000
SEND, EMBED, VIEW, HISTORY = 1 << 11, 1 << 14, 1 << 10, 1 << 16
ALLOWED = SEND | EMBED | VIEW | HISTORY | 1 << 31 | 1 << 38
"""What the bot may do in a channel, until a test takes something away."""

_numbers = itertools.count()


def snowflake(when: float | None = None) -> str:
    """An id that tells when it was given, as Discord's do."""
    ms = int((time.time() if when is None else when) * 1000) - EPOCH
    return str(ms << 22 | next(_numbers) & 0x3FFFFF)


def timestamp(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).isoformat()


def user(name: str, *, user_id: str | None = None, bot: bool = False) -> dict[str, Any]:
    return {
        "id": user_id or snowflake(),
        "username": name,
        "global_name": name.title(),
        "discriminator": "0",
        "avatar": None,
        "bot": bot,
        "flags": 0,
        "public_flags": 0,
        "primary_guild": None,
    }


def member(of: dict[str, Any] | None = None) -> dict[str, Any]:
    """A member; `of` is left out in messages, which name the author already."""
    value: dict[str, Any] = {
        "roles": [],
        "joined_at": "2024-01-01T00:00:00+00:00",
        "premium_since": None,
        "nick": None,
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    return value if of is None else {**value, "user": of}


@dataclass
class Channel:
    """A channel of a server, or (without a server) a direct message's."""

    name: str
    guild_id: str | None = None
    id: str = field(default_factory=snowflake)
    denied: int = 0
    recipient: dict[str, Any] | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)

    def payload(self) -> dict[str, Any]:
        if self.guild_id is None:
            assert self.recipient is not None
            return {"id": self.id, "type": 1, "flags": 0, "recipients": [self.recipient]}
        return {
            "id": self.id,
            "type": 0,
            "flags": 0,
            "guild_id": self.guild_id,
            "name": self.name,
            "position": 0,
            "parent_id": None,
            "permission_overwrites": [],
            "topic": None,
            "nsfw": False,
            "last_message_id": None,
            "rate_limit_per_user": 0,
        }


def role(role_id: str, name: str, *, permissions: int = ALLOWED) -> dict[str, Any]:
    return {
        "id": role_id,
        "name": name,
        "description": None,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "managed": False,
        "mentionable": False,
        "permissions": str(permissions),
        "position": 0,
        "flags": 0,
    }


def guild(guild_id: str, me: dict[str, Any], channels: list[dict[str, Any]]) -> dict[str, Any]:
    """What a GUILD_CREATE holds where neither members nor presences are asked for."""
    return {
        "id": guild_id,
        "name": "Newsroom",
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "owner_id": "1",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "roles": [role(guild_id, "@everyone")],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "public_updates_channel_id": None,
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "safety_alerts_channel_id": None,
        "joined_at": "2024-01-01T00:00:00+00:00",
        "large": False,
        "unavailable": False,
        "member_count": 3,
        "voice_states": [],
        "members": [member(me)],
        "channels": channels,
        "threads": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message(
    channel: Channel, author: dict[str, Any], when: float, body: dict[str, Any]
) -> dict[str, Any]:
    """A message as Discord gives it back, from what was sent."""
    reference = body.get("message_reference")
    return {
        "id": snowflake(when),
        "channel_id": channel.id,
        "type": 19 if reference else 0,
        "author": author,
        "content": body.get("content") or "",
        "timestamp": timestamp(when),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [{"type": "rich", **embed} for embed in body.get("embeds") or []],
        "components": body.get("components") or [],
        "pinned": False,
        "flags": body.get("flags", 0),
        **({"nonce": body["nonce"]} if "nonce" in body else {}),
    }


@dataclass
class Interaction:
    """A command (or a click) that Discord handed to the bot, and what became of it."""

    id: str
    token: str
    created: float
    channel: Channel
    asker: dict[str, Any]
    acknowledged: float | None = None
    private: bool = False
    original: str | None = None
    """The id of the message that stands in the deferral's place."""
    replies: dict[str, dict[str, Any]] = field(default_factory=dict)
    fault: Any = None

    @property
    def reply(self) -> dict[str, Any]:
        """What the asker sees in the deferral's place."""
        assert self.original is not None, "never acknowledged"
        return self.replies[self.original]

    @property
    def answered(self) -> bool:
        """Whether something other than "thinking …" is to be seen."""
        return self.original in self.replies and not self.reply["flags"] & 1 << 7


def interaction(
    one: Interaction, application_id: str, kind: int, data: dict[str, Any], **more: Any
) -> dict[str, Any]:
    channel = one.channel
    where: dict[str, Any] = {"context": 1, "user": one.asker}
    if channel.guild_id is not None:
        where = {
            "context": 0,
            "guild_id": channel.guild_id,
            "guild": {"id": channel.guild_id, "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": {**member(one.asker), "permissions": str(ALLOWED)},
        }
    return {
        "id": one.id,
        "application_id": application_id,
        "type": kind,
        "token": one.token,
        "version": 1,
        "locale": "en-US",
        "channel_id": channel.id,
        "channel": {**channel.payload(), "permissions": str(ALLOWED)},
        "app_permissions": str(ALLOWED),
        "authorizing_integration_owners": {"0": channel.guild_id or "0"},
        "entitlements": [],
        "attachment_size_limit": 10_485_760,
        "data": data,
        **where,
        **more,
    }
