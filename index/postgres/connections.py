"""Connections: to whichever of the address's servers can be asked, and to another when one dies.

A read is whole in itself, so one that lost its server is simply asked again elsewhere, for
`PATIENCE` seconds in all. Hosts that failed lately are asked last. An address has a password
in it: nothing here logs one, and what errors say of it is `shown`.
"""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict

from index.errors import IncompatibleIndex, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import SecretStr

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds for which a read is tried on one host after the other."""
SHUNNED = 30.0
"""Seconds for which a host that failed is asked last."""
PAUSE = 0.05
"""Seconds between two rounds over the hosts."""
MOST = 4
"""Connections that are open for reading at once; whoever finds none free waits."""
STATEMENT_MS = 30_000
"""Milliseconds after which a server gives up a read."""
_LIFE: dict[str, Any] = {
    "connect_timeout": 2,  # the least that libpq knows
    "tcp_user_timeout": 1500,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "application_name": "pullquote",
}
_STANDBYS_ONLY = frozenset({"standby", "read-only"})
_PRIMARY_ONLY = frozenset({"primary", "read-write"})


class Behind(Exception):
    """A standby has not been told yet of the generation that is read."""


class Address:
    """A libpq address, of one host or of several."""

    def __init__(self, url: SecretStr) -> None:
        try:
            found = {k: v for k, v in conninfo_to_dict(url.get_secret_value()).items() if v}
        except psycopg.ProgrammingError:
            # The library's own message repeats the address, password and all.
            problem = "its address is not one that PostgreSQL understands"
            raise IncompatibleIndex("the database", problem) from None
        hosts = str(found.pop("host", "")).split(",")
        ports = str(found.pop("port", "")).split(",")
        if len(ports) == 1:
            ports *= len(hosts)
        self.hosts = tuple(zip(hosts, ports, strict=False))
        self.wanted = str(found.pop("target_session_attrs", "any"))
        self.options = {**_LIFE, **found}
        user = f"{found['user']}@" if "user" in found else ""
        named = ",".join(f"{h}:{p}" if p else h for h, p in self.hosts)
        self.shown = f"postgresql://{user}{named}/{found.get('dbname', '')}"

    def connect(self, host: str, port: str) -> psycopg.Connection[Any]:
        """Connect to one of the hosts. Raises `psycopg.OperationalError`."""
        where: dict[str, Any] = {"host": host or None, "port": port or None}
        return psycopg.connect(
            **self.options,
            **where,
            target_session_attrs="any",
            autocommit=True,
            prepare_threshold=None,
        )

    def connect_to_primary(self) -> psycopg.Connection[Any]:
        """Connect to the host that takes writes. Raises `StoreUnreachable`."""
        problem = "none of its servers takes writes"
        for host, port in self.hosts:
            try:
                connection = self.connect(host, port)
            except psycopg.OperationalError as error:
                problem = first_line(error)
                continue
            if not is_standby(connection):
                return connection
            connection.close()
        raise StoreUnreachable(self.shown, problem)


class Connections:
    """Open connections for reading. Safe to use from several threads."""

    def __init__(self, address: Address, *, most: int = MOST) -> None:
        self.address = address
        self._idle: list[psycopg.Connection[Any]] = []
        self._places = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._failed: dict[tuple[str, str], float] = {}
        weakref.finalize(self, _close, self._idle)

    def run(self, read: Callable[[psycopg.Connection[Any]], T]) -> T:
        """What `read` gives, tried again where a server was lost. Raises `StoreUnreachable`."""
        until = time.monotonic() + PATIENCE
        if not self._places.acquire(timeout=PATIENCE + STATEMENT_MS / 1000):
            raise StoreUnreachable(self.address.shown, "all its connections are busy")
        try:
            while True:
                try:
                    return self._try(read)
                except (psycopg.OperationalError, psycopg.InterfaceError, Behind) as error:
                    if isinstance(error, pg.QueryCanceled):
                        raise StoreUnreachable(self.address.shown, first_line(error)) from error
                    if time.monotonic() + PAUSE > until:
                        raise StoreUnreachable(self.address.shown, first_line(error)) from error
                    time.sleep(PAUSE)
        finally:
            self._places.release()

    def close(self) -> None:
        """Close those that are idle; one in use closes when it is given back."""
        with self._lock:
            _close(self._idle)

    def _try(self, read: Callable[[psycopg.Connection[Any]], T]) -> T:
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self._connect()
        try:
            found = read(connection)
        except (psycopg.OperationalError, psycopg.InterfaceError, Behind):
            self._shun((connection.info.host, str(connection.info.port)), connection)
            raise
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)
        return found

    def _shun(self, host: tuple[str, str], connection: psycopg.Connection[Any]) -> None:
        connection.close()
        for known in self.address.hosts:
            if known[0] in {host[0], ""} and known[1] in {host[1], ""}:
                self._failed[known] = time.monotonic()
        # Its other connections are as dead, and each would cost a try.
        self.close()

    def _connect(self) -> psycopg.Connection[Any]:
        """Connect to the first host of the wanted kind, those that failed lately last."""
        wanted = self.address.wanted
        spare: psycopg.Connection[Any] | None = None
        problem: Exception = psycopg.OperationalError("none of its servers is of the wanted kind")
        for host in self._in_order():
            try:
                connection = self.address.connect(*host)
                connection.execute(f"SET statement_timeout = {STATEMENT_MS}")
                connection.execute("SET default_transaction_read_only = on")
            except psycopg.OperationalError as error:
                self._failed[host] = time.monotonic()
                problem = error
                continue
            standby = is_standby(connection)
            if (wanted in _STANDBYS_ONLY and not standby) or (wanted in _PRIMARY_ONLY and standby):
                connection.close()
            elif wanted == "prefer-standby" and not standby and spare is None:
                spare = connection
            else:
                if spare is not None:
                    spare.close()
                return connection
        if spare is not None:
            return spare
        raise problem

    def _in_order(self) -> Iterator[tuple[str, str]]:
        now = time.monotonic()
        shunned = [h for h in self.address.hosts if now - self._failed.get(h, -SHUNNED) < SHUNNED]
        yield from (host for host in self.address.hosts if host not in shunned)
        yield from sorted(shunned, key=lambda host: self._failed[host])


def _close(idle: list[psycopg.Connection[Any]]) -> None:
    while idle:
        idle.pop().close()


def is_standby(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server follows another and takes no writes."""
    return connection.info.parameter_status("in_hot_standby") == "on"


def first_line(error: BaseException) -> str:
    """What a library's error says first, for a sentence."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
