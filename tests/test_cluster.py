"""A Ray cluster of two nodes on loopback: the index comes out as one machine builds it."""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import signal
import socket
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_merge import contents, corpus

from bot.cli import main
from index import cluster
from index.analysts import Unchanged
from index.build import build_index
from index.cluster import NoCluster, UnlikeNode, ray_cluster
from index.errors import MissingExtra, SourceError
from index.folder import FolderStore
from index.verify import verify_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
            started.add_node(**size)
            yield started
            started.shutdown()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        shutil.rmtree(scratch, ignore_errors=True)


def workers_of(nodes: Any) -> list[int]:
    """The process ids of the actors on these nodes."""
    raylets = {
        process.process.pid
        for node in nodes.list_all_nodes()
        for process in node.all_processes["raylet"]
    }
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            title = (entry / "cmdline").read_bytes()
            if parent in raylets and title.startswith(b"ray::Worker"):
                found.append(int(entry.name))
    return found


class Killer:
    """Progress that kills one worker as soon as an article is written."""

    def __init__(self, nodes: Any) -> None:
        self.nodes = nodes
        self.killed: list[int] = []

    def stage(self, name: str, total: int | None = None) -> None:
        pass

    def advance(self, steps: int = 1) -> None:
        if not self.killed:
            self.killed = workers_of(self.nodes)[:1]
            os.kill(self.killed[0], signal.SIGKILL)

    def skip(self, steps: int = 1) -> None:
        pass


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
    killer = Killer(nodes)

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
