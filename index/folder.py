"""The store in a folder: a generation's segments, memory-mapped.

A store that is open goes on serving its generation whatever is published after it: all
its files are mapped when it opens, so not even their removal disturbs it.
"""

from __future__ import annotations

import contextlib
import heapq
import inspect
import itertools
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import numpy as np

from index.article import Span
from index.embedding import OnnxEmbedder, Precision
from index.errors import DamagedIndex, UnknownArticle
from index.folder_people import FolderPeople
from index.holding import articles_holding, articles_quoting, passages_holding
from index.journal import read_present
from index.manifest import EncoderEntry, Manifest, SegmentEntry, read_manifest
from index.passages import Passage
from index.register import Register
from index.scope import EVERYTHING, Scope
from index.segment import Segment
from index.store import Candidate, round_cosines
from index.titles import date_of
from index.words import Scorer, Sight

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from index.article import Article
    from index.speech import Quotation

P = ParamSpec("P")
T = TypeVar("T")

_UNFIT = (ValueError, KeyError, TypeError, IndexError)
_ARTICLES_KEPT = 256
"""Articles that are kept decoded; one takes some tens of kilobytes."""
_SCOPES_KEPT = 64
"""Scopes whose visible rows are kept worked out; one takes a byte a passage."""
BESIDE = 20_000
"""Passages in scope above which vectors and words are looked through at once, on two cores:
comparing as many takes a millisecond, and starting a thread a tenth of one."""
_ROUNDING = 0.25
"""How far quantisation may take a vector's squared length from 1."""
_TRIES = 5
"""How often opening is tried again when a build publishes and tidies up meanwhile."""


def _told(method: Callable[P, T]) -> Callable[P, T]:
    """Have what does not fit together in its files told as damage, also halfway through it."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except _UNFIT as error:
            raise _damage(args[0], "its tables", error) from error

    @wraps(method)
    def go_through(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            yield from cast("Iterator[Any]", method(*args, **kwargs))
        except _UNFIT as error:
            raise _damage(args[0], "its tables", error) from error

    return go_through if inspect.isgeneratorfunction(method) else call


def _damage(store: Any, what: str, error: Exception) -> DamagedIndex:
    """What a table that does not fit is told as; numpy's own words on an index say nothing."""
    nowhere = isinstance(error, IndexError)
    problem = f"{what} point to what is not there" if nowhere else f"{what}: {error}"
    return DamagedIndex(store.folder, problem)


