"""What Discord accepts: its published schemas where they are at hand, and limits they lack."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SCHEMAS = Path(
    os.environ.get("DISCORD_OPENAPI")
    or Path(__file__).parents[2] / "shared" / "discord-openapi.json"
)

COMPONENTS_V2 = 1 << 15
ROW, BUTTON, TEXT_DISPLAY, SELECTS = 1, 2, 10, (3, 5, 6, 7, 8)

# Which schema the body of a request has to fit, by its method and path.
_BODIES = (
    ("POST", r"/channels/\d+/messages", "MessageCreateRequest"),
    ("PATCH", r"/channels/\d+/messages/\d+", "MessageEditRequestPartial"),
    ("PATCH", r"/webhooks/\d+/[^/]+/messages/[^/]+", "IncomingWebhookUpdateRequestPartial"),
    ("POST", r"/webhooks/\d+/[^/]+", "IncomingWebhookUpdateRequestPartial"),
    ("POST", r"/users/@me/channels", "CreatePrivateChannelRequest"),
    ("POST", r"/channels/\d+/threads", "CreateTextThreadWithoutMessageRequest"),
    ("PUT", r"/applications/\d+/(guilds/\d+/)?commands", "[ApplicationCommandUpdateRequest]"),
)
_CALLBACKS = {
    4: "CreateMessageInteractionCallbackRequest",
    5: "CreateMessageInteractionCallbackRequest",
    6: "UpdateMessageInteractionCallbackRequest",
    9: "ModalInteractionCallbackRequest",
    7: "UpdateMessageInteractionCallbackRequest",
    8: "ApplicationCommandAutocompleteCallbackRequest",
}


def units(text: str) -> int:
    """A text's length in UTF-16 units, which is never less than what Discord counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_requests(requests: Iterable[Any]) -> int:
    """Check each request that a bot made; how many bodies there were to check."""
    checked = 0
    for request in requests:
        if request.json is None:
            continue
        schema = _schema_for(request.method, request.path, request.json)
        if schema is not None:
            check_schema(schema, request.json)
        message = request.json.get("data") or request.json if _is_message(request) else None
        if message is not None:
            check_message(message)
        checked += 1
    return checked


def _is_message(request: Any) -> bool:
    return isinstance(request.json, dict) and request.json.get("type") not in {8, 9}


def _schema_for(method: str, path: str, body: Any) -> str | None:
    if path.endswith("/callback"):
        return _CALLBACKS[body["type"]]
    for verb, pattern, schema in _BODIES:
        if verb == method and re.fullmatch(pattern, path):
            return schema
    raise AssertionError(f"no schema is known for {method} {path}")


def check_message(message: dict[str, Any]) -> None:
    """The limits of a message, its embeds among them; nobody may be mentioned."""
    assert units(message.get("content") or "") <= 2000
    if "embeds" in message or "content" in message or "components" in message:
        mentions = message.get("allowed_mentions", {"parse": []})
        assert mentions["parse"] == []
        assert not any(mentions.get(key) for key in ("users", "roles", "replied_user"))
    check_components(message)
    embeds = message.get("embeds") or []
    assert len(embeds) <= 10
    for embed in embeds:
        assert embed.get("description") or embed.get("title") or embed.get("fields")
        assert units(embed.get("title") or "") <= 256
        assert units(embed.get("description") or "") <= 4096
        assert units((embed.get("footer") or {}).get("text") or "") <= 2048
        assert units((embed.get("author") or {}).get("name") or "") <= 256
        assert len(embed.get("fields") or []) <= 25
        for field in embed.get("fields") or []:
            assert 0 < units(field["name"]) <= 256
            assert 0 < units(field["value"]) <= 1024
    assert sum(units(text) for embed in embeds for text in _texts(embed)) <= 6000


def check_components(message: dict[str, Any]) -> None:
    """The limits of a message's components; and those of components are all that there is."""
    parts = list(_parts(message.get("components") or []))
    assert len(parts) <= 40
    if not (message.get("flags") or 0) & COMPONENTS_V2:
        assert {part["type"] for part in parts} <= {ROW, BUTTON, *SELECTS}
        assert len(message.get("components") or []) <= 5
    else:
        assert not message.get("content")
        assert not message.get("embeds")
        assert message["components"]
    ids = [part["id"] for part in parts if part.get("id")]
    assert len(set(ids)) == len(ids)
    named = [part["custom_id"] for part in parts if part.get("custom_id")]
    assert len(set(named)) == len(named)
    assert all(0 < len(name) <= 100 for name in named)
    for part in parts:
        if part["type"] == ROW:
            assert 1 <= len(part["components"]) <= 5
        if part["type"] == BUTTON:
            assert len(part.get("label") or "") <= 80
            assert len(part.get("url") or "") <= 512
    shown = [part["content"] for part in parts if part["type"] == TEXT_DISPLAY]
    assert all(text.strip() for text in shown)
    assert sum(map(units, shown)) <= 4000


def _parts(components: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in components:
        yield part
        yield from _parts(part.get("components") or [])
        if part.get("accessory"):
            yield part["accessory"]


def _texts(embed: dict[str, Any]) -> list[str]:
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    texts += [text for field in embed.get("fields") or [] for text in field.values()]
    return [text for text in texts if isinstance(text, str)]


def check_schema(name: str, value: Any) -> None:
    """Check a value against one of Discord's schemas; nothing where they are not at hand."""
    if not SCHEMAS.is_file():
        return
    values = value if name.startswith("[") else [_with_snowflakes(value)]
    for one in values:
        _validator(name.strip("[]")).validate(one)


def _with_snowflakes(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its ids as Discord writes them; discord.py sends numbers."""
    if "recipient_id" in body:
        return {**body, "recipient_id": str(body["recipient_id"])}
    if body.get("attachments"):
        files = [{**file, "id": str(file["id"])} for file in body["attachments"]]
        body = {**body, "attachments": files}
    if body.get("components"):
        body = {**body, "components": [_with_chosen(row) for row in body["components"]]}
    if isinstance(body.get("data"), dict):
        body = {**body, "data": _with_snowflakes(body["data"])}
    reference = body.get("message_reference")
    if not reference:
        return body
    ids = {key: str(value) for key, value in reference.items() if key.endswith("_id")}
    return {**body, "message_reference": {**reference, **ids}}


def _with_chosen(component: dict[str, Any]) -> dict[str, Any]:
    """A component with the ids of what is chosen in its selects as Discord writes them."""
    changed = dict(component)
    if component.get("components"):
        changed["components"] = [_with_chosen(one) for one in component["components"]]
    if component.get("default_values"):
        chosen = component["default_values"]
        changed["default_values"] = [{**one, "id": str(one["id"])} for one in chosen]
    return changed


@cache
def _validator(name: str) -> Draft202012Validator:
    document = json.loads(SCHEMAS.read_text(encoding="utf-8"))
    assert name in document["components"]["schemas"]
    return Draft202012Validator({**document, "$ref": f"#/components/schemas/{name}"})
