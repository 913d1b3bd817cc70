"""Search: meaning and words together, the same however the articles lie in segments."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bot.bootstrap import open_service
from index.build import add_to_index, build_index, remove_from_index
from index.scope import EVERYTHING, Scope
from index.search import search
from index.vectors import FaissVectors

if TYPE_CHECKING:
    from pathlib import Path

    from bot.answers.service import AnswerService
    from config.settings import Settings
    from index.search import Hit

TEXTS = {
    "bridge": "The council will repair the bridge in May.\n\nThe repair bill has doubled.",
    "school": "The school board voted on Tuesday.\n\nNobody spoke against the plan.",
    "twin": "The council will repair the bridge in May.\n\nRain was to blame.",
}


def find(service: AnswerService, query: str, scope: Scope = EVERYTHING, **more) -> tuple[Hit, ...]:
    weights = {"limit": 50, "dense_weight": 1.0, "words_weight": 0.7} | more
    vector = service._embedder.encode_query(query)
    return search(service.store, query, vector, scope=scope, **weights)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for name, text in TEXTS.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    return [tmp_path / f"{name}.txt" for name in TEXTS]


def test_hits_come_best_first_and_say_why(service: AnswerService) -> None:
    hits = find(service, "building a robust defense industrial base")

    assert "robust defense industrial base" in hits[0].passage.span.text
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 <= hit.score <= 1 and -1 <= hit.cosine <= 1 and hit.words >= 0 for hit in hits)
    assert hits[0].words == max(hit.words for hit in hits)


def test_vectors_and_words_looked_through_at_once_find_the_same(
    service: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = ("Who signed the agreement?", "a robust defense industrial base", "nothing of this")
    in_turn = [find(service, query) for query in queries]
    threads = set()
    search_vectors = FaissVectors.search

    def watched(self, *given):
        threads.add(threading.current_thread())
        return search_vectors(self, *given)

    monkeypatch.setattr(FaissVectors, "search", watched)
    monkeypatch.setattr("index.folder.BESIDE", 0)

    assert [find(service, query) for query in queries] == in_turn
    assert threads
    assert threading.current_thread() not in threads


def test_where_no_thread_is_to_be_had_one_is_looked_through_after_the_other(
    service: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_turn = find(service, "Who signed the agreement?")
    monkeypatch.setattr("index.folder.BESIDE", 0)

    def none(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none)
    assert find(service, "Who signed the agreement?") == in_turn


def test_a_cosine_is_that_of_the_vectors(service: AnswerService) -> None:
    query = "Who signed the agreement?"
    vector = service._embedder.encode_query(query)
    (article,) = service.articles()
    vectors = service.store.vectors(article.id)

    for hit in find(service, query):
        assert hit.cosine == pytest.approx(float(vectors[hit.number] @ vector), abs=1e-5)


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_no_more_is_found_than_asked_for(service: AnswerService, limit: int) -> None:
    hits = find(service, "Ukraine", limit=limit)

    assert len(hits) == min(limit, service.store.counts()[1])
    assert len({hit.number for hit in hits}) == len(hits)


def test_either_weight_may_be_nothing(service: AnswerService) -> None:
    by_meaning = find(service, "the border with Russia", words_weight=0.0)
    by_words = find(service, "the border with Russia", dense_weight=0.0)

    assert [hit.cosine for hit in by_meaning] == sorted(
        (hit.cosine for hit in by_meaning), reverse=True
    )
    assert [hit.words for hit in by_words] == sorted((hit.words for hit in by_words), reverse=True)


def test_however_many_segments_there_are_the_hits_are_the_same(
    either: Settings, files: list[Path]
) -> None:
    folder, found = either.index.place, []
    for order in itertools.islice(itertools.permutations(files), 3):
        build_index(order[:1], folder, either)
        for file in order[1:]:
            add_to_index([file], folder, either)
        found.append(find(open_service(either), "the council will repair the bridge"))
    build_index(files, folder, either)

    assert {hit.passage.span.article.id for hit in found[0]} == set(TEXTS)
    assert found[0] == found[1] == found[2]
    assert find(open_service(either), "the council will repair the bridge") == found[0]


def test_equal_passages_come_in_the_order_of_their_articles(
    either: Settings, files: list[Path]
) -> None:
    build_index(files[::-1], either.index.place, either)

    first, second, *_ = find(open_service(either), "The council will repair the bridge in May.")

    assert (first.passage.span.article.id, second.passage.span.article.id) == ("bridge", "twin")
    assert first.score == second.score


def test_a_withdrawn_article_is_found_no_more(either: Settings, files: list[Path]) -> None:
    folder = either.index.place
    build_index(files, folder, either)
    remove_from_index(["bridge"], folder, either)
    service = open_service(either)

    hits = find(service, "The repair bill has doubled.")

    assert {hit.passage.span.article.id for hit in hits} == {"school", "twin"}
    build_index(files[1:], folder, either)
    assert find(open_service(either), "The repair bill has doubled.") == hits


def test_nothing_is_found_in_nothing(service: AnswerService) -> None:
    assert find(service, "Ukraine", Scope(frozenset())) == ()


def test_a_question_of_no_known_word_is_still_met_by_meaning(service: AnswerService) -> None:
    hits = find(service, "zzz qqq")

    assert hits
    assert not np.any([hit.words for hit in hits])
