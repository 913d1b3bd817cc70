"""Terms as they are stored: a word that is too long for the database's index by its digest."""

from __future__ import annotations

import hashlib

LONGEST = 200
"""Letters of a term that is stored as it is; an index entry takes 2,700 bytes at most."""


def key_of(term: str) -> str:
    """What is stored for a term."""
    if len(term) <= LONGEST:
        return term
    return "#" + hashlib.sha256(term.encode()).hexdigest()
