"""How long until an answer stands there: process start, a question in a process, and memory.

    python benchmarks/start.py [--runs N] [--index DIR] [--json FILE]

Each start is a process of its own, timed from outside until it has ended. Without --index
the sample article's index is built in a temporary folder first.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import resource

QUESTION = "what did Kuleba say?"
QUESTIONS = (
    QUESTION,
    "Who said that Ukraine must first win the war?",
    "What must Ukraine do before joining the Alliance?",
    "What was signed at the G7 summit?",
    "What did Zelensky say?",
    "how do I bake bread",
)
TARGETS = {
    "start to answer, median": 0.8,
    "--help, median": 0.3,
    "ask in a process, median": 0.020,
    "peak memory of an answer": 300.0,
}
INSIDE = """
import json, statistics, sys, time
from pathlib import Path
from bot.bootstrap import open_service
from config.settings import IndexSettings, Settings
service = open_service(Settings(index=IndexSettings(folder=Path(sys.argv[1]))))
questions, times = json.loads(sys.argv[2]), []
for turn in range(3 + int(sys.argv[3])):
    for question in questions:
        started = time.perf_counter()
        service.ask(question)
        if turn >= 3:
            times.append(time.perf_counter() - started)
print(json.dumps(times))
"""
PACKAGES = "pullquote numpy faiss-cpu onnxruntime tokenizers sentence-transformers torch".split()


def timed(arguments: list[str], runs: int) -> tuple[list[float], float]:
    """Seconds that each of so many runs took, and the largest peak memory (MB) of one."""
    times, peak = [], 0.0
    for _ in range(runs):
        started = time.perf_counter()
        process = subprocess.Popen(
            arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment()
        )
        said = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        times.append(time.perf_counter() - started)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(said.decode(errors="replace"))
        peak = max(peak, peak_of(usage))
    return times, peak


def peak_of(usage: resource.struct_rusage) -> float:
    """Peak resident memory in MB; Linux counts in KiB, macOS in bytes."""
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def environment() -> dict[str, str]:
    """Give ours, without what would change the answer."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PULLQUOTE_")}
    return kept | {"PYTHONPATH": str(Path(__file__).parents[1])}


def build_sample(folder: Path) -> None:
    """Make the sample's index, in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "bot", "index", "build", "--index", str(folder)],
        check=True,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def measure(folder: Path, runs: int) -> dict[str, float]:
    """All figures by name: seconds, and MB for memory."""
    python = sys.executable
    ask = [python, "-m", "bot", "ask", "--index", str(folder), QUESTION]
    timed(ask, 1)  # so that the files are in the system's cache, as on a machine in use
    starts, peak = timed(ask, runs)
    helps, _ = timed([python, "-m", "bot", "--help"], runs)
    nothing, _ = timed([python, "-c", "pass"], runs)
    heavy, _ = timed([python, "-c", "import sentence_transformers"], max(1, runs // 5))
    inside = subprocess.run(
        [python, "-c", INSIDE, str(folder), json.dumps(QUESTIONS), str(10 * runs)],
        check=True,
        env=environment(),
        capture_output=True,
        text=True,
    )
    asked = sorted(json.loads(inside.stdout))
    return {
        "start to answer, median": statistics.median(starts),
        "start to answer, slowest": max(starts),
        "--help, median": statistics.median(helps),
        "python itself, median": statistics.median(nothing),
        "import sentence_transformers, median": statistics.median(heavy),
        "ask in a process, median": statistics.median(asked),
        "ask in a process, p99": asked[int(len(asked) * 0.99)],
        "peak memory of an answer": peak,
    }


def versions() -> dict[str, str]:
    """What was measured, and on what."""
    found = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "cores": str(os.cpu_count()),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def main() -> None:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--json", type=Path, default=Path("start.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.index or Path(scratch) / "index"
        if options.index is None:
            build_sample(folder)
        figures = measure(folder, options.runs)
    for name, figure in figures.items():
        unit, shown = ("MB", f"{figure:.0f}") if "memory" in name else ("s", f"{figure:.4f}")
        target = f"   target {TARGETS[name]:g} {unit}" if name in TARGETS else ""
        print(f"{name:38}{shown:>10} {unit:2}{target}")
    found = {"versions": versions(), "runs": options.runs, "figures": figures, "targets": TARGETS}
    options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
