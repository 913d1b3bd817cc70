"""bot/chat/render.py, cards.py and markdown.py: within Discord's limits, and word for word."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest
from discord_api import check_message, check_schema
from discord_cards import cards_of
from discord_markdown import quoted_text, read, styles_of
from discord_world import KIRBY, KULEBA, article_of, find
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.answers.answer import (
    About,
    Answer,
    Attribution,
    Check,
    Citation,
    Difference,
    Fact,
    FactKind,
    NoAnswer,
    Reason,
    Summary,
    Verdict,
)
from bot.chat import texts
from bot.chat.buttons import Below
from bot.chat.choices import article_choices, speaker_choices
from bot.chat.languages import ENGLISH, LANGUAGES, speaking
from bot.chat.markdown import block_quote, cut, escape, label, size, typed, unescape, web_address
from bot.chat.render import (
    render_about,
    render_answer,
    render_check,
    render_context,
    render_nearest,
    render_quotes,
    render_replies,
    render_summary,
)
from bot.chat.servers import STYLES
from bot.chat.views import message_of
from index.article import Heading, Span
from index.scope import EVERYTHING
from index.speech import Quotation, Speaker, Speech, Stance, Voice

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


LONGEST = "Shared by " + "\\@" * 50
"""A line over the pages, as long as one can be."""


def body_of(page, style):
    """What is sent to show a page, with all the buttons that can be under it."""
    lasting = [Below(act, "A" * 20) for act in ("context", "more", "share", "yes", "no")]
    options = message_of(
        [page, page], style, owner=1, seen=(1, "", EVERYTHING), lasting=lasting, above=LONGEST
    ).options
    body = {
        "allowed_mentions": {"parse": []},
        "components": options["view"].to_components(),
    }
    if style == "components":
        return {**body, "flags": 1 << 15}
    embeds = [embed.to_dict() for embed in options["embeds"]]
    return {**body, "content": options["content"], "embeds": embeds}


def check_pages(pages, *, style="components"):
    """Each page is a message that Discord takes, in either style; the texts of all cards."""
    assert pages
    for page in pages:
        for one in STYLES:
            check_message(body_of(page, one))
    return [card.text for page in pages for card in cards_of(body_of(page, style))]


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
    pages = render_answer(Answer(question, 0.9, tuple(cited)))

    for style in STYLES:
        seen = check_pages(pages, style=style)
        quoted = "".join(re.sub(r"\s+", "", quoted_text(text)) for text in seen)
        assert quoted == "".join(shown(citation.span) for citation in cited)
        assert all(styles_of(text, quoted=True) <= {"bold"} for text in seen)
        ours = {"bold", "italic", "link", "time", "small"}
        assert all(styles_of(text, quoted=False) <= ours for text in seen)


@slow
@given(st.lists(citations(), max_size=2), st.sampled_from(list(Reason)), words, st.none() | words)
def test_any_refusal_fits_and_gives_its_reason(nearest, reason, question, about) -> None:
    (page,) = render_answer(NoAnswer(question, 0.1, reason, tuple(nearest), about))
    check_pages([page])

    assert page[0].items[0].text
    assert len(page) == (2 if nearest else 1)
    check_pages(render_nearest([*nearest, *nearest]) if nearest else [page])


@slow
@given(st.lists(st.lists(citations(), max_size=4), min_size=2, max_size=6), words)
def test_the_replies_to_any_questions_fit_together(groups, question) -> None:
    replies = [
        Answer(question, 0.9, tuple(cited))
        if cited
        else NoAnswer(question * 9, 0.1, Reason.UNKNOWN_NAME, (), question, (), question)
        for cited in groups
    ]
    check_pages(render_replies(replies))


@slow
@given(st.lists(citations(), min_size=1, max_size=4))
def test_any_paragraphs_around_fit(cited) -> None:
    check_pages(render_context(cited))


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


@pytest.mark.parametrize(
    ("filling", "language"),
    [
        *((filling, ENGLISH) for filling in ("*", "\U0001f600", "ab_ ", "\u05d0@ ")),
        *(("*", language) for language in LANGUAGES.values()),
    ],
)
def test_the_largest_replies_that_can_be_made_fit_both_styles_in_every_language(
    filling, language
) -> None:
    with speaking(language):
        check_largest(filling)


def check_largest(filling: str) -> None:
    much = filling * 2000
    name = Speaker(much, "p")
    cited = []
    for number in range(10):
        article = article_of(
            f"{much}\n\nBut {much}",
            f"{number}{much}",
            title=much,
            publisher=much,
            published="2024-06-25T10:00:00Z",
            url="https://news.example/" + "x" * (512 - 21),
        )
        first, second = (paragraph.span for paragraph in article.paragraphs)
        quotation = Quotation(
            "q", Speech.MIXED, (first,), first, name, 0.5, through=(name,) * 5, stance=Stance.DENIED
        )
        cited.append(Citation(first, 0.5, (first,), quotation, goes_on=second))
    short = [replace(c, span=find(c.span.article, filling.strip()), goes_on=None) for c in cited]
    voices = tuple(Voice(name, ((str(n), 10**6),)) for n in range(9))
    check = Check(much, much, Verdict.ALTERED, tuple(cited), (Difference(much, cited[0].span),) * 9)
    answers = [Answer(much, 1, tuple(some), showing=much) for some in (cited, short)]
    refused = NoAnswer(much, 0.1, Reason.NOT_A_QUESTION, tuple(cited), much, (much,) * 4, much)
    facts = tuple(Fact(kind, much) for kind in FactKind)
    for pages in (
        *map(render_answer, [*answers, refused]),
        render_replies([*answers, refused, refused]),
        render_about(About(much, None, facts)),
        render_check(check),
        render_quotes([c.quotation for c in cited], speaker=much),
        render_quotes([], speaker=much),
        render_summary(Summary(cited[0].span.article, tuple(cited), voices)),
        render_summary(Summary(cited[0].span.article, tuple(short), voices)),
        render_context(cited),
        render_nearest(cited),
    ):
        check_pages(pages)
        for style in STYLES:
            check_schema("MessageCreateRequest", body_of(pages[0], style))


@given(st.text(max_size=300))
def test_escaped_text_is_shown_as_it_is_and_nothing_in_it_is_live(text) -> None:
    flat = text.replace("\n", " ")
    pieces = [piece for line in read(escape(flat)) for piece in line.pieces]

    assert "".join(piece.text for piece in pieces) == flat
    assert not any(piece.styles for piece in pieces)
    assert unescape(escape(text)) == text


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
    ((page),) = render_answer(Answer("?", 0.9, (Citation(paragraph, 0.9, (), quotation),)))
    (embed,), (card,) = (cards_of(body_of(page, style)) for style in ("embeds", "components"))

    whose = "**John Kirby** · their words · relayed by Dmytro Kuleba"
    opened = (
        "<t:1719316800:D> · [Open the sentence](https://post.example/talks#:~:text="
        "%E2%80%9CWe%20will%20stay%2C%E2%80%9D%20Kirby%20said.)"
    )
    assert embed.text.split("\n")[1:] == [f"{whose} · {opened}"]
    assert embed.footer == "Paragraph 2 · Talks · The Post"
    assert card.text.split("\n")[1:] == [
        whose,
        f"-# Paragraph 2 · Talks · The Post · {opened}",
    ]


def test_words_of_nobody_in_particular_are_not_given_to_anybody() -> None:
    span = Span(article_of("“We will stay,” he said."), 0, 24)
    quoted = Citation(span, 0.9, (), Quotation("q", Speech.DIRECT, (span,), span, None, 0.2))
    told = Citation(span, 0.9)

    ((first, second),) = render_answer(Answer("?", 0.9, (quoted, told)))
    assert texts.UNCLEAR in first.items[0].whose
    assert texts.NARRATOR in second.items[0].whose


def test_untitled_articles_are_told_apart_by_their_ids() -> None:
    one, two = (Span(article_of("Talks began.", name), 0, 12) for name in ("a", "b"))

    ((card, _),) = render_answer(Answer("?", 0.9, (Citation(one, 0.9), Citation(two, 0.8))))
    assert card.items[0].place == "Paragraph 1 · a"
    ((card,),) = render_answer(Answer("?", 0.9, (Citation(one, 0.9),)))
    assert card.items[0].place == "Paragraph 1"


@given(st.lists(words, max_size=40), words)
def test_what_is_offered_while_typing_fits(names, typing) -> None:
    headings = [Heading(f"a{n}", name, title=name) for n, name in enumerate(names)]
    speakers = [Speaker(name, str(n), (name * 3,)) for n, name in enumerate(names)]
    offered = [
        *article_choices(headings),
        *speaker_choices(speakers, typing)[:25],
    ]

    assert max(len(article_choices(headings)), len(speaker_choices(speakers, typing))) <= 25
    assert all(0 < size(choice.name) <= 100 and 0 < size(choice.value) <= 100 for choice in offered)


def test_a_summary_says_who_is_quoted_in_it_and_how_often(service) -> None:
    (page, *_) = render_summary(service.summary("sample"))
    footers = [card.footer for card in page]
    theirs = len(service.quotes(speaker="Kirby"))
    assert any(f"John Kirby ({theirs})" in text and "Kuleba (2)" in text for text in footers)


def test_a_check_says_when_it_is_not_clear_whose_words_they_are() -> None:
    check = Check("It cannot wait", "Obi", Verdict.VERBATIM, attribution=Attribution.NOT_CLEAR)
    ((head, *_), *_) = render_check(check)
    assert texts.WHOSE_NOT_CLEAR in head.items[0].text


def test_a_quote_that_is_neither_word_for_word_nor_theirs_is_told_both() -> None:
    check = Check("It can’t wait", "Obi", Verdict.ALTERED, attribution=Attribution.ANOTHERS)
    ((head, *_), *_) = render_check(check)
    assert texts.NOT_THEIRS.format(speaker="Obi") in head.items[0].text


def test_a_sentence_that_a_quote_was_put_together_from_is_shown_once(service) -> None:
    check = service.check("Ukraine deserves to be a member of NATO sooner rather than later")
    ((_, *printed), *_) = render_check(check)

    assert check.verdict is Verdict.SPLICED
    (card,) = printed
    assert "**Ukraine deserves to be a member of NATO**" in card.items[0].text
    assert "**sooner rather than later**" in card.items[0].text
    assert texts.SPEECH[Speech.MIXED] in card.items[0].whose


@pytest.mark.parametrize("count", [1, 400])
def test_what_turns_the_sense_is_shown_as_printed_under_a_label_of_ours(count) -> None:
    after = "But " + "*the* council_will_not pay, " * count + "she said."
    article = article_of(f"The wall will be rebuilt.\n\n{after}")
    cited = find(article, "The wall will be rebuilt.")
    pages = render_answer(Answer("?", 1, (Citation(cited, 1, goes_on=find(article, after)),)))

    for style in STYLES:
        described = "\n".join(check_pages(pages, style=style))
        lines = [line.text for line in read(described) if line.quoted and line.text]
        assert " ".join(lines) == f"The wall will be rebuilt. {after}"
        assert texts.TURNS in described
