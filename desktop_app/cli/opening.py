"""`sheaf` without a sub-command."""

from __future__ import annotations

import gc
import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import Final

from db.errors import SheafError
from db.storage import backend_of, default_uri, to_uri
from desktop_app.cli.grammar import UsageError
from desktop_app.cli.manual import COMMANDS

_DISPLAYS: Final = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""Where Linux says what to draw on; Qt ends the process where there is nothing."""


class NoDisplayError(SheafError):
    """There is no screen to open a window on."""

    default_advice = (
        "Open Sheaf in a desktop session, or use its commands; `sheaf --help` lists them."
    )


def open_window(options: Namespace) -> int:
    """Open the window, having looked whether the files to import are there.

    Raises:
        UsageError: a word is neither a command nor a file.
        NoDisplayError: there is no screen.
    """
    for word in options.files:
        if not Path(word).exists():
            raise UsageError(
                f"There is no command and no file {word!r}.",
                advice=f"The commands are {', '.join(COMMANDS)}.",
            )
    if sys.platform == "linux" and not any(os.environ.get(name) for name in _DISPLAYS):
        raise NoDisplayError("There is no display to open a window on.")
    gc.disable()  # finds nothing among what is imported; the window's collector takes over
    # Before Qt: PySide reads the source of each module that is imported after it.
    backend_of(default_uri() if options.storage is None else to_uri(options.storage))
    from desktop_app.bootstrap import run_window  # noqa: PLC0415 - nothing else loads Qt

    return int(run_window(options))
