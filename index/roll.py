"""Roll: who is in a segment, by person and by name, memory-mapped.

A name is looked up by binary search and only the records of whoever bears it are read, so
that a question costs the same however many people there are. How often who is quoted is
counted from arrays, and no record is read for it.

    forms        how an article names a person, in JSON: by person, each way once a person
    people_rows  a person and article a row, by person and article: the article's row; with
                 `people_forms` the form, and `said_at`, where that row's part begins of `said`,
                 how sure each quotation is; and likewise `unsaid`
    persons      the ids of the people, each once, in ascending order; with `person_at`, where
                 the rows of each begin, and after them all, how many there are, and `families`,
                 the place of who goes by the surname of this full name alone (-1: nobody)
    name_keys    the keys of `index.names`, with the places of people in `persons` under each
                 (see `index.keyed`)
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from index.keyed import Keyed, KeyedWriter
from index.mapped import Records, RecordsWriter, open_array, write_array
from index.names import keys_of, surname_of
from index.people import Appearance, dump_speaker, load_speaker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from index.speech import Speaker


class RollWriter:
    """Writes the roll of a segment; in memory it takes some bytes a person, quotation and key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._forms = RecordsWriter(folder, "forms")
        self._persons = RecordsWriter(folder, "persons")
        self._names = KeyedWriter(folder, "name", "persons")
        self._rows, self._form_of = array("i"), array("i")
        self._sure = {"said": array("d"), "unsaid": array("d")}
        self._sure_at = {"said": array("q"), "unsaid": array("q")}
        self._person_at = array("q")
        self._last: str | None = None
        self._forms_here: dict[bytes, int] = {}
        self._forms_written = 0
        self._keys_here: set[str] = set()
        self._surnames: dict[str, int] = {}
        self._surname_of = array("i")
        self._bare: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._forms.__exit__(kind, error, trace)
        self._persons.__exit__(kind, error, trace)
        if kind is None:
            self._write("people_rows", self._rows, np.int32)
            self._write("people_forms", self._form_of, np.int32)
            self._person_at.append(len(self._rows))
            self._write("person_at", self._person_at, np.int64)
            for name, sure in self._sure.items():
                self._sure_at[name].append(len(sure))
                self._write(name, sure, np.float64)
                self._write(f"{name}_at", self._sure_at[name], np.int64)
            self._write_families()
            self._names.close()

    def add(self, one: Appearance) -> None:
        """Add the next appearance; they come by person, and by row."""
        person = one.speaker.person
        if person != self._last:
            self._last = person
            self._forms_here, self._keys_here = {}, set()
            self._add_person(person)
        form = dump_speaker(one.speaker)
        if form not in self._forms_here:
            self._forms_here[form] = self._forms_written
            self._forms_written += 1
            self._forms.add(form)
            keys = keys_of(one.speaker) - self._keys_here
            self._keys_here |= keys
            self._names.add(keys, len(self._person_at) - 1)
        self._rows.append(one.row)
        self._form_of.append(self._forms_here[form])
        for name, sure in (("said", one.said), ("unsaid", one.unsaid)):
            self._sure_at[name].append(len(self._sure[name]))
            self._sure[name].extend(sure)

    def _add_person(self, person: str) -> None:
        number = len(self._person_at)
        self._person_at.append(len(self._rows))
        self._persons.add(person.encode())
        surname = surname_of(person)
        if surname is None:
            self._surname_of.append(-1)
            if "-" not in person:
                self._bare[person] = number
        else:
            self._surname_of.append(self._surnames.setdefault(surname, len(self._surnames)))

    def _write_families(self) -> None:
        # The last one is for those who have no surname: nobody goes by it.
        bare = [self._bare.get(surname, -1) for surname in self._surnames]
        places = np.asarray([*bare, -1], dtype=np.int32)
        write_array(self._folder, "families", places[np.frombuffer(self._surname_of, np.int32)])

    def _write(self, name: str, values: array[int] | array[float], dtype: type) -> None:
        write_array(self._folder, name, np.frombuffer(values, dtype=dtype))


