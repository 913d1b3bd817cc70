"""Builds that end before their time, and the next ones, which go on from what was sealed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest

from bot.bootstrap import open_service
from index import build as building
from index import folder_target
from index.analysts import LocalAnalyst
from index.build import add_to_index, build_index, build_sample, remove_from_index
from index.compact import compact_index
from index.errors import NoIndex
from index.folder import FolderStore
from index.journal import JOURNAL, read_journal
from index.segment import Analysed
from index.verify import verify_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from config.settings import Settings
    from index.analysts import Job, Outcome
    from index.build import BuildReport
    from index.sources import RawArticle

NAMES = ("bridge", "court", "mill", "school")


class Stopped(Exception):
    """The build ends here."""


class Watched:
    """An analyst that notes what it works out, and may break down before the next article."""

    def __init__(self, most: int | None = None) -> None:
        self.worked: list[str] = []
        self._most = most

    def __call__(self, job: Job) -> Watched:
        self._analyst = LocalAnalyst(job)
        return self

    def analyse(
        self, articles: Iterable[RawArticle], known: Mapping[str, str]
    ) -> Iterator[Outcome]:
        for outcome in self._analyst.analyse(articles, known):
            if isinstance(outcome, Analysed):
                if len(self.worked) == self._most:
                    raise Stopped
                self.worked.append(outcome.article.id)
            yield outcome


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name in NAMES:
        write(folder, name, "will be repaired in May")
    return folder


@pytest.fixture(autouse=True)
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every article fills a segment."""
    monkeypatch.setattr(folder_target, "SEGMENT_PASSAGES", 1)


def write(folder: Path, name: str, what: str) -> None:
    text = f"The {name} {what}.\n\n“It cannot wait,” Mayor Ada Obi said of the {name}."
    (folder / f"{name}.txt").write_text(text, encoding="utf-8")


def stop(settings: Settings, sources: Path, after: int) -> None:
    """Have a build break down when so many articles are sealed."""
    with pytest.raises(Stopped):
        build_index([sources], settings.index.folder, settings, analyst=Watched(after))


def go_on(settings: Settings, *sources: Path) -> tuple[list[str], BuildReport]:
    """Build; what was worked out for it."""
    watched = Watched()
    report = build_index(sources, settings.index.folder, settings, analyst=watched)
    assert verify_index(settings.index.folder) == ()
    assert not (settings.index.folder / JOURNAL).exists()
    return watched.worked, report


def held(settings: Settings) -> list[str]:
    return sorted(FolderStore.open(settings.index.folder).article_ids())


def test_a_build_goes_on_where_the_last_one_broke_down(settings: Settings, sources: Path) -> None:
    stop(settings, sources, 2)
    assert held(settings) == ["port"]

    worked, report = go_on(settings, sources)

    assert worked == ["mill", "school"]
    assert (report.articles, report.reused) == (4, 2)
    assert held(settings) == list(NAMES)


def test_a_build_that_breaks_down_in_the_middle_of_a_segment_leaves_no_file_open(
    settings: Settings, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_target, "SEGMENT_PASSAGES", 1000)
    with pytest.raises(Stopped) as stopped:  # which holds on to whatever the build held
        build_index([sources], settings.index.folder, settings, analyst=Watched(2))

    written = [file.path for file in psutil.Process().open_files() if file.mode != "r"]
    assert [path for path in written if path.startswith(str(settings.index.folder))] == []
    assert stopped.value.__traceback__ is not None


def test_a_build_that_went_on_is_what_it_would_have_been(
    settings: Settings,
    sources: Path,
    tmp_path: Path,
    exported: Path,
    tiny_settings: Callable[[Path], Settings],
) -> None:
    stop(settings, sources, 3)
    _, report = go_on(settings, sources)
    at_once = tiny_settings(tmp_path / "at_once")
    whole = build_index([sources], at_once.index.folder, at_once)

    assert (report.passages, report.quotations) == (whole.passages, whole.quotations)
    ours, theirs = (FolderStore.open(one.index.folder) for one in (settings, at_once))
    for name in NAMES:
        assert ours.article(name) == theirs.article(name)
        assert ours.sentences(name) == theirs.sentences(name)
        assert ours.quotations(name) == theirs.quotations(name)
        np.testing.assert_allclose(ours.vectors(name), theirs.vectors(name), atol=1e-3)


def test_the_first_build_of_a_folder_goes_on_with_the_encoder_that_it_exported(
    sources: Path, tmp_path: Path, tiny_settings: Callable[[Path], Settings]
) -> None:
    settings = tiny_settings(tmp_path / "new")
    stop(settings, sources, 2)
    [encoder] = (tmp_path / "new" / "encoders").iterdir()
    made = encoder.stat().st_ino

    worked, _ = go_on(settings, sources)

    assert worked == ["mill", "school"]
    assert encoder.stat().st_ino == made


def test_asking_meanwhile_leaves_what_a_first_build_had_sealed(
    sources: Path, tmp_path: Path, tiny_settings: Callable[[Path], Settings]
) -> None:
    settings = tiny_settings(tmp_path / "new")
    stop(settings, sources, 2)

    for ask in (
        lambda: open_service(settings),
        lambda: open_service(settings, build_sample=True),
        lambda: build_sample(settings.index.folder, settings),
    ):
        with pytest.raises(NoIndex, match="its first build has not ended") as told:
            ask()
        assert told.value.__notes__ == [
            f"Go on with it:    pullquote index build ARTICLES --index {tmp_path / 'new'}",
            "Or ask the sample article in another folder:    --index FOLDER",
        ]

    assert go_on(settings, sources)[0] == ["mill", "school"]


