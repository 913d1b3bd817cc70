"""index/speech: what was reported, how far it runs, and whether it was said at all."""

from __future__ import annotations

import pytest
from speech_gold import make_article, make_sentences

from index.speech import Speech, Stance
from index.speech.parser import SpeechParser


@pytest.fixture(scope="module")
def parser():
    return SpeechParser()


def read(parser, text):
    article = make_article(text)
    return parser.attribute(article, make_sentences(article))


def said(parser, text):
    return [q.content.text for q in read(parser, text) if q.is_said]


@pytest.mark.parametrize(
    "text",
    [
        "Ada Moss called off the strike.",
        "Ada Moss rejected the deal and praised the crew.",
        "Ada Moss did not want the ban.",
        "Officials discussed this requirement on Monday.",
        "Ada Moss agreed to the plan.",
        "Ada Moss addressed the crowd and thanked the crew.",
        "Ada Moss quoted the Talmud.",
        "Both ferries offer a view of the harbour.",
        "Ada Moss has not spoken since announcing her bid.",
        "Ada Moss met Leon Pryce to discuss the price of fish.",
    ],
)
def test_what_somebody_does_to_a_thing_is_not_something_that_they_said(parser, text):
    assert said(parser, text) == []


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("Ada Moss announced a ban on nets.", "a ban on nets"),
        ("Ada Moss called for a halt to the works.", "a halt to the works"),
        ("Ada Moss urged the council to act.", "the council to act"),
        ("Ada Moss called on members to vote.", "members to vote"),
        ("Ada Moss accused Leon Pryce of lying.", "Leon Pryce of lying"),
        ("Ada Moss criticised Pryce for selling the boat.", "Pryce for selling the boat"),
        ("Ada Moss described Leon Pryce as a liar.", "Leon Pryce as a liar"),
        ("Ada Moss pointed out that the bridge was shut.", "that the bridge was shut"),
        ("Ada Moss made it clear that the town would pay.", "that the town would pay"),
        ("Ada Moss is confident that the wall will last.", "that the wall will last"),
        ("Moss said it would last, even if it rained.", "it would last, even if it rained"),
        (
            "Ada Moss said that the wall would last and that the town would pay.",
            "that the wall would last and that the town would pay",
        ),
        ("Otherwise, Ada Moss said, the wall will fall.", "the wall will fall"),
        ("Ada Moss voiced concern that the men were drinking.", "that the men were drinking"),
        ("Ada Moss expressed support for the plan.", "support for the plan"),
        ("Ada Moss vowed to stay and praised the crew.", "to stay"),
        ("Ada Moss said she was ill but declined to stay at home.", "she was ill"),
        ("A poll showed that most people want a bridge.", "that most people want a bridge"),
    ],
)  # fmt: skip
def test_a_report_runs_as_far_as_it_is_the_speakers(parser, text, content):
    assert said(parser, text) == [content]


def test_what_follows_a_report_is_the_speakers_next_one_and_stands_once(parser):
    text = "Leon Moss said he was late and, pressed on it, admitted that the train had gone."
    found = read(parser, text)
    assert [q.content.text for q in found] == ["he was late", "that the train had gone"]
    assert {q.speaker.name for q in found} == {"Leon Moss"}


def test_a_fear_inside_a_report_is_part_of_it(parser):
    text = "Ada Moss said that she feared the wall would fall."
    assert said(parser, text) == ["that she feared the wall would fall"]


def test_a_report_inside_a_report_is_the_inner_speakers_through_the_outer(parser):
    text = "Ada Moss said that Leon Pryce had told her that the boat was sold."
    outer, inner = read(parser, text)
    assert (outer.speaker.name, outer.through) == ("Ada Moss", ())
    assert inner.content.text == "that the boat was sold"
    assert inner.speaker.name == "Leon Pryce"
    assert [speaker.name for speaker in inner.through] == ["Ada Moss"]


def test_according_to_in_the_middle_leaves_the_speaker_out_of_the_content(parser):
    (quotation,) = read(parser, "The bridge, according to Ada Moss, is shut.")
    assert [part.text for part in quotation.parts] == ["The bridge", "is shut"]


def test_words_that_somebody_quotes_are_the_quoted_ones_through_them(parser):
    text = "Quoting her grandmother, Nadia Pryce said: “Rain comes late.”"
    (quotation,) = read(parser, text)
    assert quotation.speaker.name == "her grandmother"
    assert [speaker.name for speaker in quotation.through] == ["Nadia Pryce"]


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("Ada Moss denied that the town was broke.", Stance.DENIED),
        ("Ada Moss rejected the notion that the town was broke.", Stance.DENIED),
        ("Ada Moss denied that it was a “total loss” at all.", Stance.DENIED),
        ("Ada Moss asked whether the town was broke.", Stance.ASKED),
        ("Ada Moss wondered why the bridge was shut.", Stance.ASKED),
        ("Ada Moss did not say whether the town was broke.", Stance.UNSAID),
        ("Ada Moss declined to say how long it took.", Stance.UNSAID),
        ("Ada Moss refused to confirm that the town was broke.", Stance.UNSAID),
        ("Ada Moss did not confirm or deny that the town was broke.", Stance.UNSAID),
        ("Ada Moss neither confirmed nor denied that the town was broke.", Stance.UNSAID),
        ("Ada Moss stopped short of saying that the town was broke.", Stance.UNSAID),
        ("Ada Moss left without saying that the town was broke.", Stance.UNSAID),
        ("No official said that the town was broke.", Stance.UNSAID),
        ("Ada Moss does not believe that the town is broke.", Stance.UNSAID),
        ("Ada Moss refused to call it a “total loss” again.", Stance.UNSAID),
        ("Ada Moss praised the crew.", Stance.HELD),
        ("Ada Moss not only said that the town was broke.", Stance.SAID),
        ("Ada Moss said that the town was not broke.", Stance.SAID),
        ("Ada Moss denied it twice: “We are fine.”", Stance.SAID),
        ("Ada Moss did not mince words: “It is broke.”", Stance.SAID),
        ("Asked whether the town was broke, Ada Moss said it was not.", Stance.SAID),
    ],
)
def test_the_article_tells_how_somebody_stands_to_the_words(parser, text, stance):
    found = [q for q in read(parser, text) if stance is Stance.HELD or q.stance is not Stance.HELD]
    assert [q.stance for q in found] == [stance]


def test_a_further_fragment_after_a_denial_is_not_denied_with_it(parser):
    text = "Ada Moss denied that it was a “total loss” and called it “good news.”"
    stances = [q.stance for q in read(parser, text) if q.speech is Speech.MIXED]
    assert stances == [Stance.DENIED, Stance.SAID]


def test_who_was_asked_said_nothing_by_being_asked(parser):
    assert read(parser, "Ada Moss was asked whether the town was broke.") == ()
