"""Follow-ups: what a question means given the conversation before it.

"Where was that?" and "what did he say?" are put in full, with the name or the question that
they hark back to, so that they are answered like any other question and the asker sees how
they were understood. What could mean two people is not guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answers.abstain import STOP_WORDS
from bot.answers.question import Ask, Question, follow_up, read_question
from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.answers.answer import Reply


@dataclass(frozen=True, slots=True)
class Turn:
    """What a question of the conversation was about, to understand the next one by.

    `question` is in full, as it was understood; `people` whom it asked about or, where it
    named nobody, whose words answered it; `article` the one that was cited first.
    """

    question: str
    people: tuple[str, ...] = ()
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was replied to each question of a message, and the turns that this adds."""

    replies: tuple[Reply, ...]
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Meant:
    """A question put in full.

    `unclear` is the word of it that nothing before explains; `article` the one that it stays
    within, where it asks more about what that article says.
    """

    text: str
    unclear: str | None = None
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Cast:
    """Who there is: what the service knows of the people in scope.

    `find` gives the full names that a typed name may mean, `within` those that a text names,
    `pronoun` "he" or "she" where the articles use one for a name.
    """

    find: Callable[[str], tuple[str, ...]]
    within: Callable[[str], tuple[str, ...]]
    pronoun: Callable[[str], str | None]


