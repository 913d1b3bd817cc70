"""The sentences that carry an article, as printed and in its order."""

from __future__ import annotations

import json
import re
import statistics
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speech_gold import load_gold

from bot.answers.evaluation.rouge import rouge
from bot.answers.page import Page
from bot.answers.summary import summarise
from index.article import Article, Span
from index.clean import clean
from index.sentences import split_sentences
from index.sources import RawArticle, read_sources, sample_source
from index.speech import Quotation, Speaker, Speech

SHARED = Path(__file__).parents[2] / "shared" / "eval" / "summaries"
PAGES = sorted((Path(__file__).parent / "articles").glob("*.page"))

TEXT = """The town of Porto Novo will rebuild its harbour wall at a cost of nine million euros.

A storm broke the wall in January and the sea flooded forty houses in the old town.

It was the worst flood in sixty years.

The harbour wall of Porto Novo will be rebuilt at a cost of nine million euros, the town says.

“We have nothing to hide about the cost of the harbour wall,” Mayor Ana Silva said.

She added that work could begin in May.

The agreement was criticised by fishermen.

However, the engineers expect the wall to stand for a century.

Porto Novo also runs a small museum."""


def make_page(text: str = TEXT, title: str | None = None) -> Page:
    blocks, at = [], 0
    for block in text.split("\n\n"):
        if block:
            blocks.append((at, at + len(block)))
        at += len(block) + 2
    article = Article("a", text, tuple(blocks), title=title)
    return Page(article, split_sentences(article))


def texts(page: Page, **options) -> list[str]:
    return [citation.span.text for citation in summarise(page, **options)]


@pytest.mark.parametrize("sentences", range(1, 9))
def test_sentences_come_as_printed_and_in_order(sentences):
    chosen = summarise(make_page(), sentences=sentences)
    starts = [citation.span.start for citation in chosen]

    assert 1 <= len(chosen) <= sentences
    assert starts == sorted(set(starts))


def test_nothing_is_said_twice():
    chosen = texts(make_page(), sentences=8)

    assert sum("nine million" in text for text in chosen) == 1


def test_a_repetition_in_other_words_is_seen_by_its_vector():
    page = make_page("Rain fell on the city. Showers drenched the capital. Trains ran late.")
    vectors = np.array([[1.0, 0.0], [0.98, 0.199], [0.0, 1.0]], dtype=np.float32)

    assert len(texts(page, sentences=3)) == 3
    assert texts(page, sentences=3, vectors=vectors) == [
        "Rain fell on the city.",
        "Trains ran late.",
    ]


@pytest.mark.parametrize("opening", ["It was the worst", "She added", "However, the engineers"])
def test_a_sentence_that_leans_on_another_comes_with_it(opening):
    page = make_page()
    all_texts = [span.text for span in page.sentences]
    for sentences in range(1, 9):
        chosen = texts(page, sentences=sentences)
        for text in chosen:
            if text.startswith(opening):
                assert all_texts[all_texts.index(text) - 1] in chosen


def test_the_agreement_needs_the_sentence_that_speaks_of_it():
    page = make_page(
        "Two banks met in Lisbon on Monday. Their owners signed an agreement on fees. "
        "Markets rose after the news in Lisbon. The agreement on fees in Lisbon binds the banks."
    )
    for sentences in (1, 2, 3):
        chosen = texts(page, sentences=sentences)
        if any(text.startswith("The agreement") for text in chosen):
            assert any("an agreement" in text for text in chosen)


def test_a_quotation_keeps_its_speaker_and_loses_an_unclear_one():
    page = make_page()
    start = TEXT.index("We have nothing")
    part = Span(page.article, start, TEXT.index("”"))
    sentence = next(s for s in page.sentences if s.covers(part))
    said = Quotation("q", Speech.DIRECT, (part,), sentence, Speaker("Ana Silva", "p"), 0.8)
    page = Page(page.article, page.sentences, (said,))
    clear = [c for c in summarise(page, sentences=8) if c.quotation]
    unclear = [c for c in summarise(page, sentences=8, min_confidence=0.9) if c.quotation]

    assert [c.speaker.name for c in clear] == ["Ana Silva"]
    assert [c.speaker for c in unclear] == [None]


def test_length_can_be_given_in_characters():
    chosen = texts(make_page(), sentences=9, characters=200)

    assert 0 < sum(map(len, chosen)) <= 200


def test_one_sentence_is_given_however_long():
    assert len(texts(make_page(), characters=1)) == 1


def test_the_title_draws_what_it_speaks_of():
    title = "Small museum of Porto Novo"

    plain = {c.span.text: c.score for c in summarise(make_page(), sentences=9)}
    drawn = {c.span.text: c.score for c in summarise(make_page(title=title), sentences=9)}
    museum = "Porto Novo also runs a small museum."
    assert drawn[museum] > plain[museum]


def test_a_sentence_that_fits_is_preferred_to_a_better_one_that_does_not():
    page = make_page()
    longest = max(len(span.text) for span in page.sentences)
    shortest = min(len(span.text) for span in page.sentences)
    for room in range(shortest, longest, 7):
        fitting = texts(page, characters=room, sentences=9)
        assert len(" ".join(fitting)) <= room or len(fitting) == 1


