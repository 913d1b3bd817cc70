"""How likely an attribution is right, from the grounds that it stands on.

Five probabilities, one for each kind of grounds: the shares of right speakers among the
583 matched stretches of the development articles (US political news of 2015-16, both
halves), rounded towards caution. docs/attribution.md has the table, and what each half
alone would have given.
"""

from __future__ import annotations

SURE = 0.97
"""A word of speech claims the words, and its source is a name, or points clearly to one."""
PRINTED = 0.83
"""A word of speech claims the words for a body or for somebody only described."""
LOOSE = 0.8
"""Only another kind of verb, a noun, or the sentence before ties the words to a person."""
LOOSE_PRINTED = 0.25
"""The same, and the source is no person's name."""
TORN = 0.15
"""A pronoun that could nearly as well mean somebody else."""
UNNAMED = 0.1

_SPEAKING = {"verb", "beside", "according", "words", "carried", "heading"}
_CLOSE = 0.4


def confidence(grounds: str, referent: str, margin: float) -> float:
    """The probability that the speaker is right.

    `grounds` tell how the words are claimed (`Claim.how`), `referent` how the source was
    understood ("name", "pronoun", "role", "guess", "printed"), `margin` by how much.
    """
    if referent in {"pronoun", "guess", "name"} and margin < _CLOSE:
        return TORN
    if referent == "printed":
        return PRINTED if grounds in _SPEAKING else LOOSE_PRINTED
    return SURE if grounds in _SPEAKING else LOOSE