def test_a_build_that_broke_down_twice_goes_on_from_both(settings: Settings, sources: Path) -> None:
    stop(settings, sources, 1)
    stop(settings, sources, 2)

    assert len(read_journal(settings.index.folder)) == 3
    assert go_on(settings, sources)[0] == ["school"]


def test_what_was_corrected_meanwhile_is_worked_out_again(
    settings: Settings, sources: Path
) -> None:
    stop(settings, sources, 2)
    write(sources, "bridge", "will be repaired in June")
    stop(settings, sources, 1)  # now the bridge is there twice

    worked, report = go_on(settings, sources)

    assert worked == ["mill", "school"]
    assert report.articles == 4
    assert "in June" in FolderStore.open(settings.index.folder).article("bridge").text


def test_what_is_no_longer_asked_for_does_not_come_in(settings: Settings, sources: Path) -> None:
    stop(settings, sources, 2)

    watched = Watched()
    folder = settings.index.folder
    add_to_index([sources / "court.txt"], folder, settings, analyst=watched)

    assert watched.worked == []
    assert held(settings) == ["court", "port"]
    assert not (folder / JOURNAL).exists()


def test_a_correction_that_was_not_published_leaves_the_old_article_to_others(
    settings: Settings, sources: Path
) -> None:
    go_on(settings, sources)
    write(sources, "bridge", "will be repaired in June")
    write(sources, "court", "will be repaired in June")
    stop(settings, sources, 1)

    add_to_index([sources / "court.txt"], settings.index.folder, settings)

    store = FolderStore.open(settings.index.folder)
    assert "in May" in store.article("bridge").text
    assert "in June" in store.article("court").text
    assert held(settings) == list(NAMES)


def test_a_sealed_segment_that_was_damaged_is_not_trusted(
    settings: Settings, sources: Path
) -> None:
    stop(settings, sources, 2)
    folder = settings.index.folder
    first = folder / "segments" / read_journal(folder)[0].segment.id
    path = max(first.iterdir(), key=lambda file: file.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    assert go_on(settings, sources)[0] == ["bridge", "mill", "school"]
    assert not first.exists()


@pytest.mark.parametrize(
    ("spoil", "left"),
    [
        (lambda text: text[:-20], 1),  # the last line cut short
        (lambda text: text.replace('"articles": 1', '"articles": 7'), 0),
        (lambda text: text.replace("pullquote-build", "somebody-elses"), 0),
        (lambda text: json.dumps({"build": "yesterday"}) + "\n" + text, 0),
        (lambda _: "\0", 0),
    ],
)
def test_a_journal_counts_up_to_its_first_line_that_is_not_ours(
    settings: Settings, sources: Path, spoil: Callable[[str], str], left: int
) -> None:
    stop(settings, sources, 2)
    path = settings.index.folder / JOURNAL
    path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")

    assert len(read_journal(settings.index.folder)) == left
    assert go_on(settings, sources)[0] == list(NAMES[left:])


def test_what_was_worked_out_otherwise_is_not_taken_over(
    settings: Settings, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop(settings, sources, 2)
    monkeypatch.setattr(building, "ANALYSIS", "another")

    assert go_on(settings, sources)[0] == list(NAMES)
    segments = FolderStore.open(settings.index.folder).manifest.segments
    assert len(segments) == len(NAMES)


def test_what_was_published_is_not_taken_over_again(settings: Settings, sources: Path) -> None:
    folder = settings.index.folder
    stop(settings, sources, 2)
    journal = (folder / JOURNAL).read_bytes()
    go_on(settings, sources)
    (folder / JOURNAL).write_bytes(journal)  # as when it is killed right after publishing

    worked, report = go_on(settings, sources)

    assert worked == []
    assert (report.articles, report.reused) == (4, 4)


def test_a_merging_of_segments_leaves_what_the_next_build_goes_on_from(
    settings: Settings, sources: Path
) -> None:
    go_on(settings, sources)
    for name in NAMES:
        write(sources, name, "will be repaired in June")
    stop(settings, sources, 3)

    assert compact_index(settings.index.folder, settings, most=1) is not None

    assert verify_index(settings.index.folder) == ()
    assert go_on(settings, sources)[0] == ["school"]


def test_withdrawing_an_article_leaves_no_copy_of_it_in_a_journal(
    settings: Settings, sources: Path
) -> None:
    go_on(settings, sources)
    for name in ("bridge", "court"):
        write(sources, name, "will be repaired in June")
    stop(settings, sources, 1)

    remove_from_index(["bridge"], settings.index.folder, settings)

    assert not (settings.index.folder / JOURNAL).exists()
    assert held(settings) == list(NAMES[1:])


def test_a_segment_is_sealed_when_its_time_is_over(
    settings: Settings, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_target, "SEGMENT_PASSAGES", 1000)
    go_on(settings, sources / "bridge.txt", sources / "court.txt")
    assert len(FolderStore.open(settings.index.folder).manifest.segments) == 1

    monkeypatch.setattr(folder_target, "SEGMENT_S", 0.0)
    stop(settings, sources, 1)
    assert len(read_journal(settings.index.folder)) == 1
    assert go_on(settings, sources)[0] == ["school"]
