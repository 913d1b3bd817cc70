"""Store: one generation of an index, open for reading.

`Store` is what questions need of one, and all they know of it: a folder holds it
(`index.folder`), or something else that answers these. Every look-up takes the asker's
scope, and one that is open goes on serving its generation whatever is published after it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from index.errors import MissingExtra
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from pydantic import SecretStr

    from index.article import Article, Span
    from index.embedding import OnnxEmbedder
    from index.manifest import EncoderEntry
    from index.passages import Passage
    from index.register import Register
    from index.scope import Scope
    from index.speech import Quotation


class Candidate(NamedTuple):
    """A passage that may answer: its cosine (-1..1) and its BM25 score (0 and up).

    `key` says which passage it is to the store that named it, and to nobody else. A tuple,
    since a question makes a hundred: a frozen dataclass takes four times as long to make.
    """

    key: tuple[int, int]
    cosine: float
    words: float


class Store(Protocol):
    """An open generation. Get one by `open_store`."""

    @property
    def place(self) -> Path | str:
        """Where it is; an address is told without its password."""

    @property
    def generation(self) -> int:
        """Counts up with every build that was published."""

    @property
    def built(self) -> str:
        """When, in ISO 8601, UTC."""

    @property
    def encoder(self) -> EncoderEntry:
        """The encoder that made the vectors."""

    @property
    def register(self) -> Register:
        """Who is who, and quoted how often."""

    def open_embedder(self) -> OnnxEmbedder:
        """The encoder that made the vectors. Raises `DamagedIndex` if it cannot be loaded."""

    def article_ids(self, scope: Scope = EVERYTHING) -> Iterator[str]:
        """The ids of the articles in scope, in ascending order."""

    def articles(self, scope: Scope = EVERYTHING) -> Iterator[Article]:
        """The articles in scope, by id in ascending order."""

    def read_ahead(self, ids: Iterable[str]) -> Iterator[str]:
        """The same ids, for whoever looks up one article after the other.

        Where a look-up is a journey, the articles of many are fetched in one; an id that is
        unknown comes back as well.
        """

    def article(self, article_id: str) -> Article:
        """The article. Raises `UnknownArticle`."""

    def sentences(self, article_id: str) -> tuple[Span, ...]:
        """The article's sentences. Raises `UnknownArticle`."""

    def quotations(self, article_id: str) -> tuple[Quotation, ...]:
        """The article's quotations, in its order. Raises `UnknownArticle`."""

    def vectors(self, article_id: str) -> NDArray[np.float32]:
        """The vectors of the article's passages, a row each. Raises `UnknownArticle`."""

    def counts(self) -> tuple[int, int, int]:
        """How many articles, passages and quotations the generation holds."""

    def candidates(
        self, query: str, vector: NDArray[np.float32], scope: Scope, limit: int
    ) -> list[Candidate]:
        """At least the `limit` passages in scope nearest in meaning, and in words; in no order.

        Both scores of each are exact, and nothing outside the scope moves one.
        """

    def passages_at(self, keys: Sequence[tuple[int, int]]) -> list[tuple[Passage, int]]:
        """The passages of candidates, each with its number in its article, from 0."""

    def passages_with(self, term: str, scope: Scope, limit: int) -> Iterator[Passage]:
        """The first `limit` passages in scope that hold a term."""

    def knows(self, term: str, scope: Scope) -> bool:
        """Whether a passage in scope holds the term."""

    def terms_beginning(self, start: str, *, most: int) -> Iterator[str]:
        """Terms that begin so, those out of scope too; none where there are more than `most`."""

    def articles_holding(self, terms: Collection[str], scope: Scope) -> Iterator[Article]:
        """The articles in scope in which every term stands somewhere."""

    def passages_holding(
        self, terms: Sequence[str], scope: Scope, limit: int
    ) -> list[tuple[Passage, int]]:
        """The passages in scope that hold every term, each with its number in its article.

        Of no fewer words than there are terms, which may repeat. At most `limit` (1 or more):
        those of fewest words, by article among as many.
        """

    def articles_quoting(
        self, terms: Collection[str], least: int, scope: Scope
    ) -> list[tuple[str, int]]:
        """The ids of the articles in scope where a quotation can hold `least` (1 or more) terms.

        Ascending, each with how many of them one quotation there can hold at most: at least
        the articles where one does, in its sentences, and no fewer than it holds.
        """

    def ids_beginning(self, start: str, scope: Scope, most: int) -> list[str]:
        """The first ids of articles in scope that begin so, in ascending order, so many."""

    def articles_known_by(self, words: tuple[str, ...], scope: Scope, most: int) -> list[str]:
        """The ids of the articles in scope that are known by words, at most so many.

        By words of their title, paper and id (of their beginning, where they have no title), as
        `index.words.words_of` has them; the last one may be unfinished. Those come first whose
        name begins so, and all by id. Without words they are the first ones.
        """

    def newest(self, words: tuple[str, ...], scope: Scope, most: int) -> tuple[int, list[str]]:
        """How many articles in scope are known by words, and the ids of the latest, so many.

        Those without a date come last, and those of one date by id.
        """

    def close(self) -> None:
        """Let go of what is kept."""


def open_store(place: Path | SecretStr) -> Store:
    """Open the present generation of a folder, or of the database at an address.

    Raises `NoIndex`, `IncompatibleIndex`, `DamagedIndex` and `StoreUnreachable`.
    """
    if isinstance(place, Path):
        from index.folder import FolderStore  # noqa: PLC0415 - it imports this module

        return FolderStore.open(place)
    try:
        from index.postgres.store import PostgresStore  # noqa: PLC0415 - the extra `postgres`
    except ImportError as error:
        raise MissingExtra("An index in PostgreSQL", "psycopg", "postgres") from error

    return PostgresStore.open(place)


def round_cosine(stored: NDArray[np.float32], vector: NDArray[np.float32]) -> float:
    """The cosine of two unit vectors, to the digits that do not hang on the order of adding.

    FAISS adds in another order when it searches within a scope; the last digits then differ.
    """
    return round_cosines(stored[None, :], vector)[0]


def round_cosines(stored: NDArray[np.float32], vector: NDArray[np.float32]) -> list[float]:
    """The same of many vectors, a row each, with one."""
    exact = stored.astype(np.float64) @ vector.astype(np.float64)
    rounded: list[float] = np.round(exact, 6).tolist()
    return rounded
