"""Real text to measure on: the prose that any machine with Python on it already holds.

Gathered at run time from the docstrings and descriptions of the packages that Python finds
and from the descriptions of the system's packages; nothing of it is stored in the project.
It is no news, but it was written by many hands in whole sentences, and its words and
vectors are as unevenly spread as those of real writing are, which made-up text never is.
"""

from __future__ import annotations

import ast
import random
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
    """A name and a text for each description, document and module, in one mixed order."""
    if _DEBIAN.is_file():
        yield from _debian()
    folders = [Path(sysconfig.get_path(kind)) for kind in ("purelib", "stdlib")]
    found = {
        path: str(path.relative_to(folder))
        for folder, kinds in ((folders[0], ("METADATA", "*.py")), (folders[1], ("*.py",)))
        for kind in kinds
        for path in folder.rglob(kind)
    }
    documents = _DOCUMENTS.rglob("*") if _DOCUMENTS.is_dir() else ()
    found |= {path: f"doc/{path.relative_to(_DOCUMENTS)}" for path in documents if _reads(path)}
    # A part of them has to be as mixed as the whole.
    paths = sorted(found)
    random.Random(0).shuffle(paths)
    for path in paths:
        python = path.suffix == ".py"
        yield found[path], _docstrings(path) if python else path.read_text(errors="replace")


def _reads(path: Path) -> bool:
    return path.suffix in {"", ".txt", ".md", ".rst"} and path.is_file()


def _debian() -> Iterator[tuple[str, str]]:
    for record in _DEBIAN.read_text(encoding="utf-8", errors="replace").split("\n\n"):
        package = re.match(r"Package: (\S+)", record)
        about = re.search(r"^Description: (.*(?:\n .*)*)", record, re.MULTILINE)
        if package and about:
            yield f"debian/{package[1]}", re.sub(r"\n \.?", "\n", about[1])


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
