"""What has to stand before a sentence for it to be understood alone."""

from __future__ import annotations

import pytest

from bot.answers.context import turn_after, with_introduction
from index.article import Article, Span

BEFORE = "Ada Obi spoke on Monday."


def sentences_of(*texts: str) -> list[Span]:
    text = "\n\n".join(texts)
    article = Article("a", text, tuple((text.index(t), text.index(t) + len(t)) for t in texts))
    return [Span(article, text.index(t), text.index(t) + len(t)) for t in texts]


@pytest.mark.parametrize(
    "opening",
    [
        "She said that it rained.",
        "But he disagreed.",
        "“It cannot wait,” she said.",
        "Their plan failed.",
        "This was refused.",
        "That’s wrong.",
        "The deal was signed.",
        "However, they agreed.",
        "— They left.",
    ],
)
def test_a_sentence_that_points_back_is_shown_with_the_one_before(opening: str) -> None:
    before, sentence = sentences_of(BEFORE, opening)

    shown = with_introduction(sentence, [before, sentence])

    assert shown.text == f"{BEFORE}\n\n{opening}"


@pytest.mark.parametrize(
    "opening",
    ["Ada Obi left.", "Items were sold.", "Hence nothing.", "The bridge fell.", "Shell rose."],
)
def test_a_sentence_that_stands_alone_is_shown_alone(opening: str) -> None:
    before, sentence = sentences_of(BEFORE, opening)

    assert with_introduction(sentence, [before, sentence]) == sentence


def test_the_first_sentence_has_nothing_before_it() -> None:
    (sentence,) = sentences_of("She left.")

    assert with_introduction(sentence, [sentence]) == sentence


def test_an_introduction_that_points_back_itself_is_introduced_too() -> None:
    first, second, third = sentences_of("Ada Obi came.", "She spoke.", "He listened.")

    assert with_introduction(third, [first, second, third]).start == first.start
    assert with_introduction(second, [first, second, third]).start == first.start


def test_no_more_than_two_sentences_are_put_before() -> None:
    first, second, third, fourth = sentences_of("She came.", "She sat.", "She rose.", "She left.")

    assert with_introduction(fourth, [first, second, third, fourth]).start == second.start


def test_a_long_introduction_is_left_out() -> None:
    first, second = sentences_of(f"Ada Obi {'very ' * 150}came.", "She spoke.")

    assert with_introduction(second, [first, second]) == second


@pytest.mark.parametrize("opening", ["The meeting of ministers ended.", "The man who paid left."])
def test_what_is_said_fully_needs_no_introduction(opening: str) -> None:
    before, sentence = sentences_of(BEFORE, opening)

    assert with_introduction(sentence, [before, sentence]) == sentence


@pytest.mark.parametrize(
    "after",
    [
        "But the money is gone.",
        "“But the money is gone,” she said.",
        "However, the mayor disagrees.",
        "However the mayor disagrees.",
        "The mayor, however, disagrees.",
        "She added, though, that it may rain.",
        "Yet nobody came.",
        "Still, nobody came.",
        "On the other hand, it is cheap.",
    ],
)
def test_what_turns_the_sense_right_after_comes_along_as_printed(after: str) -> None:
    shown, following, last = sentences_of(BEFORE, after, "It rained.")

    assert turn_after(shown, [shown, following, last]) == following
    assert turn_after(following, [shown, following, last]) is None


@pytest.mark.parametrize(
    "after",
    [
        "Butter is dear.",
        "Yet another wall fell.",
        "However long it takes, they will stay.",
        "Still nobody came.",
        "She was glad, but tired.",
        "But not for all",
        "And nobody came.",
    ],
)
def test_what_does_not_turn_the_sense_stays_where_it_is(after: str) -> None:
    shown, following = sentences_of(BEFORE, after)

    assert turn_after(shown, [shown, following]) is None
    assert turn_after(following, [shown, following]) is None


def test_a_sentence_that_is_shown_in_part_goes_on_with_its_own_but() -> None:
    (sentence,) = sentences_of("The wall will be rebuilt, but only if the council pays.")
    part = Span(sentence.article, 0, sentence.text.index(","))
    (plain,) = sentences_of("The wall will be rebuilt, and the council pays.")

    assert turn_after(part, [sentence]).text == "but only if the council pays."
    assert turn_after(Span(plain.article, 0, part.end), [plain]) is None
