"""index/postgres: what is its own about the store in a database."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest
from conftest import TINY_WORDS, in_database
from pydantic import SecretStr

from bot.bootstrap import open_service
from bot.chat.live import pointer_at
from bot.cli import main
from index.build import add_to_index, build_index, remove_from_index
from index.embedding import OnnxEmbedder
from index.errors import (
    BuildLocked,
    CorpusError,
    DamagedIndex,
    IncompatibleIndex,
    NoIndex,
    OutdatedStore,
    StoreUnreachable,
    UnreadableIndex,
)
from index.postgres import searching as module
from index.postgres import writer
from index.postgres.connections import Address
from index.postgres.schema import HNSW
from index.postgres.store import PostgresStore
from index.postgres.writer import PostgresTarget
from index.scope import EVERYTHING, Scope
from index.verify import index_status, verify_index
from index.words import terms_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postgres_server import Server

    from bot.answers.service import AnswerService
    from config.settings import Settings

SEED = 6
NAMES = ("Ada Obi", "Tom Reed", "Mary Voss", "Zed Quill")


def written(folder: Path, count: int) -> Path:
    """Seeded articles of common words, some of whom say something."""
    rng = random.Random(SEED)  # noqa: S311
    lines = []
    for number in range(count):
        paragraphs = []
        for _ in range(rng.randint(1, 4)):
            words = " ".join(rng.choices(TINY_WORDS, k=rng.randint(4, 12))).capitalize()
            said = " ".join(rng.choices(TINY_WORDS, k=rng.randint(3, 8)))
            paragraphs.append(f"{words}. “{said.capitalize()},” said {rng.choice(NAMES)}.")
        lines.append(json.dumps({"id": f"a{number:03}", "text": "\n\n".join(paragraphs)}))
    path = folder / "articles.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_settings: Callable[[Path], Settings],
    postgres: Server,
) -> tuple[AnswerService, AnswerService]:
    """The same articles in a folder and in a database."""
    folder = tmp_path_factory.mktemp("pair")
    source = written(folder, 80)
    settings = tiny_settings(folder / "index")
    postgres.execute("CREATE DATABASE pair")
    there = in_database(settings, postgres.url("pair"))
    build_index([source], settings.index.place, settings)
    build_index([source], there.index.place, there)
    return open_service(settings), open_service(there)


@pytest.fixture
def alone(settings: Settings, new_database: Callable[[], str]) -> Settings:
    return in_database(settings, new_database())


def scopes() -> list[Scope]:
    rng = random.Random(SEED)  # noqa: S311
    ids = [f"a{number:03}" for number in range(80)]
    return [EVERYTHING, *(Scope(frozenset(rng.sample(ids, k))) for k in (1, 2, 5, 20, 60))]


@pytest.mark.parametrize("rare", [1, 60, 5000])
def test_both_stores_give_every_candidate_the_same_scores(
    pair: tuple[AnswerService, AnswerService], monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    """However many of the terms are taken for rare."""
    monkeypatch.setattr(module, "RARE_UP_TO", rare)
    folder, database = pair
    rng = random.Random(SEED)  # noqa: S311
    for scope in scopes():
        for _ in range(4):
            query = " ".join(rng.choices((*TINY_WORDS, "nowhere"), k=5))
            vector = folder._embedder.encode_query(query)
            mine = folder._find_passages(query, vector, scope)
            theirs = database._find_passages(query, vector, scope)
            assert mine
            assert repr(theirs) == repr(mine)
            for limit in (1, 4):
                few = database.store.candidates(query, vector, scope, limit)
                best = sorted((hit.words for hit in mine), reverse=True)[:limit]
                assert sorted((one.words for one in few), reverse=True)[:limit] == best


def test_both_stores_answer_alike(pair: tuple[AnswerService, AnswerService]) -> None:
    folder, database = pair
    asked = [
        f"What did {name} say about the {word}?" for name in NAMES for word in ("bridge", "plan")
    ]
    for scope in scopes():
        for question in [*asked, "Who is quil?", "When did the council vote?"]:
            assert repr(database.ask(question, scope=scope)) == repr(
                folder.ask(question, scope=scope)
            )
        assert database.voices(scope=scope) == folder.voices(scope=scope)
        assert database.articles(scope) == folder.articles(scope)
        assert database.quotes(scope=scope) == folder.quotes(scope=scope)
    assert database.catalogue().ids == folder.catalogue().ids


def held_by_quotations(
    service: AnswerService, terms: tuple[str, ...], least: int, scope: Scope
) -> dict[str, int]:
    """In which articles one quotation holds so many of the terms, and how many at most."""
    most = {
        name: max(
            len(set(terms) & set(terms_of(quotation.content.text)))
            for quotation in service.store.quotations(name)
        )
        for name in service.store.article_ids(scope)
        if service.store.quotations(name)
    }
    return {name: count for name, count in most.items() if count >= least}


def test_both_stores_find_the_same_articles_by_words_and_by_people(
    pair: tuple[AnswerService, AnswerService],
) -> None:
    folder, database = pair
    rng = random.Random(SEED)  # noqa: S311
    found = 0
    for scope in scopes():
        for least in (1, 2, 3):
            terms = tuple(terms_of(" ".join(rng.choices((*TINY_WORDS, "nowhere"), k=4))))
            found += len(held := held_by_quotations(folder, terms, least, scope))
            for store in (folder.store, database.store):
                bounds = dict(store.articles_quoting(terms, least, scope))
                assert list(bounds) == sorted(bounds)
                assert all(bounds[name] >= most for name, most in held.items())
            held = [
                store.passages_holding(terms, scope, least)
                for store in (folder.store, database.store)
            ]
            assert held[0] == held[1]
            found += len(held[0])
        for voice in folder.voices(scope=scope):
            person = voice.speaker.person
            mine = folder.store.register.articles_with({person}, scope)
            assert database.store.register.articles_with({person}, scope) == mine
            assert {name for name, _ in voice.articles} <= set(mine)
            assert database.quotes(speaker=voice.speaker.name, scope=scope) == folder.quotes(
                speaker=voice.speaker.name, scope=scope
            )
        for said in ("the bridge and the plan", "the council voted on the plan"):
            question = f"Who said that {said}?"
            assert database.ask(question, scope=scope) == folder.ask(question, scope=scope)
    assert found


def test_verifying_reads_every_row(alone: Settings, tmp_path: Path, postgres: Server) -> None:
    build_index([written(tmp_path, 3)], alone.index.place, alone)
    name = Address(alone.index.url).options["dbname"]
    assert verify_index(alone.index.place) == ()
    assert index_status(alone.index.place).articles == 3

    postgres.execute("UPDATE pullquote.postings SET count = count + 1 WHERE article > 3", name)
    postgres.execute("DELETE FROM pullquote.vectors WHERE number = 0", name)

    problems = " ".join(verify_index(alone.index.place))
    assert "has not got a vector" in problems
    assert "the words of passage" in problems


def test_a_letter_that_was_changed_is_never_served(
    alone: Settings, tmp_path: Path, postgres: Server
) -> None:
    build_index([written(tmp_path, 1)], alone.index.place, alone)
    postgres.execute(
        "UPDATE pullquote.articles SET content = overlay(content placing '?'::bytea from 1)",
        Address(alone.index.url).options["dbname"],
    )
    with pytest.raises(DamagedIndex, match="changed since it was written"):
        PostgresStore.open(alone.index.url).article("a000")


@pytest.mark.parametrize(("exact", "size"), [(0, 1), (0, 3), (0, 40), (0, 80), (1000, 3)])
def test_a_scope_of_any_size_finds_its_own_nearest(
    monkeypatch: pytest.MonkeyPatch,
    pair: tuple[AnswerService, AnswerService],
    exact: int,
    size: int,
    postgres: Server,
) -> None:
    """Also where HNSW is used, which filters only what it has found."""
    folder, database = pair
    monkeypatch.setattr(module, "EXACT_UP_TO", exact)
    postgres.execute(HNSW.format(dimension=32), "pair")
    # So few rows would be read one by one else.
    postgres.execute("ALTER DATABASE pair SET enable_seqscan = off")
    database.store._connections.close()
    rng = random.Random(size)  # noqa: S311
    ids = rng.sample([f"a{number:03}" for number in range(80)], size)
    for question in ("the bridge plan", "who will vote on monday", "ships"):
        scope = EVERYTHING if size == 80 else Scope(frozenset(ids))
        vector = folder._embedder.encode_query(question)
        for wanted in (3, 50):
            rows = [float(v @ vector) for i in ids for v in folder.store.vectors(i)]
            best = sorted((round(cosine, 4) for cosine in rows), reverse=True)[:wanted]
            found = database.store.candidates("", vector, scope, wanted)
            cosines = sorted((round(one.cosine, 4) for one in found), reverse=True)
            assert np.allclose(cosines, best, atol=2e-4)
    database.store._connections.close()
    postgres.execute("ALTER DATABASE pair RESET enable_seqscan")
    if size == 80:
        until = time.monotonic() + 10
        used = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'vectors_hnsw_32'"
        while not postgres.execute(used, "pair")[0][0]:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_common_words_are_looked_up_only_where_rare_ones_do_not_settle_it(
    alone: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        rare = "The castle burnt in the harbour." if number < 4 else "It rained in the harbour."
        (tmp_path / f"n{number:02}.txt").write_text(rare, encoding="utf-8")
    build_index(sorted(tmp_path.glob("n*.txt")), alone.index.place, alone)
    database = open_service(alone)
    question = "castle harbour"
    vector = database._embedder.encode_query(question)
    everything = database.store.candidates(question, vector, EVERYTHING, 3)
    monkeypatch.setattr(module, "_SCORED", "never asked")
    monkeypatch.setattr(module, "RARE_UP_TO", 4)

    found = database.store.candidates(question, vector, EVERYTHING, 3)

    assert sorted(one.words for one in found)[-3:] == sorted(one.words for one in everything)[-3:]
    assert max(one.words for one in found) > 0


def test_an_empty_database_has_no_index(postgres: Server) -> None:
    postgres.execute("CREATE DATABASE empty")
    with pytest.raises(NoIndex) as refused:
        PostgresStore.open(SecretStr(postgres.url("empty")))
    assert refused.value.__notes__ == ["Build one:    pullquote index build ARTICLES"]


@pytest.mark.parametrize("schema", [0, 99])
def test_another_schema_is_refused_and_a_build_replaces_it(
    alone: Settings, tmp_path: Path, postgres: Server, schema: int
) -> None:
    name = Address(alone.index.url).options["dbname"]
    postgres.execute(f"UPDATE pullquote.meta SET schema = {schema}", name)  # noqa: S608
    source = written(tmp_path, 1)
    for look in (
        lambda: PostgresStore.open(alone.index.url),
        lambda: add_to_index([source], alone.index.place, alone),
    ):
        with pytest.raises(IncompatibleIndex, match=f"its schema is {schema}") as refused:
            look()
        assert "pullquote index build ARTICLES" in refused.value.__notes__[0]

    build_index([source], alone.index.place, alone)

    store = PostgresStore.open(alone.index.url)
    assert list(store.article_ids()) == ["a000"]
    assert store.generation == 2  # the numbers go on, so that no clock has to say which is newer


def test_a_build_over_another_schema_that_fails_leaves_what_was_there(
    alone: Settings, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = Address(alone.index.url).options["dbname"]
    postgres.execute("UPDATE pullquote.meta SET schema = 99", name)
    held = "SELECT schema, (SELECT count(*) FROM pullquote.articles) FROM pullquote.meta"
    before = postgres.execute(held, name)
    seen = []

    def fail(*_: object, **__: object) -> None:
        seen.append(postgres.execute(held, name))
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(PostgresTarget, "publish", fail)
        with pytest.raises(OSError, match="No space left"):
            build_index([written(tmp_path, 3)], alone.index.place, alone)

    assert before[0][1] > 0
    assert seen == [before]
    assert postgres.execute(held, name) == before
    build_index([written(tmp_path, 3)], alone.index.place, alone)
    assert len(list(PostgresStore.open(alone.index.url).article_ids())) == 3
    schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'pullquote%'"
    assert postgres.execute(schemas, name) == [("pullquote",)]


@pytest.mark.parametrize("table", ["notes (text text)", "meta (text text)"])
def test_tables_of_somebody_elses_are_never_touched(
    alone: Settings, tmp_path: Path, postgres: Server, table: str
) -> None:
    name = "foreign_" + table.split(" ", 1)[0]
    postgres.execute(f"CREATE DATABASE {name}")
    postgres.execute(f"CREATE SCHEMA pullquote CREATE TABLE {table}", name)
    url = SecretStr(postgres.url(name))
    tables = "SELECT relname FROM pg_class WHERE relnamespace = 'pullquote'::regnamespace"

    with pytest.raises(IncompatibleIndex, match="not Pullquote's"):
        build_index([written(tmp_path, 1)], url, alone)

    assert postgres.execute(tables, name) == [(table.split(" ", 1)[0],)]


def test_a_second_builder_is_told_who_builds(alone: Settings, tmp_path: Path) -> None:
    with (
        PostgresTarget(alone.index.url).building(wait_s=0),
        pytest.raises(BuildLocked, match=r"process \d+ on"),
    ):
        build_index([written(tmp_path, 1)], alone.index.place, alone)


def test_no_error_tells_the_password(alone: Settings) -> None:
    for url in (
        "postgresql://ana:hunter2@127.0.0.1:1/name",
        "postgresql://ana:hunter2@[::1/name",
        "host=127.0.0.1 port=1 user=ana password=hunter2 dbname=name",
    ):
        with pytest.raises((StoreUnreachable, IncompatibleIndex)) as refused:
            PostgresStore.open(SecretStr(url))
        shown = [str(refused.value), *refused.value.__notes__, str(refused.value.__cause__)]
        assert "hunter2" not in " ".join(shown)
    assert "hunter2" not in repr(in_database(alone, "postgresql://ana:hunter2@h/n"))


def test_a_store_whose_rows_were_removed_says_so_and_the_pointer_moves(
    alone: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "KEPT_S", 0)
    build_index([written(tmp_path, 2)], alone.index.place, alone)
    store = PostgresStore.open(alone.index.url)
    pointer = pointer_at(alone.index.place)
    held = store.generation, store.built
    assert not pointer.moved_from(held)

    remove_from_index(["a001"], alone.index.place, alone)
    assert store.article("a001").id == "a001"
    assert pointer.moved_from(held)
    assert not pointer.moved_from(held)

    (tmp_path / "more.txt").write_text("The mayor paid the bill.", encoding="utf-8")
    add_to_index([tmp_path / "more.txt"], alone.index.place, alone)
    with pytest.raises(OutdatedStore):
        store.quotations("a000")
    assert sorted(PostgresStore.open(alone.index.url).article_ids()) == ["a000", "more"]


def test_withdrawn_rows_are_removed_once_nobody_needs_them(
    alone: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Server
) -> None:
    monkeypatch.setattr(writer, "KEPT_S", 0)
    source = written(tmp_path, 4)
    build_index([source], alone.index.place, alone)
    for article_id in ("a000", "a001", "a002"):
        remove_from_index([article_id], alone.index.place, alone)

    name = Address(alone.index.url).options["dbname"]
    held = [row[0] for row in postgres.execute("SELECT id FROM pullquote.articles", name)]
    assert sorted(held) == ["a002", "a003"]
    for table in ("people", "names", "vectors", "postings"):
        ((orphans,),) = postgres.execute(
            f"SELECT count(*) FROM pullquote.{table} WHERE article NOT IN"  # noqa: S608
            " (SELECT article FROM pullquote.articles)",
            name,
        )
        assert orphans == 0


def test_a_very_long_word_is_known_and_found(alone: Settings, tmp_path: Path) -> None:
    word = "zu" * 4000
    (tmp_path / "long.txt").write_text(f"The harbour board said {word}. It was short.", "utf-8")
    build_index([tmp_path / "long.txt"], alone.index.place, alone)
    store = PostgresStore.open(alone.index.url)

    assert store.knows(word, EVERYTHING)
    assert verify_index(alone.index.place) == ()


def test_an_encoder_is_fetched_by_a_machine_that_has_only_the_address(
    alone: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index([written(tmp_path, 1)], alone.index.place, alone)
    before = PostgresStore.open(alone.index.url).open_embedder().encode_query("the bridge")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    store = PostgresStore.open(alone.index.url)

    assert np.array_equal(store.open_embedder().encode_query("the bridge"), before)

    (kept,) = (tmp_path / "elsewhere").glob("pullquote/encoders/*/int8.onnx")
    kept.write_bytes(bytes(kept.stat().st_size))
    embedder = store.open_embedder()
    assert isinstance(embedder, OnnxEmbedder)
    assert np.array_equal(embedder.encode_query("the bridge"), before)


def test_the_commands_take_the_address_from_the_settings_and_a_folder_before_it(
    alone: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PULLQUOTE_INDEX__URL", alone.index.url.get_secret_value())
    monkeypatch.setenv("PULLQUOTE_INDEX__FOLDER", str(tmp_path / "none"))
    monkeypatch.setenv("PULLQUOTE_EMBEDDING__MODEL", alone.embedding.model)

    assert main(["index", "build", str(written(tmp_path, 2))]) == 0
    assert "2 articles" in capsys.readouterr().out
    assert main(["index", "status", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["articles"], status["segments"]) == (2, 0)
    assert status["folder"].startswith("postgresql://postgres@127.0.0.1")
    assert main(["index", "verify"]) == 0
    assert capsys.readouterr().out == "The index in the database is whole.\n"
    assert main(["index", "remove", "a000"]) == 0
    capsys.readouterr()
    assert main(["articles", "--json"]) == 0
    assert [a["id"] for a in json.loads(capsys.readouterr().out)["articles"]] == ["a001"]

    assert main(["index", "status", "--index", str(alone.index.folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["folder"] == str(alone.index.folder)
    assert not (tmp_path / "none").exists()


GONE = [
    ("DROP SCHEMA pullquote CASCADE", NoIndex, "There is no index"),
    (
        "UPDATE pullquote.meta SET schema = 99; DROP TABLE pullquote.articles",
        *(IncompatibleIndex, "its schema is 99"),
    ),
    ("DROP TABLE pullquote.generations", DamagedIndex, "its table generations has no column"),
    ("DROP TABLE pullquote.postings", DamagedIndex, "its table postings has no column article"),
    (
        "ALTER TABLE pullquote.articles RENAME content TO body",
        *(DamagedIndex, "its table articles has no column content"),
    ),
    (
        "DROP EXTENSION vector CASCADE",
        *(DamagedIndex, "its table vectors has no column embedding"),
    ),
]


@pytest.mark.parametrize(("command", "kind", "said"), GONE)
def test_a_store_whose_tables_are_gone_says_what_mends_it_and_that_is_taken_up(
    alone: Settings,
    tmp_path: Path,
    postgres: Server,
    command: str,
    kind: type[CorpusError],
    said: str,
) -> None:
    build_index([written(tmp_path, 3)], alone.index.place, alone)
    service = open_service(alone)
    pointer = pointer_at(alone.index.place)
    held = service.store.generation, service.store.built
    postgres.execute(command, Address(alone.index.url).options["dbname"])

    with pytest.raises(kind, match=said) as refused:
        service.ask("What did Ada Obi say about the bridge?")
    assert refused.value.__notes__[0].endswith("pullquote index build ARTICLES")
    assert not pointer.moved_from(held)

    build_index([written(tmp_path, 3)], alone.index.place, alone)

    assert pointer.moved_from(held)
    assert open_service(alone).quotes()


def test_a_generation_that_was_built_anew_is_taken_up_though_its_number_is_lower(
    alone: Settings, tmp_path: Path, postgres: Server
) -> None:
    for count in (1, 2, 3):
        build_index([written(tmp_path, count)], alone.index.place, alone)
    store = PostgresStore.open(alone.index.url)
    pointer = pointer_at(alone.index.place)
    held = store.generation, store.built
    postgres.execute("DROP SCHEMA pullquote CASCADE", Address(alone.index.url).options["dbname"])

    build_index([written(tmp_path, 3)], alone.index.place, alone)

    assert PostgresStore.open(alone.index.url).generation < held[0]
    assert pointer.moved_from(held)
    started = time.monotonic()
    with pytest.raises(OutdatedStore):
        store.quotations("a000")
    assert time.monotonic() - started < 1


def test_which_generation_is_newer_is_no_matter_of_a_builders_clock(
    alone: Settings, tmp_path: Path, postgres: Server
) -> None:
    """As when tables were dropped, and built anew while the clock ran behind."""
    for count in (1, 2):
        build_index([written(tmp_path, count)], alone.index.place, alone)
    store = PostgresStore.open(alone.index.url)
    pointer = pointer_at(alone.index.place)
    held = store.generation, store.built
    name = Address(alone.index.url).options["dbname"]
    ((apart,),) = postgres.execute(
        "SELECT max(abs(extract(epoch FROM built::timestamptz - published)))::float"
        " FROM pullquote.generations",
        name,
    )
    assert apart < 1
    postgres.execute("DROP SCHEMA pullquote CASCADE", name)
    build_index([written(tmp_path, 3)], alone.index.place, alone)
    postgres.execute("UPDATE pullquote.generations SET built = '2020' || substr(built, 5)", name)

    assert PostgresStore.open(alone.index.url).generation < held[0]
    assert pointer.moved_from(held)
    with pytest.raises(OutdatedStore):
        store.quotations("a000")


def test_a_generation_that_a_failover_has_lost_is_given_up_for_the_one_before(
    alone: Settings, tmp_path: Path, postgres: Server
) -> None:
    """What a standby lacks that has become the primary will not come any more."""
    build_index([written(tmp_path, 1)], alone.index.place, alone)
    before = PostgresStore.open(alone.index.url).generation
    time.sleep(0.01)
    build_index([written(tmp_path, 2)], alone.index.place, alone)
    store = PostgresStore.open(alone.index.url)
    pointer = pointer_at(alone.index.place)
    postgres.execute(
        "DELETE FROM pullquote.generations WHERE generation ="
        " (SELECT max(generation) FROM pullquote.generations)",
        Address(alone.index.url).options["dbname"],
    )

    assert pointer.moved_from((store.generation, store.built))
    with pytest.raises(OutdatedStore):
        store.quotations("a000")
    assert PostgresStore.open(alone.index.url).generation == before


def test_who_may_not_read_is_told_what_gives_the_right(
    alone: Settings, tmp_path: Path, postgres: Server
) -> None:
    build_index([written(tmp_path, 1)], alone.index.place, alone)
    name = Address(alone.index.url).options["dbname"]
    postgres.execute('CREATE ROLE "some-bot" LOGIN')
    try:
        url = SecretStr(postgres.url(name).replace("postgres@", "some-bot@"))
        with pytest.raises(UnreadableIndex, match="permission denied for schema") as refused:
            PostgresStore.open(url)
        for grant in refused.value.__notes__[1:]:
            postgres.execute(grant, name)
        store = PostgresStore.open(url)
        assert store.article("a000").text

        postgres.execute('REVOKE SELECT ON pullquote.vectors FROM "some-bot"', name)
        with pytest.raises(UnreadableIndex, match="permission denied for table vectors"):
            store.vectors("a000")
    finally:
        postgres.execute('DROP OWNED BY "some-bot"; DROP ROLE "some-bot"', name)


def test_a_question_at_the_terminal_tells_of_missing_tables_in_one_sentence(
    alone: Settings,
    postgres: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PULLQUOTE_INDEX__URL", alone.index.url.get_secret_value())
    monkeypatch.setenv("PULLQUOTE_EMBEDDING__MODEL", alone.embedding.model)
    postgres.execute("DROP TABLE pullquote.generations", Address(alone.index.url).options["dbname"])

    assert main(["ask", "Who paid the bill?"]) == 1

    said = capsys.readouterr().err
    assert "is damaged: its table generations has no column generation." in said
    assert "pullquote index build ARTICLES" in said
    assert "Traceback" not in said


def test_questions_about_speech_take_as_many_statements_however_many_articles(
    pair: tuple[AnswerService, AnswerService], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, database = pair
    seen: list[str] = []
    execute = psycopg.Connection.execute

    def counting(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        seen.append(str(query))
        return execute(self, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", counting)
    looks: dict[str, Callable[[Scope], object]] = {
        "what was said": lambda scope: database.ask("What did Ada Obi say?", scope=scope),
        "on a topic": lambda scope: database.quotes(
            speaker="Ada Obi", about="the bridge", scope=scope
        ),
        "who said": lambda scope: database.ask(
            "Who said that the plan was not for the city?", scope=scope
        ),
        "quotes": lambda scope: database.quotes(scope=scope),
        "of one": lambda scope: database.quotes(speaker="Reed", scope=scope),
        "speakers": lambda scope: database.voices(scope=scope),
        "articles": database.articles,
        "check": lambda scope: database.check("the bridge", speaker="Ada Obi", scope=scope),
    }
    for name, look in looks.items():
        counted = {}
        for count in (40, 80):
            database.store.close()
            seen.clear()
            look(Scope(frozenset(f"a{number:03}" for number in range(count))))
            counted[count] = len(seen)
        assert max(counted.values()) <= 50, (name, counted)
        assert counted[80] <= counted[40] + 4, (name, counted)