class Roll:
    """A roll that is open for reading. Raises ValueError where its files don't agree."""

    def __init__(self, folder: Path) -> None:
        self._forms = Records(folder, "forms")
        self._persons = Records(folder, "persons")
        self.names = Keyed(folder, "name", "persons")
        self.families: NDArray[np.int32] = open_array(folder, "families", np.int32)
        self.rows: NDArray[np.int32] = open_array(folder, "people_rows", np.int32)
        self._form_of = open_array(folder, "people_forms", np.int32)
        self._person_at: NDArray[np.int64] = open_array(folder, "person_at", np.int64)
        self._said = open_array(folder, "said", np.float64)
        self._said_at = open_array(folder, "said_at", np.int64)
        self._unsaid = open_array(folder, "unsaid", np.float64)
        self._unsaid_at = open_array(folder, "unsaid_at", np.int64)
        if (
            {len(self._form_of), len(self._said_at) - 1, len(self._unsaid_at) - 1}
            != {len(self.rows)}
            or {len(self._person_at) - 1, len(self.families)} != {len(self._persons)}
            or int(self._person_at[-1]) != len(self.rows)
            or int(self._said_at[-1]) != len(self._said)
            or int(self._unsaid_at[-1]) != len(self._unsaid)
        ):
            raise ValueError("its files do not hold the same people")
        # Of one confidence that a bot asks by, and of the least, by which everybody is counted.
        self.counted = lru_cache(2)(self._count)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What says whose the records are: a change there would have people vanish."""
        return self.names.arrays | {
            "families": self.families,
            "people_rows": self.rows,
            "people_forms": self._form_of,
            "person_at": self._person_at,
            "said": self._said,
            "said_at": self._said_at,
            "unsaid": self._unsaid,
            "unsaid_at": self._unsaid_at,
        }

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def persons(self) -> int:
        """How many people there are."""
        return len(self._persons)

    def person(self, place: int) -> str:
        """The id of the person at a place."""
        return self._persons[place].decode()

    def every_person(self) -> list[bytes]:
        """The ids of all people, in ascending order."""
        return self._persons.between(0, len(self._persons))

    def all(self) -> Iterator[Appearance]:
        """Every appearance, by person and article."""
        return self.read(range(len(self)))

    def read(self, places: range | list[int]) -> Iterator[Appearance]:
        """The appearances at these places."""
        form, speaker = -1, None
        for place in places:
            if self._form_of[place] != form or speaker is None:
                form = int(self._form_of[place])
                speaker = load_speaker(self._forms[form])
            said, unsaid = self._said_at[place : place + 2], self._unsaid_at[place : place + 2]
            yield Appearance(
                int(self.rows[place]),
                speaker,
                tuple(self._said[said[0] : said[1]].tolist()),
                tuple(self._unsaid[unsaid[0] : unsaid[1]].tolist()),
            )

    def within(self, articles: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The places of the appearances in these articles."""
        return np.flatnonzero(articles[self.rows])

    def heard(self, articles: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """For each person, whether they are in one of these articles."""
        return self.any_of(articles[self.rows])

    def any_of(self, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """For each person, whether one of their appearances is marked."""
        if not len(self):
            return np.zeros(0, dtype=np.bool_)
        found: NDArray[np.bool_] = np.logical_or.reduceat(marked, self._person_at[:-1])
        return found

    def sum_of(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each person, the sum over their appearances."""
        if not len(self):
            return np.zeros(0, dtype=np.int64)
        found: NDArray[np.int64] = np.add.reduceat(counts, self._person_at[:-1])
        return found

    def called(self, key: str, heard: NDArray[np.bool_]) -> list[str]:
        """The ids of the people under a key, of those who are `heard`."""
        persons = self.names.under(key)
        return [self.person(one) for one in persons[heard[persons]].tolist()]

    def places(self, person: str, articles: NDArray[np.bool_]) -> list[int]:
        """The places of a person's appearances in these articles."""
        start, end = self._range(person)
        found: list[int] = (start + np.flatnonzero(articles[self.rows[start:end]])).tolist()
        return found

    def forms(
        self, person: str, articles: NDArray[np.bool_], sure: float
    ) -> list[tuple[Speaker, int]]:
        """How these articles name a person whom they surely quote, or surely let deny something.

        Each way once, with in how many quotations the article has them that has most under it.
        """
        start, end = self._range(person)
        counts, silent = (part[start:end] for part in self.counted(sure))
        kept = articles[self.rows[start:end]] & ((counts > 0) | silent)
        forms, at = np.unique(self._form_of[start:end][kept], return_inverse=True)
        most = np.zeros(len(forms), dtype=np.int64)
        np.maximum.at(most, at, counts[kept])
        return [
            (load_speaker(self._forms[form]), count)
            for form, count in zip(forms.tolist(), most.tolist(), strict=True)
        ]

    def _range(self, person: str) -> tuple[int, int]:
        number = self._persons.find_sorted(person.encode(errors="replace"))
        if number is None:
            return 0, 0
        start, end = self._person_at[number : number + 2].tolist()
        return start, end

    def _count(self, sure: float) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Of each appearance: how many quotations are so sure, and whether what was not said is."""
        return (
            _how_many(self._said >= sure, self._said_at),
            _how_many(self._unsaid >= sure, self._unsaid_at) > 0,
        )


def _how_many(marked: NDArray[np.bool_], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many are marked in each part; `at` says where each begins, and where the last ends."""
    before = np.zeros(len(marked) + 1, dtype=np.int64)
    np.cumsum(marked, out=before[1:])
    return np.diff(before[at])
