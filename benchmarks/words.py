"""The word index beside bm25s and tantivy: the same passages and questions, in one run.

    pip install bm25s tantivy
    python benchmarks/words.py --passages 100000 [--texts DIR] [--questions 200] [--json FILE]

Text is real (`benchmarks/real_text.py`; `--texts` takes what `scale.py --keep` has gathered).
Passages are drawn from it and held out, and what is asked is made of theirs: eight words of a
sentence, and two of them among sixteen common ones. bm25s has our terms, k1 and b, and is
opened memory-mapped; tantivy has its own stemmer, k1 and b, and keeps no positions. Each is
built and asked in a process of its own, by one thread; they take turns, a block of questions
each. Whoever asks sees everything, a tenth of the articles, or twenty: ours then counts within
those alone, bm25s is given a mask and tantivy a filter, and both keep everybody's rarity.
What is found is held against the score of every passage by our own constants in that scope.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from measuring import RESULTS, ROOT, at, environment, keep, machine, next_answer

sys.path.insert(0, str(ROOT))
from index.words import (
    K1,
    B,
    Scorer,
    Sight,
    Words,
    WordsWriter,
    merge_words,
    score_rows,
    terms_of,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SEGMENT = 50_000
"""Passages a segment, as a build writes them before it merges."""
LIMIT = 50
"""Passages asked for, as a retrieval does."""
BEST = 10
BLOCK = 10
"""Questions that one answers before it is the next one's turn."""
TURNS = 2
AMONG = "what did they say about the time that {} was used in this for all of {}"
EVERYTHING = "everything"
MiB = 2**20


class Engine(Protocol):
    """A library, as it is measured: opened from its folder, told of scopes, asked."""

    def see(self, visible: NDArray[np.bool_], articles: Sequence[int]) -> Any:
        """What is to be handed in with each question of a scope: kept, as a server would."""

    def find(self, question: str, scope: Any) -> tuple[list[int], list[float]]:
        """The rows of the best that share a word, and their scores, best first."""


class Ours:
    """Segments of counts, merged into one; MaxScore within what may be seen."""

    def __init__(self, folder: Path) -> None:
        self._words = Words(folder)

    @staticmethod
    def build(folder: Path, texts: Sequence[str], _: Sequence[int]) -> None:
        """Write segments as a build does, and merge them."""
        parts = []
        for first in range(0, len(texts), SEGMENT):
            part = folder / str(first)
            part.mkdir()
            writer = WordsWriter()
            some = texts[first : first + SEGMENT]
            for text in some:
                writer.add(text)
            writer.write(part)
            rows = np.arange(first, first + len(some), dtype=np.int32)
            parts.append((part, rows))
        merge_words(folder, [(Words(part), rows) for part, rows in parts])
        for part, _rows in parts:
            shutil.rmtree(part)

    def see(self, visible: NDArray[np.bool_], _: Sequence[int]) -> Sight:
        """Give the sight that the store keeps for a scope."""
        return Sight([self._words], [visible])

    def find(self, question: str, scope: Sight) -> tuple[list[int], list[float]]:
        """Find as `FolderStore.candidates` does: the best, then their scores."""
        scorer = Scorer(scope, question)
        rows = [row for _, row in scorer.best(LIMIT)]
        return rows, scorer.score(0, np.asarray(rows, dtype=np.int64)).tolist()


class Bm25s:
    """Finished scores in a sparse matrix, mapped from the disk."""

    def __init__(self, folder: Path) -> None:
        import bm25s  # noqa: PLC0415 - one process loads one library

        self._index = bm25s.BM25.load(str(folder), mmap=True, load_corpus=False)

    @staticmethod
    def build(folder: Path, texts: Sequence[str], _: Sequence[int]) -> None:
        """Score our terms by our constants, and save."""
        import bm25s  # noqa: PLC0415

        index = bm25s.BM25(method="lucene", k1=K1, b=B)
        index.index([terms_of(text) for text in texts], show_progress=False)
        index.save(str(folder))

    def see(self, visible: NDArray[np.bool_], _: Sequence[int]) -> NDArray[np.float32] | None:
        """Weigh what may be seen by one, and the rest by nothing."""
        return None if visible.all() else visible.astype(np.float32)

    def find(
        self, question: str, scope: NDArray[np.float32] | None
    ) -> tuple[list[int], list[float]]:
        """Score, weigh and sort."""
        found, scores = self._index.retrieve(
            [terms_of(question)], k=LIMIT, weight_mask=scope, show_progress=False
        )
        held = scores[0] > 0
        return found[0][held].tolist(), scores[0][held].tolist()


