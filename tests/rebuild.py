"""A process that rebuilds an index when told to, each time in a child that may be killed.

Lines of JSON on stdin: `{"sources": [...], "at": N, "then": "kill" | "interrupt" | "full"}`.
The child counts every step that can change the disk (a file opened for writing or flushed, a
folder made, anything moved or removed); at step N it dies, is interrupted, or finds the disk
full. `"limit"` is the largest file, in bytes, that the system lets it write,
and `"passages"` how many fill a segment. For each line: `{"pid"}`, then, unless it died,
`{"steps", "error", "notes", "reused"}`, then `{"status"}`.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import faiss  # noqa: F401 - whatever a child needs is imported once, before it is made
import onnxruntime  # noqa: F401
import spacy  # noqa: F401

from config.settings import EmbeddingSettings, IndexSettings, Settings
from index import export, folder_target  # noqa: F401
from index.build import build_index
from index.errors import CorpusError

FOLDER, MODEL = Path(sys.argv[1]), sys.argv[2]
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = frozenset("os.rename os.remove os.rmdir os.mkdir os.truncate os.link".split())


class Steps:
    """Counts the steps, and does what was asked for at one of them."""

    def __init__(self, at: int | None, then: str) -> None:
        self.taken = 0
        self._at = at
        self._then = then
        self._fsync = os.fsync

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if not flags & WRITING:
                return
        elif event in CHANGES:
            path = arguments[0]
        else:
            return
        if isinstance(path, (str, os.PathLike)) and str(path).startswith(str(FOLDER)):
            self.step()

    def fsync(self, handle: int) -> None:
        self.step()
        self._fsync(handle)

    def step(self) -> None:
        self.taken += 1
        if self.taken != self._at:
            return
        if self._then == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self._then == "interrupt":
            raise KeyboardInterrupt
        if self._then == "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def tell(**said: Any) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def rebuild(task: dict[str, Any]) -> None:
    steps = Steps(task.get("at"), task.get("then", "kill"))
    settings = Settings(
        index=IndexSettings(folder=FOLDER, lock_wait_s=task.get("wait", 20)),
        embedding=EmbeddingSettings(model=MODEL),
    )
    error: BaseException | None = None
    reused = 0
    folder_target.SEGMENT_PASSAGES = task.get("passages", folder_target.SEGMENT_PASSAGES)
    if limit := task.get("limit"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    os.fsync = steps.fsync
    sys.addaudithook(steps.audit)
    try:
        reused = build_index(task["sources"], FOLDER, settings).reused
    except (CorpusError, KeyboardInterrupt) as caught:
        error = caught
    tell(
        steps=steps.taken,
        error=f"{type(error).__name__}: {error}" if error else None,
        notes=getattr(error, "__notes__", []),
        reused=reused,
    )


def main() -> None:
    tell(ready=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            code = 1
            try:
                rebuild(json.loads(line))
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        tell(pid=child)
        tell(status=os.waitpid(child, 0)[1])


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
