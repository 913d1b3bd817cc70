"""One peer in its own process: told what to do by lines of JSON, answering with lines of JSON.

Only the standard library here, since each peer's environment holds that peer alone. A
script beside this one imports its peer itself, so that what importing it costs is counted.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Peer(Protocol):
    """What each of the scripts beside this one gives."""

    def prepare(self, folder: Path) -> None:
        """Load what building needs; this is not timed."""

    def build(self, passages: Sequence[tuple[str, str]], folder: Path) -> None:
        """Embed and index the passages (id, text), and write them into the folder."""

    def load(self, folder: Path) -> None:
        """Open what was written."""

    def retrieve(self, question: str, count: int) -> list[str]:
        """The ids of the nearest passages, nearest first."""


def drive(peer_of: Callable[[str], Peer]) -> None:
    """Serve `SCRIPT JOB.json`: build once, or load and then answer each line of questions."""
    job: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    folder = Path(job["folder"])
    peer = peer_of(job["model"])
    if job["do"] == "build":
        peer.prepare(folder)
        started = time.perf_counter()
        peer.build([(name, text) for name, text in job["passages"]], folder)
        _say({"seconds": time.perf_counter() - started})
        return
    peer.load(folder)
    first = peer.retrieve(job["first"], job["count"])
    _say({"cold": time.time() - job["started"], "ids": first})
    for line in sys.stdin:
        seconds, ids = [], []
        for question in json.loads(line):
            started = time.perf_counter()
            ids.append(peer.retrieve(question, job["count"]))
            seconds.append(time.perf_counter() - started)
        _say({"seconds": seconds, "ids": ids})


def _say(answer: dict[str, Any]) -> None:
    sys.__stdout__.write(json.dumps(answer) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]
