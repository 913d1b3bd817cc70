"""What was said and what was not, who is named for it, and what is shown with it."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING

import pytest

from bot.answers.answer import Attribution
from bot.answers.context import named_before, with_speaker
from bot.answers.question import Ask, asks_for_denial, read_question
from bot.answers.quotes import cite_quotations
from bot.answers.stance import takes_back
from bot.bootstrap import open_service
from index.article import Article, Span
from index.build import build_index
from index.speech import Quotation, Speaker, Speech, Stance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.answers.service import AnswerService
    from config.settings import Settings

TEXT = (
    "Mayor Ann Lee met the board. “The wall stands,” she said. “It will hold.” "
    "Lee did not say whether the city would pay. She denied that the city was broke. "
    "She denied it twice: “We are fine.” Lee declined to say how long. "
    "Lee not only said that it would hold."
)
ARTICLE = Article(id="wall", text=TEXT, blocks=((0, len(TEXT)),))
LEE = Speaker("Ann Lee", "ann-lee", ("Lee",))
SENTENCES = (
    "Mayor Ann Lee met the board.",
    "“The wall stands,” she said.",
    "“It will hold.”",
    "Lee did not say whether the city would pay.",
    "She denied that the city was broke.",
    "She denied it twice: “We are fine.”",
    "Lee declined to say how long.",
    "Lee not only said that it would hold.",
)


def span(words: str) -> Span:
    start = TEXT.index(words)
    return Span(ARTICLE, start, start + len(words))


def said(
    words: str,
    cue: str,
    context: str,
    *,
    mention: str,
    speech: Speech = Speech.INDIRECT,
    stance: Stance = Stance.SAID,
) -> Quotation:
    sentence = span(context)

    def inside(part: str) -> Span:
        start = TEXT.index(part, sentence.start)
        return Span(ARTICLE, start, start + len(part))

    return Quotation(
        id=f"wall:{words}",
        speech=speech,
        parts=(inside(words),),
        context=sentence,
        speaker=LEE,
        confidence=0.9,
        mention=inside(mention),
        cue=inside(cue),
        stance=stance,
    )


STANDS = said("The wall stands,", "said", SENTENCES[1], mention="she", speech=Speech.DIRECT)
HOLDS = said("It will hold.", "said", " ".join(SENTENCES[1:3]), mention="she", speech=Speech.DIRECT)
UNSAID = said(
    "whether the city would pay", "say", SENTENCES[3], mention="Lee", stance=Stance.UNSAID
)
DENIED = said(
    "that the city was broke", "denied", SENTENCES[4], mention="She", stance=Stance.DENIED
)
FINE = said("We are fine.", "denied", SENTENCES[5], mention="She", speech=Speech.DIRECT)
NOT_ONLY = said("that it would hold", "said", SENTENCES[7], mention="Lee")


def test_a_sentence_that_tells_what_was_not_said_marks_no_words_as_theirs() -> None:
    (citation,) = cite_quotations([UNSAID], 1.0)
    assert citation.span == UNSAID.context
    assert citation.answers == ()


def test_what_was_not_said_comes_after_what_was() -> None:
    first, last = cite_quotations([UNSAID, NOT_ONLY], 1.0)
    assert (first.span, last.span) == (NOT_ONLY.context, UNSAID.context)


def test_a_sentence_is_cited_once_with_all_words_of_its_speaker() -> None:
    (citation,) = cite_quotations([STANDS, HOLDS], 1.0)
    assert [part.text for part in citation.answers] == ["The wall stands,", "It will hold."]
    assert citation.span == HOLDS.context


def test_she_said_is_shown_with_the_sentence_that_names_her() -> None:
    shown = with_speaker(STANDS, tuple(map(span, SENTENCES)))
    assert shown.text == "Mayor Ann Lee met the board. “The wall stands,” she said."


def test_a_speaker_named_in_the_sentence_needs_none_before() -> None:
    assert with_speaker(UNSAID, tuple(map(span, SENTENCES))) == UNSAID.context


def test_a_name_too_far_before_is_not_fetched() -> None:
    far = tuple(map(span, (SENTENCES[0], SENTENCES[2], SENTENCES[5], SENTENCES[6])))
    quotation = said("that the city was broke", "denied", SENTENCES[4], mention="She")
    none_near = (far[1], span(SENTENCES[1]))
    assert with_speaker(quotation, none_near) == quotation.context


def test_who_said_it_is_answered_with_the_name_not_the_pronoun() -> None:
    (citation,) = cite_quotations([with_context(STANDS)], 1.0)
    found = named_before(citation)
    assert found is not None
    assert found.text == "Ann Lee"


def with_context(quotation: Quotation) -> Quotation:
    from dataclasses import replace  # noqa: PLC0415

    return replace(quotation, context=with_speaker(quotation, tuple(map(span, SENTENCES))))


@pytest.mark.parametrize(
    "typed", ["What did Lee not say?", "What did Lee never say?", "what didn't Lee say about it"]
)
def test_what_somebody_did_not_say_is_not_asked_of_their_words(typed: str) -> None:
    assert read_question(typed).ask is Ask.TOPIC


def test_not_in_the_topic_does_not_turn_the_question() -> None:
    asked = read_question("What did Lee say about not paying?")
    assert (asked.ask, asked.who, asked.topic) == (Ask.SPEECH_OF, "Lee", "not paying")


@pytest.mark.parametrize(
    ("typed", "who", "topic"),
    [
        ("According to the city report, how long was it?", "city report", "how long was it"),
        ("according to the harbour board what is broken", "harbour board", "what is broken"),
    ],
)
def test_according_to_a_name_of_several_words_is_read_whole(
    typed: str, who: str, topic: str
) -> None:
    asked = read_question(typed)
    assert (asked.who, asked.topic) == (who, topic)


def test_a_question_for_a_denial_is_told_from_one_for_words() -> None:
    assert asks_for_denial(read_question("What did Lee deny?"))
    assert not asks_for_denial(read_question("What did Lee say about denying it?"))
    assert takes_back(DENIED)
    assert not takes_back(UNSAID)


def test_according_to_the_paper_itself_is_a_question_of_the_topic() -> None:
    assert read_question("According to the report, how long did it take?").ask is Ask.TOPIC


@pytest.mark.parametrize(
    ("quote", "attribution"),
    [
        ("the city had put pressure on the board", Attribution.NOT_CLEAR),
        ("whether the city would buy the site", Attribution.NOT_CLEAR),
        ("The city did not ask for this", Attribution.CONFIRMED),
    ],
)
def test_nobody_is_confirmed_to_have_said_what_they_denied_or_would_not_say(
    tmp_path: Path, settings: Settings, quote: str, attribution: Attribution
) -> None:
    page = tmp_path / "mayor.txt"
    page.write_text(
        "“The city did not ask for this,” Mayor Peter Osei told reporters on Monday.\n\n"
        "Osei denied that the city had put pressure on the board.\n\n"
        "Mayor Osei did not say whether the city would buy the site.\n",
        encoding="utf-8",
    )
    build_index([page], settings.index.folder, settings)
    found = open_service(settings).check(quote, speaker="Osei")
    assert found.attribution is attribution


OSEI = (
    "“The city did not ask for this,” Mayor Peter Osei told reporters on Monday.\n\n"
    "Osei denied that the city had put pressure on the board. He asked whether anybody had "
    "seen a letter.\n\n"
    "Mayor Osei did not say whether the city would buy the site. He praised the board.\n\n"
    "Clerk Nora Wills denied that the files were lost.\n"
)


@pytest.fixture(scope="module")
def osei(
    tmp_path_factory: pytest.TempPathFactory,
    exported: Path,
    tiny_settings: Callable[[Path], Settings],
) -> AnswerService:
    folder = tmp_path_factory.mktemp("osei")
    (folder / "mayor.txt").write_text(OSEI, encoding="utf-8")
    shutil.copytree(exported, folder / "index")
    settings = tiny_settings(folder / "index")
    build_index([folder / "mayor.txt"], folder / "index", settings)
    return open_service(settings)


def test_quotes_list_a_denial_as_one_and_nothing_that_was_withheld_or_done(
    osei: AnswerService,
) -> None:
    found = {q.content.text: q.stance for q in osei.quotes(speaker="Osei")}
    assert found == {
        "The city did not ask for this,": Stance.SAID,
        "that the city had put pressure on the board": Stance.DENIED,
        "whether anybody had seen a letter": Stance.ASKED,
    }


def test_only_what_was_said_counts_and_who_only_denied_is_still_found(osei: AnswerService) -> None:
    assert [(v.speaker.name, v.quotations) for v in osei.voices()] == [("Peter Osei", 1)]
    (denial,) = osei.quotes(speaker="Wills")
    assert denial.stance is Stance.DENIED


def test_a_denial_is_shown_as_one_in_a_terminal_and_on_discord(osei: AnswerService) -> None:
    from bot.chat.cards import displays, embeds  # noqa: PLC0415
    from bot.chat.render import render_quotes  # noqa: PLC0415
    from bot.terminal import open_console, show_quotes  # noqa: PLC0415

    found = osei.quotes(speaker="Wills")
    page = io.StringIO()
    show_quotes(open_console(page), found, osei.speaker_is_clear)
    assert " denied · paragraph 4" in page.getvalue()
    ((card,),) = render_quotes(found)
    assert all("Denied · paragraph 4" in text for text in displays(card))
    assert "Denied · paragraph 4" in (embeds((card,))[0].description or "")


def test_a_checked_denial_is_cited_as_a_denial_and_confirms_nobody(osei: AnswerService) -> None:
    found = osei.check("the files were lost", speaker="Nora Wills")
    assert found.attribution is Attribution.NOT_CLEAR
    assert found.found[0].quotation is not None
    assert found.found[0].quotation.stance is Stance.DENIED


def test_quotes_about_a_topic_are_only_those_that_speak_of_it(osei: AnswerService) -> None:
    found = osei.quotes(speaker="Osei", about="pressure on the board")
    assert [q.stance for q in found] == [Stance.DENIED]
    assert osei.quotes(speaker="Osei", about="the price of fish") == ()
    assert osei.quotes(about="pressure on the board") == found
