"""The word index: BM25 as bm25s scores it, within a scope and over several segments alike."""

from __future__ import annotations

import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import words as module
from index.words import (
    K1,
    B,
    Scorer,
    Sight,
    Words,
    WordsWriter,
    merge_words,
    score_rows,
    terms_of,
    words_of,
)

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


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> list[Words]:
    """Three segments in whose rows some words are common and most are rare, as in real text."""
    folder = tmp_path_factory.mktemp("uneven")
    chance = np.random.default_rng(7)
    texts = [
        " ".join(f"w{n}" for n in np.minimum(chance.zipf(1.3, size=chance.integers(1, 30)), 900))
        for _ in range(3000)
    ]
    return [
        written(folder / str(first), texts[first:last])
        for first, last in ((0, 2000), (2000, 2900), (2900, 3000))
    ]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numbers=st.lists(st.integers(1, 60) | st.integers(1, 5) | st.just(5000), max_size=8),
    share=st.sampled_from([1.0, 0.9, 0.4, 0.01, 0.0]),
    limit=st.integers(1, 60),
    seed=st.integers(0, 99),
)
def test_the_best_are_those_of_scoring_every_row(
    uneven: list[Words],
    monkeypatch: pytest.MonkeyPatch,
    numbers: list[int],
    share: float,
    limit: int,
    seed: int,
) -> None:
    """To the last digit and in the same order, whatever is left out on the way."""
    monkeypatch.setattr(module, "FEW", 40)
    monkeypatch.setattr(module, "FEW_ROWS", 20)
    chance = np.random.default_rng(seed)
    visible = [chance.random(len(one.lengths)) < share for one in uneven]
    query = " ".join(f"w{number}" for number in numbers)
    scores = score_rows(uneven, visible, query)
    expected = sorted(
        (-float(score), place, row)
        for place, found in enumerate(scores)
        for row, score in enumerate(found)
        if score
    )[:limit]

    scorer = Scorer(Sight(uneven, visible), query)

    best = scorer.best(limit)
    assert best == [(place, row) for _, place, row in expected]
    for (place, row), (score, *_) in zip(best, expected, strict=True):
        assert scorer.score(place, np.array([row])).tolist() == [-score]


def test_a_question_of_rare_words_leaves_most_rows_alone(
    uneven: list[Words], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FEW", 40)
    monkeypatch.setattr(module, "FEW_ROWS", 20)
    scorer = Scorer(Sight(uneven, [everything(one) for one in uneven]), "w1 w2 w40 w50")

    promising = scorer._promising(0, 3, 0.0)

    assert 3 <= len(promising) < 100


def test_merged_postings_are_those_of_the_rows_that_stay(tmp_path: Path, texts: list[str]) -> None:
    parts = [written(tmp_path / str(n), texts[n : n + 100]) for n in (0, 100, 200)]
    stays = np.arange(300) % 3 > 0
    places = np.where(stays, np.cumsum(stays) - 1, -1).astype(np.int32)
    expected = written(tmp_path / "whole", [texts[row] for row in np.flatnonzero(stays)])
    (tmp_path / "merged").mkdir()

    merge_words(
        tmp_path / "merged",
        [(part, places[n : n + 100]) for part, n in zip(parts, (0, 100, 200), strict=True)],
    )

    for file in (tmp_path / "whole").iterdir():
        merged = (tmp_path / "merged" / file.name).read_bytes()
        assert merged == file.read_bytes(), file.name
    assert Words(tmp_path / "merged").most("harbour") == expected.most("harbour")
