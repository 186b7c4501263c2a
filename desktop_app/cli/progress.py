"""One line of a terminal that says how far a long command is."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from db.ports import CopyProgress
from desktop_app.cli.layout import one_line


def backed_up(progress: CopyProgress) -> str:
    """Return how far a copy is, as people read it."""
    share = progress.done * 100 // max(progress.total, 1)
    return f"{share} % of {progress.total / 1e6:,.0f} MB"


@contextmanager
def progress_line(options: Namespace) -> Iterator[Callable[[str], None]]:
    """Lend a function that shows a text in place of the one before, if someone is looking."""
    if options.json or not sys.stderr.isatty():
        yield lambda _text: None
        return

    def show(text: str) -> None:
        sys.stderr.write(f"\r\033[K{one_line(text)}")
        sys.stderr.flush()

    try:
        yield show
    finally:
        show("")
