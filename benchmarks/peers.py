"""Retrieval beside its peers: the same passages, questions and model, in one run.

    python benchmarks/peers.py --cache DIR [--shared ../shared] [--articles 60] [--only NAME ...]

LangChain, LlamaIndex, Haystack and txtai, each in an environment of its own, made in the
cache folder at the first run (torch's build for the processor first: where pip would
bring CUDA with it, let it know of PyTorch's own index). All of them index the passages that
our index of the same articles has, with all-MiniLM-L6-v2. They take turns, a block of
questions each, so that whatever else the machine does strikes all alike.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import (
    RESULTS,
    ROOT,
    at,
    build,
    environment,
    keep,
    machine,
    material,
    next_answer,
    peak_of,
)

sys.path.insert(0, str(ROOT))
from bot.bootstrap import open_service
from config.settings import IndexSettings, Settings
from index.models import find_model
from index.passages import split_passages

if TYPE_CHECKING:
    from measuring import Asked

    from index.store import Store

SCRIPTS = Path(__file__).parent / "peers"
PEERS = ("langchain", "llamaindex", "haystack", "txtai")
OURS = "pullquote"
MODEL = "all-MiniLM-L6-v2"
TORCH = "torch==2.13.0"
COUNT = 5
BLOCK = 10
"""Questions that one peer answers before it is the next one's turn."""
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
}


@dataclass(slots=True)
class Figures:
    """What was measured of one peer; times in seconds, memory in MB."""

    cold: list[float] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    rebuilt: list[float] = field(default_factory=list)
    peak: float = 0.0
    ids: dict[str, list[str]] = field(default_factory=dict)


