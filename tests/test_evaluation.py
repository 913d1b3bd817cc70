"""bot/answers/evaluation: files are read or named as wrong, figures are what they say."""

from __future__ import annotations

import importlib.util
import json
import random
import re
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bot.answers.evaluation.asking import prediction_row, quotes_row
from bot.answers.evaluation.marks import (
    Mark,
    Prediction,
    auroc,
    contains,
    figures_of,
    mark,
    outcome_of,
    reliability_of,
    span_f1,
    thresholds_of,
)
from bot.answers.evaluation.report import intervals
from bot.answers.evaluation.rouge import rouge
from bot.answers.evaluation.rows import (
    BadRow,
    Document,
    MarkedSpeech,
    Questions,
    Said,
    read_rows,
)
from bot.answers.evaluation.speech import Found, is_speaker, judge, speech_figures
from bot.cli import main

ROOT = Path(__file__).parents[1]
GOLD = ROOT / "tests" / "gold" / "sample_questions.jsonl"
SCHEMAS = ROOT / "docs" / "schemas"
EVAL = ROOT.parent / "shared" / "eval"
STORY = "The harbour opened. “We paid,” said Ann Lee. The mayor, Bo Lee, denied it."


# Marks


@pytest.mark.parametrize(
    ("text", "answers", "held"),
    [
        ("Ann paid nearly half.", ["nearly half"], True),
        ("Ann paid “nearly” half.", ["Nearly half,"], True),
        ("Ann paid half of the bill.", ["half of a bill"], True),
        ("Ann paid nearly the half.", ["a nearly half"], True),
        ("Ann was unpaid.", ["paid"], False),
        ("Ann paid half.", ["Bo", "half"], True),
        ("Ann paid.", [], False),
        ("It rose by £5.", ["£5"], True),
        ("one two three four five six seven", ["one two three four five six seven eight"], True),
        ("one two three four five", ["one two three four five six seven eight"], False),
        ("one two three four five six", ["one two three four five six seven"], False),
    ],
)
def test_a_text_holds_an_answer_word_for_word(text, answers, held):
    assert contains(text, answers) is held


def test_only_what_stands_early_in_a_text_counts():
    late = Prediction("q", ("x " * 300 + "half",), None, answered=True, score=0.9)
    assert not mark(late, ["half"]).first
    assert contains(late.texts[0], ["half"])


@pytest.mark.parametrize(
    ("span", "answer", "f1"), [("the half", "half", 1.0), ("a b c", "b", 2 / 3), ("x", "y", 0.0)]
)
def test_a_span_is_compared_by_its_words(span, answer, f1):
    assert span_f1(span, answer) == pytest.approx(f1)


MARKS = (
    Mark("served", answerable=True, answered=True, score=0.9, first=True, third=True, overlap=0.5),
    Mark("wrong", answerable=True, answered=True, score=0.6, third=True),
    Mark("refused", answerable=True, answered=False, score=0.2, first=True, third=True),
    Mark("caught", answerable=False, answered=False, score=0.2),
    Mark("fooled", answerable=False, answered=True, score=0.7),
    Mark("never", answerable=False, answered=False, score=0.95, ready=False),
)


def test_the_figures_are_shares_of_those_that_they_are_about():
    figures = figures_of(MARKS)
    assert (figures.questions, figures.answerable) == (6, 3)
    assert figures.recall_at_1 == pytest.approx(2 / 3)
    assert figures.recall_at_3 == 1.0
    assert figures.served_at_1 == pytest.approx(1 / 3)
    assert figures.false_answers == pytest.approx(1 / 3)
    assert figures.false_refusals == pytest.approx(1 / 3)
    assert figures.end_to_end == pytest.approx(3 / 6)
    assert (figures.span_given, figures.span_f1) == (pytest.approx(1 / 3), 0.5)
    assert figures_of(MARKS[:3]).auroc is None
    assert figures_of(()).recall_at_1 is None


