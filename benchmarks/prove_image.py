"""Prove the Dockerfile where no container engine runs: `python -m benchmarks.prove_image WORK`.

It reads the Dockerfile and carries out what is written there, stage by stage, in folders
under WORK that begin as a minimal Debian of debootstrap's: COPY copies (.dockerignore obeyed),
RUN runs under chroot as the user in force. Then it runs the finished folder as an engine would
with `--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --network none`
and a volume on /data, made of the same kernel parts: namespaces, a bind mount made read-only,
setpriv. Each check is a line; the exit code is 1 if one fails.

Linux, root, debootstrap and the network for the package registry are needed; the base image
is replaced, so what is in python:*-slim itself is not proven.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.dockerfile import (
    Stage,
    filled,
    is_ignored,
    read_copy,
    read_dockerfile,
    read_healthcheck,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from benchmarks.dockerfile import Copy, Instruction

CONTEXT = Path(__file__).parents[1]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = "python3,python3-pip,python3-venv,ca-certificates"
UNWANTED = ("torch", "spacy", "thinc", "transformers", "sentence_transformers", "onnx", "scipy")
COMPILERS = ("cc", "c++", "gcc", "g++", "clang", "ld", "as", "make", "cargo", "rustc")
NAMESPACES = "unshare --mount --pid --fork --kill-child --net --ipc --uts".split()
STOP_AFTER = 8.0
"""Seconds in which a start gets as far as the login, on a busy machine too."""
QUESTION = "what did Kuleba say?"
HARBOUR = """The harbour board met on Monday.

“We will pay for the repair,” said Ada Mensah, its chair.
"""
DISCORD_THAT_HANGS = """
import socket
held, server = [], socket.create_server(("127.0.0.1", 443))
while True:
    held.append(server.accept())
"""
"""Takes connections and never says a word: the worst that a network can do to a start."""


@dataclass
class Image:
    """A stage as it is being made: its folder, and what its instructions have set so far."""

    root: Path
    env: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    arguments: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    folder: str = "/"
    settings: dict[str, str] = field(default_factory=dict)

    def copy(self, root: Path) -> Image:
        """The same in another folder, as `FROM stage` has it."""
        shell("cp", "-a", "--reflink=auto", self.root, root)
        return Image(root, dict(self.env), {}, self.user, self.folder, dict(self.settings))


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str
    seconds: float
    cpu_s: float
    peak_mb: float


class Builder:
    """Carries out the stages of a Dockerfile in folders."""

    def __init__(self, work: Path, base: Path, options: argparse.Namespace) -> None:
        self._work = work
        self._base = base
        self._given = dict(pair.split("=", 1) for pair in options.build_arg)
        self._binds = dict[str, str]()
        for bind in ["/etc/resolv.conf", *options.bind]:
            path, _, target = bind.partition(":")
            self._binds[path] = target or path
        self._patterns = (CONTEXT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        self.images: dict[str, Image] = {}

    def build(self, stage: Stage) -> Image:
        """Make one stage; those that it names have been made."""
        root = self._work / stage.name
        shutil.rmtree(root, ignore_errors=True)
        before = self.images.get(stage.base)
        image = (before or Image(self._base)).copy(root)
        for instruction in stage.instructions:
            print(f"[{stage.name}] {instruction.name} {instruction.value[:90]}", flush=True)
            self._do(image, instruction)
        self.images[stage.name] = image
        return image

    def read(self, stage: Stage) -> Image:
        """Take a stage that was made before, without doing anything in it."""
        image = Image(self._work / stage.name)
        if before := self.images.get(stage.base):
            image.env, image.user = dict(before.env), before.user
            image.folder, image.settings = before.folder, dict(before.settings)
        for instruction in stage.instructions:
            if instruction.name not in ("COPY", "RUN"):
                self._do(image, instruction)
        self.images[stage.name] = image
        return image

    def _do(self, image: Image, instruction: Instruction) -> None:
        known = {**image.arguments, **image.env}
        value = filled(instruction.value, known)
        match instruction.name:
            case "ARG":
                name, _, default = value.partition("=")
                image.arguments[name] = self._given.get(name, default)
            case "ENV":
                pairs = (word.split("=", 1) for word in shlex.split(value))
                image.env.update(dict(pairs))
            case "WORKDIR":
                image.folder = value
                # An engine makes it as root, and leaves one that is there alone.
                inside(image.root, value).mkdir(parents=True, exist_ok=True)
            case "USER":
                image.user = value
            case "COPY":
                self._copy(image, read_copy(instruction))
            case "RUN":
                self._run(image, instruction.value)
            case name:
                image.settings[name] = instruction.value

    def _copy(self, image: Image, copy: Copy) -> None:
        target = inside(image.root, os.path.join(image.folder, copy.target))  # noqa: PTH118
        for source in copy.sources:
            if copy.stage:
                place = inside(self.images[copy.stage].root, source)
                target.parent.mkdir(parents=True, exist_ok=True)
                shell("cp", "-a", "-T", place, target)
                owner = copy.owner or "0:0"
                shell("chown", "-R", "-h", owner, target)
                continue
            for file in self._context(source):
                name = file.relative_to(CONTEXT / source) if file != CONTEXT / source else file.name
                place = target / name
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, place)

    def _context(self, source: str) -> Iterator[Path]:
        """The files that COPY finds under a name, .dockerignore obeyed; one at least."""
        top = CONTEXT / source
        files = [top] if top.is_file() else sorted(path for path in top.rglob("*"))
        kept = [
            file
            for file in files
            if file.is_file()
            and not is_ignored(file.relative_to(CONTEXT).as_posix(), self._patterns)
        ]
        if not kept:
            raise FileNotFoundError(f"COPY {source}: the context has no such thing")
        yield from kept

    def _run(self, image: Image, command: str) -> None:
        """Run a RUN's command with the network and the folders that --bind names."""
        mounts = [f"mount --bind {q(image.root)} {q(image.root)}", *kernel_mounts(image.root)]
        for path, target in self._binds.items():
            place = inside(image.root, target)
            make_place(Path(path), place)
            mounts.append(f"mount --bind {q(path)} {q(place)}")
        env = {**image.env, **image.arguments}
        started = time.monotonic()
        script = [*mounts, f"exec {enter(image, ['sh', '-c', command], env=env)}"]
        ran = subprocess.run(["unshare", "--mount", "sh", "-ec", "\n".join(script)], check=False)
        print(f"    ({time.monotonic() - started:.0f} s)", flush=True)
        if ran.returncode:
            raise SystemExit(f"RUN gave {ran.returncode}: {command}")


