"""What an index of a size costs: building, opening, retrieval; 1,000 to 10,000,000 passages.

    python benchmarks/scale.py [--sizes 1000,10000,100000,1000000] [--embed 20000]
                               [--json FILE] [--picture FILE] [--keep DIR]

Text and vectors are real as far as `--embed` passages go: prose that this machine holds
(`benchmarks/real_text.py`), embedded by the shipped model. What is larger is resampled from
it: a text is the words of real passages, shuffled within windows and with some drawn from the
rest, and its vector is a real one moved at random, so far that its nearest are about as near
as real ones are. Each figure says which it is. The speech of resampled articles is made up:
four passages in ten are given to people with made-up names, a few of whom are quoted a lot,
and half of the time by surname only; real articles are given none. Segments, merging and
publishing are the build's own; each step of each size is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measuring import RESULTS, Watch, keep, machine, memory
from benchmarks.real_text import real_articles
from config.settings import AnswersSettings, IndexSettings, Settings
from index.article import Article, Span
from index.build import build_index
from index.compact import compact_index
from index.errors import IncompatibleIndex, NoIndex
from index.folder import FolderStore
from index.folder_target import finish
from index.generations import building, new_folder, publish
from index.passages import Passage, split_passages
from index.scope import EVERYTHING, Scope
from index.search import search
from index.segment import Analysed, SegmentWriter
from index.speech import Quotation, Speaker, Speech
from index.words import Scorer, Sight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from bot.answers.service import AnswerService

SEGMENT = 50_000
"""Passages a segment, as a build writes them."""
AN_ARTICLE = 10
"""Passages an article of resampled text."""
MOVED = 0.6
"""How far a resampled vector is moved from a real one: the length of the step."""
ASKED = 100
QUESTIONS = 200
ASKED_FOR = 201
"""Quotations that Discord asks for, of which it shows all but one."""
PEOPLE_S = 40
"""Seconds after which two of each question about people are enough."""
NEAREST = 10
SPEAKERS_PER_ARTICLE = 0.5
"""People that there are, for each article of resampled text."""
QUOTED = (0, 3, 4, 7)
"""Which passages of a resampled article are quotations; the second and third by one person."""
COMMON = "what did they say about the time that it was used in this for all of them"


def gather(cache: Path, embed: int) -> None:
    """Write real passages and their vectors into `cache`, and an index with the encoder."""
    embedder = encoder_of(cache).open_embedder()
    vectors = []
    with (cache / "articles.jsonl").open("w", encoding="utf-8") as file:
        for article, sentences in real_articles(most_passages=embed):
            passages = split_passages(sentences)
            vectors.append(embedder.encode_passages([p.span.text for p in passages]))
            places = [(s.start, s.end) for s in sentences]
            file.write(json.dumps([article.id, article.text, article.blocks, places]) + "\n")
    np.save(cache / "vectors.npy", np.concatenate(vectors))


def encoder_of(cache: Path) -> FolderStore:
    """The index with the encoder; made (again) where it is not there, or of another version."""
    folder = cache / "encoder"
    try:
        return FolderStore.open(folder)
    except (NoIndex, IncompatibleIndex):
        build_index((), folder, Settings(index=IndexSettings(folder=folder)))
    return FolderStore.open(folder)


def real(cache: Path) -> Iterator[tuple[Article, tuple[Span, ...], tuple[Passage, ...]]]:
    """The real articles, as they were gathered."""
    with (cache / "articles.jsonl").open(encoding="utf-8") as file:
        for line in file:
            name, text, blocks, places = json.loads(line)
            article = Article(name, text, tuple((a, b) for a, b in blocks), ((0, len(text)),))
            sentences = tuple(Span(article, a, b) for a, b in places)
            yield article, sentences, split_passages(sentences)


def analysed(cache: Path, size: int) -> Iterator[Analysed]:
    """Articles of about `size` passages: real ones first, then resampled ones."""
    vectors = np.load(cache / "vectors.npy", mmap_mode="r")
    texts: list[str] = []
    done = 0
    for article, sentences, passages in real(cache):
        rows = np.asarray(vectors[done : done + len(passages)])
        done += len(passages)
        texts += (" ".join(p.span.text.split()) for p in passages)
        yield Analysed(article, article.id, sentences, passages, (), rows)
        if done >= size:
            return
    words = [text.split() for text in texts]
    chance = np.random.default_rng(size)
    people = made_up(max(20, int(SPEAKERS_PER_ARTICLE * (size - done) / AN_ARTICLE)))
    while done < size:
        yield _resampled(f"resampled/{done}", words, vectors, chance, people)
        done += AN_ARTICLE


def made_up(count: int) -> list[Speaker]:
    """People with made-up names, about three of a surname; the same ones at each call."""
    chance = np.random.default_rng(count)
    starts, ends = ("Ka", "Lo", "Mi", "Ter", "Sul", "Bran", "Do"), ("na", "vel", "rik", "sto", "me")

    def name(syllables: NDArray[np.int64]) -> str:
        first, *rest = syllables.tolist()
        return starts[first % len(starts)] + "".join(ends[one % len(ends)] for one in rest)

    found = {}
    for number in range(count):
        last = name(np.asarray([number, *(number // 3 // 5**n for n in range(1, 7))]))
        given = name(chance.integers(0, 35, 3))
        person = f"{given}-{last}".lower()
        role = f"the minister of {name(chance.integers(0, 35, 4)).lower()}"
        found[person] = Speaker(f"{given} {last}", person, (last, f"Minister {last}"), (role,))
    return list(found.values())


def _spoken(
    name: str, passages: tuple[Passage, ...], people: list[Speaker], chance: np.random.Generator
) -> tuple[Quotation, ...]:
    # A few are quoted in many articles and most in few.
    drawn = (len(people) * chance.random(len(QUOTED)) ** 3).astype(int).tolist()
    drawn[2] = drawn[1]
    found = []
    for place, who in zip(QUOTED, drawn, strict=True):
        full, span = people[who], passages[place].span
        surname = full.aliases[0]
        short = Speaker(surname, surname.lower())
        found.append(
            Quotation(
                id=f"{name}#{place}",
                speech=Speech.INDIRECT,
                parts=(span,),
                context=span,
                speaker=short if who % 2 and chance.random() < 1 / 2 else full,
                confidence=float(chance.choice([0.95, 0.9, 0.3])),
            )
        )
    return tuple(found)


def _resampled(
    name: str,
    words: list[list[str]],
    vectors: NDArray[np.float32],
    chance: np.random.Generator,
    people: list[Speaker],
) -> Analysed:
    drawn = chance.integers(0, len(words), AN_ARTICLE)
    others = chance.integers(0, len(words), AN_ARTICLE)
    pieces, blocks, at = [], [], 0
    for one, other in zip(drawn, others, strict=True):
        held = words[one]
        # Two in three words of one passage, the rest of another: as many words, as common.
        kept = [w if chance.random() < 2 / 3 else None for w in held]
        rest = iter([*words[other], *held])
        text = " ".join(w if w is not None else next(rest) for w in kept)
        pieces.append(text)
        blocks.append((at, at + len(text)))
        at += len(text) + 2
    article = Article(name, "\n\n".join(pieces), tuple(blocks), ((0, at - 2),))
    sentences = tuple(Span(article, a, b) for a, b in blocks)
    moved = vectors[drawn] + MOVED * _steps(len(drawn), vectors.shape[1], chance)
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    passages = tuple(Passage.of([sentence]) for sentence in sentences)
    spoken = _spoken(name, passages, people, chance)
    return Analysed(article, name, sentences, passages, spoken, moved.astype(np.float32))


def _steps(rows: int, dimension: int, chance: np.random.Generator) -> NDArray[np.float64]:
    steps = chance.standard_normal((rows, dimension))
    return steps / np.linalg.norm(steps, axis=1, keepdims=True)


def build(cache: Path, folder: Path, size: int) -> dict[str, float]:
    """Write an index of a size as a build does, in segments, and publish it."""
    store = encoder_of(cache)
    shutil.copytree(
        cache / "encoder" / "encoders" / store.encoder.id, folder / "encoders" / store.encoder.id
    )
    with Watch() as watch, building(folder, wait_s=0):
        started = time.perf_counter()
        written, entries, writer = 0, [], None
        for one in analysed(cache, size):
            if writer is None:
                target = new_folder(folder, "segments")
                target.mkdir()
                writer = SegmentWriter(target, one.vectors.shape[1])
            writer.add(one)
            written += len(one.passages)
            if writer.passages >= SEGMENT:
                entries.append(finish(writer, target))
                writer = None
        if writer is not None:
            entries.append(finish(writer, target))
        publish(folder, encoder=store.encoder, segments=entries, analysis="benchmark")
        seconds = time.perf_counter() - started
    return {"passages": written, "written s": seconds, "writing takes MB": watch.taken}


def merge(_: Path, folder: Path, __: int) -> dict[str, float]:
    """Compact the index as a build does after it has published, watching the memory taken."""
    with Watch() as watch:
        started = time.perf_counter()
        compact_index(folder, Settings(index=IndexSettings(folder=folder)))
        seconds = time.perf_counter() - started
    return {"merged s": seconds, "merging takes MB": watch.taken}


def ask(cache: Path, folder: Path, real_rows: int) -> dict[str, Any]:
    """Open an index, ask it, and hold its nearest against exact search."""
    import faiss  # noqa: F401, PLC0415 - what is measured is opening, not importing

    with closing(encoder_of(cache)) as held_by:
        embedder = held_by.open_embedder()
    embedder.encode_query(COMMON)
    before = memory()
    started = time.perf_counter()
    store = FolderStore.open(folder)
    opened = time.perf_counter() - started
    resident = memory().all - before.all
    chance = np.random.default_rng(1)
    held = min(real_rows, store.counts()[1])
    numbers = np.sort(chance.choice(held, min(QUESTIONS, held), replace=False))
    texts = _texts(cache, numbers.tolist())
    # As questions lie, not as passages do: those are nearer to each other, and easily found.
    vectors = np.stack([embedder.encode_query(text) for text in texts])
    ids = sorted(store.article_ids())
    part = Scope(frozenset(chance.choice(ids, max(1, len(ids) // 10), replace=False).tolist()))
    small = Scope(frozenset(ids[:: max(1, len(ids) // 20)]))
    scopes = {"everything": EVERYTHING, "a tenth": part, "twenty articles": small}
    found: dict[str, Any] = {"open ms": 1000 * opened, "opening takes MB": resident}
    found["segments"] = len(store.segments)
    found["bytes"] = sum(f.bytes for s in store.manifest.segments for f in s.files)
    found["proposals"] = [segment.vectors.proposals for segment in store.segments]
    for name, scope in scopes.items():
        started = time.perf_counter()
        store.visible(scope)
        found[f"{name}: first look ms"] = 1000 * (time.perf_counter() - started)
        found |= {f"{name}: {k}": v for k, v in _retrieval(store, texts, vectors, scope).items()}
    after = memory()
    found["asking takes MB"] = after.own - before.own
    found["asking maps MB"] = after.all - after.own - (before.all - before.own)
    for name, scope in scopes.items():  # last: it reads every vector
        found[f"{name}: recall@10"] = _recall(store, vectors, scope)
    return found


def people(cache: Path, folder: Path, real_rows: int) -> dict[str, Any]:
    """Ask about people, as a first question and then one after the other, without the reader."""
    from bot.bootstrap import open_service  # noqa: PLC0415

    settings = Settings(index=IndexSettings(folder=folder), answers=AnswersSettings(reader="none"))
    chance = np.random.default_rng(2)
    texts = _texts(cache, chance.integers(0, real_rows, ASKED).tolist())
    service = open_service(settings)
    service.warm()
    articles = service.store.counts()[0]
    # Taken by a store of its own: what the service keeps is not warmed by it.
    with closing(FolderStore.open(folder)) as store:
        known = [
            v.speaker for v in store.register.voices(EVERYTHING) if v.articles and v.speaker.aliases
        ]
    if not known:
        return {"articles": articles, "people": 0}
    some = [known[one] for one in chance.integers(0, len(known), ASKED).tolist()]
    asked: dict[str, list[Callable[[], object]]] = {
        "what somebody said": [
            partial(service.ask, f"What did {who.name} say about {text}?")
            for who, text in zip(some, texts, strict=True)
        ],
        "who said it": [partial(service.ask, f"Who said that {text}?") for text in texts],
        "a topic": [partial(service.ask, f"Where is {text}?") for text in texts],
        "who said a word": [
            partial(service.ask, f"Who said {max(t.split(), key=len)}?") for t in texts
        ],
        "quotes of a surname": [partial(service.quotes, speaker=w.aliases[0]) for w in some],
        "quotes about something": [partial(service.quotes, about=t, most=ASKED_FOR) for t in texts],
        "the latest quotes": [partial(service.quotes, most=ASKED_FOR)] * 5,
        "a summary": [
            partial(service.summary, name)
            for name in islice(service.store.article_ids(), 0, ASKED * 10, 10)
        ],
        "a check": [
            partial(service.check, text, speaker=w.name)
            for w, text in zip(some, texts, strict=True)
        ],
    }
    found: dict[str, Any] = {"articles": articles}
    deadline = time.perf_counter() + PEOPLE_S
    for name, calls in asked.items():
        times = []
        for call in calls:
            times.append(_ms(call))
            if time.perf_counter() > deadline and len(times) > 1:
                break
        found |= {f"{name}: first ms": times[0], f"{name}: ms median": statistics.median(times[1:])}
    found |= _typed(service, [who.name for who in some], texts)
    started = time.perf_counter()
    voices = service.voices()
    found |= {"everybody ms": 1000 * (time.perf_counter() - started), "people": len(voices)}
    return found


def _typed(service: AnswerService, names: list[str], texts: list[str]) -> dict[str, float]:
    """What is offered while names and titles are typed, letter by letter, and pages of everybody.

    The first of a scope counts who is quoted there; nothing is asked for twice.
    """
    ids = sorted(service.store.article_ids())
    found = {}
    for name, scope in (("", EVERYTHING), (", a tenth", Scope(frozenset(ids[::10])))):
        pages = (partial(service.voices, scope=scope, first=25 * n, most=25) for n in range(ASKED))
        people = {who[:letters] for who in names for letters in range(1, len(who) + 1)}
        titles = {text[:letters] for text in texts for letters in range(1, 9)}
        for what, calls in (
            ("a page of everybody", pages),
            ("a keystroke, people", (partial(service.speakers, t, scope=scope) for t in people)),
            ("a keystroke, articles", (partial(service.headings, t, scope=scope) for t in titles)),
        ):
            times = [_ms(call) for call in calls]
            found[f"{what}{name}: first ms"] = times[0]
            found[f"{what}{name}: ms median"] = statistics.median(times[1:])
            found[f"{what}{name}: ms p99"] = sorted(times[1:])[int(0.99 * len(times[1:]))]
    return found


def _ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - started)


def _texts(cache: Path, numbers: list[int]) -> list[str]:
    """Questions of real words: up to eight words from the middle of these passages."""
    passages = [p.span.text for _, _, held in real(cache) for p in held]
    return [" ".join(passages[number].split()[2:10]) for number in numbers]


def _retrieval(
    store: FolderStore, texts: list[str], vectors: NDArray[np.float32], scope: Scope
) -> dict[str, float]:
    times, words, common = [], [], []
    sight = Sight([s.words for s in store.segments], store.visible(scope))
    for turn in range(2):
        for text, vector in zip(texts[:ASKED], vectors, strict=False):
            started = time.perf_counter()
            search(store, text, vector, scope=scope, limit=50, dense_weight=1.0, words_weight=0.7)
            between = time.perf_counter()
            Scorer(sight, text).best(50)
            ended = time.perf_counter()
            if turn:
                times.append(between - started)
                words.append(ended - between)
    for _ in range(20):
        started = time.perf_counter()
        Scorer(sight, COMMON).best(50)
        common.append(time.perf_counter() - started)
    return {
        "hybrid ms median": 1000 * statistics.median(times),
        "hybrid ms p99": 1000 * sorted(times)[int(len(times) * 0.99)],
        "words ms median": 1000 * statistics.median(words),
        "words ms p99": 1000 * sorted(words)[int(len(words) * 0.99)],
        "sixteen common words ms": 1000 * statistics.median(common),
    }


def _recall(store: FolderStore, vectors: NDArray[np.float32], scope: Scope) -> float:
    """The share of the ten nearest by exact search that the segments' search gives."""
    exact = np.full((len(vectors), NEAREST), -1.0, dtype=np.float32)
    found = exact.copy()
    for segment, visible in zip(store.segments, store.visible(scope), strict=True):
        rows = np.flatnonzero(visible)
        for first in range(0, len(rows), 20_000):
            chunk = segment.vectors.take(rows[first : first + 20_000])
            both = np.hstack([exact, vectors @ chunk.T])
            exact = np.partition(both, -NEAREST, axis=1)[:, -NEAREST:]
        for number, vector in enumerate(vectors):
            _, near = segment.vectors.search(vector, 50, visible)
            both = np.concatenate([found[number], near])
            found[number] = np.sort(both)[-NEAREST:]
    least = exact.min(axis=1, keepdims=True)
    return float((found >= least - 1e-3).mean())