def test_a_tie_is_worth_half():
    assert auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx(3.5 / 4)


def test_a_threshold_answers_from_its_score_on_and_what_is_refused_anyway_stays_so():
    low, high = thresholds_of(MARKS, (0.1, 0.8))
    assert (low.answered, low.right, low.wrong) == pytest.approx((5 / 6, 2 / 6, 3 / 6))
    assert low.end_to_end == pytest.approx(3 / 6)
    assert (high.answered, high.right, high.risk) == pytest.approx((1 / 6, 1 / 6, 0.0))
    assert high.end_to_end == pytest.approx(4 / 6)
    assert outcome_of(MARKS, 0.5).end_to_end == pytest.approx(figures_of(MARKS).end_to_end)


def test_reliability_counts_every_question_once():
    bins = reliability_of(MARKS)
    assert sum(one.count for one in bins) == len(MARKS)
    assert [one.count for one in bins] == [2, 1, 1, 2]
    assert bins[0].answerable == 0.5
    assert bins[-1].right == 0.5


def test_an_interval_holds_the_figure_and_narrows_with_more_questions():
    def share(drawn):
        return {"right": sum(drawn) / len(drawn)}

    few, many = ([[True], [False]] * times for times in (10, 200))
    wide, narrow = (intervals(groups, share)["right"] for groups in (few, many))
    assert wide[0] < narrow[0] < 0.5 < narrow[1] < wide[1]


# Files


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "this is not JSON"),
        ("[]", "this is not an object"),
        ("{}", 'there is no "question" here'),
        ('{"question": ""}', 'give the accepted words as "answers"'),
        ('{"question": "", "answerable": false}', '"question" must be a text'),
        ('{"question": "Who?", "answers": "Ann"}', '"answers" must be a list'),
        ('{"question": "Who?", "answers": [1]}', "a list of texts"),
        ('{"question": "Who?", "answerable": "no"}', "true or false"),
        ('{"question": "Who?", "answers": ["Ann"], "answerable": false}', "which of the two"),
        ('{"question": "Who?", "answers": ["Ann"], "article": []}', '"article" must be a text'),
        ('{"question": "Who?", "answers": ["Ann"], "id": "first"}', "stands in this file twice"),
        ('{"doc_id": "a", "text": "b", "quotes": []}', "this holds no 'question'"),
        ('{"doc_id": "a", "text": "b", "reference": "c"}', "as the first line does"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_in_one_sentence_with_its_number(line, problem, tmp_path):
    path = tmp_path / "questions.jsonl"
    good = '{"id": "first", "question": "Who paid?", "answers": ["Ann"]}'
    path.write_text(f"{good}\n\n{line}\n", encoding="utf-8")
    with pytest.raises(BadRow, match="line 3: ") as caught:
        read_rows(path)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(read_rows(path, limit=1).asked) == 1


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"quotes": [{"start": 0, "end": 900}]}, "is no stretch of"),
        ({"quotes": [{"text": "We never paid"}]}, "does not print"),
        ({"quotes": [7]}, "a list of objects"),
        ({"quotes": [], "ignore": [3]}, "a list of pairs"),
        ({"questions": [{"question": "Who?"}]}, "give the accepted words"),
        ({"reference": None}, '"reference" must be a text'),
    ],
)
def test_what_is_wrong_with_an_article_of_a_file_is_said_too(row, problem, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"doc_id": "a", "text": STORY, **row}), encoding="utf-8")
    with pytest.raises(BadRow, match="line 1: ") as caught:
        read_rows(path)
    assert problem in str(caught.value)


def test_bytes_that_are_no_text_are_named(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"question": "\xff"}\n')
    with pytest.raises(BadRow, match=r"line 1: this is not UTF-8 \(byte 14\)"):
        read_rows(path)


def test_a_file_with_nothing_in_it_is_named(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n\n", encoding="utf-8")
    with pytest.raises(BadRow, match="there is nothing in this file"):
        read_rows(path)


def examples():
    page = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL):
        yield from block.splitlines()


