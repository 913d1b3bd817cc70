"""Ranking: which sentence replies best, and how sure it is that any does."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.answers.kinds import Kind, holds, kind_asked
from bot.answers.lexical import Lexical
from bot.answers.ranking import (
    READ,
    UNREAD,
    Candidate,
    choose_windows,
    glance,
    rank,
    split_windows,
)
from bot.answers.reader import OnnxReader
from index.article import Article
from index.sentences import split_sentences

HARBOUR = (
    "The harbour wall was repaired in March after the storm.\n\n"
    "“Nearly half” of the bill was paid by the fishing co-operative, said Mayor Ana Lindqvist. "
    "The rest came from the county.\n\n"
    "The first boats returned on Tuesday. Divers found two wrecks below the pier."
)
BAKERY = (
    "The bakery on Mill Lane opens at six.\n\n"
    "Its owner, Tom Adeyemi, sold 900 loaves on Saturday. He will open a second shop in May."
)


def article_of(text, name="harbour"):
    blocks, at = [], 0
    for block in text.split("\n\n"):
        start = text.index(block, at)
        at = start + len(block)
        blocks.append((start, at))
    return Article(name, text, tuple(blocks))


@pytest.fixture(scope="module")
def reader():
    return OnnxReader()


@pytest.fixture(scope="module")
def candidate_of(service):
    """An article as one that may answer, with the index's own encoder."""
    embedder = service._embedder

    def make(question, text, name="harbour"):
        sentences = split_sentences(article_of(text, name))
        vectors = embedder.encode_passages([one.text for one in sentences])
        cosines = vectors @ embedder.encode_query(question)
        return Candidate(sentences, tuple(cosines.tolist()), Lexical(sentences))

    return make


ASKED = [
    ("Who paid nearly half of the bill?", "“Nearly half”"),
    ("When did the first boats return?", "The first boats"),
    ("What did divers find below the pier?", "Divers found"),
    ("who is the mayor", "“Nearly half”"),
]


@pytest.mark.parametrize("read", [True, False])
@pytest.mark.parametrize(("question", "sentence"), ASKED)
def test_the_sentence_that_answers_comes_first(reader, candidate_of, question, sentence, read):
    candidates = [candidate_of(question, HARBOUR)]

    best = rank(question, candidates, reader if read else None, windows=3).ranked[0]

    assert best.sentence.text.startswith(sentence)
    assert (best.marked() is not None) is read


@pytest.mark.parametrize(
    ("question", "words"),
    [("When did the first boats return?", "Tuesday"), ("who is the mayor", "Lindqvist")],
)
def test_the_words_that_answer_are_marked_inside_their_sentence(
    reader, candidate_of, question, words
):
    best = rank(question, [candidate_of(question, HARBOUR)], reader, windows=3).ranked[0]

    marked = best.marked()
    assert marked is not None
    assert words in marked.text
    assert best.sentence.covers(marked)
    assert best.marked(sure=1.1) is None


@pytest.mark.parametrize("read", [True, False])
def test_a_question_the_article_answers_is_believed_more_than_one_it_does_not(
    reader, candidate_of, read
):
    def chance(question):
        candidates = [candidate_of(question, HARBOUR)]
        return rank(question, candidates, reader if read else None, windows=3).chance

    answered = chance("When did the first boats return?")
    strange = chance("When did the first trains to Oslo leave?")

    assert answered > 0.5 > strange


def test_the_article_that_answers_wins_over_its_neighbours(reader, candidate_of):
    question = "How many loaves were sold on Saturday?"
    candidates = [
        candidate_of(question, HARBOUR, "harbour"),
        candidate_of(question, BAKERY, "bakery"),
    ]

    ranking = rank(question, candidates, reader, windows=2)

    assert ranking.ranked[0].sentence.article.id == "bakery"
    assert len(ranking.ranked) == sum(len(one.sentences) for one in candidates)
    assert [r.score for r in ranking.ranked] == sorted(
        (r.score for r in ranking.ranked), reverse=True
    )


def test_an_article_read_in_part_still_ranks_every_sentence(reader, candidate_of):
    text = HARBOUR + "\n\n" + "\n\n".join(f"Notice {n} was pinned to the door." for n in range(60))
    question = "When did the first boats return?"

    ranking = rank(question, [candidate_of(question, text)], reader, windows=1)

    assert len(ranking.ranked) == len(split_sentences(article_of(text)))
    assert ranking.ranked[0].sentence.text.startswith("The first boats")


def test_the_reader_sees_no_more_windows_than_it_may(candidate_of):
    question = "When did the first boats return?"
    text = "\n\n".join(f"{HARBOUR} It was day {n}." for n in range(9))
    candidate = candidate_of(question, text)
    cheap = [tuple(glance(question, candidate))]

    assert len(split_windows(candidate.sentences)) > 3
    assert len(choose_windows([candidate], cheap, 3)) == 3


def test_without_a_reader_nothing_hangs_on_readings():
    assert (UNREAD.weights.support, UNREAD.weights.words) == (0, 0)
    assert (UNREAD.belief.support, UNREAD.belief.words) == (0, 0)
    assert READ.weights.support > 0
    assert READ.weights.words > 0


def test_windows_hold_every_sentence_and_keep_to_their_length():
    text = " ".join(f"Sentence {n} says that boats came home." for n in range(60))
    sentences = split_sentences(article_of(text))

    windows = split_windows(sentences, chars=200, overlap=1)

    assert {s for w in windows for s in w.sentences} == set(sentences)
    assert all(len(w.span.text) <= 200 for w in windows)
    assert all(one.sentences[-1] == following.sentences[0] for one, following in pairwise(windows))


def test_a_sentence_longer_than_a_window_has_one_of_its_own():
    text = f"Short one. {'Very ' * 90}long one. Short again."
    sentences = split_sentences(article_of(text))

    windows = split_windows(sentences, chars=100)

    assert {s for w in windows for s in w.sentences} == set(sentences)


def test_names_and_numbers_that_the_article_lacks_are_told():
    lexical = Lexical(split_sentences(article_of(HARBOUR)))

    assert lexical.missing("Did Lindqvist meet Olsen in 2019?") == ("Olsen", "2019")
    assert lexical.missing("Did Lindqvist pay in March?") == ()


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many boats returned?", Kind.NUMBER),
        ("how old is the mayor", Kind.NUMBER),
        ("When did they return?", Kind.TIME),
        ("In what year was it built?", Kind.TIME),
        ("Who paid?", Kind.PERSON),
        ("Where do the boats lie?", Kind.PLACE),
        ("Which country sent help?", Kind.PLACE),
        ("What did divers find?", Kind.OTHER),
        ("", Kind.OTHER),
    ],
)
def test_a_question_tells_what_kind_of_thing_it_asks_for(question, kind):
    assert kind_asked(question) is kind


@pytest.mark.parametrize(
    ("kind", "text", "held"),
    [
        (Kind.NUMBER, "They sold 900 loaves.", 1),
        (Kind.NUMBER, "They sold two.", 1),
        (Kind.NUMBER, "They sold bread.", -1),
        (Kind.TIME, "They return on Tuesday.", 1),
        (Kind.TIME, "The march went on.", -1),
        (Kind.PERSON, "It was paid by Ana Lindqvist.", 1),
        (Kind.PERSON, "It was paid.", -1),
        (Kind.PERSON, "“Harbour” was the word.", -1),
        (Kind.OTHER, "It was paid.", 0),
    ],
)
def test_a_sentence_has_or_lacks_the_kind_of_thing_asked_for(kind, text, held):
    assert holds(kind, text) == held
