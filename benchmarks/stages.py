"""Where the time goes: one `ask`, stage by stage, one rebuild, and questions beside a build.

    python benchmarks/stages.py [--shared ../shared] [--articles 60] [--questions 250]

Functions of the program are wrapped from here in clocks, and each stage is charged with what
it takes less what the stages inside it take, so the stages add up to the whole. The clocks'
own cost is the difference to the times without them, which are given too. Draws
docs/plots/stages.png where matplotlib is installed (the extra `eval`).
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import inspect
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import RESULTS, ROOT, at, build, environment, keep, machine, material

sys.path.insert(0, str(ROOT))
from bot.bootstrap import open_warm
from config.settings import IndexSettings, Settings, SpeechSettings
from index.build import build_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.answers.service import AnswerService

PICTURE = ROOT / "docs" / "plots" / "stages.png"
GOALS = {"beside a build, median ms": 40.0, "beside a build, p99 ms": 90.0}
PAUSE = 0.05
"""Seconds between questions beside a build, so that a few hundred see all of its stages."""
BLOCK = 10
"""Questions that are asked until the builder is halted, or goes on."""
WARM = 20
"""Questions that are asked before any is timed."""
ASK = {
    "understand": ("bot.answers.understanding:Understanding.understand",),
    "what kind of question": (
        "bot.answers.service:read_question",
        "bot.answers.service:read_about",
        "bot.answers.service:AnswerService._not_for_the_text",
    ),
    "encode the question": ("index.embedding:OnnxEmbedder.encode_query",),
    "search by meaning": ("index.vectors:FaissVectors.search", "index.vectors:FaissVectors.take"),
    "search by words": (
        "index.words:Scorer.__init__",
        "index.words:Scorer.best",
        "index.words:Scorer.score",
    ),
    "merge and look up passages": ("bot.answers.service:AnswerService._find_passages",),
    "sentences and their signals": (
        "bot.answers.service:AnswerService._candidate",
        "bot.answers.ranking:glance",
        "bot.answers.ranking:choose_windows",
    ),
    "reader: tokens": ("bot.answers.pairs:PairEncoder.encode",),
    "reader: network": ("bot.answers.reader:OnnxReader.logits",),
    "reader: spans and marks": ("bot.answers.reader:interpret",),
    "rank and weigh": ("bot.answers.service:rank",),
    "cite, and find copies": (
        "bot.answers.service:AnswerService._cite_ranked",
        "bot.answers.service:AnswerService._gone_on",
    ),
    "who said what": (
        "bot.answers.service:AnswerService._ask_speech",
        "bot.answers.service:AnswerService._ask_speaker",
    ),
}
REBUILD = {
    "read and clean": ("index.analysts:clean", "index.build:read_sources"),
    "sentences and passages": ("index.analysts:split_sentences", "index.analysts:split_passages"),
    "load the parser": ("index.speech.parser:SpeechParser.__init__",),
    "who said what": ("index.speech.parser:SpeechParser.attribute_all",),
    "export the encoder": ("index.export:export_encoder",),
    "load the encoder": ("index.embedding:OnnxEmbedder.__init__",),
    "embed": ("index.embedding:OnnxEmbedder.encode_passages",),
    "write": (
        "index.segment:SegmentWriter.add",
        "index.segment:SegmentWriter.close",
        "index.folder_target:seal",
        "index.folder_target:publish",
    ),
}


class Clocks:
    """Seconds by stage; a stage inside another is not counted twice."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inside: list[float] = []

    def wrap(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed; of a generator each step is."""

        @functools.wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            with self._running(stage):
                result = function(*arguments, **named)
            return self._stepwise(stage, result) if inspect.isgenerator(result) else result

        return timed

    def _stepwise(self, stage: str, steps: Iterator[Any]) -> Iterator[Any]:
        while True:
            with self._running(stage):
                try:
                    step = next(steps)
                except StopIteration:
                    return
            yield step

    @contextlib.contextmanager
    def _running(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        self._inside.append(0.0)
        try:
            yield
        finally:
            took = time.perf_counter() - started
            self.seconds[stage] += took - self._inside.pop()
            if self._inside:
                self._inside[-1] += took

    @contextlib.contextmanager
    def on(self, stages: dict[str, tuple[str, ...]]) -> Iterator[None]:
        """Have the functions of these stages timed."""
        undo = []
        for stage, places in stages.items():
            for place in places:
                module, _, path = place.partition(":")
                owner: Any = importlib.import_module(module)
                *outer, name = path.split(".")
                for part in outer:
                    owner = getattr(owner, part)
                plain = owner.__dict__[name]
                undo.append((owner, name, plain))
                setattr(owner, name, self.wrap(stage, plain))
        try:
            yield
        finally:
            for owner, name, plain in undo:
                setattr(owner, name, plain)


def ask_each(
    service: AnswerService, questions: Sequence[str], *, pause: float = 0.0
) -> list[float]:
    """Seconds that each question took, not counting a pause before each."""
    times = []
    for question in questions:
        time.sleep(pause)
        started = time.perf_counter()
        service.ask(question)
        times.append(time.perf_counter() - started)
    return times


def stages_of_ask(service: AnswerService, questions: Sequence[str]) -> dict[str, Any]:
    """Milliseconds a question by stage (means, so that they add up), and of the whole."""
    clocks = Clocks()
    ask_each(service, questions[:WARM])
    plain = ask_each(service, questions)
    with clocks.on(ASK):
        timed = ask_each(service, questions)
    stages = {name: 1000 * clocks.seconds[name] / len(questions) for name in ASK}
    stages["all else"] = 1000 * sum(timed) / len(questions) - sum(stages.values())
    return {
        "stages, ms": stages,
        "mean, ms": 1000 * statistics.mean(plain),
        "mean with clocks, ms": 1000 * statistics.mean(timed),
        "median, ms": 1000 * statistics.median(plain),
        "p99, ms": 1000 * at(plain, 0.99),
        "questions": len(questions),
    }


def stages_of_rebuild(articles: Path, folder: Path) -> dict[str, Any]:
    """Seconds by stage of a build from nothing, in this process alone, so that all is seen."""
    clocks = Clocks()
    settings = Settings(speech=SpeechSettings(processes=1))
    started = time.perf_counter()
    with clocks.on(REBUILD):
        report = build_index([articles], folder, settings)
    whole = time.perf_counter() - started
    stages = {name: clocks.seconds[name] for name in REBUILD}
    stages["all else"] = whole - sum(stages.values())
    return {
        "stages, s": stages,
        "whole, s": whole,
        "articles": report.articles,
        "passages": report.passages,
    }


def beside_a_build(
    service: AnswerService, questions: Sequence[str], articles: Path, scratch: Path
) -> dict[str, Any]:
    """Answers while another process builds the same articles, again and again, with one parser.

    Ten questions each are asked again with the builder halted: the pause before one costs as well.
    """
    command = [sys.executable, "-m", "bot", "index", "build", str(articles), "--index"]
    times: list[float] = []
    halted: list[float] = []
    builds = 0
    builder: subprocess.Popen[bytes] | None = None
    folder = scratch / "beside"
    try:
        for some in (questions[first : first + BLOCK] for first in range(0, len(questions), BLOCK)):
            if builder is None or builder.poll() is not None:
                shutil.rmtree(folder, ignore_errors=True)
                builder = subprocess.Popen(
                    [*command, str(folder)],
                    env=environment() | {"PULLQUOTE_SPEECH__PROCESSES": "1"},
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    process_group=0,  # of the same session: niceness tells nothing across two
                )
                builds += 1
            times += ask_each(service, some, pause=PAUSE)
            with halting(builder):
                halted += ask_each(service, some, pause=PAUSE)
    finally:
        if builder is not None:
            builder.terminate()
            builder.wait()
    return {
        "beside a build, median ms": 1000 * statistics.median(times),
        "beside a build, p99 ms": 1000 * at(times, 0.99),
        "the builder halted, median ms": 1000 * statistics.median(halted),
        "the builder halted, p99 ms": 1000 * at(halted, 0.99),
        "questions": len(times),
        "builds begun": builds,
    }


@contextlib.contextmanager
def halting(builder: subprocess.Popen[bytes]) -> Iterator[None]:
    """Halt a process and all that it started, as long as this lasts."""
    with contextlib.suppress(ProcessLookupError):  # it has ended
        os.killpg(builder.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(builder.pid, signal.SIGCONT)


def draw(asked: dict[str, Any], rebuilt: dict[str, Any], path: Path) -> None:
    """Two rows of bars: what an `ask` and what a rebuild spend their time on."""
    try:
        import matplotlib as mpl  # noqa: PLC0415
    except ImportError:
        print("no picture: matplotlib is not installed (the extra eval)", file=sys.stderr)
        return
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    for axes, stages, unit, title in (
        (left, asked["stages, ms"], "ms", f"one question, {asked['mean with clocks, ms']:.1f} ms"),
        (
            right,
            rebuilt["stages, s"],
            "s",
            f"one rebuild of {rebuilt['passages']:,} passages, {rebuilt['whole, s']:.0f} s",
        ),
    ):
        names = list(stages)[::-1]
        bars = axes.barh(names, [stages[name] for name in names], color="#4f6bed")
        axes.bar_label(
            bars,
            [f"{round(stages[name], 1 + (stages[name] < 1)):g}" for name in names],
            padding=3,
            fontsize=8,
        )
        axes.set_title(title, fontsize=10)
        axes.set_xlabel(unit)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
        axes.margins(x=0.12)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    """Measure, print, draw, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--questions", type=int, default=250)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    parser.add_argument("--json", type=Path, default=RESULTS / "stages.json")
    options = parser.parse_args()
    before = machine()
    found = material(options.shared, options.articles)
    every = max(1, len(found.asked) // options.questions)
    questions = [one.question for one in found.asked[::every]][: options.questions]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        articles = found.write(scratch / "articles.jsonl")
        build([articles], scratch / "index")
        service = open_warm(Settings(index=IndexSettings(folder=scratch / "index")))
        asked = stages_of_ask(service, questions)
        beside = beside_a_build(service, questions, articles, scratch)
        rebuilt = stages_of_rebuild(articles, scratch / "again")
    show(asked, rebuilt, beside)
    draw(asked, rebuilt, options.picture)
    keep(
        options.json,
        "python benchmarks/stages.py",
        before,
        {
            "articles": found.kind,
            "ask": asked,
            "rebuild": rebuilt,
            "ask while an index is built": beside,
            "goals": GOALS,
        },
    )


def show(asked: dict[str, Any], rebuilt: dict[str, Any], beside: dict[str, Any]) -> None:
    """Print the tables."""
    for name, one, unit in (
        ("one question", asked["stages, ms"], "ms"),
        ("one rebuild", rebuilt["stages, s"], "s"),
    ):
        whole = sum(one.values())
        print(name)
        for stage, spent in one.items():
            print(f"  {stage:32}{spent:9.2f} {unit}{100 * spent / whole:6.1f}%")
    for figures in (asked, rebuilt, beside):
        print("  ".join(f"{k} {v:.4g}" for k, v in figures.items() if not isinstance(v, dict)))


if __name__ == "__main__":
    main()
