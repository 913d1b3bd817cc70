"""The bot as a process of its own, talking to a Discord on 127.0.0.1 over real sockets."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any, Self

from fake_discord import TOKEN, FakeDiscord

HERE = Path(__file__).parent
LAUNCHER = HERE / "fake_launcher.py"


def link_index(index: Path, folder: Path) -> Path:
    """The index under another name, so that what is kept beside it is a test's own."""
    link = folder / "index"
    link.symlink_to(index, target_is_directory=True)
    return link


class BotProcess:
    """`pullquote run`, started; its log is read as it stands."""

    def __init__(self, discord: FakeDiscord, index: Path, home: Path, **env: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._log = home / "log"
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "HOME": str(home),
            "PYTHONPATH": str(HERE.parent),
            "PYTHONWARNINGS": "ignore",
            "OMP_NUM_THREADS": "1",
            "FAKE_DISCORD": discord.address,
            "FAKE_IDENTIFY_EVERY": "0.2",
            "PULLQUOTE_DISCORD__TOKEN": TOKEN,
            "PULLQUOTE_INDEX__FOLDER": str(index),
            "PULLQUOTE_LOGS__FORMAT": "human",
            **env,
        }
        self._home = home
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, str(LAUNCHER)),
                cwd=self._home,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    async def ended(self, *, seconds: float = 20.0) -> int:
        async with asyncio.timeout(seconds):
            return await self.process.wait()

    async def stop(self) -> int:
        """Ask it to end, as a service manager does; its exit code."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)
        return await self.ended(seconds=12)

    def kill(self) -> None:
        if self.running:
            self.process.kill()


class Wire:
    """A Discord and a bot that is connected to it."""

    def __init__(self, discord: FakeDiscord, bot: BotProcess) -> None:
        self.discord = discord
        self.bot = bot

    async def __aenter__(self) -> Self:
        await self.bot.start()
        await self.connected()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.bot.kill()
        await self.bot.process.wait()

    async def connected(self, *, seconds: float = 30.0) -> None:
        """Wait until the bot has a session, or say why it ended."""
        waiting = asyncio.create_task(
            self.discord.until(lambda: self.discord.gateway.connected, seconds=seconds)
        )
        ending = asyncio.create_task(self.bot.process.wait())
        await asyncio.wait({waiting, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if not waiting.done():
            waiting.cancel()
            raise AssertionError(f"the bot ended:\n{self.bot.log}")
        try:
            await waiting
        except TimeoutError:
            raise AssertionError(f"the bot does not connect:\n{self.bot.log}") from None

    async def answered(self, question: str, **options: Any) -> Any:
        """Ask by a command, and wait for the answer."""
        one = await self.discord.slash("ask", question=question, **options)
        await self.discord.until(lambda: one.answered)
        return one

    def settle(self) -> None:
        """End a test: nothing that was said was against the rules, and nothing is left over."""
        discord = self.discord
        broken, discord.broken = discord.broken, []
        broken += discord.gateway.broken
        discord.gateway.broken = []
        discord.faults.clear()
        discord.requests.clear()
        assert not broken, "\n".join(broken)
        assert not self.bot.process.returncode, self.bot.log
