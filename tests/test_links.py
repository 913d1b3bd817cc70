"""Links that open the newspaper's page at the sentence."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers.links import LONGEST_LINK, link_to
from index.article import Article, Span

TEXT = (
    "The council met, at last. It voted 5-4 & went home.\n\n"
    "The mayor spoke for an hour about the wall. Nobody listened to her then.\n\n"
    "The mayor spoke for an hour about the fish. Nobody listened to her then.\n\n"
    "A very long sentence follows here which goes on about the harbour and the wall and the "
    "money and the storm and the people until at some point it comes to its end."
)


def make(text: str = TEXT, url: str | None = "https://example.org/a") -> Article:
    blocks = tuple(match.span() for match in re.finditer(r"\S(?:.*\S)?", text))
    return Article("a", text, blocks, url=url)


def span_of(words: str, *, nth: int = 0, url: str | None = "https://example.org/a") -> Span:
    starts = [match.start() for match in re.finditer(re.escape(words), TEXT)]
    return Span(make(url=url), starts[nth], starts[nth] + len(words))


def parts_of(link: str) -> list[str]:
    return [unquote(part) for part in link.partition(":~:text=")[2].split(",")]


def test_a_short_sentence_is_named_whole_with_its_marks_encoded():
    link = link_to(span_of("It voted 5-4 & went home."))

    assert link == "https://example.org/a#:~:text=It%20voted%205%2D4%20%26%20went%20home."


def test_a_comma_in_the_words_is_no_separator():
    assert parts_of(link_to(span_of("The council met, at last."))) == ["The council met, at last."]


def test_a_long_sentence_is_named_by_its_first_and_last_words():
    sentence = TEXT.rpartition("\n\n")[2]

    assert parts_of(link_to(span_of(sentence))) == [
        "A very long sentence follows",
        "it comes to its end.",
    ]


def test_words_that_stand_twice_get_the_words_around_them():
    first = link_to(span_of("Nobody listened to her then."))
    second = link_to(span_of("Nobody listened to her then.", nth=1))

    assert parts_of(first) == ["Nobody listened to her then."]
    assert parts_of(second)[0].endswith("-")
    assert "fish" in parts_of(second)[0]


@pytest.mark.parametrize(
    ("url", "beginning"),
    [
        ("https://example.org/a#top", "https://example.org/a#top:~:text="),
        ("https://example.org/a#:~:text=old", "https://example.org/a#:~:text="),
        ("https://example.org/a?b=1&c=2", "https://example.org/a?b=1&c=2#:~:text="),
    ],
)
def test_an_address_keeps_its_own_fragment_and_loses_an_old_directive(url, beginning):
    link = link_to(span_of("The council met, at last.", url=url))

    assert link.startswith(beginning)
    assert link.count(":~:") == 1


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "file:///etc/passwd", "x" * 99])
def test_what_is_no_address_of_the_web_gives_no_link(url):
    assert link_to(span_of("The council met, at last.", url=url)) is None


def test_an_address_without_room_for_words_is_given_bare():
    url = "https://example.org/" + "a" * 485

    assert link_to(span_of("The council met, at last.", url=url)) == url


def test_an_address_too_long_for_discord_gives_no_link():
    assert link_to(span_of("The council met, at last.", url="https://e.org/" + "a" * 600)) is None


def test_long_words_of_another_script_still_fit():
    text = "Европейская " * 3 + "безопасность " * 20 + "начинается здесь."
    link = link_to(Span(make(text), 0, len(text)))

    assert ":~:text=" in link
    assert len(link) <= LONGEST_LINK


@settings(deadline=None)
@given(st.text(alphabet="ab c.,-&“”\n", min_size=1, max_size=80), st.data())
def test_every_link_fits_and_is_plain_ascii(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    link = link_to(Span(make(text), start, end))

    assert link is None or (len(link) <= LONGEST_LINK and link.isascii() and " " not in link)
