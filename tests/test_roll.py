"""The roll: whoever is looked up by name is found as in the list of everybody."""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydantic import SecretStr

from bot.answers.listing import MOST_WORDS
from bot.answers.people import find_speakers
from bot.bootstrap import open_service
from config.settings import IndexSettings, Settings
from index.article import Article, Heading, Span
from index.compact import compact_index
from index.errors import DamagedIndex
from index.folder import FolderStore
from index.folder_target import finish
from index.generations import building, new_folder, publish
from index.names import (
    is_begun,
    key_for_surname,
    keys_for_name,
    keys_for_role,
    keys_for_words,
    keys_of,
)
from index.passages import split_passages
from index.people import same_person
from index.postgres import people as postgres_people
from index.postgres.writer import PostgresTarget
from index.roll import Roll
from index.scope import EVERYTHING, Scope
from index.segment import Analysed, SegmentWriter
from index.speech import Quotation, Speaker, Speech, Stance
from index.titles import date_of
from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postgres_server import Server

    from bot.answers.service import AnswerService
    from index.speech import Voice

FIRST = "Ann Tom José Ada Wałęsa".split()
LAST = "Obi Reed García-Núñez O’Brien Łukasz Board".split()
ROLES = (
    *("the mayor of Port Lowe", "a lawyer", "Minister of Ports", "White House spokesperson"),
    *("official at the White House", "UN envoy", "an envoy to the UN"),
)
TYPED = (
    *LAST,
    *(
        "Ann Reed",
        "Bob Reed",
        "T. Reed",
        "Tommy Reed",
        "garcia-nunez",
        "Garcia",
        "Lukasz",
        "obrien",
    ),
    *("O'Brien’s", "Mayor Obi", "the mayor", "mayor", "lawyer", "White House", "minister of ports"),
    *("the White House", "the UN", "UN", "a UN envoy", "envoy", "the"),
    *("José", "ada", "Walesa", "the board", "board", "police", "The Police", "Nobody", "", "the"),
    *("\ud800", "🙂"),
)
SURE = 0.6
TITLES = (None, " ", "The mayor's quay", "Quay strike ends", "Strikes: a mayor’s José", "Ports")
DATES = (None, "2023-01-05", "2023-01-05", "2024-07-11T09:00:00+00:00", "yesterday")


def speakers() -> list[Speaker]:
    """Full names, surnames alone and bodies, as different articles may name one person."""
    chance = random.Random(7)  # noqa: S311 - the same each time
    found = [Speaker("the police", "police", ("police",)), Speaker("Reed", "reed@a3")]
    for last in LAST:
        slug = "".join(words_of(last))
        # What only those call somebody who print no first name is theirs, too.
        found.append(Speaker(last, slug, (f"Skipper {last}",), ("the skipper",)))
        for first in chance.sample(FIRST, chance.randint(1, 2)):
            person = f"{words_of(first)[0]}-{slug}"
            found.append(Speaker(f"{first} {last}", person, (last,), (chance.choice(ROLES),)))
            found.append(Speaker(f"{first} {last}", person, (f"Mayor {last}",)))
    return found


