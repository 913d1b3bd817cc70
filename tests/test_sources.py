from __future__ import annotations

import itertools
import json
import os
import sys
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import MissingExtra, SourceError
from index.pages import as_printed
from index.sources import RawArticle, count_sources, read_sources, sample_source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Harbour board votes | The Carrow Courier</title>
<link rel="canonical" href="https://courier.example/2024/06/17/quay">
<meta property="og:title" content="Harbour board votes to rebuild the quay">
<meta property="og:site_name" content="The Carrow Courier">
<meta name="author" content="Mira Holt">
<meta property="article:published_time" content="2024-06-17T18:30:00+01:00"></head>
<body><nav><a href="/">Home</a></nav><article><h1>Harbour board votes to rebuild the quay</h1>
<p>The board voted on Monday to rebuild the east quay, closed since a storm in January.</p>
<p>“We should have done it years ago,” said <a href="/x">Ida Moll</a>, who has fished here since
1971. “Nobody <em>listened</em>.”</p>
<ul><li>The first stones are laid in March, the board says.</li></ul>
<p>The work will cost 3.5 million crowns; the state pays “nearly half”, its chairman said.</p>
</article><footer>All rights reserved.</footer></body></html>"""


def read(*sources: str | Path, max_bytes: int = 10_000) -> list[RawArticle | SourceError]:
    return list(read_sources(sources, max_bytes=max_bytes))


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def articles(found: list[RawArticle | SourceError]) -> dict[str, str]:
    return {one.id: one.text for one in found if isinstance(one, RawArticle)}


def problems(found: list[RawArticle | SourceError]) -> list[str]:
    return [str(one) for one in found if isinstance(one, SourceError)]


def test_the_sample_is_read_byte_for_byte_and_its_sidecar_is_no_article() -> None:
    (alone,) = read(sample_source())
    (found,) = read(sample_source().parent)
    assert isinstance(alone, RawArticle)
    assert alone == found
    assert alone.id == "sample"
    assert alone.text.encode() == sample_source().read_bytes()
    assert alone.title is alone.url is alone.published is None


def test_every_kind_in_a_folder_is_read_in_name_order(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            "a/notes.md": "# Quay\n\nA *storm* came.",
            "b.txt": "One.\r\n\r\nTwo  blanks.",
            "c.json": json.dumps({"id": "sea", "text": "C.", "title": " The\n sea "}),
            "d.json": json.dumps([{"text": "D1."}, {"text": "D2.", "id": "second"}]),
            "e.jsonl": '{"text": "E1."}\n\n{"text": "E3."}',
            "f.HTML": PAGE,
            ".hidden.txt": "No.",
            "f_files/style.css": "p {}",
        },
    )
    found = read(folder)
    assert problems(found) == []
    assert list(articles(found)) == ["notes", "b", "sea", "d-1", "second", "e-1", "e-3", "f"]
    assert articles(found)["b"] == "One.\r\n\r\nTwo  blanks."
    assert articles(found)["notes"] == "# Quay\n\nA *storm* came."
    assert found == read(folder)
    sea = found[2]
    assert isinstance(sea, RawArticle)
    assert (sea.title, sea.source) == ("The sea", str(folder / "c.json"))
    assert [one.source for one in found[5:7]] == [f"{folder / 'e.jsonl'}, line {n}" for n in (1, 3)]


def test_metadata_comes_from_the_sidecar_or_the_head_of_a_markdown_file(tmp_path: Path) -> None:
    data = {"id": "quay-1", "publisher": "Courier", "published": "2024-06-17", "language": "en"}
    head = "---\ntitle: 'Quay: closed'\nurl: https://courier.example/q\ntags: [a]\n---\nText."
    folder = write(tmp_path, {"quay.txt": "A.", "quay.json": json.dumps(data), "head.md": head})
    first, second = read(folder)
    assert isinstance(first, RawArticle)
    assert isinstance(second, RawArticle)
    assert (first.text, first.title, first.url) == (
        "Text.",
        "Quay: closed",
        "https://courier.example/q",
    )
    assert (second.id, second.publisher, second.published) == ("quay-1", "Courier", "2024-06-17")


def test_a_page_gives_its_main_text_and_what_it_states_of_itself(tmp_path: Path) -> None:
    (page,) = read(write(tmp_path, {"quay.html": PAGE}))
    assert isinstance(page, RawArticle)
    assert page.title == "Harbour board votes to rebuild the quay"
    assert page.url == "https://courier.example/2024/06/17/quay"
    assert (page.publisher, page.author) == ("The Carrow Courier", "Mira Holt")
    assert page.published == "2024-06-17"
    assert "Home" not in page.text
    assert "said Ida Moll, who has fished here" in page.text
    assert "“Nobody listened.”" in page.text
    assert "\nThe first stones are laid" in page.text


def test_a_page_that_states_nothing_gets_nothing_invented(tmp_path: Path) -> None:
    body = PAGE[PAGE.index("<p>") :].replace("in January", "on 3 January 2021")
    (page,) = read(write(tmp_path, {"quay.html": f"<html><body>{body}"}))
    assert isinstance(page, RawArticle)
    told = (page.title, page.url, page.publisher, page.author, page.published)
    assert told == (None,) * 5


def test_a_page_is_read_in_the_encoding_that_it_declares(tmp_path: Path) -> None:
    page = PAGE.replace('charset="utf-8"', 'charset="iso-8859-1"').encode("cp1252")
    (found,) = read(write(tmp_path, {"quay.html": page}))
    assert isinstance(found, RawArticle)
    assert "“Nobody listened.”" in found.text


def test_extraction_may_not_write_a_word_of_its_own() -> None:
    assert as_printed("- One two.\nThree.", "One\n two.Three.", "p") == "One two.\nThree."
    with pytest.raises(SourceError, match="p: its text cannot be taken out unaltered"):
        as_printed("One three.", "One two.", "p")


def test_pages_without_the_build_extra_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(MissingExtra, match="trafilatura") as caught:
        read(write(tmp_path, {"quay.html": PAGE}))
    assert "pip install 'pullquote[build]'" in caught.value.__notes__[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_understood(tmp_path: Path, encoding: str) -> None:
    found = read(write(tmp_path, {"a.txt": "Zoë’s “Ω” 👩‍👩‍👧".encode(encoding)}))
    assert articles(found) == {"a": "Zoë’s “Ω” 👩‍👩‍👧"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"caf\xe9", "is not UTF-8 text (byte 3); save it as UTF-8"),
        ("a.txt", b"\x7fELF\0\0", "holds NUL bytes, so it is not plain text; save it as text"),
        ("a.txt", b"", "has no text; put the article's text in, or leave it out"),
        ("a.txt", b" \r\n\xc2\xa0\xe2\x80\x8b", "has no text"),
        ("a.txt", b"\xff\xfea", "is not UTF-16 text"),
        ("a.txt", b"x" * 10_001, "is larger than 10,000 bytes; split it into single articles"),
        ("a.md", b"---\na: [\n---\nB.", "the lines between --- at its top are not YAML"),
        ("a.md", b"---\nauthor: [A, B]\n---\nB.", 'its "author" is a list, not text'),
        ("a.pdf", b"%PDF", "has an ending we do not read (.pdf); give .txt, .md"),
        ("a", b"text", "has an ending we do not read (none)"),
        ("a.html", b"", "is empty"),
        ("a.html", b"<html><body></body></html>", "no article was found in the page; save its"),
        ("a.html", b'<meta charset="klingon"><p>A.', "names an unknown encoding (klingon)"),
        ("a.html", b"<p>\xff\xff</p>", "is not UTF-8 text"),
        ("a.json", b"{", "is not valid JSON (Expecting property name"),
        ("a.json", b"", "is not valid JSON"),
        ("a.json", b"[" * 9_000, "is JSON that cannot be read (too deep"),
        ("a.json", b'{"text": ' + b"9" * 9_000 + b"}", "is JSON that cannot be read"),
        ("a.json", b"[]", "is an empty list"),
        ("a.json", b'"A."', 'is text, not an object; write {"text": "..."}'),
        ("a.json", b"[1]", "item 1: is a number, not an object"),
        ("a.json", b'{"title": "A"}', 'has no "text"; put the article into "text" as one string'),
        ("a.json", b'{"text": null}', 'its "text" is null, not text'),
        ("a.json", b'{"text": ["A."]}', 'its "text" is a list, not text'),
        ("a.json", b'{"text": "  "}', "has no text"),
        ("a.json", b'{"text": "a\\u0000b"}', "holds NUL bytes"),
        ("a.json", b'{"text": "a\\ud800b"}', "holds half of a surrogate pair"),
        ("a.json", b'{"text": "A.", "title": "\\udfff"}', 'its "title" holds characters that'),
        ("a.json", b'{"text": "A.", "title": 7}', 'its "title" is a number, not text; write'),
        ("a.json", b'{"text": "A.", "author": ["B"]}', 'its "author" is a list, not text'),
        ("a.json", b'{"text": "A.", "publisher": true}', 'its "publisher" is true or false'),
        ("a.json", b'{"text": "A.", "published": "Monday"}', "is 'Monday', not a date; write it"),
        ("a.json", b'{"text": "A.", "published": "2024-13-01"}', "not a date"),
        ("a.json", b'{"text": "A.", "url": "javascript:x()"}', "not a web address; give the whole"),
        ("a.json", b'{"text": "A.", "url": "https://"}', "not a web address"),
        ("a.json", b'{"text": "A.", "url": "http://[::1"}', "not a web address"),
        ("a.json", b'{"text": "A.", "id": 7}', "its id is a number, not text"),
        ("a.json", b'{"text": "A.", "id": "../x"}', "its id '../x' cannot be used; use 1 to 100"),
        ("a.json", b'{"text": "A.", "id": ""}', "its id '' cannot be used"),
        ("a.json", b'{"text": "A.", "id": "a\\nb"}', "cannot be used"),
        ("a.json", b'{"text": "A.", "id": "\\ud800"}', "cannot be used"),
        ("a.jsonl", b"\n\n", "is empty"),
        ("a.jsonl", '{"text": "A."}'.encode("utf-16"), "is JSON lines in UTF-16"),
    ],
)
def test_what_cannot_be_read_says_why_and_the_rest_goes_on(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    folder = write(tmp_path, {name: content, "good.txt": "Good."})
    found = read(folder)
    (problem,) = problems(found)
    assert problem.startswith(str(folder / name))
    assert says in problem
    assert "\n" not in problem
    assert articles(found) == {"good": "Good."}


def test_a_bad_line_does_not_hide_the_others(tmp_path: Path) -> None:
    lines = [b'{"text": "A."}', b"{oops", b"\xff", b'{"text": "' + b"x" * 300_000 + b'"}',
             b'{"text": 5}', b'{"text": "B.\\n", "url": "https://a.example/"}']  # fmt: skip
    found = read(write(tmp_path, {"a.jsonl": b"\r\n".join(lines)}))
    assert articles(found) == {"a-1": "A.", "a-6": "B.\n"}
    assert [problem.split(": ")[0][-6:] for problem in problems(found)] == [
        f"line {n}" for n in (2, 3, 4, 5)
    ]


def test_places_that_hold_nothing_say_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    found = read(
        tmp_path / "absent", tmp_path / "empty", tmp_path / "pipe", "https://a.example/b", "\0"
    )
    says = ["does not exist", "holds no article", "is not a regular file", "is a web address"]
    assert len(found) == 5
    assert all(words in problem for words, problem in zip(says, problems(found), strict=False))
    assert problems(found)[4].endswith("does not exist; check the path")


def test_a_broken_sidecar_is_told_once_by_its_text(tmp_path: Path) -> None:
    found = read(write(tmp_path, {"a.txt": "A.", "a.json": "{", "b.txt": "B."}))
    assert articles(found) == {"b": "B."}
    assert len(problems(found)) == 1
    assert "a.json: is not valid JSON" in problems(found)[0]


def test_one_given_id_twice_names_both_places(tmp_path: Path) -> None:
    record = json.dumps({"id": "quay", "text": "A."})
    found = read(write(tmp_path, {"a.json": record, "b.jsonl": f"{record}\n"}))
    assert list(articles(found)) == ["quay"]
    (problem,) = problems(found)
    assert "b.jsonl, line 1: its id 'quay' is already that of" in problem
    assert "a.json" in problem


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    files = {f"{day}/index.txt": "A." for day in ("monday", "tuesday")}
    found = read(write(tmp_path, files | {"x/tuesday/index.md": "B."}))
    assert list(articles(found)) == ["index", "tuesday-index", "x-tuesday-index"]


def test_a_file_met_twice_is_read_once(tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.txt": "A."})
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "b.txt").symlink_to(folder / "a.txt")
    assert articles(read(folder, folder / "a.txt", str(folder))) == {"a": "A."}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Quay vote (final).txt", "Quay-vote-final"), ("été.txt", "été"), ("日本.txt", "日本"),
     ("x" * 200 + ".txt", "x" * 100), ("---.txt", "article"), ("a\nb.txt", "a-b"),
     (os.fsdecode(b"\xffa.txt"), "a")],
)  # fmt: skip
def test_an_id_made_from_a_file_name_is_safe(tmp_path: Path, name: str, expected: str) -> None:
    found = read(write(tmp_path, {name: "A."}))
    assert list(articles(found)) == [expected]
    assert all(isinstance(one, RawArticle) and one.source.encode() for one in found)


def test_json_lines_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "big.jsonl"
    line = json.dumps({"text": "x" * 100_000}) + "\n"
    with path.open("w") as file:
        file.writelines(itertools.repeat(line, 400))
    tracemalloc.start()
    count = sum(1 for _ in read_sources([path], max_bytes=1_000_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 400
    assert peak < 5_000_000


@given(st.binary(max_size=200), st.sampled_from([".txt", ".md", ".json", ".jsonl"]))
def test_any_bytes_are_an_article_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(content)
    for one in read(path):
        assert isinstance(one, (RawArticle, SourceError))
        if isinstance(one, RawArticle):
            assert one.text.strip()
            one.text.encode()


def test_articles_are_counted_before_they_are_read(tmp_path):
    (tmp_path / "a.txt").write_text("One.", encoding="utf-8")
    (tmp_path / "a.json").write_text('{"title": "A"}', encoding="utf-8")
    (tmp_path / "b.json").write_text('{"text": "Two."}', encoding="utf-8")
    (tmp_path / "c.jsonl").write_text('{"text": "Three."}\n{"text": "Four."}', encoding="utf-8")

    assert count_sources([tmp_path, tmp_path / "a.txt"]) == 4
    assert len(list(read_sources([tmp_path], max_bytes=1000))) == 4


def test_articles_in_a_json_list_are_not_counted(tmp_path):
    (tmp_path / "many.json").write_text(' [{"text": "One."}, {"text": "Two."}]', encoding="utf-8")

    assert count_sources([tmp_path]) is None
