"""Conversations: what a question in a message may hark back to.

In memory alone, bounded, and gone with the process. A talk goes on only where all that it
was made from may still be seen: its turns hold names that articles print.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answers.service import REMEMBERED
from index.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.answers.talk import Turn

MOST = 2000
"""Answers that can be replied to with a follow-up; one takes a kilobyte or two."""
LASTS = 300.0
"""Seconds in which somebody's next question goes on from the last, without replying to it."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The turns up to an answer, who asked them, what could be seen then, and when that was."""

    turns: tuple[Turn, ...] = ()
    askers: frozenset[int] = frozenset()
    scope: Scope = EVERYTHING
    at: float = 0.0


NONE = Talk()


class Talks:
    """The latest talks, by the answer's message, and by who asked where.

    `now` is in seconds of any clock that does not go back; `ids` are those of all articles.
    """

    def __init__(self, *, most: int = MOST, lasts: float = LASTS) -> None:
        self._most = most
        self._lasts = lasts
        self._by_message: OrderedDict[int, Talk] = OrderedDict()
        self._latest: OrderedDict[tuple[int, int], Talk] = OrderedDict()

    def __len__(self) -> int:
        return max(len(self._by_message), len(self._latest))

    def up_to(self, message: int, *, scope: Scope, ids: Collection[str]) -> Talk:
        """The talk up to the answer that is replied to; `NONE` where it is not known."""
        return _may_go_on(self._by_message.get(message, NONE), scope, ids)

    def lately(
        self, *, channel: int, asker: int, scope: Scope, ids: Collection[str], now: float
    ) -> Talk:
        """The talk up to somebody's last answer in a channel; `NONE` if that is long ago."""
        talk = self._latest.get((channel, asker), NONE)
        return _may_go_on(talk, scope, ids) if now - talk.at <= self._lasts else NONE

    def keep(
        self,
        turns: tuple[Turn, ...],
        *,
        after: Talk,
        message: int,
        channel: int,
        asker: int,
        scope: Scope,
        now: float,
    ) -> None:
        """Add what was asked and answered to the talk `after` which it came.

        `message` is the answer's.
        """
        talk = Talk((*after.turns, *turns)[-REMEMBERED:], after.askers | {asker}, scope, now)
        self._by_message[message] = self._latest[channel, asker] = talk
        self._by_message.move_to_end(message)
        self._latest.move_to_end((channel, asker))
        while len(self._by_message) > self._most:
            self._by_message.popitem(last=False)
        while len(self._latest) > self._most:
            self._latest.popitem(last=False)

    def forget(self, asker: int) -> int:
        """Let go of all talks in which somebody asked; how many answers that concerns."""
        answers = [key for key, talk in self._by_message.items() if asker in talk.askers]
        for message in answers:
            del self._by_message[message]
        for place in [key for key, talk in self._latest.items() if asker in talk.askers]:
            del self._latest[place]
        return len(answers)


def _may_go_on(talk: Talk, scope: Scope, ids: Collection[str]) -> Talk:
    """The talk, if nothing that it could be made from has been taken away since."""
    then = talk.scope.ids
    if scope.ids is not None and (then is None or not then <= scope.ids):
        return NONE
    cited = {turn.article for turn in talk.turns if turn.article is not None}
    return talk if all(article in ids for article in cited) else NONE
