"""From an exception to what the person is told, in their language, in one place.

Three kinds: what a person can mend is said in its own words; hiccups of Discord and of a
full queue have a sentence each; anything else is our bug, which gets a traceback in the
log and a short apology in the channel. Nothing here raises.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.answers.service import SeveralArticles
from bot.chat import delivery, texts
from bot.chat.languages import say
from bot.chat.limits import CoolingDown, NotHere
from bot.chat.markdown import escape, shorten
from bot.chat.process import Lost
from bot.chat.worker import Busy, Stopping, TooSlow
from index.errors import (
    BuildLocked,
    CorpusError,
    DamagedIndex,
    EmbedderMismatch,
    IncompatibleIndex,
    MissingExtra,
    NoIndex,
    OutdatedStore,
    StoreUnreachable,
    UnknownArticle,
    UnreadableIndex,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from discord.abc import MessageableChannel

    _Reply = str | None | Callable[[BaseException], str]
    _Fault = tuple[tuple[type[BaseException], ...], int, str, _Reply]

log = logging.getLogger(__name__)

MESSAGE_LIMIT = 2000
_UPDATES = (
    discord.InteractionResponseType.message_update,
    discord.InteractionResponseType.deferred_message_update,
)
FOR_THE_OPERATOR = (
    BuildLocked,
    DamagedIndex,
    EmbedderMismatch,
    IncompatibleIndex,
    MissingExtra,
    NoIndex,
    UnreadableIndex,
)
"""What only whoever runs the bot can mend; it names folders, so it goes to the log."""


def _in_its_words(error: BaseException) -> str:
    said = " ".join([str(error), *getattr(error, "__notes__", ())])
    return escape(shorten(said, MESSAGE_LIMIT // 2))


def _when_not_busy(error: BaseException) -> str:
    return texts.busy(getattr(error, "retry_after", 1.0))


def _when_cooled(error: BaseException) -> str:
    return texts.cooling(getattr(error, "retry_after", 1.0))


def _where_answered(error: BaseException) -> str:
    return texts.only_in(getattr(error, "channels", ()))


# What is raised, how it is logged, and what is told: the first line that fits counts.
_FAULTS: tuple[_Fault, ...] = (
    ((Busy,), logging.INFO, "Turned a question away: %s.", _when_not_busy),
    ((CoolingDown,), logging.INFO, "Turned a question away: %s.", _when_cooled),
    ((NotHere,), logging.DEBUG, "Turned a question away: %s.", _where_answered),
    ((TooSlow,), logging.WARNING, "Gave up a question that took too long (%r).", texts.TOO_SLOW),
    ((Lost,), logging.ERROR, "The process that answers ended over a question (%r).", texts.LOST),
    ((Stopping,), logging.INFO, "Turned a question away: stopping (%r).", texts.STOPPING),
    ((UnknownArticle,), logging.DEBUG, "%s", texts.NO_SUCH_ARTICLE),
    ((StoreUnreachable, OutdatedStore), logging.WARNING, "%s", texts.UNREACHABLE),
    (FOR_THE_OPERATOR, logging.ERROR, "The index cannot be used: %s", texts.INDEX_TROUBLE),
    ((SeveralArticles,), logging.DEBUG, "%s", texts.SAY_WHICH),
    ((CorpusError,), logging.DEBUG, "%s", _in_its_words),
    ((discord.NotFound,), logging.INFO, "What was to be answered is gone: %s", None),
    ((discord.Forbidden,), logging.INFO, "Discord does not allow it here: %s", texts.FORBIDDEN),
    (
        (discord.HTTPException, discord.RateLimited, *delivery.CUT),
        logging.WARNING,
        "Discord did not take an answer: %s",
        texts.OUR_BUG,
    ),
    (
        (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch),
        logging.INFO,
        "Discord remembers another form of a command: %s",
        texts.OUTDATED,
    ),
    (
        (app_commands.CheckFailure, app_commands.TransformerError),
        logging.INFO,
        "Turned a command away: %s",
        texts.NOT_ALLOWED,
    ),
    ((BaseException,), logging.ERROR, "Unexpected, while answering: %r", texts.OUR_BUG),
)


_CLOSED = {
    4004: (texts.LOGIN_REFUSED, texts.LOGIN_REFUSED_NOTE),
    4010: (texts.SHARDS_REFUSED, texts.SHARDS_REFUSED_NOTE),
    4011: (texts.SHARDS_REFUSED, texts.SHARDS_REFUSED_NOTE),
    4014: (texts.NO_INTENT, texts.NO_INTENT_NOTE),
}
"""What the gateway says when it ends a connection for good, where a person can mend it."""


class CannotStart(CorpusError):
    """The bot cannot start until a person has mended something; the notes say how."""


def cannot_start(error: BaseException) -> CannotStart | None:
    """Why the bot could not start, where that is something that a person can mend."""
    if isinstance(error, discord.LoginFailure):
        return _with_note(texts.LOGIN_REFUSED, texts.LOGIN_REFUSED_NOTE)
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return _with_note(texts.NO_INTENT, texts.NO_INTENT_NOTE)
    if isinstance(error, discord.ConnectionClosed):
        said = _CLOSED.get(error.code)
        return _with_note(*said) if said is not None else None
    too_many = (
        isinstance(error, discord.HTTPException) and error.status == HTTPStatus.TOO_MANY_REQUESTS
    )
    away = (discord.DiscordServerError, discord.GatewayNotFound, discord.RateLimited)
    if too_many or isinstance(error, (*away, *delivery.CUT)):
        problem = shorten(str(error) or type(error).__name__, 200)
        return _with_note(texts.UNREACHABLE.format(problem=problem), texts.UNREACHABLE_NOTE)
    return None


def _with_note(message: str, note: str) -> CannotStart:
    error = CannotStart(message)
    error.add_note(note)
    return error


def explain(error: BaseException) -> str | None:
    """What to tell whoever asked; None where there is nobody left to tell.

    Our own bugs, and what the operator should know, are logged here, once.
    """
    error = _cause(error)
    for kinds, level, noted, reply in _FAULTS:
        if isinstance(error, kinds):
            trace = error if level >= logging.ERROR else None
            log.log(level, noted, error, exc_info=trace)
            if callable(reply):
                return reply(error)
            return None if reply is None else say(reply)
    return say(texts.OUR_BUG)


def _cause(error: BaseException) -> BaseException:
    """What was raised inside a command, without discord.py's wrapping."""
    while isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    return error


