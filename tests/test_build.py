"""Building, adding and withdrawing, with a tiny real model and real files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from index.build import (
    BuildReport,
    NothingToIndex,
    add_to_index,
    build_index,
    remove_from_index,
)
from index.errors import BuildLocked, EmbedderMismatch, NoIndex, UnknownArticle
from index.folder import FolderStore
from index.generations import build_lock
from index.store import open_store
from index.verify import verify_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from config.settings import Settings

BRIDGE = "The council will repair the bridge in May.\n\n“It cannot wait,” Mayor Ada Obi said."
SCHOOL = "The school board voted on Tuesday.\n\nNobody spoke against the plan, which costs nothing."


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, text in (("bridge", BRIDGE), ("school", SCHOOL)):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def build(settings: Settings, *sources: Path) -> BuildReport:
    return build_index(sources, settings.index.place, settings)


def held(settings: Settings) -> list[str]:
    return sorted(open_store(settings.index.place).article_ids())


def test_a_build_holds_exactly_the_sources(either: Settings, sources: Path) -> None:
    report = build(either, sources)

    assert held(either) == ["bridge", "school"]
    assert (report.articles, report.reused, report.problems) == (2, 0, ())
    assert verify_index(either.index.place) == ()


def test_an_unchanged_article_is_not_worked_on_again(settings: Settings, sources: Path) -> None:
    build(settings, sources)
    before = FolderStore.open(settings.index.folder).digests()["bridge"]
    (sources / "school.txt").write_text(SCHOOL + "\n\nIt opens in June.", encoding="utf-8")

    report = build(settings, sources)

    store = FolderStore.open(settings.index.folder)
    assert report.reused == 1
    assert store.digests()["bridge"] == before
    assert store.article("school").text.endswith("It opens in June.")
    assert verify_index(settings.index.folder) == ()


def test_an_added_article_joins_the_others(either: Settings, sources: Path) -> None:
    build(either, sources / "bridge.txt")

    report = add_to_index([sources / "school.txt"], either.index.place, either)

    assert held(either) == ["bridge", "school"]
    assert report.reused == 1


def test_a_corrected_article_takes_the_old_ones_place(either: Settings, sources: Path) -> None:
    build(either, sources)
    (sources / "bridge.txt").write_text(BRIDGE.replace("May.", "June."), encoding="utf-8")

    add_to_index([sources / "bridge.txt"], either.index.place, either)

    store = open_store(either.index.place)
    assert "in June." in store.article("bridge").text
    assert held(either) == ["bridge", "school"]
    assert store.counts()[0] == 2


def test_a_withdrawn_article_is_gone_at_once(either: Settings, sources: Path) -> None:
    build(either, sources)

    remove_from_index(["school"], either.index.place, either)

    store = open_store(either.index.place)
    assert held(either) == ["bridge"]
    with pytest.raises(UnknownArticle):
        store.article("school")


def test_withdrawing_an_unknown_article_changes_nothing(either: Settings, sources: Path) -> None:
    generation = build(either, sources).generation

    with pytest.raises(UnknownArticle, match="castle"):
        remove_from_index(["school", "castle"], either.index.place, either)

    assert held(either) == ["bridge", "school"]
    assert open_store(either.index.place).generation == generation


def test_an_open_store_goes_on_serving_its_generation(either: Settings, sources: Path) -> None:
    build(either, sources)
    before = open_store(either.index.place)

    for _ in range(3):
        build(either, sources / "bridge.txt")

    assert before.article("school").text == SCHOOL
    assert before.quotations("bridge")[0].parts[0].text == "It cannot wait,"
    assert len(before.vectors("school")) == 2


def test_what_cannot_be_read_is_reported_and_the_rest_is_built(
    either: Settings, sources: Path
) -> None:
    (sources / "empty.txt").write_text("", encoding="utf-8")
    (sources / "bad.json").write_text("{", encoding="utf-8")

    report = build(either, sources)

    assert held(either) == ["bridge", "school"]
    assert sorted(problem.source.rpartition("/")[2] for problem in report.problems) == [
        "bad.json",
        "empty.txt",
    ]


def test_where_nothing_can_be_read_the_last_index_goes_on(
    either: Settings, sources: Path, tmp_path: Path
) -> None:
    build(either, sources)

    with pytest.raises(NothingToIndex) as refused:
        build(either, tmp_path / "nowhere.txt")

    assert any("nowhere.txt" in note for note in refused.value.__notes__)
    assert held(either) == ["bridge", "school"]


def test_two_articles_of_one_id_are_a_problem_and_the_first_is_kept(
    either: Settings, tmp_path: Path
) -> None:
    lines = [{"id": "x", "text": BRIDGE}, {"id": "x", "text": SCHOOL}]
    file = tmp_path / "two.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    report = build(either, file)

    assert len(report.problems) == 1
    assert open_store(either.index.place).article("x").text == BRIDGE


def test_a_second_builder_is_told_who_holds_the_lock(settings: Settings, sources: Path) -> None:
    with (
        build_lock(settings.index.folder, wait_s=0),
        pytest.raises(BuildLocked, match=r"process \d+ on"),
    ):
        build(settings, sources)


def test_adding_with_another_model_is_refused_with_both_ways_out(
    either: Settings, sources: Path
) -> None:
    build(either, sources)
    other = either.model_copy(
        update={"embedding": either.embedding.model_copy(update={"model": "another"})}
    )

    with pytest.raises(EmbedderMismatch) as refused:
        add_to_index([sources], either.index.place, other)

    assert any("PULLQUOTE_EMBEDDING__MODEL=" in note for note in refused.value.__notes__)


def test_adding_needs_an_index(tiny_settings: Callable[[Path], Settings], tmp_path: Path) -> None:
    folder = tmp_path / "none"
    with pytest.raises(NoIndex):
        add_to_index([tmp_path], folder, tiny_settings(folder))


def test_many_small_additions_are_written_together_again(
    settings: Settings, tmp_path: Path
) -> None:
    build(settings, _written(tmp_path, 0))
    for number in range(1, 11):
        add_to_index([_written(tmp_path, number)], settings.index.folder, settings)

    store = FolderStore.open(settings.index.folder)
    assert len(held(settings)) == 11
    assert len(store.segments) <= 8
    assert store.article("note-3").text.startswith("Note 3 ")
    assert verify_index(settings.index.folder) == ()


def test_a_precision_that_changes_has_every_vector_made_again(
    settings: Settings, sources: Path
) -> None:
    build(settings, sources)
    exact = settings.model_copy(
        update={"embedding": settings.embedding.model_copy(update={"precision": "fp32"})}
    )

    report = build(exact, sources)

    assert report.reused == 0
    assert FolderStore.open(settings.index.folder).manifest.encoder.precision == "fp32"


def _written(folder: Path, number: int) -> Path:
    path = folder / f"note-{number}.txt"
    path.write_text(f"Note {number} is about the harbour board. It was short.", encoding="utf-8")
    return path


def test_a_folder_of_other_files_keeps_them_through_a_build(tmp_path, settings):
    folder = settings.index.folder
    own = folder / "segments" / "0123456789abcdef"
    own.mkdir()
    (own / "thesis.docx").write_text("mine")
    page = tmp_path / "court.txt"
    page.write_text("The court ruling came on Monday. The mayor will not appeal.")
    build_index([page], folder, settings)
    assert (own / "thesis.docx").read_text() == "mine"


NUL = [
    ("bad.json", json.dumps({"id": "b\0d", "text": BRIDGE}), r"its id 'b\x00d' cannot be used"),
    ("bad.json", json.dumps({"title": "Br\0dge", "text": BRIDGE}), 'its "title" holds characters'),
    ("bad.json", json.dumps({"author": "A\0da", "text": BRIDGE}), 'its "author" holds characters'),
    ("bad.json", json.dumps({"text": f"{BRIDGE}\0"}), "holds NUL bytes"),
    ("bad.jsonl", json.dumps({"id": "bad", "text": f"\0{BRIDGE}"}), "holds NUL bytes"),
    ("bad.txt", f"{BRIDGE}\0", "holds NUL bytes"),
    ("bad.md", f"\0{BRIDGE}", "holds NUL bytes"),
]


@pytest.mark.parametrize(("name", "content", "said"), NUL)
def test_a_nul_character_is_told_with_its_file_and_the_last_good_index_serves(
    either: Settings, tmp_path: Path, name: str, content: str, said: str
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / name).write_text(content, encoding="utf-8")
    before = held(either)

    with pytest.raises(NothingToIndex) as refused:
        build(either, folder)
    (note,) = refused.value.__notes__
    assert name in note
    assert said in note
    assert held(either) == before

    (folder / "school.txt").write_text(SCHOOL, encoding="utf-8")
    report = build(either, folder)
    assert [str(problem) for problem in report.problems] == [note]
    assert held(either) == ["school"]
    assert verify_index(either.index.place) == ()


def test_a_nul_character_in_a_page_never_reaches_the_index(
    either: Settings, tmp_path: Path
) -> None:
    """Printed or as an entity, in the title or the text: it is left out, or told with the file."""
    for number, (title, text) in enumerate(
        [("Br\0dge", "May"), ("Br&#0;dge", "May"), ("Bridge", "M\0ay"), ("Bridge", "M&#x0;ay")]
    ):
        paragraphs = "".join(f"<p>{part}</p>" for part in (BRIDGE, f"In {text}.", SCHOOL))
        (tmp_path / f"page{number}.html").write_text(
            f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>"
            f"{paragraphs}</article></body></html>",
            encoding="utf-8",
        )
    (tmp_path / "school.txt").write_text(SCHOOL, encoding="utf-8")

    report = build(either, *sorted(tmp_path.glob("page*.html")), tmp_path / "school.txt")

    assert report.articles + len(report.problems) == 5
    assert all("page" in str(problem) for problem in report.problems)
    for article in open_store(either.index.place).articles():
        assert "\0" not in article.text + (article.title or "")
    assert verify_index(either.index.place) == ()
