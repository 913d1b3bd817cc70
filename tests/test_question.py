"""What a question asks for, whoever types it and however."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.question import Ask, Question, follow_up, read_question

SPEECH_OF = [
    # what is typed, whose words, on what
    ("what did Kuleba say?", "Kuleba", ""),
    ("What did Kuleba say", "Kuleba", ""),
    ("WHAT DID KULEBA SAY?!", "KULEBA", ""),
    ("  what   did Kuleba\nsay ??", "Kuleba", ""),
    ("What did Ada Obi say about the bridge?", "Ada Obi", "the bridge"),
    ("what did the mayor say on the repair bill", "mayor", "the repair bill"),
    ("What has the mayor said about the bridge?", "mayor", "the bridge"),
    ("What does Obi think of the plan?", "Obi", "the plan"),
    ("What did Obi tell reporters?", "Obi", ""),
    ("What did Obi tell the council about steel?", "Obi", "steel"),
    ("What else did Obi say?", "Obi", ""),
    ("What exactly did Obi say about steel?", "Obi", "steel"),
    ("What did Obi actually say about steel?", "Obi", "steel"),
    ("What did Obi say in Brussels?", "Obi", "Brussels"),
    ("What did Obi say when the bridge fell?", "Obi", "the bridge fell"),
    ("What was Obi saying about steel?", "Obi", "steel"),
    ("What did Obi claim?", "Obi", ""),
    ("What did Obi warn about?", "Obi", ""),
    ("What did Obi announce on Monday?", "Obi", "Monday"),
    ("What did Obi argue?", "Obi", ""),
    ("What did Obi promise?", "Obi", ""),
    ("What would Obi say about that?", "Obi", ""),
    ("And what did Obi say?", "Obi", ""),
    ("ok, so what did Obi say about it?", "Obi", ""),
    ("What did Obi say about this article?", "Obi", "this article"),
    ("Did Obi say anything about steel?", "Obi", "steel"),
    ("Did Obi comment on the plan?", "Obi", "the plan"),
    ("Has Obi said anything?", "Obi", ""),
    ("Did Obi mention steel?", "Obi", "steel"),
    ("How did Obi respond?", "Obi", ""),
    ("How did Obi react to the ruling?", "Obi", "the ruling"),
    ("How has Obi responded to the ruling?", "Obi", "the ruling"),
    ("What is Obi's position on steel?", "Obi", "steel"),
    ("What's Obi’s view of the plan?", "Obi", "the plan"),
    ("Obi's reaction", "Obi", ""),
    ("What are Tom Reed's views on the plan?", "Tom Reed", "the plan"),
    ("What was the reaction of Obi?", "Obi", ""),
    ("What is the position of Obi on steel?", "Obi", "steel"),
    ("statements by Obi", "Obi", ""),
    ("Show me the quotes from Obi about steel", "Obi", "steel"),
    ("quotes by Obi", "Obi", ""),
    ("all the statements of the mayor", "mayor", ""),
    ("According to Obi, who pays?", "Obi", "who pays"),
    ("According to Obi who pays?", "Obi", "who pays"),
    ("Who pays, according to Obi?", "Obi", "Who pays"),
    ("Who pays according to the mayor?", "mayor", "Who pays"),
    ("What Obi said about steel", "Obi", "steel"),
    ("what O'Neill-Smith said", "O'Neill-Smith", ""),
    ("What did the US Secretary of State say about NATO?", "US Secretary of State", "NATO"),
    ("What did Шевченко say?", "Шевченко", ""),
]
SPEAKER_OF = [
    ("Who said that the bridge cannot wait?", "the bridge cannot wait"),
    ("Who said “It cannot wait”?", "“It cannot wait”"),
    ("who said it cannot wait", "it cannot wait"),
    ("Who else said that?", "that"),
    ("Who warned about the storm?", "the storm"),
    ("Who claimed the bill had doubled?", "the bill had doubled"),
    ("Who is quoted as saying that it cannot wait?", "it cannot wait"),
    ("Who has said that steel is dear?", "steel is dear"),
    ("Who actually said that it rained?", "it rained"),
    ("Who announced the plan?", "the plan"),
]
TOPIC = [
    "When will the bridge be repaired?",
    "Who paid the repair bill?",
    "Who won the 2024 US election?",
    "how do I bake bread",
    "What did it say?",
    "What does the article say about steel?",
    "What did they say about the bridge?",
    "Why?",
    "steel",
    "Is the bridge safe?",
    "How much will it cost?",
    "What happened on Monday?",
    "Where was the summit?",
    "Kuleba",
    "what about Blinken?",
    "",
    "🌉🌉🌉",
    "?!…",
]


@pytest.mark.parametrize(("typed", "who", "topic"), SPEECH_OF)
def test_somebodys_words_are_asked_for(typed: str, who: str, topic: str) -> None:
    asked = read_question(typed)

    assert (asked.ask, asked.who, asked.topic) == (Ask.SPEECH_OF, who, topic)


@pytest.mark.parametrize(("typed", "topic"), SPEAKER_OF)
def test_a_speaker_is_asked_for(typed: str, topic: str) -> None:
    asked = read_question(typed)

    assert (asked.ask, asked.who, asked.topic) == (Ask.SPEAKER_OF, None, topic)


@pytest.mark.parametrize("typed", TOPIC)
def test_anything_else_is_about_its_topic(typed: str) -> None:
    asked = read_question(typed)

    assert (asked.ask, asked.who) == (Ask.TOPIC, None)
    assert asked.text == typed


@given(st.text(max_size=80))
def test_any_text_is_some_question(typed: str) -> None:
    assert read_question(typed).text == " ".join(typed.split())


@pytest.mark.parametrize(
    "typed",
    [
        "what did " + "a " * 245 + "say",
        "what did " + "really " * 70,
        "according to " * 38,
        "who said " * 55,
        "Obi's view of " * 35,
        "and but so " * 45,
        "'s " * 166,
    ],
)
def test_no_question_takes_long_to_understand(typed: str) -> None:
    started = time.process_time()
    read_question(typed[:500])

    assert time.process_time() - started < 0.2


@pytest.mark.parametrize("typed", ["And what about Reed?", "what about Reed", "How about Reed?"])
def test_a_follow_up_asks_the_same_of_another_or_more_of_the_same(typed: str) -> None:
    before = read_question("What did Obi say about steel?")

    first, second = follow_up(typed, before)

    assert (first.who, first.topic) == ("Reed", "steel")
    assert (second.who, second.topic) == ("Obi", "Reed")


@pytest.mark.parametrize(
    ("typed", "before"),
    [
        ("And what about Reed?", "When will the bridge be repaired?"),
        ("What did Reed say?", "What did Obi say?"),
        ("Why?", "What did Obi say?"),
    ],
)
def test_what_follows_from_nothing_is_no_follow_up(typed: str, before: str) -> None:
    assert follow_up(typed, read_question(before)) == ()


def test_a_follow_up_of_a_follow_up_keeps_the_topic() -> None:
    first = follow_up("and Reed?", read_question("What did Obi say about steel?"))
    assert first == ()
    before = follow_up("what about Reed?", read_question("What did Obi say about steel?"))[0]

    again = follow_up("and what about Lowe?", before)

    assert again[0] == Question("and what about Lowe?", Ask.SPEECH_OF, "steel", "Lowe")