def analysed(name: str, said_by: list[Speaker], chance: random.Random, dimension: int) -> Analysed:
    lines = [f"The quay of {name} is closed again." for _ in said_by]
    text = "\n\n".join(lines)
    size = len(lines[0]) + 2
    article = Article(
        name,
        text,
        tuple((n * size, n * size + size - 2) for n in range(len(lines))),
        ((0, len(text)),),
        title=chance.choice(TITLES),
        publisher=chance.choice([None, "The Port Post"]),
        published=chance.choice(DATES),
    )
    sentences = tuple(Span(article, start, end) for start, end in article.blocks)
    spoken = tuple(
        Quotation(
            id=f"{name}#{number}",
            speech=Speech.INDIRECT,
            parts=(sentence,),
            context=sentence,
            speaker=speaker,
            confidence=chance.choice([0.2, 0.7, 0.9]),
            stance=chance.choice([Stance.SAID, Stance.SAID, Stance.DENIED, Stance.UNSAID]),
        )
        for number, (sentence, speaker) in enumerate(zip(sentences, said_by, strict=True))
    )
    passages = split_passages(sentences)
    vectors = np.zeros((len(passages), dimension), dtype=np.float32)
    vectors[:, 0] = 1.0
    return Analysed(article, name, sentences, passages, spoken, vectors)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, sample_folder: Path) -> Path:
    """Forty articles in five segments, a few of which have been removed."""
    folder = tmp_path_factory.mktemp("roll") / "index"
    sample = FolderStore.open(sample_folder)
    encoders = "encoders", sample.encoder.id
    shutil.copytree(sample_folder.joinpath(*encoders), folder.joinpath(*encoders))
    chance = random.Random(11)  # noqa: S311 - the same each time
    known, entries = speakers(), []
    with building(folder, wait_s=0):
        for segment in range(5):
            target = new_folder(folder, "segments")
            target.mkdir()
            writer = SegmentWriter(target, 384)
            for number in range(8):
                said_by = chance.sample(known, 3)
                writer.add(analysed(f"a{segment + 5 * number}", said_by, chance, 384))
            gone = tuple(f"a{segment + 5 * number}" for number in range(0, 8, 4))
            entries.append(replace(finish(writer, target), withdrawn=gone))
        publish(folder, encoder=sample.encoder, segments=entries, analysis="test")
    return folder


def in_postgres(server: Server, index: Path) -> SecretStr:
    """The same articles in a database, a few of which have been removed from it, too."""
    server.execute("CREATE DATABASE roll")
    place = SecretStr(server.url("roll"))
    store, target = FolderStore.open(index), PostgresTarget(place)
    entry = store.encoder
    with target.building(wait_s=0):
        target.present(or_none=True)
        beside = target.new_encoder()
        shutil.copytree(index / "encoders" / entry.id, beside, dirs_exist_ok=True)
        encoder = target.take_encoder(beside, entry)
        every = [s.read(row) for s in store.segments for _, row in s.ids()]
        target.write(every, encoder, "test")
        target.publish(frozenset(one.article.id for one in every), encoder, "test")
    with target.building(wait_s=0):
        target.present(or_none=False)
        target.publish(frozenset(store.article_ids()), encoder, "test")
    return place


@pytest.fixture(scope="module", params=["several segments", "merged into one", "a database"])
def service(
    request: pytest.FixtureRequest, index: Path, tmp_path_factory: pytest.TempPathFactory
) -> AnswerService:
    folder = index
    if request.param == "a database":
        place = in_postgres(request.getfixturevalue("postgres"), index)
        return open_service(
            Settings(
                index=IndexSettings(url=place),
                speech={"min_confidence": SURE},
                answers={"reader": "none"},
            )
        )
    if request.param == "merged into one":
        folder = tmp_path_factory.mktemp("merged") / "index"
        shutil.copytree(index, folder)
        compact_index(folder, Settings(index=IndexSettings(folder=folder)), most=1)
        assert len(FolderStore.open(folder).segments) == 1
    settings = Settings(
        index=IndexSettings(folder=folder),
        speech={"min_confidence": SURE},
        answers={"reader": "none"},
    )
    return open_service(settings)


def scopes(service: AnswerService) -> Iterator[Scope]:
    ids = list(service.store.article_ids())
    yield EVERYTHING
    yield from (Scope(frozenset(ids[n::5])) for n in range(5))
    yield from (Scope(frozenset({one})) for one in ids)
    yield Scope(frozenset())


def people_of(service: AnswerService, scope: Scope) -> list[tuple[str, str]]:
    """Each article in scope with each person who is given words in it."""
    return [
        (article_id, quotation.speaker.person)
        for article_id in service.store.article_ids(scope)
        for quotation in service.store.quotations(article_id)
        if quotation.speaker is not None
    ]


def test_a_name_finds_the_people_that_the_whole_list_has_by_it(service: AnswerService) -> None:
    found = 0
    for scope in scopes(service):
        everybody = service.store.register.voices(scope, SURE)
        for typed in TYPED:
            meant = find_speakers(typed, [voice.speaker for voice in everybody])
            wanted = tuple(voice for voice in everybody if voice.speaker in meant)
            assert service._understanding.voices_of(typed, scope) == wanted
            found += len(wanted)
    assert found > 100


