"""bot/answers/quotes.py: whose words a cited passage is said to hold."""

from __future__ import annotations

from bot.answers.quotes import quotation_at
from index.article import Article, Span
from index.speech import Quotation, Speaker, Speech

TEXT = (
    "According to Obi, the town does all that it can for the port and its workers and will go on "
    "“as long as it takes.” Reed called it “late” and Obi “brave.”"
)
ARTICLE = Article("port", TEXT, ((0, len(TEXT)),))
OBI, REED = Speaker("Ada Obi", "ada-obi"), Speaker("Tom Reed", "tom-reed")


def words(text: str) -> Span:
    start = TEXT.index(text)
    return Span(ARTICLE, start, start + len(text))


def said(text: str, speaker: Speaker, context: Span) -> Quotation:
    return Quotation(text, Speech.DIRECT, (words(text),), context, speaker, 0.9)


FIRST = words(TEXT[: TEXT.index(" Reed")])
SECOND = words(TEXT[TEXT.index("Reed") :])
QUOTATIONS = (
    said("as long as it takes.", OBI, FIRST),
    said("late", REED, SECOND),
    said("brave.", OBI, SECOND),
)


def test_a_passage_with_a_few_words_of_one_speaker_is_theirs_where_quoted() -> None:
    found = quotation_at(FIRST, QUOTATIONS)
    assert found is not None
    assert (found.speaker, found.speech) == (OBI, Speech.MIXED)


def test_a_passage_that_quotes_two_people_in_passing_is_nobodys() -> None:
    assert quotation_at(SECOND, QUOTATIONS) is None


def test_an_answer_inside_a_quotation_is_that_speakers() -> None:
    found = quotation_at(SECOND, QUOTATIONS, (words("late"),))
    assert found is not None
    assert (found.speaker, found.speech) == (REED, Speech.DIRECT)
