"""bot/chat/{answers,supervisor,process,cache}.py: real processes that hang, die, are replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.answers.answer import Answer
from bot.answers.service import QuestionTooLong, SeveralArticles
from bot.bootstrap import open_service
from bot.chat.answers import Answers, Inside
from bot.chat.frames import HEADER
from bot.chat.process import CannotOpen, Lost, Process, spawn
from bot.chat.supervisor import Supervisor
from bot.chat.worker import Busy, Stopping, TooSlow
from config.settings import IndexSettings
from index.build import add_to_index, build_index, remove_from_index
from index.errors import DamagedIndex, NoIndex, UnknownArticle
from index.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from config.settings import Settings

OBI = "“It cannot wait,” Mayor Ada Obi said."
QUESTION = "What did Ada Obi say?"


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, exported: Path, tiny_settings: Any
) -> Settings:
    """Settings of an index that these tests leave as it is."""
    import shutil  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("answers")
    shutil.copytree(exported, folder / "index")
    made = tiny_settings(folder / "index")
    texts = folder / "texts"
    texts.mkdir()
    (texts / "bridge.txt").write_text(
        f"The council will repair the bridge in May.\n\n{OBI}", encoding="utf-8"
    )
    (texts / "board.txt").write_text(
        "The board voted.\n\n“We are glad,” said Obi, who was there. “It rained,” Ben Dunn said.",
        encoding="utf-8",
    )
    build_index([texts], made.index.folder, made)
    return made


def supervised(settings: Settings, **options: Any) -> Answers:
    given = {"queue": 8, "patience": 10.0, "look_every": 0.0, "opener": "unruly:open_unruly"}
    return Answers(Supervisor(settings, **(given | options)))


@pytest.fixture
async def answers(shared: Settings) -> AsyncIterator[Answers]:
    made = supervised(shared)
    await made.start()
    yield made
    await made.stop(patience=1)


def alive(pid: int) -> bool:
    """Whether there is such a process, be it a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until(true: Any, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what it waits for happens in other processes
            await asyncio.sleep(0.02)


async def test_every_method_gives_through_the_process_what_the_service_gives(
    shared: Settings, answers: Answers
) -> None:
    service = open_service(shared)
    quote = "“It cannot wait,” Mayor Ada Obi said."

    assert await answers.ask(QUESTION) == service.ask(QUESTION)
    assert await answers.quotes(speaker="Obi") == service.quotes(speaker="Obi")
    assert await answers.check(quote, speaker="Obi") == service.check(quote, speaker="Obi")
    assert await answers.check_message(quote) == service.check_message(quote)
    assert await answers.summary("bridge") == service.summary("bridge")
    assert await answers.article("bridge") == service.article("bridge")
    assert await answers.most_quoted() == service.voices(most=1)[0].speaker
    assert await answers.newest() == service.newest()
    assert answers.generation == service.store.generation
    assert await answers.speakers("ob") == service.speakers("ob") != ()
    assert await answers.headings("br") == service.headings("br") != ()


async def test_names_that_are_offered_are_those_of_the_articles_in_scope_and_no_others(
    shared: Settings, answers: Answers
) -> None:
    service = open_service(shared)
    scopes = [EVERYTHING, *(Scope(frozenset(ids)) for ids in ([], ["bridge"], ["board"], ["no"]))]

    for scope in scopes:
        for typed in ("", "obi", "ada", "dunn"):
            found = await answers.speakers(typed, scope=scope)
            assert found == service.speakers(typed, scope=scope)
    found = await answers.headings("", scope=Scope(frozenset(["board"])))
    assert [one.id for one in found] == ["board"]


async def test_names_are_offered_while_a_question_takes_its_time(answers: Answers) -> None:
    question = asyncio.create_task(answers.ask("sleep 1"))
    await asyncio.sleep(0.1)
    started = time.monotonic()
    found = await asyncio.gather(*(answers.speakers(typed) for typed in ("o", "ob", "obi")))
    took = time.monotonic() - started

    assert [one.name for one in found[2]] == ["Ada Obi"]
    assert took < 0.5
    assert not question.done()
    await question
    assert await answers.ask(QUESTION) == await answers.ask(QUESTION, top=None)


async def test_what_is_offered_twice_is_looked_up_once_in_a_generation(answers: Answers) -> None:
    process = answers.engine._process
    first = await answers.speakers("ob")
    received = process.received

    assert await answers.speakers("ob") is first
    assert process.received == received


async def test_names_are_not_waited_for_where_the_process_hangs(
    shared: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.supervisor.LOOKING", 0.3)
    made = supervised(shared, patience=3.0)
    await made.start()
    hanging = asyncio.create_task(made.ask("stop"))
    await asyncio.sleep(0.1)

    monkeypatch.setattr("bot.chat.supervisor.LOOKS", 2)
    looks = [made.speakers(typed) for typed in ("o", "ob", "obi")]
    came = await asyncio.gather(*looks, return_exceptions=True)
    assert [type(one) for one in came] == [TooSlow, TooSlow, Busy]
    with pytest.raises(Busy):  # what nobody waits for is still to be done
        await made.speakers("a")
    with pytest.raises(TooSlow):
        await hanging
    await until(lambda: made.engine.restarts == 1)
    assert [one.name for one in await made.speakers("obi")] == ["Ada Obi"]
    await made.stop(patience=1)


async def test_a_process_in_which_a_look_hangs_is_replaced_and_no_question_is_lost(
    shared: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.supervisor.LOOKING", 0.3)
    monkeypatch.setattr("bot.chat.supervisor.HANGING", 3.0)
    made = supervised(shared, patience=3.0)
    await made.start()
    first = made.engine.pid
    with pytest.raises(TooSlow):
        await made.speakers("hang")
    for _ in range(3):  # not at once: it may only be slow
        with pytest.raises(TooSlow):
            await made.speakers("ob")
    assert await made.ask("pid") == first

    await asyncio.sleep(3.0)
    slow = asyncio.create_task(made.ask("sleep 2"))
    await asyncio.sleep(0.1)
    with pytest.raises(TooSlow):
        await made.speakers("obi")
    await until(lambda: made.engine.pid not in {None, first})
    monkeypatch.setattr("bot.chat.supervisor.LOOKING", 10.0)
    assert [one.name for one in await made.speakers("obi")] == ["Ada Obi"]
    assert not isinstance(await slow, Exception)
    assert await made.ask("pid once more") == made.engine.pid
    assert made.engine.restarts == 0
    await until(lambda: not alive(first))
    await made.stop(patience=1)


async def test_a_process_that_goes_on_while_another_is_opened_is_left_in_its_place(
    shared: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that hang are found out about many times while an index takes long to open."""
    monkeypatch.setattr("bot.chat.supervisor.LOOKING", 0.2)
    monkeypatch.setattr("bot.chat.supervisor.HANGING", 0.5)
    monkeypatch.setattr("bot.chat.supervisor.STEADY", 0.0)
    made = supervised(shared, patience=0.5)
    await made.start()
    engine = made.engine
    first = engine.pid
    async with engine._swapping:  # another is being opened
        with pytest.raises(TooSlow):
            await made.speakers("sleep 2")
        await asyncio.sleep(0.5)
        for typed in ("o", "ob", "obi"):
            with pytest.raises(TooSlow):
                await made.speakers(typed)
        assert engine._replacing
        await until(lambda: not engine._process.looking)
    await until(lambda: not engine._replacing)

    assert (engine.pid, engine.reloads) == (first, 0)
    await made.stop(patience=1)


async def test_whoever_looks_is_told_when_the_process_dies(answers: Answers) -> None:
    asked = asyncio.create_task(answers.ask("stop"))
    await asyncio.sleep(0.1)
    looking = asyncio.create_task(answers.speakers("ob"))
    await asyncio.sleep(0.1)
    os.kill(answers.engine.pid, signal.SIGKILL)

    with pytest.raises(Lost):
        await looking
    with pytest.raises(Lost):
        await asked


async def test_an_article_crosses_the_pipe_once_and_is_one_object_here(answers: Answers) -> None:
    process = answers.engine._process
    before = process.received
    first = await answers.article("bridge")
    whole = process.received - before
    quotations = await answers.quotes(scope=Scope(frozenset(["bridge"])))
    shown = await answers.summary("bridge")

    assert quotations[0].context.article is first
    assert shown.article is first
    assert all(citation.span.article is first for citation in shown.sentences)
    assert first.text.encode() not in b"%d" % whole
    assert process.received - before < 20 * whole


async def test_errors_of_the_service_arrive_as_they_were_raised(answers: Answers) -> None:
    with pytest.raises(QuestionTooLong, match="501 characters") as long:
        await answers.ask("x" * 501)
    with pytest.raises(SeveralArticles) as several:
        await answers.summary()
    with pytest.raises(UnknownArticle):
        await answers.article("bridge", scope=Scope(frozenset({"board"})))
    with pytest.raises(UnknownArticle, match="no article 'gone' here"):
        await answers.summary("gone")
    with pytest.raises(TimeoutError, match="own"):
        await answers.ask("timeout")

    assert str(long.value).count("The question is") == 1
    assert several.value.__notes__ == [
        "See which there are:    pullquote articles",
        "Say which:              pullquote summary --article ID",
    ]


@pytest.mark.parametrize("question", ["odd", "unsent"])
async def test_what_cannot_be_sent_is_told_as_text_and_the_process_goes_on(
    answers: Answers, question: str
) -> None:
    pid = answers.engine.pid
    with pytest.raises(Exception, match=r"cannot be sent|pickle|local object"):
        await answers.ask(question)

    assert isinstance(await answers.ask(QUESTION), Answer)
    assert answers.engine.pid == pid


async def test_what_a_library_prints_does_not_reach_the_pipe(answers: Answers) -> None:
    assert await answers.ask("print x") is not None
    assert isinstance(await answers.ask(QUESTION), Answer)


@pytest.mark.parametrize("question", ["die", "exit"])
async def test_who_asked_when_the_process_died_is_told_and_those_behind_are_answered(
    answers: Answers, question: str
) -> None:
    pid = answers.engine.pid
    asked = [asyncio.create_task(answers.ask(q)) for q in (question, QUESTION, "Who was there?")]
    found = await asyncio.gather(*asked, return_exceptions=True)

    assert isinstance(found[0], Lost)
    assert isinstance(found[1], Answer)
    assert not isinstance(found[2], Exception)
    assert answers.engine.restarts == 1
    assert answers.engine.pid != pid
    assert not alive(pid)  # not even as a zombie


async def test_a_death_while_nobody_asks_is_noticed_at_once(answers: Answers) -> None:
    os.kill(answers.engine.pid, signal.SIGKILL)
    await until(lambda: answers.engine.restarts == 1)

    assert isinstance(await answers.ask(QUESTION), Answer)


async def test_who_leaves_while_there_is_no_process_leaves_nothing_behind(answers: Answers) -> None:
    os.kill(answers.engine.pid, signal.SIGKILL)
    await until(lambda: answers.engine.pid is None)
    leaving = [asyncio.create_task(answers.engine.call("ask", f"{n}?")) for n in range(3)]
    await asyncio.sleep(0)
    assert answers.engine.length == 3
    for one in leaving:
        one.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    assert answers.engine.length == 0
    await until(lambda: answers.engine.restarts == 1)

    assert isinstance(await answers.ask(QUESTION), Answer)


async def test_questions_so_slow_that_the_last_would_be_given_up_are_turned_away_at_once(
    shared: Settings,
) -> None:
    answers = supervised(shared, queue=50, patience=2.0)
    await answers.start()
    for n in range(4):
        await answers.ask(f"sleep 1.5{n}")
    held = [asyncio.create_task(answers.ask(f"sleep 0.0{n}")) for n in range(1, 9)]
    found = await asyncio.gather(*held, return_exceptions=True)

    assert any(isinstance(one, Busy) for one in found)
    assert not any(isinstance(one, TooSlow) for one in found)
    await answers.stop(patience=1)


async def test_a_frame_that_cannot_be_read_ends_the_process_and_gives_nobody_anothers_answer(
    shared: Settings,
) -> None:
    process = await Process.start(shared, limit=10)
    stdin = process._process.stdin
    assert stdin is not None
    await process.call("ask", (QUESTION,), {})
    stdin.write(HEADER.pack(6) + b"broken")

    for _ in range(2):
        with pytest.raises(Lost):
            await process.call("speakers", (), {})
    assert await process.ended() == "exit code 1"


async def test_a_question_that_ends_process_after_process_is_not_tried_a_third_time(
    shared: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.supervisor._pause", lambda _: 0.0)
    answers = supervised(shared)
    await answers.start()
    for _ in range(3):
        with pytest.raises(Lost):
            await answers.ask("die")
    await answers.ask(QUESTION)

    assert answers.engine.restarts == 2
    await answers.stop(patience=1)


@pytest.mark.parametrize("question", ["sleep 60", "stop", "spin"])
async def test_a_hang_is_ended_and_those_behind_it_are_answered(
    shared: Settings, question: str
) -> None:
    answers = supervised(shared, patience=1.2)
    await answers.start()
    pid = answers.engine.pid
    hung = asyncio.create_task(answers.ask(question))
    await asyncio.sleep(0.9)
    behind = asyncio.create_task(answers.ask(QUESTION))
    with pytest.raises(TooSlow):
        await hung
    found = await asyncio.gather(behind, return_exceptions=True)
    await until(lambda: answers.engine.restarts == 1)

    assert isinstance(found[0], Answer | TooSlow)  # a busy machine starts it too late for some
    assert not alive(pid)
    assert isinstance(await answers.ask(QUESTION), Answer)
    await answers.stop(patience=1)


async def test_one_that_keeps_dying_is_started_after_longer_pauses_and_askers_hear_how_long(
    settings: Settings,
) -> None:
    answers = supervised(settings, patience=3.0)
    await answers.start()
    (settings.index.folder / "die").touch()
    waiting = asyncio.create_task(answers.ask("sleep 1"))
    await asyncio.sleep(0.1)
    os.kill(answers.engine.pid, signal.SIGKILL)
    with pytest.raises(Lost):
        await waiting
    await until(lambda: answers.engine._failures >= 2)
    with pytest.raises((Busy, CannotOpen)) as told:
        await answers.ask(QUESTION)
    assert not answers.engine.ready
    (settings.index.folder / "die").unlink()
    await until(lambda: answers.engine.ready)

    assert getattr(told.value, "retry_after", 1) > 0
    assert await answers.ask("port?") is not None
    await answers.stop(patience=1)


async def test_a_full_queue_says_when_to_come_back(shared: Settings) -> None:
    answers = supervised(shared, queue=2)
    await answers.start()
    held = [asyncio.create_task(answers.ask(f"sleep 0.{n}")) for n in (2, 3)]
    await asyncio.sleep(0.01)
    with pytest.raises(Busy) as told:
        await answers.ask(QUESTION)
    await asyncio.gather(*held)
    with_measure = answers.engine.wait()

    assert told.value.retry_after > 0
    assert with_measure > 0.02  # it has learned that questions are slow
    assert isinstance(await answers.ask(QUESTION), Answer)
    await answers.stop(patience=1)


async def test_stopping_lets_what_is_under_way_end_and_takes_no_more(shared: Settings) -> None:
    answers = supervised(shared)
    await answers.start()
    pid = answers.engine.pid
    under_way = [asyncio.create_task(answers.ask(q)) for q in ("sleep 0.2", QUESTION)]
    await asyncio.sleep(0.05)
    stopping = asyncio.create_task(answers.stop(patience=5))
    await asyncio.sleep(0)
    with pytest.raises(Stopping):
        await answers.ask("Who was there?")
    await stopping

    assert isinstance(await under_way[1], Answer)
    assert not alive(pid)


async def test_stopping_does_not_wait_for_a_hang(shared: Settings) -> None:
    answers = supervised(shared)
    await answers.start()
    hung = asyncio.create_task(answers.ask("stop"))
    await asyncio.sleep(0.05)
    before = time.monotonic()
    await answers.stop(patience=0.2)

    assert time.monotonic() - before < 3
    with pytest.raises(Stopping):
        await hung


@pytest.mark.parametrize("question", ["", "sleep 60", "spin"])
def test_a_bot_that_is_killed_leaves_no_process_behind(shared: Settings, question: str) -> None:
    """Over real processes: one bot is killed, with its answering process idle, busy or hung."""
    bot = subprocess.Popen(
        [
            *(sys.executable, str(Path(__file__).with_name("short_life.py"))),
            *(str(shared.index.folder), shared.embedding.model, question),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(bot.stdout.readline())
    assert alive(child)
    bot.kill()
    bot.wait()
    bot.stdout.close()
    until_then = time.monotonic() + 10
    while _runs(child) and time.monotonic() < until_then:
        time.sleep(0.02)

    assert not _runs(child)


def _runs(pid: int) -> bool:
    """Whether it runs; its parent being dead, whoever reaps it may take their time."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


async def test_an_index_that_cannot_be_opened_is_said_as_ever(tmp_path: Path, settings: Settings):
    nowhere = settings.model_copy(update={"index": IndexSettings(folder=tmp_path / "none")})
    with pytest.raises(NoIndex, match="There is no index in") as told:
        await supervised(nowhere).start()
    assert told.value.__notes__[0].startswith("Build one:")
    (settings.index.folder / "die").touch()
    with pytest.raises(CannotOpen, match="exit code 7"):
        await supervised(settings).start()


async def test_a_process_that_ends_a_while_after_its_pipe_is_told_by_its_own_exit_code():
    ending = "import os, time; os.close(1); time.sleep(0.2); os._exit(7)"

    assert await Process(await spawn(ending)).ended() == "exit code 7"


# ---- a new generation ----


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


async def test_a_new_generation_is_taken_up_without_a_failed_answer(
    tmp_path: Path, settings: Settings
) -> None:
    answers = supervised(settings, look_every=0.05, queue=50)
    await answers.start()
    first, pid = answers.generation, answers.engine.pid
    wrong: list[Any] = []
    over = asyncio.Event()

    async def keep_asking() -> int:
        asked = 0
        while not over.is_set():
            asked += 1
            try:
                found = await answers.ask(f"How many ships in March, {asked}?")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
                wrong.append(error)
                continue
            for citation in getattr(found, "citations", ()) or found.nearest:
                assert citation.span.text in citation.span.article.text
            await asyncio.sleep(0.01)
        return asked

    asking = [asyncio.create_task(keep_asking()) for _ in range(3)]
    for number in range(3):  # each clears away what two before it used
        text = write(tmp_path / "more", new=f"The court met {number} times.\n\n{OBI}")
        generation = answers.generation
        await asyncio.to_thread(add_to_index, [text], settings.index.folder, settings)
        await until(lambda before=generation: answers.generation > before)
        assert "new" in answers.ids
    found = await answers.ask(QUESTION)
    over.set()
    asked = await asyncio.gather(*asking)

    assert wrong == []
    assert min(asked) > 10
    assert answers.generation == first + 3
    assert found.citations[0].span.text == OBI
    assert "met 2 times" in found.citations[0].span.article.text
    assert [speaker.name for speaker in await answers.speakers("obi")] == ["Ada Obi"]
    await until(lambda: not alive(pid))
    assert answers.engine.restarts == 0
    await answers.stop(patience=1)


async def test_a_question_under_way_keeps_the_generation_that_it_began_with(
    tmp_path: Path, settings: Settings
) -> None:
    answers = supervised(settings)
    await answers.start()
    pid = answers.engine.pid
    under_way = asyncio.create_task(answers.ask("sleep 0.5"))
    await asyncio.sleep(0.05)
    for number in range(3):
        texts = write(tmp_path / "t", port=f"Text {number}.\n\n{OBI}")
        await asyncio.to_thread(build_index, [texts], settings.index.folder, settings)
    assert await answers.reload()
    after = asyncio.create_task(answers.ask("pid"))
    await under_way

    assert await after == answers.engine.pid != pid
    await answers.stop(patience=1)


async def test_what_was_withdrawn_is_not_answered_from_memory(settings: Settings) -> None:
    answers = supervised(settings, look_every=0.05)
    await answers.start()
    before = await answers.ask("How many ships did the port take in?")
    held = answers.generation
    await asyncio.to_thread(remove_from_index, ["port"], settings.index.folder, settings)
    await until(lambda: answers.generation > held)
    after = await answers.ask("How many ships did the port take in?")

    assert before.citations or before.nearest
    assert not getattr(after, "citations", ())
    assert not after.nearest
    assert await answers.headings() == ()
    with pytest.raises(UnknownArticle):
        await answers.article("port")
    await answers.stop(patience=1)


async def test_a_generation_that_cannot_be_opened_changes_nothing(
    tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    answers = supervised(settings, look_every=0.05)
    await answers.start()
    held, pid = answers.generation, answers.engine.pid
    texts = write(tmp_path / "t", new=OBI)
    (settings.index.folder / "die").touch()
    await asyncio.to_thread(add_to_index, [texts], settings.index.folder, settings)
    await until(lambda: answers.engine.failed_reloads == 1)

    assert answers.generation == held
    assert await answers.ask("port?") is not None
    assert answers.engine.pid == pid
    assert "new generation cannot be opened" in caplog.text
    (settings.index.folder / "die").unlink()
    (settings.index.folder / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(DamagedIndex):
        await answers.reload()
    assert answers.engine.ready
    await answers.stop(patience=1)


# ---- the cache ----


async def test_identical_questions_under_way_are_computed_once_and_then_known(
    shared: Settings,
) -> None:
    answers = supervised(shared, queue=1)
    await answers.start()
    found = await asyncio.gather(*(answers.ask(QUESTION) for _ in range(20)))
    pid = answers.engine.pid
    os.kill(pid, signal.SIGSTOP)  # nothing more can be computed

    assert all(one is found[0] for one in found)
    assert await answers.ask(QUESTION) is found[0]
    assert (answers.cache.misses, answers.cache.joined, answers.cache.hits) == (1, 19, 1)
    os.kill(pid, signal.SIGCONT)
    await answers.stop(patience=1)


async def test_another_scope_or_conversation_is_another_question(answers: Answers) -> None:
    everywhere = await answers.ask(QUESTION)
    nowhere = await answers.ask(QUESTION, scope=Scope(frozenset()))
    await answers.ask("and Ben Dunn?", history=(QUESTION,))
    await answers.ask("and Ben Dunn?")

    assert isinstance(everywhere, Answer)
    assert not isinstance(nowhere, Answer)
    assert answers.cache.misses == 4


async def test_a_failure_is_not_remembered_and_one_who_leaves_takes_nothing_from_others(
    shared: Settings,
) -> None:
    answers = supervised(shared)
    await answers.start()
    with pytest.raises(Lost):
        await answers.ask("die")
    leaving = asyncio.create_task(answers.ask("sleep 0.2"))
    staying = asyncio.create_task(answers.ask("sleep 0.2"))
    await asyncio.sleep(0.05)
    leaving.cancel()

    assert await staying is not None
    assert answers.cache.misses == 2
    await answers.stop(patience=1)


async def test_inside_a_thread_the_same_door_gives_the_same(shared: Settings) -> None:
    service = open_service(shared)
    answers = Answers(Inside(service))
    await answers.start()

    assert await answers.ask(QUESTION) == service.ask(QUESTION)
    assert await answers.speakers("obi") == service.speakers("obi")
    await answers.stop(patience=1)
    with pytest.raises(Stopping):
        await answers.ask("Who?")