NAMED = (
    *("", "q", "qua", "quay", "may", "the mayor", "mayor s", "strike", "st", "strike en", "jose"),
    *("a1", "a11", "port post", "po", "the", "port quay", "nowhere", "closed ag", "%", "_", "🙂"),
    "\ud800",
)


def headed(service: AnswerService, scope: Scope, typed: str) -> list[Heading]:
    """The articles in scope that go by what is typed, by looking at each."""
    words = words_of(typed)
    found = []
    for one in map(Heading.of, service.store.articles(scope)):
        named = one.title if one.title and one.title.strip() else f"{one.id} {one.text}"
        held = words_of(f"{named} {one.publisher or ''} {one.id}")
        whole = set(words[:-1]) <= set(held)
        if not words or (whole and any(word.startswith(words[-1]) for word in held)):
            found.append(one)
    return [] if typed.strip() and not words else found


def test_articles_are_offered_as_looking_at_each_would_find_them(service: AnswerService) -> None:
    offered = 0
    for scope in scopes(service):
        for typed in NAMED:
            wanted = headed(service, scope, typed)
            found = service.headings(typed, scope=scope, limit=100)
            assert sorted(one.id for one in found) == [one.id for one in wanted]
            assert set(found) == set(wanted)
            for limit in (1, 3):
                assert service.headings(typed, scope=scope, limit=limit) == found[:limit]
            offered += len(found)
    assert offered > 300


def test_articles_whose_name_begins_as_typed_come_first_and_each_lot_by_id(
    service: AnswerService,
) -> None:
    found = service.headings("quay", limit=100)
    begun = [bool(one.title) and one.title.startswith("Quay") for one in found]
    assert begun == sorted(begun, reverse=True)
    assert 0 < sum(begun) < len(found)
    for first in (True, False):
        ids = [one.id for one, is_first in zip(found, begun, strict=True) if is_first is first]
        assert ids == sorted(ids)


def test_articles_are_offered_by_how_their_ids_begin_before_any_others(
    service: AnswerService,
) -> None:
    for scope in scopes(service):
        ids = list(service.store.article_ids(scope))
        for typed in ("a", "a1", "a12", "a12 ", "b", "A1", "a-", "%", "a_"):
            begun = [one for one in ids if one.startswith(typed.strip())]
            found = [one.id for one in service.headings(typed, scope=scope, limit=100)]
            assert found[: len(begun)] == begun
            for limit in (1, 3):
                assert service.store.ids_beginning(typed.strip(), scope, limit) == begun[:limit]
    assert service.store.ids_beginning("\ud800", EVERYTHING, 3) == []
    assert service.store.ids_beginning("a\0", EVERYTHING, 3) == []


def test_a_word_that_is_typed_again_counts_once_and_by_very_many_nothing_goes(
    service: AnswerService,
) -> None:
    words = [f"w{n}" for n in range(MOST_WORDS)]
    for look in (service.headings, service.speakers):
        found = look("quay")
        assert look("quay " * 3000) == found
        assert look(" ".join(words)) == ()
        # So many are not looked up: a database plans for minutes then.
        started = time.process_time()
        assert look(" ".join(f"w{n}" for n in range(3000))) == ()
        assert time.process_time() - started < 1
    assert service.headings("quay")
    assert service.newest(" ".join([*words, "more"])).count == 0


def test_the_newest_are_listed_first_and_counted_with_what_each_has_said(
    service: AnswerService,
) -> None:
    for scope in scopes(service):
        said = [place for voice in service.voices(scope=scope) for place in voice.articles]
        for typed in NAMED:
            wanted = headed(service, scope, typed)
            wanted.sort(key=date_of, reverse=True)
            shelf = service.newest(typed, scope=scope, limit=5)
            assert shelf.count == len(wanted)
            assert list(shelf.headings) == wanted[:5]
            for one, quoted in zip(shelf.headings, shelf.quoted, strict=True):
                assert quoted == sum(count for name, count in said if name == one.id)


