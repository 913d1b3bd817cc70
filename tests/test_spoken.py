"""index/spoken.py and index/holding.py: what can hold a question's words, and no less."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from conftest import TINY_WORDS

from bot.answers import sayings as module
from bot.answers.abstain import telling_terms
from bot.answers.answer import Answer
from bot.answers.question import Ask, read_question
from bot.answers.quotes import cite_quotations, shared_words
from bot.answers.sayings import SAME_WORDS
from bot.answers.service import COPIES, _mark_speaker
from bot.bootstrap import open_service
from index.build import add_to_index, build_index, remove_from_index
from index.compact import compact_index
from index.folder import FolderStore
from index.scope import EVERYTHING, Scope
from index.spoken import spoken_in
from index.words import terms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bot.answers.service import AnswerService
    from config.settings import Settings
    from index.passages import Passage

NAMES = ("Ada Obi", "Tom Reed", "Ann Dunn")
SEED = 7


def articles(count: int) -> list[str]:
    """Articles of quotations of a sentence, of several, and of parts with the reporter between."""
    rng = random.Random(SEED)  # noqa: S311

    def words(least: int, most: int) -> str:
        return " ".join(rng.choices(TINY_WORDS, k=rng.randint(least, most)))

    lines = []
    for number in range(count):
        paragraphs = []
        for _ in range(rng.randint(1, 5)):
            said = ". ".join(words(3, 9).capitalize() for _ in range(rng.randint(1, 4)))
            name = rng.choice(NAMES)
            told = (
                f"“{said},” said {name}.",
                f"“{said},” said {name}, “{words(3, 6)}.”",
                f"“{said},” said {name}. “{words(3, 6).capitalize()},” she said.",
                f"{name} said that {words(3, 9)}.",
                f"{name} said that {words(3, 9)}. “{words(3, 6).capitalize()},” he said.",
            )
            paragraphs.append(f"{words(4, 12).capitalize()}. {rng.choice(told)}")
        lines.append(json.dumps({"id": f"a{number:03}", "text": "\n\n".join(paragraphs)}))
    return lines


@pytest.fixture(scope="module", params=["several segments", "merged"])
def service(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tiny_settings: Callable[[Path], Settings],
) -> AnswerService:
    """Sixty articles, of which some have been removed again."""
    there = tmp_path_factory.mktemp("spoken")
    settings = tiny_settings(there / "index")
    lines = articles(60)
    for number, first in enumerate(range(0, 60, 20)):
        source = there / f"{number}.jsonl"
        source.write_text("\n".join(lines[first : first + 20]), encoding="utf-8")
        (add_to_index if number else build_index)([source], settings.index.folder, settings)
    remove_from_index(["a003", "a021", "a059"], settings.index.folder, settings)
    if request.param == "merged":
        compact_index(settings.index.folder, settings, most=1)
    found = open_service(settings)
    assert (len(found.store.segments) == 1) == (request.param == "merged")
    return found


def scopes() -> list[Scope]:
    rng = random.Random(SEED)  # noqa: S311
    ids = [f"a{number:03}" for number in range(60)]
    return [EVERYTHING, *(Scope(frozenset(rng.sample(ids, k))) for k in (1, 6, 30))]


def terms_in(passages: Sequence[Passage]) -> set[str]:
    return {term for passage in passages for term in terms_of(passage.span.text)}


def test_each_quotation_lies_in_the_passages_that_are_kept_of_it(service: AnswerService) -> None:
    store = service.store
    assert isinstance(store, FolderStore)
    several = 0
    for place, row, _ in store.digests().values():
        segment = store.segments[place]
        analysed = segment.read(row)
        found = spoken_in(analysed.passages, analysed.quotations)
        assert len(found) == len(analysed.quotations)
        ranges = sorted(
            (min(inside), max(inside))
            for quotation in analysed.quotations
            if (
                inside := [
                    number
                    for number, passage in enumerate(analysed.passages)
                    if any(
                        passage.span.overlaps(span)
                        for span in (*quotation.parts, quotation.context)
                    )
                ]
            )
        )
        assert found == ranges
        several += sum(first < last for first, last in found)
    assert several


def test_no_article_that_can_hold_enough_is_left_out_and_none_that_cannot_is_named(
    service: AnswerService,
) -> None:
    rng = random.Random(SEED)  # noqa: S311
    fewer = 0
    for scope in scopes():
        for least in (1, 2, 3, 4):
            terms = set(terms_of(" ".join(rng.choices((*TINY_WORDS, "nowhere"), k=6))))
            expected = {}
            for name in service.store.article_ids(scope):
                row = service.store.digests()[name]
                analysed = service.store.segments[row[0]].read(row[1])
                held = [
                    len(terms & terms_in(analysed.passages[first : last + 1]))
                    for first, last in spoken_in(analysed.passages, analysed.quotations)
                ]
                if held and max(held) >= least:
                    expected[name] = max(held)
                whole = set(terms_of(analysed.article.text))
                fewer += len(terms & whole) >= least and name not in expected
            assert service.store.articles_quoting(terms, least, scope) == sorted(expected.items())
    assert fewer


def service_of(
    texts: dict[str, str], there: Path, tiny_settings: Callable[[Path], Settings]
) -> AnswerService:
    """The service over an index of these articles, by id."""
    source = there / "articles.jsonl"
    lines = [json.dumps({"id": name, "text": text}) for name, text in texts.items()]
    source.write_text("\n".join(lines), encoding="utf-8")
    settings = tiny_settings(there / "index")
    build_index([source], settings.index.folder, settings)
    return open_service(settings)


@pytest.mark.parametrize("at_once", [1, 2, 32])
def test_who_said_something_is_answered_as_if_everything_were_read(
    service: AnswerService, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(module, "READ_AT_ONCE", at_once)
    rng = random.Random(SEED)  # noqa: S311
    read: list[str] = []
    quotations = service.store.quotations
    answered = fewer = 0
    for scope in scopes():
        monkeypatch.setattr(service.store, "quotations", quotations)
        said = [q for q in service.quotes(scope=scope) if q.speaker is not None and q.is_said]
        monkeypatch.setattr(
            service.store, "quotations", lambda name: (read.append(name), quotations(name))[1]
        )
        for size in (1, 1, 1, 2, 2, 3, 3, 4, 6):
            topic = " ".join(rng.choices((*TINY_WORDS, "nowhere"), k=size))
            shares = [(shared_words(quotation, topic), quotation) for quotation in said]
            best = max((share for share, _ in shares), default=0.0)
            asked = read_question(f"Who said that {topic}?")
            if asked.ask is not Ask.SPEAKER_OF or asked.topic != topic:
                continue
            for top in (1, 3):
                read.clear()
                reply = service._ask_speaker(asked, scope, top)
                if not telling_terms(topic) or best < SAME_WORDS:
                    assert reply is None
                    continue
                chosen = service._sayings.introduced(q for share, q in shares if share == best)
                cited = tuple(map(_mark_speaker, cite_quotations(chosen, best)[:top]))
                assert reply == Answer(asked.text, best, cited)
                answered += 1
                able = {q.context.article.id for share, q in shares if share == best}
                fewer += not able <= set(read)
    assert answered > 30
    assert fewer or at_once == 32


def test_other_prints_of_a_sentence_are_found_whatever_their_marks_and_only_those(
    tmp_path: Path, tiny_settings: Callable[[Path], Settings]
) -> None:
    printed = {
        "a": "The council will repair the bridge in May.",
        "b": "THE COUNCIL will repair “the bridge” in May!",
        "c": "The council will repair the bridge in May or June.",
        "d": "In May the council will repair the bridge.",
        "e": "Rain fell. The council will repair the bridge in May.",
    }
    service = service_of(printed, tmp_path, tiny_settings)
    (sentence,) = service.store.sentences("a")

    assert [one.article.id for one in service._copies(sentence, EVERYTHING)] == ["a", "b", "e"]
    for scope, found in ((["a", "b", "c"], ["a", "b"]), (["a", "d"], ["a"]), (["a"], [])):
        copies = service._copies(sentence, Scope(frozenset(scope)))
        assert [one.article.id for one in copies] == found


def test_no_more_prints_of_a_stock_sentence_are_looked_through_than_an_answer_can_name(
    tmp_path: Path, tiny_settings: Callable[[Path], Settings]
) -> None:
    many = {f"a{n:03}": "He declined to speak on the bridge." for n in range(COPIES + 20)}
    service = service_of(many, tmp_path, tiny_settings)
    (sentence,) = service.store.sentences("a000")

    copies = [one.article.id for one in service._copies(sentence, EVERYTHING)]
    assert copies == [f"a{n:03}" for n in range(COPIES)]


def test_a_copy_is_not_missed_among_shorter_passages_of_the_same_words(
    tmp_path: Path, tiny_settings: Callable[[Path], Settings]
) -> None:
    texts = ["Vote for the bridge."] * (COPIES + 10) + ["Vote, vote, vote for the bridge."] * 3
    named = {f"a{n:03}": text for n, text in enumerate(texts)}
    service = service_of(named, tmp_path, tiny_settings)
    (sentence,) = service.store.sentences(f"a{COPIES + 10:03}")

    assert len(service._copies(sentence, EVERYTHING)) == 3


def test_quotations_that_are_shown_as_one_count_as_one(
    tmp_path: Path, tiny_settings: Callable[[Path], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by a reader of the code: two that join left a place empty."""
    said = "“The bridge will close in May,” he said. “The bridge will close in May again,” he said."
    told = "Tom Reed spoke of the bridge, which may close.\n\n“It is so,” Reed said."
    texts = {
        "a000": f"Tom Reed spoke of it on Monday. {said}",
        **{f"b{n:03}": told for n in range(5)},
        "c000": "“The bridge will close in May,” Ada Obi said.",
    }
    service = service_of(texts, tmp_path, tiny_settings)
    # As where the bound is the article's, and not the quotation's.
    monkeypatch.setattr(
        service.store,
        "articles_quoting",
        lambda terms, least, scope: [(name, len(terms)) for name in texts],
    )
    monkeypatch.setattr(module, "READ_AT_ONCE", 1)
    asked = read_question("Who said that the bridge will close in May?")
    few = service._ask_speaker(asked, EVERYTHING, 2)
    monkeypatch.setattr(module, "READ_AT_ONCE", 100)

    assert isinstance(few, Answer)
    assert {one.span.article.id for one in few.citations} == {"a000", "c000"}
    assert few == service._ask_speaker(asked, EVERYTHING, 2)
