"""A Ray cluster of two nodes on loopback: the index comes out as one machine builds it."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from conftest import in_database
from test_merge import answers, contents, corpus, said_by

from bot.bootstrap import open_service
from bot.cli import main
from index import cluster
from index.analysts import Unchanged
from index.build import build_index
from index.cluster import NoCluster, UnlikeNode, ray_cluster
from index.errors import MissingExtra, SourceError
from index.folder import FolderStore
from index.postgres.connections import Address
from index.postgres.store import PostgresStore
from index.progress import Silent
from index.verify import verify_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postgres_server import Server

    from config.settings import Settings

pytest.importorskip("ray", reason="the extra `ray` is not installed")


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """Two nodes with a core each, on 127.0.0.1, with a temporary folder of their own."""
    # Not in pytest's: a socket's path may have 107 characters.
    scratch = Path(tempfile.mkdtemp(prefix="ray"))
    quiet = {
        "RAY_TMPDIR": str(scratch),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        "RAY_PROMETHEUS_SERVICE_DISCOVERY": "0",
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONWARNINGS": "ignore",
    }
    before = {name: os.environ.get(name) for name in quiet}
    os.environ.update(quiet)
    size = {
        "num_cpus": 1,
        "object_store_memory": 80 * 2**20,
        "plasma_directory": str(scratch),
        "node_ip_address": "127.0.0.2",  # loopback, but not what Ray would resolve
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from ray.cluster_utils import Cluster  # noqa: PLC0415

            started = Cluster(
                initialize_head=True, head_node_args={**size, "include_dashboard": False}
            )
            started.worker_size = size
            started.add_node(**size)
            yield started
            started.shutdown()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        shutil.rmtree(scratch, ignore_errors=True)


def processes_of(node: Any) -> list[int]:
    """The process ids of a node: its raylet's, and those of all that this has started."""
    (started,) = node.all_processes["raylet"]
    raylet = psutil.Process(started.process.pid)
    return [raylet.pid, *(child.pid for child in raylet.children(recursive=True))]


def titles(processes: list[int]) -> dict[int, str]:
    """What the processes call themselves; a worker at work names what it does."""
    found = {}
    for pid in processes:
        with contextlib.suppress(OSError):
            found[pid] = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    return found


def workers_of(nodes: Any) -> list[int]:
    """The process ids of the actors on these nodes."""
    found = [pid for node in nodes.list_all_nodes() for pid in processes_of(node)]
    return [pid for pid, title in titles(found).items() if title.startswith("ray::Worker")]


def while_it_works(node: Any) -> list[int]:
    """All processes of a node, if one of them is working articles out; else none."""
    found = processes_of(node)
    busy = any(title.startswith("ray::Worker.analyse") for title in titles(found).values())
    return found if busy else []


def wait_until(what: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.1)


class Killer(Silent):
    """Progress that kills once, when an article is written and there is somebody to be killed."""

    def __init__(self, find: Callable[[], list[int]]) -> None:
        self.find = find
        self.killed: list[int] = []

    def advance(self, steps: int = 1) -> None:
        if not self.killed:
            self.killed = self.find()
            for pid in self.killed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


