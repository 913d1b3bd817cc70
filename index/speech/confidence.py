"""How likely an attribution is right, from the grounds that it stands on."""

from __future__ import annotations

_BY_GROUNDS = {
    "verb": 0.97, "beside": 0.9, "according": 0.93, "noun": 0.8, "weak": 0.7, "before": 0.75,
    "carried": 0.9, "heading": 0.95,
}  # fmt: skip
_BY_REFERENT = {"name": 1.0, "pronoun": 0.93, "role": 0.93, "guess": 0.75, "printed": 0.97}


def confidence(how: str, referent: str, margin: float) -> float:
    """The probability that the speaker is right."""
    value = _BY_GROUNDS.get(how, 0.6) * _BY_REFERENT.get(referent, 0.7)
    if referent in {"pronoun", "guess", "role"} and margin < 1.0:
        value *= 0.8 + 0.2 * max(0.0, margin)
    elif referent == "name" and margin < 1.0:
        value *= 0.85
    return round(min(0.99, max(0.05, value)), 3)
