"""bot/terminal.py: what a person reads, on a terminal and in a pipe."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console
from rich.text import Text
from values import (
    ANSWER,
    ARTICLE,
    BARE,
    CHECK,
    CITATION,
    NO_ANSWER,
    RUIZ_SAYS,
    SECOND,
    SOMEBODY_SAYS,
    SUMMARY,
    TEXT,
    THIRD,
    UNKNOWN,
    VOICE,
    is_clear,
    span,
)

from bot import terminal
from bot.answers.answer import Answer, Check, Citation, NoAnswer, Reason, Verdict
from index.article import Article, Span

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def drawn(show, *values, width=None, **options):
    """What is written: to a terminal of some width, or (without one) to a pipe."""
    stream = io.StringIO()
    if width is None:
        console = terminal.open_console(stream)
    else:
        console = Console(
            file=stream, width=width, force_terminal=True, color_system="standard",
            highlight=False, markup=False, emoji=False, soft_wrap=True,
        )  # fmt: skip
    show(console, *values, **options)
    return stream.getvalue()


def barred(text):
    """The newspaper's words: what stands behind the bars, line by line."""
    lines = ANSI.sub("", text).splitlines()
    return [line.partition("│ ")[2] for line in lines if "│ " in line]


@pytest.mark.parametrize("width", [30, 44, 80, 200])
def test_the_newspapers_words_are_only_broken_at_blanks(width):
    shown = barred(drawn(terminal.show_answer, Answer("?", 1, (CITATION,)), width=width))
    assert "".join(shown) == SECOND
    assert all(line.endswith(" ") for line in shown[:-1])
    assert (len(shown) > 1) == (width < 100)
    assert max(len(line.rstrip()) for line in shown) + 4 <= max(width, 24)


def test_in_a_pipe_nothing_is_broken_and_nothing_coloured():
    text = drawn(terminal.show_answer, ANSWER)
    assert SECOND in text
    assert "\x1b" not in text
    assert "Ana Ruiz · their words · paragraph 2 · Harbour wall to rise again" in text
    assert "https://news.example/harbour#:~:text=" in text


def test_the_answering_words_stand_out():
    text = drawn(terminal.show_answer, ANSWER, width=200)
    assert "\x1b[1mnearly half done\x1b[0m" in text


def test_citations_are_numbered_where_there_are_several():
    assert [
        line[:2] for line in drawn(terminal.show_answer, ANSWER).splitlines() if "│" in line
    ] == [
        "1 ",
        "2 ",
    ]


def test_what_came_nearest_is_marked_as_no_answer():
    text = drawn(terminal.show_answer, NO_ANSWER)
    assert text.startswith("Nothing printed in the articles surely answers this.\n")
    assert text.index(terminal.NEAREST) < text.index("Nobody was hurt")


def test_a_reason_names_what_it_speaks_of():
    assert drawn(terminal.show_answer, UNKNOWN) == "Bob does not appear in the articles.\n"


def test_a_topic_that_a_speaker_is_silent_on_is_not_said_to_be_quoted(service):
    text = drawn(terminal.show_answer, service.ask("what did Kuleba say about Russia?"))
    assert text.startswith("They are quoted in the articles, but not on Russia.\n")


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_with_and_without_a_name(reason):
    for about in ("Bob", None):
        text = drawn(terminal.show_answer, NoAnswer("?", 0.0, reason, (), about))
        assert text.strip().endswith((".", "?"))
        assert text[0].isupper()
        assert "{" not in text


def test_an_unclear_speaker_is_not_named_and_comes_last():
    text = drawn(terminal.show_quotes, (SOMEBODY_SAYS, RUIZ_SAYS), is_clear)
    assert text.index("Ana Ruiz  the engineer") < text.index("Speaker not clear")
    assert "the mayor\n" not in text
    assert "relayed by Ana Ruiz" in text


def test_the_parts_of_an_interrupted_quotation_are_shown_in_one_sentence():
    text = drawn(terminal.show_quotes, (RUIZ_SAYS,), is_clear, width=200)
    assert barred(text) == [SECOND]
    assert "\x1b[1mIt is nearly half done,\x1b[0m" in text
    assert "\x1b[1mand we are proud of every stone.\x1b[0m" in text


