"""Whom a typed name means."""

from __future__ import annotations

import pytest

from bot.answers.people import complete_speakers, find_speakers, names_of
from index.speech import Speaker

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
    ("typed", "offered"),
    [
        ("", ALL),
        ("o", (OBI,)),
        ("ree", (REED, OTHER_REED)),
        ("tom r", (REED,)),
        ("gar", (GARCIA,)),
        ("nun", (GARCIA,)),
        ("mayor o", (OBI,)),
        ("xyz", ()),
    ],
)
def test_names_are_completed_as_they_are_typed(typed, offered) -> None:
    assert complete_speakers(typed, ALL, 25) == offered


def test_no_more_are_offered_than_fit() -> None:
    assert complete_speakers("", ALL, 2) == (OBI, REED)
    assert complete_speakers("r", ALL, 1) == (REED,)


def test_the_fullest_name_comes_first() -> None:
    assert names_of(OBI) == ("Ada Obi", "Obi", "Mayor Obi")
