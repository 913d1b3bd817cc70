"""How likely an attribution is right, from the grounds that it stands on.

Four probabilities, set as the shares of right speakers among the matched quotations of the
development articles (US political news of 2015-16, both halves) and rounded towards
caution. docs/attribution.md has the table, and what other folds of the articles would have
given.
"""

from __future__ import annotations

SURE = 0.97
"""A word of speech claims quoted words, and its source is a name, or points clearly to one."""
LIKELY = 0.88
"""A word of speech claims them for a body or for somebody only described; or only another
verb, a noun, or the sentence before ties them to a person."""
DOUBTFUL = 0.3
"""Such loose grounds, and no person's name; or a pronoun that could nearly as well mean another."""
REPORTED = 0.89
"""Indirect speech. Its speakers are right in 94%; it stays under .9 because whether the
reporter's clause was said at all is no part of that figure."""
UNNAMED = 0.1
"""Nobody to be named; not fitted."""

_SPEAKING = {"verb", "beside", "according", "words", "carried", "heading"}
_CLOSE = 0.4


def confidence(grounds: str, referent: str, margin: float, *, indirect: bool = False) -> float:
    """The probability that the speaker is right.

    `grounds` tell how the words are claimed (`Claim.how`), `referent` how the source was
    understood ("name", "pronoun", "role", "guess", "printed"), `margin` by how much.
    """
    if referent in {"pronoun", "guess", "name"} and margin < _CLOSE:
        return DOUBTFUL
    if indirect:
        return REPORTED
    if referent == "printed":
        return LIKELY if grounds in _SPEAKING else DOUBTFUL
    return SURE if grounds in _SPEAKING else LIKELY
