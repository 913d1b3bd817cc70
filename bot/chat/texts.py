"""Every word that the bot itself says on Discord, in English, in one place.

None of them is about the news: what the articles say is shown in the articles' own words
alone. The constants are what `languages.say` finds translations by: whoever shows one passes
it through that; the functions have done so. A text that names something takes it ready to be
shown (escaped by the caller). Questions that are given as examples stay in the language of
the articles, in which they have to be put.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bot.answers.answer import FactKind, Reason, Verdict
from bot.chat.languages import in_every, number, say, say_n
from index.speech import Speech, Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STATUS = "Answers in the article's own words"

# The commands, as Discord lists them (at most 100 characters each).
ASK = "Ask about the articles; the answer is the sentence that was printed"
ASK_QUESTION = "Your question, for example: what did the minister say?"
ASK_PRIVATE = "Show the answer to you alone"
QUOTES = "What people are quoted as saying in the articles"
QUOTES_SPEAKER = "Only this speaker, under any of their names"
QUOTES_ABOUT = "Only what is quoted on this topic"
SUMMARY = "The sentences that carry an article, as printed"
SUMMARY_LENGTH = "How long at most"
SUMMARY_SENTENCES = "How many sentences at most (3 unless you say anything)"
CHECK = "Is this quote in the articles, word for word, and by whom?"
CHECK_QUOTE = "The quote to look for"
CHECK_SPEAKER = "Who is said to have said it"
ARTICLE = "Only this article"

# On the menu of a message (at most 32 characters each).
MENU_CHECK = "Check this quote"
MENU_ASK = "Ask about this"
NO_TEXT = "That message has no text, so there is no quote in it to check."
NO_WORDS = "There are no words in that message, so there is no quote in it to check."
NOTHING_ASKED = "That message has no text that I could take as a question. `/ask` takes one."
A_BOTS_MESSAGE = (
    "That message is a bot’s, and I answer what people ask. `/ask` takes a question of your own."
)

RELOAD = "For the bot’s owners: answer from the index as it is published now"
REBUILD = "For the bot’s owners: build the index anew, and answer from it"

HINT = (
    "Ask me about the articles that I have read, and I reply with the sentence that was printed, "
    "who said it and where it stands. For example: *what did the minister say?*\n"
    "`/ask`, `/quotes`, `/summary` and `/check` work too."
)
UNREAD = (
    "I can see that you mean me, but Discord does not give me your words. Mention me myself "
    "rather than my role, or use `/ask`."
)
NEEDS_EMBEDS = (
    "I can't show my answer here: I need the permission **Embed Links** in this channel. "
    "`/ask` works without it."
)

# How the words stand in the article.
SPEECH = {
    Speech.DIRECT: "their words",
    Speech.MIXED: "their words where quoted",
    Speech.INDIRECT: "the reporter’s paraphrase",
}
SPEECH_BY_NOBODY = {
    Speech.DIRECT: "quoted words",
    Speech.MIXED: "quoted in part",
    Speech.INDIRECT: "the reporter’s paraphrase",
}
STANCE = {
    Stance.DENIED: "denied",
    Stance.ASKED: "asked",
    Stance.UNSAID: "not said",
    Stance.HELD: "not their words",
}
UNCLEAR = "Speaker not clear"
LATEST = "The latest {count} quotations; find others by a speaker, an article or a topic"
NARRATOR = "The paper’s own account"
OPEN = "Open the sentence"
OPEN_ARTICLE = "Open the article"
GOES_ON = "*The quote goes on.*"
TURNS = "*The article goes on:*"
NEAREST = "The nearest sentence, which is not an answer:"
UNTITLED = "Summary"
QUESTION = "Your question"
SHOWING = "Showing results for “{question}”"

_REASONS = {
    Reason.NOT_A_QUESTION: "That is not something I can look up in the articles. {hint}",
    Reason.WHICH_ARTICLE: (
        "There are several articles here. Name one in your question, or pick it in `/ask`."
    ),
    Reason.NO_ARTICLES: "There are no articles here to search.",
    Reason.NOTHING_CLOSE: "The articles here do not answer this.",
    Reason.NOT_SURE: "I found nothing printed here that surely answers this, so I won’t guess.",
    Reason.UNKNOWN_NAME: "Not in the articles here: {about}.",
    Reason.NOT_QUOTED: "The articles here quote nothing that {about} said.",
    Reason.SILENT_ON_TOPIC: "They are quoted here, but not on {about}.",
    Reason.UNCLEAR_REFERENCE: "I can’t tell what {about} refers to. Please ask it in full.",
}
_REASONS_NAMELESS = {
    Reason.UNKNOWN_NAME: "A name in your question does not appear in the articles here.",
    Reason.NOT_QUOTED: "The articles here quote nothing that this person said.",
    Reason.SILENT_ON_TOPIC: "They are quoted here, but not on this.",
    Reason.UNCLEAR_REFERENCE: (
        "I can’t tell what a word of your question refers to. Please ask it in full."
    ),
}
FACT = "**{name}:** {value}"
FACTS = {
    FactKind.AUTHOR: "Author",
    FactKind.PUBLISHED: "Published",
    FactKind.PUBLISHER: "Publisher",
    FactKind.TITLE: "Title",
    FactKind.LINK: "Link",
    FactKind.WORDS: "Words",
    FactKind.PARAGRAPHS: "Paragraphs",
    FactKind.PEOPLE: "People quoted",
    FactKind.QUOTED: "Quoted",
    FactKind.ARTICLES: "Articles",
    FactKind.NAMED: "Article",
    FactKind.SUMMARY: "Summary",
}
NOT_TOLD = "its source does not say"
EXAMPLES = "For example: {examples}"
TRY = "Try `what did … say?`, `who …?`, `when …?`"

VERDICTS = {
    Verdict.VERBATIM: "✅ Printed word for word",
    Verdict.ALTERED: "✏️ Not word for word",
    Verdict.WRONG_SPEAKER: "👥 Printed, but not as theirs",
    Verdict.TRUNCATED: "✂️ Cut short",
    Verdict.SPLICED: "🧩 Put together from separate places",
    Verdict.NOT_FOUND: "🔍 Not in these articles",
}
NOT_THEIRS = "The article does not give what is printed to {speaker}."
WHOSE_NOT_CLEAR = "Whose words they are is not clear from what is printed."
_VERDICT_NOTES = {
    Verdict.VERBATIM: "",
    Verdict.ALTERED: "",
    Verdict.WRONG_SPEAKER: (
        "The words are printed, but the article does not give them to {speaker}."
    ),
    Verdict.TRUNCATED: "The words are printed, but the sentence does not end there.",
    Verdict.SPLICED: "The words are printed, but not next to each other.",
    Verdict.NOT_FOUND: (
        "I looked only in the articles here; it may well have been said and printed elsewhere."
    ),
}
_NOT_THEIRS = "The words are printed, but the article does not give them to that speaker."
YOUR_QUOTE = "Your quote: “{quote}”"
CHANGES = "What differs: {changes}"
NOT_PRINTED = "~~{words}~~ (not printed)"
LEFT_OUT = "**{words}** (left out)"
CHANGED = "~~{claimed}~~ → **{printed}**"
PRINTED = "What is printed:"
CLOSEST = "The closest that is printed, which is not this quote:"

SUMMARY_OF = "The article’s own sentences, in its order"
QUOTED_IN = "Quoted in it: {names}"
NO_SUMMARY = "This article has no sentence that could stand for it."

# When something is in the way.
_BUSY = "I have too many questions waiting just now. Please try again in {wait}."
_ONLY_IN = "On this server I answer only in {channels}."
_NO_VOICE = (
    "You asked me in {channel}, but I am not allowed to write there. Whoever looks after "
    "that server can give me the permissions **View Channel** and **Send Messages**."
)
_COOLING = "You ask faster than I may answer here. Please try again in {wait}."
TOO_SLOW = "That took too long, so I gave it up. Please try again in a moment."
LOST = "Something broke while I looked that up, and I am starting afresh. Please try again."
SAY_WHICH = "There are several articles here. Pick one from the list that opens while you type."
STOPPING = "I am being restarted. Please try again in a minute."
NO_SUCH_ARTICLE = "There is no such article here. Pick one from the list that opens while you type."
INDEX_TROUBLE = (
    "I can't read my articles at the moment. Whoever runs me finds the reason in the log."
)
UNREACHABLE = "I can't reach my articles just now. Please try again in a moment."
FORBIDDEN = "I don't have the permission for that in this channel."
OUTDATED = "This command has changed. Please reload Discord (or wait a minute) and try again."
NOT_ALLOWED = "You can't use this here."
OUR_BUG = "Sorry, something went wrong on my side. It has been noted."
NOT_YOURS = "These buttons belong to the one who asked. Ask me yourself to get your own."

# For the owners.
BUILDING = "The index is being built already."
STAGES = ("exporting the encoder", "reading, parsing and embedding the articles")
"""What the stages of a build are called (`index.build`)."""
_GOES_ON_AS_IS = "I go on answering from the index that I have."
_GOES_ON_AS_IT_WAS = "I go on answering from the one I have."
_LISTED = 10  # problems of a build that are named

# When the bot cannot start (read in a terminal, not on Discord).
LOGIN_REFUSED = "Discord does not accept the bot's token."
LOGIN_REFUSED_NOTE = (
    "Copy it again from your application's page (Bot, Reset Token): PULLQUOTE_DISCORD__TOKEN"
)
NO_INTENT = "Discord has not allowed the bot an intent that it asks for."
NO_INTENT_NOTE = (
    "Allow the Message Content Intent on your application's page (Bot, Privileged Gateway "
    "Intents), or leave PULLQUOTE_DISCORD__MESSAGE_CONTENT out."
)
SHARDS_REFUSED = "Discord does not accept the shards that this process is to serve."
SHARDS_REFUSED_NOTE = (
    "Leave PULLQUOTE_DISCORD__SHARDS out, or let the last number be what Discord recommends."
)
UNREACHABLE = "Discord cannot be reached: {problem}."
UNREACHABLE_NOTE = "Check the network, and https://discordstatus.com, then start the bot again."

# The buttons under answers.
BUTTON_CONTEXT = "Context"
BUTTON_MORE = "More"
BUTTON_SHARE = "Share"
BUTTON_HELPFUL = "Helpful"
BUTTON_NOT_HELPFUL = "Not helpful"
BUTTON_NEAREST = "Nearest sentence"
BUTTON_GONE = "This button no longer does anything. Please ask again."
ARTICLE_GONE = "This article has been withdrawn, or may not be shown here any more."
ARTICLE_CHANGED = "The article has changed since it was quoted here. Please ask again."
SOME_CHANGED = "What else was quoted here stands in an article that has changed since."
STILL_STANDS = "The article has changed since; what is quoted here still stands in it."
OTHER_ARTICLES = (
    "The articles here are not the same any more as when this was checked. Please check it again."
)
THANKS = "Thank you, noted."
NOT_NOTED = "I could not note that just now."
SHARED_BEFORE = "You have shared this answer already."
CANNOT_SHARE = "I am not allowed to post in this channel, so I can’t share it here."
MAY_NOT_SHARE = "You may not write in this channel, so I don’t post here for you."

OUTDATED_PAGES = "The articles here are not the same any more. Please ask again."

PREVIOUS = "Previous"
NEXT = "Next"


def busy(seconds: float) -> str:
    """When to try again, the queue being full."""
    return say(_BUSY, wait=_wait(seconds))


def only_in(channels: Iterable[int]) -> str:
    """Where questions are answered on a server that has chosen channels for them."""
    return say(_ONLY_IN, channels=", ".join(f"<#{one}>" for one in sorted(channels)))


def cooling(seconds: float) -> str:
    """When to try again, having asked too often."""
    return say(_COOLING, wait=_wait(seconds))


def shared_by(name: str) -> str:
    """Who brought an answer to the channel."""
    return say("Shared by {name}", name=name)


def changed_since(*, stands: bool, lost: bool) -> str | None:
    """What to say of articles that have changed; `stands`: their sentences are found again.

    `lost`: others are not. None where nothing has changed.
    """
    said = [say(text) for text, true in ((STILL_STANDS, stands), (SOME_CHANGED, lost)) if true]
    return "\n".join(said) or None


def only_first(count: int) -> str:
    """That a message has more quotes than are checked."""
    return say_n(
        "The message has more quotes; this is its first {count}. `/check` takes the others.",
        "The message has more quotes; these are its first {count}. `/check` takes the others.",
        count,
    )


def summary_length(name: str, chars: int) -> str:
    """A length to choose; Discord is told of the translations with the command."""
    return f"{name.capitalize()}: {chars:,} characters"


def _wait(seconds: float) -> str:
    return say_n("{count} second", "{count} seconds", max(1, math.ceil(seconds)))


def paragraph(place: int) -> str:
    """Where a sentence stands."""
    return say("paragraph {number}", number=number(place))


def relayed(names: str) -> str:
    """Through whom the words came."""
    return say("relayed by {names}", names=names)


def said_to_be(speaker: str) -> str:
    """Whose words the asker takes them for."""
    return say("Said to be by **{speaker}**", speaker=speaker)


def no_quotes(speaker: str | None) -> str:
    """Why no quotations are shown."""
    if speaker is None:
        return say("The articles here quote nobody.")
    return say("The articles here quote nothing by {speaker}.", speaker=speaker)


def more_by(speaker: str) -> str:
    """The heading of a speaker's further pages."""
    return say("{speaker} (continued)", speaker=speaker)


