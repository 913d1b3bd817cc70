"""bot/answers/schema.py against the published schemas in docs/schemas/."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from values import (
    ANSWER,
    ARTICLE,
    BARE,
    CHECK,
    CITATION,
    NO_ANSWER,
    RUIZ_SAYS,
    SOMEBODY_SAYS,
    SUMMARY,
    UNKNOWN,
    VOICE,
    is_clear,
)

from bot.answers import schema
from bot.answers.answer import Reason, Verdict
from bot.chat.feedback import Entry, Stats, export_json, stats_json
from config.loading import load_settings
from config.report import settings_json

SCHEMAS = Path(__file__).parents[1] / "docs" / "schemas"


def closed(node):
    """The same schema, in which a key that is not described is an error."""
    if isinstance(node, dict):
        node = {key: closed(value) for key, value in node.items()}
        if node.get("type") == "object":
            node["additionalProperties"] = False
        return node
    return [closed(item) for item in node] if isinstance(node, list) else node


def problems(value):
    kind = value["schema"].split("/")[1]
    described = json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(described)
    written = json.loads(json.dumps(value))
    return [error.message for error in Draft202012Validator(closed(described)).iter_errors(written)]


VALUES = {
    "an answer": schema.answer_json(ANSWER),
    "no answer": schema.answer_json(NO_ANSWER),
    "no answer, a name unknown": schema.answer_json(UNKNOWN),
    "two answers": schema.answers_json("How far? Who paid?", (ANSWER, NO_ANSWER)),
    "a question set right": schema.answer_json(replace(ANSWER, showing="How far is the wall?")),
    "a line of a batch": schema.batch_json(7, ANSWER),
    "a bad line of a batch": schema.error_json(None, 3, "this is not JSON."),
    "quotes": schema.quotes_json((RUIZ_SAYS, SOMEBODY_SAYS), is_clear),
    "a check": schema.check_json(CHECK),
    "a summary": schema.summary_json(SUMMARY),
    "articles": schema.articles_json((ARTICLE, BARE)),
    "one article": schema.article_json(ARTICLE),
    "speakers": schema.speakers_json((VOICE,)),
    "counts": stats_json(
        Stats(datetime(2026, 1, 1, tzinfo=UTC), 3, 2, 1, (("not_sure", 2),), ("how?",))
    ),
    "an export": export_json((Entry("2026-01-01T00:00:00", "refused", "not_sure", None),)),
    "a whole index": schema.verify_json(()),
    "a damaged index": schema.verify_json(("words.bin: wrong checksum",)),
}


@pytest.mark.parametrize("name", VALUES)
def test_what_is_printed_is_what_the_schema_describes(name):
    assert problems(VALUES[name]) == []


def test_the_settings_are_what_the_schema_describes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert problems(settings_json(load_settings())) == []


def test_an_undescribed_or_missing_key_is_noticed():
    found = VALUES["an answer"]
    assert problems({**found, "extra": 1})
    assert problems({key: value for key, value in found.items() if key != "score"})


def test_a_citation_has_exactly_the_promised_keys():
    assert list(schema.citation_json(CITATION)) == [
        "article", "title", "url", "paragraph", "start", "end", "text", "answers", "speaker",
        "speech", "stance", "link", "score", "also", "goes_on",
    ]  # fmt: skip


def slices(value):
    if isinstance(value, dict):
        if {"start", "end", "text"} <= set(value):
            yield value
        for item in value.values():
            yield from slices(item)
    elif isinstance(value, list):
        for item in value:
            yield from slices(item)


@pytest.mark.parametrize(
    "name", ["an answer", "no answer", "two answers", "quotes", "a check", "a summary"]
)
def test_every_text_is_the_slice_of_the_article_that_its_offsets_name(name):
    found = list(slices(VALUES[name]))
    assert found
    assert all(s["text"] == ARTICLE.text[s["start"] : s["end"]] for s in found)


def test_a_speaker_who_is_not_clear_is_not_named():
    sure, unsure = VALUES["quotes"]["quotes"]
    assert (sure["speaker"], sure["person"]) == ("Ana Ruiz", "ana-ruiz")
    assert (unsure["speaker"], unsure["person"], unsure["confidence"]) == (None, None, 0.2)
    assert unsure["through"] == ["Ana Ruiz"]


def test_an_interrupted_quotation_keeps_its_parts_and_its_text_is_the_first():
    found = VALUES["quotes"]["quotes"][0]
    assert found["text"] == "It is nearly half done,"
    assert [part["text"] for part in found["parts"]] == [
        "It is nearly half done,",
        "and we are proud of every stone.",
    ]


def test_no_answer_has_its_score_its_reason_and_only_nearest():
    found = VALUES["no answer"]
    assert (found["answered"], found["reason"], found["score"]) == (False, "not_sure", 0.2)
    assert (len(found["citations"]), len(found["nearest"])) == (0, 1)


@pytest.mark.parametrize(
    ("kind", "key", "codes"),
    [("ask", "reason", [None, *Reason]), ("check", "verdict", list(Verdict))],
)
def test_the_schema_lists_every_code(kind, key, codes):
    described = json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8"))
    assert described["properties"][key]["enum"] == codes


def test_every_schema_is_documented_with_an_example_that_fits_it():
    page = (SCHEMAS.parent / "json.md").read_text(encoding="utf-8")
    examples = [json.loads(block.split("```")[0]) for block in page.split("```json\n")[1:]]
    shown = {example["schema"] for example in examples}
    assert shown == {f"pullquote/{file.stem}/1" for file in SCHEMAS.glob("*.json")}
    assert [problem for example in examples for problem in problems(example)] == []


def test_status_gives_dates_and_folders_as_text():
    from dataclasses import make_dataclass  # noqa: PLC0415

    made = make_dataclass("Status", ["folder", "generation", "built"])
    found = schema.status_json(made(Path("x"), 3, datetime(2024, 7, 8, tzinfo=UTC)))
    assert found == {
        "schema": "pullquote/status/1",
        "folder": "x",
        "generation": 3,
        "built": "2024-07-08T00:00:00+00:00",
    }


def test_what_turns_the_sense_is_described() -> None:
    after = replace(CITATION, goes_on=CITATION.span)
    value = schema.answer_json(replace(ANSWER, citations=(after,)))

    assert value["citations"][0]["goes_on"]["text"] == CITATION.span.text
    assert problems(value) == []
