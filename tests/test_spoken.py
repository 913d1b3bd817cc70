"""index/spoken.py and index/holding.py: what can hold a question's words, and no less."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from conftest import TINY_WORDS

from bot.answers.abstain import telling_terms
from bot.answers.answer import Answer
from bot.answers.question import Ask, read_question
from bot.answers.quotes import cite_quotations, shared_words
from bot.answers.service import SAME_WORDS, _mark_speaker
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
                f"{name} said that {words(3, 9)}.",
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


def test_who_said_something_is_answered_as_if_everything_were_read(service: AnswerService) -> None:
    rng = random.Random(SEED)  # noqa: S311
    answered = 0
    for scope in scopes():
        said = [q for q in service.quotes(scope=scope) if q.speaker is not None and q.is_said]
        for size in (1, 2, 2, 3, 3, 4, 6):
            topic = " ".join(rng.choices((*TINY_WORDS, "nowhere"), k=size))
            shares = [(shared_words(quotation, topic), quotation) for quotation in said]
            best = max((share for share, _ in shares), default=0.0)
            asked = read_question(f"Who said that {topic}?")
            if asked.ask is not Ask.SPEAKER_OF or asked.topic != topic:
                continue
            reply = service._ask_speaker(asked, scope, 3)
            if not telling_terms(topic) or best < SAME_WORDS:
                assert reply is None
                continue
            chosen = service._introduced(q for share, q in shares if share == best)
            expected = tuple(map(_mark_speaker, cite_quotations(chosen, best)[:3]))
            assert isinstance(reply, Answer)
            assert [c.span for c in reply.citations] == [c.span for c in expected]
            assert [c.answers for c in reply.citations] == [c.answers for c in expected]
            answered += 1
    assert answered > 10
