"""index/speech: marks, masking, attribution."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from speech_gold import make_article, make_sentences

from index.speech import Speech
from index.speech.marks import find_stretches
from index.speech.masking import mask
from index.speech.parser import SpeechParser

PIECES = [
    *"“”\"‘’'«»„‟ ().…—?:",
    *("''", "``", "6'2\"", ", ", ". ", "\n\n", "Q: ", "A: ", "Mr.", "d’accord", "it’s", "adding"),
    *("she said", "Ada Moss", "He told reporters", "according to", "x" * 40),
    *("said that it", "did not deny that", "and, pressed on it, admitted that", "quoting her aunt"),
    *("made it clear that", "accused them of", "the “last” initiative", "(AP/Ada Moss)"),
    *("\u202eשלום", "مرحبا", "👩‍👩‍👧", "\u200b", "\ufffd", "\x00"),
]


@pytest.fixture(scope="module")
def parser():
    return SpeechParser()


def read(parser, text):
    article = make_article(text)
    return parser.attribute(article, make_sentences(article))


def stretches(text):
    article = make_article(text)
    return [text[s.start : s.end] for s in find_stretches(text, article.blocks)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“Go,” she said.", ["Go,"]),
        ('"Go," she said. "Now."', ["Go,", "Now."]),
        ("''Go,'' she said.", ["Go,"]),
        ("„Ja“, sagte er.", ["Ja"]),
        ("«Oui», dit-il.", ["Oui"]),
        ("‘Go,’ she said. ‘It’s late.’", ["Go,", "It’s late."]),
        ("'Go,' said the senators' aide. 'It's late.'", ["Go,", "It's late."]),
        ("He called it “a “real” win” twice.", ["a “real” win"]),
        ('The screen is 27" wide and he is 6\'2" tall.', []),
        ("It’s the dogs’ day in the ’90s.", []),
        ("“It was late,“ he said.", ["It was late,"]),
    ],
)
def test_marks_of_every_style_are_paired(text, expected):
    assert stretches(text) == expected


def test_a_paragraph_left_open_goes_on_in_the_next(parser):
    quotations = read(parser, "“It rained,” said Ada Moss. “Then it froze.\n\n“Then I ran.”")
    last = quotations[-1]
    assert [part.text for part in last.parts] == ["Then it froze.", "Then I ran."]
    assert last.speaker.name == "Ada Moss"


def test_an_interrupted_utterance_is_one_quotation_in_two_parts(parser):
    (quotation,) = read(parser, "“It is dear,” Ada Moss said, “but less than a flood.”")
    assert [part.text for part in quotation.parts] == ["It is dear,", "but less than a flood."]
    assert quotation.speech is Speech.DIRECT
    assert quotation.cue.text == "said"
    assert quotation.mention.text == "Ada Moss"


def test_a_fragment_in_a_paraphrase_is_mixed(parser):
    quotations = read(parser, "According to Ada Moss, the town will pay “every last cent.”")
    assert [(q.speech, q.parts[0].text) for q in quotations] == [(Speech.MIXED, "every last cent.")]
    assert quotations[0].speaker.name == "Ada Moss"


def test_a_paraphrase_is_indirect(parser):
    (quotation,) = read(parser, "Ada Moss said that the wall would last.")
    assert quotation.speech is Speech.INDIRECT
    assert quotation.content.text == "that the wall would last"


def test_relayed_words_keep_their_chain(parser):
    text = 'Ada Moss said that Leon Pryce told her: "Sell the boat."'
    quotation = next(q for q in read(parser, text) if q.speech is Speech.DIRECT)
    assert quotation.speaker.name == "Leon Pryce"
    assert [speaker.name for speaker in quotation.through] == ["Ada Moss"]


def test_words_that_nobody_claims_are_no_quotation(parser):
    quotations = read(parser, 'The "green" wall was built in 1960.')
    assert all(q.speech is Speech.INDIRECT for q in quotations)


def test_a_speaker_who_is_nobody_in_the_article_is_not_named(parser):
    quotations = read(parser, '"It is late," they said.')
    assert [q.speaker for q in quotations] == [None]
    assert quotations[0].confidence < 0.5


def test_masking_keeps_the_offsets(parser):
    text = "“Go home now,” said Ada Moss, who called it “a mess” twice."
    found = list(enumerate(find_stretches(text, ((0, len(text)),))))
    masked = mask(text, 0, len(text), found)
    for word in ("Ada", "mess", "twice"):
        assert text[masked.to_article(masked.text.index(word)) :].startswith(word)
    assert "home" not in masked.text


def test_the_context_holds_content_cue_and_source(parser):
    for quotation in read(parser, "“Go,” said Ada Moss. She left. “Now,” she added."):
        assert quotation.context.covers(quotation.content)
        assert quotation.mention is None or quotation.context.covers(quotation.mention)


def test_reading_twice_gives_the_same(parser):
    text = "“Go,” said Ada Moss. Leon Pryce said it was late. “Now,” he added."
    assert read(parser, text) == read(parser, text)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=40))
@example(["“", "0»", "“", "0", "“"])  # two stretches on the page's last token
def test_odd_text_never_breaks_the_reading(parser, pieces):
    """No crash, and every span inside the text (Span checks that itself)."""
    text = "".join(pieces)
    if not text.strip():
        return
    for quotation in read(parser, text):
        for part in quotation.parts:
            assert text[part.start : part.end] == part.text
            assert part.text.strip()


def test_marks_take_time_in_proportion_to_the_text():
    def seconds(size):
        text = "“a 'b\" c’ " * (size // 10)
        started = time.perf_counter()
        find_stretches(text, ((0, len(text)),))
        return time.perf_counter() - started

    seconds(10_000)
    assert seconds(1_000_000) < 60 * max(seconds(50_000), 0.005)


def test_one_line_of_many_quotations_is_read_in_time_in_proportion(parser):
    def seconds(times):
        text = '"Go on," said Ada Moss of the council. He called it "a mess" again. ' * times
        started = time.process_time()
        assert len(read(parser, text)) >= times
        return time.process_time() - started

    seconds(10)
    small = seconds(60)
    assert seconds(480) < 8 * 2.5 * small


@pytest.mark.parametrize(
    "opening",
    [
        "Asked whether jobs would go",
        "When asked if jobs would go",
        "Told that jobs would go",
    ],
)
def test_what_somebody_was_asked_or_told_is_not_put_into_their_mouth(parser, opening):
    article = make_article(f"{opening}, Ingrid Dahl said that nothing had been decided.")
    found = parser.attribute(article, make_sentences(article))
    theirs = [q.content.text for q in found if q.speaker and q.speaker.name == "Ingrid Dahl"]
    assert theirs == ["that nothing had been decided"]
