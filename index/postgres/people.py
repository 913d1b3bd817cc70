"""The people and titles of a generation, looked up by statements that give what is shown.

What a statement reads is the people and articles that it is about: those whose names begin as
somebody types. Who is quoted how often is counted once for a scope, and the order is kept.
"""

from __future__ import annotations

# What is put into statements is ours; values are parameters.
# ruff: noqa: S608
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from index.errors import DamagedIndex
from index.people import Appearance, load_speaker
from index.postgres.rows import listed, storable, where
from index.postgres.terms import key_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from index.postgres.rows import Rows
    from index.register import By
    from index.scope import Scope
    from index.speech import Speaker

_SCOPES_KEPT = 16
"""Scopes whose order is kept; one takes some hundred bytes a person who speaks there."""
FEW = 20_000
"""Names that one word may be in for all who bear it to be read and put in order."""
AT_ONCE = 1000
"""People who are looked through at one go, where more bear it."""
_LAST = "\U0010ffff"
"""No word or id holds it, so that what begins so lies before the beginning and this."""
_SURNAME = """CASE WHEN person ~ '^.+-[^-]*$' AND strpos(person, '@') = 0
    THEN substring(person FROM '[^-]*$') END"""
"""`index.names.surname_of`, of the column `person`."""
_COUNTED = """SELECT p.person, p.record,
        (SELECT count(*) FROM unnest(p.said) sure WHERE sure >= %(sure)s) said,
        EXISTS (SELECT FROM unnest(p.unsaid) sure WHERE sure >= %(sure)s) silent
    FROM pullquote.people p WHERE p.{seen}"""
# A surname alone is whose it is, where one person bears it as a full name: `same_person`.
_VOICES = f"""heard AS (
    SELECT person, sum(said) said, bool_or(silent) silent FROM counted GROUP BY person),
families AS (
    SELECT {_SURNAME} surname, min(person) person FROM heard
    WHERE {_SURNAME} IS NOT NULL GROUP BY 1 HAVING count(*) = 1),
named AS (
    SELECT coalesce(f.person, h.person) voice, h.person, said, silent
    FROM heard h LEFT JOIN families f ON f.surname = h.person),
voices AS (
    SELECT voice, sum(said) said FROM named GROUP BY voice
    HAVING sum(said) > 0 OR bool_or(silent))"""


@dataclass(frozen=True, slots=True)
class _Order:
    """Who is a voice in a scope, most quoted first; the first `quoted` have said something.

    `bare` says by which surname only some articles call a voice.
    """

    voices: tuple[str, ...]
    quoted: int
    bare: Mapping[str, str]

    def known(self, persons: Iterable[str]) -> set[str]:
        """The voices that these ids are of."""
        held = set(persons)
        return held | {voice for voice, bare in self.bare.items() if bare in held}