def test_a_headline_is_no_sentence_of_a_summary():
    page = make_page("Harbour wall to be rebuilt\n\nBy Ida Fenn\n\n" + TEXT)
    for sentences in range(1, 9):
        chosen = texts(page, sentences=sentences)
        assert chosen[0].startswith("The town of Porto Novo")
        assert "By Ida Fenn" not in chosen


def test_an_article_that_opens_with_he_is_not_summed_up_so():
    page = make_page(
        "He built boats for half of the county.\n\n"
        "The town of Carrow remembers Bo Lee, who built its boats."
    )
    for sentences in (1, 2):
        assert texts(page, sentences=sentences) == [page.sentences[1].text]
    assert texts(make_page("He built boats."), sentences=1) == ["He built boats."]


def test_a_text_of_headlines_only_gives_its_first_line():
    assert texts(make_page("Harbour wall to be rebuilt\n\nMayor resigns")) == [
        "Harbour wall to be rebuilt"
    ]


def test_a_piece_of_somebodys_words_comes_with_the_sentence_that_says_whose():
    page = make_page(
        "The mill opened after a strike.\n\n“We are glad,” said Walter Dunn of the mill. "
        "“Nobody wins a strike at a mill in winter.”\n\nTrains ran late."
    )
    for sentences in range(1, 5):
        chosen = texts(page, sentences=sentences)
        if any("Nobody wins" in text for text in chosen):
            assert any("Walter Dunn" in text for text in chosen)


def gold_pages() -> dict[str, tuple[Page, tuple[str, ...]]]:
    """Each gold article cleaned, with the lines of its page that are not its story."""
    found: dict[str, tuple[Page, tuple[str, ...]]] = {}
    for marked, _ in load_gold():
        found[marked.id] = (Page(marked, split_sentences(marked)), ())
    for path in PAGES:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
        text = "\n".join(li[2:] for li in path.read_text(encoding="utf-8").splitlines())
        raw = RawArticle(path.stem, text, None, None, None, None, None, path.name)
        article = clean(raw)
        furniture = tuple(line[2:] for line in lines if line[0] in "-~")
        found[path.stem] = (Page(article, split_sentences(article)), furniture)
    (record,) = read_sources([sample_source()], max_bytes=10**6)
    article = clean(record)
    found["sample"] = (
        Page(article, split_sentences(article)),
        tuple(related.text for related in article.related),
    )
    return found


GOLD = gold_pages()
OPENS_WITH_NOBODY = re.compile(
    r"\W*(?:(?:And|But|So|Then|However|Still|Instead)\W+)?"
    r"(?:he|she|it|they|his|her|its|their|this|these|those|that|such)\b",
    re.IGNORECASE,
)
SAYS_NOBODY = re.compile(r"[”\"»']\W*(?:he|she|they|his|her|its|their)\b", re.IGNORECASE)


@pytest.mark.parametrize("name", GOLD)
def test_no_summary_of_a_gold_article_has_a_dangling_pronoun_a_repeated_fact_or_furniture(name):
    page, furniture = GOLD[name]
    places = {(s.start, s.end): place for place, s in enumerate(page.sentences)}
    for sentences in range(1, 8):
        chosen = [c.span for c in summarise(page, sentences=sentences)]
        taken = [places[span.start, span.end] for span in chosen]
        assert taken == sorted(set(taken))
        for place, span in zip(taken, chosen, strict=True):
            text = span.text
            assert re.search(r"[.?!…]\W*$", text), text
            assert text not in furniture
            if OPENS_WITH_NOBODY.match(text) or (place and SAYS_NOBODY.search(text)):
                assert place - 1 in taken, text
        for one in chosen:
            for other in chosen:
                assert one == other or shared_words(one.text, other.text) < 0.7


def shared_words(one: str, other: str) -> float:
    """The part of the shorter one's longer words that stand in the other too."""
    words = [set(re.findall(r"[^\W_]{4,}", text.lower())) for text in (one, other)]
    small = min(map(len, words))
    return len(words[0] & words[1]) / small if small > 3 else 0.0


def test_an_article_without_sentences_has_no_summary():
    assert summarise(Page(Article("a", "x", ((0, 1),)))) == ()


@settings(deadline=None)
@given(st.text(alphabet="aT he.\n“”“,it", max_size=300), st.integers(1, 5))
def test_any_text_can_be_summarised(text, sentences):
    blocks = ((0, len(text)),) if text else ()
    article = Article("a", text, blocks)
    chosen = summarise(Page(article, split_sentences(article)), sentences=sentences)

    assert len(chosen) <= sentences


@pytest.mark.skipif(not (SHARED / "dev.jsonl").exists(), reason="needs the development set")
def test_summaries_are_not_below_the_first_three_sentences():
    ours, lead = [], []
    for line in (SHARED / "dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["source"] != "cnndm":
            continue
        article = Article(row["doc_id"], row["text"], ((0, len(row["text"])),))
        page = Page(article, split_sentences(article))
        for values, chosen in (
            (ours, texts(page, sentences=3)),
            (lead, [span.text for span in page.sentences[:3]]),
        ):
            values.append(rouge(" ".join(chosen), row["reference"]).rouge_1)

    assert len(ours) == 75
    # Measured on 2026-11-24: .4034 for the first three, .4123 for ours.
    assert statistics.fmean(ours) >= statistics.fmean(lead)
    assert statistics.fmean(ours) >= 0.409