def q(path: Path | str) -> str:
    """Quote a path for the shell."""
    return shlex.quote(str(path))


def shell(*command: str | Path) -> str:
    """Run a command that must succeed; its output."""
    return subprocess.run(
        [str(word) for word in command], check=True, capture_output=True, text=True
    ).stdout


def inside(root: Path, path: str) -> Path:
    """A path of the image as one of this machine's."""
    return root / path.lstrip("/")


def make_place(path: Path, place: Path) -> None:
    """Have something at `place` that `path` can be mounted over."""
    if path.is_dir():
        place.mkdir(parents=True, exist_ok=True)
    elif not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.touch()


def kernel_mounts(root: Path) -> list[str]:
    """The mounts that every engine makes."""
    return [
        f"mount -t proc proc {q(root / 'proc')}",
        f"mount --rbind /dev {q(root / 'dev')}",
        f"mount --rbind /sys {q(root / 'sys')}",
    ]


def enter(
    image: Image,
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    user: str = "",
    drop: bool = False,
) -> str:
    """A shell's words for a command in the image, as a user and in the working directory."""
    uid, _, gid = (user or image.user).partition(":")
    limits = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"] if drop else []
    words = [
        *("chroot", str(image.root), "/usr/bin/env", "-i"),
        *(f"{name}={value}" for name, value in env.items()),
        *("sh", "-c", 'cd "$0" && exec "$@"', image.folder),
        *("setpriv", f"--reuid={uid}", f"--regid={gid or uid}", "--clear-groups", *limits, "--"),
        *command,
    ]
    return shlex.join(words)


