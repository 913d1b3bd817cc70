"""bot/answers/leaning.py: what cannot be understood alone, and what is no sentence."""

from __future__ import annotations

import pytest

from bot.answers.leaning import is_all_quoted, is_cut, is_whole, leans, pointed_at


@pytest.mark.parametrize(
    "text",
    [
        "He added that work could begin in May.",
        "However, Ana Silva was not sure.",
        "This was the worst flood in sixty years.",
        "On Monday, she told the court that it was late.",
        "In a statement, their lawyers called it absurd.",
        "“We would not run trains otherwise,” she said, pointing at the map.",
        "“We shall light it again,” its head teacher said.",
        "“They sat closer than they had to,” said Yuki Tanabe.",
        "“First they gotta win,” Silva said.",
        "“Nineteen said no.”",
        "«Now it will ring badly elsewhere.»",
        "and so it went on.",
    ],
)
def test_a_sentence_leans_whose_he_or_this_is_not_in_it(text):
    assert leans(text)


@pytest.mark.parametrize(
    "text",
    [
        "Mayor Ana Silva said she would resign.",
        "The company said it would cut its prices and their costs.",
        "After the vote Silva thanked her voters.",
        "“We have nothing to hide,” Ana Silva said of her budget.",
        "“The state knows they are late,” Silva said.",
        "People in three villages say nobody told them.",
        "Talks go on.",
    ],
)
def test_a_sentence_that_says_whom_it_means_stands_alone(text):
    assert not leans(text)


@pytest.mark.parametrize(
    ("text", "surely"),
    [
        ("The agreement was criticised.", True),
        ("Under the deal, both sides withdraw.", True),
        ("The harbour will open in May.", False),
        ("Kirby added that this security agreement would help.", True),
    ],
)
def test_what_is_taken_as_known_is_found(text, surely):
    known = pointed_at(text)
    assert known is not None
    assert known.surely is surely


@pytest.mark.parametrize(
    "text", ["Harbours will open in May.", "Kirby said so this week.", "“This is it,” said Ann."]
)
def test_nothing_is_taken_as_known_where_nothing_is_pointed_at(text):
    assert pointed_at(text) is None


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("The bridge will close.", True),
        ("“The bridge will close.”", True),
        ("Will the bridge close? asked Ann.", True),
        ("Bridge to close for a year", False),
        ("By Ida Fenn", False),
        ("She had three demands:", False),
        ("Image: The bridge in 2009.", False),
        ("Do you remember the bridge?", False),
    ],
)
def test_headlines_bylines_captions_and_calls_are_no_sentences(text, whole):
    assert is_whole(text) is whole


def test_a_short_question_is_a_heading_where_it_stands_alone():
    assert not is_whole("What happens next?", alone=True)
    assert is_whole("What happens next?")


def test_a_piece_of_a_quotation_is_told_from_a_whole_one():
    assert is_cut("“There was a sound like rain.")
    assert not is_cut("“There was a sound,” she said.")
    assert is_all_quoted("“There was a sound.”")
    assert not is_all_quoted("“There was a sound,” she said.")
