"""The word index: BM25 as bm25s scores it, within a scope and over several segments alike."""

from __future__ import annotations

import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.words import K1, B, Words, WordsWriter, score_rows, terms_of, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

TELLING = (
    "harbour ministers bridges vote votes voting repaired ship storms budget ’half’ naïve".split()
)
QUERIES = (
    "the budget vote",
    "harbour",
    "repairing a bridge in the storm storm",
    "naive minister's",
)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    chance = random.Random(3)  # noqa: S311 - made-up texts
    return [" ".join(chance.choices(TELLING, k=chance.randint(1, 25))) for _ in range(300)]


def written(folder: Path, texts: Sequence[str]) -> Words:
    folder.mkdir()
    writer = WordsWriter()
    for text in texts:
        writer.add(text)
    writer.write(folder)
    return Words(folder)


def everything(words: Words) -> NDArray[np.bool_]:
    return np.ones(len(words.lengths), dtype=np.bool_)


@pytest.mark.parametrize("query", QUERIES)
def test_scores_are_those_of_bm25s(tmp_path: Path, texts: list[str], query: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import bm25s  # noqa: PLC0415 - the yardstick; it warns of its own imports

        judge = bm25s.BM25(method="lucene", k1=K1, b=B)
        judge.index([terms_of(text) for text in texts], show_progress=False)
        known = set(judge.vocab_dict)
        expected = judge.get_scores([term for term in terms_of(query) if term in known])
    words = written(tmp_path / "words", texts)

    (scores,) = score_rows([words], [everything(words)], query)

    assert scores.max() > 0
    assert np.abs(scores - expected).max() < 1e-4


@pytest.mark.parametrize("query", QUERIES)
def test_scores_in_a_scope_are_those_of_an_index_of_the_scope(
    tmp_path: Path, texts: list[str], query: str
) -> None:
    words = written(tmp_path / "all", texts)
    seen = np.arange(len(texts)) % 3 == 0
    alone = written(tmp_path / "some", texts[::3])

    (scores,) = score_rows([words], [seen], query)

    (expected,) = score_rows([alone], [everything(alone)], query)
    assert np.array_equal(scores[seen], expected)
    assert not scores[~seen].any()


@pytest.mark.parametrize("query", QUERIES)
def test_several_segments_score_as_one(tmp_path: Path, texts: list[str], query: str) -> None:
    parts = [written(tmp_path / str(n), texts[n : n + 100]) for n in (0, 100, 200)]
    whole = written(tmp_path / "whole", texts)

    scores = score_rows(parts, [everything(part) for part in parts], query)

    (expected,) = score_rows([whole], [everything(whole)], query)
    assert np.array_equal(np.concatenate(scores), expected)


def test_nothing_in_sight_scores_nothing(tmp_path: Path, texts: list[str]) -> None:
    words = written(tmp_path / "words", texts)

    (scores,) = score_rows([words], [~everything(words)], "budget")

    assert not scores.any()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The mayor’s “naïve” plan", ["the", "mayor", "naive", "plan"]),
        ("ministers' U.S. 22% STRASSE straße", ["ministers", "u", "s", "22", "strasse", "strasse"]),
        ("don't rock'n'roll", ["don't", "rock'n'roll"]),
        ("Київ 東京 🙂 — …", ["киів", "東京"]),
        ("", []),
    ],
)
def test_words_are_compared_folded(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text(max_size=60))
def test_a_text_and_its_capitals_have_the_same_words(text: str) -> None:
    assert words_of(text) == words_of(text.casefold())


def test_threads_stem_alike(texts: list[str]) -> None:
    expected = [terms_of(text) for text in texts]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(terms_of, texts)) == expected


def test_the_terms_of_a_beginning_are_those_that_begin_so(tmp_path: Path) -> None:
    writer = WordsWriter()
    writer.add("kuleba kirby kyiv Ägypten zebra kr")
    writer.write(tmp_path)
    words = Words(tmp_path)

    assert words.beginning("k", most=9) == sorted(terms_of("kuleba kirby kyiv kr"))
    assert words.beginning("k", most=3) == []
    assert words.beginning("z", most=9) == terms_of("zebra")
    assert words.beginning("q", most=9) == []
