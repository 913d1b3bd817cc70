"""The settings as they are shown: by `pullquote config`, and in docs/settings.md.

`python -m config.report` prints that page; a test keeps the file and the fields together.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from config.settings import Settings, allowed, every_setting

if TYPE_CHECKING:
    from config.loading import Loaded
    from config.settings import Setting

DEFAULT = "default"

_INTRODUCTION = """\
# Settings

Every setting has a default; `pullquote config` shows those in force and where each came
from. A value is taken from the first of these that gives one:

1. an option of the command line (`--index DIR`),
2. the environment: `PULLQUOTE_ANSWERS__TOP=5` (group and name in capitals, two underscores
   between them; an empty value counts as none),
3. the file `.env` in the folder where you start Pullquote, with the same names,
4. the file `pullquote.toml` in that folder, or the file that `PULLQUOTE_CONFIG` names,
5. the default.

```toml
# pullquote.toml
[answers]
top = 5

[logs]
format = "json"
```

A value that cannot be used stops the program with one line that names it, what was given
and what is allowed. A variable that begins with `PULLQUOTE_` and is no setting is warned of.
Keep the token out of `pullquote.toml` if that file is shared; it is masked wherever
settings are shown.

This page is made of the descriptions in config/settings.py:
`python -m config.report > docs/settings.md`.
"""


def settings_json(loaded: Loaded) -> dict[str, Any]:
    """`config`: every setting, its value (masked where secret), and where it came from."""
    return {
        "schema": "pullquote/config/1",
        "settings": [
            {
                "name": setting.name,
                "variable": setting.variable,
                "value": _plain(setting.value_in(loaded.settings)),
                "source": loaded.origins.get(setting.name, DEFAULT),
                "allowed": allowed(setting.field),
                "description": setting.field.description,
            }
            for setting in every_setting()
        ],
    }


def written(value: object) -> str:
    """Write a value as a person would: `true`, `(none)`, `(empty)`."""
    if value is None:
        return "(none)"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) or "(empty)"


def settings_page() -> str:
    """Make docs/settings.md of the fields' descriptions."""
    parts = [_INTRODUCTION]
    for group, settings in groupby(every_setting(), lambda setting: setting.group):
        about = Settings.model_fields[group].annotation
        parts.append(f"\n## {group}\n\n{about.__doc__ if about else ''}\n")
        parts += [_entry(setting) for setting in settings]
    return "".join(parts)


def _entry(setting: Setting) -> str:
    if setting.field.default_factory is None:
        default = f"`{written(setting.field.default)}`"
    else:
        default = "`index` in the user's data folder (`~/.local/share/pullquote` on Linux)"
    return (
        f"\n### {setting.name}\n\n{setting.field.description}\n\n"
        f"- Variable: `{setting.variable}`\n"
        f"- Allowed: {allowed(setting.field)}\n"
        f"- Default: {default}\n"
    )


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | float | None) else str(value)


if __name__ == "__main__":
    print(settings_page(), end="")  # noqa: T201
