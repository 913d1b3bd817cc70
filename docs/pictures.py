"""Draw every reply of the bot as docs/images/*.png, from what it really sends.

    python docs/pictures.py [SCENE...]

The bot runs against a simulated Discord (simcord) and answers from real indexes: of the sample
article, and of two made-up ones whose title, paper, author and day are known. Each message, as
Discord would store it, is laid out by drawing.py, and headless Chromium photographs the page at
a phone's width. Drawings, not photographs of Discord's own client. docs/pictures.md shows them.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "docs")]

from drawing import THEMES, document, scene_html  # noqa: E402
from scenes import CHAPTERS, SCENES  # noqa: E402
from stage import staged  # noqa: E402

IMAGES = ROOT / "docs" / "images"
PAGE = ROOT / "docs" / "pictures.md"
WIDTH = 390
"""Of a phone, in CSS pixels."""
SCALE = 2
COLOURS = 160
"""Of a picture, where Pillow is there to choose them: half the size, and no visible loss."""
CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
INTRODUCTION = """\
# What it looks like

Every kind of reply, on a phone, in Discord's dark and light themes. These are drawings, not
photographs: the messages are what the bot really sends (`python docs/pictures.py` runs it against a
simulated Discord and writes this page), but Discord's own client did not draw them, and its fonts
and measures differ in details. The questions are put to the sample article that Pullquote carries,
or, where title, paper and day matter, to two articles made up for it.
"""


def page() -> str:
    """The page that shows all pictures."""
    parts = [INTRODUCTION]
    for name, scene in SCENES.items():
        if name in CHAPTERS:
            parts.append(f"## {CHAPTERS[name]}\n")
        shown = " ".join(
            f'<img src="images/{name}-{theme}.png" width="{WIDTH}" alt="As drawn, {theme}">'
            for theme in THEMES
        )
        parts.append(f"{scene.caption}\n\n{shown}\n")
    return "\n".join(parts)


async def play(names: list[str]) -> dict[str, str]:
    """The scenes as HTML, by name."""
    drawn = {}
    for name in names:
        scene = SCENES[name]
        async with staged(scene.service(), queue=scene.queue) as stage:
            drawn[name] = scene_html(await scene.play(stage))
    return drawn


class Camera:
    """Headless Chromium."""

    def __init__(self) -> None:
        browser = shutil.which("chromium") or shutil.which("google-chrome")
        if browser is None:
            sys.exit("Chromium is needed: apt-get install chromium")
        self._browser = browser

    def heights(self, page: str) -> list[int]:
        """How high each scene of a page is."""
        measured = (
            "<script>document.title=[...document.querySelectorAll('.scene')]"
            ".map(one => Math.ceil(one.getBoundingClientRect().height)).join()</script>"
        )
        dumped = self._run(page + measured, 400, "--dump-dom")
        found = re.search(r"<title>([\d,]+)</title>", dumped)
        return list(map(int, found[1].split(","))) if found else []

    def photograph(self, page: str, target: Path, height: int) -> None:
        """The page as a picture."""
        scale = f"--force-device-scale-factor={SCALE}"
        self._run(page, height, scale, f"--screenshot={target}")

    def _run(self, page: str, height: int, *options: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "page.html"
            file.write_text(page, encoding="utf-8")
            return subprocess.run(  # noqa: S603
                [self._browser, *CHROMIUM, f"--user-data-dir={folder}/profile",
                 f"--window-size={WIDTH},{height}", *options, file.as_uri()],
                capture_output=True, check=True, text=True,
            ).stdout  # fmt: skip


def shrink(picture: Path) -> None:
    """Make a picture smaller, if Pillow is there."""
    try:
        from PIL import Image  # noqa: PLC0415 - not needed
    except ImportError:
        return
    with Image.open(picture) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(picture, optimize=True)


def main(*wanted: str) -> None:
    """Draw the pictures, or those that are named."""
    camera = Camera()
    IMAGES.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    current = {f"{name}-{theme}" for name in SCENES for theme in THEMES}
    for old in IMAGES.glob("*.png"):
        if old.stem not in current:
            old.unlink()
    drawn = asyncio.run(play(list(wanted) or list(SCENES)))
    heights = camera.heights(document(drawn.values(), theme="dark", width=WIDTH))
    for (name, scene), height in zip(drawn.items(), heights, strict=True):
        for theme in THEMES:
            target = IMAGES / f"{name}-{theme}.png"
            camera.photograph(document([scene], theme=theme, width=WIDTH), target, height)
            shrink(target)
            print(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(*sys.argv[1:])
