"""Buttons under answers: the paragraph around, more, sharing, and whether it helped.

Under a refusal that others see: the nearest sentence, for whoever presses alone.

A button's custom id names what is done and a row of `bot.shown`; nothing else is kept, so
that a button works after a restart. Each press looks everything up again: the row, whether
it is theirs, and what its place may see now. Whatever does not belong to who pressed is
refused in the words in which a button is that names nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

import discord

from bot.answers.answer import Answer, Citation, NoAnswer
from bot.chat import delivery, faults, texts
from bot.chat.cards import heading_of
from bot.chat.database import Unavailable
from bot.chat.languages import say, speaking
from bot.chat.limits import CoolingDown, NotHere
from bot.chat.markdown import bounded, escape, label
from bot.chat.recall import Refused, recall
from bot.chat.render import (
    render_answer,
    render_checks,
    render_context,
    render_nearest,
    render_replies,
)
from bot.chat.shown import CitedPlace
from bot.chat.verdicts import edition, page_hash, page_of
from bot.chat.views import anew, message_of

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from bot.answers.answer import Check, Reply
    from bot.chat.cards import Page
    from bot.chat.client import PullquoteBot, Seen
    from bot.chat.shown import Kind, Shown
    from bot.chat.views import Message

Act = Literal["context", "more", "share", "yes", "no", "nearest"]

SHOWN = 3
"""Citations that an answer shows at once; further ones are behind "More"."""
WITHIN = 1.0
"""Seconds that a slow database may hold an answer up; it then goes without buttons."""
NAME = 100

_LABELS: dict[Act, tuple[str, str]] = {
    "context": (texts.BUTTON_CONTEXT, "📄"),
    "more": (texts.BUTTON_MORE, "➕"),
    "share": (texts.BUTTON_SHARE, "📢"),
    "yes": (texts.BUTTON_HELPFUL, "👍"),
    "no": (texts.BUTTON_NOT_HELPFUL, "👎"),
    "nearest": (texts.BUTTON_NEAREST, "🔎"),
}


@dataclass(frozen=True, slots=True)
class Keepable:
    """Pages to show, and what to keep of them so that buttons can stand below.

    `alone` are those for somebody who is alone, where they need no buttons.
    """

    pages: Sequence[Page]
    kind: Kind
    question: str
    citations: tuple[CitedPlace, ...]
    alone: Sequence[Page] = ()
    edition: str | None = None
    """Of a verdict: the articles that it was made from (see `verdicts.py`)."""


@dataclass(frozen=True, slots=True)
class Place:
    """For whom something is shown, and where; `alone`: where nobody else could see it."""

    asker: int
    guild_id: int | None
    channel_id: int | None
    private: bool
    seen: Seen
    """What could be seen there (`client.seen_at`) before what is shown was looked up."""
    alone: bool = False


def keepable(*replies: Reply) -> Keepable | tuple[Page, ...]:
    """What the questions of a message led to as pages, with what their buttons need.

    One answer has buttons of its own; refusals offer what came nearest instead of showing it.
    """
    if len(replies) == 1 and isinstance(replies[0], Answer):
        return _kept(replies[0].citations, replies[0], replies[0].question)
    whole = render_replies(replies)
    nearest = [
        citation for one in replies if isinstance(one, NoAnswer) for citation in one.nearest[:1]
    ]
    if not nearest:
        return whole
    brief = [replace(one, nearest=()) if isinstance(one, NoAnswer) else one for one in replies]
    cited = tuple(map(CitedPlace.of, nearest))
    return Keepable(render_replies(brief), "refusal", "", cited, alone=whole)


def keepable_checks(checks: Sequence[Check], made_from: str) -> Keepable:
    """Verdicts as pages; `made_from` is the `edition` of the articles before they were made."""
    return Keepable(render_checks(checks), "check", "", (), edition=made_from)


def _kept(citations: Sequence[Citation], answer: Answer, question: str) -> Keepable:
    pages = render_answer(replace(answer, citations=tuple(citations[:SHOWN])))
    return Keepable(pages, "answer", question, tuple(map(CitedPlace.of, citations)))


class Below(discord.ui.Button[Any]):
    """A button as it is sent. It has no part in dispatching, which `AnswerButton` does for all.

    Were an `AnswerButton` itself in a view that expires, discord.py would forget the whole
    class with it, and no button under any message would work any more.
    """

    def __init__(self, act: Act, token: str) -> None:
        named, emoji = _LABELS[act]
        super().__init__(label=say(named), emoji=emoji, custom_id=f"pq:{act}:{token}")

    def is_dispatchable(self) -> bool:
        """Never: no view listens for it."""
        return False


def acts_for(bot: PullquoteBot, kept: Keepable, place: Place) -> tuple[Act, ...]:
    """What can be done with what is shown; shared is where the bot itself may be able to post."""
    if kept.kind == "refusal":
        return () if kept.alone and (place.private or place.alone) else ("nearest",)
    share: list[Act] = ["share"] if place.private and bot.is_in(place.guild_id) else []
    if kept.kind == "check":
        return tuple(share)
    more: list[Act] = ["more"] if len(kept.citations) > SHOWN else []
    return ("context", *more, *share, "yes", "no")


async def ready(
    bot: PullquoteBot,
    shown: Keepable | Sequence[Page],
    place: Place,
    *,
    above: str | None = None,
) -> tuple[Message, str | None]:
    """Pages as a message in the place's style, and the token of the row that its buttons name.

    `above` is a line of ours over them. This never raises.
    """
    pages = shown.pages if isinstance(shown, Keepable) else shown
    token = None
    below: tuple[Below, ...] = ()
    if isinstance(shown, Keepable):
        if acts := acts_for(bot, shown, place):
            token = await _keep(bot, shown, place)
        elif shown.alone:
            pages = shown.alone
        below = tuple(Below(act, token) for act in acts) if token is not None else ()
    style = bot.servers.of(place.guild_id).style
    owner, seen = place.asker, place.seen
    return message_of(pages, style, owner=owner, seen=seen, lasting=below, above=above), token


async def note_sent(bot: PullquoteBot, token: str | None, sent: discord.Message | None) -> None:
    """Keep which message it became, where that is one whose buttons can be taken away."""
    if token is None or sent is None or sent.flags.ephemeral:
        return
    if sent.guild is None or bot.is_in(sent.guild.id):
        await bot.shown.sent(token, channel_id=sent.channel.id, message_id=sent.id)


async def _keep(bot: PullquoteBot, kept: Keepable, place: Place) -> str | None:
    style = bot.servers.of(place.guild_id).style
    keeping = bot.shown.keep(
        kind=kept.kind,
        question=kept.question or None,
        asker=place.asker,
        guild_id=place.guild_id,
        channel_id=place.channel_id,
        private=place.private,
        citations=kept.citations,
        edition=kept.edition,
        pages=[page_hash(page, style) for page in kept.pages] if kept.edition else (),
    )
    with contextlib.suppress(TimeoutError):
        return await asyncio.wait_for(keeping, WITHIN)
    return None


class AnswerButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"pq:(?P<act>context|more|share|yes|no|nearest):(?P<token>[A-Za-z0-9_-]{20})",
):
    """Whatever of ours is pressed, under whichever message."""

    def __init__(self, button: discord.ui.Button[Any], act: Act, token: str) -> None:
        super().__init__(button)
        self._act = act
        self._token = token

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> AnswerButton:
        """The button of a custom id."""
        button = cast("discord.ui.Button[Any]", item)
        return cls(button, cast("Act", match["act"]), match["token"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what it says, or say why not."""
        if self._act == "share":
            await _share(interaction, self._token, self.view)
            return
        try:
            _may_press(interaction, counted=self._act not in {"yes", "no"})
            await delivery.defer(interaction, private=True)
            await _answer(interaction, self._act, self._token)
        except Exception as error:  # noqa: BLE001 - faults.py tells bugs from hiccups
            await faults.tell(interaction, error)


