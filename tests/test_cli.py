"""bot/cli: every command, run on the sample article as a person runs it."""

import gc
import io
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from bot.cli import main, pullquote
from index.sources import sample_source

ROOT = Path(__file__).parents[1]
SAMPLE = sample_source().read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory):
    """The sample's index, built by the command itself; its own words about it."""
    folder = tmp_path_factory.mktemp("cli") / "index"
    built = command("index", "build", folder=folder)
    assert (built.returncode, built.stderr) == (0, "")
    return folder, built.stdout


@pytest.fixture
def folder(sample_index):
    return sample_index[0]


@pytest.fixture(autouse=True)
def clean_place(tmp_path, monkeypatch):
    """No settings of this machine."""
    for name in [name for name in os.environ if name.upper().startswith("PULLQUOTE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def environment(folder=None, **more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PULLQUOTE_")}
    kept |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **more}
    return kept | ({"PULLQUOTE_INDEX__FOLDER": str(folder)} if folder else {})


def command(*arguments, folder=None, stdin="", **more):
    """Run `pullquote` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=stdin, capture_output=True, encoding="utf-8", check=False,
        env=environment(folder, **more), timeout=300,
    )  # fmt: skip


@pytest.fixture
def called(folder, monkeypatch, capsys):
    """Run `pullquote` in this process: its code, what it wrote to stdout and to stderr."""
    monkeypatch.setenv("PULLQUOTE_INDEX__FOLDER", str(folder))

    def call(*arguments):
        code = main(arguments)
        written = capsys.readouterr()
        return code, written.out, written.err

    return call


@pytest.fixture
def read_json(called):
    def read(*arguments):
        code, out, err = called(*arguments, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    return read


def leaves(group, path=()):
    for name, found in group.commands.items():
        if isinstance(found, click.Group):
            yield from leaves(found, (*path, name))
            if not found.invoke_without_command:
                continue
        yield (*path, name), found


COMMANDS = dict(leaves(pullquote))


def test_help_appears_at_once_and_names_every_command():
    started = time.perf_counter()
    shown = command("--help")
    took = time.perf_counter() - started
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in pullquote.commands)
    assert took < 2, "0.07 s when measured alone; the bound is for a busy machine"


def test_help_imports_nothing_heavy():
    heavy = ("pydantic", "rich", "numpy", "onnxruntime", "faiss", "torch", "spacy", "discord")
    probe = f"""
