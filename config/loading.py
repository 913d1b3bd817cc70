"""Loading: from the command line, the environment and two files to `Settings`.

A value is taken from the first of these that gives one: an option of the command line,
the environment (`PULLQUOTE_ANSWERS__TOP`), the file `.env`, the file `pullquote.toml`
(or the one that `PULLQUOTE_CONFIG` names), the default. Where each came from is kept, and
a value that cannot be used is reported by the name that the person gave it under.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import (
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    TomlConfigSettingsSource,
)

from config.settings import MASK, PREFIX, Settings, allowed, every_setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

CONFIG_VARIABLE = "PULLQUOTE_CONFIG"
DOTENV_FILE = Path(".env")
TOML_FILE = Path("pullquote.toml")
LONGEST_SHOWN = 60

ENVIRONMENT = "environment"
COMMAND_LINE = "command line"


class SettingsError(Exception):
    """The settings cannot be used: one line for each thing that is wrong."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings in force, and where each came from.

    `origins` maps a setting's dotted name to its source, for those that are not defaults.
    `warnings` are names in the environment or `.env` that look like ours and are not.
    """

    settings: Settings
    origins: Mapping[str, str]
    warnings: tuple[str, ...]


def load_settings(overrides: Mapping[str, Mapping[str, object]] | None = None) -> Loaded:
    """Read all sources; `overrides` are values from the command line, by group and key.

    Raises SettingsError with a line for each value that cannot be used.
    """
    found: dict[str, dict[str, Any]] = {
        COMMAND_LINE: {group: dict(values) for group, values in (overrides or {}).items()}
    }
    for name, source in _sources().items():
        try:
            found[name] = source()()
        except (OSError, ValueError) as error:  # unreadable, not UTF-8, not TOML
            raise SettingsError(f"{name} cannot be read: {error}.") from error
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, groups in reversed(found.items()):
        for group, values in groups.items():
            if isinstance(values, dict):
                merged[group] = {**merged.get(group, {}), **values}
                origins.update({f"{group}.{key}": name for key in values})
            else:
                merged[group] = values
                origins[group] = name
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        raise SettingsError(*_problems(error, merged, origins)) from None
    return Loaded(settings, origins, tuple(_unknown_names()))


class _Environment(EnvSettingsSource):
    """The environment, without the names that no setting has: those are warned of instead."""

    def __call__(self) -> dict[str, Any]:
        return _known(super().__call__())


class _DotEnv(DotEnvSettingsSource):
    """The file `.env`, which other programs may share."""

    def __call__(self) -> dict[str, Any]:
        return _known(super().__call__())


def _sources() -> dict[str, Callable[[], PydanticBaseSettingsSource]]:
    """The sources below the command line, the strongest first, by the name we show."""
    toml = _toml_file()
    return {
        ENVIRONMENT: lambda: _Environment(Settings),
        str(DOTENV_FILE): lambda: _DotEnv(
            Settings, env_file=DOTENV_FILE, env_file_encoding="utf-8"
        ),
        str(toml): lambda: TomlConfigSettingsSource(Settings, toml_file=toml),
    }


def _toml_file() -> Path:
    named = os.environ.get(CONFIG_VARIABLE)
    if not named:
        return TOML_FILE
    file = Path(named).expanduser()
    if not file.is_file():
        raise SettingsError(f"{CONFIG_VARIABLE} names {named}, which is not a file.")
    return file


def _known(values: dict[str, Any]) -> dict[str, Any]:
    names = {setting.name for setting in every_setting()}
    return {
        group: {key: value for key, value in keys.items() if f"{group}.{key}" in names}
        if isinstance(keys, dict)
        else keys
        for group, keys in values.items()
        if group in Settings.model_fields
    }


def _unknown_names() -> Iterator[str]:
    known = [setting.variable for setting in every_setting()]
    also = {CONFIG_VARIABLE, *(f"{PREFIX}{group}".upper() for group in Settings.model_fields)}
    for place, names in (
        (f"the {ENVIRONMENT}", os.environ),
        (str(DOTENV_FILE), dotenv_values(DOTENV_FILE)),
    ):
        for name in sorted(names):
            upper = name.upper()
            if not upper.startswith(PREFIX) or upper in also.union(known):
                continue
            yield f"{name} in {place} is not a setting{_nearest(upper, known)}; it is ignored."


def _nearest(name: str, names: Sequence[str]) -> str:
    """Say which of `names` may have been meant, where one is like it."""
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.8)
    return f" (did you mean {close[0]}?)" if close else ""


def _problems(
    error: ValidationError, merged: Mapping[str, Any], origins: Mapping[str, str]
) -> Iterator[str]:
    """One sentence for each wrong value: its name, what was given, what is allowed."""
    settings = {setting.name: setting for setting in every_setting()}
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"][:2])
        origin = origins.get(name, "")
        setting = settings.get(name)
        if setting is None and problem["type"] == "extra_forbidden":
            guess = _nearest(name, [*settings, *Settings.model_fields])
            yield f"{name}{_standing_in(origin)} is not a setting{guess}."
        elif setting is None:  # a whole group
            cause = problem.get("ctx", {}).get("error", "it must be a table of settings")
            yield f"{name}{_standing_in(origin)}: {cause}."
        else:
            given = merged[setting.group].get(setting.key)
            shown = MASK if setting.secret else repr(given)
            if len(shown) > LONGEST_SHOWN:
                shown = shown[:LONGEST_SHOWN] + "…"
            label = setting.variable if origin in (ENVIRONMENT, str(DOTENV_FILE)) else name
            yield (
                f"{label}{_standing_in(origin)} is {shown}; it must be {allowed(setting.field)}."
            )


def _standing_in(origin: str) -> str:
    return f" in {origin}" if origin not in ("", ENVIRONMENT, COMMAND_LINE) else ""
