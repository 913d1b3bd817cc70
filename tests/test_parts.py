"""Two questions typed as one: which are taken apart, and which are one after all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.parts import MOST, is_question, split_questions

SPLIT = [
    ("What did Obi say and where did they meet?", ["What did Obi say", "where did they meet?"]),
    ("Who is Lowe? What did Obi say?", ["Who is Lowe?", "What did Obi say?"]),
    ("who paid and who complained?", ["who paid", "who complained?"]),
    ("what did obi say and who is lowe", ["what did obi say", "who is lowe"]),
    ("Who is Lowe & who is Obi", ["Who is Lowe", "who is Obi"]),
    ("who is lowe, what did obi say, when did they meet",
     ["who is lowe", "what did obi say", "when did they meet"]),
    ("how many people died and how many were hurt?",
     ["how many people died", "how many were hurt?"]),
    ("What happened on Monday? And why?", ["What happened on Monday?", "And why?"]),
    ("is the bridge safe and when will it open?", ["is the bridge safe", "when will it open?"]),
    ("when did it fall and was anybody hurt?", ["when did it fall", "was anybody hurt?"]),
    ("Did Obi mention steel and did Lowe agree?", ["Did Obi mention steel", "did Lowe agree?"]),
    ("What does the U.S. say? Who is Lowe?", ["What does the U.S. say?", "Who is Lowe?"]),
    ("Did Dr. Obi say that? Who is Lowe?", ["Did Dr. Obi say that?", "Who is Lowe?"]),
    ("who said “it fell. Who paid?” and where was he",
     ["who said “it fell. Who paid?”", "where was he"]),
]  # fmt: skip
WHOLE = [
    "What did Obi say?",
    "what did obi and lowe say",
    "When and where did they meet?",
    "Who and what is Lowe?",
    "What did Obi say about the bridge and the road?",
    "What did Obi say about when and where they met?",
    "What did Obi say and what he did?",
    "What did Obi say and why?",
    "Who are the men who fell and who died?",
    "What is the War and Peace plan?",
    "Which towns flooded and lost power?",
    "what the board does and does not say",
    "Is the bridge safe and sound?",
    "I read about the bridge. who paid?",
    "Who said “Who paid and who complained?”",
    "Did the mayor resign, and if so, why?",
    "Obi, Lowe and Reed",
    "",
    "?!",
]


@pytest.mark.parametrize(("typed", "parts"), SPLIT)
def test_each_question_stands_by_itself(typed: str, parts: list[str]) -> None:
    assert list(split_questions(typed)) == parts


@pytest.mark.parametrize("typed", WHOLE)
def test_and_joins_two_things_of_one_question(typed: str) -> None:
    assert split_questions(typed) == (typed,)


ASKED = [
    "What did Obi say?",
    "what did obi say about the road",
    "so the bridge is closed?",
    "I read the piece. Who is Obi? ",
    "who paid for the bridge",
    "is the bridge open **?**",
    "(Who paid?)",
]
NOT_ASKED = [
    "",
    "?",
    "what?",
    "What a day",
    "Obi paid",
    "when Obi paid, the bridge was closed",
    "is that so then. Well, I do not think so.",
    "look: https://example.org/?who=paid",
    "“Who paid?”",
    "Ha! “Who paid?” they ask.",
]


@pytest.mark.parametrize("typed", ASKED)
def test_a_question_to_nobody_is_known_by_its_end_or_its_beginning(typed: str) -> None:
    assert is_question(typed)


@pytest.mark.parametrize("typed", NOT_ASKED)
def test_what_is_not_clearly_asked_is_no_question(typed: str) -> None:
    assert not is_question(typed)


def test_a_heap_of_questions_is_not_taken_apart() -> None:
    heap = "Who paid? " * (MOST + 1)

    assert split_questions(heap) == (heap,)


@given(st.text(max_size=120))
def test_nothing_of_what_was_typed_is_lost_but_what_joins_it(typed: str) -> None:
    parts = split_questions(typed)

    assert 1 <= len(parts) <= MOST
    place = 0
    text = typed if len(parts) == 1 else " ".join(typed.split())
    for part in parts:
        place = text.index(part, place) + len(part)
