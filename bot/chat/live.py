"""Noticing that another generation has been published, by a look at one file, or one row.

In a folder, a build replaces the manifest by one rename, so a file that is the same in
inode, length and time is the same generation, and only one that is not has to be read.
Nothing is watched: a look now and then works on every file system, mounted ones included.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from index.errors import CorpusError
from index.generations import is_behind
from index.manifest import NAME, read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

log = logging.getLogger(__name__)


class Pointer(Protocol):
    """What names the present generation of an index."""

    def moved_from(self, held: tuple[int, str]) -> bool:
        """Whether it names another generation (number, time of making) than `held`.

        It says so once for each that is published.
        """


def pointer_at(place: Path | SecretStr) -> Pointer:
    """What names the generation in a folder or a database."""
    return FilePointer(place) if isinstance(place, Path) else RowPointer(place)


class FilePointer:
    """The manifest of an index. Blocking; used from one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, int, int] | None = None

    def moved_from(self, held: tuple[int, str]) -> bool:
        """Whether it names another generation (number, time of making) than `held`.

        It says so once for each that is published: one that could not be opened is not
        tried again until the file changes.
        """
        try:
            status = (self._folder / NAME).stat()
        except OSError:  # being replaced by hand, or gone; what is open goes on
            return False
        seen = (status.st_ino, status.st_size, status.st_mtime_ns)
        if seen == self._seen:
            return False
        try:
            manifest = read_manifest(self._folder)
        except CorpusError as error:
            log.warning("The index that was published cannot be read: %s", error)
            self._seen = seen
            return False
        self._seen = seen
        return (manifest.generation, manifest.built) != held


class RowPointer:
    """The last generation in a database. Blocking; used from one thread at a time."""

    def __init__(self, url: SecretStr) -> None:
        self._url = url
        self._seen: tuple[int, str] | None = None
        self._newest: Callable[[], tuple[tuple[int, str], bool] | None] | None = None
        self._trouble = ""

    def moved_from(self, held: tuple[int, str]) -> bool:
        """As `Pointer` says. A standby that has not heard of `held` yet is no news."""
        try:
            if self._newest is None:
                from index.postgres.newest import newest_at  # noqa: PLC0415 - the extra `postgres`

                self._newest = newest_at(self._url)
            newest = self._newest()
        except CorpusError as error:
            if str(error) != self._trouble:  # it looks every few seconds
                log.warning("No look at the index was possible: %s", error)
                self._trouble = str(error)
            return False
        self._trouble = ""
        if newest is None:
            return False
        found, standby = newest
        if found == self._seen or (standby and is_behind(found, held)):
            return False
        self._seen = found
        return found != held
