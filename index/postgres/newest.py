"""Which generation is the last: one row, read now and then by whoever waits for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from index.postgres.connections import Address, Connections, is_standby
from index.postgres.schema import explained, read_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg
    from pydantic import SecretStr


def newest_at(url: SecretStr) -> Callable[[], tuple[tuple[int, str], bool] | None]:
    """What gives the last generation (number, time of making), and whether a standby says so.

    None where there is none. It raises `StoreUnreachable` and what `explained` does, and keeps
    one connection.
    """
    address = Address(url)
    connections = Connections(address, most=1)

    def read(connection: psycopg.Connection[Any]) -> tuple[tuple[int, str], bool] | None:
        with explained(connection, address):
            if read_schema(connection) is None:
                return None
            row = connection.execute(
                "SELECT generation, built FROM pullquote.generations"
                " ORDER BY generation DESC LIMIT 1"
            ).fetchone()
            return None if row is None else (row, is_standby(connection))

    return lambda: connections.run(read)
