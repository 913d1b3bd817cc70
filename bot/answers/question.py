"""What is asked: a topic, somebody's words on a topic, or whose words something is.

Only the question's own wording is looked at, by patterns, since no parser runs at
question time. Who is meant by a name is settled later, among the speakers in scope.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Ask(StrEnum):
    """What kind of answer is asked for."""

    TOPIC = "topic"
    """Anything that the articles may say."""
    SPEECH_OF = "speech_of"
    """What somebody said, on a topic or on anything."""
    SPEAKER_OF = "speaker_of"
    """Who said something."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as understood. `text` is as typed, blanks folded.

    `who` is the name that speech is asked of; `topic` what the answer should be about
    ("" for anything).
    """

    text: str
    ask: Ask
    topic: str
    who: str | None = None


_SAY = (
    r"(?:say(?:ing)?|said|says|tell|told|state[ds]?|claim(?:ed|s)?|argue[ds]?|add(?:ed|s)?|"
    r"comment(?:ed|s)?|announce[ds]?|explain(?:ed|s)?|promise[ds]?|warn(?:ed|s)?|"
    r"mention(?:ed|s)?|suggest(?:ed|s)?|respond(?:ed|s)?|repl(?:y|ied)|declare[ds]?|"
    r"insist(?:ed|s)?|den(?:y|ied)|describe[ds]?|speak|spoke|talk(?:ed)?|write|wrote|"
    r"think|thinks|thought|believe[ds]?|point(?:ed)? out|call(?:ed)? for|"
    r"react(?:ed|s)?|remark(?:ed)?|testif(?:y|ied)|emphasi[sz]e[ds]?|highlight(?:ed|s)?|"
    r"stress(?:ed|es)?|express(?:ed)?|make of|have to say|had to say|has to say)"
)
_ABOUT = r"(?:about|on|of|regarding|concerning|over|with regard to|to|in|at|during|when|that|if)"
_STANCE = (
    r"(?:position|views?|stance|opinions?|take|reaction|response|comments?|words?|statements?|"
    r"remarks?|quotes?|quotations?|answer|argument|claims?|explanation)"
)
_AUX = r"(?:did|does|do|has|have|had|was|were|is|are|would|could|might|will|can)"
_DO = r"(?:did|does|do|has|have|had)"
_HOW = r"(?:actually|really|just|also|ever|exactly|then|later|publicly)"
_WHO = r"(?P<who>[^,?]+?)"
_TOPIC = r"(?P<topic>.+)"

_ANYTHING = r"(?: (?:anything|something|a word))?"
_ON = rf"(?: {_ABOUT} {_TOPIC}| about| on)?"
_TELL = r"(?:tell|told) (?:(?!about|on|of|that)[\w’'-]+ ?){1,3}?"
_OBJECT = r"(?:mention|announce|explain|promise|den(?:y|ied)|describe|claim|suggest)(?:d|ed)?"
_OPENING = r"(?:all |the |any |show (?:me )?|give me |find )*"

_SPEECH_OF = tuple(
    re.compile(f"^{pattern}$", re.IGNORECASE)
    for pattern in (
        rf"what(?: else| exactly| all)?(?:'d| {_AUX}) {_WHO} (?:{_HOW} )*{_SAY}{_ANYTHING}{_ON}",
        rf"{_DO} {_WHO} (?:{_HOW} )*{_SAY}{_ANYTHING}{_ON}",
        rf"what(?: else| exactly)? {_AUX} {_WHO} (?:{_HOW} )*{_TELL}{_ON}",
        rf"{_DO} {_WHO} (?:{_HOW} )*{_OBJECT} {_TOPIC}",
        rf"how {_AUX} {_WHO} (?:{_HOW} )*(?:respond|react|repl(?:y|i)|comment)(?:ed)?{_ON}",
        rf"(?:what(?:'s| is| was| are| were) )?{_WHO}['’]s? {_STANCE}{_ON}",
        rf"what(?:'s| is| was| are| were) (?:the )?{_STANCE} (?:of|by|from) {_WHO}{_ON}",
        rf"{_OPENING}{_STANCE} (?:of|by|from) {_WHO}{_ON}",
        rf"according to {_WHO}, {_TOPIC}",
        rf"according to {_WHO} (?=(?:what|when|where|who|whom|why|how|which)\b){_TOPIC}",
        rf"according to {_WHO} {_TOPIC}",
        rf"{_TOPIC}(?<!,),? according to {_WHO}",
        rf"what {_WHO} (?:said|says){_ON}",
    )
)
_FOLLOW_UP = re.compile(r"^(?:(?:what|how) )?about (?P<what>.+)$", re.IGNORECASE)
_LEAD_IN = re.compile(r"^(?:(?:and|but|so|ok|okay|then|well),? )+", re.IGNORECASE)
_SPEAKER_OF = re.compile(
    rf"^who(?:m)?(?: else)?(?:'s| has| had| have| is| was)?(?: {_HOW})* "
    rf"(?:{_SAY}|quoted(?: as saying)?)(?: (?:that|about|on|of))? {_TOPIC}$",
    re.IGNORECASE,
)
# "What did X not say?" is no question for what X said.
_NEGATED = re.compile(
    rf"^(?:(?:what|how|which) )?{_DO}(?:n['’]?t\b|.*\b(?:not|never) {_SAY}\b)", re.IGNORECASE
)
_DENIAL = re.compile(r"^(?:what )?(?:did|does|has|have) .*\bden(?:y|ied)\b", re.IGNORECASE)
# Words that stand where a name would, and are none.
_NOBODY = re.compile(
    r"^(?:the|a|an|it|this|that|there|they|he|she|we|you|i|one|people|anyone|anybody|someone|everyone|"
    r"the (?:article|story|text|newspaper|paper|report|piece|page|author|journalist|reporter))$",
    re.IGNORECASE,
)


def read_question(typed: str) -> Question:
    """Understand a question as typed; anything that fits no pattern is about its topic."""
    text = " ".join(typed.split())
    plain = _LEAD_IN.sub("", text.rstrip(" ?!.…").strip())
    for pattern in _SPEECH_OF:
        match = pattern.match(plain)
        if match and not (_NOBODY.match(match["who"].strip()) or _NEGATED.search(plain)):
            who = re.sub(r"^the\s+", "", match["who"].strip(), flags=re.IGNORECASE)
            topic = (match.groupdict().get("topic") or "").strip()
            if re.fullmatch(r"(?:this|that|it|the article)", topic, re.IGNORECASE):
                topic = ""
            return Question(text, Ask.SPEECH_OF, topic, who)
    if match := _SPEAKER_OF.match(plain):
        return Question(text, Ask.SPEAKER_OF, match["topic"].strip())
    return Question(text, Ask.TOPIC, plain)


def asks_for_denial(question: Question) -> bool:
    """Whether what somebody denied is asked for."""
    return bool(_DENIAL.match(question.text))


def follow_up(typed: str, before: Question) -> tuple[Question, ...]:
    """What "and what about ...?" may mean after the question before it, likeliest first.

    After a question for somebody's words it is the same of somebody else, or something
    else of the same person. Empty where it is no such question, or follows from nothing.
    """
    text = " ".join(typed.split())
    match = _FOLLOW_UP.match(_LEAD_IN.sub("", text.rstrip(" ?!.…").strip()))
    if match is None or before.ask is not Ask.SPEECH_OF:
        return ()
    what = match["what"].strip()
    return (
        Question(text, Ask.SPEECH_OF, before.topic, what),
        Question(text, Ask.SPEECH_OF, what, before.who),
    )
