"""What kind of thing a question asks for, and whether a sentence has one of the kind.

Only wording is looked at: "how many" wants a number, and a sentence without one is no
good answer. Where the question does not tell, every sentence is as good as another.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Kind(StrEnum):
    """What is asked for."""

    NUMBER = "number"
    TIME = "time"
    PERSON = "person"
    PLACE = "place"
    OTHER = "other"


_ASKED = (
    (
        Kind.NUMBER,
        (
            r"\bhow (?:many|much|old|long|far|tall|big|often|fast|large)\b|\bage\b"
            r"|\bwhat (?:percent|percentage|number|amount|share)\b"
        ),
    ),
    (Kind.TIME, r"\bwhen\b|\b(?:what|which) (?:year|day|date|month|time|week)\b"),
    (Kind.PERSON, r"\bwho(?:m|se)?\b|\bwhich (?:man|woman|person|people|player|team)\b"),
    (Kind.PLACE, r"\bwhere\b|\b(?:what|which) (?:country|city|state|place|town|province)\b"),
)
_ASKS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _ASKED)

_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|dozens?"
    r"|hundreds?|thousands?|millions?|billions?|half|once|twice)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:1[5-9]\d\d|20\d\d|January|February|March|April|May|June|July|August|September|October"
    r"|November|December|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:year|month|week|day|hour)s?"
    r"|today|yesterday|tomorrow|tonight|morning|afternoon|evening|ago|\d\d?:\d\d)\b"
)
# A capital inside the sentence; its first word has one whatever it is.
_NAME = re.compile(r"(?<=[\w,;:’'\")”] )[“\"‘']?[A-Z][\w’'-]+")


def kind_asked(question: str) -> Kind:
    """The kind of thing that a question asks for, by its words."""
    return next((kind for kind, asks in _ASKS if asks.search(question)), Kind.OTHER)


def holds(kind: Kind, text: str) -> float:
    """1 where a sentence has a thing of that kind, -1 where not, 0 where nothing is asked."""
    if kind is Kind.OTHER:
        return 0.0
    pattern = {Kind.NUMBER: _NUMBER, Kind.TIME: _TIME}.get(kind, _NAME)
    return 1.0 if pattern.search(text) else -1.0
