"""Whether a quotation is cited for a denial, for "What did she deny?".

What the article tells of the words themselves (said, denied, asked, withheld) is worked out
when the index is built (`index.speech.stance`) and stands in `Quotation.stance`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.speech import Stance

if TYPE_CHECKING:
    from index.speech import Quotation

_TAKES_BACK = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|(?:disput|refut|reject|dismiss|rebut)"
    r"(?:t?e?s|t?e?d|t?ing|es|e)?)\b",
    re.IGNORECASE,
)


def takes_back(quotation: Quotation) -> bool:
    """Whether it is cited as a denial: "denied that", "rejected it", "denied it: “…”"."""
    if quotation.stance is Stance.DENIED:
        return True
    return quotation.cue is not None and bool(_TAKES_BACK.search(quotation.cue.text))
