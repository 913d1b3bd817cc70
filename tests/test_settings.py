"""config/settings.py, config/loading.py, config/report.py."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.loading import SettingsError, load_settings
from config.report import settings_json, settings_page
from config.settings import MASK, AnswersSettings, Settings, allowed, every_setting


@pytest.fixture(autouse=True)
def empty_place(tmp_path, monkeypatch):
    """No settings of this machine: an empty folder, and no variable of ours."""
    import os  # noqa: PLC0415

    for name in [name for name in os.environ if name.upper().startswith("PULLQUOTE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(overrides=None):
    with pytest.raises(SettingsError) as caught:
        load_settings(overrides)
    return str(caught.value)


def test_without_any_source_all_values_are_defaults():
    loaded = load_settings()
    assert (loaded.settings, loaded.origins, loaded.warnings) == (Settings(), {}, ())
    assert loaded.settings.index.folder.name == "index"


def test_each_source_goes_before_those_below_it(empty_place, monkeypatch):
    (empty_place / "pullquote.toml").write_text(
        "answers.top = 2\nsearch.candidates = 20\nlogs.level = 'error'\nspeech.processes = 2\n"
    )
    (empty_place / ".env").write_text(
        "PULLQUOTE_ANSWERS__TOP=4\nPULLQUOTE_SEARCH__CANDIDATES=40\nPULLQUOTE_LOGS__LEVEL=info\nOTHER=1\n"
    )
    monkeypatch.setenv("PULLQUOTE_ANSWERS__TOP", "5")
    monkeypatch.setenv("PULLQUOTE_SEARCH__CANDIDATES", "50")
    loaded = load_settings({"answers": {"top": 6}})
    settings = loaded.settings
    values = (settings.answers.top, settings.search.candidates, settings.logs.level)
    assert (*values, settings.speech.processes) == (6, 50, "info", 2)
    assert loaded.origins == {
        "answers.top": "command line",
        "search.candidates": "environment",
        "logs.level": ".env",
        "speech.processes": "pullquote.toml",
    }


def test_a_named_toml_file_takes_the_place_of_the_one_here(empty_place, monkeypatch):
    (empty_place / "pullquote.toml").write_text("[answers]\ntop = 2\n")
    (empty_place / "other.toml").write_text("[search]\ncandidates = 7\n")
    monkeypatch.setenv("PULLQUOTE_CONFIG", "other.toml")
    loaded = load_settings()
    assert (loaded.settings.answers.top, loaded.settings.search.candidates) == (3, 7)
    assert loaded.origins == {"search.candidates": "other.toml"}
    monkeypatch.setenv("PULLQUOTE_CONFIG", "missing.toml")
    assert refusal() == "PULLQUOTE_CONFIG names missing.toml, which is not a file."


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("ANSWERS__TOP", "0", "is '0'; it must be a whole number from 1 to 10."),
        ("ANSWERS__TOP", "many", "is 'many'; it must be a whole number from 1 to 10."),
        ("LOGS__LEVEL", "LOUD", "is 'LOUD'; it must be debug, info, warning or error."),
        ("LOGS__QUESTIONS", "perhaps", "is 'perhaps'; it must be true or false."),
        ("DISCORD__GUILD", "x", "is 'x'; it must be a whole number, at least 1, or nothing."),
        ("DISCORD__TIMEOUT_S", "0", "is '0'; it must be a number above 0, at most 600."),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(name, given, message, monkeypatch):
    monkeypatch.setenv(f"PULLQUOTE_{name}", given)
    assert refusal() == f"PULLQUOTE_{name} {message}"


def test_every_wrong_value_has_a_line_under_the_name_it_was_given(empty_place):
    (empty_place / "pullquote.toml").write_text("[answers]\ntop = 11\ntpo = 1\n")
    (empty_place / ".env").write_text("PULLQUOTE_SEARCH__CANDIDATES=none\n")
    assert sorted(refusal().splitlines()) == [
        "PULLQUOTE_SEARCH__CANDIDATES in .env is 'none'; it must be a whole number from 1 to 1000.",
        "answers.top in pullquote.toml is 11; it must be a whole number from 1 to 10.",
        "answers.tpo in pullquote.toml is not a setting (did you mean answers.top?).",
    ]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"answers": {"near_score": 0.9}}, "answers: near_score (0.9) must not be above min_score"),
        ({"search": {"dense_weight": 0, "words_weight": 0}}, "search: dense_weight and words_wei"),
    ],
)
def test_values_that_do_not_go_together_are_refused(overrides, message):
    assert refusal(overrides).startswith(message)


def test_an_unknown_variable_is_warned_of_and_its_like_is_named(empty_place, monkeypatch):
    monkeypatch.setenv("PULLQUOTE_ANSWERS__TPO", "5")
    (empty_place / ".env").write_text("PULLQUOTE_NONSENSE=1\nDATABASE=2\n")
    loaded = load_settings()
    assert loaded.settings == Settings()
    assert loaded.warnings == (
        (
            "PULLQUOTE_ANSWERS__TPO in the environment is not a setting "
            "(did you mean PULLQUOTE_ANSWERS__TOP?); it is ignored."
        ),
        "PULLQUOTE_NONSENSE in .env is not a setting; it is ignored.",
    )


@pytest.mark.parametrize(("file", "content"), [("pullquote.toml", b"[a"), (".env", b"A=\xff\n")])
def test_a_file_that_cannot_be_read_is_named(empty_place, file, content):
    (empty_place / file).write_bytes(content)
    assert refusal().startswith(f"{file} cannot be read: ")


def test_the_token_is_masked_wherever_settings_are_shown(empty_place, monkeypatch):
    monkeypatch.setenv("PULLQUOTE_DISCORD__TOKEN", "s3cret")
    loaded = load_settings()
    shown = {s["name"]: s for s in settings_json(loaded)["settings"]}
    assert shown["discord.token"]["value"] == MASK
    assert "s3cret" not in f"{loaded!r}{settings_json(loaded)}"
    assert loaded.settings.discord.token.get_secret_value() == "s3cret"
    (empty_place / "pullquote.toml").write_text("[discord]\ntoken = 12345\n")
    monkeypatch.delenv("PULLQUOTE_DISCORD__TOKEN")
    assert refusal() == f"discord.token in pullquote.toml is {MASK}; it must be text, or nothing."


def test_settings_made_in_code_read_nothing_outside(empty_place, monkeypatch):
    monkeypatch.setenv("PULLQUOTE_ANSWERS__TOP", "5")
    (empty_place / "pullquote.toml").write_text("[answers]\ntop = 2\n")
    assert Settings().answers.top == 3
    assert Settings(answers=AnswersSettings(top=4)).answers.top == 4


def test_settings_do_not_change():
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.answers.top = 4
    with pytest.raises(ValidationError):
        settings.answers = AnswersSettings(top=4)


def test_every_setting_is_described_and_says_what_it_may_be():
    settings = list(every_setting())
    assert len({setting.variable for setting in settings}) == len(settings)
    for setting in settings:
        assert setting.field.description.endswith("."), setting.name
        assert allowed(setting.field), setting.name


def test_a_home_folder_may_be_written_with_a_tilde(monkeypatch):
    monkeypatch.setenv("PULLQUOTE_INDEX__FOLDER", "~/articles")
    assert load_settings().settings.index.folder == Path.home() / "articles"


def test_the_page_of_settings_is_made_of_the_fields():
    """If this fails: python -m config.report > docs/settings.md."""
    page = Path(__file__).parents[1] / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == settings_page()
