"""What lies in a database, and everything that is wrong with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from index.errors import CorpusError, DamagedIndex
from index.postgres.store import PostgresStore
from index.postgres.terms import key_of
from index.scope import EVERYTHING
from index.verify import Status, wrong_with
from index.words import terms_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import SecretStr

_ROUNDING = 1e-3


def database_status(url: SecretStr) -> Status:
    """What lies there. Raises as `open_store` does."""
    store = PostgresStore.open(url)
    try:
        articles, passages, quotations = store.counts()
        ((size,),) = store.ask(
            "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'pullquote' AND c.relkind = 'r'"
        )
        return Status(
            folder=store.place,
            generation=store.generation,
            built=datetime.fromisoformat(store.built),
            articles=articles,
            passages=passages,
            quotations=quotations,
            speakers=store.register.counts(EVERYTHING, 0.0)[0],
            segments=0,
            model=store.encoder.model,
            precision=store.encoder.precision,
            bytes=int(size),
        )
    finally:
        store.close()


def verify_database(url: SecretStr) -> tuple[str, ...]:
    """Read every row of the present generation. Raises as `open_store` does, but for damage."""
    try:
        store = PostgresStore.open(url)
    except DamagedIndex as error:
        return (str(error),)
    problems: list[str] = []
    try:
        for article_id in store.article_ids():
            problems += _wrong_article(store, article_id)
        if len(list(store.article_ids())) != store.counts()[0]:
            problems.append("it does not hold as many articles as it says")
        vector = store.open_embedder().encode_query("Is it whole?")
        if not np.isclose(np.linalg.norm(vector), 1.0, atol=1e-3):
            problems.append("the encoder's vectors are not of unit length")
    except CorpusError as error:
        problems.append(str(error))
    finally:
        store.close()
    return tuple(problems)


def _wrong_article(store: PostgresStore, article_id: str) -> Iterator[str]:
    try:
        analysed = store.read(article_id)
    except DamagedIndex as error:
        yield str(error)
        return
    yield from wrong_with(article_id, analysed)
    lengths = np.linalg.norm(analysed.vectors, axis=1)
    if len(lengths) != len(analysed.passages):
        yield f"article {article_id}: it has not got a vector for each passage"
    if not (np.isfinite(lengths).all() and (abs(lengths - 1) < _ROUNDING).all()):
        yield f"article {article_id}: a vector is not of unit length"
    held: defaultdict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for number, term, count, length in store.postings(article_id):
        held[number][term] = count, length
    for number, passage in enumerate(analysed.passages):
        counts: Counter[Any] = Counter(map(key_of, terms_of(passage.span.text)))
        length = sum(counts.values())
        if held[number] != {term: (count, length) for term, count in counts.items()}:
            yield f"article {article_id}: the words of passage {number} are not its text's"
