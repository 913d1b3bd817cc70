"""People: who speaks in an article, as it is stored, and one person as several articles name them.

Read at question time, so it knows nothing of parsing; within one article it is
`index.speakers` that tells who is who.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from index.names import surname_of
from index.speech import Speaker, Voice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from index.speech import Quotation


@dataclass(frozen=True, slots=True)
class Appearance:
    """A person in one article: the speaker as named there, and how sure each quotation is.

    `row` is the article, as whoever keeps it counts them; `unsaid` is how sure the attribution
    is of what they denied, asked, withheld or hold.
    """

    row: int
    speaker: Speaker
    said: tuple[float, ...]
    unsaid: tuple[float, ...]


def people_of(quotations: Iterable[Quotation], row: int) -> Iterator[Appearance]:
    """Each person of an article at a row."""
    found: dict[str, tuple[Speaker, list[float], list[float]]] = {}
    for quotation in quotations:
        if (speaker := quotation.speaker) is not None:
            _, said, unsaid = found.setdefault(speaker.person, (speaker, [], []))
            (said if quotation.is_said else unsaid).append(quotation.confidence)
    for speaker, said, unsaid in found.values():
        yield Appearance(row, speaker, tuple(said), tuple(unsaid))


def speaker_record(speaker: Speaker) -> dict[str, Any]:
    """A speaker for JSON."""
    return asdict(speaker)


def read_speaker(record: dict[str, Any]) -> Speaker:
    """The speaker of a record."""
    return Speaker(
        name=record["name"],
        person=record["person"],
        aliases=tuple(record["aliases"]),
        roles=tuple(record["roles"]),
    )


def dump_speaker(speaker: Speaker) -> bytes:
    """A speaker as it is stored; the same one always alike."""
    return json.dumps(speaker_record(speaker)).encode()


def load_speaker(stored: bytes) -> Speaker:
    """The speaker that was stored. Raises ValueError, KeyError or TypeError where it is none."""
    return read_speaker(json.loads(stored))


def same_person(ids: Iterable[str]) -> Mapping[str, str]:
    """For each id that is a bare surname: the one full name of the index that ends in it.

    A surname that two people share, or nobody, is left alone.
    """
    known = set(ids)
    by_surname: defaultdict[str, set[str]] = defaultdict(set)
    for person in known:
        if (surname := surname_of(person)) is not None:
            by_surname[surname].add(person)
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


def gather_voices(
    appearances: Iterable[tuple[str, Appearance]],
    min_confidence: float,
    *,
    same: Mapping[str, str] | None = None,
) -> tuple[Voice, ...]:
    """Who speaks in which articles, most quoted first; one `Voice` a person.

    Given are the appearances with their articles' ids; those who do not speak tell who is who.
    Only quotations whose speaker is at least so sure count, and only what was said; who denied
    or asked something and said nothing else is there with none. A person goes by the fullest of
    the names that those articles print; roles come from the article that quotes them most first.
    `same` says who is whom where not everybody of those articles is given (see `same_person`).
    """
    seen = tuple(appearances)
    if same is None:
        same = same_person(one.speaker.person for _, one in seen)
    found: defaultdict[str, list[tuple[Speaker, int, str]]] = defaultdict(list)
    for article_id, one in seen:
        count = sum(sure >= min_confidence for sure in one.said)
        if count or any(sure >= min_confidence for sure in one.unsaid):
            person = same.get(one.speaker.person, one.speaker.person)
            found[person].append((replace(one.speaker, person=person), count, article_id))
    voices = []
    for known in found.values():
        # By what they say, and not by which segment they lie in.
        known.sort(key=lambda one: (-one[1], one[0].name, one[0].aliases, one[0].roles, one[2]))
        speaker = merge_speakers([speaker for speaker, _, _ in known])
        voices.append(Voice(speaker, tuple((where, count) for _, count, where in known if count)))
    return tuple(sorted(voices, key=lambda voice: (-voice.quotations, voice.speaker.person)))


def gather_speaker(forms: Iterable[tuple[Speaker, int]], person: str) -> Speaker:
    """The speaker of the `Voice` that would be gathered, from each way of naming them once.

    With each is in how many quotations the article that quotes them most under it has them.
    """
    known = sorted(forms, key=lambda one: (-one[1], one[0].name, one[0].aliases, one[0].roles))
    return replace(merge_speakers([speaker for speaker, _ in known]), person=person)
