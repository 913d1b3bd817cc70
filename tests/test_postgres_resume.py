"""index/postgres: a build that did not end is gone on from, and nothing is embedded twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from conftest import in_database

from bot.bootstrap import open_service
from config.settings import EmbeddingSettings
from index.analysts import LocalAnalyst
from index.build import add_to_index, build_index, build_sample, remove_from_index
from index.errors import NoIndex
from index.postgres import writer
from index.postgres.connections import Address
from index.segment import Analysed
from index.store import open_store
from index.verify import verify_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from postgres_server import Server

    from config.settings import Settings
    from index.analysts import Job, Outcome
    from index.sources import RawArticle

COUNT = 12
IDS = [f"a{number:02}" for number in range(COUNT)]
BUILD = """
import sys, time
from pathlib import Path
from pydantic import SecretStr
from config.settings import EmbeddingSettings, IndexSettings, Settings
from index import build
from index.postgres import writer
writer.TOGETHER = 2
url, model, source = sys.argv[1:]
settings = Settings(
    index=IndexSettings(folder=Path("/nowhere"), url=SecretStr(url), lock_wait_s=20),
    embedding=EmbeddingSettings(model=model),
)
counted = build._counted
def slowly(articles, progress):
    for number, analysed in enumerate(counted(articles, progress)):
        time.sleep(0 if number < 5 else 600)
        yield analysed
