"""Real text to measure on: the prose that any machine with Python on it already holds.

Gathered at run time from the docstrings and descriptions of the packages that Python finds
and from the descriptions of the system's packages; nothing of it is stored in the project.
It is no news, but it was written by many hands in whole sentences, and its words and
vectors are as unevenly spread as those of real writing are, which made-up text never is.
"""

from __future__ import annotations

import ast
import re
import sysconfig
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from index.article import Article
from index.passages import split_passages
from index.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.article import Span
    from index.passages import Passage

_DEBIAN = Path("/var/lib/dpkg/status")
_DOCUMENTS = Path("/usr/share/doc")
_PROSE = re.compile(r"[A-Z\"“'(].*[a-z].*[.!?:]['\")”]?$", re.DOTALL)
_UNLIKE_PROSE = re.compile(r"^(?:>>>|\.\. |:\w+|[-=~*#|+]{3}|@|\$)|[{}<>=\[\]|\\]|\w\(|__|::")


def real_articles(*, most_passages: int) -> Iterator[tuple[Article, tuple[Span, ...]]]:
    """Articles of real prose with their sentences, a source file each, to so many passages."""
    seen: set[str] = set()
    passages = 0
    for name, text in _texts():
        paragraphs = [p for p in _paragraphs(text) if p not in seen]
        seen.update(paragraphs)
        if not paragraphs:
            continue
        article = _article(name, paragraphs)
        sentences = split_sentences(article)
        yield article, sentences
        passages += len(split_passages(sentences))
        if passages >= most_passages:
            return


def passages_of(sentences: tuple[Span, ...]) -> tuple[Passage, ...]:
    """The passages as a build makes them."""
    return split_passages(sentences)


def _article(name: str, paragraphs: list[str]) -> Article:
    blocks, at = [], 0
    for paragraph in paragraphs:
        blocks.append((at, at + len(paragraph)))
        at += len(paragraph) + 2
    return Article(id=name, text="\n\n".join(paragraphs), blocks=tuple(blocks), title=name)


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs that read as prose: no code, no tables, no lists of parameters."""
    for block in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in block.strip().splitlines()]
        if any(_UNLIKE_PROSE.search(line) for line in lines):
            continue
        paragraph = " ".join(" ".join(lines).split()).replace("`", "")
        if 5 <= len(paragraph.split()) <= 250 and _PROSE.match(paragraph):
            yield paragraph


def _texts() -> Iterator[tuple[str, str]]:
    """A name and a text for each description, document and module that can be found."""
    if _DEBIAN.is_file():
        for record in _DEBIAN.read_text(encoding="utf-8", errors="replace").split("\n\n"):
            package = re.match(r"Package: (\S+)", record)
            about = re.search(r"^Description: (.*(?:\n .*)*)", record, re.MULTILINE)
            if package and about:
                yield f"debian/{package[1]}", re.sub(r"\n \.?", "\n", about[1])
    libraries = [Path(sysconfig.get_path(kind)) for kind in ("purelib", "stdlib")]
    for folder in libraries:
        for path in sorted(folder.rglob("METADATA")):
            yield path.parent.name, path.read_text(encoding="utf-8", errors="replace")
    if _DOCUMENTS.is_dir():
        for path in sorted(_DOCUMENTS.rglob("*")):
            if path.suffix in {"", ".txt", ".md", ".rst"} and path.is_file():
                name = f"doc/{path.relative_to(_DOCUMENTS)}"
                yield name, path.read_text(encoding="utf-8", errors="replace")
    seen = set()
    for folder in libraries:
        for path in sorted(folder.rglob("*.py")):
            if path not in seen:
                seen.add(path)
                yield str(path.relative_to(folder)), _docstrings(path)


def _docstrings(path: Path) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError):
        return ""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return "\n\n".join(
        said
        for node in ast.walk(tree)
        if isinstance(node, kinds) and (said := ast.get_docstring(node))
    )