class Container:
    """The finished image under the constraints of the documented `docker run`."""

    def __init__(self, image: Image, work: Path) -> None:
        self.image = image
        self.work = work
        self._volumes = 0

    def new_volume(self, *, filled_from_image: bool = True) -> Path:
        """A volume; an engine fills a new named one with what the image has there."""
        self._volumes += 1
        volume = self.work / f"volume-{self._volumes}"
        shutil.rmtree(volume, ignore_errors=True)
        if filled_from_image:
            shell("cp", "-a", inside(self.image.root, "/data"), volume)
        else:
            volume.mkdir()
            os.chown(volume, *map(int, self.image.user.split(":")))
        return volume

    def run(
        self,
        command: Sequence[str],
        volume: Path,
        *,
        env: Mapping[str, str] | None = None,
        user: str = "",
        binds: Mapping[Path, str] | None = None,
        first: Sequence[str] = (),
        stop_after: float | None = None,
    ) -> Ran:
        """Run a command to its end; with `stop_after`, send it SIGTERM after so many seconds.

        `binds` are mounted read-only; `first` are shell lines run as root outside the image
        but in its network.
        """
        root = self.image.root
        mounts = [
            f"mount --bind {q(root)} {q(root)}",
            *kernel_mounts(root),
            f"mount -t tmpfs -o mode=1777,size=64m tmpfs {q(root / 'tmp')}",
            f"mount --bind {q(volume)} {q(root / 'data')}",
        ]
        for path, target in (binds or {}).items():
            place = (
                inside(volume, target.removeprefix("/data"))
                if target.startswith("/data")
                else inside(root, target)
            )
            make_place(path, place)
            place = inside(root, target)
            mounts += [
                f"mount --bind {q(path)} {q(place)}",
                f"mount -o remount,bind,ro {q(place)}",
            ]
        mounts.append(f"mount -o remount,bind,ro {q(root)}")
        env = {**self.image.env, **(env or {})}
        script = [
            *mounts,
            *first,
            f"exec {enter(self.image, command, env=env, user=user, drop=True)}",
        ]
        started = time.monotonic()
        process = subprocess.Popen(
            [*NAMESPACES, "sh", "-ec", "\n".join(script)],
            stdin=subprocess.DEVNULL,
            stdout=(out := (self.work / "out").open("w+", encoding="utf-8")),
            stderr=(err := (self.work / "err").open("w+", encoding="utf-8")),
        )
        if stop_after is not None:
            time.sleep(stop_after)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
            started = time.monotonic()
            for child in children.split():
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGTERM)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        out.seek(0)
        err.seek(0)
        cpu = used.ru_utime + used.ru_stime
        return Ran(process.returncode, out.read(), err.read(), seconds, cpu, used.ru_maxrss / 1024)


class Report:
    """The checks' outcomes, printed as they come."""

    def __init__(self) -> None:
        self.failed = 0

    def tell(self, what: str, held: bool, detail: str = "") -> None:  # noqa: FBT001
        """One line for one check."""
        self.failed += not held
        print(f"{'ok  ' if held else 'FAIL'} {what}{f': {detail}' if detail else ''}", flush=True)


def check_contents(image: Image, base: Path, report: Report) -> None:
    """What the finished folder holds, and what it must not."""
    packages = {
        path.name.split("-")[0].lower()
        for path in image.root.glob("**/site-packages/*")
        if path.is_dir()
    }
    found = sorted(packages.intersection(UNWANTED))
    report.tell("no torch, spaCy or other part of the build", not found, " ".join(found))
    folders = [inside(image.root, folder) for folder in (*PATH.split(":"), "/opt/pullquote/bin")]
    found = [
        str(folder / name) for folder in folders for name in COMPILERS if (folder / name).exists()
    ]
    report.tell("no compiler, linker or make", not found, " ".join(found))
    found = [
        str(p) for p in image.root.glob("src/*") if p.name not in ("pyproject.toml", "serving.txt")
    ]
    report.tell("no source tree is left", not found, " ".join(found))
    found = [p.name for p in (image.root / "data").iterdir() if p.name != "index"]
    report.tell("nothing but the index in /data", not found, " ".join(found))
    for what, path in (
        ("the base folder", base),
        ("the finished folder", image.root),
        ("of it the libraries", image.root / "opt/pullquote"),
        ("of it the index", image.root / "data/index"),
    ):
        print(f"     {what}: {int(shell('du', '-sxk', path).split()[0]) / 1024:.0f} MB")


