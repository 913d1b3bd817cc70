"""Follow-ups: put in full from the conversation, or refused where they could mean two things."""

from __future__ import annotations

import pytest

from bot.answers.talk import Cast, Meant, Turn, people_asked, put_in_full

PEOPLE = {"obi": "Ada Obi", "lowe": "Tom Lowe", "reed": "Pat Reed"}
PRONOUNS = {"Ada Obi": "she", "Tom Lowe": "he"}


def find(typed: str) -> tuple[str, ...]:
    last = typed.lower().split()[-1] if typed.split() else ""
    return (PEOPLE[last],) if last in PEOPLE else ()


def within(text: str) -> tuple[str, ...]:
    return tuple(name for last, name in PEOPLE.items() if last in text.lower())


CAST = Cast(find=find, within=within, pronoun=PRONOUNS.get)
OBI = Turn("What did Obi say about steel?", ("Ada Obi",), "bridge")
LOWE = Turn("Who is Tom Lowe?", ("Tom Lowe",), "bridge")
BOTH = Turn("What did Obi and Lowe say?", ("Ada Obi", "Tom Lowe"), "bridge")
OPEN = Turn("When was the bridge repaired?", (), "bridge")

FULL = [
    # the turns before, what is typed, what is meant
    ((OBI,), "what did she say about the road?", "what did Ada Obi say about the road?"),
    ((OBI,), "And where was she?", "And where was Ada Obi?"),
    ((OBI,), "what is her plan?", "what is Ada Obi’s plan?"),
    ((OBI,), "what did they tell her?", "what did they tell Ada Obi?"),
    ((LOWE,), "what's his view of steel", "what's Tom Lowe’s view of steel"),
    ((LOWE,), "who is he?", "who is Tom Lowe?"),
    ((BOTH,), "where did they meet?", "where did Ada Obi and Tom Lowe meet?"),
    ((OBI,), "where did they meet?", "where did they meet?"),
    ((LOWE, OPEN), "what did he say", "what did Tom Lowe say"),
    ((BOTH,), "what did he say", "what did Tom Lowe say"),
    ((BOTH,), "what did she say", "what did Ada Obi say"),
    ((OBI,), "and what about Lowe?", "What did Lowe say about steel?"),
    ((OBI,), "what about the road?", "What did Obi say about the road?"),
    ((LOWE,), "and Obi?", "Who is Ada Obi?"),
    ((OBI,), "and Lowe?", "What did Tom Lowe say about steel?"),
    ((OBI,), "Lowe", "Lowe"),
    ((LOWE,), "what about reed", "Who is Pat Reed?"),
    ((OBI,), "when?", "When did Obi say that about steel?"),
    ((OBI,), "Where was that?", "Where did Obi say that about steel?"),
    (
        (Turn("Where did Obi say that about steel?", ("Ada Obi",)),),
        "what about Lowe?",
        "What did Lowe say about steel?",
    ),
    ((Turn("Who is Acme?", ("Ada Obi",)),), "and Lowe?", "Who is Tom Lowe?"),
    ((Turn("Who said that it fell?", ("Ada Obi",)),), "where?", "Where was it said that it fell?"),
    ((Turn("Who paid?"),), "how much?", "Who paid, and how much?"),
    ((OBI,), "did Lowe?", "What did Tom Lowe say about steel?"),
    ((OBI,), "did she?", "What did Ada Obi say about steel?"),
    ((OPEN,), "where?", "Where was the bridge repaired?"),
    ((OPEN,), "and why?", "Why was the bridge repaired?"),
    ((OPEN,), "where did that happen?", "Where was the bridge repaired?"),
    ((Turn("Who paid the bill?"),), "when was that?", "Who paid the bill, and when?"),
    ((Turn("Did Obi resign?", ("Ada Obi",)),), "why?", "Why did Obi resign?"),
    ((Turn("Did Obi resign?", ("Ada Obi",)),), "did Lowe?", "Did Tom Lowe resign?"),
    ((OBI,), "Did the mayor say he would resign?", "Did the mayor say he would resign?"),
    ((OBI,), "Who paid the bill?", "Who paid the bill?"),
    ((), "When will the bridge open?", "When will the bridge open?"),
    ((), "Did Obi say that she would resign?", "Did Obi say that she would resign?"),
    ((), "and what about Lowe?", "and what about Lowe?"),
]


@pytest.mark.parametrize(("turns", "typed", "meant"), FULL)
def test_a_follow_up_is_put_in_full(turns: tuple[Turn, ...], typed: str, meant: str) -> None:
    assert put_in_full(typed, turns, CAST).text == meant


@pytest.mark.parametrize(
    ("turns", "typed", "word"),
    [
        ((), "what did he say?", "he"),
        ((), "What did she say about steel?", "she"),
        ((), "where was that?", "that"),
        ((), "when was it?", "it"),
        ((), "Why?", "why"),
        ((), "did she?", "she"),
        ((), "what is his plan?", "his"),
        ((OPEN,), "what did he say?", "he"),
        ((Turn("Did Norway join?", ("Norway",)),), "what did he say?", "he"),
        ((OBI,), "what did he say?", "he"),
        ((LOWE, OBI), "what did he say?", "he"),
        ((Turn("What did Lowe and Reed say?", ("Tom Lowe", "Pat Reed")),), "where is he?", "he"),
    ],
)
def test_what_may_mean_two_people_or_nobody_is_not_guessed(
    turns: tuple[Turn, ...], typed: str, word: str
) -> None:
    assert put_in_full(typed, turns, CAST).unclear == word


def test_more_on_what_an_article_says_stays_within_it() -> None:
    assert put_in_full("where was that?", (OBI,), CAST) == Meant(
        "Where did Obi say that about steel?", article="bridge"
    )
    assert put_in_full("who paid the bill?", (OBI,), CAST).article is None


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("What did Obi say about Lowe?", ("Ada Obi",)),
        ("What did Obi and Lowe say?", ("Ada Obi", "Tom Lowe")),
        ("What did Nobody say?", ("Nobody",)),
        ("Who is Lowe?", ("Tom Lowe",)),
        ("When did Lowe meet Obi?", ("Ada Obi", "Tom Lowe")),
        ("Did Marta Silva resign?", ("Marta Silva",)),
        ("When was the bridge repaired?", ()),
        ("why is it so", ()),
    ],
)
def test_whom_a_question_asks_about(text: str, people: tuple[str, ...]) -> None:
    assert people_asked(text, CAST) == people
