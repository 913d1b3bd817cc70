"""bot/chat/render.py and markdown.py: within Discord's limits, and word for word."""

from __future__ import annotations

import itertools
import re

import pytest
from discord_api import check_message
from discord_markdown import quoted_text, read, styles_of
from discord_world import KIRBY, KULEBA, article_of, find
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.answers.answer import (
    Answer,
    Attribution,
    Check,
    Citation,
    Difference,
    NoAnswer,
    Reason,
    Summary,
    Verdict,
)
from bot.chat import texts
from bot.chat.choices import Shelf, speaker_choices
from bot.chat.markdown import block_quote, cut, escape, label, size, typed, web_address
from bot.chat.render import (
    render_answer,
    render_check,
    render_quotes,
    render_summary,
)
from index.article import Article, Span
from index.scope import EVERYTHING, Scope
from index.speech import Quotation, Speaker, Speech

NASTY = (
    "@everyone <@1> <#2> [a](https://b.example) **b** __u__ _i_ `c` ||s|| ~~t~~ > q \\ \\* "
    "# h - l 1. n :smile: <t:1:R> https://evil.example/x \u202e rtl \u0301 \U0001f600 \u00a0 \u2028"
)
printed = st.text(
    st.one_of(
        st.sampled_from(NASTY),
        st.characters(exclude_categories=("Cs",), exclude_characters="\r\v\f\x1c\x1d\x1e\x85"),
    ),
    min_size=1,
    max_size=300,
).filter(lambda text: text.strip() == text != "")
words = st.one_of(printed, st.sampled_from(NASTY.split()), st.just(NASTY), st.just("“"))
long_text = st.lists(words, min_size=1, max_size=30).map(" ".join) | st.builds(
    lambda text, times: (text + " ") * times + "end", words, st.integers(1, 120)
)
slow = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def spans(draw: st.DrawFn, text: st.SearchStrategy[str] = long_text) -> Span:
    known = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "title": words,
                "publisher": words,
                "url": st.sampled_from(
                    [
                        "https://news.example/a(b)?q=[x]&y=1",
                        "javascript:alert(1)",
                        "https://n.example/" + "x" * 900,
                    ]
                ),
                "published": st.sampled_from(["2024-06-25", "2024-06-25T10:00:00Z", "Monday"]),
            },
        )
    )
    article = article_of(draw(text), str(draw(st.uuids())), **known)
    return Span(article, 0, len(article.text))


@st.composite
def citations(draw: st.DrawFn) -> Citation:
    span = draw(spans())
    ends = st.integers(0, span.end)
    edges = draw(st.lists(st.tuples(ends, ends), max_size=4))
    parts = tuple(Span(span.article, a, b) for a, b in map(sorted, edges) if a < b)
    quotation = None
    if draw(st.booleans()):
        speaker = draw(st.none() | st.builds(Speaker, words, st.just("p")))
        through = tuple(draw(st.lists(st.builds(Speaker, words, st.just("q")), max_size=5)))
        speech = draw(st.sampled_from(list(Speech)))
        quotation = Quotation("q", speech, (span,), span, speaker, 0.5, through=through)
    return Citation(span, 0.5, parts, quotation)


def check_pages(pages):
    """Each page is a message that Discord takes; the descriptions of all of them."""
    assert pages
    for page in pages:
        check_message({"embeds": [embed.to_dict() for embed in page]})
    return [embed.description for page in pages for embed in page]


def shown(span: Span) -> str:
    return re.sub(r"\s+", "", span.text)


@slow
@given(spans(), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=5))
@example(Span(article_of("**a** b"), 0, 7), [(0, 2), (2, 5)])
def test_a_block_quote_shows_exactly_the_printed_words(span, edges) -> None:
    bold = [Span(span.article, a, b) for a, b in map(sorted, edges) if a < b <= span.end]
    described = block_quote(span, bold=bold)

    assert "\n".join(line.text for line in read(described)) == span.text
    assert all(line.quoted for line in read(described))
    assert styles_of(described, quoted=True) <= {"bold"}