import sys
from bot.cli import main
main(["--help"]); main(["ask", "--help"])
print([name for name in {heavy!r} if name in sys.modules])
"""
    shown = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, env=environment()
    )
    assert shown.stdout.splitlines()[-1] == "[]"


def test_a_command_leaves_how_often_garbage_is_collected_as_it_was(called, sample_index):
    before = gc.get_threshold()
    called("speakers", "--index", str(sample_index))
    assert gc.get_threshold() == before


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_says_what_it_is_for(path, called):
    code, out, _ = called(*path, "--help")
    assert code == 0
    assert f"Usage: pullquote {' '.join(path)}" in out
    assert COMMANDS[path].help


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_reading_command_has_json(path):
    changes = {("index", "build"), ("index", "add"), ("index", "merge"), ("index", "remove")}
    changes |= {("run",), ("chat",), ("index", "compact")}
    changes.add(("health",))  # what it shows is the health page's own text
    options = {name for parameter in COMMANDS[path].params for name in parameter.opts}
    assert ("--json" in options) == (path not in changes)


def test_building_says_what_was_built(sample_index):
    assert re.match(
        r"1 article, \d+ passages, \d+ quotations in .*\(generation 1, ", sample_index[1]
    )


def test_ask_cites_the_newspaper(called):
    code, out, err = called("ask", "what", "did", "Kuleba", "say?")
    assert (code, err) == (0, "")
    assert "“Ukraine deserves to be a member of NATO”" in out
    assert "Kuleba" in out


def test_ask_gives_slices_of_the_stored_text(read_json):
    found = read_json("ask", "what did Kuleba say?", "--top", "1", "--article", "sample")
    text = read_json("articles", "show", "sample")["text"]
    assert found["answered"]
    assert len(found["citations"]) == 1
    for citation in found["citations"]:
        assert citation["text"] == text[citation["start"] : citation["end"]]
        assert citation["text"] in SAMPLE


def test_no_answer_is_a_result_and_exits_with_0(called):
    code, out, _ = called("ask", "how do I bake bread?", "--json")
    found = json.loads(out)
    assert (code, found["answered"], found["citations"]) == (0, False, [])
    assert found["reason"]


def test_quotes_of_one_speaker(called, read_json):
    found = read_json("quotes", "--speaker", "Kuleba")["quotes"]
    assert found
    assert {quote["speaker"] for quote in found} == {"Dmytro Kuleba"}
    code, out, _ = called("quotes", "--speaker", "Kuleba", "--article", "sample")
    assert (code, out.startswith("Dmytro Kuleba")) == (0, True)
    assert called("quotes", "--speaker", "Nobody")[:2] == (
        0,
        "The articles quote nothing by Nobody.\n",
    )


def test_quotes_of_one_kind(read_json):
    found = read_json("quotes", "--kind", "mixed")["quotes"]
    assert {quote["speech"] for quote in found} == {"mixed"}


def test_no_more_quotes_are_listed_than_asked_for(read_json):
    everything = read_json("quotes")["quotes"]
    assert read_json("quotes", "--most", "2")["quotes"] == everything[:2]
    assert read_json("quotes", "--most", str(2**64))["quotes"] == everything
    assert len(everything) > 2


def test_check_tells_the_genuine_from_the_altered(called, read_json):
    assert read_json("check", "first they gotta win this war")["verdict"] == "verbatim"
    altered = read_json("check", "First they must win this war")
    assert (altered["verdict"], altered["differences"][0]["claimed"]) == ("altered", "must")
    assert read_json("check", "I like trains", "--speaker", "Kirby")["verdict"] == "not_found"
    code, out, _ = called("check", "First they must win this war")
    assert code == 0
    assert "[-must-] {+gotta+}" in out


def test_summary_is_sentences_of_the_article(called, read_json):
    found = read_json("summary", "--sentences", "2")
    assert [s["text"] in SAMPLE for s in found["sentences"]] == [True, True]
    assert called("summary", "--article", "sample")[0] == 0


def test_a_summary_is_as_long_as_asked_in_characters(read_json):
    short, long = (read_json("summary", "--chars", size)["sentences"] for size in ("300", "900"))
    assert 0 < len(" ".join(s["text"] for s in short)) <= 300
    assert len(short) < len(long)
    assert len(" ".join(s["text"] for s in long)) <= 900
    both = read_json("summary", "--chars", "900", "--sentences", "1")["sentences"]
    assert len(both) == 1


def test_speakers_and_articles(called, read_json):
    assert "Dmytro Kuleba" in [s["name"] for s in read_json("speakers")["speakers"]]
    assert [a["id"] for a in read_json("articles")["articles"]] == ["sample"]
    assert "Dmytro Kuleba" in called("speakers")[1]
    everybody = read_json("speakers")["speakers"]
    assert read_json("speakers", "--most", "2")["speakers"] == everybody[:2] != everybody
    assert called("articles")[1].startswith("sample\t")
    assert "12 │" not in called("articles", "show", "sample")[1]
    assert " 1 │ Ukraine must first win" in called("articles", "show", "sample")[1]


def test_articles_takes_its_options_before_and_after_show(folder, capsys):
    for arguments in (
        ("articles", "--index", str(folder), "--json", "show", "sample"),
        ("articles", "show", "sample", "--json", "--index", str(folder)),
    ):
        assert main(arguments) == 0
        assert json.loads(capsys.readouterr().out)["id"] == "sample"


def test_config_names_each_source_and_masks_the_token(called, read_json, monkeypatch):
    monkeypatch.setenv("PULLQUOTE_DISCORD__TOKEN", "s3cret")
    settings = {s["name"]: s for s in read_json("config")["settings"]}
    assert settings["index.folder"]["source"] == "environment"
    assert settings["answers.top"]["source"] == "default"
    code, out, _ = called("config", "--index", "elsewhere")
    assert (code, "s3cret" in out) == (0, False)
    assert re.search(r"index.folder +elsewhere  \(command line\)", out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ask", "x", "--article", "nope"), "There is no article 'nope' here."),
        (("ask", "x" * 501), "The question is 501 characters long; at most 500 are taken."),
        (("articles", "show", "nope"), "There is no article 'nope' here."),
        (("summary", "--article", "nope"), "There is no article 'nope' here."),
        (("quotes", "--index", "nowhere"), "There is no index in nowhere yet."),
        (("index", "remove", "nope"), "There is no article 'nope' here."),
        (("run",), "The bot has no Discord token, so it cannot log in."),
    ],
)
def test_what_a_person_can_mend_exits_with_1_and_one_clear_line(arguments, message, called):
    code, out, err = called(*arguments)
    assert (code, out) == (1, "")
    assert err.splitlines()[0] == f"pullquote: {message}"
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask",),
        ("ask", " "),
        ("ask", "x", "--top", "0"),
        ("ask", "x", "--batch", "-"),
        ("ask", "--batch", "missing.jsonl"),
        ("check", ""),
        ("index", "add"),
        ("frobnicate",),
        ("quotes", "--kind", "loud"),
    ],
)
def test_a_wrong_call_exits_with_2(arguments, called):
    code, out, err = called(*arguments)
    assert (code, out) == (2, "")
    assert "Error: " in err


def test_a_wrong_setting_is_named(called, monkeypatch):
    monkeypatch.setenv("PULLQUOTE_ANSWERS__TOP", "99")
    code, _, err = called("articles")
    assert (code, err) == (
        1,
        "pullquote: PULLQUOTE_ANSWERS__TOP is '99'; it must be a whole number from 1 to 10.\n",
    )


def test_a_misspelt_variable_is_warned_of_on_stderr(called, monkeypatch):
    monkeypatch.setenv("PULLQUOTE_ANSWER__TOP", "5")
    code, out, err = called("articles", "--json")
    assert (code, json.loads(out)["articles"][0]["id"]) == (0, "sample")
    assert "did you mean PULLQUOTE_ANSWERS__TOP?" in err


def test_a_batch_is_answered_line_by_line_in_order(folder, tmp_path):
    lines = [
        '\ufeff{"id": "a", "question": "what did Kuleba say?"}',
        "",
        '{"id": 2, "question": "how do I bake bread?", "article": "sample"}',
        '{"id": "c", "question": "x", "article": "nope"}',
        '{"id": "d"}',
        "not json",
        '["e"]',
        '{"id": true, "question": "x"}',
        '{"id": "z", "question": "what did Kuleba say?", "article": null}',
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    done = command("ask", "--batch", str(file), folder=folder)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [(o["id"], o.get("answered")) for o in found] == [
        ("a", True), (2, False), ("c", None), ("d", None), (None, None), (None, None),
        (None, None), ("z", True),
    ]  # fmt: skip
    assert [o["line"] for o in found if "error" in o] == [4, 5, 6, 7, 8]
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == [
        f" line {number}" for number in (4, 5, 6, 7, 8)
    ]


def test_an_empty_article_in_a_batch_is_no_leave_to_ask_them_all(folder):
    line = '{"id": 1, "question": "what did Kuleba say?", "article": ""}\n'
    done = command("ask", "--batch", "-", folder=folder, stdin=line)
    assert done.returncode == 1
    assert "error" in json.loads(done.stdout)


def test_a_batch_from_stdin_with_nothing_wrong_exits_with_0(folder):
    done = command("ask", "--batch", "-", folder=folder, stdin='{"id": 1, "question": "NATO?"}\n')
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["id"] == 1


def test_one_bad_byte_spoils_one_line_of_a_batch(folder):
    done = subprocess.run(
        [sys.executable, "-m", "bot", "ask", "--batch", "-"],
        input=b'{"id": 1, "question": "\xff"}\n{"id": 2, "question": "NATO?"}\n',
        capture_output=True, check=False, env=environment(folder),
    )  # fmt: skip
    first, second = map(json.loads, done.stdout.splitlines())
    assert (done.returncode, first["line"], second["id"]) == (1, 1, 2)


def test_ask_builds_the_sample_first_and_says_so(tmp_path):
    folder = tmp_path / "new"
    done = command("ask", "what did Kuleba say?", folder=folder)
    assert done.returncode == 0
    assert "sooner rather than later" in done.stdout
    assert done.stderr == f"No index in {folder} yet: building the sample article's first.\n"


def test_articles_are_added_and_removed(tmp_path):
    folder = tmp_path / "own"
    (tmp_path / "harbour.txt").write_text("The harbour wall will be rebuilt, Ana Ruiz said.\n")
    (tmp_path / "empty.txt").write_text("")
    built = command("index", "build", str(tmp_path / "harbour.txt"), folder=folder)
    assert (built.returncode, built.stderr) == (0, "")
    added = command(
        "index", "add", str(sample_source()), str(tmp_path / "empty.txt"), "--index", str(folder)
    )
    assert added.returncode == 1
    assert added.stdout.startswith("2 articles")
    assert "empty.txt" in added.stderr.splitlines()[0]
    listed = [
        line.split("\t")[0] for line in command("articles", folder=folder).stdout.splitlines()
    ]
    assert len(listed) == 2
    removed = command("index", "remove", listed[0], folder=folder)
    assert (removed.returncode, removed.stdout.startswith("1 article,")) == (0, True)


def test_status_says_what_the_index_holds(called, read_json, folder):
    found = read_json("index", "status")
    assert (found["folder"], found["articles"], found["precision"]) == (str(folder), 1, "int8")
    code, out, _ = called("index", "status")
    assert (code, re.findall(r"(?m)^articles +1$", out)) == (0, ["articles    1"])


def test_verify_tells_a_whole_index_from_a_damaged_one(called, read_json, folder, tmp_path):
    assert read_json("index", "verify") == {
        "schema": "pullquote/verify/1",
        "whole": True,
        "problems": [],
    }
    assert called("index", "verify")[:2] == (0, f"The index in {folder} is whole.\n")
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    vectors = max(copy.rglob("*vectors*"), key=lambda file: file.stat().st_size)
    content = bytearray(vectors.read_bytes())
    content[len(content) // 2] ^= 1
    vectors.chmod(0o600)
    vectors.write_bytes(content)
    code, out, err = called("index", "verify", "--index", str(copy))
    assert (code, vectors.name in out) == (1, True)
    assert "pullquote index build" in err


def test_ctrl_c_exits_with_130(folder, request):
    # A shell lets what it starts in the background ignore Ctrl-C, and so all that it starts.
    heeded = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, heeded))
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "bot", "chat"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(folder),
    ) as process:  # fmt: skip
        process.stdin.write(b"/articles\n")
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"sample")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert b"Traceback" not in process.stderr.read()


PAGES = [page for page in (ROOT / "README.md", ROOT / "docs" / "cli.md") if page.exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_on_the_pages_that_tell_of_them(page):
    text = page.read_text(encoding="utf-8")
    missing = [name for name in map(" ".join, COMMANDS) if name not in text]
    assert missing == []


def test_chat_takes_lines_from_a_pipe(folder):
    typed = (
        "what did Kuleba say?\n/quotes Blinken\n/article nope\n/check gotta win\n/help\n/quit\nno\n"
    )
    done = command("chat", folder=folder, stdin=typed)
    assert done.returncode == 0
    assert done.stdout.index("Dmytro Kuleba") < done.stdout.index("Antony Blinken")
    assert "Printed word for word" in done.stdout
    assert "/article [ID]" in done.stdout
    assert done.stderr.startswith("There is no article 'nope' here.")


def test_two_questions_in_one_are_each_answered(called, read_json):
    code, out, _ = called("ask", "Who is Kirby? What did Kuleba say?")
    found = read_json("ask", "Who is Kirby? What did Kuleba say?")

    assert code == 0
    assert out.index("Who is Kirby?") < out.index("What did Kuleba say?") < out.index("deserves")
    assert found["schema"] == "pullquote/answers/1"
    assert [one["question"] for one in found["answers"]] == [
        "Who is Kirby?",
        "What did Kuleba say?",
    ]
    assert found["answers"][1]["citations"][0]["speaker"] == "Dmytro Kuleba"


def test_a_misspelt_name_is_shown_as_it_was_understood(called, read_json):
    _, out, _ = called("ask", "what", "did", "kuleva", "say")
    found = read_json("ask", "what did kuleva say")

    assert out.startswith("Showing results for “what did Kuleba say”\n")
    assert (found["question"], found["showing"]) == ("what did kuleva say", "what did Kuleba say")
    assert read_json("ask", "what did kuleba say")["showing"] is None


def test_chat_understands_what_harks_back(folder):
    done = command(
        "chat",
        folder=folder,
        stdin="what did he say?\nwhat did Kuleba say?\nwhat did he say about NATO?\n",
    )

    assert "It is not clear what “he” refers to." in done.stdout
    assert "Showing results for “what did Dmytro Kuleba say about NATO?”" in done.stdout


def test_chat_lists_the_latest_quotes_and_says_where_the_others_are(folder, monkeypatch, capsys):
    from bot.cli.chat import Conversation  # noqa: PLC0415
    from bot.cli.common import console, open_articles  # noqa: PLC0415

    _, service = open_articles(folder)
    conversation = Conversation(service, console(), None)
    assert conversation.reply("/quotes")
    whole = capsys.readouterr().out
    monkeypatch.setattr(sys.modules[Conversation.__module__], "LISTED", 2)
    assert conversation.reply("/quotes")
    first = capsys.readouterr().out

    assert "pullquote quotes lists all" not in whole
    assert first.endswith("\n\nThese are the latest 2: pullquote quotes lists all.\n\n")
    assert conversation.reply("/quotes John Kirby")
    assert capsys.readouterr().out.endswith(
        "pullquote quotes --speaker 'John Kirby' lists all.\n\n"
    )
    assert len(first) < len(whole)


def test_completion_knows_commands_articles_and_speakers(folder, monkeypatch):
    from prompt_toolkit.completion import CompleteEvent  # noqa: PLC0415
    from prompt_toolkit.document import Document  # noqa: PLC0415

    from bot.cli.chat import Conversation, make_completer  # noqa: PLC0415
    from bot.cli.common import console, open_articles  # noqa: PLC0415

    _, service = open_articles(folder)
    completer = make_completer(Conversation(service, console(), None))

    def completed(typed):
        return [c.text for c in completer.get_completions(Document(typed), CompleteEvent())]

    assert completed("/qu") == ["/quotes", "/quit"]
    assert completed("/article s") == ["sample"]
    assert completed("/summary ") == ["sample"]
    assert completed("/article nothing") == []
    assert completed("/quotes spokes") == ["John Kirby"]
    assert completed("/quotes Kul") == ["Dmytro Kuleba"]
    assert completed("what did Blin") == ["Antony Blinken"]
    assert completed("") == []


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1"])
def test_output_is_utf8_whatever_the_locale(folder, locale):
    done = command(
        "ask", "what did Kuleba say?", folder=folder, LC_ALL=locale, LANG=locale, PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "“Ukraine deserves" in done.stdout


def test_a_reader_that_goes_away_is_no_error(folder):
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "articles", "show", "sample"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(folder),
    ) as process:  # fmt: skip
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="only some systems have a device that is full")
@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", "what did Kuleba say?"),
        ("ask", "what did Kuleba say?", "--json"),
        ("ask", "--batch", "-"),
        ("chat",),
        *(("quotes",), ("check", "gotta win"), ("summary",), ("speakers",), ("articles",)),
        ("articles", "show", "sample"),
        *(("index", "status"), ("index", "verify"), ("config",), ("--help",), ("--version",)),
    ],
    ids=" ".join,
)
def test_output_that_finds_no_room_is_one_sentence(folder, arguments):
    typed = '{"id": 1, "question": "who is Kirby?"}\n' if "--batch" in arguments else "who?\n"
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments], input=typed, stdout=full,
            stderr=subprocess.PIPE, encoding="utf-8", check=False, env=environment(folder),
        )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr == (
        "pullquote: Not everything could be written (No space left on device).\n"
    )


@pytest.mark.skipif(not FULL.exists(), reason="only some systems have a device that is full")
def test_where_nothing_at_all_can_be_written_the_exit_code_says_so(folder):
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bot", "speakers"],
            stdout=full, stderr=full, check=False, env=environment(folder),
        )  # fmt: skip

    assert done.returncode == 1


def test_where_stdout_is_closed_from_the_start_there_is_no_traceback(folder):
    done = subprocess.run(
        ["sh", "-c", f"exec '{sys.executable}' -m bot speakers >&-"],
        stderr=subprocess.PIPE, encoding="utf-8", check=False, env=environment(folder),
    )  # fmt: skip

    assert "Traceback" not in done.stderr


def test_bars_count_the_steps_of_stages_whose_length_is_known(monkeypatch):
    from bot.cli.bars import bars  # noqa: PLC0415

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with bars() as progress:
        progress.stage("exporting")
        progress.stage("embedding", 4)
        progress.advance(3)
    assert "3/4" in screen.getvalue()
    assert "/?" not in screen.getvalue()
    monkeypatch.setattr(sys, "stderr", pipe := io.StringIO())
    with bars() as progress:
        progress.stage("embedding", 4)
    assert not pipe.getvalue()


def on_terminal(*arguments, folder, **more):
    """Run `pullquote` with a terminal as its stdout; everything that it wrote there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.DEVNULL,
        env=environment(folder, TERM="xterm-256color", **more),
    ) as process:  # fmt: skip
        os.close(theirs)
        written = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says so when the other end has closed
                break
            if not part:
                break
            written += part
    os.close(ours)
    assert process.returncode == 0
    return written.decode()


def test_colours_are_for_terminals_and_go_when_asked(folder):
    coloured = on_terminal("quotes", folder=folder)
    assert "\x1b[36m" in coloured
    assert "\x1b[36m" not in on_terminal("quotes", folder=folder, NO_COLOR="1")
    assert "\x1b" not in command("quotes", folder=folder).stdout
