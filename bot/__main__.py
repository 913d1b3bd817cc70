"""`python -m bot` is `pullquote`."""

import gc
import sys

from bot.cli import main


def command() -> int:
    """Run one command in a process of its own, and give its exit code."""
    try:
        return main()
    finally:
        # As Python ends it looks through all objects for cycles, more than once: a tenth of a
        # second after the answer stands there. What holds a file or a process open is let go
        # by its own `with`, and needs none of it.
        gc.freeze()


if __name__ == "__main__":
    sys.exit(command())