def test_those_who_are_suggested_are_quoted_most(service: AnswerService) -> None:
    for scope in scopes(service):
        everybody = [voice.speaker for voice in service.voices(scope=scope)]
        assert list(service.most_quoted(scope=scope, limit=2)) == everybody[:2]


BEGUN = (
    *("", "o", "Ob", "ree", "tom r", "r tom", "ann ob", "gar", "nun", "mayor", "mayor o", "pol"),
    *("white h", "house spok", "minister of p", "env", "un", "law", "L", "jos", "wal", "zz", "the"),
    *("skip", "skipper o", "skipper gar"),
    *("\ud800", "🙂", "o'", "O’Br", "reed reed", "%", "_"),
)


def test_whoever_is_typed_is_offered_as_the_whole_list_has_them_by_name_and_then_by_role(
    service: AnswerService,
) -> None:
    offered = 0
    for scope in scopes(service):
        everybody = [v.speaker for v in service.store.register.voices(scope, SURE)]
        for typed in BEGUN:
            words = tuple(words_of(typed))
            named = [s for s in everybody if not words or is_begun(s, words, by="p")]
            roles = [s for s in everybody if words and is_begun(s, words, by="r")]
            wanted = (*named, *(s for s in roles if s not in named))
            for limit in (1, 2, 25):
                assert service.speakers(typed, scope=scope, limit=limit) == wanted[:limit]
            offered += len(wanted)
    assert offered > 500


