"""index/postgres as its readers meet it: another process publishes, hosts are away or of a kind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from conftest import in_database
from postgres_server import Server
from pydantic import SecretStr

from bot.bootstrap import open_service
from bot.chat.supervisor import Supervisor
from index.build import build_index
from index.errors import StoreUnreachable
from index.postgres.connections import MOST, PATIENCE, Address
from index.postgres.store import PostgresStore
from index.postgres.writer import PostgresTarget
from index.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.answers.service import AnswerService
    from config.settings import Settings

IDS = [f"ward{number}" for number in range(8)]
REBUILDS = 2
QUESTION = "What did Ada Obi say?"


def articles(folder: Path, month: str) -> Path:
    """The same articles, but for a month that stands in each of them."""
    path = folder / f"{month}.jsonl"
    lines = [
        {
            "id": name,
            "text": f"The council met about {name}.\n\n“The bridge of {name} will be repaired in "
            f"{month},” Mayor Ada Obi said.",
        }
        for name in IDS
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


async def test_two_bots_answer_from_one_generation_or_the_next_and_wait_for_no_build(
    settings: Settings, tmp_path: Path, postgres: Server
) -> None:
    """Two answering processes as a bot has them, and a third process that builds and publishes."""
    with Server(options={"log_lock_waits": "on", "deadlock_timeout": "20ms"}) as server:
        server.execute("CREATE DATABASE news")
        there = in_database(settings, server.url("news"))
        right: dict[str, AnswerService] = {}
        for month in ("June", "May"):
            build_index([articles(tmp_path, month)], there.index.place, there)
            right[month] = open_service(there)
        bots = [Supervisor(there, look_every=0.1) for _ in range(2)]
        for bot in bots:
            await bot.start(lambda _: None)
        over = asyncio.Event()
        try:
            asking = [asyncio.create_task(ask(bot, n, right, over)) for n, bot in enumerate(bots)]
            for number in range(REBUILDS):
                await build(there, tmp_path / f"{('June', 'May')[number % 2]}.jsonl")
                await asyncio.sleep(0.5)
            over.set()
            heard = await asyncio.gather(*asking)
        finally:
            over.set()
            for bot in bots:
                await bot.stop(patience=0)
        log = (server.folder / "log").read_text(encoding="utf-8")
        for service in right.values():
            service.store.close()

    for months in heard:
        assert set(months) == {"June", "May"}
    assert all(bot.reloads >= REBUILDS - 1 for bot in bots)
    assert "still waiting for" not in log


async def ask(
    bot: Supervisor, seed: int, right: dict[str, AnswerService], over: asyncio.Event
) -> list[str]:
    """Ask within one selection of articles after another; whose months the answers were."""
    rng = random.Random(seed)  # noqa: S311
    heard = []
    while not over.is_set():
        scope = Scope(frozenset(rng.sample(IDS, rng.randint(2, len(IDS)))))
        for method, asked in (("quotes", ()), ("ask", (QUESTION,))):
            said = repr(await bot.call(method, *asked, scope=scope))
            months = [
                month
                for month, service in right.items()
                if repr(getattr(service, method)(*asked, scope=scope)) == said
            ]
            assert len(months) == 1, said
            heard += months
    return heard


async def build(settings: Settings, source: Path) -> None:
    """Build by the command, in a process of its own."""
    url = settings.index.url
    assert url is not None
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "index", "build", str(source)),
        stdout=asyncio.subprocess.DEVNULL,
        env={
            **os.environ,
            "PULLQUOTE_INDEX__URL": url.get_secret_value(),
            "PULLQUOTE_EMBEDDING__MODEL": settings.embedding.model,
        },
    )
    assert await command.wait() == 0


@contextlib.contextmanager
def away(kind: str) -> Iterator[int]:
    """The port of a host that refuses, or of one that takes a connection and says nothing."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == "silent":
            taken.listen(16)
        yield taken.getsockname()[1]


@pytest.mark.parametrize(("kind", "most"), [("refuses", 1.0), ("silent", 3.5)])
def test_a_host_that_is_away_from_the_start_is_waited_for_once(
    settings: Settings,
    new_database: Callable[[], str],
    postgres: Server,
    kind: str,
    most: float,
) -> None:
    """Where it says nothing at all, for the two seconds that connecting may take."""
    name = Address(SecretStr(new_database())).options["dbname"]
    with away(kind) as port:
        hosts = f"127.0.0.1:{port},127.0.0.1:{postgres.port}"
        there = in_database(settings, f"postgresql://postgres@{hosts}/{name}")
        began = time.monotonic()
        store = PostgresStore.open(there.index.url)
        opened = time.monotonic() - began

        def read(_: int) -> bool:
            # Long enough for each to need a connection of its own.
            return bool(store.ask("SELECT pg_sleep(0.2)"))

        began = time.monotonic()
        with ThreadPoolExecutor(MOST) as pool:
            assert all(pool.map(read, range(MOST)))
        read_by_all = time.monotonic() - began
        began = time.monotonic()
        PostgresTarget(there.index.url).check()
        checked = time.monotonic() - began
        assert list(store.article_ids()) == ["port"]
        store.close()

    assert max(opened, checked) < most
    assert read_by_all < 1.5


def test_reads_go_to_the_kind_of_server_that_the_address_asks_for(
    settings: Settings, tmp_path: Path, postgres: Server
) -> None:
    with Server() as primary:
        primary.execute("CREATE DATABASE news")
        there = in_database(settings, primary.url("news"))
        build_index([articles(tmp_path, "May")], there.index.place, there)
        with Server(follows=primary) as standby:
            ports = {"primary": primary.port, "standby": standby.port}

            def answering(wanted: str, *order: str) -> str:
                hosts = ",".join(f"127.0.0.1:{ports[one]}" for one in order)
                url = f"postgresql://postgres@{hosts}/news?target_session_attrs={wanted}"
                store = PostgresStore.open(SecretStr(url))
                assert list(store.article_ids()) == IDS
                ((follows,),) = store.ask("SELECT pg_is_in_recovery()")
                store.close()
                return "standby" if follows else "primary"

            either = (("primary", "standby"), ("standby", "primary"))
            for order in either:
                assert answering("any", *order) == order[0]
                for wanted in ("standby", "read-only", "prefer-standby"):
                    assert answering(wanted, *order) == "standby"
                for wanted in ("primary", "read-write"):
                    assert answering(wanted, *order) == "primary"

            standby.kill()
            for order in either:
                began = time.monotonic()
                assert answering("prefer-standby", *order) == "primary"
                assert time.monotonic() - began < 1
                began = time.monotonic()
                with pytest.raises(StoreUnreachable):
                    answering("standby", *order)
                assert time.monotonic() - began < PATIENCE + 1
