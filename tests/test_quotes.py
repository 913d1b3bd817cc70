"""From quotations to citations: a sentence once, the words that are theirs marked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answers import quotes
from bot.answers.quotes import (
    cite_quotations,
    fit_of,
    quotation_at,
    score_by_hits,
    shared_words,
)
from index.article import Article, Span
from index.passages import Passage
from index.search import Hit
from index.speech import Quotation, Speaker, Speech

FIRST = "“It cannot wait,” Obi said, “and it will not.”"
SECOND = "Obi said the bridge would reopen."
THIRD = "“Rain,” said Reed and “steel,” said Obi."
TEXT = f"{FIRST} {SECOND} {THIRD} Nobody was hurt."
ARTICLE = Article("bridge", TEXT, ((0, len(TEXT)),))
OBI, REED = Speaker("Ada Obi", "ada-obi"), Speaker("Tom Reed", "tom-reed")


def span(words: str) -> Span:
    at = TEXT.index(words)
    return Span(ARTICLE, at, at + len(words))


def said(name: str, context: str, *parts: str, by: Speaker | None = OBI, **more) -> Quotation:
    speech = more.pop("speech", Speech.DIRECT)
    return Quotation(name, speech, tuple(map(span, parts)), span(context), by, 0.9, **more)


WAIT = said("1", FIRST, "It cannot wait,", "and it will not.")
REOPEN = said("2", SECOND, "the bridge would reopen", speech=Speech.INDIRECT)
RAIN = said("3", THIRD, "Rain,", by=REED)
STEEL = said("4", THIRD, "steel,")


def test_two_speakers_in_a_sentence_are_cited_apart() -> None:
    citations = cite_quotations([RAIN, STEEL], 1.0)

    assert [c.speaker for c in citations] == [REED, OBI]
    assert [[p.text for p in c.answers] for c in citations] == [["Rain,"], ["steel,"]]


def test_all_of_ones_words_in_a_sentence_are_marked_in_order() -> None:
    whole = said("5", FIRST, "and it will not.")
    rest = said("6", FIRST, "It cannot wait,")

    (citation,) = cite_quotations([whole, rest], 1.0)

    assert [part.text for part in citation.answers] == ["It cannot wait,", "and it will not."]


def test_quoted_words_come_before_paraphrase() -> None:
    citations = cite_quotations([REOPEN, STEEL, WAIT], 1.0)

    assert [c.span.text for c in citations] == [FIRST, THIRD, SECOND]


def test_paraphrase_is_not_marked_where_the_sentence_quotes() -> None:
    indirect = said("7", FIRST, "and it will not.", speech=Speech.INDIRECT)
    quoted = said("8", FIRST, "It cannot wait,")

    (citation,) = cite_quotations([indirect, quoted], 1.0)

    assert [part.text for part in citation.answers] == ["It cannot wait,"]
    assert citation.speech is Speech.DIRECT


def test_quotations_of_many_articles_are_not_held_against_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thousands may have said the same word."""
    held = []
    shows = quotes._shows
    monkeypatch.setattr(quotes, "_shows", lambda a, b: held.append(a) or shows(a, b))
    many = []
    for number in range(40):
        article = replace(ARTICLE, id=f"bridge-{number:02}")
        contexts = [Span(article, one.start, one.end) for one in (span(FIRST), span(THIRD))]
        many += [
            replace(WAIT, id=f"{number}:{place}", parts=(context,), context=context)
            for place, context in enumerate(contexts)
        ]

    citations = cite_quotations(many, 1.0)

    assert [c.span.article.id for c in citations] == [q.context.article.id for q in many]
    assert len(held) <= len(many)


def test_what_fits_best_comes_first_where_a_topic_is_asked_for() -> None:
    citations = cite_quotations([WAIT, REOPEN], 1.0, by_meaning={"2": 0.8, "1": 0.3})

    assert [c.span.text for c in citations] == [SECOND, FIRST]
    assert [c.score for c in citations] == [0.8, 0.3]


def test_nothing_is_cited_of_nothing() -> None:
    assert cite_quotations([], 1.0) == ()


def test_a_part_inside_another_is_marked_once() -> None:
    inner = said("9", FIRST, "cannot")

    (citation,) = cite_quotations([WAIT, inner], 1.0)

    assert [part.text for part in citation.answers] == ["It cannot wait,", "and it will not."]


def test_a_passage_is_cited_for_the_innermost_words_around_the_answer() -> None:
    inner = said("9", FIRST, "cannot wait", by=REED)

    assert quotation_at(span(FIRST), [WAIT, inner], [span("wait")]) == inner


def test_a_passage_is_cited_for_the_words_that_are_most_of_it() -> None:
    assert quotation_at(span(FIRST), [WAIT]) == WAIT


def test_narration_with_a_few_words_of_ones_is_mixed_speech() -> None:
    cited = quotation_at(span(THIRD), [RAIN])

    assert cited is not None
    assert (cited.speaker, cited.parts, cited.speech) == (REED, RAIN.parts, Speech.MIXED)


def test_narration_with_words_of_several_people_is_nobodys() -> None:
    assert quotation_at(span(THIRD), [RAIN, STEEL]) is None
    assert quotation_at(span("Nobody was hurt."), [WAIT, RAIN]) is None
    assert quotation_at(span(FIRST), []) is None


@pytest.mark.parametrize(
    ("topic", "share"),
    [("the bridge reopens", 1.0), ("the bridge and steel", 0.5), ("bread", 0.0), ("the", 0.0)],
)
def test_the_words_shared_with_a_topic_are_counted_by_their_stems(topic, share) -> None:
    assert shared_words(REOPEN, topic) == pytest.approx(share)


def test_a_quotation_is_about_a_topic_by_its_words_or_by_meaning_with_one_of_them() -> None:
    assert fit_of(REOPEN, "the bridge", 0.0) == 1.0
    assert fit_of(REOPEN, "", 0.0) == 1.0
    assert fit_of(REOPEN, "bread and butter", 0.9) == 0.0
    assert 0.6 < fit_of(REOPEN, "bridge repair costs money", 0.6) < 1.0
    assert fit_of(REOPEN, "bridge repair costs money", 0.1) == 0.0


def test_a_quotation_scores_as_the_best_passage_that_it_shares_words_with() -> None:
    hits = [
        Hit(Passage.of([span(words)]), 0.5, cosine, 0.0, n)
        for n, (words, cosine) in enumerate([(FIRST, 0.4), (SECOND, 0.7), (THIRD, -0.2)])
    ]

    assert score_by_hits([WAIT, REOPEN, RAIN], hits) == {"1": 0.4, "2": 0.7, "3": 0.0}
    assert score_by_hits([WAIT], []) == {}
