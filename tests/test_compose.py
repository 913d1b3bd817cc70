"""compose.full.yaml: what it names exists, and is what the image and the settings say."""

import json
import re
from pathlib import Path

import click
import pytest
import yaml

from benchmarks.dockerfile import read_dockerfile
from bot.cli import pullquote
from config.settings import every_setting

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.full.yaml").read_text(encoding="utf-8"))


def test_every_variable_of_ours_is_a_setting(compose):
    known = {setting.variable for setting in every_setting()}
    named = re.findall(r"PULLQUOTE_\w+", (ROOT / "compose.full.yaml").read_text(encoding="utf-8"))

    assert "PULLQUOTE_INDEX__URL" in named
    assert set(named) <= known


def test_every_image_that_is_not_ours_has_a_pinned_tag(compose):
    tags = {name: s["image"] for name, s in compose["services"].items() if "build" not in s}

    assert set(tags) == {"postgres", "prometheus", "grafana"}
    assert all(re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+(-pg16)?", tag) for tag in tags.values())


def test_ours_are_made_from_the_images_that_the_dockerfile_makes(compose):
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    stages = {stage.name: stage for stage in read_dockerfile(text)}
    users = {stages[name].all("USER")[0].value for name in ("runtime", "build")}
    for name, base in (("bot", "pullquote"), ("index", "pullquote-build")):
        inline = read_dockerfile(compose["services"][name]["build"]["dockerfile_inline"])[0]
        assert inline.base == base
        assert f"docker build -t {base} " in text
        for told in ("compose.full.yaml", "docs/scaling.md"):
            assert f"docker build -t {base} " in (ROOT / told).read_text(encoding="utf-8")
        assert {inline.all("USER")[-1].value} == users
        assert "/opt/pullquote" in inline.all("RUN")[0].value
    mounted = [v.split(":")[1] for v in compose["services"]["bot"]["volumes"]]
    assert mounted == [stages["runtime"].all("VOLUME")[0].value]


def test_whoever_needs_the_database_waits_until_its_port_is_open(compose):
    services = compose["services"]
    waiting = {name for name, s in services.items() if "postgres" in s.get("depends_on", ())}

    assert waiting == {"bot", "index"}
    for name in waiting:
        assert services[name]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    # Setting the database up, the image runs a server that has a socket only.
    check = services["postgres"]["healthcheck"]["test"]
    assert check[1:4] == ["pg_isready", "--host", "127.0.0.1"]
    told = services["postgres"]["environment"]
    for name in waiting:
        url = services[name]["environment"]["PULLQUOTE_INDEX__URL"]
        found = re.fullmatch(r"postgresql://(\w+):.*@(\w+)/(\w+)", url)
        assert found
        assert found.groups() == (told["POSTGRES_USER"], "postgres", told["POSTGRES_DB"])


def test_only_grafana_has_a_port_and_only_on_this_machine(compose):
    ports = {name: s["ports"] for name, s in compose["services"].items() if "ports" in s}

    assert ports == {"grafana": ["127.0.0.1:3000:3000"]}
    assert compose["services"]["postgres"]["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True


def test_prometheus_asks_the_port_that_the_bot_opens(compose):
    environment = compose["services"]["bot"]["environment"]
    scraped = yaml.safe_load(compose["configs"]["prometheus"]["content"])["scrape_configs"][0]

    assert scraped["static_configs"] == [
        {"targets": [f"bot:{environment['PULLQUOTE_DISCORD__HEALTH_PORT']}"]}
    ]
    assert scraped.get("metrics_path", "/metrics") == "/metrics"
    url = yaml.safe_load(compose["configs"]["datasource"]["content"])["datasources"][0]["url"]
    assert url == "http://prometheus:9090"


def test_what_it_mounts_and_runs_is_there(compose):
    configs, services = compose["configs"], compose["services"]
    for name, service in services.items():
        for mount in service["volumes"]:
            source = mount.split(":")[0]
            assert source.startswith("./") or source in compose["volumes"], name
        for config in service.get("configs", ()):
            assert config["source"] in configs
        assert set(service["networks"]) <= set(compose["networks"])
    json.loads((ROOT / configs["dashboard"]["file"]).read_text(encoding="utf-8"))
    folder = yaml.safe_load(configs["dashboards"]["content"])["providers"][0]["options"]["path"]
    targets = [config["target"] for config in services["grafana"]["configs"]]
    assert f"{folder}/pullquote.json" in targets
    group, command, _ = services["index"]["command"]
    assert isinstance(pullquote.commands[group].commands[command], click.Command)


def test_nobody_gets_a_secret_that_is_not_theirs(compose):
    told = {name: json.dumps(s) for name, s in compose["services"].items()}

    assert {name for name, s in told.items() if "GRAFANA_PASSWORD" in s} == {"grafana"}
    assert {name for name, s in told.items() if "env_file" in s} == {"bot"}
    # Compose reads the passwords from .env, which as a container's own would hand on all of them.
    assert compose["services"]["bot"]["env_file"] == "bot.env"
    text = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    assert re.search(r"printf '[^']*GRAFANA_PASSWORD[^']*' > \.env", text)
    assert re.search(r"printf 'PULLQUOTE_DISCORD__TOKEN=\.\.\.\\n' > bot\.env", text)


def test_no_secret_stands_in_it():
    text = (ROOT / "compose.full.yaml").read_text(encoding="utf-8")
    for line in text.splitlines():
        if "PASSWORD:" in line and not line.lstrip().startswith("#"):
            assert ":?" in line, line


@pytest.mark.parametrize("name", ["compose.yaml", "compose.full.yaml"])
def test_a_build_stands_back_for_the_bot_between_containers_too(name):
    services = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))["services"]

    assert services["index"]["cpu_shares"] < 1024 / 10
    assert "cpu_shares" not in services["bot"]