def _may_press(interaction: discord.Interaction[PullquoteBot], *, counted: bool) -> None:
    """Raise `NotHere` or `CoolingDown` for whom a command would be turned away."""
    bot = interaction.client
    if (elsewhere := bot.elsewhere(interaction)) is not None:
        raise NotHere(elsewhere)
    if not counted:
        return
    wait = bot.cooldowns.take(
        user=interaction.user.id, server=interaction.guild_id, now=time.monotonic()
    )
    if wait is not None:
        raise CoolingDown(wait)


async def _answer(interaction: discord.Interaction[PullquoteBot], act: Act, token: str) -> None:
    bot = interaction.client
    try:
        shown = await _find(interaction, act, token)
        if act in {"yes", "no"}:
            noted = await bot.feedback.helpful(token, interaction.user.id, act == "yes")
            said = say(texts.THANKS if noted else texts.NOT_NOTED)
            await delivery.put(interaction, private=True, content=said)
            return
        if act == "context":
            await _show_context(interaction, shown)
        elif act == "nearest":
            await _show_nearest(interaction, shown)
        else:
            await _show_more(interaction, shown)
    except Refused as refused:
        await delivery.put(interaction, private=True, content=say(str(refused)))


async def _find(interaction: discord.Interaction[PullquoteBot], act: Act, token: str) -> Shown:
    """The row, if it is one for this act, place and person; citations out of scope stay in it.

    Raises `Refused`, in the same words whatever it is that does not fit.
    """
    shown = await interaction.client.shown.find(token)
    if (
        shown is None
        or (act == "nearest") is not (shown.kind == "refusal")
        or (shown.kind == "check" and act != "share")
        or shown.within(interaction.client.scope_at(interaction), guild_id=interaction.guild_id)
        is None
        or (shown.channel_id is not None and shown.channel_id != interaction.channel_id)
        or (shown.private and shown.asker != interaction.user.id)
    ):
        raise Refused(texts.BUTTON_GONE)
    return shown