def check_answers(box: Container, healthcheck: Sequence[str], report: Report) -> None:
    """Answering from the volume and from a read-only folder, and the health check."""
    volume = box.new_volume()
    pullquote = list(json.loads(box.image.settings["ENTRYPOINT"]))

    def told(what: str, ran: Ran, *, held: bool = True, show: str = "") -> None:
        good = held and ran.code == 0
        figures = f"{ran.seconds:.2f} s ({ran.cpu_s:.2f} of CPU), peak {ran.peak_mb:.0f} MB"
        report.tell(what, good, figures + (f", {show}" if show else ""))
        if not good:
            print(ran.out[-2000:], ran.err[-2000:], f"exit code {ran.code}", sep="\n")

    ran = box.run(["sh", "-c", "id -u; cat /proc/self/status; touch /x /opt/pullquote/x"], volume)
    report.tell(
        "not root, no capability, no new privilege, nothing writable but /data and /tmp",
        not ran.out.startswith("0\n")
        and "CapEff:\t0000000000000000" in ran.out
        and "CapBnd:\t0000000000000000" in ran.out
        and "NoNewPrivs:\t1" in ran.out
        and ran.err.count("Read-only file system") == 2,
        f"uid {ran.out.splitlines()[0]}",
    )
    for _ in range(3):
        ran = box.run(healthcheck, volume)
        told(f"the health check ({shlex.join(healthcheck)})", ran)
    told("index status", ran := box.run([*pullquote, "index", "status", "--json"], volume))
    ask = [*pullquote, "ask", "--json", QUESTION]
    for _ in range(3):
        told("ask, from the volume", ran := box.run(ask, volume), **cited(ran))
    left = sorted(path.name for path in volume.iterdir())
    report.tell("which has left nothing beside the index", left == ["index"], " ".join(left))
    index = volume / "index"
    empty = box.new_volume(filled_from_image=False)
    mine = {index: "/data/index"}
    ran = box.run(ask, empty, binds=mine)
    told("ask, from an index mounted read-only", ran, **cited(ran))
    ran = box.run(["sh", "-c", "! touch /data/index/x"], empty, binds=mine)
    told("  which is indeed read-only", ran, held="Read-only" in ran.err)
    told("index verify, the same", box.run([*pullquote, "index", "verify"], empty, binds=mine))
    ran = box.run(ask, volume, user="4321:4321")
    told("ask, as any other user (--user 4321)", ran, **cited(ran))


def cited(ran: Ran) -> dict[str, Any]:
    """Whether the answer is one, from Kuleba; for `told`."""
    with suppress(json.JSONDecodeError):
        found = json.loads(ran.out)
        texts = [f"{c['speaker']}: {c['text'][:60]}…" for c in found["citations"][:1]]
        held = found["answered"] and any(
            "Kuleba" in (c["speaker"] or "") for c in found["citations"]
        )
        return {"held": held, "show": texts[0] if texts else ""}
    return {"held": False}


def check_failures(box: Container, report: Report) -> None:
    """One clear sentence and an exit code where something is missing; an end when told to stop."""
    volume = box.new_volume()
    pullquote = list(json.loads(box.image.settings["ENTRYPOINT"]))
    run = [*pullquote, *json.loads(box.image.settings["CMD"])]
    token = {"PULLQUOTE_DISCORD__TOKEN": "no.such.token"}

    def told(what: str, ran: Ran, words: str) -> None:
        said = [line for line in ran.err.splitlines() if line.startswith("pullquote:")]
        good = ran.code == 1 and words in ran.err and "Traceback" not in ran.err
        report.tell(what, good, f"{ran.seconds:.2f} s, says “{said[0] if said else ''}”")
        if not good:
            print(ran.err[-3000:], f"exit code {ran.code}", sep="\n")

    told("run without a token", box.run(run, volume), "token")
    empty = box.new_volume(filled_from_image=False)
    told("run on an empty volume", box.run(run, empty, env=token), "no index")
    told(
        "the health check's command there",
        box.run([*pullquote, "index", "status"], empty),
        "no index",
    )
    told("a build in the runtime image", box.run([*pullquote, "index", "build"], empty), "install")
    told("run where Discord cannot be reached", box.run(run, volume, env=token), "Discord")
    config = box.work / "pullquote.toml"
    config.write_text('[discord]\ntoken = "no.such.token"\n', encoding="utf-8")
    place = {"PULLQUOTE_CONFIG": "/run/secrets/pullquote.toml"}
    (box.image.root / "run/secrets").mkdir(exist_ok=True)  # an engine makes it too
    ran = box.run(
        [*pullquote, "config", "--json"],
        volume,
        env=place,
        binds={config: place["PULLQUOTE_CONFIG"]},
    )
    report.tell(
        "the token from a file, and masked",
        ran.code == 0 and "no.such.token" not in ran.out and "pullquote.toml" in ran.out,
    )
    hosts = box.work / "hosts"
    hosts.write_text("127.0.0.1 localhost discord.com gateway.discord.gg\n", encoding="ascii")
    ran = box.run(
        run,
        volume,
        env=token,
        binds={hosts: "/etc/hosts"},
        first=["ip link set lo up", f"{q(sys.executable)} -c {q(DISCORD_THAT_HANGS)} >&2 &"],
        stop_after=STOP_AFTER,
    )
    report.tell(
        "SIGTERM as process 1, while Discord hangs, ends it within the 10 s an engine waits",
        ran.code == 0 and ran.seconds < 10 and "Traceback" not in ran.err,
        f"{ran.seconds:.2f} s, exit code {ran.code}, peak {ran.peak_mb:.0f} MB",
    )
    print("     " + "\n     ".join(ran.err.strip().splitlines()[-4:]))


