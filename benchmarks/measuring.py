"""What the benchmarks share: the machine's facts, articles to measure on, results on disk."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    import resource
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
PACKAGES = (
    "numpy faiss-cpu onnxruntime tokenizers sentence-transformers torch transformers spacy ray"
).split()
LONG_ENOUGH = 1500
"""Characters of a description that count as an article, where there is nothing better."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the article that answers it, and where in its text the answer stands."""

    question: str
    article: str
    answers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Material:
    """Articles (id and text) with questions on them, and what they are, in words."""

    articles: tuple[tuple[str, str], ...]
    asked: tuple[Asked, ...]
    kind: str

    def write(self, path: Path) -> Path:
        """Write the articles as a source to build an index of."""
        lines = (json.dumps({"id": name, "text": text}) + "\n" for name, text in self.articles)
        path.write_text("".join(lines), encoding="utf-8")
        return path


def material(shared: Path, count: int) -> Material:
    """At most so many articles: the development set's where it is, else what is installed."""
    rows = shared / "eval" / "answers" / "dev.jsonl"
    return _development(rows, count) if rows.is_file() else _descriptions(count)


def _development(rows: Path, count: int) -> Material:
    lines = rows.read_text(encoding="utf-8").splitlines()
    documents = [json.loads(line) for line in lines[:: max(1, len(lines) // count)][:count]]
    asked = tuple(
        Asked(
            row["question"],
            document["doc_id"],
            tuple((a["start"], a["start"] + len(a["text"])) for a in row["answers"]),
        )
        for document in documents
        for row in document["questions"]
        if row["answerable"]
    )
    articles = tuple((document["doc_id"], document["text"]) for document in documents)
    return Material(articles, asked, "articles of the development set, with its questions")


def _descriptions(count: int) -> Material:
    """The sample article and descriptions of installed packages, asked for by their summaries."""
    articles = [("sample", (ROOT / "index" / "sample" / "article.txt").read_text(encoding="utf-8"))]
    asked = []
    for found in sorted(distributions(), key=lambda one: one.metadata["Name"] or ""):
        text = found.metadata.get_payload() or found.metadata.get("Description") or ""
        name, summary = found.metadata["Name"], found.metadata.get("Summary")
        if len(articles) < count and isinstance(text, str) and len(text) >= LONG_ENOUGH and summary:
            articles.append((name, text))
            asked.append(Asked(summary, name, ((0, len(text)),)))
    kind = "the sample article and package descriptions, asked for by the packages' summaries"
    return Material(tuple(articles), tuple(asked), kind)


def build(sources: Sequence[Path], folder: Path) -> None:
    """Build an index in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "bot", "index", "build", *map(str, sources), "--index", str(folder)],
        check=True,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def environment() -> dict[str, str]:
    """Give ours, without what would change the answer.

    Byte code is written, as an installation does: else ours alone is compiled at each start.
    """
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("PULLQUOTE_") and k != "PYTHONDONTWRITEBYTECODE"
    }
    return kept | {"PYTHONPATH": str(ROOT)}


def peak_of(usage: resource.struct_rusage) -> float:
    """Peak resident memory in MB; Linux counts in KiB, macOS in bytes."""
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


class Memory(NamedTuple):
    """What processes hold, in MB: of their own, which no file backs, and with what is mapped."""

    own: float
    all: float


def memory() -> Memory:
    """What this process and all that it started hold together (Linux)."""
    held = {os.getpid()}
    found: dict[int, Memory] = {}
    # A process has a larger number than who started it, until the numbers begin anew.
    for status in sorted(Path("/proc").glob("[0-9]*/status"), key=lambda one: int(one.parts[2])):
        try:
            lines = status.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:  # it has ended
            continue
        said = dict(line.split(":", 1) for line in lines if ":" in line)
        number = int(status.parts[2])
        if number in held or int(said["PPid"]) in held:
            held.add(number)
            own, whole = (int(said.get(n, "0").split()[0]) / 1024 for n in ("RssAnon", "VmRSS"))
            found[number] = Memory(own, whole)
    return Memory(sum(one.own for one in found.values()), sum(one.all for one in found.values()))


class Watch(threading.Thread):
    """Looks five times a second at the memory that this process and all that it starts take.

    `taken` is the most above what was held at first, in MB, less what is mapped of files.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.taken = 0.0

    def __enter__(self) -> Self:
        self._first = memory().own
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join()
        self.look()

    def run(self) -> None:
        """Look until it is over."""
        while not self.over.wait(0.2):
            self.look()

    def look(self) -> None:
        """Look once."""
        self.taken = max(self.taken, memory().own - self._first)


def machine() -> dict[str, str]:
    """What was measured on: call it before and after, for the load."""
    facts = {
        "python": platform.python_version(),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "cores": str(os.cpu_count()),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }
    for package in PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            continue
    return facts


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def at(values: Iterable[float], share: float) -> float:
    """The value that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def keep(path: Path, command: str, before: dict[str, str], figures: dict[str, Any]) -> None:
    """Write a result: what was run, where, under which load, and what came out."""
    facts = before | {"load at the end": machine()["load"]}
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {"command": command, "machine": facts, **figures}
    text = json.dumps(_rounded(found), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


def next_answer(process: subprocess.Popen[str], name: str) -> dict[str, Any]:
    """The next JSON object that a measured process prints, a line each."""
    assert process.stdout is not None
    # A library may print lines of its own.
    for line in process.stdout:
        if line.startswith("{"):
            said: dict[str, Any] = json.loads(line)
            return said
    raise SystemExit(f"{name} ended without an answer.")
