"""bot/chat/talks.py: what a question may hark back to, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from bot.answers.talk import Turn
from bot.chat.talks import NONE, Talk, Talks
from index.scope import EVERYTHING, Scope

IDS = frozenset({"bridge", "port"})
OBI = Turn("What did Obi say?", ("Ada Obi",), "bridge")
LOWE = Turn("What did Lowe say?", ("Tom Lowe",), "port")
BRIDGE = Scope(frozenset({"bridge"}))


def keep(talks: Talks, message: int, *turns: Turn, after: Talk = NONE, **other: Any) -> None:
    where: dict[str, Any] = {"channel": 1, "asker": 7, "scope": EVERYTHING, "now": 0.0}
    talks.keep(turns, after=after, message=message, **(where | other))


def lately(talks: Talks, **other: Any) -> tuple[Turn, ...]:
    where: dict[str, Any] = {"channel": 1, "asker": 7, "scope": EVERYTHING, "now": 0.0}
    return talks.lately(ids=IDS, **(where | other)).turns


def test_an_answer_is_found_by_its_message_and_the_last_one_by_who_asked_where() -> None:
    talks = Talks()
    keep(talks, 100, OBI)
    keep(talks, 101, LOWE, channel=2)

    assert talks.up_to(100, scope=EVERYTHING, ids=IDS).turns == (OBI,)
    assert talks.up_to(999, scope=EVERYTHING, ids=IDS) == NONE
    assert lately(talks) == (OBI,)
    assert lately(talks, channel=2) == (LOWE,)
    assert lately(talks, asker=8) == ()


def test_a_talk_goes_on_from_the_answer_that_it_came_after() -> None:
    talks = Talks()
    keep(talks, 100, OBI)
    keep(talks, 101, LOWE, after=talks.up_to(100, scope=EVERYTHING, ids=IDS))

    assert talks.up_to(101, scope=EVERYTHING, ids=IDS).turns == (OBI, LOWE)
    assert talks.up_to(100, scope=EVERYTHING, ids=IDS).turns == (OBI,)


def test_the_last_question_is_gone_on_from_for_a_few_minutes_and_a_reply_for_longer() -> None:
    talks = Talks(lasts=300)
    keep(talks, 100, OBI)

    assert lately(talks, now=300.0) == (OBI,)
    assert lately(talks, now=301.0) == ()
    assert talks.up_to(100, scope=EVERYTHING, ids=IDS).turns == (OBI,)


def test_of_too_many_talks_the_oldest_are_let_go() -> None:
    talks = Talks(most=3)
    for number in range(10):
        keep(talks, number, OBI, asker=number)

    assert len(talks) == 3
    assert talks.up_to(6, scope=EVERYTHING, ids=IDS) == NONE
    assert lately(talks, asker=6) == ()
    assert talks.up_to(7, scope=EVERYTHING, ids=IDS).turns == (OBI,)


def test_no_more_turns_are_kept_than_a_question_is_understood_from() -> None:
    talks = Talks()
    for number in range(30):
        keep(talks, number, OBI, after=talks.up_to(number - 1, scope=EVERYTHING, ids=IDS))

    assert len(talks.up_to(29, scope=EVERYTHING, ids=IDS).turns) == 10


@pytest.mark.parametrize(
    ("then", "now", "goes_on"),
    [
        (EVERYTHING, EVERYTHING, True),
        (BRIDGE, EVERYTHING, True),
        (BRIDGE, BRIDGE, True),
        (BRIDGE, Scope(IDS), True),
        (EVERYTHING, Scope(IDS), False),
        (Scope(IDS), BRIDGE, False),
        (BRIDGE, Scope(frozenset()), False),
    ],
)
def test_a_talk_ends_where_less_may_be_seen(then: Scope, now: Scope, *, goes_on: bool) -> None:
    talks = Talks()
    keep(talks, 100, OBI, scope=then)

    expected = (OBI,) if goes_on else ()
    assert talks.up_to(100, scope=now, ids=IDS).turns == expected
    assert lately(talks, scope=now) == expected


def test_a_talk_ends_with_an_article_that_is_withdrawn() -> None:
    talks = Talks()
    keep(talks, 100, LOWE)

    assert talks.up_to(100, scope=EVERYTHING, ids={"bridge"}) == NONE


def test_who_is_forgotten_is_forgotten_in_what_others_went_on_with_too() -> None:
    talks = Talks()
    keep(talks, 100, OBI, asker=7)
    keep(talks, 101, LOWE, asker=8, after=talks.up_to(100, scope=EVERYTHING, ids=IDS))
    keep(talks, 102, LOWE, asker=9)

    assert talks.forget(7) == 2
    assert lately(talks, asker=7) == lately(talks, asker=8) == ()
    assert talks.up_to(101, scope=EVERYTHING, ids=IDS) == NONE
    assert lately(talks, asker=9) == (LOWE,)