def check_build(image: Image, work: Path, report: Report) -> None:
    """The build stage as a tool: an index of other articles, then served by the runtime."""
    box = Container(image, work)
    volume = box.new_volume()
    articles = work / "articles"
    articles.mkdir(exist_ok=True)
    (articles / "harbour.txt").write_text(HARBOUR, encoding="utf-8")
    ran = box.run(
        ["pullquote", "index", "build", "/articles"], volume, binds={articles: "/articles"}
    )
    report.tell(
        "the build stage makes an index of mounted articles, locked down in the same way",
        ran.code == 0,
        f"{ran.seconds:.1f} s, peak {ran.peak_mb:.0f} MB, {ran.out.strip()}",
    )
    if ran.code:
        print(ran.err[-3000:])
    runtime = Container(
        Image(work / "runtime", dict(image.env), {}, image.user, image.folder), work
    )
    ran = runtime.run(["pullquote", "ask", "What did Mensah say?"], volume)
    report.tell("  which the runtime serves", "We will pay for the repair" in ran.out)
    ran = runtime.run(["pullquote", "index", "remove", "harbour"], volume)
    report.tell("  and takes articles out of", ran.code == 0, ran.out.strip())


def make_base(work: Path, options: argparse.Namespace) -> Path:
    """A minimal Debian, in place of the base image; kept from one run to the next."""
    base = work / "base"
    if not base.exists():
        shell(
            *("debootstrap", "--variant=minbase", f"--include={PACKAGES}"),
            *(options.suite, base, options.mirror),
        )
    for name in ("python", "python3"):
        link = base / "usr/local/bin" / name
        if not link.is_symlink():
            link.symlink_to("/usr/bin/python3")
    return base


def main() -> int:
    """Build the stages, check the last one, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="an empty folder, outside the repository")
    parser.add_argument("--suite", default="bookworm", help="the Debian release of the base")
    parser.add_argument("--mirror", default="http://deb.debian.org/debian")
    parser.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument(
        "--bind",
        action="append",
        default=[],
        metavar="PATH[:PLACE]",
        help="what RUN also sees of this machine (/some/pip.conf:/etc/pip.conf)",
    )
    parser.add_argument("--no-build", action="store_true", help="check what was built before")
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    base = make_base(work, options)
    stages = read_dockerfile((CONTEXT / "Dockerfile").read_text(encoding="utf-8"))
    builder = Builder(work, base, options)
    started = time.monotonic()
    for stage in stages:
        (builder.read if options.no_build else builder.build)(stage)
    print(f"Built in {time.monotonic() - started:.0f} s." if not options.no_build else "")
    report = Report()
    image = builder.images[stages[-1].name]
    check_contents(image, base, report)
    box = Container(image, work)
    health = read_healthcheck(stages[-1].all("HEALTHCHECK")[0])
    check_answers(box, health, report)
    check_failures(box, report)
    check_build(builder.images["build"], work, report)
    print(f"{report.failed} failed." if report.failed else "All held.")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
