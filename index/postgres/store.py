"""The store in PostgreSQL: a generation read from whichever server can be asked.

`rows` has what is read and kept, `searching` how passages are found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from index.embedding import OnnxEmbedder, Precision
from index.errors import DamagedIndex
from index.postgres.connections import Address, Connections
from index.postgres.encoders import fetch_encoder
from index.postgres.people import PostgresPeople
from index.postgres.rows import Rows, no_index, read_generation, read_vector
from index.postgres.schema import check_schema, explained
from index.postgres.searching import Searching
from index.register import Register
from index.scope import EVERYTHING, Scope
from index.segment import Analysed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import psycopg
    from numpy.typing import NDArray
    from pydantic import SecretStr

    from index.article import Article, Span
    from index.manifest import EncoderEntry
    from index.passages import Passage
    from index.postgres.rows import Generation
    from index.speech import Quotation
    from index.store import Candidate


class PostgresStore:
    """An open generation, a `Store`. Get one by `PostgresStore.open`."""

    def __init__(self, connections: Connections, generation: Generation) -> None:
        self._connections = connections
        self._generation = generation
        self._rows = Rows(connections, generation)
        self._searching = Searching(self._rows)
        self._people = PostgresPeople(self._rows, self.place)
        self.register = Register(self._people)

    @classmethod
    def open(cls, url: SecretStr) -> PostgresStore:
        """Open the present generation.

        Raises `NoIndex`, `IncompatibleIndex`, `DamagedIndex`, `UnreadableIndex` and
        `StoreUnreachable`.
        """
        address = Address(url)
        connections = Connections(address)

        def read(connection: psycopg.Connection[Any]) -> Generation:
            with explained(connection, address):
                check_schema(connection, address)
                found = read_generation(connection, address)
                if found is None:
                    raise no_index(connection, address)
            return found

        return cls(connections, connections.run(read))

    @property
    def generation(self) -> int:
        """Counts up with every build that was published."""
        return self._generation.number

    @property
    def built(self) -> str:
        """When, in ISO 8601, UTC."""
        return self._generation.built

    @property
    def encoder(self) -> EncoderEntry:
        """The encoder that made the vectors."""
        return self._generation.encoder

    @property
    def place(self) -> str:
        """The address, less its password."""
        return self._connections.address.shown

    def open_embedder(self) -> OnnxEmbedder:
        """The encoder that made the vectors. Raises `DamagedIndex` if it cannot be loaded."""
        entry = self.encoder
        folder = self._rows.read(lambda connection: fetch_encoder(connection, entry, self.place))
        try:
            return OnnxEmbedder(folder, Precision(entry.precision))
        except Exception as error:  # ONNX Runtime's and tokenizers' own have no common base
            raise DamagedIndex(self.place, f"its encoder does not load ({error})") from error

    def article_ids(self, scope: Scope = EVERYTHING) -> Iterator[str]:
        """The ids of the articles in scope, in ascending order."""
        return self._rows.article_ids(scope)

    def articles(self, scope: Scope = EVERYTHING) -> Iterator[Article]:
        """The articles in scope, by id in ascending order."""
        yield from map(self.article, self.read_ahead(self.article_ids(scope)))

    def read_ahead(self, ids: Iterable[str]) -> Iterator[str]:
        """The same ids, each once its article has been fetched, many in one read."""
        return self._rows.read_ahead(ids)

    def article(self, article_id: str) -> Article:
        """The article. Raises `UnknownArticle`."""
        return self._rows.of(article_id).article

    def sentences(self, article_id: str) -> tuple[Span, ...]:
        """The article's sentences. Raises `UnknownArticle`."""
        return self._rows.of(article_id).sentences

    def quotations(self, article_id: str) -> tuple[Quotation, ...]:
        """The article's quotations, in its order. Raises `UnknownArticle`."""
        return self._rows.of(article_id).quotations

    def vectors(self, article_id: str) -> NDArray[np.float32]:
        """The vectors of the article's passages, a row each. Raises `UnknownArticle`."""
        rows = self._rows.ask(
            "SELECT vector_send(embedding) FROM pullquote.vectors WHERE article = %(key)s"
            " ORDER BY number",
            key=self._rows.find(article_id),
        )
        found = np.empty((len(rows), self._generation.dimension), dtype=np.float32)
        for place, (sent,) in enumerate(rows):
            found[place] = read_vector(sent)
        return found

    def counts(self) -> tuple[int, int, int]:
        """How many articles, passages and quotations the generation holds."""
        held = self._generation
        return held.articles, held.passages, held.quotations

    def candidates(
        self, query: str, vector: NDArray[np.float32], scope: Scope, limit: int
    ) -> list[Candidate]:
        """The `limit` passages in scope nearest in meaning, and in words."""
        return self._searching.candidates(query, vector, scope, limit)

    def passages_at(self, keys: Sequence[tuple[int, int]]) -> list[tuple[Passage, int]]:
        """The passages of candidates, each with its number in its article."""
        articles = list(dict.fromkeys(article for article, _ in keys))
        loaded = dict(zip(articles, self._rows.load(articles), strict=True))
        return [(loaded[article].passage(number), number) for article, number in keys]

    def passages_with(self, term: str, scope: Scope, limit: int) -> Iterator[Passage]:
        """The first `limit` passages in scope that hold a term."""
        for passage, _ in self.passages_at(self._searching.with_term(term, scope, limit)):
            yield passage

    def knows(self, term: str, scope: Scope) -> bool:
        """Whether a passage in scope holds the term."""
        return bool(self._searching.with_term(term, scope, 1))

    def terms_beginning(self, start: str, *, most: int) -> Iterator[str]:
        """The terms that begin so; none where there are more than `most`."""
        yield from self._searching.beginning(start, most)

    def articles_holding(self, terms: Collection[str], scope: Scope) -> Iterator[Article]:
        """The articles in scope in which every term stands somewhere."""
        keys = self._searching.articles_holding(terms, scope)
        return (one.article for one in self._rows.load_each(keys))

    def passages_holding(
        self, terms: Sequence[str], scope: Scope, limit: int
    ) -> list[tuple[Passage, int]]:
        """The shortest passages in scope that hold every term."""
        return self.passages_at(self._searching.passages_holding(terms, scope, limit))

    def articles_quoting(
        self, terms: Collection[str], least: int, scope: Scope
    ) -> list[tuple[str, int]]:
        """The articles in scope that hold so many terms, and how many each does."""
        return self._searching.articles_quoting(terms, least, scope)

    def ids_beginning(self, start: str, scope: Scope, most: int) -> list[str]:
        """The first ids of articles in scope that begin so, in ascending order, so many."""
        return self._people.ids_beginning(start, scope, most)

    def articles_known_by(self, words: tuple[str, ...], scope: Scope, most: int) -> list[str]:
        """The ids of the first articles in scope that are known by words."""
        return self._people.articles_known_by(words, scope, most)

    def newest(self, words: tuple[str, ...], scope: Scope, most: int) -> tuple[int, list[str]]:
        """How many articles in scope are known by words, and the ids of the latest."""
        return self._people.newest(words, scope, most)

    def digest(self, article_id: str) -> str:
        """The digest that the article was written with."""
        ((digest,),) = self._rows.ask(
            "SELECT digest FROM pullquote.articles WHERE article = %(key)s",
            key=self._rows.find(article_id),
        )
        return str(digest)

    def read(self, article_id: str) -> Analysed:
        """All that was written about an article."""
        loaded = self._rows.of(article_id)
        return Analysed(
            article=loaded.article,
            digest=self.digest(article_id),
            sentences=loaded.sentences,
            passages=tuple(loaded.passage(n) for n in range(len(loaded.parts))),
            quotations=loaded.quotations,
            vectors=self.vectors(article_id),
        )

    def postings(self, article_id: str) -> list[tuple[int, str, int, int]]:
        """The article's terms: passage, term, how often, and how many words the passage has."""
        return self._rows.ask(
            "SELECT number, term, count, length FROM pullquote.postings WHERE article = %(key)s",
            key=self._rows.find(article_id),
        )

    def ask(self, query: str, **values: Any) -> list[Any]:
        """All rows of one query, read-only, which may name the generation and its last article."""
        return self._rows.ask(query, **values)

    def close(self) -> None:
        """Let go of what is kept, and of the connections."""
        for let_go in (
            *(self._rows.clear, self._searching.clear, self._connections.close),
            *(self._people.clear, self.register.clear),
        ):
            let_go()
