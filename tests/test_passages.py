from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.passages import split_passages
from index.sentences import split_sentences


def article(*paragraphs: str) -> Article:
    text = "\n".join(paragraphs)
    blocks, at = [], 0
    for paragraph in paragraphs:
        blocks.append((at, at + len(paragraph)))
        at += len(paragraph) + 1
    return Article("a", text, tuple(blocks))


@pytest.mark.parametrize(
    ("paragraphs", "passages"),
    [
        (
            ["The board met on Monday. It voted seven to two."],
            ["The board met on Monday.", "It voted seven to two."],
        ),
        (["The board met on Monday. All agreed."], ["The board met on Monday. All agreed."]),
        (["Not yet. The board meets on Friday."], ["Not yet. The board meets on Friday."]),
        (
            ["It rained here. The board met on Monday. No. It voted seven to two."],
            ["It rained here. The board met on Monday. No.", "It voted seven to two."],
        ),
        (["“No.”", "The board met on Monday."], ["“No.”", "The board met on Monday."]),
        (["Yes. No. Maybe."], ["Yes. No. Maybe."]),
    ],
)
def test_a_short_sentence_joins_its_neighbour(paragraphs: list[str], passages: list[str]) -> None:
    found = split_passages(split_sentences(article(*paragraphs)))
    assert [passage.span.text for passage in found] == passages


def test_a_join_does_not_grow_past_the_limit() -> None:
    sentences = split_sentences(article("Yes. Some " + "word " * 30 + "ends. No."))
    assert [len(p.sentences) for p in split_passages(sentences, longest=164)] == [1, 2]
    assert [len(p.sentences) for p in split_passages(sentences, longest=20)] == [1, 1, 1]


def test_nothing_makes_nothing() -> None:
    assert split_passages(()) == ()


@given(
    st.lists(
        st.lists(st.sampled_from(["Yes.", "The board met on Monday.", "No?", "x " * 90 + "."]),
                 min_size=1).map(" ".join),
        max_size=4,
    ),
    st.integers(min_value=1, max_value=300),
)  # fmt: skip
def test_each_sentence_is_in_one_passage_of_its_paragraph(
    paragraphs: list[str], longest: int
) -> None:
    page = article(*paragraphs)
    sentences = split_sentences(page)
    passages = split_passages(sentences, longest=longest)
    assert tuple(s for passage in passages for s in passage.sentences) == sentences
    for passage in passages:
        assert (passage.span.start, passage.span.end) == (
            passage.sentences[0].start,
            passage.sentences[-1].end,
        )
        assert len({s.paragraph for s in passage.sentences}) == 1
        assert len(passage.sentences) == 1 or len(passage.span.text) <= longest
