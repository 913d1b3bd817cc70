"""Segments: what is written is read back equal, whatever the texts are made of."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import Article, Heading, Related, Span, join
from index.passages import split_passages
from index.segment import Analysed, Segment, SegmentWriter
from index.speech import Quotation, Speaker, Speech

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DIMENSION = 4
ODD = [
    "“",
    "”",
    "\r\n",
    "\u200f",
    "שלום",
    "🇺🇦",
    "👩‍🚒",
    "e\u0301",
    "\x00",
    "\u2028",
    "İ",
    "ﬁ",
    "𝔘",
    " ",
]
TEXTS = (
    st.lists(st.sampled_from(ODD) | st.text(min_size=1, max_size=9), min_size=1, max_size=9)
    .map("".join)
    .filter(lambda text: text.isprintable() or text.encode("utf-8", "replace").decode() == text)
)


@st.composite
def articles(draw: st.DrawFn, article_id: str = "a") -> Analysed:
    paragraphs = draw(st.lists(st.lists(TEXTS, min_size=1, max_size=3), max_size=4))
    text, blocks, offsets = "", [], []
    for sentences in paragraphs:
        start = len(text)
        for sentence in sentences:
            offsets.append((len(text), len(text) + len(sentence)))
            text += sentence
        blocks.append((start, len(text)))
        text += "\n\n"
    facts = st.none() | TEXTS
    article = Article(
        id=article_id,
        text=text,
        blocks=tuple(blocks),
        kept=((3, 3 + len(text)),) if text else (),
        related=tuple(Related(t, n) for n, t in enumerate(draw(st.lists(TEXTS, max_size=2)))),
        **{name: draw(facts) for name in "title url publisher author published".split()},
    )
    spans = tuple(Span(article, *pair) for pair in offsets)
    passages = split_passages(spans)
    rows = np.arange(len(passages) * DIMENSION, dtype=np.float32) + draw(st.integers(0, 99))
    quotations = draw(st.lists(quotations_in(article, spans), max_size=3)) if spans else ()
    return Analysed(
        article, draw(TEXTS), spans, passages, tuple(quotations), rows.reshape(-1, DIMENSION)
    )


@st.composite
def quotations_in(draw: st.DrawFn, article: Article, spans: Sequence[Span]) -> Quotation:
    parts = tuple(draw(st.lists(st.sampled_from(spans), min_size=1, max_size=3)))
    speakers = st.builds(
        Speaker, TEXTS, TEXTS, st.lists(TEXTS, max_size=2).map(tuple), st.tuples(TEXTS)
    )
    some = st.none() | st.sampled_from(spans)
    return Quotation(
        id=draw(TEXTS),
        speech=draw(st.sampled_from(Speech)),
        parts=parts,
        context=join(parts),
        speaker=draw(st.none() | speakers),
        confidence=draw(st.floats(0, 1)),
        mention=draw(some),
        cue=draw(some),
        through=draw(st.lists(speakers, max_size=1).map(tuple)),
    )


def write(folder: Path, *analysed: Analysed) -> Segment:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    writer = SegmentWriter(folder, DIMENSION)
    for one in analysed:
        writer.add(one)
    writer.close()
    return Segment(folder)


def same(one: Analysed, other: Analysed) -> bool:
    fields = ("article", "digest", "sentences", "passages", "quotations")
    return all(getattr(one, f) == getattr(other, f) for f in fields) and np.array_equal(
        one.vectors, other.vectors
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=articles("b"), second=articles("a"))
def test_what_is_written_is_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, first: Analysed, second: Analysed
) -> None:
    segment = write(tmp_path_factory.getbasetemp() / "round", first, second)

    assert list(segment.ids()) == [("a", 1), ("b", 0)]
    assert same(segment.read(0), first)
    assert same(segment.read(1), second)
    spoken = [q for one in (first, second) for q in one.quotations if q.speaker]
    assert sum(len(one.said) for one in segment.roll.all()) == len(spoken)
    assert list(map(segment.heading, (0, 1))) == [
        Heading.of(one.article) for one in (first, second)
    ]
    assert segment.count_quotations(np.array([True, False])) == len(first.quotations)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(ids=st.lists(TEXTS, unique=True, max_size=12))
def test_an_article_is_found_by_its_id_and_by_no_other(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str]
) -> None:
    blank = np.empty((0, DIMENSION), dtype=np.float32)
    segment = write(
        tmp_path_factory.getbasetemp() / "ids",
        *(Analysed(Article(i, "x", ()), "d", (), (), (), blank) for i in ids),
    )

    assert [segment.row_of(i) for i in ids] == list(range(len(ids)))
    assert segment.row_of("".join(ids) + "!") is None


def test_a_segment_of_no_article_can_be_read(tmp_path: Path) -> None:
    segment = write(tmp_path / "none")

    assert (len(segment), segment.passages, list(segment.ids())) == (0, 0, [])


def test_files_that_hold_different_articles_are_refused(tmp_path: Path) -> None:
    article = Article("a", "One line.", ((0, 9),))
    spans = (Span(article, 0, 9),)
    vectors = np.ones((1, DIMENSION), dtype=np.float32)
    write(tmp_path / "one", Analysed(article, "d", spans, split_passages(spans), (), vectors))
    write(tmp_path / "none")
    for name in ("speech.bin", "speech.at.npy"):
        shutil.copyfile(tmp_path / "none" / name, tmp_path / "one" / name)

    with pytest.raises(ValueError, match="do not hold the same articles"):
        Segment(tmp_path / "one")
