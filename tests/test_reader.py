"""The shipped reader: spans of the article, windows comparable, the trained model's numbers."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.answers.pairs import PairEncoder
from bot.answers.ranking import split_windows
from bot.answers.reader import (
    FOLDER,
    DamagedModel,
    LateReader,
    OnnxReader,
    Window,
    check_sums,
    interpret,
    mark,
    snap,
)
from index.article import Article, Span
from index.sentences import split_sentences
from index.sources import sample_source
from training.export import raw_scores

GOLD = Path(__file__).parent / "gold" / "reader.json"

HARBOUR = (
    "The harbour wall was repaired in March after the storm.\n\n"
    "“Nearly half” of the bill was paid by the fishing co-operative, said Mayor Ana Lindqvist. "
    "The rest came from the county.\n\n"
    "The first boats returned on Tuesday. Divers found two wrecks below the pier."
)
# What int8 may change in a score, on the whole and at most; scores run from about -15 to 15.
MEAN_DRIFT, LARGEST_DRIFT = 0.4, 4.0


def as_article(text: str, name: str = "harbour") -> Article:
    blocks, at = [], 0
    for block in text.split("\n\n"):
        start = text.index(block, at) if block.strip() else at
        at = start + len(block)
        if block.strip():
            blocks.append((start, at))
    return Article(name, text, tuple(blocks))


@pytest.fixture(scope="module")
def reader() -> OnnxReader:
    return OnnxReader()


@pytest.fixture(scope="module")
def harbour() -> tuple[Span, ...]:
    return split_sentences(as_article(HARBOUR))


def test_words_are_whole_words_of_their_sentence(reader, harbour):
    for reading in reader.read("What did the co-operative pay?", split_windows(harbour)):
        for one in reading.sentences:
            assert one.words is not None
            assert one.sentence.covers(one.words)
            text = one.words.article.text
            for at in (one.words.start, one.words.end):
                assert not (text[at - 1 : at].isalnum() and text[at : at + 1].isalnum())


def test_a_window_is_read_the_same_alone_and_in_company(reader, harbour):
    windows = (Window(harbour), Window(harbour[:1]), Window(harbour[2:4]), Window(harbour[1:2]))

    together = reader.read("Who paid?", windows)
    alone = [reader.read("Who paid?", [window])[0] for window in windows]

    assert [reading.window for reading in together] == list(windows)
    assert together == tuple(alone)


def test_a_sentence_beyond_the_readers_length_is_said_to_be_unread():
    text = "\n\n".join(f"Boat number {n} came home on a windy day in May." for n in range(40))
    sentences = split_sentences(as_article(text))

    (reading,) = OnnxReader(max_tokens=64).read("Which boat came home?", [Window(sentences)])

    assert reading.sentences[0].words is not None
    assert reading.sentences[-1].words is None
    assert reading.sentences[-1].score == -math.inf
    assert math.isfinite(reading.answerable)


def test_the_shipped_reader_reads_as_the_trained_one_did(reader):
    text = sample_source().read_text(encoding="utf-8")
    article = Article("sample", text, ((0, len(text)),))
    gaps = []
    for one in json.loads(GOLD.read_text(encoding="utf-8")):
        window = Window(tuple(Span(article, start, end) for start, end in one["sentences"]))
        (pair,) = reader.encoder.encode(one["question"], [window.span.text])
        ours = np.array(raw_scores(window, pair, reader.logits(pair)))
        gaps.append(np.abs(ours - np.array(one["scores"])))
    everything = np.concatenate(gaps)

    assert len(everything) > 90
    assert everything.mean() < MEAN_DRIFT
    assert everything.max() < LARGEST_DRIFT


def test_the_shipped_files_are_small_and_the_ones_that_were_summed():
    check_sums(FOLDER)

    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 25_000_000


def test_a_changed_model_file_is_refused_by_name(tmp_path):
    folder = tmp_path / "reader"
    shutil.copytree(FOLDER, folder)
    (folder / "tokenizer.json").write_text("{}")

    with pytest.raises(DamagedModel, match=r"tokenizer\.json is not the file"):
        OnnxReader(folder)

    (folder / "tokenizer.json").unlink()
    with pytest.raises(DamagedModel, match="cannot be read"):
        OnnxReader(folder)


def test_a_pair_keeps_the_places_of_its_windows_tokens():
    encoder = PairEncoder(FOLDER / "tokenizer.json", max_tokens=32)
    text = "Ana Lindqvist’s  co-operative paid €4,500."

    (pair,) = encoder.encode("Who paid?", [text])

    places = [place for place in pair.places if place]
    assert "".join(text[a:b] for a, b in places) == text.replace(" ", "")
    assert len(pair.ids) == len(pair.types) == len(pair.places) <= 32
    assert pair.types[pair.places.index(places[0])] == 1


def test_what_is_too_long_is_cut_from_the_windows_end():
    encoder = PairEncoder(FOLDER / "tokenizer.json", max_tokens=40)

    (pair,) = encoder.encode("why " * 300, ["word " * 300])

    assert len(pair.ids) <= 64
    assert pair.ids[-1] == encoder.encode("x", ["y"])[0].ids[-1]


def test_a_span_never_ends_before_it_starts_nor_runs_on_for_ever():
    starts = np.zeros(60, dtype=np.float32)
    ends = np.zeros(60, dtype=np.float32)
    starts[40], ends[5] = 9, 9

    found = mark(starts, ends)

    assert found.first <= found.last < found.first + 24


def test_of_spans_that_vie_the_middle_ground_is_marked_and_its_share_told():
    """Either "officers", "police officers" or "10 municipal police officers"."""
    starts = np.full(6, -20, dtype=np.float32)
    ends = np.full(6, -20, dtype=np.float32)
    starts[1], starts[3], starts[4], ends[4] = 2.0, 2.1, 2.2, 5.0

    found = mark(starts, ends)

    assert (found.first, found.last) == (3, 4)
    assert found.total == pytest.approx(7.2 + np.log(1 + np.exp(-0.1) + np.exp(-0.2)), abs=1e-3)
    assert 0.6 < found.share < 0.9


def test_a_span_without_rivals_is_expected_to_be_the_whole_answer():
    starts = np.full(6, -20, dtype=np.float32)
    ends = np.full(6, -20, dtype=np.float32)
    starts[2], ends[3] = 5.0, 5.0

    found = mark(starts, ends)

    assert (found.first, found.last) == (2, 3)
    assert found.share == pytest.approx(1.0, abs=1e-3)


def test_cut_words_are_completed_inside_their_sentence():
    article = as_article("Mayor Lindqvist spoke.")
    within = Span(article, 0, 22)

    assert snap(article.text, 8, 12, within) == (6, 15)


def test_scores_are_measured_against_no_answer_here(harbour):
    encoder = PairEncoder(FOLDER / "tokenizer.json")
    window = Window(harbour)
    (pair,) = encoder.encode("Who paid?", [window.span.text])
    logits = np.zeros((len(pair.ids), 3), dtype=np.float32)
    undecided = interpret(window, pair, logits)
    logits[0] = 5
    unanswered = interpret(window, pair, logits)

    assert {s.score for s in undecided.sentences} == {0.0}
    assert {s.score for s in unanswered.sentences} == {-5.0}
    for one, other in zip(undecided.sentences, unanswered.sentences, strict=True):
        assert one.words_score > 0  # many spans together, each as likely as none
        assert other.words_score == pytest.approx(one.words_score - 10)
    assert unanswered.answerable < undecided.answerable


def test_a_late_reader_is_loaded_by_the_first_question_and_once(harbour):
    loaded = []

    def load():
        loaded.append(OnnxReader())
        return loaded[-1]

    late = LateReader(load)
    assert loaded == []

    windows = split_windows(harbour)
    assert late.read("Who paid?", windows) == late.read("Who paid?", windows)
    assert len(loaded) == 1
