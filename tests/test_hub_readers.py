"""Readers of the user's own, on tiny models that are built on the spot."""

from __future__ import annotations

import math

import pytest

from bot.answers.hub_readers import (
    CrossEncoderReader,
    QuestionAnsweringReader,
    open_hub_reader,
)
from bot.answers.lexical import Lexical
from bot.answers.ranking import Candidate, rank, split_windows
from bot.answers.reader import FOLDER, DamagedModel
from index.article import Article
from index.sentences import split_sentences

TEXT = "Divers found two wrecks. The first boats returned on Tuesday. Nobody was hurt."


@pytest.fixture(scope="module")
def sentences():
    return split_sentences(Article("harbour", TEXT, ((0, len(TEXT)),)))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Folders of an untrained question answerer and an untrained cross-encoder."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("hub")
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(FOLDER / "tokenizer.json"),
        model_max_length=128,
        **{f"{name}_token": f"[{name.upper()}]" for name in ("cls", "sep", "pad", "unk", "mask")},
    )
    config = transformers.BertConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    transformers.BertForQuestionAnswering(
        transformers.BertConfig(**{**config.to_dict(), "num_labels": 2})
    ).save_pretrained(folder / "qa")
    transformers.BertForSequenceClassification(config).save_pretrained(folder / "cross")
    for name in ("qa", "cross"):
        tokenizer.save_pretrained(folder / name)
    return folder


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_any_question_answering_model_reads_windows(tiny, sentences):
    reader = QuestionAnsweringReader(str(tiny / "qa"))

    (reading,) = reader.read("What did divers find?", split_windows(sentences))

    assert [one.sentence for one in reading.sentences] == list(sentences)
    assert all(
        one.words is not None and one.sentence.covers(one.words) for one in reading.sentences
    )
    assert math.isfinite(reading.answerable)
    lexical = Lexical(sentences)
    candidate = Candidate(sentences, (0.0,) * 3, lexical)
    assert len(rank("What did divers find?", [candidate], reader, windows=3).ranked) == 3


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_any_cross_encoder_reads_windows(tiny, sentences):
    reader = CrossEncoderReader(str(tiny / "cross"))

    (reading,) = reader.read("What did divers find?", split_windows(sentences))

    assert [one.words for one in reading.sentences] == list(sentences)
    assert len({one.score for one in reading.sentences}) == 3
    assert reader.read("What?", ()) == ()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_setting_names_the_kind_of_reader_and_its_folder(tiny):
    assert isinstance(open_hub_reader("qa", str(tiny / "qa")), QuestionAnsweringReader)
    assert isinstance(open_hub_reader("cross-encoder", str(tiny / "cross")), CrossEncoderReader)


def test_a_folder_without_a_model_is_said_to_be_no_reader(tmp_path):
    with pytest.raises(DamagedModel, match="cannot be used"):
        open_hub_reader("qa", str(tmp_path))
