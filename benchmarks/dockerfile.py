"""Reading a Dockerfile and its .dockerignore: enough of both for ours, and no more.

`prove_image` runs what this reads, and tests/test_dockerfile.py holds it to what the
documentation promises. What is not understood (here-documents, options of RUN, ONBUILD and
the like) raises ValueError instead of being passed over.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KNOWN = frozenset(
    "ARG CMD COPY ENTRYPOINT ENV FROM HEALTHCHECK LABEL RUN STOPSIGNAL USER VOLUME WORKDIR".split()
)
_HEALTH_OPTION = re.compile(r"--(interval|timeout|start-period|retries)=(\S+)\s+")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; `value` is all that follows its name, on one line."""

    name: str
    value: str

    @property
    def words(self) -> tuple[str, ...]:
        """The value as its exec form (a JSON list) or else its words, quotation marks off."""
        if self.value.startswith("["):
            return tuple(json.loads(self.value))
        return tuple(shlex.split(self.value))


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: its name, the image or earlier stage that it starts from, what it does."""

    name: str
    base: str
    instructions: tuple[Instruction, ...]

    def all(self, name: str) -> tuple[Instruction, ...]:
        """Its instructions of this name, in order."""
        return tuple(found for found in self.instructions if found.name == name)


@dataclass(frozen=True, slots=True)
class Copy:
    """What a COPY instruction says. `stage` is None where it copies from the context."""

    sources: tuple[str, ...]
    target: str
    stage: str | None
    owner: str | None


def read_dockerfile(text: str) -> tuple[Stage, ...]:
    """The stages, in order; arguments before the first FROM are filled into their bases."""
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for instruction in _instructions(text):
        if instruction.name == "FROM":
            base, _, name = filled(instruction.value, arguments).partition(" AS ")
            stages.append(Stage(name.strip() or str(len(stages)), base.strip(), ()))
        elif stages:
            last = stages[-1]
            stages[-1] = Stage(last.name, last.base, (*last.instructions, instruction))
        elif instruction.name == "ARG":
            name, _, value = instruction.value.partition("=")
            arguments[name] = value
        else:
            raise ValueError(f"{instruction.name} stands before the first FROM")
    return tuple(stages)


def read_copy(instruction: Instruction) -> Copy:
    """Take a COPY instruction apart."""
    options = dict[str, str]()
    words = list(instruction.words)
    while words[0].startswith("--"):
        name, _, value = words.pop(0)[2:].partition("=")
        if name not in ("from", "chown"):
            raise ValueError(f"COPY --{name} is not understood")
        options[name] = value
    return Copy(tuple(words[:-1]), words[-1], options.get("from"), options.get("chown"))


def read_healthcheck(instruction: Instruction) -> tuple[str, ...]:
    """The command of a HEALTHCHECK in exec form."""
    value = instruction.value
    while option := _HEALTH_OPTION.match(value):
        value = value[option.end() :]
    name, _, command = value.partition(" ")
    if name != "CMD" or not command.startswith("["):
        raise ValueError(f"HEALTHCHECK {value!r} is not understood")
    return Instruction("CMD", command).words


def filled(value: str, variables: Mapping[str, str]) -> str:
    """Put variables in place of $NAME and ${NAME}; an unknown one gives nothing, as in Docker."""
    return re.sub(
        r"\$(?:\{(\w+)\}|(\w+))", lambda found: variables.get(found[1] or found[2], ""), value
    )


def is_ignored(path: str, patterns: Sequence[str]) -> bool:
    """Whether .dockerignore's patterns keep a path out of the context: the last that fits counts.

    A pattern fits a folder's whole content, and `**/` any depth, none included.
    """
    parts = path.split("/")
    heads = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    ignored = False
    for line in patterns:
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        keeps = pattern.startswith("!")
        if any(_fits(head, pattern.removeprefix("!")) for head in heads):
            ignored = not keeps
    return ignored


def _fits(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch(path.rsplit("/", 1)[-1], pattern[3:])
    return path.count("/") == pattern.count("/") and fnmatch(path, pattern)


def _instructions(text: str) -> list[Instruction]:
    found = []
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if not line.strip():
            continue
        name, _, value = line.strip().partition(" ")
        value = value.strip()
        if name not in KNOWN or "<<" in value or (name == "RUN" and value.startswith("--")):
            raise ValueError(f"not understood: {line}")
        found.append(Instruction(name, value))
    return found
