"""What is shown when the program itself is at fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QWidget

from desktop_app.background import Background
from desktop_app.detail.files import save_file
from desktop_app.dialogs.frame import dialog_column, fit_screen
from desktop_app.look import text
from desktop_app.look.theme import Face, current_theme
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel

_NOW: Final = (
    "Sheaf made a mistake of its own. What was saved before is safe; what you did last may not"
    " be done. You can go on, or restart Sheaf if something looks wrong."
)
_FORMER: Final = (
    "The last time, Sheaf crashed. What was saved before is safe, and what was half done was"
    " taken back or is told in Activity. You can go on."
)
_LOCAL: Final = "The report below helps to mend it. It was sent nowhere."


class CrashDialog(QDialog):
    """A report one can copy or save, and a way on.

    Without `restart` it is about a process that is gone. `restart_wanted` asks for that.
    """

    restart_wanted = Signal()

    def __init__(
        self,
        report: str,
        path: Path | None,
        background: Background[Any],
        parent: QWidget | None = None,
        *,
        is_former: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._report = report
        self._background = background
        self._others = 0
        headline = "Sheaf crashed last time" if is_former else "Something went wrong"
        self.setWindowTitle(headline)
        kept = f" It is kept as {text.isolated(str(path))}." if path is not None else ""
        self._count = PlainLabel(role="muted")
        self._count.hide()
        self.details = QPlainTextEdit(report)
        self.details.setAccessibleName("Report")
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setFont(current_theme().font(Face.MONO))
        said = PlainLabel(_FORMER if is_former else _NOW)
        local = PlainLabel(f"{_LOCAL}{kept}", role="muted")
        local.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (said, local, self._count):
            label.setWordWrap(True)
        self.setAccessibleDescription(said.text())
        column = dialog_column(self)
        for part in (PlainLabel(headline, role="title"), said, self._count, local):
            column.addWidget(part)
        column.addWidget(self.details, 1)
        column.addLayout(self._make_buttons(is_former=is_former))
        fit_screen(self, 620, 420)
        self.go_on.setFocus()

    def count_another(self) -> None:
        """Tell that something else went wrong meanwhile, instead of showing it too."""
        self._others += 1
        times = text.counted(self._others, "more mistake was", "more mistakes were")
        self._count.setText(f"{times} made since; the log tells of each.")
        if self._count.isHidden():
            self._count.show()
            announce(self, self._count.text())

    def _make_buttons(self, *, is_former: bool) -> QHBoxLayout:
        self.copy = push_button("Copy report", self._copy)
        self.save = push_button("Save report…", self._save)
        self.restart = push_button("Restart", self._ask_restart)
        self.restart.setVisible(not is_former)
        self.go_on = push_button("Go on", self.accept, primary=True)
        self.go_on.setDefault(True)
        buttons = QHBoxLayout()
        for button in (self.copy, self.save):
            buttons.addWidget(button)
        buttons.addStretch()
        for button in (self.restart, self.go_on):
            buttons.addWidget(button)
        return buttons

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)

    def _save(self) -> None:
        name = str(Path.home() / "sheaf-report.txt")
        save_file(self, self._background, name, lambda _nothing: [self._report.encode()])

    def _ask_restart(self) -> None:
        self.accept()
        self.restart_wanted.emit()