class FolderStore:
    """An open generation, a `Store`. Get one by `FolderStore.open`."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self.segments = tuple(
            _open_segment(folder / "segments" / entry.id, entry) for entry in manifest.segments
        )
        self._live = tuple(
            _live_rows(segment, entry.withdrawn)
            for segment, entry in zip(self.segments, manifest.segments, strict=True)
        )
        # The caches are the store's own: a method's cache would keep every store alive.
        self._article = lru_cache(_ARTICLES_KEPT)(self._read_article)
        self._sight = lru_cache(_SCOPES_KEPT)(self._see)
        self._rows = lru_cache(_SCOPES_KEPT)(self._see_rows)
        self._people = FolderPeople(self.segments, self._rows, self._reading)
        self.register = Register(self._people)

    @classmethod
    def open(cls, folder: Path, *, parts: bool = False) -> FolderStore:
        """Open the present generation; with `parts`, also where it is a part of an index.

        Raises `PartOfIndex`, `NoIndex`, `IncompatibleIndex` or `DamagedIndex`.
        """
        problem: Exception | None = None
        for _ in range(_TRIES):
            manifest = read_present(folder, parts=parts)
            try:
                _check_files(folder / "encoders" / manifest.encoder.id, manifest.encoder)
                return cls(folder, manifest)
            except (OSError, ValueError, KeyError, IndexError) as error:
                problem = error
                if read_manifest(folder, parts=parts).generation == manifest.generation:
                    break
        raise DamagedIndex(folder, str(problem)) from problem

    @property
    def place(self) -> Path:
        """The folder."""
        return self.folder

    @property
    def generation(self) -> int:
        """Counts up with every build that was published in the folder."""
        return self.manifest.generation

    @property
    def built(self) -> str:
        """When, in ISO 8601, UTC."""
        return self.manifest.built

    @property
    def encoder(self) -> EncoderEntry:
        """The encoder that made the vectors."""
        return self.manifest.encoder

    def open_embedder(self) -> OnnxEmbedder:
        """The encoder that made the vectors. Raises `DamagedIndex` if it cannot be loaded."""
        entry = self.manifest.encoder
        folder = self.folder / "encoders" / entry.id
        try:
            return OnnxEmbedder(folder, Precision(entry.precision))
        except Exception as error:  # ONNX Runtime's and tokenizers' own have no common base
            raise DamagedIndex(self.folder, f"its encoder does not load ({error})") from error

    @_told
    def article_ids(self, scope: Scope = EVERYTHING) -> Iterator[str]:
        """The ids of the articles in scope, in ascending order."""
        if scope.ids is not None:
            yield from (i for i in sorted(scope.ids) if self._place_of(i) is not None)
            return
        yield from heapq.merge(*map(_live_ids, self.segments, self._live))

    def articles(self, scope: Scope = EVERYTHING) -> Iterator[Article]:
        """The articles in scope, by id in ascending order."""
        yield from map(self.article, self.article_ids(scope))

    def read_ahead(self, ids: Iterable[str]) -> Iterator[str]:
        """The same ids: what they name is at hand."""
        return iter(ids)

    @_told
    def article(self, article_id: str) -> Article:
        """The article. Raises `UnknownArticle`."""
        return self._read(article_id)[2]

    @_told
    def sentences(self, article_id: str) -> tuple[Span, ...]:
        """The article's sentences. Raises `UnknownArticle`."""
        segment, row, article = self._read(article_id)
        with self._reading(article_id):
            return self.segments[segment].sentences(row, article)

    @_told
    def quotations(self, article_id: str) -> tuple[Quotation, ...]:
        """The article's quotations, in its order. Raises `UnknownArticle`."""
        segment, row, article = self._read(article_id)
        with self._reading(article_id):
            return self.segments[segment].quotations(row, article)

    @_told
    def vectors(self, article_id: str) -> NDArray[np.float32]:
        """The vectors of the article's passages, a row each. Raises `UnknownArticle`."""
        segment, row, _ = self._read(article_id)
        rows = self.segments[segment].passage_rows(row)
        return _of_unit_length(self.segments[segment].vectors.rows(*rows))

    @_told
    def candidates(
        self, query: str, vector: NDArray[np.float32], scope: Scope, limit: int
    ) -> list[Candidate]:
        """The `limit` passages nearest in meaning, and the `limit` nearest in words."""
        sight = self._sight(scope)
        scorer = Scorer(sight, query)
        near, sharing = self._proposed(vector, scorer, sight, limit)
        chosen: list[dict[int, None]] = [{} for _ in self.segments]
        for place, row in itertools.chain(near, sharing):
            chosen[place][row] = None
        candidates: list[Candidate] = []
        for place, segment in enumerate(self.segments):
            rows = np.array(list(chosen[place]), dtype=np.int64)
            cosines = round_cosines(_of_unit_length(segment.vectors.take(rows)), vector)
            candidates += [
                Candidate((place, row), cosine, words)
                for row, cosine, words in zip(
                    rows.tolist(), cosines, scorer.score(place, rows).tolist(), strict=True
                )
            ]
        return candidates

    def _proposed(
        self, vector: NDArray[np.float32], scorer: Scorer, sight: Sight, limit: int
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The segments and rows of the `limit` nearest in meaning, and of those in words."""
        if sight.total <= BESIDE:
            return self._nearest(vector, sight, limit), scorer.best(limit)
        pool = ThreadPoolExecutor(1)
        try:
            comparing = pool.submit(self._nearest, vector, sight, limit)
        except RuntimeError:  # no thread is to be had, as when Python ends
            return self._nearest(vector, sight, limit), scorer.best(limit)
        # FAISS lets go of the interpreter, so that words are looked up meanwhile.
        with pool:
            sharing = scorer.best(limit)
        return comparing.result(), sharing

    def _nearest(
        self, vector: NDArray[np.float32], sight: Sight, limit: int
    ) -> list[tuple[int, int]]:
        """The segments and rows of the `limit` passages nearest in meaning."""
        near: list[tuple[float, int, int]] = []
        for place, segment in enumerate(self.segments):
            found, nearness = segment.vectors.search(vector, limit, sight.visible[place])
            near += zip((-nearness).tolist(), itertools.repeat(place), found.tolist(), strict=False)
        near.sort()
        return [(place, row) for _, place, row in near[:limit]]

    @_told
    def visible(self, scope: Scope) -> tuple[NDArray[np.bool_], ...]:
        """For each segment, which of its passages the asker may see."""
        return self._sight(scope).visible

    @_told
    def passages_at(self, keys: Sequence[tuple[int, int]]) -> list[tuple[Passage, int]]:
        """The passages of candidates, each with its number in its article."""
        passages: dict[tuple[int, int], tuple[Passage, int]] = {}
        for place in {place for place, _ in keys}:
            rows = [row for at, row in keys if at == place]
            for row, (article_row, number, sentences) in zip(
                rows, self.segments[place].locate(rows), strict=True
            ):
                article = self._article(place, article_row)
                spans = [Span(article, start, end) for start, end in sentences]
                passages[place, row] = Passage.of(spans), number
        return [passages[key] for key in keys]

    @_told
    def passages_with(self, term: str, scope: Scope, limit: int) -> Iterator[Passage]:
        """The first `limit` passages in scope that hold a term."""
        for place, mask in enumerate(self.visible(scope)):
            rows, _ = self.segments[place].words.postings(term)
            for row in rows[mask[rows]][:limit].tolist():
                yield self.passages_at([(place, row)])[0][0]
                limit -= 1

    @_told
    def knows(self, term: str, scope: Scope) -> bool:
        """Whether a passage in scope holds the term."""
        return any(
            mask[segment.words.postings(term)[0]].any()
            for segment, mask in zip(self.segments, self.visible(scope), strict=True)
        )

    @_told
    def terms_beginning(self, start: str, *, most: int) -> Iterator[str]:
        """The terms that begin so, of each segment; none of one that has more than `most`."""
        for segment in self.segments:
            yield from segment.words.beginning(start, most=most)

    @_told
    def articles_holding(self, terms: Collection[str], scope: Scope) -> Iterator[Article]:
        """The articles in scope in which every term stands somewhere."""
        for place, (segment, seen) in enumerate(
            zip(self.segments, self.visible(scope), strict=True)
        ):
            for row in articles_holding(segment, seen, terms, len(set(terms))).tolist():
                yield self._article(place, row)

    @_told
    def passages_holding(
        self, terms: Sequence[str], scope: Scope, limit: int
    ) -> list[tuple[Passage, int]]:
        """The shortest passages in scope that hold every term; see `Store`."""
        found: list[tuple[int, int, int]] = []
        for place, (segment, seen) in enumerate(
            zip(self.segments, self.visible(scope), strict=True)
        ):
            rows = passages_holding(segment, seen, terms)
            lengths = segment.words.lengths[rows]
            enough = lengths >= len(terms)
            rows, lengths = rows[enough], lengths[enough]
            if len(rows) > limit:  # and those as long as the last of these, which go by article
                stays = lengths <= np.partition(lengths, limit - 1)[limit - 1]
                rows, lengths = rows[stays], lengths[stays]
            found += zip(lengths.tolist(), itertools.repeat(place), rows.tolist(), strict=False)
        shortest = heapq.nsmallest(
            limit, found, key=lambda one: (one[0], *self.segments[one[1]].named(one[2]))
        )
        return self.passages_at([(place, row) for _, place, row in shortest])

    @_told
    def articles_quoting(
        self, terms: Collection[str], least: int, scope: Scope
    ) -> list[tuple[str, int]]:
        """The articles in scope in which a quotation can hold so many terms; see `Store`."""
        found: list[tuple[str, int]] = []
        for segment, seen in zip(self.segments, self.visible(scope), strict=True):
            rows, most = articles_quoting(segment, seen, terms, least)
            ids = map(segment.id_of, rows.tolist())
            found += zip(ids, most.tolist(), strict=True)
        return sorted(found)

    @_told
    def ids_beginning(self, start: str, scope: Scope, most: int) -> list[str]:
        """The first ids of articles in scope that begin so, in ascending order, so many."""
        found: list[str] = []
        for segment, rows in zip(self.segments, self._rows(scope), strict=True):
            found += segment.ids_beginning(start, rows, most)
        return sorted(found)[:most]

    @_told
    def articles_known_by(self, words: tuple[str, ...], scope: Scope, most: int) -> list[str]:
        """The ids of the first articles in scope that are known by words; see `Store`."""
        first: list[str] = []
        others: list[str] = []
        with self._reading("its titles"):
            for segment, rows in zip(self.segments, self._rows(scope), strict=True):
                known, begun = segment.titles.known_by(words, rows)
                first += segment.first_ids(begun, most)
                others += segment.first_ids(known & ~begun, most)
        return [*sorted(first), *sorted(others)][:most]

    @_told
    def newest(self, words: tuple[str, ...], scope: Scope, most: int) -> tuple[int, list[str]]:
        """How many articles in scope are known by words, and the latest of them; see `Store`."""
        count = 0
        found: list[tuple[str, str]] = []
        with self._reading("its titles"):
            for segment, rows in zip(self.segments, self._rows(scope), strict=True):
                known, _ = segment.titles.known_by(words, rows)
                count += int(known.sum())
                newest = segment.titles.newest
                headings = map(segment.heading, newest[known[newest]][:most].tolist())
                found += ((date_of(heading), heading.id) for heading in headings)
        found.sort(key=lambda one: one[1])
        found.sort(key=lambda one: one[0], reverse=True)
        return count, [article_id for _, article_id in found[:most]]

    @_told
    def digests(self, places: Collection[int] | None = None) -> dict[str, tuple[int, int, str]]:
        """For every live article (of some segments): its segment, its row and its digest."""
        return {
            article_id: (place, row, segment.digest(row))
            for place, segment in enumerate(self.segments)
            if places is None or place in places
            for article_id, row in segment.ids()
            if self._live[place][row]
        }

    def live_segments(self) -> list[tuple[Segment, NDArray[np.bool_]]]:
        """The segments, each with which of its articles have not been withdrawn."""
        return list(zip(self.segments, self._live, strict=True))

    @_told
    def counts(self) -> tuple[int, int, int]:
        """How many articles, passages and quotations the generation holds."""
        held = self.live_segments()
        return (
            sum(int(live.sum()) for _, live in held),
            sum(int(segment.visible(live).sum()) for segment, live in held),
            sum(segment.count_quotations(live) for segment, live in held),
        )

    def close(self) -> None:
        """Let go of what is kept; the maps close when nothing refers to them any more."""
        for clear in (
            *(self._article.cache_clear, self._sight.cache_clear, self._rows.cache_clear),
            *(self._people.clear, self.register.clear),
        ):
            clear()

    @contextlib.contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """Say of a record that cannot be understood that the index is damaged."""
        try:
            yield
        except _UNFIT as error:
            raise _damage(self, what, error) from error

    def _read(self, article_id: str) -> tuple[int, int, Article]:
        """The article's segment, its row there, and the article itself."""
        if (found := self._place_of(article_id)) is None:
            raise UnknownArticle(article_id)
        article = self._article(*found)
        if article.id != article_id:
            raise DamagedIndex(self.folder, f"article {article_id} is stored under another id")
        return *found, article

    def _place_of(self, article_id: str) -> tuple[int, int] | None:
        """The article's segment and row there, if it has not been withdrawn."""
        for place, segment in enumerate(self.segments):
            row = segment.row_of(article_id)
            if row is not None and self._live[place][row]:
                return place, row
        return None

    def _read_article(self, segment: int, row: int) -> Article:
        with self._reading(f"article {row} of segments/{self.segments[segment].folder.name}"):
            return self.segments[segment].article(row)

    def _see_rows(self, scope: Scope) -> tuple[NDArray[np.bool_], ...]:
        """For each segment, which of its articles the asker may see."""
        if scope.ids is None:
            return self._live
        masks = tuple(np.zeros(len(segment), dtype=np.bool_) for segment in self.segments)
        for article_id in scope.ids:
            if (found := self._place_of(article_id)) is not None:
                segment, row = found
                masks[segment][row] = True
        return masks

    def _see(self, scope: Scope) -> Sight:
        """Which passages the asker may see, and what is counted over them."""
        visible = tuple(
            segment.visible(rows)
            for segment, rows in zip(self.segments, self._rows(scope), strict=True)
        )
        return Sight([segment.words for segment in self.segments], visible)


def _of_unit_length(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """These vectors. Raises ValueError where one is far from what an encoder makes."""
    if not (np.abs(np.einsum("ij,ij->i", vectors, vectors) - 1) < _ROUNDING).all():
        raise ValueError("a vector has been changed since it was written")
    return vectors


def _live_ids(segment: Segment, live: NDArray[np.bool_]) -> Iterator[str]:
    """The ids of the articles that have not been withdrawn, ascending."""
    return (article_id for article_id, row in segment.ids() if live[row])


def _live_rows(segment: Segment, withdrawn: tuple[str, ...]) -> NDArray[np.bool_]:
    live = np.ones(len(segment), dtype=np.bool_)
    for article_id in withdrawn:
        if (row := segment.row_of(article_id)) is not None:
            live[row] = False
    return live


def _open_segment(folder: Path, entry: SegmentEntry) -> Segment:
    _check_files(folder, entry)
    return Segment(folder, {file.name: file.sha256 for file in entry.files})


def _check_files(folder: Path, entry: SegmentEntry | EncoderEntry) -> None:
    """A look at every file's length: cheap enough for each start; `verify` reads them whole."""
    for file in entry.files:
        path = folder / file.name
        if not path.is_file():
            raise FileNotFoundError(f"{folder.name}/{file.name} is missing")
        if path.stat().st_size != file.bytes:
            raise ValueError(f"{folder.name}/{file.name} is not as long as when it was written")
