"""What is typed to the bot and is no question: a greeting, thanks, a wish for a poem.

Precision comes first: whatever might be a question for the articles is left to be one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.speech import Speaker

EXAMPLES = 3

_YOU = r"(?:\ (?:pullquote|bot|there|all|everyone|everybody|friend|mate|again))?"
_TALK = rf"""
(?:hi|hey|hello|hiya|yo|howdy|greetings|good\ (?:morning|afternoon|evening|night|day)){_YOU}
    (?:,?\ how\ are\ you(?:\ doing)?)?
|how\ are\ you(?:\ doing)?|how(?:'s|’s|\ is)\ it\ going|what(?:'s|’s|\ is)\ up|sup
|(?:ok(?:ay)?,?\ )?(?:thanks?|thank\ you|thx|ty|cheers)(?:\ (?:you|a\ lot|so\ much|very\ much|much))?{_YOU}
|ok|okay|k|yes|no|yeah|yep|nope|sure|cool|nice|great|good|(?:good|bad)\ bot|wow|lol|haha+|hm+|bye|goodbye
|see\ you|please|sorry|test|testing|ping|start|go|stop|continue|more|next
|help(?:\ me)?|what\ can\ (?:you|i)\ (?:do|ask)(?:\ you)?|how\ do(?:es)?\ (?:this|it|you)\ work
|what\ (?:do|can)\ you\ (?:do|answer|know)|how\ (?:do|can)\ i\ use\ (?:this|you|it)
|(?:who|what)\ are\ you|what(?:'s|’s|\ is)\ your\ name|who\ made\ you
|are\ you\ (?:an?\ )?(?:ai|bot|human|robot|real|person|chatgpt|machine)\b.*
|(?:please\ |(?:can|could|will|would)\ you\ )?
    (?:write|compose|sing|draw|paint|translate|imagine|pretend|roleplay|act\ as|program)\b.*
|(?:please\ |(?:can|could)\ you\ )?(?:tell|give|show)\ me\ (?:a\ |another\ )?(?:joke|poem|riddle)\b.*
|(?:ignore|disregard|forget)\ (?:all\ |the\ |your\ |any\ )*(?:(?:previous|prior|above|earlier)\ )?
    (?:instructions|rules|prompts?)\b.*
|(?:you(?:'re|’re|\ are)\ )?(?:so\ |an?\ |very\ )?
    (?:stupid|dumb|useless|idiot|moron|awesome|amazing|smart|the\ best)(?:\ bot)?
|i\ (?:love|like|hate)\ (?:you|this\ bot|this)|shut\ up|fuck(?:\ (?:you|off))?|shit
|(?:https?://|www\.)\S+
"""
_PATTERN = re.compile(rf"(?:{_TALK})\Z", re.IGNORECASE | re.VERBOSE)
_LETTER = re.compile(r"[^\W_]")


def is_small_talk(typed: str) -> bool:
    """Whether nothing was asked that an article could answer."""
    plain = " ".join(typed.split()).strip(" ?!.…,")
    if not _LETTER.search(plain):
        return True
    return bool(_PATTERN.match(plain))


def examples_from(quoted: Sequence[Speaker]) -> tuple[str, ...]:
    """Questions that the articles in scope can answer, naming people who are quoted there."""
    asked = [f"What did {speaker.name} say?" for speaker in quoted[: EXAMPLES - 1]]
    return (*asked, "Who is quoted?" if quoted else "What is the article about?")
