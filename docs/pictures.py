"""Draw what Discord shows for each command, from what the bot really sends, as docs/images/*.png.

    python docs/pictures.py

The bot runs against a simulated Discord (simcord); its embeds are read by the rules in
tests/discord_markdown.py and laid out with Discord's measures and colours in a page, which
headless Chromium photographs. A drawing, not a photograph of Discord's own client.
"""

from __future__ import annotations

import asyncio
import html
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from discord_markdown import read  # noqa: E402
from discord_world import Newsroom, article_of, find, said, world  # noqa: E402

from bot.answers.answer import Answer, Citation  # noqa: E402
from bot.bootstrap import open_service  # noqa: E402
from config.settings import IndexSettings, Settings  # noqa: E402
from index.speech import Speaker  # noqa: E402

if TYPE_CHECKING:
    import discord
    from discord_markdown import Line, Piece

    from bot.answers.service import AnswerService

IMAGES = ROOT / "docs" / "images"
PHONE, DESK = 390, 640
SCALE = 2
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
THEMES = {
    "dark": {
        "page": "#313338", "embed": "#2b2d31", "text": "#dbdee1", "strong": "#f2f3f5",
        "faint": "#949ba4", "bar": "#4e5058", "link": "#00a8fc", "button": "#4e5058",
        "buttontext": "#ffffff", "time": "#45474e", "edge": "transparent",
    },
    "light": {
        "page": "#ffffff", "embed": "#f2f3f5", "text": "#313338", "strong": "#060607",
        "faint": "#5c5e66", "bar": "#c4c9ce", "link": "#006ce7", "button": "#e3e5e8",
        "buttontext": "#313338", "time": "#e3e5e8", "edge": "#e3e5e8",
    },
}  # fmt: skip
STYLE = """
* { box-sizing: border-box; margin: 0 }
body { background: %(page)s; color: %(text)s; width: %(width)dpx; padding: 14px 14px 16px;
  font: 16px/1.375 "gg sans", "Noto Sans", "Helvetica Neue", "Liberation Sans", Arial, sans-serif }
.used { color: %(faint)s; font-size: 14px; margin: 0 0 6px 22px }
.used b { color: %(strong)s; font-weight: 500 }
.used i { font-style: normal; color: %(link)s }
.message { display: flex; gap: 14px }
.avatar { flex: 0 0 40px; height: 40px; border-radius: 50%%; background: #3b6ea5; color: #fff;
  font: 700 34px/58px Georgia, "DejaVu Serif", serif; text-align: center }
.body { flex: 1; min-width: 0 }
.who { color: %(strong)s; font-weight: 600 }
.who span { background: #5865f2; color: #fff; font-size: 10px; font-weight: 600; padding: 1px 5px;
  border-radius: 4px; vertical-align: 2px; margin-left: 4px }
.embed { background: %(embed)s; border-left: 4px solid; border-radius: 4px; margin-top: 6px;
  padding: 8px 14px 12px 12px; font-size: 14.5px; max-width: 516px;
  box-shadow: inset 0 0 0 1px %(edge)s }
.author { font-weight: 600; font-size: 14px; color: %(strong)s; margin-top: 4px }
.title { font-weight: 600; font-size: 16px; color: %(strong)s; margin-top: 4px }
.description { margin-top: 6px; overflow-wrap: break-word; white-space: pre-wrap }
.quote { border-left: 4px solid %(bar)s; border-radius: 4px; padding-left: 12px; margin: 1px 0 3px }
.footer { color: %(faint)s; font-size: 12px; margin-top: 8px }
.description b { font-weight: 700; color: %(strong)s }
a { color: %(link)s; text-decoration: none }
time { background: %(time)s; border-radius: 3px; padding: 0 2px }
.buttons { display: flex; gap: 8px; margin-top: 8px }
.buttons span { background: %(button)s; color: %(buttontext)s; border-radius: 8px;
  padding: 6px 14px; font-size: 14px; font-weight: 500 }
.buttons .off { opacity: .5 }
"""


class Harbour(Newsroom):
    """A newsroom with an article whose title, paper, day and address are known (all made up)."""

    def __init__(self) -> None:
        article = article_of(
            "The old swing bridge will stay shut over the winter, the harbour board said.\n\n"
            "“The first ferry crosses under it on 3 May, and not a day later,” said Ada Lund, "
            "who runs the works.",
            title="Swing bridge to stay shut until May",
            publisher="The Harbour Post",
            published="2026-01-12",
            url="https://harbour.example/bridge",
        )
        super().__init__((article,))

    def ask(self, question: str, **_: object) -> Answer:
        """Answer with Lund's words."""
        article = self.known[0]
        words = "The first ferry crosses under it on 3 May, and not a day later,"
        sentence = article.paragraphs[1].span
        lund = said(article, sentence.text, words, speaker=Speaker("Ada Lund", "lund"))
        answer = Citation(sentence, 0.9, (find(article, "on 3 May"),), lund)
        return Answer(question, 0.9, (answer,))


def sample_service() -> AnswerService:
    """The real service on the sample article."""
    folder = Path(tempfile.mkdtemp()) / "index"
    return open_service(Settings(index=IndexSettings(folder=folder)), build_sample=True)