def test_no_quotes_are_told_with_the_name():
    assert drawn(terminal.show_quotes, (), is_clear) == "The articles quote nothing.\n"
    assert "by Bob." in drawn(terminal.show_quotes, (), is_clear, speaker="Bob")


def test_differences_are_readable_without_colours():
    text = drawn(terminal.show_check, CHECK)
    assert "Not word for word" in text
    assert "  [-fully-] {+nearly half+}\n" in text
    assert "  [-quickly-]\n" in text
    assert "  {+proud+}\n" in text


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_is_told_in_words(verdict):
    text = drawn(terminal.show_check, Check("q", "Ruiz", verdict))
    assert len(text.split()) > 3
    assert ("Ruiz" in text) == (verdict is Verdict.WRONG_SPEAKER)


def test_what_is_not_found_is_never_called_unsaid():
    text = drawn(terminal.show_check, Check("q", None, Verdict.NOT_FOUND, (CITATION,)))
    assert text.startswith("✗ Not in these articles.")
    assert text.index(terminal.CLOSEST) < text.index("│")


def test_a_summary_is_the_articles_sentences_under_its_title():
    text = drawn(terminal.show_summary, SUMMARY)
    assert text.startswith("Harbour wall to rise again · The Example · 2024-07-08\n")
    assert barred(text) == [citation.span.text for citation in SUMMARY.sentences]


def test_an_article_is_shown_whole_and_its_related_story_apart():
    text = drawn(terminal.show_article, ARTICLE)
    assert barred(text)[:3] == TEXT.split("\n\n")
    assert text.index("Related story, no part of this article") < text.index("Fishing fell")


def test_tables_leave_out_what_no_row_has_and_are_tabs_in_a_pipe():
    assert "title" not in drawn(terminal.show_articles, (BARE,), width=80)
    table = drawn(terminal.show_articles, (ARTICLE, BARE), width=80)
    assert "Harbour wall to rise again" in table
    assert drawn(terminal.show_articles, (BARE,)) == "bare\t\t\t\t1\n"
    assert drawn(terminal.show_speakers, (VOICE,)) == (
        "Ana Ruiz\t3\tRuiz\tthe engineer\tharbour (2), bare (1)\n"
    )


EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\rhidden\x00\u202etxt"


def test_nothing_in_an_article_or_a_question_can_steer_the_terminal():
    article = Article(
        id=EVIL, text=EVIL, blocks=((0, len(EVIL)),), title=EVIL, url=f"http://x/{EVIL}"
    )
    said = Citation(Span(article, 0, len(EVIL)), 1.0)
    half = "\ud800"  # of a surrogate pair
    shown = [
        drawn(terminal.show_answer, Answer(EVIL, 1.0, (said,))),
        drawn(terminal.show_answer, NoAnswer(EVIL, 0.0, Reason.UNKNOWN_NAME, (), EVIL + half)),
        drawn(terminal.show_check, Check(EVIL, EVIL, Verdict.WRONG_SPEAKER, (said,))),
        drawn(terminal.show_articles, (article,)),
        drawn(terminal.show_article, article),
        drawn(terminal.show_quotes, (), is_clear, speaker=EVIL + half),
    ]
    for text in shown:
        assert "hidden" in text or "own" in text
        assert not [c for c in text if (ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0]
        assert not set(text) & {"\u202e", "\ud800"}


def test_a_sign_for_each_control_keeps_every_offset():
    assert len(terminal.printable(EVIL)) == len(EVIL)
    assert terminal.printable("Ł “x”\u00a0é 漢\n") == "Ł “x”\u00a0é 漢 "


def test_wide_letters_count_twice_and_a_long_word_keeps_whole():
    assert [line.plain for line in terminal.wrap(Text("漢字 漢字 漢字"), 9)] == [
        "漢字 漢字 ",
        "漢字",
    ]
    assert [line.plain for line in terminal.wrap(Text("a verylongword b"), 6)] == [
        "a ",
        "verylongword ",
        "b",
    ]
    assert [line.plain for line in terminal.wrap(Text("10\u00a0000 x"), 4)] == ["10\u00a0000 ", "x"]


def test_what_turns_the_sense_stands_under_a_label_and_is_printed() -> None:
    text = drawn(terminal.show_answer, Answer("?", 1, (replace(CITATION, goes_on=span(THIRD)),)))

    assert text.index(terminal.TURNS) < text.index(THIRD)
    assert f"│ {THIRD}" in text
