"""Isolation: within a scope, every look-up is what an index of the scope's articles gives."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from conftest import in_database
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bot.answers.answer import NoAnswer, Reason
from bot.answers.service import AnswerService, NoArticles
from bot.bootstrap import open_service
from index.build import add_to_index, build_index
from index.errors import UnknownArticle
from index.folder_target import finish
from index.generations import new_folder, publish
from index.scope import EVERYTHING, Scope
from index.segment import SegmentWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from config.settings import Settings
    from index.folder import FolderStore

TEXTS = {
    "bridge": "The council will repair the bridge in May.\n\n“It cannot wait,” Mayor Ada Obi said. "
    "She said that the bill would come to 3 million.",
    "bill": "The repair bill has doubled.\n\n“Half of it is for steel,” said Ada Obi, the mayor of "
    "Port Lowe.\n\nThe bridge is 90 years old.",
    "school": "The school board voted on Tuesday.\n\n“Nobody spoke against the plan,” Tom Reed "
    "said.\n\nIt costs nothing, the board said.",
    "court": "The court ruling came on Monday.\n\n“We will appeal,” said Tom Reed, a lawyer. "
    "“It cannot wait.”",
    "port": "The port took in fewer ships.\n\nRain was to blame, the harbour board said.",
    "twin": "The council will repair the bridge in May.\n\n“It cannot wait,” Mayor Ada Obi said. "
    "She said that the bill would come to 3 million.",
}
QUESTIONS = (
    "What did Ada Obi say?",
    "What did Obi say about the bill?",
    "What did Tom Reed say about the plan?",
    "Who said that it cannot wait?",
    "When will the council repair the bridge?",
    "Who was to blame for the ships?",
    "What did the court say about Port Lowe?",
    "who voted on tuesday",
    "What did Nobody Known say?",
)


@pytest.fixture(scope="module")
def in_folder(
    tmp_path_factory: pytest.TempPathFactory,
    exported: Path,
    tiny_settings: Callable[[Path], Settings],
) -> AnswerService:
    """Everything, in an index of two segments."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copytree(exported, folder / "index")
    settings = tiny_settings(folder / "index")
    files = []
    for article_id, text in TEXTS.items():
        (folder / f"{article_id}.txt").write_text(text, encoding="utf-8")
        files.append(folder / f"{article_id}.txt")
    build_index(files[:3], settings.index.folder, settings)
    add_to_index(files[3:], settings.index.folder, settings)
    service = open_service(settings)
    assert len(service.store.segments) == 2
    return service


@pytest.fixture(scope="module", params=["folder", "postgres"])
def whole(request: pytest.FixtureRequest, in_folder: AnswerService) -> AnswerService:
    """The same articles, in a folder and in a database."""
    if request.param == "folder":
        return in_folder
    server = request.getfixturevalue("postgres")
    server.execute(f"CREATE DATABASE whole TEMPLATE {request.getfixturevalue('exported_database')}")
    settings = in_database(in_folder._settings, server.url("whole"))
    files = [in_folder.store.folder.parent / f"{article_id}.txt" for article_id in TEXTS]
    build_index(files[:3], settings.index.place, settings)
    add_to_index(files[3:], settings.index.place, settings)
    return open_service(settings)


def index_of(store: FolderStore, ids: Iterable[str], folder: Path) -> None:
    """Write an index of these articles only, in one segment."""
    encoder = store.manifest.encoder
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(store.folder / "encoders", folder / "encoders")
    target = new_folder(folder, "segments")
    target.mkdir(parents=True)
    writer = SegmentWriter(target, 32)
    known = store.digests()
    for article_id in ids:
        place, row, _ = known[article_id]
        writer.add(store.segments[place].read(row))
    publish(folder, encoder=encoder, segments=[finish(writer, target)], analysis="")


def everything_said(service: AnswerService, scope: Scope) -> list[object]:
    """What every look-up says in a scope."""
    said: list[object] = [service.ask(question, scope=scope) for question in QUESTIONS]
    said += [
        service.ask("And what about Reed?", scope=scope, history=["What did Obi say?"]),
        service.ask("What about the bill?", scope=scope, history=["What did Obi say?"]),
        service.articles(scope),
        service.quotes(scope=scope),
        *(service.quotes(speaker=name, scope=scope) for name in ("Obi", "Tom Reed", "mayor")),
        *(service.speakers(typed, scope=scope) for typed in ("", "o", "tom r", "Reed")),
        *(
            service.check(quote, speaker=speaker, scope=scope)
            for quote in ("It cannot wait", "Half of it is for gold", "Nobody spoke against it")
            for speaker in (None, "Ada Obi")
        ),
    ]
    for article_id in TEXTS:
        for look in (service.summary, service.article):
            try:
                said.append(look(article_id, scope=scope))
            except UnknownArticle as unknown:
                said.append((str(unknown), unknown.__notes__))
    return said


@examples(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(ids=st.sets(st.sampled_from(sorted(TEXTS)), min_size=1))
def test_a_scope_is_answered_as_if_nothing_else_existed(
    whole: AnswerService,
    in_folder: AnswerService,
    tmp_path_factory: pytest.TempPathFactory,
    ids: set[str],
) -> None:
    folder = tmp_path_factory.getbasetemp() / "alone"
    index_of(in_folder.store, sorted(ids), folder)
    store = in_folder.store.open(folder)
    alone = AnswerService(store, whole._embedder, whole._settings, whole._reader)

    inside = everything_said(whole, Scope(frozenset(ids)))

    expected = everything_said(alone, EVERYTHING)
    for mine, theirs in zip(inside, expected, strict=True):
        assert mine == theirs
        assert repr(mine) == repr(theirs)


@pytest.mark.parametrize("outside", ["port", "castle", "", "../bridge", "ß\ud800"])
def test_an_article_out_of_sight_is_as_unknown_as_one_that_is_not_there(
    whole: AnswerService, outside: str
) -> None:
    scope = Scope(frozenset({"bridge", "school"}))

    for look in (whole.summary, whole.article):
        with pytest.raises(UnknownArticle) as refused:
            look(outside, scope=scope)
        assert str(refused.value) == f"There is no article {outside!r} here."
    assert list(whole.store.article_ids(scope.only(outside))) == []


def test_an_empty_scope_sees_nothing(whole: AnswerService) -> None:
    nothing = Scope(frozenset())

    for question in QUESTIONS:
        answer = whole.ask(question, scope=nothing)
        assert isinstance(answer, NoAnswer)
        assert (answer.reason, answer.nearest) == (Reason.NO_ARTICLES, ())
    assert whole.speakers(scope=nothing) == whole.quotes(scope=nothing) == ()
    assert whole.articles(nothing) == ()
    assert whole.check("It cannot wait", scope=nothing).found == ()
    with pytest.raises(NoArticles):
        whole.summary(scope=nothing)


def test_a_scope_may_name_articles_that_are_not_there(whole: AnswerService) -> None:
    scope = Scope(frozenset({"bridge", "castle"}))

    assert [article.id for article in whole.articles(scope)] == ["bridge"]


def test_narrowing_never_widens() -> None:
    scope = Scope(frozenset({"a", "b"}))

    assert scope.only("a") == Scope(frozenset({"a"}))
    assert scope.only("c") == Scope(frozenset())
    assert scope.only("a").only("b") == Scope(frozenset())
    assert EVERYTHING.only("c") == Scope(frozenset({"c"}))
