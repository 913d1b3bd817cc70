"""From settings to an open AnswerService; the only place where the parts are wired.

A model is loaded outside Python's lock, so a start loads them on one core while the other
imports what answers.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from bot.answers.reader import LateReader, OnnxReader
from index.errors import DamagedIndex, EmbedderMismatch, MissingExtra, NoIndex
from index.progress import SILENT
from index.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.answers.reader import Reader
    from bot.answers.service import AnswerService
    from config.settings import Settings
    from index.progress import Progress


def open_service(
    settings: Settings,
    *,
    build_sample: bool = False,
    read_soon: bool = False,
    progress: Progress = SILENT,
) -> AnswerService:
    """Open the index that the settings name; with `build_sample`, make it where there is none.

    With `read_soon` the reader is loaded beside: the first question is known to need it.
    Raises `NoIndex`, `DamagedIndex`, `IncompatibleIndex` and `EmbedderMismatch`.
    """
    reader = open_reader(settings)
    beside = ThreadPoolExecutor(2, thread_name_prefix="loading")
    try:
        if reader is not None and read_soon:
            beside.submit(_unless_damaged(reader.load))
        return _open(settings, reader, beside, build_sample=build_sample, progress=progress)
    finally:
        # Whoever needs the reader waits for it; nobody else has to.
        beside.shutdown(wait=False)


def _open(
    settings: Settings,
    reader: LateReader | None,
    beside: ThreadPoolExecutor,
    *,
    build_sample: bool,
    progress: Progress,
) -> AnswerService:
    place = settings.index.place
    try:
        store = open_store(place)
    except NoIndex as error:
        if not build_sample or error.unfinished:
            raise
        from index import build  # noqa: PLC0415 - needs the `build` extra

        build.build_sample(place, settings, progress=progress)
        store = open_store(place)
    while True:
        model = store.encoder.model
        if model != settings.embedding.model:
            raise EmbedderMismatch(store.place, model, settings.embedding.model)
        loading = beside.submit(store.open_embedder)
        from bot.answers.service import AnswerService  # noqa: PLC0415 - 120 ms, meanwhile

        try:
            embedder = loading.result()
        except DamagedIndex:
            # A build may have replaced the encoder since the store was opened.
            newer = open_store(place)
            if newer.generation == store.generation:
                raise
            store = newer
        else:
            return AnswerService(store, embedder, settings, reader)


def _unless_damaged(load: Callable[[], object]) -> Callable[[], None]:
    """Load beside; what is wrong is said again to whoever needs it, and to nobody else."""

    def quietly() -> None:
        with contextlib.suppress(Exception):
            load()

    return quietly


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
