"""The store: one generation, opened cheaply, and held on to; in a folder and in a database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.answers.answer import Answer
from bot.bootstrap import open_service
from config.settings import IndexSettings, Settings
from index.build import build_index, remove_from_index
from index.errors import DamagedIndex, EmbedderMismatch, NoIndex, UnknownArticle
from index.folder import FolderStore
from index.manifest import NAME
from index.passages import split_passages
from index.people import merge_speakers
from index.scope import EVERYTHING, Scope
from index.speech import Speaker
from index.store import open_store
from index.words import terms_of

if TYPE_CHECKING:
    from pathlib import Path

KULEBA = "What did Kuleba say?"


def test_opening_reads_what_the_build_wrote(either_sample: Settings) -> None:
    store = open_store(either_sample.index.place)

    (article_id,) = store.article_ids()
    article = store.article(article_id)
    assert article.text.startswith("Ukraine must first win the war")
    assert [s.article for s in store.sentences(article_id)] == [article] * len(
        store.sentences(article_id)
    )
    assert {q.context.article.id for q in store.quotations(article_id)} == {article_id}
    articles, passages, quotations = store.counts()
    listed = [q for q in store.quotations(article_id) if q.is_listed]
    assert (articles, quotations) == (1, len(listed))
    assert store.vectors(article_id).shape == (passages, 384)


def test_an_unknown_article_is_named(either_sample: Settings) -> None:
    store = open_store(either_sample.index.place)
    for look in (store.article, store.sentences, store.quotations, store.vectors):
        with pytest.raises(UnknownArticle, match="'castle'"):
            look("castle")


def test_reading_ahead_gives_the_ids_back_as_they_came(either_sample: Settings) -> None:
    store = open_store(either_sample.index.place)
    (article_id,) = store.article_ids()

    assert list(store.read_ahead(iter(("castle", article_id, article_id)))) == [
        *("castle", article_id, article_id)
    ]
    assert list(store.read_ahead(())) == []


def test_terms_are_known_in_scope_and_listed_by_how_they_begin(either_sample: Settings) -> None:
    store = open_store(either_sample.index.place)
    nobody = Scope(frozenset())

    assert store.knows("ukrain", EVERYTHING)
    assert not store.knows("ukrain", nobody)
    assert not store.knows("castl", EVERYTHING)
    assert "ukrain" in set(store.terms_beginning("uk", most=50))
    assert list(store.terms_beginning("u", most=0)) == []
    first, second = store.passages_with("ukrain", EVERYTHING, 2)
    assert first.span.start < second.span.start
    assert "Ukrain" in first.span.text
    assert [a.id for a in store.articles_holding(["ukrain", "kuleba"] * 2, EVERYTHING)] == list(
        store.article_ids()
    )
    for terms, scope in ((("castl", "ukrain"), EVERYTHING), (("ukrain",), nobody)):
        assert list(store.articles_holding(terms, scope)) == []


def test_an_index_of_no_article_holds_nothing(settings: Settings) -> None:
    ids = list(open_store(settings.index.place).article_ids())
    remove_from_index(ids, settings.index.place, settings)
    store = open_store(settings.index.place)

    assert list(store.article_ids()) == []
    assert store.passages_holding(["ukrain"], EVERYTHING, 5) == []
    assert store.articles_quoting(["ukrain"], 1, EVERYTHING) == []
    assert list(store.articles_holding(["ukrain"], EVERYTHING)) == []


def test_passages_that_hold_every_term_come_by_length(either_sample: Settings) -> None:
    store = open_store(either_sample.index.place)
    (article_id,) = store.article_ids()
    passages = split_passages(store.sentences(article_id))

    whole = terms_of(passages[3].span.text)
    for terms in (["ukrain"], ["ukrain", "said"], ["ukrain"] * 20, list(set(whole)), whole):
        held = [
            (len(words), number)
            for number, passage in enumerate(passages)
            if set(terms) <= set(words := terms_of(passage.span.text)) and len(words) >= len(terms)
        ]
        assert held
        for limit in (1, 2, len(passages)):
            found = store.passages_holding(terms, EVERYTHING, limit)
            assert [number for _, number in found] == [n for _, n in sorted(held)[:limit]]
            assert all(passage == passages[number] for passage, number in found)
    for terms, scope in (
        (["ukrain", "castl"], EVERYTHING),
        (["ukrain"], Scope(frozenset())),
        ([], EVERYTHING),
    ):
        assert store.passages_holding(terms, scope, 5) == []


def test_candidates_and_their_passages_are_of_the_scope(either_sample: Settings) -> None:
    store = open_store(either_sample.index.place)
    (article_id,) = store.article_ids()
    vector = store.open_embedder().encode_query("membership")
    for scope in (EVERYTHING, Scope(frozenset((article_id,)))):
        found = store.candidates("membership", vector, scope, 3)
        assert len(found) >= 3
        nearest = max(found, key=lambda one: one.cosine)
        ((passage, number),) = store.passages_at([nearest.key])
        assert passage.span.article.id == article_id
        assert abs(float(store.vectors(article_id)[number] @ vector) - nearest.cosine) < 1e-5
    assert store.candidates("membership", vector, Scope(frozenset()), 3) == []


def test_an_open_store_outlives_its_files(sample_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(sample_folder, tmp_path / "index")
    service = open_service(Settings(index=IndexSettings(folder=tmp_path / "index")))
    before = service.ask(KULEBA)

    shutil.rmtree(tmp_path / "index")

    assert service.ask(KULEBA) == before
    assert service.ask("What must Ukraine do to join NATO?").citations
    assert service.summary().sentences


def test_a_missing_or_shortened_file_is_refused_when_opened(
    sample_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    shutil.copytree(sample_folder, folder)
    files = [p for p in folder.rglob("*") if p.is_file() and p.parent != folder]
    assert len(files) > 20
    for path in files:
        whole = path.read_bytes()
        path.unlink()
        with pytest.raises(DamagedIndex, match=f"{path.name} is missing"):
            FolderStore.open(folder)
        path.write_bytes(whole[:-1])
        with pytest.raises(DamagedIndex, match=f"{path.name} is not as long") as refused:
            FolderStore.open(folder)
        assert f"pullquote index build ARTICLES --index {folder}" in refused.value.__notes__[0]
        path.write_bytes(whole)
    assert FolderStore.open(folder).generation == 1


def test_the_command_that_is_named_mends_a_damaged_index(
    settings: Settings, tmp_path: Path
) -> None:
    folder = settings.index.folder
    source = tmp_path / "port.txt"
    source.write_text("The port took in fewer ships.\n\nRain was to blame.", encoding="utf-8")
    for name in (NAME, "segments/*/texts.bin", "segments/*/vectors.faiss", "encoders/*/int8.onnx"):
        build_index([source], folder, settings)
        (path,) = folder.glob(name)
        path.write_bytes(path.read_bytes()[:-1] + b"?")

        build_index([source], folder, settings)

        service = open_service(settings)
        assert service.articles()[0].text.startswith("The port took in"), name
        service.ask("Who was to blame?")


def test_records_that_cannot_be_understood_are_damage(sample_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    shutil.copytree(sample_folder, folder)
    for name, look in (
        ("texts.bin", FolderStore.article),
        ("articles.bin", FolderStore.article),
        ("speech.bin", FolderStore.quotations),
    ):
        (path,) = folder.glob(f"segments/*/{name}")
        whole = path.read_bytes()
        path.write_bytes(b"\xff" + whole[1:])
        store = FolderStore.open(folder)
        (article_id,) = store.article_ids()
        with pytest.raises(DamagedIndex):
            look(store, article_id)
        path.write_bytes(whole)


def test_an_encoder_that_does_not_load_is_damage(sample_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    shutil.copytree(sample_folder, folder)
    (path,) = folder.glob("encoders/*/int8.onnx")
    path.write_bytes(bytes(path.stat().st_size))

    with pytest.raises(DamagedIndex, match="its encoder does not load"):
        open_service(Settings(index=IndexSettings(folder=folder)))


def test_another_model_than_the_index_was_built_with_is_refused(either: Settings) -> None:
    other = Settings(index=either.index)

    with pytest.raises(EmbedderMismatch, match="all-MiniLM-L6-v2"):
        open_service(other)


def test_no_index_is_said_where_none_may_be_built(tmp_path: Path) -> None:
    with pytest.raises(NoIndex):
        open_service(Settings(index=IndexSettings(folder=tmp_path / "none")))
    assert not (tmp_path / "none").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX only")
def test_a_folder_that_may_only_be_read_answers(sample_folder: Path, tmp_path: Path) -> None:
    """Root may write anywhere, so root asks as somebody else."""
    folder = tmp_path / "index"
    shutil.copytree(sample_folder, folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and parent.name:
            parent.chmod(parent.stat().st_mode | 0o055)
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from bot.bootstrap import open_service\n"
        "from config.settings import IndexSettings, Settings\n"
        "folder = Path(sys.argv[1])\n"
        "service = open_service(Settings(index=IndexSettings(folder=folder)))\n"
        "os.geteuid() or os.seteuid(65534)\n"
        "assert not os.access(folder, os.W_OK, effective_ids=True)\n"
        "service = open_service(Settings(index=IndexSettings(folder=folder)))\n"
        f"print(service.ask({KULEBA!r}).citations[0].span.text)\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    assert "sooner rather than later" in ran.stdout
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        p.name for p in sample_folder.iterdir()
    )


def test_one_person_under_many_names_goes_by_the_fullest() -> None:
    merged = merge_speakers(
        [
            Speaker("Obi", "ada-obi", ("Mayor Obi",), ("mayor",)),
            Speaker("Ada Obi", "ada-obi", (), ("the mayor of Lowe", "mayor")),
        ]
    )

    assert merged == Speaker(
        "Ada Obi", "ada-obi", ("Mayor Obi", "Obi"), ("mayor", "the mayor of Lowe")
    )


def test_speakers_are_those_of_the_articles_in_scope(either_sample: Settings) -> None:
    store = open_store(either_sample.index.place)

    assert "John Kirby" in [voice.speaker.name for voice in store.register.voices(EVERYTHING)]
    assert store.register.voices(Scope(frozenset())) == ()


def test_two_stores_of_one_index_answer_alike(either_sample: Settings) -> None:
    one, other = open_service(either_sample), open_service(either_sample)
    other.store.close()

    answer = one.ask(KULEBA)

    assert isinstance(answer, Answer)
    assert other.ask(KULEBA) == answer


def test_a_letter_that_changed_on_the_disk_is_never_served(
    settings: Settings, tmp_path: Path
) -> None:
    source = tmp_path / "late.txt"
    source.write_text("The council voted at nine, and 5% of the budget was lost.", encoding="utf-8")
    build_index([source], settings.index.folder, settings)
    for texts in settings.index.folder.glob("segments/*/texts.bin"):
        texts.write_bytes(texts.read_bytes().replace(b"5%", b"6%"))

    with pytest.raises(DamagedIndex, match="changed since it was written"):
        FolderStore.open(settings.index.folder).article("late")
