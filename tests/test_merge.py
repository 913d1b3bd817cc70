"""Parts of an index, built apart and merged, beside the index that is built at once."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from bot.answers.schema import answer_json
from bot.bootstrap import open_service
from bot.cli import main
from index.analysts import LocalAnalyst
from index.build import NothingToIndex, add_to_index, build_index, remove_from_index
from index.errors import NotAPart, PartOfIndex
from index.folder import FolderStore
from index.manifest import PartEntry, read_manifest
from index.merge import UnmergeableParts, merge_parts
from index.verify import verify_index

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bot.answers.service import AnswerService
    from config.settings import Settings

PEOPLE = ("Ada Obi", "Tom Reyes", "Ines Vogel", "Sam Okafor", "Lena Brandt")
THINGS = ("bridge", "school", "port", "court", "budget", "harbour")


def corpus(folder: Path, count: int = 60) -> Path:
    """So many short articles, each with a speaker and a quote of its own."""
    lines = []
    for number in range(count):
        person, thing = PEOPLE[number % len(PEOPLE)], THINGS[number % len(THINGS)]
        text = (
            f"The city council met about the {thing} of ward {number} on Tuesday.\n\n"
            f"“The {thing} of ward {number} cannot wait,” Mayor {person} said.\n\n"
            f"{person.split()[-1]} denied that the plan for it costs {number + 3} per cent more."
        )
        record = {"id": f"ward-{number}", "text": text, "title": f"The {thing} of ward {number}"}
        lines.append(json.dumps(record))
    file = folder / "wards.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def contents(folder: Path) -> dict[str, tuple[object, ...]]:
    """All that an index says about each article, vectors as their bytes."""
    store = FolderStore.open(folder, parts=True)
    found = {}
    for article_id, (place, row, digest) in store.digests().items():
        one = store.segments[place].read(row)
        found[article_id] = (
            *(one.article, digest, one.sentences, one.passages, one.quotations),
            one.vectors.tobytes(),
        )
    return found


def answers(settings: Settings, folder: Path) -> list[object]:
    """What the index in a folder answers, as JSON."""
    index = settings.index.model_copy(update={"folder": folder})
    return said_by(open_service(settings.model_copy(update={"index": index})))


def said_by(service: AnswerService) -> list[object]:
    """What a service answers, as JSON, without what tells one index from another."""
    asked = [f"What did {person} say?" for person in PEOPLE]
    asked += [f"What about the {thing} of ward {n}?" for n, thing in enumerate(THINGS, 20)]
    return [answer_json(service.ask(question)) for question in asked]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def at_once(
    tmp_path_factory: pytest.TempPathFactory,
    exported: Path,
    source: Path,
    tiny_settings: Callable[[Path], Settings],
) -> Path:
    """The index of the corpus, built by one machine. Not to be changed."""
    folder = tmp_path_factory.mktemp("whole") / "index"
    shutil.copytree(exported, folder)
    build_index([source], folder, tiny_settings(folder))
    return folder


@pytest.fixture(scope="module")
def parts(
    tmp_path_factory: pytest.TempPathFactory,
    exported: Path,
    source: Path,
    tiny_settings: Callable[[Path], Settings],
) -> tuple[Path, ...]:
    """Three parts of the corpus. Not to be changed."""
    folder = tmp_path_factory.mktemp("parts")
    return tuple(
        built(folder / str(number), PartEntry(number, 3), [source], exported, tiny_settings)
        for number in (1, 2, 3)
    )


def built(
    folder: Path,
    part: PartEntry,
    sources: Sequence[Path],
    exported: Path,
    tiny_settings: Callable[[Path], Settings],
    **changed: object,
) -> Path:
    # The encoder that is there already, and no index, so that it need not be exported again.
    settings = tiny_settings(folder)
    shutil.copytree(exported, folder)
    make_part_of(folder)
    if changed:
        embedding = settings.embedding.model_copy(update=changed)
        settings = settings.model_copy(update={"embedding": embedding})
    build_index(sources, folder, settings, part=part)
    return folder


def make_part_of(folder: Path) -> None:
    """Mark an index as a part, which a build may replace."""
    from dataclasses import replace  # noqa: PLC0415

    from index.manifest import write_manifest  # noqa: PLC0415

    write_manifest(folder, replace(read_manifest(folder, parts=True), part=PartEntry(1, 1)))


def test_each_article_is_in_one_part_and_which_one_follows_from_its_id():
    ids = [f"article-{number}" for number in range(500)]
    held = [[one for one in ids if PartEntry(n, 7).holds(one)] for n in range(1, 8)]

    assert sorted(itertools.chain(*held)) == sorted(ids)
    assert min(map(len, held)) > 40
    assert PartEntry(1, 2).holds("sample") is False  # and so it stays, on every machine
    assert PartEntry(2, 2).holds("sample") is True


def test_merged_parts_are_the_index_that_is_built_at_once(settings, at_once, parts, tmp_path):
    report = merge_parts(parts, tmp_path / "merged", settings)

    assert report.articles == 60
    assert all(len(contents(part)) > 10 for part in parts)
    assert contents(tmp_path / "merged") == contents(at_once)
    assert answers(settings, tmp_path / "merged") == answers(settings, at_once)
    assert verify_index(tmp_path / "merged") == ()


def test_merging_links_the_parts_files_and_outlives_them(settings, parts, tmp_path):
    copies = [shutil.copytree(part, tmp_path / part.name) for part in parts]
    merge_parts(copies, tmp_path / "merged", settings)
    segment = next((tmp_path / "merged" / "segments").iterdir())
    assert (segment / "texts.bin").stat().st_nlink == 2

    for copy in copies:
        shutil.rmtree(copy)

    assert verify_index(tmp_path / "merged") == ()


def test_merging_copies_where_it_cannot_link(settings, parts, tmp_path, monkeypatch):
    def other_disk(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", other_disk)
    merge_parts(parts, tmp_path / "merged", settings)

    assert verify_index(tmp_path / "merged") == ()


def test_merging_replaces_the_index_that_was_there_and_it_can_be_added_to(
    settings, parts, tmp_path
):
    folder = settings.index.folder
    assert list(FolderStore.open(folder).article_ids()) == ["port"]
    before = FolderStore.open(folder)

    report = merge_parts(parts, folder, settings)
    (tmp_path / "note.txt").write_text("The vote on the budget was short.", encoding="utf-8")
    add_to_index([tmp_path / "note.txt"], folder, settings)
    remove_from_index(["ward-7"], folder, settings)

    assert report.generation == before.generation + 1
    assert before.article("port").text
    assert FolderStore.open(folder).counts()[0] == 60
    assert verify_index(folder) == ()


def test_a_part_is_not_served_and_says_how_to_merge_it(settings, parts):
    index = settings.index.model_copy(update={"folder": parts[1]})
    with pytest.raises(PartOfIndex, match="part 2/3 of an index") as refused:
        open_service(settings.model_copy(update={"index": index}))
    assert any("pullquote index merge PART..." in note for note in refused.value.__notes__)
    with pytest.raises(PartOfIndex):
        add_to_index([parts[1]], parts[1], settings)
    with pytest.raises(PartOfIndex):
        remove_from_index(["ward-1"], parts[1], settings)


def test_a_part_that_is_built_again_works_nothing_out_again(source, parts, tmp_path, tiny_settings):
    folder = shutil.copytree(parts[0], tmp_path / "again")
    report = build_index([source], folder, tiny_settings(folder), part=PartEntry(1, 3))

    assert report.reused == report.articles == len(contents(parts[0]))
    assert read_manifest(folder, parts=True).part == PartEntry(1, 3)


def test_a_part_does_not_take_the_place_of_a_whole_index(settings, source):
    with pytest.raises(NotAPart):
        build_index([source], settings.index.folder, settings, part=PartEntry(1, 2))
    assert list(FolderStore.open(settings.index.folder).article_ids()) == ["port"]


def test_a_part_that_no_article_falls_into_is_merged_like_the_others(
    settings, tmp_path, exported, tiny_settings
):
    (tmp_path / "bridge.txt").write_text("The bridge is open. Ada Obi said so.", encoding="utf-8")
    made = [
        built(
            tmp_path / str(n), PartEntry(n, 3), [tmp_path / "bridge.txt"], exported, tiny_settings
        )
        for n in (1, 2, 3)
    ]
    assert sorted(len(contents(one)) for one in made) == [0, 0, 1]

    assert merge_parts(made, tmp_path / "merged", settings).articles == 1


def test_a_part_of_sources_that_hold_nothing_is_not_made(tmp_path, exported, tiny_settings):
    with pytest.raises(NothingToIndex):
        built(tmp_path / "1", PartEntry(1, 2), [tmp_path / "none.txt"], exported, tiny_settings)


@pytest.mark.parametrize(
    ("named", "said", "typed"),
    [
        ((0, 2), "Of 3 parts, 2/3 is missing", "--part 2/3"),
        ((0,), "Of 3 parts, 2/3, 3/3 are missing", "--part 2/3"),
        ((0, 1, 2, 1), "are both part 2/3", "Name each part once"),
    ],
)
def test_a_part_that_is_missing_or_twice_is_named(settings, parts, tmp_path, named, said, typed):
    with pytest.raises(UnmergeableParts) as refused:
        merge_parts([parts[n] for n in named], tmp_path / "merged", settings)

    assert said in str(refused.value)
    assert any(typed in note for note in refused.value.__notes__)
    assert not (tmp_path / "merged").exists()


def test_parts_of_another_count_and_whole_indexes_are_refused(
    settings, source, at_once, parts, tmp_path, exported, tiny_settings
):
    other = built(tmp_path / "other", PartEntry(2, 2), [source], exported, tiny_settings)
    with pytest.raises(UnmergeableParts, match=r"part 1/3 and .* is part 2/2"):
        merge_parts([parts[0], other], tmp_path / "merged", settings)
    with pytest.raises(UnmergeableParts, match="holds a whole index"):
        merge_parts([parts[0], at_once], tmp_path / "merged", settings)


def test_parts_that_were_built_unlike_are_refused(
    settings, source, parts, tmp_path, exported, tiny_settings
):
    exact = built(
        tmp_path / "exact", PartEntry(2, 3), [source], exported, tiny_settings, precision="fp32"
    )
    with pytest.raises(UnmergeableParts, match="not built alike: the precision differs"):
        merge_parts([parts[0], exact, parts[2]], tmp_path / "merged", settings)


def test_an_article_that_is_in_two_parts_is_named_and_the_old_index_goes_on(
    settings, source, parts, tmp_path, exported, tiny_settings, monkeypatch
):
    monkeypatch.setattr(PartEntry, "holds", lambda *_: True)
    all_of_it = built(tmp_path / "all", PartEntry(2, 3), [source], exported, tiny_settings)

    with pytest.raises(UnmergeableParts, match=r"The article 'ward-\d+' is in .* and in"):
        merge_parts([parts[0], all_of_it, parts[2]], settings.index.folder, settings)

    assert list(FolderStore.open(settings.index.folder).article_ids()) == ["port"]
    assert len(list((settings.index.folder / "segments").iterdir())) == 1


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_part_that_is_not_whole_is_named_and_nothing_is_merged(settings, parts, tmp_path, damage):
    copy = shutil.copytree(parts[2], tmp_path / "copy")
    (entry,) = read_manifest(copy, parts=True).segments
    texts = copy / "segments" / entry.id / "texts.bin"
    if damage == "gone":
        texts.unlink()
    else:
        texts.write_bytes(texts.read_bytes().replace(b"Tuesday", b"Teusday", 1))

    with pytest.raises(UnmergeableParts, match="is damaged") as refused:
        merge_parts([*parts[:2], copy], settings.index.folder, settings)

    assert any("--part 3/3" in note for note in refused.value.__notes__)
    assert list(FolderStore.open(settings.index.folder).article_ids()) == ["port"]


def test_parts_are_built_and_merged_from_the_command_line(
    tmp_path, source, exported, settings, capsys, monkeypatch
):
    monkeypatch.setenv("PULLQUOTE_EMBEDDING__MODEL", settings.embedding.model)
    folders = [tmp_path / "1", tmp_path / "2"]
    for number, folder in enumerate(folders, 1):
        shutil.copytree(exported, folder)
        make_part_of(folder)
        part = ["--part", f"{number}/2", "--index", str(folder)]
        assert main(["index", "build", str(source), *part]) == 0

    assert main(["ask", "--index", str(folders[0]), "What did Ada Obi say?"]) == 1
    assert "part 1/2 of an index" in capsys.readouterr().err
    whole = str(tmp_path / "whole")
    assert main(["index", "merge", *map(str, folders), "--index", whole]) == 0
    assert "60 articles" in capsys.readouterr().out
    assert main(["index", "verify", "--index", whole]) == 0
    assert main(["index", "build", str(source), "--part", "3/2", "--index", whole]) == 2


def test_an_analyst_takes_articles_only_as_far_ahead_as_it_works(settings, source, tmp_path):
    """What is read is bounded by a batch, however many articles there are."""
    from index.build import _job  # noqa: PLC0415
    from index.sources import read_sources  # noqa: PLC0415

    taken = 0

    def reading():
        nonlocal taken
        for raw in read_sources([source], max_bytes=2**20):
            taken += 1
            yield raw

    entry = read_manifest(settings.index.folder).encoder
    encoder = settings.index.folder / "encoders" / entry.id
    job = _job(encoder, settings, entry, "analysis")
    outcomes = LocalAnalyst(job).analyse(reading(), {})
    next(outcomes)
    assert taken == 32
    outcomes.close()
