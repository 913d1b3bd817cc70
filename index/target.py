"""Target: what a build writes into, a folder or a database.

A build holds the target, asks what is there, hands over the articles that have changed, and
publishes: all of it becomes the next generation, or nothing does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from index.manifest import EncoderEntry
    from index.segment import Analysed


@dataclass(frozen=True, slots=True)
class Published:
    """A generation, and what it counts."""

    generation: int
    articles: int
    passages: int
    quotations: int


@dataclass(frozen=True, slots=True)
class Present:
    """The generation that a build starts from."""

    encoder: EncoderEntry
    analysis: str
    ids: frozenset[str]
    published: Published


class Target(Protocol):
    """Where an index is built."""

    @property
    def place(self) -> Path | str:
        """What it is called; an address is told without its password."""

    def check(self) -> None:
        """Raises what an index that cannot be added to raises, before anything is touched."""

    def building(self, *, wait_s: float) -> AbstractContextManager[None]:
        """Hold the index; a build that fails leaves only what the next one may go on from.

        Raises `BuildLocked` where another builds, `UnwritableIndex` and `IncompatibleIndex`.
        """

    def present(self, *, or_none: bool) -> Present | None:
        """The generation to start from; what a build that died left unfinished is removed.

        None where there is none, and with `or_none` also where it cannot be read, for then
        it will be replaced.
        """

    def known(self, *, or_none: bool) -> dict[str, str]:
        """The digests, by id, of the articles that need not be written again.

        Raises `DamagedIndex` where some are damaged, but for `or_none`.
        """

    def left_encoder(self) -> EncoderEntry | None:
        """The encoder of the last build, if that did not end and left something to go on from."""

    def left(self, encoder: EncoderEntry, analysis: str) -> dict[str, str]:
        """The digests, by id, of the articles that it had sealed and that can be taken over.

        What does not fit this encoder and analysis, or is damaged, is removed.
        """

    def encoder_folder(self, entry: EncoderEntry) -> Path:
        """Where the encoder's files are on this machine."""

    def has_encoder(self, entry: EncoderEntry) -> bool:
        """Whether they are those that were written."""

    def new_encoder(self) -> Path:
        """A folder, not there yet, into which an encoder may be exported."""

    def take_encoder(self, beside: Path, entry: EncoderEntry) -> EncoderEntry:
        """Put an exported encoder in its place."""

    def write(self, articles: Iterable[Analysed], encoder: EncoderEntry, analysis: str) -> None:
        """Write the articles, for the generation that will be published; once in a build."""

    def publish(
        self,
        keep: frozenset[str],
        encoder: EncoderEntry,
        analysis: str,
        *,
        taken: frozenset[str] = frozenset(),
    ) -> Published:
        """Make the next generation of what was written, and of what is taken over.

        That is the present articles whose ids are in `keep`, and those of the build that did not
        end (`left`) whose ids are in `taken`.
        """
