"""The schema: the tables of an index in PostgreSQL, and their version.

Every row belongs to a written article, and `article` (a number that counts up as articles are
written, whatever their ids) comes first in each primary key. So all of an article lies together,
and a cluster that spreads tables by that column keeps it together, too.

An article that is written is never changed. A generation is the articles up to its `last` that
were not gone in it: publishing one is a row here and a number in `gone`, in one transaction.
Rows above the last generation's `last` are of a build under way, or of one that did not end and
that the next one goes on from.

    generations   a row each, with what it counts; its encoder in JSON
    encoder_files the encoder's files, in parts
    articles      record, text, sentences (start, end)*, parts (a passage's first sentence, and
                  the one after its last)*, speech
    people        a person in an article: how it names them, and how sure each quotation is, what
                  was said apart from the rest
    names         a key of `index.names` under which an article lists a person, or itself ('')
    vectors       a passage's vector
    postings      a term in a passage: how often, and how many words the passage has
    unfinished    what the rows above are worked out with: one row, or none, or no table
    terms         every term that was ever written, for those who ask how terms begin
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors as pg

from index.errors import DamagedIndex, IncompatibleIndex, NoIndex, UnreadableIndex
from index.postgres.connections import first_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.postgres.connections import Address

SCHEMA = 2
"""Raised whenever a reader of before could not read what is written now, or the reverse."""

TABLES = """
CREATE SCHEMA IF NOT EXISTS pullquote;
CREATE TABLE pullquote.meta (schema int NOT NULL);
CREATE TABLE pullquote.generations (
    generation int PRIMARY KEY, built text NOT NULL, published timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL, analysis text NOT NULL, encoder text NOT NULL, dimension int NOT NULL,
    last bigint NOT NULL, articles bigint NOT NULL, passages bigint NOT NULL,
    quotations bigint NOT NULL, words bigint NOT NULL);
CREATE TABLE pullquote.encoder_files (
    encoder text, name text, part int, content bytea NOT NULL, PRIMARY KEY (encoder, name, part));
CREATE TABLE pullquote.articles (
    article bigint PRIMARY KEY, id text COLLATE "C" NOT NULL, gone int, digest text NOT NULL,
    quotations int NOT NULL, passages int NOT NULL, words int NOT NULL,
    dated text COLLATE "C" NOT NULL, record bytea NOT NULL,
    content bytea NOT NULL, sentences int[] NOT NULL, parts int[] NOT NULL, speech bytea NOT NULL);
CREATE INDEX ON pullquote.articles (id, article);
CREATE INDEX ON pullquote.articles (gone) WHERE gone IS NOT NULL;
CREATE TABLE pullquote.people (
    article bigint, person text COLLATE "C", record bytea NOT NULL, said float8[] NOT NULL,
    unsaid float8[] NOT NULL, PRIMARY KEY (article, person));
CREATE INDEX ON pullquote.people (person, article);
CREATE TABLE pullquote.names (
    article bigint NOT NULL, key text COLLATE "C" NOT NULL, person text COLLATE "C" NOT NULL);
CREATE INDEX ON pullquote.names (article);
CREATE INDEX ON pullquote.names (key, person, article);
CREATE INDEX ON pullquote.names (person, key, article) WHERE person <> '';
CREATE TABLE pullquote.vectors (
    article bigint, number int, embedding vector NOT NULL,
    PRIMARY KEY (article, number));
-- Beside the row, each vector that is compared would cost a look-up.
ALTER TABLE pullquote.vectors ALTER embedding SET STORAGE MAIN;
CREATE TABLE pullquote.postings (
    article bigint, term text COLLATE "C", number int, count int NOT NULL, length int NOT NULL,
    PRIMARY KEY (article, term, number));
CREATE INDEX postings_by_term ON pullquote.postings
    (term, article, number) INCLUDE (count, length);
CREATE TABLE pullquote.terms (term text COLLATE "C" PRIMARY KEY);
"""
UNFINISHED = """
CREATE TABLE IF NOT EXISTS pullquote.unfinished (encoder text NOT NULL, analysis text NOT NULL)
"""
"""Only builds need it, so indexes from before it was there can be read as they are."""
_COLUMNS = {
    "generations": "generation built published made_by analysis encoder dimension last"
    " articles passages quotations words",
    "encoder_files": "encoder name part content",
    "articles": "article id gone digest quotations passages words dated record content sentences"
    " parts speech",
    "people": "article person record said unsaid",
    "names": "article key person",
    "vectors": "article number embedding",
    "postings": "article term number count length",
    "terms": "term",
}
_UNKNOWN = (
    *(pg.UndefinedTable, pg.UndefinedColumn, pg.UndefinedFunction, pg.UndefinedObject),
    pg.InvalidSchemaName,
)
"""What a server says of a table that is not there, or is another, or of pgvector gone."""
HNSW = """
CREATE INDEX IF NOT EXISTS vectors_hnsw_{dimension} ON pullquote.vectors
    USING hnsw ((embedding::vector({dimension})) vector_ip_ops)
    WHERE vector_dims(embedding) = {dimension}
