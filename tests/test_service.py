"""The service on the sample article: what is cited, what is declined, what is never served."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.answers.answer import Answer, NoAnswer, Reason
from bot.answers.service import QuestionTooLong, SeveralArticles
from bot.answers.talk import Turn
from bot.bootstrap import open_service
from config.settings import AnswersSettings, IndexSettings, Settings, SpeechSettings
from index.build import add_to_index, build_index
from index.scope import Scope
from index.sources import sample_source
from index.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.answers.answer import Citation
    from bot.answers.service import AnswerService

SAMPLE = sample_source().read_text(encoding="utf-8")
FURNITURE = (
    "Advertisement",
    "Shift in Ukrainian Attitudes Toward War Endurance as Belief in Russia’s Resources Grows",
    "Other Topics of Interest",
    (
        "Between February and October 2023, the proportion of Ukrainians who believe Russia "
        "retains substantial resources for a prolonged war against Ukraine nearly doubled, rising "
        "from 22% to 49%."
    ),
    "To suggest a correction or clarification, write to us here",
    "You can also highlight the text and press Ctrl + Enter",
)
FRAMES = (
    "{}",
    "What about {}?",
    "Who said {}?",
    "What did Kirby say about {}?",
    "What does the article say on {}?",
    "According to Kuleba, {}",
)
TALK = """22% to 49%; rising from 22% to 49%; 22%; 49; nearly doubled; the proportion of Ukrainians;
belief in Russia's resources; Russia's resources; substantial resources; a prolonged war;
October 2023; February; attitudes toward war endurance; suggest a correction; press Ctrl + Enter;
highlight the text; write to us; other topics; advertisement"""
QUESTIONS = [frame.format(words.strip()) for words in TALK.split(";") for frame in FRAMES]


def served(service: AnswerService, question: str) -> Iterator[Citation]:
    """All that anybody is shown for a question, whichever command it is put to."""
    answer = service.ask(question, top=10)
    yield from answer.citations if isinstance(answer, Answer) else answer.nearest
    yield from service.check(question).found


def test_both_parts_of_what_kuleba_said_are_cited(service: AnswerService) -> None:
    answer = service.ask("what did Kuleba say?")

    assert isinstance(answer, Answer)
    best = answer.citations[0]
    assert best.span.text in SAMPLE
    # A full stop inside the marks is printed there.
    assert [part.text.rstrip(".") for part in best.answers] == [
        "Ukraine deserves to be a member of NATO",
        "sooner rather than later",
    ]
    assert best.speaker is not None
    assert best.speaker.name == "Dmytro Kuleba"
    assert best.speech in {Speech.DIRECT, Speech.MIXED}


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("What did Zelensky say?", Reason.UNKNOWN_NAME),
        ("what did zelensky say about NATO", Reason.UNKNOWN_NAME),
        ("Who won the 2024 US election?", None),
        ("how do I bake bread", None),
        ("What is the capital of France?", None),
        ("What did Russia say?", Reason.NOT_QUOTED),
    ],
)
def test_what_the_article_does_not_say_is_declined(
    service: AnswerService, question: str, reason: Reason | None
) -> None:
    answer = service.ask(question)

    assert isinstance(answer, NoAnswer)
    assert answer.score < 0.5
    assert reason is None or answer.reason is reason


def test_the_furniture_of_the_page_is_not_among_what_is_stored(service: AnswerService) -> None:
    (article,) = service.articles()

    for block in FURNITURE:
        assert block in SAMPLE
        assert block not in article.text


def test_the_furniture_of_the_page_is_never_served(service: AnswerService) -> None:
    assert len(QUESTIONS) > 100
    shown = {
        (citation.span.article.text, citation.span.text)
        for question in (*QUESTIONS, *FURNITURE)
        for citation in served(service, question)
    }
    shown |= {(q.context.article.text, q.context.text) for q in service.quotes()}
    shown |= {(c.span.article.text, c.span.text) for c in service.summary(sentences=10).sentences}

    assert len(shown) > 5
    for article, text in shown:
        assert text in article
        assert text in SAMPLE
        assert not any(block in text or text in block for block in FURNITURE)
        assert "22%" not in text
        assert "Ctrl" not in text


def test_what_is_only_teased_is_no_quote_of_the_article(service: AnswerService) -> None:
    assert service.check("nearly doubled, rising from 22% to 49%").found == ()


@pytest.mark.parametrize("top", [1, 2, 5])
def test_no_more_is_cited_than_was_asked_for(service: AnswerService, top: int) -> None:
    answer = service.ask("What did Kirby say?", top=top)

    assert isinstance(answer, Answer)
    assert len(answer.citations) == top
    assert len({(c.span.start, c.span.end) for c in answer.citations}) == top


def test_a_follow_up_is_understood_from_the_questions_before(service: AnswerService) -> None:
    history = ["What did Kuleba say?"]
    plain = service.ask("What did Blinken say?")

    asked = service.ask("And what about Blinken?", history=history)
    again = service.ask("what about Kirby?", history=[*history, "And what about Blinken?"])

    assert isinstance(plain, Answer)
    assert isinstance(asked, Answer)
    assert isinstance(again, Answer)
    assert asked.citations == plain.citations
    assert {c.speaker.name for c in again.citations if c.speaker} == {"John Kirby"}


def test_a_follow_up_may_be_about_another_topic_of_the_same_person(service: AnswerService) -> None:
    answer = service.ask("What about the war?", history=["What did Kirby say?"])

    assert isinstance(answer, Answer)
    assert all(c.speaker and c.speaker.name == "John Kirby" for c in answer.citations)


def test_a_long_history_takes_no_longer(service: AnswerService) -> None:
    history = ["What did Kuleba say?", *["And what about Blinken?"] * 5000]

    assert isinstance(service.ask("and what about Kirby?", history=history), Answer | NoAnswer)


def test_an_empty_scope_has_no_articles(service: AnswerService) -> None:
    answer = service.ask("what did Kuleba say?", scope=Scope(frozenset()))

    assert isinstance(answer, NoAnswer)
    assert (answer.reason, answer.nearest, answer.score) == (Reason.NO_ARTICLES, (), 0.0)


@pytest.mark.parametrize("typed", ["", "   ", "\n\t", "?!", "🙂🙂🙂", "…", "\x00", "—", "\ud83d"])
def test_what_has_no_word_is_no_question(service: AnswerService, typed: str) -> None:
    answer = service.ask(typed)

    assert isinstance(answer, NoAnswer)
    assert answer.reason is Reason.NOT_A_QUESTION


def test_a_question_that_is_too_long_is_refused_and_never_cut(service: AnswerService) -> None:
    question = "What did Kuleba say about NATO? ".ljust(500, "a")
    assert len(question) == 500
    service.ask(question)

    with pytest.raises(QuestionTooLong, match="501 characters long; at most 500"):
        service.ask(question + "b")


@pytest.mark.parametrize(
    "typed",
    [
        "what did Kuleba say \udcff?",
        "what did Kuleba say 🇺🇦?",
        "WHAT DID KULEBA SAY",
        "what did \u202eKuleba\u202c say?",
        "what\u00a0did\u2003Kuleba say?",
        "what did Kuleba say?" + "\u200b",
    ],
)
def test_odd_characters_fail_no_question(service: AnswerService, typed: str) -> None:
    assert isinstance(service.ask(typed), Answer | NoAnswer)
    service.check(typed)


def test_threads_are_answered_as_one_asker_is(service: AnswerService) -> None:
    expected = [service.ask(question) for question in QUESTIONS[:40]]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(service.ask, QUESTIONS[:40])) == expected


def test_who_is_not_clear_is_not_named(sample_folder: Path) -> None:
    strict = Settings(
        index=IndexSettings(folder=sample_folder), speech=SpeechSettings(min_confidence=1.0)
    )
    service = open_service(strict)

    unclear = [q for q in service.quotes() if q.confidence < 1]

    assert unclear
    assert all(quotation.speaker is None for quotation in unclear)


def test_a_threshold_of_nothing_answers_anything(sample_folder: Path) -> None:
    open_to_all = Settings(
        index=IndexSettings(folder=sample_folder),
        answers=AnswersSettings(min_score=0, near_score=0),
    )

    answer = open_service(open_to_all).ask("how do I bake bread")

    assert isinstance(answer, Answer)
    assert answer.citations


def test_no_citation_is_shown_inside_another(service: AnswerService) -> None:
    for question in QUESTIONS[:60]:
        answer = service.ask(question, top=10)
        spans = [c.span for c in answer.citations] if isinstance(answer, Answer) else []
        for n, span in enumerate(spans):
            assert not any(other.covers(span) for other in spans[:n])


def test_of_several_articles_one_has_to_be_named(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("The school opens in June.", encoding="utf-8")
    add_to_index([tmp_path / "new.txt"], settings.index.folder, settings)
    service = open_service(settings)

    with pytest.raises(SeveralArticles, match="There are 2 articles here"):
        service.summary()
    assert service.summary("new").sentences[0].span.text == "The school opens in June."


def test_a_text_without_a_sentence_fails_nothing(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_text("🙂🙂\r\n\r\n— — —\r\n\r\nשלום", encoding="utf-8")
    build_index([tmp_path / "odd.txt"], settings.index.folder, settings)
    service = open_service(settings)

    assert isinstance(service.ask("What did Obi say?"), NoAnswer)
    assert service.quotes() == ()
    service.summary()


def test_he_is_the_one_last_asked_about_or_cited(service: AnswerService) -> None:
    asked = service.ask("what did he say about NATO?", history=["What did Kuleba say?"])
    (cited,) = service.remember([service.ask("What is the purpose of the assembly?")])
    again = service.ask("What else did he say?", history=[cited])

    assert isinstance(asked, Answer)
    assert asked.showing == "what did Dmytro Kuleba say about NATO?"
    assert {c.speaker.name for c in asked.citations if c.speaker} == {"Dmytro Kuleba"}
    assert cited.people == ("Antony Blinken",)
    assert again.showing == "What else did Antony Blinken say?"


@pytest.mark.parametrize(
    ("typed", "history", "word"),
    [
        ("what did he say?", [], "he"),
        ("where was that?", [], "that"),
        ("what did he say?", ["What did Kuleba and Blinken say?"], "he"),
        ("what did she say?", ["What did Kirby say?"], "she"),  # "He said", the article says
        ("what did he say?", ["When was the summit?"], "he"),
    ],
)
def test_a_pronoun_that_nobody_explains_is_not_guessed(
    service: AnswerService, typed: str, history: list[str], word: str
) -> None:
    result = service.ask(typed, history=history)

    assert isinstance(result, NoAnswer)
    assert (result.reason, result.about) == (Reason.UNCLEAR_REFERENCE, word)
    assert result.nearest == ()


def test_what_harks_back_to_an_answer_stays_within_its_article(
    settings: Settings, tmp_path: Path
) -> None:
    for name, day in (("north", "Monday"), ("south", "Friday")):
        text = f"The {name} bridge fell on {day}. Nobody was hurt in the {name}, the mayor said."
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    build_index([tmp_path / "north.txt", tmp_path / "south.txt"], settings.index.folder, settings)
    open_to_all = settings.model_copy(
        update={"answers": AnswersSettings(min_score=0, near_score=0)}
    )
    service = open_service(open_to_all)

    turn = Turn("Did the south bridge fall?", (), "south")
    when = service.ask("when was that?", history=[turn])
    gone = service.ask("when was that?", history=[replace(turn, article="gone")])

    assert isinstance(when, Answer)
    assert {c.span.article.id for c in when.citations} == {"south"}
    assert when.showing == "When did the south bridge fall?"
    assert isinstance(gone, Answer)


def test_several_questions_are_answered_one_by_one(service: AnswerService) -> None:
    who, said = service.ask_all("Who is Kirby and what did he say about Russia?")
    (alone,) = service.ask_all("What did Kuleba say?")

    assert isinstance(who, Answer)
    assert isinstance(said, Answer)
    assert said.showing == "what did John Kirby say about Russia?"
    assert alone == service.ask("What did Kuleba say?")
    with pytest.raises(QuestionTooLong):
        service.ask_all("What did Kuleba say? " * 30)


def test_what_was_not_understood_is_not_harked_back_to(service: AnswerService) -> None:
    history = ["What did Kirby say about Russia?", "did she?"]

    assert service.ask("when?", history=history).showing == "When did Kirby say that about Russia?"
    assert service.remember([service.ask("did she?"), service.ask("?!")]) == ()


def test_two_people_are_asked_about_at_once(service: AnswerService) -> None:
    both = service.ask("What did Kuleba and Blinken say?", top=10)
    one_unknown = service.ask("What did Kuleba and Zelensky say?")

    assert isinstance(both, Answer)
    assert {c.speaker.name for c in both.citations if c.speaker} == {
        "Antony Blinken",
        "Dmytro Kuleba",
    }
    assert isinstance(one_unknown, NoAnswer)


def test_what_turns_the_sense_of_an_answer_or_a_quote_is_handed_over_with_it(
    settings: Settings, tmp_path: Path
) -> None:
    paid = "“The council will pay for the harbour wall,” said Ada Obi."
    turn = "But the bill is far too high."
    (tmp_path / "wall.txt").write_text(f"{paid}\n\n{turn}\n\nIt rained.", encoding="utf-8")
    build_index([tmp_path / "wall.txt"], settings.index.folder, settings)
    service = open_service(settings)

    asked = service.ask("What did Obi say?")
    assert isinstance(asked, Answer)
    for cited in (asked.citations[0], service.check("The council will pay").found[0]):
        assert (cited.span.text, cited.goes_on and cited.goes_on.text) == (paid, turn)
    assert service.check(turn).found[0].goes_on is None
