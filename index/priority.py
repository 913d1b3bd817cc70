"""Priority: a build stands back for the questions that are answered beside it."""

from __future__ import annotations

import os


def stand_back(niceness: int) -> None:
    """Give this process, and those that it starts, at least so much of Unix' niceness (0..19).

    To be called before threads are started, by a process that does nothing but build: it
    cannot be taken back. Where the system knows no niceness, nothing happens.
    """
    if hasattr(os, "nice"):
        os.nice(max(0, niceness - os.nice(0)))