@slow
@given(spans(), st.integers(60, 500))
def test_long_quotes_are_cut_between_words_and_lose_none(span, room) -> None:
    stretches = cut(span, room)

    assert all(size(block_quote(stretch)) <= room for stretch in stretches)
    between = [span.article.text[a.end : b.start] for a, b in itertools.pairwise(stretches)]
    assert all(not blank.strip() for blank in between)
    assert "".join(map(shown, stretches)) == shown(span)
    if all(len(word) * 2 + 4 <= room // 2 for word in span.text.split()):
        assert all(between), "a word was cut"


@slow
@given(st.lists(citations(), min_size=1, max_size=4), words | st.just(NASTY * 40))
def test_any_answer_fits_and_shows_the_articles_words(cited, question) -> None:
    descriptions = check_pages(render_answer(Answer(question, 0.9, tuple(cited))))

    quoted = "".join(re.sub(r"\s+", "", quoted_text(text)) for text in descriptions)
    assert quoted == "".join(shown(citation.span) for citation in cited)
    assert all(styles_of(text, quoted=True) <= {"bold"} for text in descriptions)
    assert all(
        styles_of(text, quoted=False) <= {"bold", "italic", "link", "time"} for text in descriptions
    )


@slow
@given(st.lists(citations(), max_size=2), st.sampled_from(list(Reason)), words, st.none() | words)
def test_any_refusal_fits_and_gives_its_reason(nearest, reason, question, about) -> None:
    (page,) = render_answer(NoAnswer(question, 0.1, reason, tuple(nearest), about))
    check_pages([page])

    assert page[0].description
    assert len(page) == (2 if nearest else 1)


@slow
@given(st.lists(citations(), min_size=1, max_size=8), st.none() | words)
def test_any_quotations_fit(cited, speaker) -> None:
    quotations = [c.quotation for c in cited if c.quotation]
    descriptions = check_pages(render_quotes(quotations, speaker=speaker))

    for quotation in quotations:
        assert any(
            shown(quotation.context)[:20]
            in re.sub(r"\s+", "", "".join(line.text for line in read(d)))
            for d in descriptions
        )


@slow
@given(
    st.sampled_from(list(Verdict)),
    words | st.just(NASTY * 20),
    st.none() | words,
    st.lists(citations(), max_size=3),
    st.lists(st.tuples(st.none() | words, st.none() | spans(words)), max_size=40),
)
def test_any_check_fits(verdict, quote, speaker, found, steps) -> None:
    differences = tuple(Difference(claimed, printed) for claimed, printed in steps)
    check = Check(quote, speaker, verdict, tuple(found), differences)
    descriptions = check_pages(render_check(check))

    assert styles_of(descriptions[0], quoted=False) <= {"bold", "strike"}


@slow
@given(st.lists(citations(), max_size=6))
def test_any_summary_fits(cited) -> None:
    article = cited[0].span.article if cited else article_of("x")
    check_pages(render_summary(Summary(article, tuple(cited))))


@given(st.text(max_size=300))
def test_escaped_text_is_shown_as_it_is_and_nothing_in_it_is_live(text) -> None:
    flat = text.replace("\n", " ")
    pieces = [piece for line in read(escape(flat)) for piece in line.pieces]

    assert "".join(piece.text for piece in pieces) == flat
    assert not any(piece.styles for piece in pieces)


@given(st.text(max_size=600), st.integers(10, 200))
def test_names_and_questions_fit_their_room(text, room) -> None:
    assert size(label(text, room)) <= room
    assert size(typed(text, room)) <= room
    assert "\n" not in typed(text, room)


def test_a_name_that_fits_is_shown_as_printed() -> None:
    assert label("Ana-Maria O’Neill", 100) == "Ana-Maria O’Neill"
    assert label("محمد", 100) == "\u2068محمد\u2069"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://news.example/a", "https://news.example/a"),
        ("https://news.example/a_(b) c", None),
        ("https://news.example/a_(b)", "https://news.example/a_%28b%29"),
        ("https://news.example/?q=%20x#:~:text=a%2C b", None),
        ("javascript:alert(1)", None),
        ("https://me:secret@news.example/", None),
        ("https://news.example/a#" + "x" * 600, "https://news.example/a"),
        ("https://news.example/" + "x" * 600, None),
        ("not an address", None),
        (None, None),
    ],
)
def test_only_short_addresses_of_web_pages_become_links(url, shown) -> None:
    assert web_address(url) == shown


