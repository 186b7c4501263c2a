"""Starting the window."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QProcess, QTimer
from PySide6.QtWidgets import QApplication

from db.storage import default_uri, to_uri
from desktop_app.collector import Collector
from desktop_app.diagnostics.catching import Catcher
from desktop_app.diagnostics.fatal import FatalTrace
from desktop_app.diagnostics.log import start_log
from desktop_app.end_signals import EndSignals
from desktop_app.instance import Instance
from desktop_app.look.icons import app_icon
from desktop_app.look.theme import Scheme, Theme
from desktop_app.program import SAMPLE_URI, Program
from desktop_app.window_state import WindowState

RESTART: Final = 64
"""The exit code of an event loop that is to begin again in another process."""


def run_window(options: Namespace) -> int:
    """Open the window and return the exit code, once it is closed.

    Reads `storage`, `sample`, `theme` and `files` of the command line. Where a window is
    open on the same storage already, that one is given the files and comes to the front.
    """
    app = QApplication(sys.argv[:1])
    app.setApplicationName("sheaf")
    app.setApplicationDisplayName("Sheaf")
    app.setDesktopFileName("sheaf")
    uri = SAMPLE_URI if options.sample else _storage_uri(options.storage)
    files = [Path(name) for name in options.files]
    # Claimed before anything else, as making the window takes a while.
    instance = Instance(uri, app)
    if uri != SAMPLE_URI and instance.claim_or_hand_over(files):
        return 0
    start_log()
    state = WindowState()
    Theme(options.theme or state.get("look/scheme", Scheme.SYSTEM.value)).apply(app)
    app.setWindowIcon(app_icon())
    Collector(app)
    EndSignals(app)
    program = Program(state)
    last_words = FatalTrace()
    last_words.begin()
    catcher = Catcher(program.window, program)
    catcher.install()
    catcher.came_again.connect(lambda: _tell_again(program))
    catcher.restart_wanted.connect(lambda: app.exit(RESTART))
    # The session may end the process right after this, without another word.
    app.commitDataRequest.connect(lambda _manager: program.keep())
    program.open(uri, files, instance)
    QTimer.singleShot(0, program, catcher.tell_former)
    code = app.exec()
    shown = program.uri or uri
    program.close()
    catcher.uninstall()
    # Widgets must not outlive the application, and Python might let go of that first.
    program.window.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    last_words.end()
    if code != RESTART:
        return code
    _start_again(shown, options.theme)
    return 0


def _tell_again(program: Program) -> None:
    if not program.window.toast.isVisible():
        program.window.toast.show_message("That went wrong again. What is saved is safe.")


def _start_again(uri: str, theme: str | None) -> None:
    """Open a window on a storage in a process of its own, which outlives this one."""
    words = ["--sample"] if uri == SAMPLE_URI else ["--storage", uri]
    words += ["--theme", theme] if theme else []
    QProcess.startDetached(sys.executable, ["-m", "desktop_app", *words])


def _storage_uri(named: str | None) -> str:
    return default_uri() if named is None else to_uri(named)
