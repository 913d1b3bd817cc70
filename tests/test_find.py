"""index/find.py: every article that prints some words in order, however many articles do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import in_database
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.answer import Attribution, Verdict
from bot.answers.check.words import read_words
from bot.answers.service import CHECKED
from bot.bootstrap import open_service
from index.build import build_index
from index.find import find_in_order, holds_in_order
from index.scope import EVERYTHING, Scope
from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.answers.service import AnswerService
    from config.settings import Settings

PAPERS = 3 * CHECKED
LAST = f"p{PAPERS - 1:02}"


@pytest.fixture(scope="module", params=["folder", "postgres"])
def service(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_settings: Callable[[Path], Settings],
    request: pytest.FixtureRequest,
) -> AnswerService:
    """Many papers with one sentence by Ada Moss; in the last Zed Quill says it as well."""
    folder = tmp_path_factory.mktemp("papers")
    rows = [
        {"id": f"p{n:02}", "text": f"“We will win,” said Ada Moss on day {n}. We will see who win."}
        for n in range(PAPERS)
    ]
    rows[-1]["text"] += (
        "\n\n“We will win,” said Zed Quill. “It’s a lot,” he added, “but not a ﬂood.”"
    )
    (folder / "papers.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    settings = tiny_settings(folder / "index")
    if request.param == "postgres":
        template = request.getfixturevalue("exported_database")
        server = request.getfixturevalue("postgres")
        server.execute(f"CREATE DATABASE papers TEMPLATE {template}")
        settings = in_database(settings, server.url("papers"))
    build_index([folder / "papers.jsonl"], settings.index.place, settings)
    return open_service(settings)


def test_a_true_quote_in_the_last_of_many_papers_is_confirmed(service: AnswerService) -> None:
    found = service.check("We will win", speaker="Zed Quill")
    assert (found.verdict, found.attribution) == (Verdict.VERBATIM, Attribution.CONFIRMED)
    assert found.found[0].span.article.id == LAST


@pytest.mark.parametrize(
    "quote",
    ["It's a lot, but not a flood", "IT’S A LOT", "a lot … a flood", "[I]t’s a lot … not a flood"],
)
def test_a_quote_in_one_of_many_papers_is_found_in_any_typography(
    service: AnswerService, quote: str
) -> None:
    found = service.check(quote)
    assert LAST in {citation.span.article.id for citation in found.found}


def test_words_in_another_order_are_not_found(service: AnswerService) -> None:
    def found(phrase: str) -> list[str]:
        return list(find_in_order(service.store, EVERYTHING, phrase))

    assert len(found("we will win")) == PAPERS
    assert found("a flood but not a lot") == []
    assert found("nobody knows") == found("—") == []


def test_an_article_outside_the_scope_is_not_found(service: AnswerService) -> None:
    inside = Scope(frozenset({"p01", "p02"}))
    assert list(find_in_order(service.store, inside, "we will win")) == ["p01", "p02"]


ODD = st.sampled_from(
    ["don’t", "U.S.", "caf\u00e9", "6 %", "£1,000", "un\u00adder", "_so_", "it", "‘em", "x"]
)
MARKS = st.sampled_from([" ", ", ", "” “", " — ", "\n\n", "-"])


@given(st.lists(st.tuples(ODD, MARKS), min_size=1, max_size=8), st.data())
def test_what_check_takes_for_a_copy_is_always_found(pieces, data) -> None:
    """Any run of a text's words, typed in other marks, is in order in it."""
    text = "".join(word + mark for word, mark in pieces)
    words = read_words(text)
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    copy = text[words.starts[first] : words.ends[last]]
    keys = " ".join(words.keys[first : last + 1])
    for typed in (copy, copy.upper(), copy.replace("’", "'"), keys):
        assert holds_in_order(text, words_of(typed))


def test_words_far_apart_are_not_one_utterance() -> None:
    assert not holds_in_order("go " + "on " * 200 + "home", ["go", "home"])


def test_a_line_of_a_megabyte_is_read_once() -> None:
    text = "we will " * 130_000
    assert not holds_in_order(text, words_of("we will win " * 50))
