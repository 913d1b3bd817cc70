"""Noticing that another generation has been published, by a look at one file.

A build replaces the manifest by one rename, so a file that is the same in inode, length
and time is the same generation, and only one that is not has to be read. Nothing is
watched: a look now and then works on every file system, mounted ones included.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from index.errors import CorpusError
from index.manifest import NAME, read_manifest

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)


class Pointer:
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
