"""From settings to an open AnswerService; the only place where the parts are wired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answers.reader import LateReader, OnnxReader
from bot.answers.service import AnswerService
from index.errors import DamagedIndex, EmbedderMismatch, MissingExtra, NoIndex
from index.progress import SILENT
from index.store import open_store

if TYPE_CHECKING:
    from bot.answers.reader import Reader
    from config.settings import Settings
    from index.progress import Progress


def open_service(
    settings: Settings, *, build_sample: bool = False, progress: Progress = SILENT
) -> AnswerService:
    """Open the index that the settings name; with `build_sample`, make it where there is none.

    Raises `NoIndex`, `DamagedIndex`, `IncompatibleIndex` and `EmbedderMismatch`.
    """
    place = settings.index.place
    try:
        store = open_store(place)
    except NoIndex:
        if not build_sample:
            raise
        from index.build import build_index  # noqa: PLC0415 - needs the `build` extra

        build_index((), place, settings, progress=progress)
        store = open_store(place)
    while True:
        model = store.encoder.model
        if model != settings.embedding.model:
            raise EmbedderMismatch(store.place, model, settings.embedding.model)
        try:
            embedder = store.open_embedder(threads=settings.embedding.threads)
        except DamagedIndex:
            # A build may have replaced the encoder since the store was opened.
            newer = open_store(place)
            if newer.generation == store.generation:
                raise
            store = newer
        else:
            return AnswerService(store, embedder, settings, open_reader(settings))


def open_warm(settings: Settings) -> AnswerService:
    """`open_service`, with everything loaded that the first question would else wait for.

    Raises `DamagedModel` too.
    """
    service = open_service(settings)
    service.warm()
    return service


def open_reader(settings: Settings) -> LateReader | None:
    """The reader that the settings name, to be loaded by the first question that needs it."""
    kind, _, name = settings.answers.reader.partition(":")
    threads = settings.embedding.threads

    def load() -> Reader:
        if kind == "shipped":
            return OnnxReader(threads=threads)
        try:
            from bot.answers.hub_readers import open_hub_reader  # noqa: PLC0415 - torch

            return open_hub_reader(kind, name)
        except ImportError as error:
            raise MissingExtra(f"The reader {name}", "transformers") from error

    return None if kind == "none" else LateReader(load)
