"""The container image's files: what the Dockerfile, .dockerignore and compose.yaml promise.

No engine runs here. `python -m benchmarks.prove_image` carries the Dockerfile out in folders;
these are the cheap checks.
"""

import re
import tomllib
from pathlib import Path

import click
import pytest
import yaml

from benchmarks.dockerfile import (
    Instruction,
    filled,
    is_ignored,
    read_copy,
    read_dockerfile,
    read_healthcheck,
)
from bot.cli import pullquote
from config.settings import every_setting

ROOT = Path(__file__).parents[1]
PAGES = ("Dockerfile", "compose.yaml", "docs/docker.md", "docs/operations.md")


@pytest.fixture(scope="module")
def stages():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    return {stage.name: stage for stage in read_dockerfile(text)}


@pytest.fixture(scope="module")
def patterns():
    return (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


def lineage(stages, name):
    """A stage and those that it is made from, the first first."""
    line = []
    while name in stages:
        line.insert(0, stages[name])
        name = stages[name].base
    return line


def last(stages, name):
    """What is in force at the end of the runtime."""
    return [i for stage in lineage(stages, "runtime") for i in stage.all(name)][-1]


def commands_of(words):
    """The command that follows `pullquote` in these words, as click knows it."""
    found = pullquote
    for word in words:
        if not isinstance(found, click.Group):
            break
        found = found.commands.get(word)
    return found


def test_the_image_that_is_made_by_default_is_the_runtime(stages):
    assert list(stages)[-1] == "runtime"


def test_the_runtime_installs_only_what_serving_needs(stages):
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]["build"]
    heavy = {re.split(r"[^\w-]", name)[0] for name in build}
    ran = [i.value for stage in lineage(stages, "runtime") for i in stage.all("RUN")]
    installs = [command for command in ran if " install " in command]
    assert installs
    for command in installs:
        assert not heavy.intersection(re.findall(r"[\w-]+", command))
        assert "apt" not in command
        assert "optional-dependencies" not in command
        assert "[build]" not in command
    # What installs our own wheel may not pull in anything else.
    assert all("--no-deps" in command for command in installs if "/wheel/" in command)


def test_of_the_build_stage_the_runtime_takes_only_the_index(stages):
    taken = [read_copy(copy) for copy in stages["runtime"].all("COPY")]
    assert [copy.sources for copy in taken if copy.stage == "build"] == [("/data/index",)]
    assert all(copy.stage for copy in taken)


def test_torch_comes_from_the_index_of_cpu_builds(stages):
    (argument,) = stages["build"].all("ARG")
    assert argument.value == "TORCH_INDEX=https://download.pytorch.org/whl/cpu"
    first = stages["build"].all("RUN")[0].value
    assert '--index-url "$TORCH_INDEX" torch' in first


def test_onnx_runtime_reports_to_nobody(stages):
    words = [word for i in stages["libraries"].all("ENV") for word in i.words]
    assert "ORT_DISABLE_TELEMETRY=1" in words


def test_nothing_is_compiled(stages):
    environment = " ".join(i.value for i in stages["libraries"].all("ENV"))
    assert "PIP_ONLY_BINARY=:all:" in environment


@pytest.mark.parametrize("name", ["runtime", "build"])
def test_what_is_run_is_run_as_the_one_fixed_user(stages, name):
    users = [i.value for i in stages[name].all("USER")]
    assert users == ["10001:10001"]
    made = stages["libraries"].all("RUN")[0].value
    assert "--uid 10001" in made
    assert "--gid 10001" in made
    after = stages[name].instructions
    assert "USER" in [i.name for i in after[: [i.name for i in after].index("ENTRYPOINT")]]


def test_the_index_lies_on_the_volume(stages):
    volume = last(stages, "VOLUME").value
    environment = dict(
        word.split("=", 1) for i in stages["libraries"].all("ENV") for word in i.words
    )
    folder = Path(environment["PULLQUOTE_INDEX__FOLDER"])
    assert folder.is_relative_to(volume)
    assert folder != Path(volume)
    assert environment["HOME"] == volume


def test_the_image_is_refused_if_it_cannot_answer(stages):
    names = [i.name for i in stages["runtime"].instructions]
    proof = stages["runtime"].all("RUN")[-1].value
    assert "pullquote index verify" in proof
    assert "pullquote ask" in proof
    # What is written under a volume's place after VOLUME is thrown away.
    assert names.index("VOLUME") > max(at for at, name in enumerate(names) if name == "RUN")


def test_every_command_of_the_image_is_one_of_ours(stages):
    entry, command = last(stages, "ENTRYPOINT"), last(stages, "CMD")
    assert entry.value.startswith("[")  # exec form: signals reach the bot itself
    assert entry.words == ("pullquote",)
    assert commands_of(command.words) is pullquote.commands["run"]
    health = read_healthcheck(last(stages, "HEALTHCHECK"))
    assert health[0] == "pullquote"
    assert isinstance(commands_of(health[1:]), click.Command)
    assert commands_of(health[1:]) is not pullquote.commands["run"]
    assert last(stages, "STOPSIGNAL").value == "SIGTERM"