def no_voice(channel: int) -> str:
    """Why there is no answer where it was asked for."""
    return say(_NO_VOICE, channel=f"<#{channel}>")


def page(place: int, count: int) -> str:
    """Which page this is."""
    return say("{number} of {count}", number=number(place), count=number(count))


def refusal(reason: Reason, about: str | None, examples: Sequence[str] = ()) -> str:
    """Why there is no answer; `about` is the name that the reason speaks of, if any.

    `examples` are questions to put instead, ready to be shown.
    """
    if about is None and reason in _REASONS_NAMELESS:
        return say(_REASONS_NAMELESS[reason])
    hint = say(EXAMPLES, examples=" ".join(examples)) if examples else say(TRY)
    return say(_REASONS[reason], about=f"**{about}**", hint=hint)


def asked_in(heading: str) -> tuple[str, str | None]:
    """What was asked, and as what it was understood, from a heading of ours in any language."""
    said = " ".join(heading.split())
    if said in in_every(QUESTION):
        return "", None
    for form in in_every(SHOWING):
        before, after = form.replace("\N{NO-BREAK SPACE}", " ").split("{question}")
        if said.startswith(before) and said.endswith(after):
            return "", said.removeprefix(before).removesuffix(after)
    return heading, None


def verdict_note(verdict: Verdict, speaker: str | None) -> str:
    """What the verdict means, in a sentence ("" where its title says it all)."""
    if verdict is Verdict.WRONG_SPEAKER and speaker is None:
        return say(_NOT_THEIRS)
    return say(_VERDICT_NOTES[verdict], speaker=speaker)