class Full(Silent):
    """Progress that breaks off, as writing does where the disk is full."""

    def advance(self, steps: int = 1) -> None:
        raise OSError(28, "No space left on device")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    corpus(folder, 120)
    (folder / "furniture.txt").write_text("Share this article", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def here(
    tmp_path_factory: pytest.TempPathFactory,
    exported: Path,
    source: Path,
    tiny_settings: Callable[[Path], Settings],
) -> Path:
    folder = tmp_path_factory.mktemp("here") / "index"
    shutil.copytree(exported, folder)
    build_index([source], folder, tiny_settings(folder))
    return folder


def test_a_worker_that_is_killed_loses_and_doubles_nothing(nodes, settings, source, here):
    folder = settings.index.folder
    killer = Killer(lambda: workers_of(nodes)[:1])

    with ray_cluster(nodes.address) as analyst:
        report = build_index([source], folder, settings, analyst=analyst, progress=killer)

    assert len(killer.killed) == 1
    assert not Path(f"/proc/{killer.killed[0]}").exists()
    assert report.articles == 120
    assert [problem.source.rpartition("/")[2] for problem in report.problems] == ["furniture.txt"]
    assert contents(folder) == contents(here)
    assert list(FolderStore.open(folder).article_ids()) == list(
        FolderStore.open(here).article_ids()
    )
    assert verify_index(folder) == ()


def test_a_node_that_dies_whole_loses_and_doubles_nothing(
    nodes, settings, source, here, monkeypatch
):
    """Raylet, workers and all, while one of these works articles out."""
    monkeypatch.setattr(cluster, "BATCH", 4)
    folder = settings.index.folder
    third = nodes.add_node(**nodes.worker_size)
    killer = Killer(lambda: while_it_works(third))
    try:
        with ray_cluster(nodes.address) as analyst:
            report = build_index([source], folder, settings, analyst=analyst, progress=killer)
    finally:
        nodes.remove_node(third, allow_graceful=False)

    assert len(killer.killed) > 1
    assert report.articles == 120
    assert contents(folder) == contents(here)
    assert verify_index(folder) == ()


def test_an_index_in_postgresql_is_the_one_that_a_single_machine_builds(
    nodes, settings, source, here, new_database, monkeypatch, capsys
):
    there = in_database(settings, new_database())
    monkeypatch.setenv("PULLQUOTE_INDEX__URL", there.index.url.get_secret_value())
    monkeypatch.setenv("PULLQUOTE_EMBEDDING__MODEL", settings.embedding.model)

    code = main(["index", "build", str(source), "--ray", nodes.address])

    said = capsys.readouterr()
    assert (code, said.out.partition(",")[0]) == (1, "120 articles")
    assert "furniture.txt" in said.err
    assert written(PostgresStore.open(there.index.url)) == contents(here)
    assert said_by(open_service(there)) == answers(settings, here)
    assert verify_index(there.index.place) == ()


def written(store: PostgresStore) -> dict[str, tuple[object, ...]]:
    """As `contents`, of an index in a database."""
    found = {}
    for article_id in store.article_ids():
        one = store.read(article_id)
        found[article_id] = (
            *(one.article, one.digest, one.sentences, one.passages, one.quotations),
            one.vectors.tobytes(),
        )
    return found


BUILD = """
import sys, time
from pathlib import Path
from pydantic import SecretStr
from config.settings import EmbeddingSettings, IndexSettings, Settings
from index import build
from index.cluster import ray_cluster
from index.postgres import writer
writer.TOGETHER = 2
url, model, source, address = sys.argv[1:]
settings = Settings(
    index=IndexSettings(folder=Path("/nowhere"), url=SecretStr(url)),
    embedding=EmbeddingSettings(model=model),
)
counted = build._counted
def slowly(articles, progress):
    for number, analysed in enumerate(counted(articles, progress)):
        time.sleep(0 if number < 21 else 600)
        yield analysed
build._counted = slowly
with ray_cluster(address) as analyst:
    build.build_index([source], settings.index.place, settings, analyst=analyst)
"""


def test_a_command_that_is_killed_leaves_no_worker_and_the_next_goes_on_from_what_it_wrote(
    nodes, settings, source, here, new_database, postgres: Server, monkeypatch, capsys
):
    there = in_database(settings, new_database())
    url = there.index.url.get_secret_value()
    name = Address(there.index.url).options["dbname"]
    command = subprocess.Popen(
        [sys.executable, "-c", BUILD, url, settings.embedding.model, str(source), nodes.address]
    )
    count = "SELECT count(*) FROM pullquote.articles WHERE id LIKE 'ward-%'"
    try:
        wait_until(lambda: postgres.execute(count, name)[0][0] == 20)
        assert len(workers_of(nodes)) == 2
    finally:
        command.kill()
        command.wait()

    wait_until(lambda: not workers_of(nodes))
    assert list(PostgresStore.open(there.index.url).article_ids()) == ["port"]
    monkeypatch.setenv("PULLQUOTE_INDEX__URL", url)
    monkeypatch.setenv("PULLQUOTE_EMBEDDING__MODEL", settings.embedding.model)

    main(["index", "build", str(source), "--ray", nodes.address])

    # Ray may say there, too, that a node of an earlier test has gone.
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("120 articles, 20 of them unchanged")
    assert written(PostgresStore.open(there.index.url)) == contents(here)
    assert postgres.execute(count, name) == [(120,)]


def test_a_build_that_breaks_down_lets_go_of_the_cluster_for_good(
    nodes, settings, source, new_database
):
    import ray  # noqa: PLC0415 - as late as the rest of it

    there = in_database(settings, new_database())
    with (
        pytest.raises(OSError, match="No space left") as broken,
        ray_cluster(nodes.address) as analyst,
    ):
        build_index([source], there.index.place, there, analyst=analyst, progress=Full())
    del broken  # what was worked out and not written hangs on its traceback
    gc.collect()

    assert not ray.is_initialized()
    wait_until(lambda: not workers_of(nodes))
    assert list(PostgresStore.open(there.index.url).article_ids()) == ["port"]


def test_what_has_not_changed_is_kept_and_the_command_line_builds_there_too(
    nodes, settings, source, here, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("PULLQUOTE_EMBEDDING__MODEL", settings.embedding.model)
    folder = shutil.copytree(here, tmp_path / "copy")
    (tmp_path / "late.txt").write_text("The port is shut. Tom Reyes said so.", encoding="utf-8")

    code = main(
        [
            *("index", "add", str(source / "wards.jsonl"), str(tmp_path / "late.txt")),
            *("--ray", nodes.address, "--index", str(folder)),
        ]
    )

    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    assert said.out.startswith("121 articles, 120 of them unchanged")
    assert contents(folder).keys() - contents(here).keys() == {"late"}


def test_a_node_of_other_versions_is_named(nodes, settings, source, monkeypatch):
    facts = cluster._facts()
    monkeypatch.setattr(cluster, "_facts", lambda: facts | {"spacy": "3.7.0"})

    with (
        ray_cluster(nodes.address) as analyst,
        pytest.raises(UnlikeNode, match=r"has spacy .*, this machine 3\.7\.0"),
    ):
        build_index([source], settings.index.folder, settings, analyst=analyst)

    assert list(FolderStore.open(settings.index.folder).article_ids()) == ["port"]


def test_an_address_where_nothing_answers_is_said_at_once():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening, so nobody else answers either
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with (
            pytest.raises(NoCluster, match="nothing answers there") as refused,
            ray_cluster(address),
        ):
            pass
    assert any("ray start --head" in note for note in refused.value.__notes__)


@pytest.mark.parametrize("address", ["auto", "10.0.0.1", "host:port", ":6379"])
def test_what_is_no_address_is_said(address):
    with pytest.raises(NoCluster, match="an address is HOST:PORT"), ray_cluster(address):
        pass


def test_another_ray_or_python_there_is_told_with_what_to_install():
    said = ["Version mismatch: The cluster was started with:", "Ray: 2.1.0", "Python: 3.9.1"]
    problem, note = cluster._explained(said)

    assert problem.startswith("it runs other versions")
    assert "Python: 3.9.1" in problem
    assert "pip install 'ray==" in note


def test_without_ray_the_command_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(MissingExtra), ray_cluster("127.0.0.1:6379"):
        pass
    assert main(["index", "build", "--ray", "127.0.0.1:6379"]) == 1
    assert "pip install 'pullquote[ray]'" in capsys.readouterr().err


def test_outcomes_come_through_a_pickle_as_they_were(here):
    store = FolderStore.open(here)
    place, row, _ = store.digests()["ward-3"]
    analysed = store.segments[place].read(row)
    problem = SourceError("page.html", "has no text", "leave it out")

    sent = pickle.loads(pickle.dumps(analysed))  # noqa: S301 - our own

    assert (sent.article, sent.quotations) == (analysed.article, analysed.quotations)
    # One copy of the text, however many spans are cut from it.
    assert sent.sentences[0].article is sent.quotations[0].parts[0].article is sent.article
    assert pickle.loads(pickle.dumps(Unchanged("x"))) == Unchanged("x")  # noqa: S301
    back = pickle.loads(pickle.dumps(problem))  # noqa: S301
    assert (str(back), back.source) == (str(problem), problem.source)