async def _show_context(interaction: discord.Interaction[PullquoteBot], shown: Shown) -> None:
    seen = interaction.client.seen_at(interaction)
    citations, changed = await recall(interaction.client, shown.citations[:SHOWN], seen[-1])
    await _show(interaction, render_context(citations), seen, above=changed)


async def _show_nearest(interaction: discord.Interaction[PullquoteBot], shown: Shown) -> None:
    seen = interaction.client.seen_at(interaction)
    citations, changed = await recall(interaction.client, shown.citations, seen[-1])
    await _show(interaction, render_nearest(citations), seen, above=changed)


async def _show_more(interaction: discord.Interaction[PullquoteBot], shown: Shown) -> None:
    """Show the next best as a private answer of its own, with buttons of its own."""
    if shown.asker != interaction.user.id:
        raise Refused(texts.NOT_YOURS)
    seen = interaction.client.seen_at(interaction)
    citations, changed = await recall(interaction.client, shown.citations[SHOWN:], seen[-1])
    again = _again(citations, shown, interaction.message)
    await _show(interaction, again, seen, above=changed)


async def _show(
    interaction: discord.Interaction[PullquoteBot],
    what: Keepable | Sequence[Page],
    seen: Seen,
    *,
    above: str | None,
) -> None:
    """Show pages to whoever pressed alone."""
    asker, guild, channel = interaction.user.id, interaction.guild_id, interaction.channel_id
    place = Place(asker, guild, channel, private=True, seen=seen)
    message, _ = await ready(interaction.client, what, place, above=above)
    message.sent(await delivery.put(interaction, private=True, **message.options))


async def _share(
    interaction: discord.Interaction[PullquoteBot],
    token: str,
    view: discord.ui.View | discord.ui.LayoutView | None,
) -> None:
    """Post a private answer anew where it was given, once, and switch its button off."""
    try:
        _may_press(interaction, counted=True)
        await delivery.hold(interaction)
    except Exception as error:  # noqa: BLE001 - faults.py tells bugs from hiccups
        await faults.tell(interaction, error)
        return
    try:
        spent = await _post(interaction, token)
        if view is not None and spent:
            for item in view.walk_children():
                if getattr(item, "custom_id", None) == f"pq:share:{token}":
                    _switch_off(item)
            view.stop()  # so that it is sent, and does not take the place of the one that listens
            await interaction.edit_original_response(view=view)
    except Refused as refused:
        await delivery.beside(interaction, say(str(refused)))
    except discord.Forbidden:
        await delivery.beside(interaction, say(texts.CANNOT_SHARE))
    except Exception as error:  # noqa: BLE001 - faults.py tells bugs from hiccups
        if (said := faults.explain(error)) is not None:
            await delivery.beside(interaction, said)