def in_use(generation: int, articles: int, *, another: bool) -> str:
    """Which index answers now."""
    known = say(
        "generation {number}, {articles}",
        number=str(generation),
        articles=say_n("{count} article", "{count} articles", articles),
    )
    if another:
        return say("Now answering from {known}.", known=known)
    return say("Nothing newer is there: {known}.", known=known)


def not_reloaded(problem: str) -> str:
    """Why the published index is not in use."""
    return f"{_block(problem)}\n{say(_GOES_ON_AS_IS)}"


def building(stage: str, done: int, total: int | None) -> str:
    """How far a build is."""
    if total is None:
        return f"{say(stage)} …"
    return say(
        "{stage}: {done} of {total}",
        stage=say(stage),
        done=number(done),
        total=number(total),
    )


def rebuilt(generation: int, articles: int, seconds: float, problems: Sequence[str]) -> str:
    """What a build came to."""
    took = say("It took {seconds} s.", seconds=number(seconds))
    said = f"{in_use(generation, articles, another=True)} {took}"
    if not problems:
        return said
    more = len(problems) - _LISTED
    rest = [say_n("and {count} more", "and {count} more", more)] if more > 0 else []
    named = "\n".join([*problems[:_LISTED], *rest])
    return f"{said} {say('Left out:')}\n{_block(named)}"


def not_rebuilt(problem: str) -> str:
    """Why there is no new index."""
    return f"{say('The index was not built:')}\n{_block(problem)}\n{say(_GOES_ON_AS_IT_WAS)}"


def _block(text: str) -> str:
    """Plain text that Discord is to show as it is, within a message."""
    held = text.replace("`", "'")
    return f"```\n{held if len(held) <= 1500 else held[:1500] + '…'}\n```"