async def tell(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Answer an interaction with what went wrong, to the asker alone where that still can be."""
    message = explain(error)
    if message is None:
        return
    try:
        first = not interaction.response.is_done()
        if first and await delivery.whisper(interaction, content=message):
            return
        if interaction.response.type in _UPDATES:
            await delivery.beside(interaction, message)  # what stands there is no deferral
            return
        # Not known to have been private, so the asker alone is told where it comes too late.
        await delivery.put(interaction, private=True, content=message, embeds=[], view=None)
    except discord.HTTPException as unsent:
        if unsent.status == HTTPStatus.BAD_REQUEST:  # a message of components takes no text
            await delivery.beside(interaction, message)
        else:
            log.info("Could not say what went wrong: %s", unsent)
    except delivery.UNDELIVERED as unsent:
        log.info("Could not say what went wrong: %s", unsent)


async def tell_channel(
    channel: MessageableChannel,
    error: BaseException,
    *,
    reference: discord.MessageReference,
    asker: discord.User | discord.Member | None = None,
    embeds: bool = False,
) -> None:
    """Answer a message with what went wrong, in plain text, which needs the fewest permissions.

    Where even that is not allowed, `asker` is told alone. `embeds`: what was not allowed may
    have been to embed.
    """
    forbidden = isinstance(_cause(error), discord.Forbidden)
    message = say(texts.NEEDS_EMBEDS) if forbidden and embeds else explain(error)
    if message is None:
        return
    try:
        await delivery.post(channel, reference=reference, content=message)
    except discord.Forbidden as refused:
        log.info("Not allowed to write in channel %s: %s", channel.id, refused)
        if asker is not None:
            await _tell_alone(asker, texts.no_voice(channel.id))
    except delivery.UNDELIVERED as unsent:
        log.info("Could not say what went wrong: %s", unsent)


async def _tell_alone(asker: discord.User | discord.Member, message: str) -> None:
    try:
        await delivery.post(asker, content=message)
    except delivery.UNDELIVERED as unsent:
        log.info("Could not say what went wrong: %s", unsent)
