"""bot/chat/shown.py: places in articles, and finding their words in a text that has changed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from discord_world import BORDER, MEMBER, WAR, Newsroom, article_of, find, sample
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.answer import Citation
from bot.chat.shown import CitedPlace, ShownAnswers, text_hash
from bot.chat.state import State
from index.article import Span
from index.sentences import split_sentences

if TYPE_CHECKING:
    from pathlib import Path

SENTENCES = (
    "The bridge stays open.",
    "“It will not close,” Ann Lee said.",
    "Who pays?",
    "The bridge stays open.",
    "He asked for 3.5 million dollars.",
    "It will not close.",
)
paragraphs = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4).map(" ".join)
texts = st.lists(paragraphs, min_size=1, max_size=4).map("\n\n".join)


def cited(words: str, *, text: str | None = None) -> CitedPlace:
    article = sample() if text is None else article_of(text)
    return CitedPlace.of(Citation(find(article, words), 1.0))


@given(before=texts, after=texts, data=st.data())
def test_words_that_are_found_again_are_the_same_whole_sentences(
    before: str, after: str, data: Any
) -> None:
    old, new = article_of(before), article_of(after)
    run = data.draw(st.sampled_from(split_sentences(old)))
    place = CitedPlace.of(Citation(run, 1.0))
    moved = place.moved_to(new)

    same = [one for one in split_sentences(new) if one.text == run.text]
    away = sorted(abs(one.start - run.start) for one in same)
    if moved is None:
        assert not same or away[0] == away[1]
    else:
        assert moved.moved
        assert new.text[moved.start : moved.end] == run.text
        assert abs(moved.start - run.start) == away[0]
        assert moved.sha256 == text_hash(new)


@pytest.mark.parametrize(
    ("words", "after"),
    [
        ("It will close.", "It will closed."),
        ("It will close.", "Nobody says that It will close."),
        ("It will close", "It will close never."),
        ("It will close.", "“It will close.” he denied."),
        ("It will close.", "It  will close."),
        ("It will close.", "it will close."),
    ],
)
def test_words_that_stand_there_otherwise_are_not_found_again(words: str, after: str) -> None:
    place = cited(words, text=words)
    moved = place.moved_to(article_of("First. " + after))

    assert moved is None


def test_of_several_such_sentences_the_nearest_counts_and_none_if_two_are_as_near() -> None:
    place = replace(cited("Yes.", text="0123456789. Yes."), start=12, end=16)
    near = article_of("Yes. Yes or no? It is. Yes.")
    tied = article_of("Yes. 012345. 0123456. Yes.")
    starts = [one.start for one in split_sentences(tied) if one.text == "Yes."]
    moved = place.moved_to(near)

    assert moved is not None
    assert near.text[moved.start :] == "Yes."
    middle = sum(starts) // 2
    assert replace(place, start=middle, end=middle + 4).moved_to(tied) is None


def test_what_answers_and_who_speaks_move_with_the_sentence() -> None:
    news = Newsroom()
    quotation = news.kuleba()
    article = quotation.context.article
    place = CitedPlace.of(Citation(find(article, MEMBER), 1.0, quotation.parts, quotation))
    new = article_of("Corrected on Monday.\n\n" + article.text)
    moved = place.moved_to(new)
    by = len("Corrected on Monday.\n\n")

    assert moved is not None
    assert [new.text[a:b] for a, b in moved.answers] == [part.text for part in quotation.parts]
    later = replace(
        quotation,
        id="another",
        parts=tuple(Span(new, p.start + by, p.end + by) for p in quotation.parts),
    )
    assert moved.is_for(later)
    assert not moved.is_for(quotation)
    assert place.is_for(quotation)
    assert not place.is_for(later)


def test_several_sentences_are_found_again_together_or_not_at_all() -> None:
    text = "One is here. Two is here. Three is here."
    place = cited("One is here. Two is here.", text=text)

    assert place.moved_to(article_of("Zero. " + text)) is not None
    assert place.moved_to(article_of("One is here.\n\nTwo is here. Three is here.")) is None
    assert place.moved_to(article_of("One is here. Three is here. Two is here.")) is None


async def test_a_row_of_an_earlier_version_is_read_and_its_words_are_not_looked_for(
    tmp_path: Path,
) -> None:
    """What was written before a sentence had a hash of its own: seven values a place."""
    from sqlalchemy import update  # noqa: PLC0415

    from bot.chat.tables import answers  # noqa: PLC0415

    place = cited(WAR)
    state = State.of(str(tmp_path / "kept.sqlite3"))
    old = [[place.article_id, place.sha256, place.start, place.end, [[1, 2]], "q", "direct"]]
    async with state.kept():
        shown: ShownAnswers = state.shown
        where: dict[str, Any] = {"asker": 1, "guild_id": 2, "channel_id": 3, "private": False}
        token = await shown.keep(kind="answer", question=None, citations=[place], **where)
        new = await shown.find(token)
        changed = update(answers).values(citations=json.dumps(old))
        await state.database.write(lambda c: c.execute(changed))
        found = await shown.find(token)

    assert new is not None
    assert new.citations == (place,)
    assert found is not None
    (kept,) = found.citations
    assert (kept.start, kept.end, kept.answers, kept.quotation) == (
        place.start,
        place.end,
        ((1, 2),),
        "q",
    )
    assert kept.moved_to(sample()) is None


def test_no_word_of_an_article_is_kept() -> None:
    place = cited(BORDER)

    assert not [value for value in map(str, vars_of(place)) if "Russia" in value]


def vars_of(place: CitedPlace) -> list[Any]:
    return [getattr(place, name) for name in CitedPlace.__slots__]
