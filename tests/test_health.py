"""bot/chat/{health,metrics,status,lag}.py: what an operator sees, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from discord_world import Newsroom, article_of, sample, world
from prometheus_client.parser import text_string_to_metric_families

from bot.chat import texts
from bot.chat.health import HealthPages, PortTaken
from bot.chat.lag import Lag
from bot.chat.metrics import Metrics
from bot.chat.process import Lost
from bot.chat.status import read_status
from bot.chat.worker import Busy
from bot.cli.asking import BotSilent, NoHealthPort, ask_bot
from index.errors import UnknownArticle
from index.scope import Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DASHBOARD = Path(__file__).parents[1] / "docs" / "grafana.json"


@asynccontextmanager
async def served(bot: Any) -> AsyncIterator[HealthPages]:
    pages = HealthPages(bot, host="127.0.0.1", port=0)
    await pages.start()
    try:
        yield pages
    finally:
        await pages.stop()


async def get(pages: HealthPages, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{pages.port}{path}") as reply,
    ):
        return reply.status, await reply.text()


def figures(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(found: dict[Any, float], name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


async def test_ready_means_that_a_question_would_be_answered() -> None:
    async with world() as w, served(w.bot) as pages:
        status, body = await get(pages, "/readyz")
        alive, _ = await get(pages, "/healthz")
        w.bot.answers.engine._ready = False
        without, said = await get(pages, "/readyz")
        still, _ = await get(pages, "/healthz")
        w.bot.answers.engine._ready = True

    assert (status, json.loads(body)["in_the_way"]) == (200, [])
    assert (without, json.loads(said)["in_the_way"]) == (
        503,
        ["the process that answers is not there"],
    )
    assert alive == still == 200


async def test_what_was_asked_and_why_it_was_not_answered_is_counted() -> None:
    async with world() as w, served(w.bot) as pages:
        await w.alice.slash(w.channel, "ask", question="Kuleba?")
        await w.alice.slash(w.channel, "ask", question="how do I bake bread")
        await w.alice.slash(w.channel, "quotes")
        _, text = await get(pages, "/metrics")
        found = figures(text)
        usual = w.bot.metrics.usual

    asked = "pullquote_questions_total"
    assert of(found, asked, method="ask", outcome="answered") == 1
    assert of(found, asked, method="ask", outcome="refused") == 1
    assert of(found, asked, method="quotes", outcome="answered") == 1
    assert of(found, "pullquote_refusals_total", reason="not_sure") == 1
    assert of(found, "pullquote_answer_seconds_count", method="ask") == 2
    assert of(found, "pullquote_index_articles") == 1
    assert of(found, "pullquote_ready") == 1
    assert of(found, "pullquote_index_age_seconds") > 0
    assert of(found, "pullquote_cache_lookups_total", result="misses") == 3
    assert usual is not None
    assert "bread" not in text


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(Busy(1), "busy"), (Lost(), "lost"), (UnknownArticle("x"), "mendable"), (KeyError(), "error")],
)
def test_every_way_of_not_answering_has_a_name(error, outcome) -> None:
    metrics = Metrics()
    metrics.note("ask", 0.1, error)
    found = figures(metrics.text().decode())

    assert of(found, "pullquote_questions_total", method="ask", outcome=outcome) == 1
    assert of(found, "pullquote_refusals_total", reason=outcome) == 1
    assert metrics.usual is None


async def test_every_metric_on_the_dashboard_exists() -> None:
    async with world() as w, served(w.bot) as pages:
        metrics = w.bot.metrics
        metrics.note("ask", 0.1, ())
        metrics.note("ask", 0.1, Busy(1))
        metrics.gateway.labels("connect").inc()
        metrics.requests.labels("200").inc()
        metrics.limited.labels("user").inc()
        _, text = await get(pages, "/metrics")
    there = {name for name, _ in figures(text)}
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    asked = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"pullquote_\w+", target["expr"])
    }

    assert len(asked) > 15
    assert asked <= there
    ours = {name for name in there if name.startswith("pullquote_")}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in ours} <= shown


def test_the_dashboards_panels_do_not_lie_on_one_another() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert len({panel["id"] for panel in panels}) == len(panels)


async def test_requests_to_discord_are_counted_by_status_and_429s_by_scope() -> None:
    metrics = Metrics()

    async def limited(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"X-RateLimit-Scope": "shared"})

    app = web.Application()
    app.add_routes([web.get("/", limited)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession(trace_configs=[metrics.trace()]) as session:
        async with session.get(f"http://127.0.0.1:{port}/"):
            pass
        await runner.cleanup()
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"http://127.0.0.1:{port}/")
    found = figures(metrics.text().decode())

    assert of(found, "pullquote_discord_requests_total", status="429") == 1
    assert of(found, "pullquote_discord_requests_total", status="error") == 1
    assert of(found, "pullquote_discord_rate_limited_total", scope="shared") == 1


async def test_a_port_that_is_taken_is_one_clear_sentence() -> None:
    async with world() as w, served(w.bot) as pages:
        with pytest.raises(PortTaken, match=f"127.0.0.1:{pages.port}: ") as taken:
            await HealthPages(w.bot, host="127.0.0.1", port=pages.port).start()

    assert "PULLQUOTE_DISCORD__HEALTH_PORT" in taken.value.__notes__[0]


async def test_the_command_asks_the_running_bot(unused_tcp_port: int) -> None:
    async with world() as w, served(w.bot) as pages:
        well = await asyncio.to_thread(ask_bot, "0.0.0.0", pages.port, ready=True)  # noqa: S104
        w.bot.answers.engine._ready = False
        unwell = await asyncio.to_thread(ask_bot, "127.0.0.1", pages.port, ready=True)
        alive = await asyncio.to_thread(ask_bot, "127.0.0.1", pages.port, ready=False)
    with pytest.raises(BotSilent, match="refused"):
        ask_bot("127.0.0.1", unused_tcp_port, ready=False)
    with pytest.raises(NoHealthPort):
        ask_bot("127.0.0.1", None, ready=False)

    assert (well[0], unwell[0], alive[0]) == (True, False, True)
    assert "not there" in unwell[1]


async def test_a_blocked_loop_shows_as_its_worst_lag() -> None:
    told: list[float] = []
    lag = Lag(told.append)
    lag.start()
    await asyncio.sleep(0.06)
    time.sleep(0.2)  # noqa: ASYNC251 - what must never happen
    await asyncio.sleep(0.06)
    lag.stop()

    assert 0.1 < lag.worst < 1
    assert max(told) == lag.worst


def test_the_worst_of_the_last_minute_is_forgotten_after_it() -> None:
    lag = Lag()
    now = time.monotonic()
    for ago, seconds in ((70, 9.0), (50, 0.5), (30, 2.0), (10, 0.1)):
        lag._note(now - ago, seconds)

    assert lag.worst == 2.0


async def test_the_status_counts_only_articles_that_the_asker_may_see() -> None:
    service = Newsroom((sample(), article_of("Ports reopened.", "ports", title="Ports")))
    async with world(service) as w:
        before = read_status(w.bot)
        await w.alice.slash(w.channel, "ask", question="Kuleba?")
        after = read_status(w.bot, scope=Scope(frozenset({"ports", "elsewhere"})))

    assert (before.articles, after.articles) == (2, 1)
    assert before.answer is None
    assert after.answer is not None
    assert after.generation == 1
    assert after.built.year == 2026
    assert after.answering
    assert after.servers == 1
    assert texts.STATUS
