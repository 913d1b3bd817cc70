"""What can be wrong with a corpus or an index, and what to do about it.

Each message says what is so; the notes say what to type. The command line prints both
and exits with 1, and nothing else needs to know more than `CorpusError`.

    CorpusError
    ├── SourceError         a file, folder or record that cannot become an article
    ├── UnknownArticle      no article of that id
    ├── NoIndex             nothing has been built in the folder
    ├── PartOfIndex         what was built there is a part, and has to be merged with the others
    ├── NotAPart            a whole index is where a part would be written
    ├── DamagedIndex        what is on disk is not what was written
    ├── IncompatibleIndex   written by another version, or not an index of ours
    ├── UnreadableIndex     the database does not let its reader read
    ├── UnwritableIndex     the system did not let the build write
    ├── EmbedderMismatch    built with another model than the settings ask for
    ├── BuildLocked         another build is under way
    ├── StoreUnreachable    no server of the database answers
    ├── OutdatedStore       the generation that is open has been removed by newer builds
    └── MissingExtra        an extra is not installed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class CorpusError(Exception):
    """Something that a person can mend; its notes say how."""


def _at(place: Path | str) -> str:
    """How a command is told of a place; a database is named by the settings alone."""
    return "" if isinstance(place, str) else f" --index {place}"


class SourceError(CorpusError):
    """A file, a folder or a record that cannot become an article."""

    def __init__(self, source: str, problem: str, remedy: str) -> None:
        super().__init__(f"{source}: {problem}; {remedy}")
        self.source = source
        self._said = (source, problem, remedy)

    def __reduce__(self) -> tuple[type[SourceError], tuple[str, str, str]]:
        # So that it can come from another process, which an exception of three arguments cannot.
        return type(self), self._said


class UnknownArticle(CorpusError):
    """No article of this id is in the index (or in what the asker may see)."""

    def __init__(self, article_id: str) -> None:
        super().__init__(f"There is no article {article_id!r} here.")
        self.add_note("See which there are:    pullquote articles")


class NoIndex(CorpusError):
    """Nothing has been built in the folder yet.

    `unfinished` is where a first build has not ended and left what another would go on from.
    """

    def __init__(self, folder: Path | str, *, unfinished: bool = False) -> None:
        self.unfinished = unfinished
        if unfinished:
            super().__init__(f"There is no index in {folder} yet: its first build has not ended.")
            self.add_note(f"Go on with it:    pullquote index build ARTICLES{_at(folder)}")
            self.add_note("Or ask the sample article in another folder:    --index FOLDER")
        else:
            super().__init__(f"There is no index in {folder} yet.")
            self.add_note(f"Build one:    pullquote index build ARTICLES{_at(folder)}")


class PartOfIndex(CorpusError):
    """What lies in the folder is a part of an index: it holds some of the articles only."""

    def __init__(self, folder: Path, part: str) -> None:
        super().__init__(f"What is in {folder} is part {part} of an index, not an index.")
        self.add_note("Merge all of them:    pullquote index merge PART... --index FOLDER")


class NotAPart(CorpusError):
    """A part would take the place of an index that may be in use."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"There is a whole index in {folder}, and a part would take its place.")
        self.add_note("Give the part a folder of its own with --index.")


class DamagedIndex(CorpusError):
    """What lies on disk is not what was written."""

    def __init__(self, folder: Path | str, problem: str) -> None:
        super().__init__(f"The index in {folder} is damaged: {problem}.")
        self.add_note(f"Build it again:    pullquote index build ARTICLES{_at(folder)}")


class IncompatibleIndex(CorpusError):
    """The folder holds something that this version cannot read.

    `foreign` is what is not ours at all: a build replaces an index of another version, and
    leaves what is foreign alone. What a `newer` version built can be read by that as well.
    """

    def __init__(
        self, folder: Path | str, problem: str, *, foreign: bool = False, newer: bool = False
    ) -> None:
        super().__init__(f"The index in {folder} cannot be read by this version: {problem}.")
        self.foreign = foreign
        if foreign and isinstance(folder, str):
            self.add_note("Have its administrator see to it, or take another database.")
        elif foreign:
            self.add_note("Take another folder:    pullquote index build ARTICLES --index FOLDER")
        else:
            self.add_note(f"Build it again:    pullquote index build ARTICLES{_at(folder)}")
        if newer:
            self.add_note("Or bring this machine up to the version that built it.")


class UnreadableIndex(CorpusError):
    """The database does not let this role read the index: after new tables, rights are to give."""

    def __init__(self, place: str, problem: str, role: str) -> None:
        super().__init__(f"The index in {place} may not be read: {problem}.")
        self.add_note(f"Let {role} read it, in SQL, as its owner:")
        self.add_note(f'GRANT USAGE ON SCHEMA pullquote TO "{role}";')
        self.add_note(f'GRANT SELECT ON ALL TABLES IN SCHEMA pullquote TO "{role}";')


class UnwritableIndex(CorpusError):
    """A build could not write: a full disk, no permission, a folder that is a file."""

    def __init__(self, folder: Path | str, problem: str) -> None:
        super().__init__(
            f"The index in {folder} could not be written ({problem}); what was there still is."
        )
        self.add_note("Make room there, or give another folder with --index.")


class EmbedderMismatch(CorpusError):
    """The index was built with another model than the one now asked for."""

    def __init__(self, folder: Path | str, built_with: str, asked_for: str) -> None:
        super().__init__(
            f"The index in {folder} was built with {built_with}, but the settings ask for "
            f"{asked_for}; their vectors cannot be compared."
        )
        self.add_note(f"Rebuild:    pullquote index build ARTICLES{_at(folder)}")
        self.add_note(f"Or keep it: PULLQUOTE_EMBEDDING__MODEL={built_with}")


class BuildLocked(CorpusError):
    """Another build of the same index is under way."""

    def __init__(self, folder: Path | str, holder: str) -> None:
        super().__init__(f"The index in {folder} is being built by {holder}.")
        self.add_note("Wait for it to end, or give another folder with --index.")


class StoreUnreachable(CorpusError):
    """No server of the database answers; it may again in a moment."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"The index in {place} cannot be reached: {problem}.")
        self.add_note("Try again in a moment; see how it is:    pullquote index status")


class OutdatedStore(CorpusError):
    """The generation that is open has been removed by newer builds."""

    def __init__(self, place: str, generation: int) -> None:
        super().__init__(f"Generation {generation} of the index in {place} is there no more.")
        self.add_note("Open the index again; the bot does so by itself in a moment.")


class MissingExtra(CorpusError):
    """A package of an extra is needed and not installed."""

    def __init__(self, purpose: str, package: str, extra: str = "build") -> None:
        super().__init__(f"{purpose} needs the package {package}, which is not installed.")
        self.add_note(f"Install it:    pip install 'pullquote[{extra}]'")
