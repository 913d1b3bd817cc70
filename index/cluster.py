"""A Ray cluster as analyst: cleaning, parsing and embedding on every node of it.

Ray is imported here and nowhere else. Each core of the cluster gets an actor with a parser
and an encoder of its own; articles, and the encoder's files, reach it through Ray, so nodes
share no paths. A batch whose actor dies is given to another, and its outcome
is taken once, by its number, so what is lost with a worker is worked out again and nothing
is doubled. Outcomes come back in the articles' order.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import logging
import os
import platform
import socket
import tempfile
import warnings
from collections import deque
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.analysts import ANALYSIS, Unchanged, settle, work_out
from index.errors import CorpusError, MissingExtra, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from index.analysts import Analyst, Job, Outcome
    from index.article import Article
    from index.embedding import OnnxEmbedder
    from index.sources import RawArticle
    from index.speech.parser import SpeechParser

BATCH = 16
"""Articles that a worker is given at once."""
_AHEAD = 2
"""Batches that a worker holds: the one that it is at, and the next."""
_WINDOW = 3
"""Batches a worker that are given out and not yet written, finished ones among them."""
_TRIES = 3
"""Workers that one batch may cost before the build gives up."""
_STARTS = 3
"""Workers that may die one after another while they start."""
_CONNECT_S = 5.0
_START_S = 180.0
"""Seconds without any worker after which the build gives up."""
_PACKAGES = ("pullquote", "spacy", "onnxruntime", "tokenizers", "numpy")
"""What must be of one version everywhere for an article to come out the same everywhere."""


class NoCluster(CorpusError):
    """The Ray cluster cannot be used from here."""

    def __init__(self, address: str, problem: str, *notes: str) -> None:
        super().__init__(f"The Ray cluster at {address} cannot be used: {problem}.")
        for note in notes:
            self.add_note(note)


class ClusterFailed(CorpusError):
    """The cluster gave up in the middle; the index is as it was."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"The cluster could not finish: {problem}; the index is as it was.")
        self.add_note("See how it is:       ray status")
        self.add_note("Or build it here:    pullquote index build SOURCES")


class UnlikeNode(CorpusError):
    """A node would work articles out differently from this machine."""

    def __init__(self, node: str, package: str, there: str, here: str) -> None:
        super().__init__(
            f"The node {node} has {package} {there}, this machine {here}; "
            "an index is made by one version."
        )
        self.add_note(f"Install it there:    pip install '{package}=={here}'")


