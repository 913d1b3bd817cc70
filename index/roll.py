"""Roll: who is in a segment, by person and by name, memory-mapped.

A name is looked up by binary search and only the records of whoever bears it are read, so
that a question costs the same however many people there are.

    people       a JSON record a person and article, by person and row
    people_rows  the row of each one's article
    persons      the ids of the people, each once, in ascending order; with `person_at`, where
                 the records of each begin, and after them all, how many there are
    name_keys    the keys of `index.names`, in ascending order; with `name_key_at`, where each
                 one's part of `name_key_persons` begins: the places of people in `persons`
"""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from index.mapped import Records, RecordsWriter, open_array, write_array
from index.names import keys_of
from index.speech import Speaker

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Appearance:
    """A person in one article: the speaker as named there, and how sure each quotation is.

    `unsaid` is how sure the attribution is of what they denied, asked, withheld or hold.
    """

    row: int
    speaker: Speaker
    confidences: tuple[float, ...]
    unsaid: tuple[float, ...]


class RollWriter:
    """Writes the roll of a segment; in memory it takes 8 bytes a person and key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._people = RecordsWriter(folder, "people")
        self._persons = RecordsWriter(folder, "persons")
        self._rows = array("i")
        self._person_at = array("q")
        self._last: str | None = None
        self._keys: dict[str, int] = {}
        self._key_numbers = array("i")
        self._key_persons = array("i")
        self._keys_here: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._people.__exit__(kind, error, trace)
        self._persons.__exit__(kind, error, trace)
        if kind is None:
            self._person_at.append(len(self._rows))
            write_array(self._folder, "people_rows", np.frombuffer(self._rows, dtype=np.int32))
            write_array(self._folder, "person_at", np.frombuffer(self._person_at, dtype=np.int64))
            self._write_keys()

    def add(self, record: dict[str, Any]) -> None:
        """Add the next record; they come by person, and by row."""
        speaker = read_speaker(record["speaker"])
        if speaker.person != self._last:
            self._last = speaker.person
            self._person_at.append(len(self._rows))
            self._persons.add(speaker.person.encode())
            self._keys_here = set()
        self._people.add(json.dumps(record).encode())
        self._rows.append(record["row"])
        for key in keys_of(speaker) - self._keys_here:
            self._keys_here.add(key)
            self._key_numbers.append(self._keys.setdefault(key, len(self._keys)))
            self._key_persons.append(len(self._person_at) - 1)

    def _write_keys(self) -> None:
        keys = sorted(self._keys, key=str.encode)
        with RecordsWriter(self._folder, "name_keys") as written:
            for key in keys:
                written.add(key.encode())
        places = np.empty(len(keys), dtype=np.int64)
        places[[self._keys[key] for key in keys]] = np.arange(len(keys))
        at = places[np.frombuffer(self._key_numbers, dtype=np.int32)]
        # Stable, so that the people of a key stay in order.
        order = np.argsort(at, kind="stable")
        persons = np.frombuffer(self._key_persons, dtype=np.int32)[order]
        starts = np.zeros(len(keys) + 1, dtype=np.int64)
        np.cumsum(np.bincount(at, minlength=len(keys)), out=starts[1:])
        write_array(self._folder, "name_key_at", starts)
        write_array(self._folder, "name_key_persons", persons)


class Roll:
    """A roll that is open for reading. Raises ValueError where its files don't agree."""

    def __init__(self, folder: Path) -> None:
        self._people = Records(folder, "people")
        self._persons = Records(folder, "persons")
        self._keys = Records(folder, "name_keys")
        self.rows: NDArray[np.int32] = open_array(folder, "people_rows", np.int32)
        self._person_at = open_array(folder, "person_at", np.int64)
        self._key_at = open_array(folder, "name_key_at", np.int64)
        self._key_persons = open_array(folder, "name_key_persons", np.int32)
        if (
            len(self.rows) != len(self._people)
            or len(self._person_at) != len(self._persons) + 1
            or int(self._person_at[-1]) != len(self._people)
            or len(self._key_at) != len(self._keys) + 1
            or int(self._key_at[-1]) != len(self._key_persons)
        ):
            raise ValueError("its files do not hold the same people")

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What says whose the records are: a change there would have people vanish."""
        return {
            "people_rows": self.rows,
            "person_at": self._person_at,
            "name_key_at": self._key_at,
            "name_key_persons": self._key_persons,
        }

    def __len__(self) -> int:
        return len(self._people)

    def read(self, place: int) -> Appearance:
        """The record at a place."""
        record = json.loads(self._people[place])
        return Appearance(
            row=record["row"],
            speaker=read_speaker(record["speaker"]),
            confidences=tuple(record["confidences"]),
            unsaid=tuple(record["unsaid"]),
        )

    def within(self, articles: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The places of the records of these articles."""
        return np.flatnonzero(articles[self.rows])

    def heard(self, articles: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """For each person, whether they are in one of these articles."""
        if not len(self):
            return np.zeros(0, dtype=np.bool_)
        seen: NDArray[np.bool_] = np.logical_or.reduceat(articles[self.rows], self._person_at[:-1])
        return seen

    def called(self, key: str, heard: NDArray[np.bool_]) -> list[str]:
        """The ids of the people under a key, of those who are `heard`."""
        # What was typed can hold half a character, which no key does.
        place = self._keys.find_sorted(key.encode(errors="replace"))
        if place is None:
            return []
        start, end = self._key_at[place : place + 2].tolist()
        persons = self._key_persons[start:end]
        return [self._persons[one].decode() for one in persons[heard[persons]].tolist()]

    def places(self, person: str, articles: NDArray[np.bool_]) -> list[int]:
        """The places of a person's records in these articles."""
        number = self._persons.find_sorted(person.encode(errors="replace"))
        if number is None:
            return []
        start, end = self._person_at[number : number + 2].tolist()
        found: list[int] = (start + np.flatnonzero(articles[self.rows[start:end]])).tolist()
        return found


def read_speaker(record: dict[str, Any]) -> Speaker:
    """The speaker of a record."""
    return Speaker(
        name=record["name"],
        person=record["person"],
        aliases=tuple(record["aliases"]),
        roles=tuple(record["roles"]),
    )
