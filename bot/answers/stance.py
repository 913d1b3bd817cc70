"""Whether a quotation says that its words were said: "declined to say" and "denied" do not.

Attribution finds a speaker, a cue and words for "The mayor did not say whether the city
would pay" too. The sentence may be shown, and often it is the answer; but those words were
never said, so they are not marked as theirs, and nobody is named as having said them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.speech import Speech

if TYPE_CHECKING:
    from index.speech import Quotation

# Just before the cue: "did not say", "never told", "refused to say", "without saying".
_UNSAID = re.compile(
    r"(?:(?:\b(?:not|never|cannot|neither|nor|nobody|none|no one)|n[’']t)"
    r"(?!\s+(?:only|just|merely)\b)"
    r"|\b(?:declin|refus|fail)(?:e|es|ed|ing|s)?\s+to"
    r"|\bwithout|\bstop(?:s|ped|ping)?\s+short\s+of|\bavoid(?:s|ed|ing)?)"
    r"(?:\s+[a-z]+){0,2}\s*$",
    re.IGNORECASE,
)
# The cue itself takes its content back, or asks for it.
_TAKEN_BACK = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|(?:declin|refus|disput|refut|reject|dismiss|rebut)"
    r"(?:t?e?s|t?e?d|t?ing|es|e)?)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(r"(?:whether|if)\b", re.IGNORECASE)
_BEFORE = 40


def is_said(quotation: Quotation) -> bool:
    """Whether the article says that these words, or what they report, were said.

    False for words that somebody did not say, declined to say, denied, or asked about
    ("whether"). Words between quotation marks after a denial ("She denied it: “…”") were said.
    """
    cue = quotation.cue
    if cue is None:
        return True
    text = cue.article.text
    start = max(quotation.context.start, cue.start - _BEFORE)
    # A word of the quoted words before the cue says nothing of the cue.
    start = max([start, *(part.end for part in quotation.parts if part.end <= cue.start)])
    if _UNSAID.search(text[start : cue.start]):
        return False
    if quotation.speech is Speech.DIRECT:
        return True
    return not (_TAKEN_BACK.search(cue.text) or _OPEN.match(quotation.parts[0].text))


def takes_back(quotation: Quotation) -> bool:
    """Whether it is cited as a denial: "denied that", "rejected", "denied it: “…”"."""
    return quotation.cue is not None and bool(_TAKEN_BACK.search(quotation.cue.text))