_LEAD_IN = re.compile(r"^(?:(?:and|but|so|ok|okay|then|well|also),?\s+)+", re.IGNORECASE)
_AUX = r"(?:did|does|do|has|have|had|was|were|is|are|will|would|can|could|should)"
_BARE = re.compile(
    r"^(?P<wh>when|where|why|how|who|since when|how (?:come|so|long|often|much|many))"
    rf"(?: exactly)?(?: {_AUX} (?P<that>that|it|this)"
    r"(?: (?:happen(?:ing|ed)?|take place|taking place|occur|be|so|all|exactly))*)?$",
    re.IGNORECASE,
)
_ELLIPTIC = re.compile(
    rf"^(?P<aux>{_AUX})(?:n['’]?t)? "
    r"(?P<who>(?!(?:it|that|this|they|there|we|you|i)$)[^\s,]+(?: [^\s,]+)?)$",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?P<word>he|him|his|she|her|hers)(?P<is>['’](?:s|d|ll))?\b", re.IGNORECASE
)
_THEY = re.compile(r"\b(?:they|them)\b(?!['’])", re.IGNORECASE)
_POSSESSIVE = re.compile(
    r"^\s+(?!about|on|of|in|at|to|for|from|with|say|said|by|and|or)\w", re.IGNORECASE
)
_ABOUT = re.compile(r"^(?:(?:what|how) about )?(?P<who>[^,?]+)$", re.IGNORECASE)
_ASKED = re.compile(
    rf"^(?i:(?:(?:what|when|where|why|how|who|whom) )?{_AUX}) "
    r"(?P<who>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,3})\b(?! (?:of|in|and)\b)"
)
_WHO_IS = re.compile(r"^who(?:['’]s| is| was) (?P<who>.+)$", re.IGNORECASE)
_TELLING_WH = re.compile(rf"^(?:when|where|why|how)(?= {_AUX}\b)", re.IGNORECASE)
_SAID_THAT = re.compile(
    r"^(?:When|Where|Why) did (?P<who>.+?) say that(?: about (?P<topic>.+?))?\?$"
)
_YES_NO = re.compile(rf"^{_AUX} ", re.IGNORECASE)
_WH = frozenset(
    "what when where why how who whom whose which else exactly actually really even ever".split()
)
_SHE = frozenset({"she", "her", "hers"})


def put_in_full(typed: str, turns: Sequence[Turn], cast: Cast) -> Meant:
    """What is asked, after these turns (the latest last)."""
    text = " ".join(typed.split())
    plain = _LEAD_IN.sub("", text.rstrip(" ?!.…").strip())
    if match := _BARE.match(plain):
        if not turns:
            return Meant(text, unclear=(match["that"] or match["wh"]).lower())
        before = turns[-1]
        return Meant(_asked_again(before.question, match["wh"]), article=before.article)
    meant = _name_the_pronoun(text, turns, cast)
    if meant.unclear or not turns:
        return meant
    plain = _LEAD_IN.sub("", meant.text.rstrip(" ?!.…").strip())
    if match := _ELLIPTIC.match(plain):
        return _said_of(match["who"], meant, turns[-1], cast)
    return _of_another(meant, plain, turns[-1], cast)


def people_asked(text: str, cast: Cast) -> tuple[str, ...]:
    """Whom a question (in full) asks about: those that it names, known to the articles or not."""
    asked = read_question(text)
    plain = text.rstrip(" ?!.…").strip()
    who = asked.who if asked.ask is Ask.SPEECH_OF else None
    if who is None and (match := _WHO_IS.match(plain)) and cast.find(match["who"]):
        who = match["who"]
    if who is not None:
        each = [cast.find(name) or (name,) for name in split_names(who)]
        return tuple(dict.fromkeys(name for names in each for name in names))
    if known := cast.within(text):
        return known
    match = _ASKED.match(plain)
    return (match["who"],) if match else ()


def split_names(who: str) -> list[str]:
    """The names in "Obi, Lowe and Reed"."""
    return re.split(r",? and |, ", who)


def _name_the_pronoun(text: str, turns: Sequence[Turn], cast: Cast) -> Meant:
    """Put a name for "he" where nothing before it in the question can be meant by it."""
    several = turns[-1].people if turns else ()
    if len(several) > 1 and (they := _THEY.search(text)) and _opens(text[: they.start()]):
        return Meant(text[: they.start()] + " and ".join(several) + text[they.end() :])
    match = _PRONOUN.search(text)
    if match is None or not _opens(text[: match.start()]):
        return Meant(text)
    word = match["word"].lower()
    name = _person_meant("she" if word in _SHE else "he", turns, cast)
    if name is None:
        return Meant(text, unclear=word)
    after = text[match.end() :]
    owns = word in ("his", "hers") or (word == "her" and _POSSESSIVE.match(after))
    put = name + ("’s" if owns else match["is"] or "")
    return Meant(text[: match.start()] + put + after)


def _opens(before: str) -> bool:
    """Whether nothing stands there that a pronoun after it could mean."""
    return all(word in _WH or word in STOP_WORDS for word in words_of(before))


def _person_meant(pronoun: str, turns: Sequence[Turn], cast: Cast) -> str | None:
    """Whom the latest turn that speaks of anybody lets the pronoun mean; None if unclear."""
    turn = next((turn for turn in reversed(turns) if turn.people), Turn(""))
    fitting = [name for name in turn.people if cast.pronoun(name) in (None, pronoun)]
    if len(fitting) != 1:
        return None
    # Whoever speech was asked of is somebody; another name may be a country's.
    known = cast.find(fitting[0]) or _read(turn.question).ask is Ask.SPEECH_OF
    return fitting[0] if known else None


def _read(question: str) -> Question:
    """The question, also where it is one that `_asked_again` made of one for somebody's words."""
    match = _SAID_THAT.match(question)
    if match is None:
        return read_question(question)
    return Question(question, Ask.SPEECH_OF, match["topic"] or "", match["who"])


def _asked_again(before: str, wh: str) -> str:
    """The question before, asked for when, where or why."""
    asked = _read(before)
    plain = before.rstrip(" ?!.…").strip()
    if asked.ask is Ask.SPEECH_OF and wh.lower() not in ("who", "how"):
        about = f" about {asked.topic}" if asked.topic else ""
        return f"{wh.capitalize()} did {asked.who} say that{about}?"
    if asked.ask is Ask.SPEAKER_OF and wh.lower() in ("when", "where", "why"):
        return f"{wh.capitalize()} was it said that {asked.topic}?"
    if _TELLING_WH.match(plain) and wh.lower() != "who":
        return f"{_TELLING_WH.sub(wh.capitalize(), plain)}?"
    if _YES_NO.match(plain) and wh.lower() != "who":
        return f"{wh.capitalize()} {plain[0].lower()}{plain[1:]}?"
    return f"{plain}, and {wh.lower()}?"


def _said_of(who: str, meant: Meant, before: Turn, cast: Cast) -> Meant:
    """Put the question before of this person: "did she?", "did Blinken?"."""
    names = cast.find(who)
    if len(names) != 1:
        return meant
    asked = _read(before.question)
    if asked.ask is Ask.SPEECH_OF:
        return Meant(_speech(names[0], asked.topic))
    return Meant(_put_for(before, names[0]) or meant.text)


def _of_another(meant: Meant, plain: str, before: Turn, cast: Cast) -> Meant:
    """Ask the same of another, or more of the same: "what about Blinken?", "and Blinken?"."""
    match = _ABOUT.match(plain)
    if match is None:
        return meant
    readings = follow_up(meant.text, _read(before.question))
    for reading in readings:
        if reading.who and cast.find(reading.who):
            return Meant(_speech(reading.who, reading.topic))
    if readings:
        return Meant(_speech(readings[0].who or "", readings[0].topic))
    who = match["who"].strip()
    about = plain.lower().startswith(("what about ", "how about "))
    if not about and (
        plain == meant.text.rstrip(" ?!.…") or set(words_of(who)) & (_WH | STOP_WORDS)
    ):
        return meant
    names = cast.find(who)
    asked = _read(before.question)
    if len(names) == 1 and asked.ask is Ask.SPEECH_OF:
        return Meant(_speech(names[0], asked.topic))
    return Meant((_put_for(before, names[0]) if len(names) == 1 else None) or meant.text)


def _speech(who: str, topic: str) -> str:
    return f"What did {who} say about {topic}?" if topic else f"What did {who} say?"


def _put_for(before: Turn, name: str) -> str | None:
    """The question before with another name in its only person's place."""
    if _WHO_IS.match(before.question):
        return f"Who is {name}?"
    if len(before.people) != 1:
        return None
    words = before.people[0].split()
    for form in (" ".join(words), words[-1], words[0]):
        pattern = re.compile(rf"(?<!\w)(?:{re.escape(form)})(?!\w)", re.IGNORECASE)
        if pattern.search(before.question):
            return pattern.sub(lambda _: name, before.question, count=1)
    return None
