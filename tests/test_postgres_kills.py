"""index/postgres when processes die: builders, and the primary while twenty ask."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from conftest import in_database
from postgres_server import Server

from bot.bootstrap import open_service
from index.build import add_to_index, build_index
from index.errors import StoreUnreachable
from index.postgres.connections import PATIENCE, Address
from index.postgres.writer import PostgresTarget
from index.scope import Scope
from index.store import open_store
from index.verify import verify_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from config.settings import Settings

ASKERS = 20
BUILD = """
import sys
from config.settings import EmbeddingSettings, IndexSettings, Settings
from index.build import build_index
from pathlib import Path
from pydantic import SecretStr
import index.postgres.writer as writer
writer.TOGETHER = 2
url, model, source = sys.argv[1:]
settings = Settings(
    index=IndexSettings(folder=Path("/nowhere"), url=SecretStr(url), lock_wait_s=20),
    embedding=EmbeddingSettings(model=model),
)
print("begins", flush=True)
build_index([source], settings.index.place, settings)
"""


def articles(folder: Path, name: str, word: str, count: int) -> Path:
    lines = [
        {"id": f"{name}{n}", "text": f"The {word} plan was for {n} people. The board voted on it."}
        for n in range(count)
    ]
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def kill_builders(
    settings: Settings, tmp_path: Path, postgres: Server, *, kills: int, seed: int
) -> None:
    """Kill builders at random moments; after each, the last generation must serve, whole."""
    rng = random.Random(seed)  # noqa: S311
    sources = [articles(tmp_path, name, "bridge", 30) for name in ("one", "two")]
    build_index(sources[:1], settings.index.place, settings)
    name = Address(settings.index.url).options["dbname"]
    longest = 8.0
    for number in range(kills):
        source = sources[(number + 1) % 2]
        builder = subprocess.Popen(
            [
                *(sys.executable, "-c", BUILD, settings.index.url.get_secret_value()),
                *(settings.embedding.model, str(source)),
            ],
            stdout=subprocess.PIPE,
            cwd=".",
            env={**os.environ, "PYTHONPATH": ".:tests"},
        )
        assert builder.stdout is not None
        builder.stdout.readline()
        time.sleep(rng.uniform(0, longest))
        builder.kill()
        builder.wait()
        builder.stdout.close()
        held = sorted(open_store(settings.index.place).article_ids())
        assert held in (sorted(f"{n}{i}" for i in range(30)) for n in ("one", "two"))
        assert verify_index(settings.index.place) == ()

    build_index(sources, settings.index.place, settings)

    assert len(list(open_store(settings.index.place).article_ids())) == 60
    assert verify_index(settings.index.place) == ()
    ((unpublished,),) = postgres.execute(
        "SELECT count(*) FROM pullquote.postings WHERE article >"
        " (SELECT max(last) FROM pullquote.generations)",
        name,
    )
    assert unpublished == 0


def test_what_a_build_that_died_has_written_is_removed_where_the_next_has_no_use_for_it(
    settings: Settings,
    new_database: Callable[[], str],
    tmp_path: Path,
    postgres: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its connection is cut where nothing of it can tidy up, as when it is killed."""
    there = in_database(settings, new_database())
    build_index([articles(tmp_path, "one", "bridge", 5)], there.index.place, there)
    name = Address(there.index.url).options["dbname"]

    def die(self: PostgresTarget, dimension: int) -> None:
        pid = self._connection.info.backend_pid
        postgres.execute(f"SELECT pg_terminate_backend({pid})")

    monkeypatch.setattr(PostgresTarget, "_index_vectors", die)
    with pytest.raises(StoreUnreachable):
        build_index([articles(tmp_path, "two", "school", 5)], there.index.place, there)

    monkeypatch.undo()

    rows = "SELECT count(*) FROM pullquote.articles"
    assert postgres.execute(rows, name) == [(11,)]  # with the template's one, withdrawn
    assert sorted(open_store(there.index.place).article_ids()) == [f"one{n}" for n in range(5)]
    add_to_index([articles(tmp_path, "three", "port", 1)], there.index.place, there)
    assert len(list(open_store(there.index.place).article_ids())) == 6
    assert postgres.execute(rows, name) == [(7,)]
    assert verify_index(there.index.place) == ()


@pytest.mark.soak
def test_builders_killed_at_any_moment_leave_the_last_generation_whole(
    settings: Settings, new_database: Callable[[], str], tmp_path: Path, postgres: Server
) -> None:
    kill_builders(in_database(settings, new_database()), tmp_path, postgres, kills=25, seed=6)


def test_twenty_askers_outlive_the_primary_which_the_standby_then_follows(
    settings: Settings, tmp_path: Path, postgres: Server
) -> None:
    """Every answer is the right one, and nobody is refused for longer than `PATIENCE`."""
    with Server() as primary:
        primary.execute("CREATE DATABASE news")
        hosts = f"127.0.0.1:{primary.port}"
        there = in_database(settings, primary.url("news"))
        build_index([articles(tmp_path, "one", "bridge", 20)], there.index.place, there)
        with Server(follows=primary) as standby:
            hosts += f",127.0.0.1:{standby.port}"
            there = in_database(settings, f"postgresql://postgres@{hosts}/news")
            caught_up(primary, standby)
            service = open_service(there)
            scopes = [Scope(frozenset(f"one{i}" for i in range(k, k + 5))) for k in range(15)]
            question = "How many people was the bridge plan for?"
            right = [repr(service.ask(question, scope=scope)) for scope in scopes]
            refused: list[float] = []
            wrong: list[str] = []
            answered: list[float] = []
            stop = threading.Event()

            def ask(number: int) -> None:
                rng = random.Random(number)  # noqa: S311
                while not stop.is_set():
                    place = rng.randrange(len(scopes))
                    service.store._rows._loaded.clear()
                    try:
                        said = repr(service.ask(question, scope=scopes[place]))
                    except StoreUnreachable:
                        refused.append(time.monotonic())
                        continue
                    answered.append(time.monotonic())
                    if said != right[place]:
                        wrong.append(said)

            askers = [threading.Thread(target=ask, args=[n]) for n in range(ASKERS)]
            for asker in askers:
                asker.start()
            time.sleep(1)
            killed = time.monotonic()
            primary.kill()
            time.sleep(PATIENCE + 1.5)
            stop.set()
            for asker in askers:
                asker.join(30)
            assert not wrong
            assert [when for when in refused if when - killed > PATIENCE] == []
            assert sum(when > killed + PATIENCE for when in answered) > ASKERS

            more = articles(tmp_path, "two", "school", 3)
            with pytest.raises(StoreUnreachable, match=r"takes writes|refused"):
                add_to_index([more], there.index.place, there)
            standby.promote()
            report = add_to_index([more], there.index.place, there)
            assert report.articles == 23
            assert verify_index(there.index.place) == ()
            service.store.close()


def caught_up(primary: Server, standby: Server) -> None:
    """Wait until the standby has all that the primary has written."""
    ((position,),) = primary.execute("SELECT pg_current_wal_lsn()")
    until = time.monotonic() + 20
    while not standby.execute(f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn")[0][0]:
        assert time.monotonic() < until
        time.sleep(0.05)
