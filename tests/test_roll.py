"""The roll: whoever is looked up by name is found as in the list of everybody."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bot.answers.people import find_speakers
from bot.bootstrap import open_service
from config.settings import IndexSettings, Settings
from index.article import Article, Span
from index.compact import compact_index
from index.errors import DamagedIndex
from index.folder import FolderStore
from index.folder_target import finish
from index.generations import building, new_folder, publish
from index.names import key_for_surname, keys_for_name, keys_for_role, keys_for_words, keys_of
from index.passages import split_passages
from index.people import same_person
from index.roll import Roll
from index.scope import EVERYTHING, Scope
from index.segment import Analysed, SegmentWriter
from index.speech import Quotation, Speaker, Speech, Stance
from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


def speakers() -> list[Speaker]:
    """Full names, surnames alone and bodies, as different articles may name one person."""
    chance = random.Random(7)  # noqa: S311 - the same each time
    found = [Speaker("the police", "police", ("police",)), Speaker("Reed", "reed@a3")]
    for last in LAST:
        slug = "".join(words_of(last))
        found.append(Speaker(last, slug))
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


@pytest.fixture(scope="module", params=["several segments", "merged into one"])
def service(
    request: pytest.FixtureRequest, index: Path, tmp_path_factory: pytest.TempPathFactory
) -> AnswerService:
    folder = index
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


def persons_of(service: AnswerService, scope: Scope) -> list[str]:
    return [one.person for _, one, _ in service.store.speaking(scope)]


def test_a_name_finds_the_people_that_the_whole_list_has_by_it(service: AnswerService) -> None:
    found = 0
    for scope in scopes(service):
        everybody = service.store.voices(scope, SURE)
        for typed in TYPED:
            meant = find_speakers(typed, [voice.speaker for voice in everybody])
            wanted = tuple(voice for voice in everybody if voice.speaker in meant)
            assert service._found(typed, scope) == wanted
            found += len(wanted)
    assert found > 100


def test_a_word_of_a_text_finds_whoever_has_a_name_that_ends_in_it(service: AnswerService) -> None:
    def ends(voice: Voice, word: str) -> bool:
        names = (voice.speaker.name, *voice.speaker.aliases)
        return any(words_of(name)[-1:] == [word] for name in names)

    for scope in scopes(service):
        for word in ("obi", "nunez", "reed", "police", "quay"):
            called = service.store.voices_called(keys_for_words((word,)), scope, SURE)
            everybody = service.store.voices(scope, SURE)
            assert {v for v in called if ends(v, word)} == {v for v in everybody if ends(v, word)}
            assert [v for v in everybody if v in called] == list(called)


def test_a_surname_alone_is_whose_it_is_among_the_articles_in_scope(
    service: AnswerService,
) -> None:
    merged = 0
    for scope in scopes(service):
        persons = persons_of(service, scope)
        same = same_person(persons)
        for person in persons:
            assert service.store.known_as(person, scope) == same.get(person, person)
        merged += len(same)
    assert merged


def test_the_articles_of_somebody_are_those_that_give_them_words(service: AnswerService) -> None:
    for scope in scopes(service):
        same = same_person(persons_of(service, scope))
        for voice in service.store.voices(scope, SURE):
            person = voice.speaker.person
            wanted = {
                name
                for name, one, _ in service.store.speaking(scope)
                if same.get(one.person, one.person) == person
            }
            assert service.store.articles_with({person}, scope) == sorted(wanted)


def test_nobody_is_known_from_an_article_that_was_removed(service: AnswerService) -> None:
    removed = {f"a{segment + 5 * number}" for segment in range(5) for number in range(0, 8, 4)}
    assert not removed & set(service.store.article_ids())
    keys = tuple(sorted({key for speaker in speakers() for key in keys_of(speaker)}))
    everybody = service.store.voices_called(keys, EVERYTHING, SURE)
    assert everybody == service.store.voices(EVERYTHING, SURE)
    assert not {name for voice in everybody for name, _ in voice.articles} & removed
    persons = {speaker.person for speaker in speakers()}
    assert not set(service.store.articles_with(persons, EVERYTHING)) & removed
    assert not service.store.voices_called(keys, Scope(frozenset(removed)), SURE)


def test_ids_come_in_ascending_order_from_several_segments(service: AnswerService) -> None:
    ids = list(service.store.article_ids())
    assert ids == sorted(ids)
    assert len(ids) == 30
    assert [article.id for article in service.store.articles()] == ids


def test_the_articles_that_share_enough_words_are_found(service: AnswerService) -> None:
    ids = list(service.store.article_ids())
    terms = ("quay", "close", "bridg", words_of(ids[3])[0])
    share = service.store.articles_sharing
    assert share(terms, 2, EVERYTHING) == ids
    assert share(terms, 3, EVERYTHING) == [ids[3]]
    assert share(terms, 4, EVERYTHING) == []
    assert share(terms, 3, Scope(frozenset(ids[4:]))) == []


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
    for name in ("people_rows", "person_at", "name_key_persons"):
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
    for name in ("people_rows", "person_at", "name_key_at", "name_key_persons"):
        copy = tmp_path / name
        shutil.copytree(segment, copy)
        array = np.load(copy / f"{name}.npy")
        np.save(copy / f"{name}.npy", array[:-1])
        with pytest.raises(ValueError, match="do not hold the same people"):
            Roll(copy)