"""
"""Models differ in how long their vectors are, and two generations may be of two models."""


def read_schema(connection: psycopg.Connection[Any]) -> int | None:
    """The version of the tables that lie there, or None where there are none."""
    there = connection.execute("SELECT to_regclass('pullquote.meta')").fetchone()
    if there is None or there[0] is None:
        return None
    try:
        row = connection.execute("SELECT schema FROM pullquote.meta").fetchone()
    except psycopg.errors.UndefinedColumn:  # somebody else's table of that name
        return None
    return 0 if row is None else int(row[0])


def check_schema(connection: psycopg.Connection[Any], address: Address) -> None:
    """Raises `NoIndex`, and `IncompatibleIndex` where another version wrote the tables."""
    schema = read_schema(connection)
    if schema is None:
        raise NoIndex(address.shown)
    if schema != SCHEMA:
        raise _another(schema, address)


def check_tables(connection: psycopg.Connection[Any], address: Address) -> None:
    """Raises `DamagedIndex` where a table or a column is missing."""
    there = connection.execute(
        "SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " WHERE relnamespace = to_regnamespace('pullquote') AND attnum > 0 AND NOT attisdropped"
    ).fetchall()
    for table, columns in _COLUMNS.items():
        for column in columns.split():
            if (table, column) not in there:
                raise DamagedIndex(address.shown, f"its table {table} has no column {column}")


@contextlib.contextmanager
def explained(connection: psycopg.Connection[Any], address: Address) -> Iterator[None]:
    """Have what the server cannot find told as what is wrong with the index.

    Whoever holds a generation may meet other tables than it was read from, or none: they can be
    replaced or dropped at any time. Raises `NoIndex`, `IncompatibleIndex`, `DamagedIndex` and
    `UnreadableIndex`.
    """
    try:
        try:
            yield
        except _UNKNOWN as error:
            check_schema(connection, address)
            check_tables(connection, address)
            raise DamagedIndex(address.shown, first_line(error)) from error
    except pg.InsufficientPrivilege as error:
        raise UnreadableIndex(address.shown, first_line(error), connection.info.user) from error


def replace_schema(connection: psycopg.Connection[Any], address: Address) -> None:
    """Make the tables; those that were there stay beside them until `drop_replaced`.

    Both belong into one transaction with all that is written between: until it ends, readers
    see what was there, and if it never does, nothing has happened.
    """
    if is_there(connection):
        connection.execute("ALTER SCHEMA pullquote RENAME TO pullquote_replaced")
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except psycopg.errors.Error as error:
        problem = f"its server has no pgvector, or {connection.info.user} may not create it"
        raise IncompatibleIndex(address.shown, problem, foreign=True) from error
    connection.execute(TABLES)
    connection.execute("INSERT INTO pullquote.meta VALUES (%s)", [SCHEMA])


def drop_replaced(connection: psycopg.Connection[Any]) -> None:
    """Remove the tables that `replace_schema` has put aside."""
    connection.execute("DROP SCHEMA IF EXISTS pullquote_replaced CASCADE")


def is_there(connection: psycopg.Connection[Any]) -> bool:
    """Whether the database has a schema of our name."""
    row = connection.execute("SELECT to_regnamespace('pullquote') IS NOT NULL").fetchone()
    return row is not None and bool(row[0])


def check_ours(connection: psycopg.Connection[Any], address: Address) -> None:
    """Raises `IncompatibleIndex` where something else lies in the schema of our name."""
    row = connection.execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('pullquote')"
    ).fetchone()
    if row is not None and row[0] and read_schema(connection) is None:
        problem = "its schema pullquote holds tables that are not Pullquote's"
        raise IncompatibleIndex(address.shown, problem, foreign=True)


def _another(schema: int, address: Address) -> IncompatibleIndex:
    problem = f"its schema is {schema}, and this version reads {SCHEMA}"
    return IncompatibleIndex(address.shown, problem, newer=schema > SCHEMA)