async def _post(interaction: discord.Interaction[PullquoteBot], token: str) -> bool:
    """Post what was shown, once; whether nothing more of it can be shared."""
    bot = interaction.client
    shown = await _find(interaction, "share", token)
    channel_id = interaction.channel_id
    if shown.asker != interaction.user.id or not shown.private or not bot.is_in(shown.guild_id):
        raise Refused(texts.BUTTON_GONE)
    if channel_id is None or not _may_write(interaction, interaction.app_permissions):
        raise Refused(texts.CANNOT_SHARE)
    if not _may_write(interaction, interaction.permissions):
        raise Refused(texts.MAY_NOT_SHARE)
    name = escape(bounded(label, f"@{interaction.user.display_name}", NAME))
    page, new, pager = 0, None, None
    with speaking(bot.readers.everybody(interaction)):
        if shown.kind == "check":
            page, options = _verdict_again(interaction, shown, texts.shared_by(name))
        else:
            if shown.page:
                raise Refused(texts.SHARED_BEFORE)
            seen = bot.seen_at(interaction)
            citations, changed = await recall(bot, shown.citations, seen[-1])
            kept = _again(citations, shown, interaction.message)
            place = Place(shown.asker, shown.guild_id, channel_id, private=False, seen=seen)
            above = "\n".join(filter(None, (texts.shared_by(name), changed)))
            message, new = await ready(bot, kept, place, above=above)
            options, pager = message.options, message
    channel = bot.get_partial_messageable(channel_id, guild_id=shown.guild_id)
    await _take(bot, token, page)
    try:
        sent = await delivery.post(channel, **options)
    except BaseException:
        await bot.shown.give_back(token, page)
        raise
    if pager is not None:
        pager.sent(sent)
    await note_sent(bot, new, sent)
    return len(shown.pages) <= 1


def _may_write(interaction: discord.Interaction[Any], allowed: discord.Permissions) -> bool:
    """Whether permissions are enough for an answer in the channel of a click."""
    if isinstance(interaction.channel, discord.Thread):
        return allowed.send_messages_in_threads
    return allowed.send_messages


async def _take(bot: PullquoteBot, token: str, page: int) -> None:
    """Be the one press that shares a page. Raises `Refused` for every other."""
    try:
        if await bot.shown.take(token, page):
            return
    except Unavailable:
        raise Refused(texts.NOT_NOTED) from None
    raise Refused(texts.SHARED_BEFORE)


def _verdict_again(
    interaction: discord.Interaction[PullquoteBot], shown: Shown, above: str
) -> tuple[int, dict[str, Any]]:
    """The number of the verdict's page that stands in the message, and what to send of it.

    Raises `Refused` where it says something else than it did, or of other articles.
    """
    bot, message = interaction.client, interaction.message
    page = page_of(shown, message)
    if page is None or message is None:
        raise Refused(texts.BUTTON_GONE)
    if edition(bot.answers, bot.scope_at(interaction)) != shown.edition:
        raise Refused(texts.OTHER_ARTICLES)
    return page, anew(message, above)


def _again(
    citations: Sequence[Citation], shown: Shown, message: discord.Message | None
) -> Keepable:
    """An answer of these citations, under the question as it stands in our own message."""
    heading = heading_of(message) if message is not None else None
    question = shown.question or ""
    asked, showing = texts.asked_in(heading or "") if not question else (question, None)
    answer = Answer(asked, 0.0, tuple(citations), showing)
    return _kept(citations, answer, question)


def _switch_off(item: discord.ui.Item[Any]) -> None:
    button = item.item if isinstance(item, discord.ui.DynamicItem) else item
    if isinstance(button, discord.ui.Button):
        button.disabled = True
