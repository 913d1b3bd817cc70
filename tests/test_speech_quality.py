"""How well speech is attributed: scores may rise freely and fall only on purpose."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from speech_gold import load_gold, make_article, make_sentences, mistakes

from index.speech import Speech
from index.speech.parser import SpeechParser

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
DEV = SHARED / "eval" / "quotes" / "dev.jsonl"

# Measured when last changed: 117 of 121 marked stretches of 30 articles, and nothing beside them.
GOLD_MISTAKES = 4


@pytest.fixture(scope="module")
def parser():
    return SpeechParser()


def test_the_gold_articles_are_read_no_worse_than_before(parser):
    gold = load_gold()
    assert len(gold) >= 30
    wrong = [
        f"{article.id}: {line}"
        for article, marked in gold
        for line in mistakes(marked, parser.attribute(article, make_sentences(article)))
    ]
    assert len(wrong) <= GOLD_MISTAKES, "\n".join(wrong)


def test_the_sample_article_is_attributed_to_those_who_spoke(parser):
    text = (ROOT / "index" / "sample" / "article.txt").read_text(encoding="utf-8")
    article = make_article(text, "sample")
    quotations = parser.attribute(article, make_sentences(article))
    quoted = [q for q in quotations if q.speech is not Speech.INDIRECT]
    assert [(q.speaker.name, q.parts[0].text[:12], q.speech) for q in quoted] == [
        ("John Kirby", "First they g", Speech.DIRECT),
        ("John Kirby", "every step o", Speech.MIXED),
        ("Antony Blinken", "to help buil", Speech.MIXED),
        ("Dmytro Kuleba", "Ukraine dese", Speech.DIRECT),
        ("Dmytro Kuleba", "sooner rathe", Speech.MIXED),
    ]
    indirect = [
        q.content.text
        for q in quotations
        if q.speech is Speech.INDIRECT and q.speaker and q.speaker.name == "John Kirby"
    ]
    assert any("security agreement would help" in content for content in indirect)


@pytest.mark.skipif(not DEV.exists(), reason="the development set is not beside the repository")
def test_the_development_set_is_read_no_worse_than_before(parser):
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import quotes  # noqa: PLC0415 - its folder is on the path only here

    rows = quotes.load_rows(DEV)
    scorer = quotes.load_scorer(DEV.parent)
    found = quotes.attribute_rows(parser, rows)
    predictions = {doc: quotes.predictions(said) for doc, said in found.items()}
    figures, _ = scorer.score(rows, predictions)
    assert figures["joint"]["f1"] >= 0.925
    assert figures["span_80"]["f1"] >= 0.975
    assert figures["speaker_acc"] >= 0.94
    assert figures["speaker_acc_by_type"]["pronoun in text"]["acc"] >= 0.94
    assert figures["not_verbatim"] == 0
    assert quotes.indirect_figures(rows, found, scorer)["joint F1"] >= 0.48
    sure = [ok for said, ok, _ in quotes.judged(rows, predictions, scorer) if said >= 0.9]
    assert len(sure) > 400
    assert sum(sure) / len(sure) >= 0.97