@contextlib.contextmanager
def ray_cluster(address: str) -> Iterator[Callable[[Job], Analyst]]:
    """Connect to the cluster, for as long as the `with` lasts; what makes its analysts.

    `address` is host:port of the head node. Raises `NoCluster` and `MissingExtra`.
    """
    ray = _import_ray()
    _reach(address)
    with _quiet():
        try:
            ray.init(
                address=address,
                configure_logging=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except Exception as error:
            # Ray's own words run over many lines, and of these the first says what is so.
            said = [line.strip(" .") for line in str(error).splitlines() if line.strip()]
            raise NoCluster(address, *_explained(said)) from error
    analysts: list[RayAnalyst] = []

    def analyst(job: Job) -> Analyst:
        analysts.append(RayAnalyst(ray, job))
        return analysts[-1]

    try:
        yield analyst
    finally:
        # Where a build broke down, its error holds on to the outcomes that nobody takes any more.
        # Left to them, workers would be let go of after this, and Ray started again for it.
        try:
            for one in analysts:
                one.dismiss()
        finally:
            ray.shutdown()


class RayAnalyst:
    """Works articles out on every core of the cluster that this process is connected to."""

    def __init__(self, ray: Any, job: Job) -> None:
        self._ray = ray
        self._job = job
        self._crew: _Crew | None = None

    def analyse(
        self, articles: Iterable[RawArticle], known: Mapping[str, str]
    ) -> Iterator[Outcome]:
        """As `Analyst` says. Raises `ClusterFailed`, `UnlikeNode` and `NoCluster`."""
        waiting = iter(articles)
        batches = iter(lambda: list(itertools.islice(waiting, BATCH)), [])
        first = next(batches, None)
        if first is None:
            return
        self._crew = crew = _Crew(self._ray, self._job)
        try:
            more: Iterator[list[RawArticle]] = itertools.chain([first], batches)
            finished: dict[int, list[Outcome]] = {}
            given = written = 0
            while True:
                for batch in itertools.islice(more, max(0, crew.window - (given - written))):
                    crew.give(given, [(raw, known.get(raw.id)) for raw in batch])
                    given += 1
                if written == given:
                    return
                while written not in finished:
                    number, outcomes = crew.take()
                    finished[number] = outcomes
                yield from finished.pop(written)
                written += 1
        finally:
            self.dismiss()

    def dismiss(self) -> None:
        """Let every worker go; nothing more is worked out."""
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.dismiss()


@dataclass(eq=False, slots=True)
class _Member:
    """A worker of the crew: its handle, and how many batches it holds."""

    handle: Any
    held: int = 0
    lost: bool = False


@dataclass(frozen=True, slots=True)
class _Batch:
    """Articles, and how many workers they have cost.

    They are sent anew to each. When they were put into the object store once, some builds stood
    still for ten seconds to minutes after a node was killed that had them.
    """

    number: int
    articles: list[tuple[RawArticle, str | None]]
    tries: int = 0


class _Crew:
    """The workers, what each is at, and what still waits for one."""

    def __init__(self, ray: Any, job: Job) -> None:
        self._ray = ray
        self._facts = _facts()
        # The encoder in use only: the exported folder holds it in every precision.
        names = ("encoder.json", "tokenizer.json", f"{job.precision}.onnx")
        files = {
            path.name: path.read_bytes()
            for path in sorted(job.encoder.iterdir())
            if path.name in names or path.suffix == ".data"
        }
        self._job = ray.put((files, str(job.precision), job.speech, job.analysis))
        self._kind = ray.remote(Worker)
        self._starting: dict[Any, _Member] = {}
        self._members: list[_Member] = []
        self._running: dict[Any, tuple[_Member, _Batch]] = {}
        self._queue: deque[_Batch] = deque()
        self._deaths = 0
        cores = sum(int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"])
        if not cores:
            raise ClusterFailed("no node of it has a processor to give")
        self.window = _WINDOW * cores
        for _ in range(cores):
            self._start()

    def give(self, number: int, articles: list[tuple[RawArticle, str | None]]) -> None:
        """Have a batch worked out, by whoever is free first."""
        self._queue.append(_Batch(number, articles))

    def take(self) -> tuple[int, list[Outcome]]:
        """Wait for the next batch that is finished: its number and its outcomes."""
        errors = self._ray.exceptions
        while True:
            self._hand_out()
            waiting = [*self._running, *self._starting]
            ready, _ = self._ray.wait(waiting, num_returns=1, timeout=_START_S)
            if not ready:
                if self._running:
                    continue
                raise ClusterFailed(f"in {_START_S:.0f} s no worker could be started")
            if (member := self._starting.pop(ready[0], None)) is not None:
                self._greet(member, ready[0])
                continue
            member, batch = self._running.pop(ready[0])
            member.held -= 1
            try:
                outcomes: list[Outcome] = self._ray.get(ready[0])
            except errors.RayTaskError:
                raise  # an error of ours, not of the cluster's
            except errors.RayError as error:
                self._replace(member)
                if batch.tries + 1 == _TRIES:
                    raise ClusterFailed(
                        f"{_TRIES} workers died of the same {BATCH} articles"
                    ) from error
                self._queue.appendleft(_Batch(batch.number, batch.articles, batch.tries + 1))
            else:
                return batch.number, outcomes

    def dismiss(self) -> None:
        """Let every worker go."""
        for member in (*self._members, *self._starting.values()):
            self._ray.kill(member.handle)

    def _start(self) -> None:
        handle = self._kind.options(num_cpus=1, scheduling_strategy="SPREAD").remote(self._job)
        self._starting[handle.ready.remote()] = _Member(handle)

    def _greet(self, member: _Member, ready: Any) -> None:
        """Take a worker that has started into the crew."""
        errors = self._ray.exceptions
        try:
            node, problem, facts = self._ray.get(ready)
        except errors.RayTaskError as error:
            said = str(error.cause or error).strip().splitlines()[-1]
            raise ClusterFailed(f"a worker could not be started ({said})") from error
        except errors.RayError as error:
            self._deaths += 1
            if self._deaths >= _STARTS and not self._members:
                said = str(error).strip().splitlines()[0]
                raise ClusterFailed(f"its workers die while they start ({said})") from error
            self._start()
            return
        for package, here in self._facts.items():
            if facts[package] != here:
                raise UnlikeNode(node, package, facts[package], here)
        if problem:
            raise ClusterFailed(f"the node {node} has not what building needs ({problem})")
        self._deaths = 0
        self._members.append(member)

    def _replace(self, member: _Member) -> None:
        """Have another worker in the place of one that is gone."""
        if member.lost:
            return
        member.lost = True
        self._members.remove(member)
        with contextlib.suppress(self._ray.exceptions.RayError):
            self._ray.kill(member.handle)  # one that only seemed gone must not go on
        self._start()

    def _hand_out(self) -> None:
        while self._queue and self._members:
            member = min(self._members, key=lambda one: one.held)
            if member.held >= _AHEAD:
                return
            batch = self._queue.popleft()
            self._running[member.handle.analyse.remote(batch.articles)] = member, batch
            member.held += 1


class Worker:
    """Runs in a worker process of a node."""

    def __init__(self, job: tuple[dict[str, bytes], str, str, str]) -> None:
        self._job = job
        self._analysis = job[3]
        self._tools: tuple[SpeechParser, OnnxEmbedder] | None = None

    def ready(self) -> tuple[str, str, dict[str, str]]:
        """Load everything: the node's name, what is wrong there ("" if nothing), and `_facts`."""
        from index.embedding import OnnxEmbedder, Precision  # noqa: PLC0415 - ONNX Runtime
        from index.speech.parser import SpeechParser  # noqa: PLC0415 - spaCy

        files, precision, speech, _ = self._job
        problem = ""
        try:
            with tempfile.TemporaryDirectory() as scratch:
                for name, content in files.items():
                    (Path(scratch) / name).write_bytes(content)
                encoder = OnnxEmbedder(Path(scratch), Precision(precision))
            self._tools = SpeechParser(speech), encoder
        except (ImportError, OSError, CorpusError) as error:
            problem = (str(error).splitlines() or [type(error).__name__])[0]
        return socket.gethostname(), problem, _facts()

    def analyse(self, articles: Sequence[tuple[RawArticle, str | None]]) -> list[Outcome]:
        """One outcome an article, in the articles' order."""
        assert self._tools is not None  # noqa: S101 - nothing is given before `ready`
        found = [settle(raw, known, self._analysis) for raw, known in articles]
        changed: list[tuple[Article, str]] = [one for one in found if isinstance(one, tuple)]
        analysed = work_out(changed, *self._tools)
        return [
            one if isinstance(one, Unchanged | SourceError) else next(analysed) for one in found
        ]


def _facts() -> dict[str, str]:
    """The versions of what an article's outcome depends on."""
    found = {"python": platform.python_version(), "analysis": ANALYSIS}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "(none)"
    return found


def _import_ray() -> Any:
    # Whom Ray's makers are told of is the cluster's business; this process tells nobody.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        with _quiet():
            ray = importlib.import_module("ray")
            importlib.import_module("ray.exceptions")
    except ImportError as missing:
        raise MissingExtra("Building on a cluster", "ray", extra="ray") from missing
    return ray


def _reach(address: str) -> None:
    """Knock at the address: Ray itself would try for a minute before it says so."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise NoCluster(
            address,
            "an address is HOST:PORT, as `ray start --head` prints it",
            "For example:    pullquote index build SOURCES --ray 10.0.0.1:6379",
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise NoCluster(
            address,
            f"nothing answers there ({getattr(error, 'strerror', None) or error})",
            "Start it there:    ray start --head --port 6379 --disable-usage-stats",
            "Or build here:     pullquote index build SOURCES",
        ) from error


def _explained(said: list[str]) -> tuple[str, ...]:
    text = " ".join(said) or "it does not say why"
    if "ersion mismatch" in text:
        return (
            f"it runs other versions ({text})",
            f"Have one Python ({platform.python_version()}) and one Ray ({version('ray')}) "
            "everywhere:    pip install 'ray==" + version("ray") + "'",
        )
    return (
        said[0] if said else text,
        "This machine has to be one of its nodes:    ray start --address HOST:PORT",
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Ray's advice out of the user's terminal."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
