"""`sheaf` without a sub-command."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from desktop_app.cli.grammar import COMMANDS, UsageError


def open_window(options: Namespace) -> int:
    """Open the window, having looked whether the files to import are there.

    Raises:
        UsageError: a word is neither a command nor a file.
    """
    for word in options.files:
        if not Path(word).exists():
            raise UsageError(
                f"There is no command and no file {word!r}.",
                advice=f"The commands are {', '.join(COMMANDS)}.",
            )
    from desktop_app.bootstrap import run_window  # noqa: PLC0415 - nothing else loads Qt

    return int(run_window(options))
