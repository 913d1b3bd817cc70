"""bot/chat/frames.py: values cross whole, what they share crosses once, both ends stay in step."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.answer import Answer, Citation
from bot.answers.service import QuestionTooLong
from bot.chat import frames
from bot.chat.frames import HEADER, Receiver, Sender
from index.article import Article, Span
from index.errors import DamagedIndex, UnknownArticle


def article(number: int, size: int = 5000) -> Article:
    text = f"Article {number}. " + "x" * size
    return Article(f"a{number}", text, ((0, len(text)),))


def sender() -> Sender:
    return Sender({Article: lambda one: one.id})


def crossed(made: Sender, read: Receiver, value: object) -> tuple[object, int]:
    frame = made.dump(value)
    (size,) = HEADER.unpack(frame[: HEADER.size])
    assert size == len(frame) - HEADER.size
    return read.load(frame[HEADER.size :]), len(frame)


def test_ten_citations_and_the_next_answers_carry_an_articles_text_once() -> None:
    one, made, read = article(1), sender(), Receiver()
    answer = Answer("?", 1.0, tuple(Citation(Span(one, n, n + 5), 0.5) for n in range(10)))
    first, whole = crossed(made, read, answer)
    second, again = crossed(made, read, answer)

    assert first == second == answer
    assert 5000 < whole < 7000
    assert again < 1500
    assert second.citations[3].span.article is first.citations[0].span.article


def test_an_article_that_was_let_go_crosses_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "SHARED", 2)
    made, read = sender(), Receiver()
    sizes = [crossed(made, read, article(number))[1] for number in (1, 2, 1, 3, 1, 2)]

    assert [size > 5000 for size in sizes] == [True, True, False, True, False, True]
    assert len(read._known) == 2


@given(
    st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=40),
    st.integers(1, 12),
)
def test_both_ends_keep_the_same_whatever_is_sent(sent, kept) -> None:
    articles = [article(number, 20) for number in range(10)]
    made, read = sender(), Receiver()
    before, frames.SHARED = frames.SHARED, kept
    try:
        for numbers in sent:
            value = [articles[number] for number in numbers]
            assert crossed(made, read, value)[0] == value
            assert list(made._known.values()) == list(read._known)
    finally:
        frames.SHARED = before


def test_a_value_that_cannot_be_sent_leaves_both_ends_in_step() -> None:
    made, read = sender(), Receiver()
    crossed(made, read, article(1))
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        made.dump([article(2), lambda: None])
    found, size = crossed(made, read, [article(2), article(1)])

    assert [one.id for one in found] == ["a2", "a1"]
    assert size > 5000  # the second had not crossed


@pytest.mark.parametrize(
    "error",
    [
        UnknownArticle("x"),
        QuestionTooLong(501, 500),
        DamagedIndex(Path("/nowhere"), "it is cut short"),
        ValueError("plain", 3),
    ],
)
def test_an_exception_crosses_with_its_words_and_notes(error) -> None:
    found, _ = crossed(sender(), Receiver(), error)

    assert type(found) is type(error)
    assert str(found) == str(error)
    assert getattr(found, "__notes__", None) == getattr(error, "__notes__", None)
