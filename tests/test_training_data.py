"""The reader's training data: offsets hold, negatives hold no answer, streams go on."""

from __future__ import annotations

import json
import lzma
import random
from itertools import islice

import pytest

from bot.answers.pairs import PairEncoder
from bot.answers.reader import FOLDER
from training.corpora import (
    Document,
    Query,
    choose_answer,
    detokenise,
    read_qamr,
    read_squadshifts,
    split_sentences,
)
from training.examples import Mix, Pool, make_example, swap
from training.stream import Place, Stream

TEXT = (
    "The wall was repaired in March. Ana Lindqvist paid 400 crowns. Boats came back.\n\n"
    "The county gave the rest. Divers found two wrecks. Nobody was hurt.\n\n"
    "The pier opens in June. Olsen will speak then. Tickets are free."
)


@pytest.fixture
def document() -> Document:
    def at(words: str) -> tuple[int, int]:
        return TEXT.index(words), TEXT.index(words) + len(words)

    queries = (
        Query("1", "Who paid 400 crowns?", at("Ana Lindqvist")),
        Query("2", "What did divers find?", at("two wrecks")),
        Query("3", "When does the pier open?", at("June")),
        Query("4", "Who built the pier?", None),
    )
    return Document("harbour", "test", TEXT, split_sentences(TEXT), queries)


def made(document: Document, mix: Mix, rounds: int = 60):
    for query in document.queries:
        for number in range(rounds):
            chance = random.Random(f"{query.id}:{number}")  # noqa: S311
            yield query, make_example(document, query, chance, mix, ("Kiruna", "Ola Berg"))


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("`` Go , '' said Mr. O'Neil -LRB- 57 -RRB- .", "“Go,” said Mr. O'Neil (57)."),
        ("He ca n't pay $ 5 million .", "He can't pay $5 million."),
        ("Japan 's role", "Japan's role"),
    ],
)
def test_penn_tokens_are_printed_as_newspapers_do(tokens, text):
    plain, places = detokenise(tokens.split())

    assert plain == text
    assert len(places) == len(tokens.split())
    assert all(plain[a:b] for a, b in places)


def test_sentences_end_at_stops_and_not_at_titles():
    text = "Mr. Berg met Dr. A. Olsen. “We agree.” They left.\n\nNo stop here\n\nThe end."

    assert [text[a:b] for a, b in split_sentences(text)] == [
        "Mr. Berg met Dr. A. Olsen.",
        "“We agree.”",
        "They left.",
        "No stop here",
        "The end.",
    ]


def test_the_answer_that_most_gave_is_learnt():
    assert choose_answer([(0, 9), (2, 4), (0, 9), (3, 4)]) == (0, 9)
    assert choose_answer([(0, 9), (2, 4)]) == (2, 4)


def test_an_answered_window_holds_its_answer_in_its_sentence(document):
    seen = 0
    for query, example in made(document, Mix(0, 0, 0, 0, (40, 120))):
        if query.answer is None:
            continue
        seen += 1
        assert example.answer is not None
        assert example.sentence is not None
        answer = example.text[slice(*example.answer)]
        assert answer == TEXT[slice(*query.answer)]
        assert answer in example.text[slice(*example.sentences[example.sentence])]
    assert seen == 180


@pytest.mark.parametrize("kind", ["elsewhere", "removed"])
def test_an_unanswered_window_does_not_hold_the_answer(document, kind):
    mix = Mix(1.0, 0, 0, 0, (40, 150)) if kind == "elsewhere" else Mix(0, 1.0, 0, 0, (40, 150))
    seen = 0
    for query, example in made(document, mix):
        if query.answer is None or example.kind != kind:
            continue
        seen += 1
        assert example.answer is None
        assert TEXT[slice(*query.answer)] not in example.text
        assert all(example.text[a:b].strip() == example.text[a:b] for a, b in example.sentences)
    assert seen > 60


