"""Hearing of every error that nobody caught, on whatever thread, and showing one dialog."""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QWidget

from desktop_app.background import Background
from desktop_app.diagnostics.fatal import take_former
from desktop_app.diagnostics.wordless import mark_of, without_quotes

if TYPE_CHECKING:
    from desktop_app.diagnostics.crash_dialog import CrashDialog

log = logging.getLogger("desktop_app.crash")

_QT_LEVELS: Final = {
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Catcher(QObject):
    """Keeps a report of each mistake of the program's, and shows one dialog at a time.

    What goes wrong while that is open is counted in it. What went wrong before, as may
    happen each time the window is drawn, opens no other: `came_again` says so.
    """

    came_again = Signal()
    restart_wanted = Signal()
    _caught = Signal(object)

    def __init__(self, window: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._background: Background[None] = Background(None, self)
        self._times: Counter[str] = Counter()
        self._dialog: CrashDialog | None = None
        self._caught.connect(self._on_caught, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Hear of errors from now on, and log what Qt warns of."""
        sys.excepthook = self._on_error
        threading.excepthook = self._on_thread_error
        sys.unraisablehook = _log_unraisable
        qInstallMessageHandler(_log_message)

    def uninstall(self) -> None:
        """Leave errors to Python, and what Qt says to Qt."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__
        qInstallMessageHandler(None)
        self._background.close()

    def tell_former(self) -> None:
        """Say so if the last process crashed, and offer its report."""
        self._background.read(lambda _nothing, _token: _former_report(), self._show_former)

    def _on_error(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self._caught.emit(error)

    def _on_thread_error(self, given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None:
            self._caught.emit(given.exc_value)

    def _on_caught(self, error: BaseException) -> None:
        mark = mark_of(error)
        self._times[mark] += 1
        times = self._times[mark]
        if times == 1:
            log.error("not caught", exc_info=error)
        elif times & (times - 1) == 0:
            log.error("not caught, %d times now: %s", times, error)
        if self._dialog is not None:
            self._dialog.count_another()
        elif times > 1:
            self.came_again.emit()
        else:
            from desktop_app.diagnostics.reports import (  # noqa: PLC0415 - seldom needed
                keep_report,
                report_of,
            )

            report = report_of(error)
            self._show(report, keep_report(report))

    def _show(self, report: str, path: Path | None, *, is_former: bool = False) -> None:
        from desktop_app.diagnostics.crash_dialog import (  # noqa: PLC0415 - seldom needed
            CrashDialog,
        )

        dialog = CrashDialog(report, path, self._background, self._window, is_former=is_former)
        dialog.restart_wanted.connect(self.restart_wanted)
        dialog.finished.connect(self._forget)
        self._dialog = dialog
        dialog.open()

    def _forget(self) -> None:
        self._dialog = None

    def _show_former(self, found: tuple[Path, str] | None) -> None:
        if found is not None and self._dialog is None:
            path, report = found
            self._show(report, path, is_former=True)


def _former_report() -> tuple[Path, str] | None:
    path = take_former()
    return None if path is None else (path, path.read_text("utf-8"))


def _log_unraisable(given: Any) -> None:
    log.error("not caught where nothing can be raised", exc_info=given.exc_value)


def _log_message(kind: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
    level = _QT_LEVELS.get(kind)
    if level is not None:
        said = without_quotes(message or "")
        logging.getLogger("qt").log(level, "%s: %s", context.category, said)