class Process:
    """A peer that is loaded and waits for questions."""

    def __init__(self, name: str, python: Path, job: Path) -> None:
        told = json.loads(job.read_text(encoding="utf-8")) | {"started": time.time()}
        job.write_text(json.dumps(told), encoding="utf-8")
        self._process = subprocess.Popen(
            [str(python), str(SCRIPTS / f"with_{name}.py"), str(job)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment() | OFFLINE if name != OURS else environment(),
        )
        self.name = name
        self.said = next_answer(self._process, self.name)

    def ask(self, questions: list[str]) -> dict[str, Any]:
        """Seconds and ids for each question."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(questions) + "\n")
        self._process.stdin.flush()
        return next_answer(self._process, self.name)

    def end(self) -> float:
        """End it, and give its peak memory."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return peak_of(usage)


def python_of(name: str, cache: Path) -> Path:
    """The interpreter of a peer's environment, which is made where it is not there yet."""
    wanted = SCRIPTS / f"{name}.txt"
    folder, python = cache / name, cache / name / "bin" / "python"
    made_of = hashlib.sha256(wanted.read_bytes() + TORCH.encode()).hexdigest()
    if (folder / "made_of").is_file() and (folder / "made_of").read_text() == made_of:
        return python
    print(f"making the environment of {name} in {folder}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, TORCH], check=True, stderr=subprocess.DEVNULL)
    listed = [str(python), "-m", "pip", "list", "--format=freeze"]
    found = subprocess.run(listed, check=True, capture_output=True, text=True).stdout
    if "nvidia" in found:
        raise SystemExit("pip brought torch's CUDA build; let it know of PyTorch's own index.")
    subprocess.run([*pip, "--requirement", str(wanted)], check=True, stderr=subprocess.DEVNULL)
    (folder / "made_of").write_text(made_of)
    return python


def passages_of(store: Store) -> list[tuple[str, str]]:
    """Every passage of the index, by article and number."""
    return [
        (f"{name}#{number}", passage.span.text)
        for name in store.article_ids()
        for number, passage in enumerate(split_passages(store.sentences(name)))
    ]


def known_passages(store: Store, asked: Asked, source: str) -> frozenset[str]:
    """The passages that hold an answer: their words, since cleaning moves offsets."""
    answers = [source[start:end] for start, end in asked.answers]
    return frozenset(
        f"{asked.article}#{number}"
        for number, passage in enumerate(split_passages(store.sentences(asked.article)))
        if any(answer in passage.span.text or passage.span.text in answer for answer in answers)
    )


def measure(
    pythons: dict[str, Path], scratch: Path, jobs: dict[str, Any], questions: list[str], rounds: int
) -> dict[str, Figures]:
    """Everything of everybody, in turns."""
    figures = {name: Figures() for name in pythons}
    for _ in range(rounds):
        for name, python in pythons.items():
            # `wait4` of a builder is not looked at: peak memory is that of answering.
            builder = Process(name, python, write_job(scratch, name, jobs | {"do": "build"}))
            figures[name].rebuilt.append(builder.said["seconds"])
            builder.end()
        for name, python in pythons.items():
            job = write_job(scratch, name, jobs | {"do": "ask", "passages": []})
            process = Process(name, python, job)
            figures[name].cold.append(process.said["cold"])
            process.end()
    running = [
        Process(name, python, write_job(scratch, name, jobs | {"do": "ask", "passages": []}))
        for name, python in pythons.items()
    ]
    for process in running:
        process.ask(questions[:BLOCK])
    for first in range(0, len(questions), BLOCK):
        block = questions[first : first + BLOCK]
        random.Random(first).shuffle(running)
        for process in running:
            found = process.ask(block)
            figures[process.name].asked += found["seconds"]
            figures[process.name].ids |= dict(zip(block, found["ids"], strict=True))
    for process in running:
        figures[process.name].peak = process.end()
    return figures


def write_job(scratch: Path, name: str, job: dict[str, Any]) -> Path:
    """What a peer is to do, and its own folder; ours is the index itself."""
    folder = scratch / "index" if name == OURS else scratch / name
    folder.mkdir(exist_ok=True)
    path = scratch / f"{name}.json"
    path.write_text(json.dumps(job | {"folder": str(folder)}), encoding="utf-8")
    return path


def reciprocal_rank(found: list[str], known: frozenset[str]) -> float:
    """One over the place of the first passage that holds an answer; 0 where none is found."""
    return next((1 / place for place, one in enumerate(found, 1) if one in known), 0.0)


def row(one: Figures, ours: Figures, known: dict[str, frozenset[str]], size: int) -> dict[str, Any]:
    """The figures of a peer, as they are kept and printed."""
    shared = [len(set(one.ids[q]) & set(ours.ids[q])) / COUNT for q in known]
    return {
        "cold start to first passages, s": statistics.median(one.cold),
        "retrieval, ms": 1000 * statistics.median(one.asked),
        "retrieval p99, ms": 1000 * at(one.asked, 0.99),
        "passages embedded and indexed a second": size / statistics.median(one.rebuilt),
        "peak memory, MB": one.peak,
        "MRR@5": statistics.mean(reciprocal_rank(one.ids[q], known[q]) for q in known),
        "of our five passages": statistics.mean(shared),
    }


def main() -> None:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cache", type=Path, required=True, help="where the environments are")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3, help="of starts and rebuilds")
    parser.add_argument("--only", nargs="*", default=list(PEERS), choices=PEERS)
    parser.add_argument("--json", type=Path, default=RESULTS / "peers.json")
    options = parser.parse_args()
    pythons = {name: python_of(name, options.cache) for name in options.only}
    pythons[OURS] = Path(sys.executable)
    before = machine()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        found = material(options.shared, options.articles)
        build([found.write(scratch / "articles.jsonl")], scratch / "index")
        store = open_service(Settings(index=IndexSettings(folder=scratch / "index"))).store
        texts, live = dict(found.articles), set(store.article_ids())
        known = {
            one.question: passages
            for one in found.asked
            if one.article in live and (passages := known_passages(store, one, texts[one.article]))
        }
        questions = random.Random(1).sample(sorted(known), min(options.questions, len(known)))
        known = {question: known[question] for question in questions}
        passages = passages_of(store)
        job = {
            "model": find_model(MODEL),
            "passages": passages,
            "first": questions[0],
            "count": COUNT,
        }
        figures = measure(pythons, scratch, job, questions, options.rounds)
    rows = {name: row(one, figures[OURS], known, len(passages)) for name, one in figures.items()}
    theirs = [one for name, one in rows.items() if name != OURS]
    fastest = min(one["retrieval, ms"] for one in theirs)
    times = {"the fastest peer's retrieval over ours": fastest / rows[OURS]["retrieval, ms"]}
    show(rows, times)
    pinned = {name: (SCRIPTS / f"{name}.txt").read_text().split() for name in options.only}
    keep(
        options.json,
        "python benchmarks/peers.py --cache DIR",
        before,
        {
            "articles": found.kind,
            "passages": len(passages),
            "questions": len(questions),
            "rounds": options.rounds,
            "peers": pinned,
            "figures": rows,
            "ratios": times,
        },
    )


def show(rows: dict[str, dict[str, Any]], times: dict[str, float]) -> None:
    """Print the table."""
    for key in next(iter(rows.values())):
        print(f"{key:40}" + "".join(f"{one[key]:>12.3g}" for one in rows.values()))
    print(" " * 40 + "".join(f"{name:>12}" for name in rows))
    for name, figure in times.items():
        print(f"{name}: {figure:.1f}")


if __name__ == "__main__":
    main()