def test_a_question_without_answer_stays_without(document):
    kinds = {example.kind for query, example in made(document, Mix()) if query.answer is None}

    assert kinds == {"given"}


def test_a_swapped_question_asks_of_what_the_window_does_not_say():
    window = "Ana Lindqvist paid 400 crowns in March. Olsen paid nothing."
    changed = {
        swap("Did Lindqvist pay 400 crowns?", Pool(window, "Yes", ("Kiruna",)), random.Random(n))  # noqa: S311
        for n in range(40)
    }

    assert changed - {None}
    assert "Did Lindqvist pay 400 crowns?" not in changed


def test_a_stream_goes_on_where_it_stopped_with_the_same_batches(document):
    encoder = PairEncoder(FOLDER / "tokenizer.json", max_tokens=64)
    stream = Stream([document], encoder, seed=3, mix=Mix(), size=2)
    whole = list(islice(stream.batches(Place()), 7))

    rest = list(islice(stream.batches(whole[2][0]), 4))

    assert [place for place, _ in rest] == [place for place, _ in whole[3:]]
    for (_, one), (_, other) in zip(rest, whole[3:], strict=True):
        assert one.input_ids.tolist() == other.input_ids.tolist()
        assert one.start.tolist() == other.start.tolist()


def test_a_batch_points_at_the_tokens_of_the_answer(document):
    encoder = PairEncoder(FOLDER / "tokenizer.json", max_tokens=96)
    stream = Stream([document], encoder, seed=3, mix=Mix(0, 0, 0, 0, (60, 120)), size=4)
    (_, batch), *_ = islice(stream.batches(Place()), 1)

    assert batch.input_ids.shape[1] % 16 == 0
    for row in range(len(batch.start)):
        inside = bool(batch.sentence[row])
        assert inside == (int(batch.start[row]) > 0)
        if inside:
            token = int(batch.start[row])
            assert int(batch.sentence_of[row, token]) + 1 == int(batch.sentence[row])


def test_squad_paragraphs_become_one_text_with_true_offsets(tmp_path):
    paragraph = {
        "context": "Divers found two wrecks.",
        "qas": [
            {
                "id": "a",
                "question": "What was found?",
                "answers": [{"text": "two wrecks", "answer_start": 13}],
            }
        ],
    }
    data = {"data": [{"title": "Pier", "paragraphs": [paragraph, paragraph]}]}
    for name in ("new_wiki", "amazon_reviews", "reddit"):
        with lzma.open(tmp_path / f"{name}.json.xz", "wt", encoding="utf-8") as file:
            json.dump(data, file)

    documents = list(read_squadshifts(tmp_path))

    assert len(documents) == 3
    for one in documents:
        assert [one.text[slice(*q.answer)] for q in one.queries] == ["two wrecks"] * 2
        assert one.queries[0].answer != one.queries[1].answer


def test_qamr_keeps_questions_that_say_enough_and_that_two_agree_on(tmp_path):
    with lzma.open(tmp_path / "wiki-sentences.tsv.xz", "wt", encoding="utf-8") as file:
        file.write("Wiki1k:wikinews:1:0:0\tDivers found two wrecks -LRB- ships -RRB- .\n")
    rows = [
        ("How many wrecks were found?", "2", "9:2", "8:5"),
        ("What is it?", "2 3", "9:2 3", "8:2 3"),
        ("How many wrecks have been found?", "2", "9:3", "8:5"),
    ]
    for name in ("filtered_dev", "filtered_test"):
        with lzma.open(tmp_path / f"{name}.tsv.xz", "wt", encoding="utf-8") as file:
            for row in rows if name == "filtered_dev" else []:
                file.write("\t".join(["Wiki1k:wikinews:1:0:0", "", "", "", "", *row]) + "\n")

    (document,) = read_qamr(tmp_path, seed=1, limit=10)

    assert document.text == "Divers found two wrecks (ships)."
    assert [query.text for query in document.queries] == ["How many wrecks were found?"]
    assert document.text[slice(*document.queries[0].answer)] == "two"
