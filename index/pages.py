"""Pages: the article in an HTML page, taken out by trafilatura.

The library finds the main text and may not change it: every line that it hands over is
looked up in the page again. It is heavy, part of the `build` extra, and imported late.
"""

from __future__ import annotations

from index.errors import MissingExtra, SourceError


def extract(page: str, source: str) -> tuple[str, dict[str, object]]:
    """The page's main text and what the page states of itself; no date is guessed."""
    try:
        from lxml.etree import LxmlError  # noqa: PLC0415 - comes with trafilatura
        from trafilatura import bare_extraction, load_html  # noqa: PLC0415 - heavy
    except ImportError as error:
        raise MissingExtra("Reading HTML pages", "trafilatura") from error
    try:
        tree = load_html(page)
        shown = "".join(tree.itertext()) if tree is not None else ""
        found = bare_extraction(
            page,
            include_comments=False,
            include_tables=False,
            with_metadata=True,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except (LxmlError, ValueError, RecursionError) as error:
        raise SourceError(
            source, "is not a page that can be read", "save its text as .txt and give that"
        ) from error
    if found is None or not found.text:
        raise SourceError(
            source, "no article was found in the page", "save its text as .txt and give that"
        )
    data = {
        "title": found.title,
        "url": found.url,
        "publisher": found.sitename,
        "author": found.author,
        "published": found.date,
    }
    return as_printed(found.text, shown, source), data


def as_printed(extracted: str, shown: str, source: str) -> str:
    """The extracted lines, each checked against the page (blanks aside); list signs come off.

    Extraction may not write a word of its own: what is quoted later must stand in the page.
    """
    page = "".join(shown.split())
    lines = []
    for line in extracted.splitlines():
        bare = line if "".join(line.split()) in page else line.removeprefix("- ")
        if "".join(bare.split()) not in page:
            raise SourceError(
                source,
                f"its text cannot be taken out unaltered (near {line[:40]!r})",
                "save its text as .txt and give that",
            )
        lines.append(bare)
    return "\n".join(lines)
