"""A bot's engine, started to be killed: prints its answering process's number, then asks."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from bot.chat.supervisor import Supervisor  # noqa: E402
from config.settings import EmbeddingSettings, IndexSettings, Settings  # noqa: E402


async def main() -> None:
    """Ask what the command line says, if anything, and wait."""
    settings = Settings(
        index=IndexSettings(folder=Path(sys.argv[1])),
        embedding=EmbeddingSettings(model=sys.argv[2]),
    )
    engine = Supervisor(settings, patience=1.0, look_every=0, opener="unruly:open_unruly")

    await engine.start(lambda _: None)
    asking = asyncio.create_task(engine.call("ask", sys.argv[3])) if sys.argv[3] else None
    await asyncio.sleep(0.1)
    sys.stdout.write(f"{engine.pid}\n")
    sys.stdout.flush()
    await asyncio.sleep(60)
    if asking is not None:
        asking.cancel()


asyncio.run(main())