class PostgresPeople:
    """The people of a generation, `People` of a register; and its articles by their titles."""

    def __init__(self, rows: Rows, place: str) -> None:
        self._rows = rows
        self._place = place
        self._order = lru_cache(_SCOPES_KEPT)(self._read_order)

    def clear(self) -> None:
        """Let go of what is kept."""
        self._order.cache_clear()

    def called(self, keys: tuple[str, ...], scope: Scope) -> set[str]:
        """The ids of those under one of the keys who are in an article in scope."""
        found = self._ask(
            scope,
            "SELECT DISTINCT person FROM pullquote.names n WHERE key = ANY(%(names)s) AND n.{seen}",
            names=list(map(key_of, storable(keys))),
        )
        return {person for (person,) in found}

    def appearances(
        self, scope: Scope, persons: Collection[str] | None = None
    ) -> Iterator[tuple[str, Appearance]]:
        """Everybody (or these) in every article in scope, with the article's id."""
        which = "" if persons is None else "AND p.person = ANY(%(persons)s)"
        found = self._ask(
            scope,
            "SELECT a.id, p.article, p.record, p.said, p.unsaid FROM pullquote.people p"
            " JOIN pullquote.articles a USING (article)"
            f" WHERE p.{{seen}} {which} ORDER BY p.person, p.article",
            persons=list(persons or ()),
        )
        for article_id, key, record, said, unsaid in found:
            speaker = self._speaker(record)
            yield article_id, Appearance(key, speaker, tuple(said), tuple(unsaid))

    def articles_of(self, persons: Collection[str], scope: Scope) -> Iterator[str]:
        """The ids of the articles in scope that these are in."""
        found = self._ask(
            scope,
            "SELECT DISTINCT a.id FROM pullquote.people p JOIN pullquote.articles a"
            " USING (article) WHERE p.{seen} AND p.person = ANY(%(persons)s)",
            persons=list(persons),
        )
        return (article_id for (article_id,) in found)

    def forms(
        self, persons: Collection[str], scope: Scope, sure: float
    ) -> Iterator[tuple[Speaker, int]]:
        """How the articles in scope name these; see `Roll.forms`."""
        found = self._ask(
            scope,
            f"WITH counted AS ({_COUNTED} AND p.person = ANY(%(persons)s))"
            " SELECT record, max(said) FROM counted"
            " WHERE said > 0 OR silent GROUP BY record",
            sure=sure,
            persons=list(persons),
        )
        return ((self._speaker(record), most) for record, most in found)

    def ranked(
        self, scope: Scope, sure: float, words: tuple[str, ...], by: By, first: int, most: int
    ) -> list[str]:
        """The ids of those who are voices, most quoted first; see `People.ranked`."""
        voices: Iterable[str] = self._order(scope, sure).voices
        if words:
            voices = self._with_words(scope, self._order(scope, sure), words, by)
        return list(islice(voices, first, first + most))

    def counts(self, scope: Scope, sure: float) -> tuple[int, int]:
        """How many people are voices in the articles in scope, and how many of them are quoted."""
        order = self._order(scope, sure)
        return len(order.voices), order.quoted

    def ids_beginning(self, start: str, scope: Scope, most: int) -> list[str]:
        """The first ids of articles in scope that begin so, in ascending order, so many."""
        if not storable([start]):
            return []
        found = self._ask(
            scope,
            "SELECT id FROM pullquote.articles a WHERE a.{seen} AND id >= %(start)s"
            " AND id < %(end)s ORDER BY id LIMIT %(most)s",
            start=start,
            end=start + _LAST,
            most=most,
        )
        return [article_id for (article_id,) in found]

    def articles_known_by(self, words: tuple[str, ...], scope: Scope, most: int) -> list[str]:
        """The ids of the first articles in scope that are known by words; see `Store`."""
        known, values = _known_by(words)
        begun = "true"
        if words:
            (condition,), first = _matching(words[:1], "b", whole=len(words) > 1, named="first")
            values |= first
            begun = f"a.article IN (SELECT article FROM pullquote.names WHERE {condition})"
        found = self._ask(
            scope,
            f"SELECT id FROM pullquote.articles a WHERE a.{{seen}}{known}"
            f" ORDER BY NOT {begun}, id LIMIT %(most)s",
            most=most,
            **values,
        )
        return [article_id for (article_id,) in found]

    def newest(self, words: tuple[str, ...], scope: Scope, most: int) -> tuple[int, list[str]]:
        """How many articles in scope are known by words, and the latest of them; see `Store`."""
        known, values = _known_by(words)
        those = f"FROM pullquote.articles a WHERE a.{{seen}}{known}"
        ((count,),) = self._ask(scope, f"SELECT count(*) {those}", **values)
        found = self._ask(
            scope,
            f"SELECT id {those} ORDER BY dated DESC, id LIMIT %(most)s",
            most=most,
            **values,
        )
        return int(count), [article_id for (article_id,) in found]

    def _read_order(self, scope: Scope, sure: float) -> _Order:
        found = self._ask(
            scope,
            f"WITH counted AS ({_COUNTED}), {_VOICES} SELECT v.voice, v.said, n.person"
            " FROM voices v LEFT JOIN named n ON n.voice = v.voice AND n.person <> v.voice"
            " ORDER BY v.said DESC, v.voice",
            sure=sure,
        )
        return _Order(
            tuple(voice for voice, _, _ in found),
            sum(said > 0 for _, said, _ in found),
            {voice: bare for voice, _, bare in found if bare is not None},
        )

    def _with_words(
        self, scope: Scope, order: _Order, words: tuple[str, ...], by: By
    ) -> Iterator[str]:
        """Those of the order who have each word in a name or role, the last one unfinished.

        A word that very many have is not told of those who have a rarer one.
        """
        conditions, values = _matching(words, by)
        sets = []
        for condition in conditions:
            bearing = self._bearing(scope, condition, values)
            if bearing is not None:
                sets.append(order.known(bearing))
        if sets:
            found = set.intersection(*sets)
            yield from (voice for voice in order.voices if voice in found)
            return
        for first in range(0, len(order.voices), AT_ONCE):
            some = order.voices[first : first + AT_ONCE]
            found = set(some)
            for condition in conditions:
                persons = [*some, *(order.bare[one] for one in some if one in order.bare)]
                having = self._ask(
                    scope,
                    "SELECT DISTINCT person FROM pullquote.names n WHERE person <> ''"
                    f" AND person = ANY(%(persons)s) AND {condition} AND n.{{seen}}",
                    persons=persons,
                    **values,
                )
                found &= order.known(person for (person,) in having)
            yield from (voice for voice in some if voice in found)

    def _bearing(self, scope: Scope, condition: str, values: dict[str, str]) -> list[str] | None:
        """The ids of all whose keys in scope are such; None where they are not few."""
        found = self._ask(
            scope,
            "WITH held AS MATERIALIZED (SELECT person FROM pullquote.names n"
            f" WHERE {condition} AND n.{{seen}} LIMIT %(few)s)"
            " SELECT person, count(*) FROM held GROUP BY person",
            few=FEW,
            **values,
        )
        if sum(count for _, count in found) >= FEW:
            return None
        return [person for person, _ in found]

    def _ask(self, scope: Scope, query: str, **values: Any) -> list[Any]:
        seen = self._rows.seen(scope)
        # A table's alias stands before it, and is the one that its condition is about.
        for alias in "pna":
            query = query.replace(f"{alias}.{{seen}}", f"{alias}.{where(seen, alias)}")
        return self._rows.ask(query, keys=listed(seen), **values)

    def _speaker(self, record: bytes) -> Speaker:
        try:
            return load_speaker(record)
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedIndex(self._place, f"its people: {error}") from error


def _matching(
    words: tuple[str, ...], by: str, *, whole: bool = False, named: str = "key"
) -> tuple[list[str], dict[str, str]]:
    """For each word the condition that it is a name's, and their values; the last is unfinished.

    The parameters begin with `named`.
    """
    conditions, values = [], {}
    for place, word in enumerate(words):
        key, end = f"{named}{place}", f"{named}{place}_end"
        held = f"{by}:{word}"
        if whole or place < len(words) - 1:
            values[key] = key_of(held)
            conditions.append(f"key = %({key})s")
        else:
            values |= {key: held, end: held + _LAST}
            conditions.append(f"key >= %({key})s AND key < %({end})s")
    return conditions, values


def _known_by(words: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """The condition that an article `a` is known by words, as the rest of one, and its values."""
    conditions, values = _matching(words, "t")
    known = (
        f" AND a.article IN (SELECT article FROM pullquote.names WHERE {one})" for one in conditions
    )
    return "".join(known), values
