"""Fixtures: the sample's index with the real model, and small ones with a tiny real one."""

from __future__ import annotations

import shutil
import uuid
from typing import TYPE_CHECKING

import pytest
from postgres_server import Server
from pydantic import SecretStr

from bot.bootstrap import open_service
from config.settings import EmbeddingSettings, IndexSettings, Settings
from index.build import build_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.answers.service import AnswerService

TINY_WORDS = (
    "the a of to in and on said say says that it he she they we is was were will not for by with "
    "from harbour board mayor bridge council plan repair bill paid who what when where tuesday "
    "monday vote school port court ruling minister budget half nearly per cent people city town"
).split()


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the sample article, as `pullquote ask` makes it. Not to be changed."""
    folder = tmp_path_factory.mktemp("sample") / "index"
    build_index((), folder, Settings(index=IndexSettings(folder=folder)))
    return folder


@pytest.fixture(scope="session")
def service(sample_folder: Path) -> AnswerService:
    """The service on the sample's index."""
    return open_service(Settings(index=IndexSettings(folder=sample_folder)))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model on disk: a real BERT of one layer, seeded, word by word."""
    import torch  # noqa: PLC0415 - only for the tests that need a model of their own
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer  # noqa: PLC0415
    from transformers import BertConfig, BertModel, BertTokenizerFast  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("tiny")
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *TINY_WORDS]
    pieces += [*letters, *(f"##{letter}" for letter in letters), *".,?!'’“”\"-–"]
    (folder / "vocab.txt").write_text("\n".join(dict.fromkeys(pieces)), encoding="utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(dict.fromkeys(pieces)),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder / "bert")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"), max_seq_length=128)
    model = SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu")
    model.save(str(folder / "model"))
    return folder / "model"


@pytest.fixture(scope="session")
def tiny_settings(tiny_model: Path) -> Callable[[Path], Settings]:
    """Settings for an index in a folder, with the tiny model."""

    def make(folder: Path) -> Settings:
        return Settings(
            index=IndexSettings(folder=folder, lock_wait_s=0.2),
            embedding=EmbeddingSettings(model=str(tiny_model)),
        )

    return make


@pytest.fixture(scope="session")
def exported(
    tmp_path_factory: pytest.TempPathFactory, tiny_settings: Callable[[Path], Settings]
) -> Path:
    """An index whose encoder others start from, so that each need not export its own."""
    folder = tmp_path_factory.mktemp("exported")
    (folder / "port.txt").write_text(
        "The port took in fewer ships in March than in any month since 2009.\n\nRain was to blame.",
        encoding="utf-8",
    )
    build_index([folder / "port.txt"], folder / "index", tiny_settings(folder / "index"))
    return folder / "index"


@pytest.fixture
def settings(tmp_path: Path, exported: Path, tiny_settings: Callable[[Path], Settings]) -> Settings:
    """Settings for an index of one's own, with the tiny model exported and one article in it."""
    shutil.copytree(exported, tmp_path / "index")
    return tiny_settings(tmp_path / "index")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL server, started once; encoders are kept apart from the user's own."""
    with pytest.MonkeyPatch.context() as patch, Server() as server:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield server


@pytest.fixture(scope="session")
def exported_database(
    postgres: Server, exported: Path, tiny_settings: Callable[[Path], Settings]
) -> str:
    """A database as `exported` is a folder, to be copied."""
    postgres.execute("CREATE DATABASE exported")
    settings = in_database(tiny_settings(exported), postgres.url("exported"))
    build_index([exported.parent / "port.txt"], settings.index.place, settings)
    return "exported"


@pytest.fixture
def new_database(postgres: Server, exported_database: str) -> Iterator[Callable[[], str]]:
    """What makes one more database of one's own, and gives its address."""
    made: list[str] = []

    def make() -> str:
        made.append(f"test_{uuid.uuid4().hex}")
        postgres.execute(f"CREATE DATABASE {made[-1]} TEMPLATE {exported_database}")
        return postgres.url(made[-1])

    yield make
    for name in made:
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["folder", "postgres"])
def either(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """As `settings`, once for an index in a folder and once for one in a database."""
    if request.param == "folder":
        return settings
    return in_database(settings, request.getfixturevalue("new_database")())


@pytest.fixture(scope="session", params=["folder", "postgres"])
def either_sample(request: pytest.FixtureRequest, sample_folder: Path) -> Settings:
    """The sample's index, once in a folder and once in a database. Not to be changed."""
    settings = Settings(index=IndexSettings(folder=sample_folder))
    if request.param == "folder":
        return settings
    server = request.getfixturevalue("postgres")
    server.execute("CREATE DATABASE sample_as_built")  # to be copied, so nobody may be in it
    build_index((), SecretStr(server.url("sample_as_built")), settings)
    server.execute("CREATE DATABASE sample TEMPLATE sample_as_built")
    return in_database(settings, server.url("sample"))


def in_database(settings: Settings, url: str) -> Settings:
    """The same settings, for an index at this address."""
    index = settings.index.model_copy(update={"url": SecretStr(url)})
    return settings.model_copy(update={"index": index})