@pytest.mark.parametrize("service", ["a database"], indirect=True)
def test_words_that_many_bear_are_looked_up_as_those_that_few_do(
    service: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = [(one, scope) for one in BEGUN for scope in islice(scopes(service), 6)]
    offered = [service.speakers(one, scope=scope) for one, scope in typed]
    for few in (1, 5, 20):
        monkeypatch.setattr(postgres_people, "FEW", few)
        monkeypatch.setattr(postgres_people, "AT_ONCE", few)
        service.store.register.clear()
        assert [service.speakers(one, scope=scope) for one, scope in typed] == offered
    assert sum(map(len, offered)) > 200


def test_pages_of_everybody_are_cut_from_the_whole_list(service: AnswerService) -> None:
    for scope in scopes(service):
        everybody = service.voices(scope=scope)
        assert service.count_voices(scope=scope) == len(everybody)
        for first in range(0, len(everybody) + 3, 3):
            page = service.voices(scope=scope, first=first, most=3)
            assert page == everybody[first : first + 3]
    assert len(service.voices()) > 10


def test_nobody_is_offered_by_what_only_an_article_out_of_scope_calls_them(
    service: AnswerService,
) -> None:
    aliases = 0
    for article_id in service.store.article_ids():
        scope = Scope(frozenset({article_id}))
        there = {
            text
            for q in service.store.quotations(article_id)
            if q.speaker is not None
            for text in (q.speaker.name, *q.speaker.aliases, *q.speaker.roles)
        }
        words = {word for text in there for word in words_of(text)}
        for speaker in service.speakers(scope=scope):
            assert {speaker.name, *speaker.aliases, *speaker.roles} <= there
        for speaker in speakers():
            for text in (*speaker.aliases, *speaker.roles):
                typed = set(words_of(text))
                found = service.speakers(text, scope=scope)
                assert not found or typed <= words
                aliases += not typed <= words
    assert aliases > 100


def test_a_word_of_a_text_finds_whoever_has_a_name_that_ends_in_it(service: AnswerService) -> None:
    def ends(voice: Voice, word: str) -> bool:
        names = (voice.speaker.name, *voice.speaker.aliases)
        return any(words_of(name)[-1:] == [word] for name in names)

    for scope in scopes(service):
        for word in ("obi", "nunez", "reed", "police", "quay"):
            called = service.store.register.voices_called(keys_for_words((word,)), scope, SURE)
            everybody = service.store.register.voices(scope, SURE)
            assert {v for v in called if ends(v, word)} == {v for v in everybody if ends(v, word)}
            assert [v for v in everybody if v in called] == list(called)


def test_a_surname_alone_is_whose_it_is_among_the_articles_in_scope(
    service: AnswerService,
) -> None:
    merged = 0
    for scope in scopes(service):
        persons = {person for _, person in people_of(service, scope)}
        same = same_person(persons)
        for person in persons:
            assert service.store.register.known_as(person, scope) == same.get(person, person)
        merged += len(same)
    assert merged


def test_the_articles_of_somebody_are_those_that_give_them_words(service: AnswerService) -> None:
    for scope in scopes(service):
        people = people_of(service, scope)
        same = same_person(person for _, person in people)
        for voice in service.store.register.voices(scope, SURE):
            person = voice.speaker.person
            wanted = {name for name, one in people if same.get(one, one) == person}
            assert service.store.register.articles_with({person}, scope) == sorted(wanted)


def test_nobody_is_known_from_an_article_that_was_removed(service: AnswerService) -> None:
    removed = {f"a{segment + 5 * number}" for segment in range(5) for number in range(0, 8, 4)}
    assert not removed & set(service.store.article_ids())
    keys = tuple(sorted({key for speaker in speakers() for key in keys_of(speaker)}))
    everybody = service.store.register.voices_called(keys, EVERYTHING, SURE)
    assert everybody == service.store.register.voices(EVERYTHING, SURE)
    assert not {name for voice in everybody for name, _ in voice.articles} & removed
    persons = {speaker.person for speaker in speakers()}
    assert not set(service.store.register.articles_with(persons, EVERYTHING)) & removed
    assert not service.store.register.voices_called(keys, Scope(frozenset(removed)), SURE)


def test_ids_come_in_ascending_order_from_several_segments(service: AnswerService) -> None:
    ids = list(service.store.article_ids())
    assert ids == sorted(ids)
    assert len(ids) == 30
    assert [article.id for article in service.store.articles()] == ids


def test_the_articles_where_a_quotation_can_hold_enough_words_are_found(
    service: AnswerService,
) -> None:
    ids = list(service.store.article_ids())
    terms = ("quay", "close", "bridg", words_of(ids[3])[0])
    quoting = service.store.articles_quoting
    assert quoting(terms, 2, EVERYTHING) == [(name, 2 + (name == ids[3])) for name in ids]
    assert quoting(terms, 3, EVERYTHING) == [(ids[3], 3)]
    assert quoting(terms, 4, EVERYTHING) == []
    assert quoting(terms, 3, Scope(frozenset(ids[4:]))) == []


@pytest.mark.parametrize("speaker", speakers(), ids=lambda speaker: speaker.person)
def test_a_speaker_is_listed_under_every_name_role_and_surname(speaker: Speaker) -> None:
    keys = keys_of(speaker)
    for name in (speaker.name, *speaker.aliases):
        assert keys & set(keys_for_name(name))
        assert keys & set(keys_for_words(words_of(name)[-1:]))
    for role in speaker.roles:
        assert set(keys_for_role(words_of(role))) <= keys
    if "-" in speaker.person:
        assert key_for_surname(speaker.person.rpartition("-")[2]) in keys


def test_people_that_point_nowhere_are_said_to_be_damage(index: Path, tmp_path: Path) -> None:
    for name in ("people_rows", "people_forms", "person_at", "name_key_persons"):
        copy = tmp_path / name
        shutil.copytree(index, copy)
        for segment in FolderStore.open(copy).segments:
            array = np.load(segment.folder / f"{name}.npy")
            array[:-1] = 10**8
            np.save(segment.folder / f"{name}.npy", array)
        service = open_service(Settings(index=IndexSettings(folder=copy)))
        with pytest.raises(DamagedIndex, match="people"):
            service.quotes(speaker="Reed")


def test_a_roll_whose_files_do_not_agree_is_refused(index: Path, tmp_path: Path) -> None:
    segment = FolderStore.open(index).segments[0].folder
    for name in (
        *("people_rows", "people_forms", "said", "said_at", "unsaid_at", "families"),
        *("person_at", "name_key_at", "name_key_persons"),
    ):
        copy = tmp_path / name
        shutil.copytree(segment, copy)
        array = np.load(copy / f"{name}.npy")
        np.save(copy / f"{name}.npy", array[:-1])
        with pytest.raises(ValueError, match="do not hold the same pe"):
            Roll(copy)