async def collect() -> dict[str, tuple[str, discord.Message]]:
    """What each command is answered with."""
    sample, harbour = sample_service(), Harbour()
    wanted = {
        "ask": (sample, "ask", {"question": "what did Kuleba say?"}),
        "ask-linked": (harbour, "ask", {"question": "when will the bridge open?"}),
        "refusal": (sample, "ask", {"question": "What did Kirby say about Paris?"}),
        "quotes": (sample, "quotes", {}),
        "check": (sample, "check", {"quote": "First they must win this war"}),
        "check-verbatim": (sample, "check", {"quote": "First they gotta win this war"}),
        "summary": (sample, "summary", {"sentences": 3}),
    }
    shown = {}
    for name, (service, command, options) in wanted.items():
        async with world(service) as w:
            result = await w.alice.slash(w.channel, command, **options)
            typed = " ".join([f"/{command}", *(f"{key}:{value}" for key, value in options.items())])
            shown[name] = (typed, result.response.message)
    return shown


def page_of(typed: str, message: discord.Message, *, theme: str, width: int) -> str:
    """The message as an HTML page."""
    style = STYLE % {**THEMES[theme], "width": width}
    embeds = "".join(embed_html(embed) for embed in message.embeds)
    buttons = "".join(
        f'<span class="{"off" if button.disabled else ""}">{html.escape(button.label or "")}</span>'
        for row in message.components
        for button in row.children
    )
    return (
        f"<!doctype html><meta charset=utf-8><style>{style}</style>"
        f"<div class=used>↳ <b>Alice</b> used <i>{html.escape(typed)}</i></div>"
        f"<div class=message><div class=avatar>“</div><div class=body>"
        f"<div class=who>Pullquote <span>APP</span></div>{embeds}"
        f"<div class=buttons>{buttons}</div></div></div>"
    )


def embed_html(embed: discord.Embed) -> str:
    """One embed."""
    colour = f"#{embed.colour.value:06x}" if embed.colour else "#1e1f22"
    parts = [f'<div class=embed style="border-left-color:{colour}">']
    if embed.author.name:
        parts.append(f"<div class=author>{html.escape(embed.author.name)}</div>")
    if embed.title:
        parts.append(f"<div class=title>{lines_html(read(embed.title))}</div>")
    if embed.description:
        lines = lines_html(read(embed.description))
        parts.append(f"<div class=description>{lines}</div>")
    if embed.footer.text:
        parts.append(f"<div class=footer>{html.escape(embed.footer.text)}</div>")
    return "".join([*parts, "</div>"])


def lines_html(lines: list[Line]) -> str:
    """Lines, those of a block quote together behind its bar."""
    out = ""
    for place, line in enumerate(lines):
        before = lines[place - 1] if place else None
        if before and not (before.quoted and not line.quoted):
            out += "\n"
        if line.quoted and not (before and before.quoted):
            out += "<div class=quote>"
        out += "".join(map(piece_html, line.pieces))
        after = lines[place + 1] if place + 1 < len(lines) else None
        if line.quoted and not (after and after.quoted):
            out += "</div>"
    return out


def piece_html(piece: Piece) -> str:
    """A stretch of text in its styles."""
    text = html.escape(piece.text)
    if "time" in piece.styles and (stamp := re.search(r"-?\d+", piece.text)):
        day = datetime.fromtimestamp(int(stamp[0]), UTC)
        return f"<time>{day:%B} {day.day}, {day.year}</time>"
    for style, tag in (("bold", "b"), ("italic", "em"), ("strike", "s"), ("code", "code")):
        if style in piece.styles:
            text = f"<{tag}>{text}</{tag}>"
    return f"<a>{text}</a>" if piece.url else text


def photograph(page: str, target: Path, *, width: int) -> None:
    """The page as a picture, as high as it is."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("Chromium is needed: apt-get install chromium")
    measure = "<script>document.title=document.documentElement.offsetHeight</script>"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page + measure, encoding="utf-8")
        common = [browser, *CHROMIUM, f"--user-data-dir={folder}/profile"]
        dumped = subprocess.run(  # noqa: S603
            [*common, f"--window-size={width},400", "--dump-dom", file.as_uri()],
            capture_output=True, check=True, text=True,
        )  # fmt: skip
        found = re.search(r"<title>(\d+)</title>", dumped.stdout)
        height = int(found[1]) if found else 800
        subprocess.run(  # noqa: S603
            [*common, f"--window-size={width},{height}", f"--force-device-scale-factor={SCALE}",
             f"--screenshot={target}", file.as_uri()],
            capture_output=True, check=True,
        )  # fmt: skip
    if quantiser := shutil.which("pngquant"):  # half the size; not needed
        subprocess.run([quantiser, "--force", "--output", target, "--", target], check=True)  # noqa: S603


def main() -> None:
    """Draw all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for old in IMAGES.glob("*.png"):
        old.unlink()
    for name, (typed, message) in asyncio.run(collect()).items():
        for theme in THEMES:
            page = page_of(typed, message, theme=theme, width=PHONE)
            photograph(page, IMAGES / f"{name}-{theme}.png", width=PHONE)
        if name == "ask-linked":
            page = page_of(typed, message, theme="dark", width=DESK)
            photograph(page, IMAGES / "ask-linked-wide.png", width=DESK)
    for picture in sorted(IMAGES.glob("*.png")):
        print(f"{picture.relative_to(ROOT)}  {picture.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