build._counted = slowly
build.build_index([source], settings.index.place, settings)
"""


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


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "TOGETHER", 2)


@pytest.fixture
def there(settings: Settings, new_database: Callable[[], str]) -> Settings:
    return in_database(settings, new_database())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path)


def write(folder: Path, **other: str) -> Path:
    path = folder / "articles.jsonl"
    texts = {i: f"The bridge plan {i} was for the city. “It will pass,” said Ada Obi." for i in IDS}
    lines = [json.dumps({"id": i, "text": text}) for i, text in (texts | other).items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def stop(settings: Settings, source: Path, after: int) -> None:
    with pytest.raises(Stopped):
        build_index([source], settings.index.place, settings, analyst=Watched(after))


def go_on(settings: Settings, source: Path) -> tuple[list[str], int]:
    """Build; what was worked out for it, and what was not."""
    watched = Watched()
    report = build_index([source], settings.index.place, settings, analyst=watched)
    assert verify_index(settings.index.place) == ()
    assert sorted(open_store(settings.index.place).article_ids()) == IDS
    return watched.worked, report.reused


def rows(settings: Settings, postgres: Server) -> dict[str, int]:
    name = Address(settings.index.url).options["dbname"]
    count = "SELECT count(DISTINCT article) FROM pullquote."
    tables = ("articles", "people", "names", "vectors", "postings")
    return {table: postgres.execute(count + table, name)[0][0] for table in tables}


@pytest.mark.parametrize("anew", [False, True])
def test_what_a_killed_builder_had_written_is_not_embedded_again(
    there: Settings,
    source: Path,
    postgres: Server,
    anew: bool,  # noqa: FBT001 - a case
) -> None:
    """Over a generation, and in a database in which nothing was; killed with SIGKILL."""
    name = Address(there.index.url).options["dbname"]
    if anew:
        postgres.execute("DROP SCHEMA pullquote CASCADE", name)
    builder = subprocess.Popen(
        [
            *(sys.executable, "-c", BUILD, there.index.url.get_secret_value()),
            *(there.embedding.model, str(source)),
        ],
        env={**os.environ, "PYTHONPATH": "."},
    )
    until = time.monotonic() + 60
    there_now = "SELECT count(*) FROM pg_class WHERE relname = 'unfinished'"
    written = "SELECT count(*) FROM pullquote.articles WHERE gone IS NULL AND id LIKE 'a%'"
    while not postgres.execute(there_now, name)[0][0] or postgres.execute(written, name)[0][0] < 4:
        assert builder.poll() is None
        assert time.monotonic() < until
        time.sleep(0.1)
    builder.kill()
    builder.wait()
    if anew:
        with pytest.raises(NoIndex):
            open_store(there.index.place)
    else:
        assert list(open_store(there.index.place).article_ids()) == ["port"]

    worked, reused = go_on(there, source)

    assert worked == IDS[4:]
    assert reused == 4
    ((left,),) = postgres.execute(there_now, name)
    assert left == 0


def test_asking_meanwhile_leaves_what_a_first_build_had_written(
    there: Settings, source: Path, postgres: Server
) -> None:
    postgres.execute("DROP SCHEMA pullquote CASCADE", Address(there.index.url).options["dbname"])
    stop(there, source, 6)

    for ask in (
        lambda: open_service(there),
        lambda: open_service(there, build_sample=True),
        lambda: build_sample(there.index.place, there),
    ):
        with pytest.raises(NoIndex, match="its first build has not ended") as told:
            ask()
        assert told.value.__notes__[0] == "Go on with it:    pullquote index build ARTICLES"

    assert go_on(there, source) == (IDS[6:], 6)


def test_the_samples_own_build_that_did_not_end_is_in_nobodys_way(
    there: Settings, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.execute("DROP SCHEMA pullquote CASCADE", Address(there.index.url).options["dbname"])

    def die(*_: object, **__: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(writer.PostgresTarget, "publish", die)
        with pytest.raises(Stopped):
            build_sample(there.index.place, there)
    with pytest.raises(NoIndex, match=r"There is no index in \S+ yet\.\nBuild one"):
        open_store(there.index.place)

    service = open_service(there, build_sample=True)

    assert list(service.store.article_ids()) == ["sample"]


def test_a_build_that_breaks_down_again_and_again_comes_to_its_end(
    there: Settings, source: Path, postgres: Server
) -> None:
    for after in (2, 2, 4):
        stop(there, source, after)

    worked, reused = go_on(there, source)

    assert worked == IDS[8:]
    assert reused == 8
    assert set(rows(there, postgres).values()) <= {COUNT, COUNT + 1}  # with the one withdrawn


def test_what_has_changed_since_is_worked_out_again_and_its_old_rows_go(
    there: Settings, source: Path, tmp_path: Path, postgres: Server
) -> None:
    stop(there, source, 6)
    changed = write(tmp_path, a01="The port took in more ships. Nobody said why.")

    worked, reused = go_on(there, changed)

    assert worked == ["a01", *IDS[6:]]
    assert reused == 5
    assert open_store(there.index.place).article("a01").text.startswith("The port took in more")
    assert rows(there, postgres)["articles"] == COUNT + 1


def test_another_analysis_takes_nothing_over(there: Settings, source: Path) -> None:
    stop(there, source, 6)
    other = there.model_copy(
        update={"embedding": EmbeddingSettings(model=there.embedding.model, precision="fp32")}
    )

    worked, reused = go_on(other, source)

    assert (worked, reused) == (IDS, 0)


def test_what_is_left_is_never_published_by_a_build_that_does_not_take_it(
    there: Settings, source: Path, tmp_path: Path, postgres: Server
) -> None:
    build_index([source], there.index.place, there)
    more = tmp_path / "more.jsonl"
    more.write_text(
        "\n".join(
            json.dumps({"id": f"m{n}", "text": "The mayor paid the bill."}) for n in range(6)
        ),
        encoding="utf-8",
    )
    with pytest.raises(Stopped):
        add_to_index([more], there.index.place, there, analyst=Watched(4))

    remove_from_index(["a00"], there.index.place, there)

    assert sorted(open_store(there.index.place).article_ids()) == IDS[1:]
    assert verify_index(there.index.place) == ()
    name = Address(there.index.url).options["dbname"]
    for table in ("articles", "people", "names", "vectors", "postings"):
        command = f"SELECT count(*) FROM pullquote.{table} WHERE article > (SELECT max(last)"  # noqa: S608
        assert postgres.execute(f"{command} FROM pullquote.generations)", name) == [(0,)]
    held = "SELECT count(*) FROM pullquote.articles WHERE id LIKE 'm%'"
    assert postgres.execute(held, name) == [(0,)]