def test_the_schema_takes_every_example_and_the_gold_and_no_bad_line():
    described = json.loads((SCHEMAS / "files" / "questions.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(described)
    takes = Draft202012Validator(described).is_valid
    lines = [*examples(), *GOLD.read_text(encoding="utf-8").splitlines()]
    assert len(lines) > 50
    assert [line for line in lines if not takes(json.loads(line))] == []
    assert not takes({"question": "Who?"})
    assert not takes({"question": "Who?", "answers": []})
    assert not takes({"doc_id": "a", "text": STORY})


def test_the_gold_file_is_a_file_of_questions():
    rows = read_rows(GOLD, limit=50)
    assert isinstance(rows, Questions)
    assert len(rows.asked) == 50
    assert rows.asked[0].article == "sample"
    assert not rows.asked[-1].answers


# Speech and summaries

ANN, BO = ("Ann Lee",), ("Bo Lee",)
PEOPLE = ("Ann Lee", "Bo Lee")


@pytest.mark.parametrize(
    ("given", "gold", "same"),
    [
        ("Ann Lee", ANN, True),
        ("Ms. Lee", ANN, True),
        ("Lee", ANN, True),
        ("Bo Lee", ANN, False),
        ("the mayor, Bo Lee", BO, True),
        ("Ann Lee (left) of Bath", ANN, True),
        ("she", ANN, False),
        ("Ann", ANN, False),
        (None, ANN, False),
        ("Ánn Lée", ANN, True),
        ("Ann Lee, Jr.", ANN, False),
    ],
)
def test_a_person_is_the_same_by_the_last_name_unless_the_first_says_otherwise(given, gold, same):
    assert is_speaker(given, Said(0, 1, gold, person=True), PEOPLE) is same


@pytest.mark.parametrize(
    ("given", "same"), [("the board", True), ("board of the harbour", True), ("the bank", False)]
)
def test_a_description_is_the_same_by_its_head(given, same):
    assert is_speaker(given, Said(0, 1, ("the harbour board",), person=False)) is same


def test_speech_is_matched_by_overlap_and_counted_once():
    start = STORY.index("We paid")
    gold = MarkedSpeech(
        Document("a", STORY), (Said(start - 1, start + 9, ANN, person=True),), (), PEOPLE
    )
    right = Found(start, start + 7, "Ann Lee", 0.9)
    wrong = Found(0, 11, "Bo Lee", 0.4)
    figures = speech_figures([judge(gold, [right, right, wrong])])
    assert (figures.marked, figures.found) == (1, 2)
    assert figures.span_f1 == pytest.approx(2 / 3)
    assert figures.speaker_accuracy == 1.0
    assert figures.joint_f1 == pytest.approx(2 / 3)
    ignoring = MarkedSpeech(gold.document, gold.said, ((0, 11),), PEOPLE)
    assert speech_figures([judge(ignoring, [right, wrong])]).span_f1 == 1.0


@pytest.mark.parametrize(
    ("summary", "reference", "figures"),
    [
        ("The port opened", "the port opened", (1, 1, 1)),
        ("port the", "the port", (1, 0, 0.5)),
        ("", "the port", (0, 0, 0)),
        ("the the", "the port", (0.5, 0, 0.5)),
    ],
)
def test_rouge_counts_what_two_texts_share(summary, reference, figures):
    assert tuple(asdict(rouge(summary, reference)).values()) == pytest.approx(figures)


# The command


@pytest.fixture
def called(sample_folder, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        code = main(["eval", *map(str, arguments), "--index", str(sample_folder)])
        written = capsys.readouterr()
        return code, written.out, written.err

    return call


def test_eval_prints_figures_draws_and_writes_predictions(called, tmp_path):
    picture, predictions = tmp_path / "risk.png", tmp_path / "predictions.jsonl"
    code, out, err = called(GOLD, "--plot", picture, "--predictions", predictions)
    assert code == 0
    assert "77 questions, 42 answerable" in out
    assert "end2end" in out
    assert "0.50 now" in out
    assert f"Written: {picture}" in err
    assert picture.read_bytes().startswith(b"\x89PNG")
    rows = [json.loads(line) for line in predictions.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [one.id for one in read_rows(GOLD).asked]
    assert {frozenset(row) for row in rows} == {
        frozenset({"id", "answer_sentences", "span", "abstained", "score"})
    }
    assert any(row["abstained"] and row["answer_sentences"] for row in rows), "held back, but told"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["predictions.jsonl", "risk.png"]


def test_eval_gives_json_as_its_schema_says(called):
    code, out, _ = called(GOLD, "--json", "--limit", 50)
    found = json.loads(out)
    described = json.loads((SCHEMAS / "eval.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(described)
    assert code == 0
    assert [e.message for e in Draft202012Validator(described).iter_errors(found)] == []
    assert found["figures"]["questions"] == 50
    assert found["present"]["end_to_end"] == pytest.approx(found["figures"]["end_to_end"])
    low, high = found["intervals"]["recall_at_1"]
    assert low <= found["figures"]["recall_at_1"] <= high


def test_eval_names_a_line_about_an_article_that_is_not_there(called, tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text('{"question": "Who?", "answers": ["Ann"], "article": "gone"}\n')
    code, out, err = called(path)
    assert (code, out) == (1, "")
    assert "line 1: there is no article 'gone'." in err


def test_eval_says_what_to_install_before_anything_is_asked(called, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, out, err = called(GOLD, "--plot", tmp_path / "risk.png")
    assert (code, out) == (1, "")
    assert "Drawing needs the package matplotlib" in err
    assert "pip install 'pullquote[eval]'" in err


@pytest.mark.parametrize("option", ["--plot", "--predictions"])
def test_eval_refuses_a_place_that_is_not_there_before_anything_is_asked(called, option, tmp_path):
    code, _, err = called(GOLD, option, tmp_path / "gone" / "file.png")
    assert code == 2
    assert "There is no folder" in err


def test_eval_of_articles_that_the_file_brings(settings, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PULLQUOTE_EMBEDDING__MODEL", settings.embedding.model)
    start = STORY.index("We paid")
    page = "Share this article\n\n" + STORY
    shifted = start + len(page) - len(STORY)
    rows = {
        "quotes": {"quotes": [{"start": shifted, "end": shifted + 7, "speaker": "Ann Lee"}]},
        "reference": {"reference": "The harbour opened and Ann Lee paid."},
        "questions": {"questions": [{"question": "Who paid?", "answers": ["Ann Lee"]}]},
    }
    found = {}
    for kind, row in rows.items():
        path, written = tmp_path / f"{kind}.jsonl", tmp_path / f"{kind}.out"
        path.write_text(json.dumps({"doc_id": "a", "text": page, **row}), encoding="utf-8")
        code = main(["eval", str(path), "--json", "--predictions", str(written)])
        assert code == 0, capsys.readouterr().err
        found[kind] = json.loads(capsys.readouterr().out), json.loads(written.read_text("utf-8"))
    figures, quotes = found["quotes"]
    assert figures["figures"]["joint_f1"] == 1.0
    assert quotes["quotes"][0]["text"] == "We paid,"
    assert page[quotes["quotes"][0]["start"] :].startswith("We paid,")
    figures, summary = found["reference"]
    assert figures["present"] is None
    assert all(sentence in STORY for sentence in summary["sentences"])
    assert found["questions"][0]["figures"]["answerable"] == 1


# The development set's own scorers


def scorer(kind):
    spec = importlib.util.spec_from_file_location(f"{kind}_score", EVAL / kind / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lines(kind):
    with (EVAL / kind / "dev.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.mark.skipif(not EVAL.exists(), reason="the development set is not beside the repository")
def test_the_figures_of_questions_are_the_scorers():
    """On predictions made up by chance, of every question."""
    score, chance = scorer("answers"), random.Random(0)  # noqa: S311 - seeded
    rows, asked = lines("answers")[::3], {}
    for one in read_rows(EVAL / "answers" / "dev.jsonl").asked:
        asked[one.id] = one
    theirs, ours = [], []
    for document in rows:
        pieces = re.split(r"(?<=[.?!])\s+", document["text"])
        for question in document["questions"]:
            near = [p for p in pieces if any(a["text"] in p for a in question["answers"])]
            texts = tuple(chance.sample([*pieces, *near * 9], k=min(3, len(pieces))))
            span = chance.choice([None, texts[0], " ".join(texts[0].split()[1:4])])
            prediction = Prediction(
                question["id"], texts, span, answered=chance.random() < 0.5,
                score=round(chance.random(), 1),
            )  # fmt: skip
            theirs.append(score.row(document, question, prediction_row(prediction), 600))
            ours.append(mark(prediction, asked[question["id"]].answers))
    expected, figures = score.summary(theirs), figures_of(ours)
    assert figures.questions == expected["n"] > 1000
    for name, key in {
        "recall_at_1": "recall@1", "recall_at_3": "recall@3", "served_at_1": "served@1",
        "false_answers": "false_answer", "false_refusals": "false_abstain", "auroc": "auroc",
        "end_to_end": "end2end", "span_given": "span_coverage", "span_f1": "span_f1",
    }.items():  # fmt: skip
        assert getattr(figures, name) == pytest.approx(expected[key], abs=1e-12), name


@pytest.mark.skipif(not EVAL.exists(), reason="the development set is not beside the repository")
def test_the_figures_of_quotes_are_the_scorers():
    """On quotation marks with a speaker by chance from the names and descriptions nearby."""
    score, chance = scorer("quotes"), random.Random(0)  # noqa: S311 - seeded
    rows, predictions, judged = lines("quotes"), {}, []
    for row, gold in zip(rows, read_rows(EVAL / "quotes" / "dev.jsonl").marked, strict=True):
        said = [q["speaker"] for q in row["quotes"]]
        names = [*row["people"], *(n.split()[-1] for n in row["people"]), *said, None]
        right = {q["start"]: q["speaker_name"] or q["speaker"] for q in row["quotes"]}
        found = []
        for match in re.finditer(r"[“\"]([^“”\"]+)[”\"]", row["text"]):
            known = right.get(match.start(1), right.get(match.start()))
            speaker = known if chance.random() < 0.5 else chance.choice(names)
            found.append(Found(match.start(1), match.end(1), speaker, 0.5))
        predictions[row["doc_id"]] = quotes_row(gold.document, found)["quotes"]
        judged.append(judge(gold, found))
    expected, _ = score.score(rows, predictions)
    figures = speech_figures(judged)
    assert figures.marked == expected["gold_quotes"]
    assert figures.found == expected["span_80"]["pred"]
    assert figures.span_f1 == pytest.approx(expected["span_80"]["f1"], abs=1e-4)
    # Who is who is told by rules of our own, written from the definition.
    assert figures.speaker_accuracy == pytest.approx(expected["speaker_acc"], abs=0.002)
    assert figures.joint_f1 == pytest.approx(expected["joint"]["f1"], abs=0.002)


@pytest.mark.skipif(not EVAL.exists(), reason="the development set is not beside the repository")
def test_rouge_is_the_scorers():
    score = scorer("summaries")
    for row in lines("summaries"):
        top = row["text"][:400]
        expected, found = score.rouge(top, row["reference"]), rouge(top, row["reference"])
        assert found.rouge_1 == pytest.approx(expected["rouge1"][2])
        assert found.rouge_2 == pytest.approx(expected["rouge2"][2])
        assert found.rouge_l == pytest.approx(expected["rougeL"][2])
