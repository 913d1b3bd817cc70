"""The tables of the Discord side's database; `migrations` makes them.

Times are seconds since 1970 (UTC), ids of Discord are whole numbers of 64 bits.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, MetaData, String, Table, Text

metadata = MetaData()

servers = Table(
    "servers",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("settings", Text, nullable=False),
    Column("revision", BigInteger, nullable=False, index=True),
)
"""What each server has set, as JSON. `revision` grows with every change of any server."""

revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("database", String(32), nullable=False),
)
"""One row: the latest revision, and a name of this database by which another is noticed.
Whoever changes a server raises it first, which makes changes take turns in any database."""

answers = Table(
    "answers",
    metadata,
    Column("token", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("question", Text),
    Column("asker", BigInteger, nullable=False, index=True),
    Column("guild_id", BigInteger, index=True),
    Column("channel_id", BigInteger),
    Column("message_channel_id", BigInteger),
    Column("message_id", BigInteger),
    Column("private", Boolean, nullable=False),
    Column("citations", Text, nullable=False),
    Column("page", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False, index=True),
)
"""What was shown: places in articles and nothing of their text. A button names a row."""

helpful = Table(
    "helpful",
    metadata,
    Column("token", String(32), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger, index=True),
    Column("yes", Boolean, nullable=False),
    Column("at", Float, nullable=False, index=True),
)

refusals = Table(
    "refusals",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("guild_id", BigInteger, index=True),
    Column("reason", String(40), nullable=False),
    Column("question", Text),
    Column("user_id", BigInteger, index=True),
    Column("at", Float, nullable=False, index=True),
)
"""`question` and `user_id` only where the server keeps questions."""