def _apart(step: str, *arguments: object) -> dict[str, Any]:
    """Run a step in a process of its own, so that its memory is its own."""
    said = subprocess.run(
        [sys.executable, __file__, "--step", step, *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return found


def draw(sizes: list[dict[str, Any]], path: Path) -> None:
    """Draw the cost of a size: time to retrieve, to open and to build, room on the disk."""
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    across = [one["passages"] for one in sizes]
    figure, ((left, middle), (right, last)) = plt.subplots(2, 2, figsize=(10, 7))
    for name in ("everything", "a tenth", "twenty articles"):
        left.plot(across, [one[f"{name}: hybrid ms median"] for one in sizes], "o-", label=name)
        middle.plot(across, [one[f"{name}: recall@10"] for one in sizes], "o-", label=name)
    left.set_title("a retrieval, median, ms")
    middle.set_title("of the ten nearest, found")
    middle.set_ylim(0.9, 1.005)
    right.plot(across, [one["open ms"] for one in sizes], "o-", label="to open, ms")
    right.plot(across, [one["opening takes MB"] for one in sizes], "o-", label="and memory, MB")
    right.plot(across, [one["asking takes MB"] for one in sizes], "o-", label="to ask, memory, MB")
    right.set_yscale("log")
    right.set_title("opening, asking")
    seconds = [one["written s"] + one["merged s"] for one in sizes]
    last.plot(across, seconds, "o-", label="to write and merge, s")
    last.plot(across, [one["bytes"] / 2**20 for one in sizes], "o-", label="on the disk, MB")
    last.plot(across, [one["writing takes MB"] for one in sizes], "o-", label="memory of it, MB")
    merged = [one for one in sizes if one["merging takes MB"] > 0]
    last.plot(
        [one["passages"] for one in merged],
        [one["merging takes MB"] for one in merged],
        "o-",
        label="memory of merging, MB",
    )
    last.set_yscale("log")
    last.set_title("building (without parsing and embedding)")
    for axes in (left, middle, right, last):
        axes.set_xscale("log")
        axes.set_xlabel("passages")
        axes.legend(frameon=False)
        axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Gather, then build and ask each size; print, write the JSON, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--embed", type=int, default=20_000, help="real passages to embed")
    parser.add_argument("--json", type=Path, default=RESULTS / "scale.json")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--keep", type=Path, help="keep (or take) real text and vectors here")
    parser.add_argument("--step", nargs="*", help=argparse.SUPPRESS)
    options, rest = parser.parse_known_args()
    if options.step:
        step, cache, folder, number = [*options.step, *rest]
        does = {"build": build, "merge": merge, "ask": ask, "people": people}[step]
        print(json.dumps(does(Path(cache), Path(folder), int(number))))
        return
    with tempfile.TemporaryDirectory() as scratch:
        cache = options.keep or Path(scratch) / "real"
        cache.mkdir(parents=True, exist_ok=True)
        if not (cache / "vectors.npy").is_file():
            gather(cache, options.embed)
        real_rows = len(np.load(cache / "vectors.npy", mmap_mode="r"))
        found = []
        before = machine()
        for size in map(int, options.sizes.split(",")):
            folder = Path(scratch) / str(size)
            made = _apart("build", cache, folder, size)
            made |= _apart("merge", cache, folder, size)
            figures = made | _apart("ask", cache, folder, real_rows)
            figures["people"] = _apart("people", cache, folder, real_rows)
            figures["real passages"] = min(real_rows, int(made["passages"]))
            figures["load"] = os.getloadavg()[0]
            shutil.rmtree(folder)
            found.append(figures)
            print(json.dumps(figures, indent=1))
    said = {"speech": "made up, in resampled articles", "sizes": found}
    command = f"python benchmarks/scale.py --sizes {options.sizes} --embed {options.embed}"
    keep(options.json, command, before, said)
    if options.picture:
        draw(found, options.picture)


if __name__ == "__main__":
    main()
