"""index/speakers.py: who is who."""

from __future__ import annotations

import pytest
from speech_gold import make_article, make_sentences

from index.speakers import same_name, same_person, slug
from index.speech import SpeechParser


@pytest.fixture(scope="module")
def parser():
    return SpeechParser()


def speakers(parser, text):
    article = make_article(text)
    return [q.speaker for q in parser.attribute(article, make_sentences(article))]


def test_one_person_under_many_names_is_one_speaker(parser):
    text = (
        'Finance Minister Ada Moss arrived late. "Sorry," said Moss.\n\n'
        '"The train," she added. "It broke," said Ms. Moss.'
    )
    found = speakers(parser, text)
    assert {speaker.name for speaker in found} == {"Ada Moss"}
    assert {speaker.person for speaker in found} == {"ada-moss"}
    assert "Moss" in found[0].aliases
    assert any("Minister" in role for role in found[0].roles)


def test_two_people_of_one_surname_are_kept_apart(parser):
    text = (
        "Anna Berg and her husband, Tomas Berg, run the mill.\n\n"
        '"We open at six," Ms. Berg said.\n\n"She opens at six," Mr. Berg said.'
    )
    assert [s.name for s in speakers(parser, text)] == ["Anna Berg", "Tomas Berg"]


def test_a_name_is_printed_as_the_article_prints_it(parser):
    text = 'José Álvarez-Ruiz closed the bar. "Good night," Álvarez-Ruiz said.'
    speaker = speakers(parser, text)[-1]
    assert speaker.name in text
    assert speaker.person == "jose-alvarez-ruiz"


def test_who_is_only_described_is_nobody_elsewhere(parser):
    speaker = speakers(parser, '"No comment," a spokesman for the mill said.')[0]
    assert speaker.name == "a spokesman for the mill"
    assert speaker.person.endswith("@article")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("bill clinton", "hillary clinton", False),
        ("donald j. trump", "donald trump", True),
        ("donald trump jr", "donald trump", False),
        ("mike pence", "michael pence", True),
        ("j. moss", "jane moss", True),
    ],
)
def test_full_names_are_compared_by_their_first_names(a, b, same):
    assert same_name(tuple(a.split()), tuple(b.split())) is same


def test_a_slug_is_folded_and_has_no_article():
    assert slug("The AFL-CIO") == "afl-cio"
    assert slug("Dmytró  Kulebá") == "dmytro-kuleba"


def test_a_bare_surname_is_joined_only_where_one_person_bears_it():
    ids = ["antony-blinken", "blinken", "clinton", "bill-clinton", "hillary-clinton"]
    assert same_person(ids) == {"blinken": "antony-blinken"}
