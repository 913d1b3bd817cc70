"""How long until an answer stands there: process start, beside loading sentence-transformers.

    python benchmarks/cold.py [--runs N] [--index DIR]

Each start is a process of its own, timed from outside until it has ended; the kinds take
turns, so that whatever else the machine does strikes all alike. Without --index the sample
article's index is built in a temporary folder first.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import RESULTS, ROOT, build, environment, keep, machine, peak_of

sys.path.insert(0, str(ROOT))
from index.models import find_model

SPEECH = "what did Kuleba say?"
READ = "What was signed at the G7 summit?"
MODEL = "all-MiniLM-L6-v2"
THEIRS = (
    "import sys; from sentence_transformers import SentenceTransformer; "
    f"SentenceTransformer(sys.argv[1], device='cpu').encode({READ!r})"
)
OURS = "ask, with the reader"
PEER = "sentence-transformers, to its first vector"
GOALS = {OURS: 0.6, "sentence-transformers over ask": 10.0, "peak memory of ask, MB": 400.0}


def started(arguments: list[str]) -> tuple[float, float]:
    """Seconds until a process has ended, and its peak memory in MB."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment()
    )
    said = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(said.decode(errors="replace"))
    return took, peak_of(usage)


def measure(folder: Path, runs: int) -> dict[str, dict[str, float]]:
    """The figures of each kind of start."""
    python = sys.executable
    ask = [python, "-m", "bot", "ask", "--index", str(folder)]
    kinds = {
        OURS: [*ask, READ],
        "ask, for somebody's words": [*ask, SPEECH],
        "--help": [python, "-m", "bot", "--help"],
        "python itself": [python, "-c", "pass"],
        PEER: [python, "-c", THEIRS, find_model(MODEL)],
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
    for arguments in kinds.values():
        started(arguments)  # so that the files are in the system's cache, as on a machine in use
    for turn in range(runs):
        for name, arguments in kinds.items():
            if name != PEER or turn % 3 == 0:
                found[name].append(started(arguments))
    return {
        name: {
            "median, s": statistics.median(took for took, _ in one),
            "fastest, s": min(took for took, _ in one),
            "slowest, s": max(took for took, _ in one),
            "peak memory, MB": max(peak for _, peak in one),
            "starts": len(one),
        }
        for name, one in found.items()
    }


def main() -> None:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--json", type=Path, default=RESULTS / "cold.json")
    options = parser.parse_args()
    before = machine()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.index or Path(scratch) / "index"
        if options.index is None:
            build([], folder)
        figures = measure(folder, options.runs)
    ratio = figures[PEER]["median, s"] / figures[OURS]["median, s"]
    for name, one in figures.items():
        print(f"{name:45}" + "".join(f"{key} {value:<9.4g}" for key, value in one.items()))
    print(f"sentence-transformers over ask: {ratio:.1f}")
    keep(
        options.json,
        "python benchmarks/cold.py",
        before,
        {"figures": figures, "sentence-transformers over ask": ratio, "goals": GOALS},
    )


if __name__ == "__main__":
    main()
