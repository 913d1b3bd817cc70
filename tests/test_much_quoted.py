"""Somebody who is quoted in very many articles is answered from those that can answer."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from conftest import TINY_WORDS, in_database

from bot.answers import sayings as module
from bot.answers.answer import Answer, NoAnswer, Reason
from bot.answers.sayings import Sayings
from bot.bootstrap import open_service
from index.build import build_index
from index.folder import FolderStore
from index.postgres import rows
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postgres_server import Server

    from bot.answers.service import AnswerService
    from config.settings import Settings

COUNT = 60
LATEST = [f"a{number:02}" for number in (*range(29, 0, -1), 0, *range(30, COUNT))]
"""Those with a day first, from the last one on; the others by id."""
SILENT = 70
"""Articles that quote nobody, and are nearer to a topic than most that do."""
TOPICS = ("the bridge", "the council and the plan", "ships", "the harbour", "xylophones")


def corpus(folder: Path) -> Path:
    chance = random.Random(3)  # noqa: S311 - the same each time
    lines = []
    for number in range(COUNT):
        words = " ".join(chance.choices(TINY_WORDS, k=8))
        other = " ".join(chance.choices(TINY_WORDS, k=6))
        said = f"“The {words},” said Ada Obi." if number % 3 else f"Ada Obi said that the {words}."
        text = f"{said}\n\n“The {other},” said Tom Reed."
        known = {"published": f"2024-03-{number:02}"} if number and number < 30 else {}
        lines.append(json.dumps({"id": f"a{number:02}", "text": text, **known}))
    for number in range(SILENT):
        words = " ".join(chance.choices(TINY_WORDS[-25:], k=7))
        text = f"The {words} near the bridge and the harbour."
        lines.append(json.dumps({"id": f"n{number:02}", "text": text}))
    path = folder / "much.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=["folder", "postgres"])
def service(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tiny_settings: Callable[[Path], Settings],
) -> AnswerService:
    folder = tmp_path_factory.mktemp("much")
    settings = tiny_settings(folder / "index")
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres")
        server.execute("CREATE DATABASE much")
        settings = in_database(settings, server.url("much"))
    build_index([corpus(folder)], settings.index.place, settings)
    return open_service(settings)


def questions() -> Iterator[str]:
    yield "What did Ada Obi say?"
    yield "What did Obi deny?"
    for topic in TOPICS:
        yield f"What did Ada Obi say about {topic}?"
        yield f"What did Reed say about {topic}?"


def test_the_answer_is_the_one_that_reading_all_of_them_gives(
    service: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = 0
    for question in questions():
        monkeypatch.setattr(module, "READ_WHOLE", 1000)
        whole = service.ask(question)
        for at_once in (1, 7):
            monkeypatch.setattr(module, "READ_WHOLE", 10)
            monkeypatch.setattr(module, "READ_AT_ONCE", at_once)
            found = service.ask(question)
            assert type(found) is type(whole)
            if isinstance(whole, Answer):
                assert found == whole
                answered += 1
            else:
                assert isinstance(found, NoAnswer)
                assert isinstance(whole, NoAnswer)
                assert found.reason is whole.reason
    assert answered > 3


def test_what_cannot_answer_is_not_read(
    service: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_WHOLE", 10)
    monkeypatch.setattr(module, "READ_AT_ONCE", 4)
    read: list[str] = []
    quotations = service.store.quotations
    monkeypatch.setattr(
        service.store, "quotations", lambda name: (read.append(name), quotations(name))[1]
    )
    found = service.ask("What did Ada Obi say?")

    assert isinstance(found, Answer)
    assert len(set(read)) <= 4 + 8 < COUNT


def test_of_nothing_that_was_said_it_is_said_that_they_are_silent_on_it(
    service: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_WHOLE", 10)
    found = service.ask("What did Ada Obi say about xylophones?")

    assert isinstance(found, NoAnswer)
    assert found.reason is Reason.SILENT_ON_TOPIC


def test_quotations_of_many_articles_are_the_latest_and_no_more_of_them_are_read(
    service: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LATEST_AT_ONCE", 4)
    read: list[str] = []
    quotations = service.store.quotations
    monkeypatch.setattr(
        service.store, "quotations", lambda name: (read.append(name), quotations(name))[1]
    )
    for speaker in (None, "Obi"):
        everything = service.quotes(speaker=speaker)
        read.clear()
        found = service.quotes(speaker=speaker, most=9)
        needed = len(set(read))
        by_date = sorted(everything, key=lambda q: LATEST.index(q.context.article.id))

        assert [q.context.article.id for q in everything] == sorted(
            q.context.article.id for q in everything
        )
        assert found == tuple(by_date[:9])
        assert needed <= 9 < COUNT
        assert service.quotes(speaker=speaker, most=1000) == tuple(by_date)


def test_quotations_on_a_topic_are_those_that_reading_all_of_them_gives(
    service: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = 0
    narrowed = Sayings._about_it
    for topic in (*TOPICS, "the", "bridge harbour school council"):
        for speaker in (None, "Obi"):
            found = service.quotes(speaker=speaker, about=topic)
            few = service.quotes(speaker=speaker, about=topic, most=3)
            with monkeypatch.context() as patched:
                patched.setattr(
                    Sayings,
                    "_about_it",
                    lambda self, scope, topic: (scope, narrowed(self, scope, topic)[1]),
                )
                whole = service.quotes(speaker=speaker, about=topic)
            assert found == whole
            assert len(few) == min(3, len(whole))
            assert few == tuple(sorted(whole, key=lambda q: LATEST.index(q.context.article.id)))[:3]
            listed += len(whole)
    assert listed > 10


def test_articles_that_quote_nobody_take_no_place_among_what_is_near_a_topic(
    service: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, near = service._sayings._about_it(EVERYTHING, "the bridge")
    # A scope of very many articles is not made for one question.
    monkeypatch.setattr(module, "NARROWED", 1)
    _, among_all = service._sayings._about_it(EVERYTHING, "the bridge")

    assert len(near) > 3
    assert {hit.passage.span.article.id[0] for hit in near} == {"a"}
    assert {hit.passage.span.article.id[0] for hit in among_all} == {"a", "n"}


def test_looking_ahead_takes_no_more_ids_than_it_reads_at_once(
    service: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_TOGETHER", 4)
    left = service.store.article_ids()
    read = service.store.read_ahead(left)

    assert next(read) == "a00"
    assert next(left) == ("a01" if isinstance(service.store, FolderStore) else "a04")
