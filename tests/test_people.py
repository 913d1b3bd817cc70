"""Whom a typed name means."""

from __future__ import annotations

import pytest

from bot.answers.people import find_speakers, names_of
from index.names import is_begun
from index.speech import Speaker
from index.words import words_of

OBI = Speaker("Ada Obi", "ada-obi", ("Obi", "Mayor Obi"), ("the mayor of Port Lowe",))
REED = Speaker("Tom Reed", "tom-reed", ("Reed",), ("a lawyer",))
OTHER_REED = Speaker("Ann Reed", "ann-reed", ("Reed",), ("a teacher",))
BOARD = Speaker("the harbour board", "harbour-board")
GARCIA = Speaker("José García-Núñez", "garcia", ("García-Núñez",), ("Minister of Ports",))
ALL = (OBI, REED, OTHER_REED, BOARD, GARCIA)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Obi", (OBI,)),
        ("obi", (OBI,)),
        ("ADA OBI", (OBI,)),
        ("Ada Obi", (OBI,)),
        ("Mayor Obi", (OBI,)),
        ("Mrs. Obi", (OBI,)),
        ("Obi's", (OBI,)),
        ("Reed", (REED, OTHER_REED)),
        ("Tom Reed", (REED,)),
        ("Ann Reed", (OTHER_REED,)),
        ("Bob Reed", ()),
        ("harbour board", (BOARD,)),
        ("the harbour board", (BOARD,)),
        ("Garcia-Nunez", (GARCIA,)),
        ("José García-Núñez", (GARCIA,)),
        ("mayor", (OBI,)),
        ("the mayor", (OBI,)),
        ("lawyer", (REED,)),
        ("Minister of Ports", (GARCIA,)),
        ("Zelensky", ()),
        ("Ob", ()),
        ("Obie", ()),
        ("", ()),
        ("the", ()),
        ("🙂", ()),
    ],
)
def test_a_name_means_whoever_bears_it_and_nobody_like_it(typed, meant) -> None:
    assert find_speakers(typed, ALL) == meant


@pytest.mark.parametrize(
    ("typed", "named", "in_role"),
    [
        ("o", (OBI,), (OBI, GARCIA)),
        ("ree", (REED, OTHER_REED), ()),
        ("tom r", (REED,), ()),
        ("gar", (GARCIA,), ()),
        ("nun", (GARCIA,), ()),
        ("mayor o", (OBI,), (OBI,)),
        ("minister p", (), (GARCIA,)),
        ("law", (), (REED,)),
        ("xyz", (), ()),
    ],
)
def test_a_name_or_a_role_begins_as_it_is_typed(typed, named, in_role) -> None:
    words = words_of(typed)
    assert tuple(one for one in ALL if is_begun(one, words, by="p")) == named
    assert tuple(one for one in ALL if is_begun(one, words, by="r")) == in_role


def test_the_fullest_name_comes_first() -> None:
    assert names_of(OBI) == ("Ada Obi", "Obi", "Mayor Obi")