class Tantivy:
    """An inverted index in Rust, mapped from the disk; block-max WAND."""

    def __init__(self, folder: Path) -> None:
        import tantivy  # noqa: PLC0415

        self._tantivy = tantivy
        self._index = tantivy.Index.open(str(folder))
        self._searcher = self._index.searcher()

    @staticmethod
    def build(folder: Path, texts: Sequence[str], articles: Sequence[int]) -> None:
        """Add every passage by one thread, commit, and wait until it has merged."""
        import tantivy  # noqa: PLC0415

        schema = tantivy.SchemaBuilder()
        schema.add_text_field("text", tokenizer_name="en_stem", index_option="freq")
        schema.add_unsigned_field("row", fast=True)
        schema.add_unsigned_field("article", indexed=True)
        index = tantivy.Index(schema.build(), path=str(folder))
        writer = index.writer(num_threads=1)
        for row, (text, article) in enumerate(zip(texts, articles, strict=True)):
            document = tantivy.Document()
            document.add_text("text", text)
            document.add_unsigned("row", row)
            document.add_unsigned("article", article)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def see(self, visible: NDArray[np.bool_], articles: Sequence[int]) -> Any:
        """Give a filter that names the articles and adds nothing to a score."""
        if visible.all():
            return None
        query = self._tantivy.Query
        named = query.term_set_query(self._index.schema, "article", list(articles))
        return query.const_score_query(named, 0.0)

    def find(self, question: str, scope: Any) -> tuple[list[int], list[float]]:
        """Parse, search, and look the rows up."""
        query = self._index.parse_query(question, ["text"])
        if scope is not None:
            must = self._tantivy.Occur.Must
            query = self._tantivy.Query.boolean_query([(must, query), (must, scope)])
        hits = self._searcher.search(query, LIMIT, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return rows, [score for score, _ in hits]


ENGINES: dict[str, Any] = {"pullquote": Ours, "bm25s": Bm25s, "tantivy": Tantivy}


def make(name: str, job: dict[str, Any]) -> dict[str, Any]:
    """Build one's index, in the process that this is."""
    __import__(name if name in {"bm25s", "tantivy"} else "Stemmer")
    folder = Path(job["folder"]) / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    lines = Path(job["passages"]).read_text(encoding="utf-8").splitlines()
    articles, texts = zip(*map(json.loads, lines), strict=True)
    before = memory()["RssAnon"]
    started = time.perf_counter()
    ENGINES[name].build(folder, texts, articles)
    seconds = time.perf_counter() - started
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    # The peak counts mapped pages too; what a build maps is small beside what it holds.
    peak = memory()["VmHWM"] - before
    return {"build s": seconds, "disk MB": size / MiB, "build peak MB": peak}


def serve(name: str, job: dict[str, Any]) -> None:
    """Open one's index, and answer the lines that come in until they end."""
    __import__(name if name in {"bm25s", "tantivy"} else "Stemmer")
    articles = np.load(job["articles"])
    before = memory()
    started = time.perf_counter()
    engine: Engine = ENGINES[name](Path(job["folder"]) / name)
    opened = time.perf_counter() - started
    say({"open ms": 1000 * opened, "opening takes MB": memory()["RssAnon"] - before["RssAnon"]})
    scopes: dict[str, Any] = {}
    for line in sys.stdin:
        told = json.loads(line)
        if "scope" in told:
            named = job["scopes"][told["scope"]]
            visible = np.isin(articles, named)
            started = time.perf_counter()
            scopes[told["scope"]] = engine.see(visible, named)
            say({"ms": 1000 * (time.perf_counter() - started)})
        elif "ask" in told:
            say({"found": [ask(engine, one, scopes[told["within"]]) for one in told["ask"]]})
        else:
            now = memory()
            say({k: now[k] - before[k] for k in ("RssAnon", "VmRSS")} | {"VmHWM": now["VmHWM"]})


def ask(engine: Engine, question: str, scope: Any) -> tuple[float, list[int], list[float]]:
    """Seconds, rows and scores of one question."""
    started = time.perf_counter()
    rows, scores = engine.find(question, scope)
    return time.perf_counter() - started, rows, scores


def memory() -> dict[str, float]:
    """What the process holds in MB: now, the part that no file backs, and the most it held."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    pairs = (line.split(":") for line in lines if line.startswith(("VmRSS", "RssAnon", "VmHWM")))
    return {name: int(size.split()[0]) / 1024 for name, size in pairs}


def say(what: dict[str, Any]) -> None:
    """Answer the process that asked, in a line."""
    print(json.dumps(what), flush=True)


class Process:
    """An engine in a process of its own."""

    def __init__(self, step: str, name: str, job: Path) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--step", step, name, str(job)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self.said = next_answer(self._process, self.name)

    def tell(self, what: dict[str, Any]) -> dict[str, Any]:
        """Say something to it, and give its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return next_answer(self._process, self.name)

    def end(self) -> None:
        """End it."""
        self._process.communicate()


def gather(texts: Path | None, most: int) -> list[tuple[int, str]]:
    """At most so many real passages, each with its article's number."""
    from benchmarks.real_text import real_articles  # noqa: PLC0415 - those that serve need it not
    from benchmarks.scale import real  # noqa: PLC0415
    from index.passages import split_passages  # noqa: PLC0415

    found: list[tuple[int, str]] = []
    kept = (passages for _, _, passages in real(texts)) if texts else None
    articles = kept or (split_passages(s) for _, s in real_articles(most_passages=most))
    for number, passages in enumerate(articles):
        found += ((number, " ".join(passage.span.text.split())) for passage in passages)
        if len(found) >= most:
            break
    return found[:most]


def questions_of(texts: Sequence[str], count: int) -> dict[str, list[str]]:
    """Questions of both kinds, made of words of passages that are not in the index."""
    held = [plain for text in texts if len(plain := _plain(text)) >= BEST][:count]
    longest = [sorted(set(words), key=lambda word: (-len(word), word))[:2] for words in held]
    return {
        "eight words": [" ".join(words[2:10]) for words in held],
        "common words": [AMONG.format(*two) for two in longest],
    }


def _plain(text: str) -> list[str]:
    """The words that no query language reads anything into."""
    return [word for word in words_of(text) if word.isalnum()]


def measure(
    running: list[Process], questions: dict[str, list[str]], scopes: dict[str, list[int]]
) -> tuple[dict[str, dict[str, float]], dict[tuple[str, str, str], list[Any]]]:
    """Make them take turns; give each one's first looks, and what it found where."""
    looks: dict[str, dict[str, float]] = {process.name: {} for process in running}
    found: dict[tuple[str, str, str], list[Any]] = {}
    for scope in scopes:
        for process in running:
            looks[process.name][scope] = process.tell({"scope": scope})["ms"]
        for kind, asked in questions.items():
            # The first turn brings the files into memory, and is not counted.
            for turn in range(1 + TURNS):
                for first in range(0, len(asked), BLOCK):
                    block = {"within": scope, "ask": asked[first : first + BLOCK]}
                    random.Random(first + turn).shuffle(running)
                    for process in running:
                        said = process.tell(block)["found"]
                        if turn:
                            found.setdefault((process.name, scope, kind), []).extend(said)
    return looks, found


def agreement(found: list[Any], exact: list[NDArray[np.float32]]) -> float:
    """The share of the ten best by every passage's score that is among the ten found.

    One that scores as much as the tenth best is as good as it.
    """
    shares = []
    for (_, rows, _), scores in zip(found, exact, strict=False):
        wanted = min(BEST, int(np.count_nonzero(scores)))
        if wanted:
            least = np.partition(scores, -wanted)[-wanted] * (1 - 1e-5)
            shares.append(float(np.mean(scores[rows[:wanted]] >= least) * len(rows[:wanted])))
            shares[-1] /= wanted
    return statistics.mean(shares)


def moved(found: list[Any], exact: list[NDArray[np.float32]]) -> float:
    """By how much the first one's score differs from its score in the scope: the median share."""
    pairs = ((scores[0], every[rows[0]]) for (_, rows, scores), every in _some(found, exact))
    return statistics.median(abs(float(theirs / own) - 1) for theirs, own in pairs if own)


def _some(found: list[Any], exact: list[Any]) -> list[tuple[Any, Any]]:
    return [(one, every) for one, every in zip(found, exact, strict=False) if one[1]]


def figures(folder: Path, job: dict[str, Any], asked: dict[str, list[str]]) -> dict[str, Any]:
    """Everything of everybody but the building."""
    path = folder / "job.json"
    articles, scopes = np.load(job["articles"]), job["scopes"]
    running = [Process("serve", name, path) for name in ENGINES]
    looks, found = measure(running, asked, scopes)
    table: dict[str, Any] = {}
    for process in running:
        held = process.tell({"memory": True})
        table[process.name] = process.said | {
            "after all questions, own MB": held["RssAnon"],
            "and mapped MB": held["VmRSS"] - held["RssAnon"],
            "peak of the process MB": held["VmHWM"],
            "scopes": {},
        }
        process.end()
    words = Words(folder / "pullquote")
    for scope, named in scopes.items():
        visible = np.isin(articles, named)
        for kind, questions in asked.items():
            exact = [score_rows([words], [visible], question)[0] for question in questions]
            for name in ENGINES:
                one = found[name, scope, kind]
                seconds = [second for second, _, _ in one]
                table[name]["scopes"].setdefault(scope, {"first look ms": looks[name][scope]})
                table[name]["scopes"][scope][kind] = {
                    "median ms": 1000 * statistics.median(seconds),
                    "p99 ms": 1000 * at(seconds, 0.99),
                    "of the ten best": agreement(one, exact),
                }
                if name != "tantivy":  # whose scores are of another scale
                    table[name]["scopes"][scope][kind]["score is off by"] = moved(one, exact)
    return {name: table[name] for name in ENGINES}


def show(table: dict[str, Any]) -> None:
    """Print the figures as a Markdown table."""
    rows: dict[str, list[Any]] = {}
    for one in table.values():
        for key, value in one.items():
            if key != "scopes":
                rows.setdefault(key, []).append(value)
        for scope, held in one["scopes"].items():
            rows.setdefault(f"{scope}: first look ms", []).append(held["first look ms"])
            for kind, value in held.items():
                if isinstance(value, dict):
                    both = f"{value['median ms']:.3g} ({value['p99 ms']:.3g})"
                    rows.setdefault(f"{scope}: {kind}, ms (p99)", []).append(both)
                    share = value["of the ten best"]
                    rows.setdefault(f"{scope}: {kind}, of the ten best", []).append(share)
                    off = value.get("score is off by", "")
                    rows.setdefault(f"{scope}: {kind}, score is off by", []).append(off)
    print("| | " + " | ".join(table) + " |\n|---|" + "---|" * len(table))
    for key, values in rows.items():
        cells = (one if isinstance(one, str) else f"{one:.3g}" for one in values)
        print(f"| {key} | " + " | ".join(cells) + " |")


def main() -> None:
    """Build, ask, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--texts", type=Path, help="where `scale.py --keep` has real text")
    parser.add_argument("--questions", type=int, default=200, help="of each kind")
    parser.add_argument("--rounds", type=int, default=3, help="of building")
    parser.add_argument("--json", type=Path, default=RESULTS / "words.json")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        step, name, path = options.step
        job = json.loads(Path(path).read_text(encoding="utf-8"))
        if step == "build":
            say(make(name, job))
        else:
            serve(name, job)
        return
    try:
        before = machine() | {name: version(name) for name in ("bm25s", "tantivy", "PyStemmer")}
    except PackageNotFoundError as missing:
        raise SystemExit(f"{missing.name} is not installed: pip install bm25s tantivy") from missing
    chance = random.Random(1)
    # Some held-out passages are too short to ask by.
    passages = gather(options.texts, options.passages + 2 * options.questions)
    held = set(chance.sample(range(len(passages)), 2 * options.questions))
    asked = questions_of([passages[place][1] for place in sorted(held)], options.questions)
    passages = [one for place, one in enumerate(passages) if place not in held]
    numbers = sorted({article for article, _ in passages})
    scopes = {
        EVERYTHING: numbers,
        "a tenth": sorted(chance.sample(numbers, max(1, len(numbers) // 10))),
        "twenty articles": sorted(chance.sample(numbers, min(20, len(numbers)))),
    }
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        job = {"folder": scratch, "passages": f"{scratch}/passages.jsonl", "scopes": scopes}
        job["articles"] = f"{scratch}/articles.npy"
        np.save(job["articles"], np.asarray([article for article, _ in passages]))
        lines = (json.dumps(one) + "\n" for one in passages)
        Path(job["passages"]).write_text("".join(lines), encoding="utf-8")
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        built: dict[str, list[dict[str, Any]]] = {name: [] for name in ENGINES}
        for turn in range(options.rounds):
            for name in sorted(ENGINES, key=lambda _: random.Random(turn).random()):
                process = Process("build", name, folder / "job.json")
                built[name].append(process.said)
                process.end()
        table = figures(folder, job, asked)
    for name, rounds in built.items():
        medians = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        table[name] = medians | table[name]
    show(table)
    keep(
        options.json,
        "python benchmarks/words.py " + " ".join(["--passages", str(options.passages)]),
        before,
        {
            "passages": len(passages),
            "articles": len(numbers),
            "questions of each kind": {kind: len(some) for kind, some in asked.items()},
            "examples": {kind: some[:3] for kind, some in asked.items()},
            "articles in scope": {name: len(held) for name, held in scopes.items()},
            "rounds of building": options.rounds,
            "k": LIMIT,
            "load after building": os.getloadavg()[0],
            "figures": table,
        },
    )


if __name__ == "__main__":
    main()
