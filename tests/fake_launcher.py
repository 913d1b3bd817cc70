"""Runs the real `pullquote run`, pointed at the fake Discord that the environment names.

What a test may shorten (waits measured in tens of seconds) is set here too, and nothing else.
"""

from __future__ import annotations

import os
import sys

if os.environ.get("FAKE_COMPRESSION") == "zlib":
    sys.modules["zstandard"] = None  # as where it is not installed

import discord
import yarl

from bot.cli import main


def point_at(address: str) -> None:
    discord.http.Route.BASE = f"{address}/api/v10"
    gateway = address.replace("http", "ws") + "/gateway"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    discord.asset.Asset.BASE = f"{address}/cdn"


def shorten() -> None:
    if timeout := os.environ.get("FAKE_HEARTBEAT_TIMEOUT"):
        of_discord = discord.AutoShardedClient._get_state

        def state(self, **options):
            return of_discord(self, **{**options, "heartbeat_timeout": float(timeout)})

        discord.AutoShardedClient._get_state = state
    if seconds := os.environ.get("FAKE_IDENTIFY_EVERY"):
        from bot.chat import gateway  # noqa: PLC0415

        gateway.IDENTIFY_EVERY = float(seconds)
    if silent := os.environ.get("FAKE_SILENT"):
        from bot.chat import delivery  # noqa: PLC0415

        delivery.SILENT = float(silent)
    if opener := os.environ.get("FAKE_OPENER"):
        from bot.chat.supervisor import Supervisor  # noqa: PLC0415

        Supervisor.__init__.__kwdefaults__["opener"] = opener


if __name__ == "__main__":
    point_at(os.environ["FAKE_DISCORD"])
    shorten()
    sys.exit(main(["run"]))
