"""Whether what was found is good enough to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.answers.abstain import missing_anchors, telling_terms
from index.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from bot.answers.service import AnswerService


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("What did Zelensky say about NATO?", ("Zelensky",)),
        ("What did Kuleba say about NATO?", ()),
        ("What happened in 1999?", ("1999",)),
        ("Was it 22% or 49%?", ("22%", "49%")),
        ("Zelensky said what?", ()),
        ("what did zelensky say", ()),
        ("WHAT DID ZELENSKY SAY", ()),
        ("Did Biden's Ukraine plan pass in the US Senate?", ("Senate",)),
        ("", ()),
    ],
)
def test_names_and_numbers_that_no_article_prints_are_missing(
    service: AnswerService, question: str, missing: tuple[str, ...]
) -> None:
    assert missing_anchors(service.store, EVERYTHING, question) == missing


def test_what_stands_outside_the_scope_is_missing(service: AnswerService) -> None:
    nothing = Scope(frozenset())

    assert missing_anchors(service.store, nothing, "What did Kuleba say?") == ("Kuleba",)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("What did the ministers say about the bridges?", ("minist", "bridg")),
        ("who is it", ()),
        ("bridge, bridges and BRIDGE", ("bridg",)),
    ],
)
def test_the_words_that_tell_what_is_asked_are_stems_each_once(text, terms) -> None:
    assert telling_terms(text) == terms