def test_every_source_that_is_copied_is_there_and_not_ignored(stages, patterns):
    for stage in stages.values():
        for copy in map(read_copy, stage.all("COPY")):
            for source in copy.sources:
                if copy.stage:
                    assert copy.stage in stages
                else:
                    assert (ROOT / source).exists(), source
                    assert not is_ignored(source, patterns)


def test_every_file_of_the_packages_reaches_the_image(patterns):
    for package in ("bot", "config", "index"):
        for file in (ROOT / package).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert not is_ignored(file.relative_to(ROOT).as_posix(), patterns)


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".env",
            "bot.env",
            "bot/bot.env",
            "pullquote.toml",
            "bot/.env",
            "index/sample/.env",
            "token.txt",
            ".git/config",
        ),
        *("tests/test_dockerfile.py", "bot/__pycache__/answer.cpython-311.pyc", ".venv/bin/python"),
    ],
)
def test_no_secret_and_no_clutter_reaches_the_image(patterns, path):
    assert is_ignored(path, patterns)


def test_no_layer_holds_a_token(stages):
    written = [
        i.value for s in stages.values() for i in s.instructions if i.name in ("ENV", "ARG", "RUN")
    ]
    assert not [value for value in written if "TOKEN" in value.upper()]


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_that_is_named_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    known = {setting.variable for setting in every_setting()} | {"PULLQUOTE_CONFIG"}
    assert set(re.findall(r"PULLQUOTE_[A-Z_]+", text)) <= known


@pytest.mark.parametrize("name", ["bot", "index"])
def test_each_service_is_locked_down(services, name):
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108  the container's own
    assert "data:/data" in service["volumes"]
    assert not {"privileged", "cap_add", "ports", "user"}.intersection(service)


def test_the_bot_starts_again_and_the_tool_does_not(services):
    assert services["bot"]["restart"] == "unless-stopped"
    assert services["bot"]["env_file"] == ".env"
    assert services["index"]["profiles"] == ["tools"]
    assert "restart" not in services["index"]
    assert "env_file" not in services["index"]  # it needs no token


def test_the_bots_health_is_asked_of_the_bot_itself(services):
    bot = services["bot"]
    kind, *words = bot["healthcheck"]["test"]
    port = int(bot["environment"]["PULLQUOTE_DISCORD__HEALTH_PORT"])
    assert kind == "CMD"
    assert commands_of(words[1:]) is pullquote.commands["health"]
    assert "--ready" not in words  # a Discord that is away is no reason to restart the bot
    assert 1024 < port < 65536
    assert "PULLQUOTE_DISCORD__HEALTH_HOST" not in bot["environment"]


def test_what_compose_runs_and_builds_exists(services, stages):
    assert services["index"]["build"]["target"] in stages
    assert isinstance(commands_of(services["index"]["command"]), click.Command)


def test_every_command_in_the_documentation_is_one_of_ours():
    text = (ROOT / "docs/docker.md").read_text(encoding="utf-8").replace("\\\n", " ")
    runs = re.findall(r"docker run [^\n]*?\bpullquote(?:-build)?((?: +[a-z]+)*)", text)
    assert len(runs) > 3
    for run in runs:
        words = run.split()
        assert not words or isinstance(commands_of(words), click.Command), run


@pytest.mark.parametrize(
    ("path", "patterns", "ignored"),
    [
        ("a/b.txt", ["*"], True),
        ("a/b.txt", ["*", "!a"], False),
        ("a/b.txt", ["*", "!a", "a/b.txt"], True),
        ("a/b.txt", ["b.txt"], False),
        ("a/x/b.txt", ["**/b.txt"], True),
        ("b.txt", ["**/b.txt"], True),
        ("a/x/b.txt", ["a/*.txt"], False),
        ("a/x/b.txt", ["# a", "", "a/x"], True),
    ],
)
def test_the_last_pattern_that_fits_decides(path, patterns, ignored):
    assert is_ignored(path, patterns) is ignored


def test_a_dockerfile_is_read_as_an_engine_reads_it():
    text = 'ARG V=1\nFROM py:${V} AS a\n# no\nRUN x \\\n# between\n && y\nCMD ["p", "q r"]\n'
    (stage,) = read_dockerfile(text)
    assert (stage.name, stage.base) == ("a", "py:1")
    assert stage.instructions == (Instruction("RUN", "x && y"), Instruction("CMD", '["p", "q r"]'))
    assert stage.all("CMD")[0].words == ("p", "q r")
    assert filled("$A-${B}-$C", {"A": "1", "B": "2"}) == "1-2-"


@pytest.mark.parametrize(
    "text",
    ["FROM a\nADD x y\n", "FROM a\nRUN --mount=type=cache x\n", "FROM a\nRUN <<EOF\n", "RUN x\n"],
)
def test_what_is_not_understood_is_not_passed_over(text):
    with pytest.raises(ValueError, match=r"not understood|before the first FROM"):
        read_dockerfile(text)
