"""bot/chat/cogs/quotes.py and summary.py: quotations by speaker, an article's main sentences."""

from __future__ import annotations

from dataclasses import replace

from discord_cards import cards_of, labels_of
from discord_markdown import quoted_text, read
from discord_world import BORDER, MEMBER, WAR, Newsroom, article_of, sample, world

from bot.chat import texts
from bot.chat.render import ITEMS, LISTED, render_quotes
from index.speech import Quotation, Speech


async def test_quotes_are_listed_by_speaker_and_the_unclear_come_last() -> None:
    async with world() as w:
        result = await w.alice.slash(w.channel, "quotes")

    cards = cards_of(result.response)
    names = ["John Kirby", "Antony Blinken", "Dmytro Kuleba", texts.UNCLEAR]
    assert [card.title for card in cards] == names
    first = [line.text for line in read(cards[0].text) if line.quoted]
    assert first == [WAR, BORDER]
    assert "paraphrase" in cards[0].text
    assert quoted_text(cards[2].text) == MEMBER


async def test_one_speakers_quotes_are_found_under_a_name_offered_while_typing() -> None:
    async with world() as w:
        choices = await w.alice.autocomplete(w.channel, "quotes", "speaker", "kul")
        result = await w.alice.slash(w.channel, "quotes", speaker=choices[0]["value"])

    assert [choice["name"] for choice in choices] == ["Dmytro Kuleba"]
    assert [card.title for card in cards_of(result.response)] == ["Dmytro Kuleba"]


async def test_a_speaker_who_is_not_quoted_is_said_to_be_so() -> None:
    async with world() as w:
        result = await w.alice.slash(w.channel, "quotes", speaker="**Zelensky** @everyone")

    assert "quote nothing by" in cards_of(result.response)[0].text
    assert "\\*\\*Zelensky\\*\\* \\@everyone" in cards_of(result.response)[0].text


class ManyQuotes(Newsroom):
    """A newsroom in which one person speaks so many times."""

    def __init__(self, count: int = 40) -> None:
        lines = [f"“We will mend bridge {number},” Kirby said." for number in range(count)]
        super().__init__((article_of("\n\n".join(lines)),))

    def quotes(self, *, most: int | None = None, **_: object) -> tuple[Quotation, ...]:
        article = self.known[0]
        return tuple(
            Quotation(str(p.number), Speech.DIRECT, (p.span,), p.span, self.speakers()[0], 0.9)
            for p in article.paragraphs[:most]
        )


async def test_many_quotes_are_leafed_through_by_the_one_who_asked() -> None:
    async with world(ManyQuotes()) as w:
        bob = w.env.guild.add_member(w.env.create_user("bob"))
        result = await w.alice.slash(w.channel, "quotes")
        message = result.response
        assert "bridge 0" in cards_of(message)[0].text
        assert f"bridge {ITEMS}," not in cards_of(message)[0].text

        await w.alice.click(message, label=texts.NEXT)
        assert f"bridge {ITEMS}," in cards_of(w.channel.last_message)[0].text
        turned_away = await bob.click(message, label=texts.NEXT)
        assert turned_away.response.content == texts.NOT_YOURS
        assert turned_away.ephemeral
        await w.alice.click(w.channel.history()[0], label=texts.PREVIOUS)
        assert "bridge 0" in cards_of(w.channel.history()[0])[0].text


async def test_of_more_quotes_than_are_leafed_through_it_is_said_how_to_find_others() -> None:
    many, enough = ManyQuotes(LISTED + 50), ManyQuotes(LISTED)
    async with world(many) as w:
        said = cards_of((await w.alice.slash(w.channel, "quotes")).response)[0].heading
    async with world(enough) as w:
        unsaid = cards_of((await w.alice.slash(w.channel, "quotes")).response)[0].heading
    last = render_quotes(many.quotes(most=LISTED + 1))[-1][-1]

    assert said == texts.LATEST.format(count=LISTED)
    assert not unsaid
    assert f"bridge {LISTED - 1}," in last.items[-1].text


async def test_pages_of_a_generation_that_is_no_more_are_not_turned_to() -> None:
    """An article may have been withdrawn since they were made."""
    service = ManyQuotes()
    async with world(service) as w:
        listed = await w.alice.slash(w.channel, "quotes")
        first = cards_of(listed.response)
        catalogue = service.catalogue
        service.catalogue = lambda: replace(catalogue(), generation=2)
        await w.bot.answers.reload()
        pressed = await w.alice.click(listed.response, label=texts.NEXT)

    assert pressed.response.content == texts.OUTDATED_PAGES
    assert pressed.ephemeral
    assert cards_of(listed.response) == first


async def test_buttons_go_when_they_expire() -> None:
    async with world(ManyQuotes()) as w:
        await w.alice.slash(w.channel, "quotes")
        assert len(labels_of(w.channel.last_message)) == 3
        await w.env.advance_time(601)

        assert not labels_of(w.channel.last_message)
        assert "bridge 0" in cards_of(w.channel.last_message)[0].text


async def test_a_summary_is_the_articles_own_sentences_in_order() -> None:
    async with world() as w:
        result = await w.alice.slash(w.channel, "summary", sentences=2)

    (card,) = cards_of(result.response)
    quoted = [line.text for line in read(card.text) if line.quoted]
    assert quoted == [paragraph.span.text for paragraph in sample().paragraphs[:2]]
    assert card.title == texts.UNTITLED


async def test_a_summary_of_an_article_that_is_not_there_says_what_to_do() -> None:
    async with world() as w:
        result = await w.alice.slash(w.channel, "summary", article="nowhere")
        assert len(w.env.errors) == 1

    assert result.response.content == texts.NO_SUCH_ARTICLE


async def test_a_summary_is_as_long_as_was_chosen(service) -> None:
    async with world(service) as w:
        told = next(r.json for r in w.sent if r.path.endswith("/commands"))
        options = next(c for c in told if c["name"] == "summary")["options"]
        lengths = next(o for o in options if o["name"] == "length")["choices"]
        shown = {}
        for choice in lengths:
            result = await w.alice.slash(w.channel, "summary", length=choice["value"])
            shown[choice["value"]] = " ".join(quoted_lines(result))
        both = await w.alice.slash(w.channel, "summary", length=1200, sentences=1)

    assert [choice["name"].split(":")[0] for choice in lengths] == ["Short", "Medium", "Long"]
    sizes = [len(text) for text in shown.values()]
    assert sizes == sorted(set(sizes))
    assert all(len(text) <= most for most, text in shown.items())
    assert 0 < len(" ".join(quoted_lines(both))) < sizes[-1]


def quoted_lines(result) -> list[str]:
    lines = read(cards_of(result.response)[0].text)
    return [line.text for line in lines if line.quoted and line.text]