def test_a_citation_says_whose_words_they_are_and_where_they_stand() -> None:
    article = article_of(
        "Talks began.\n\n“We will stay,” Kirby said.",
        title="Talks",
        publisher="The Post",
        published="2024-06-25",
        url="https://post.example/talks",
    )
    paragraph = article.paragraphs[1].span
    quotation = Quotation(
        "q", Speech.DIRECT, (paragraph,), paragraph, KIRBY, 0.9, through=(KULEBA,)
    )
    ((embed,),) = render_answer(Answer("?", 0.9, (Citation(paragraph, 0.9, (), quotation),)))

    assert embed.description.split("\n")[1] == (
        "**John Kirby** · their words · relayed by Dmytro Kuleba · <t:1719316800:D> · "
        "[Open the sentence](https://post.example/talks#:~:text="
        "%E2%80%9CWe%20will%20stay%2C%E2%80%9D%20Kirby%20said.)"
    )
    assert embed.footer.text == "Paragraph 2 · Talks · The Post"


def test_words_of_nobody_in_particular_are_not_given_to_anybody() -> None:
    span = Span(article_of("“We will stay,” he said."), 0, 24)
    quoted = Citation(span, 0.9, (), Quotation("q", Speech.DIRECT, (span,), span, None, 0.2))
    told = Citation(span, 0.9)

    ((first, second),) = render_answer(Answer("?", 0.9, (quoted, told)))
    assert texts.UNCLEAR in first.description
    assert texts.NARRATOR in second.description


def test_untitled_articles_are_told_apart_by_their_ids() -> None:
    one, two = (Span(article_of("Talks began.", name), 0, 12) for name in ("a", "b"))

    ((embed, _),) = render_answer(Answer("?", 0.9, (Citation(one, 0.9), Citation(two, 0.8))))
    assert embed.footer.text == "Paragraph 1 · a"
    ((embed,),) = render_answer(Answer("?", 0.9, (Citation(one, 0.9),)))
    assert embed.footer.text == "Paragraph 1"


@given(st.lists(words, max_size=40), words)
def test_what_is_offered_while_typing_fits(names, typing) -> None:
    articles = [Article(f"a{n}", name, (), title=name) for n, name in enumerate(names)]
    speakers = [Speaker(name, str(n), (name * 3,)) for n, name in enumerate(names)]
    offered = [
        *Shelf.of(articles).choices("", EVERYTHING),
        *speaker_choices(speakers, typing)[:25],
    ]

    assert len(speaker_choices(speakers, typing)) <= 25
    assert all(0 < size(choice.name) <= 100 and 0 < size(choice.value) <= 100 for choice in offered)


def test_articles_outside_the_scope_are_not_offered() -> None:
    shelf = Shelf.of([article_of("x", "open"), article_of("x", "closed")])

    offered = shelf.choices("", Scope(frozenset({"open"})))
    assert [choice.value for choice in offered] == ["open"]


def test_a_summary_says_who_is_quoted_in_it_and_how_often(service) -> None:
    (page, *_) = render_summary(service.summary("sample"))
    footers = [embed.footer.text or "" for embed in page]
    theirs = len(service.quotes(speaker="Kirby"))
    assert any(f"John Kirby ({theirs})" in text and "Kuleba (2)" in text for text in footers)


def test_a_check_says_when_it_is_not_clear_whose_words_they_are() -> None:
    check = Check("It cannot wait", "Obi", Verdict.VERBATIM, attribution=Attribution.NOT_CLEAR)
    ((head, *_), *_) = render_check(check)
    assert texts.WHOSE_NOT_CLEAR in (head.description or "")


@pytest.mark.parametrize("count", [1, 400])
def test_what_turns_the_sense_is_shown_as_printed_under_a_label_of_ours(count) -> None:
    after = "But " + "*the* council_will_not pay, " * count + "she said."
    article = article_of(f"The wall will be rebuilt.\n\n{after}")
    cited = find(article, "The wall will be rebuilt.")
    pages = render_answer(Answer("?", 1, (Citation(cited, 1, goes_on=find(article, after)),)))

    for page in pages:
        check_message({"embeds": [embed.to_dict() for embed in page]})
    described = "\n".join(embed.description for page in pages for embed in page)
    lines = [line.text for line in read(described) if line.quoted and line.text]
    assert " ".join(lines) == f"The wall will be rebuilt. {after}"
    assert texts.TURNS in described
