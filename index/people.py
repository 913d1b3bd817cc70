"""People: one person as several articles name them.

Read at question time, so it knows nothing of parsing; within one article it is
`index.speakers` that tells who is who.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from index.speech import Speaker

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def same_person(ids: Iterable[str]) -> Mapping[str, str]:
    """For each id that is a bare surname: the one full name of the index that ends in it.

    A surname that two people share, or nobody, is left alone.
    """
    known = set(ids)
    by_surname: defaultdict[str, set[str]] = defaultdict(set)
    for person in known:
        words = person.split("-")
        if len(words) > 1 and "@" not in person:
            by_surname[words[-1]].add(person)
    return {
        person: next(iter(by_surname[person]))
        for person in sorted(known)
        if "-" not in person and len(by_surname[person]) == 1
    }


def merge_speakers(known: Sequence[Speaker]) -> Speaker:
    """One person as several articles name them: the longest name, and all that they go by."""
    name = max((speaker.name for speaker in known), key=lambda name: (len(name), name))
    aliases = {alias for s in known for alias in (s.name, *s.aliases)} - {name}
    roles = {role: None for s in known for role in s.roles}
    return Speaker(name, known[0].person, tuple(sorted(aliases)), tuple(roles))
