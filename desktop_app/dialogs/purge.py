"""Deleting for good: what would go, and a number typed by hand before it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QPushButton,
    QWidget,
)

from db.errors import SheafError
from db.records import Kind
from db.repositories import Choice
from desktop_app.dialogs.frame import dialog_column
from desktop_app.latest import Latest
from desktop_app.look.text import count
from desktop_app.look.theme import current_theme
from desktop_app.widgets.announce import announce
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.workspace import Workspace

_ONE_GOES: Final = (
    "It goes with its history, and no undo brings it back. The original file it came from "
    "is kept. Archive it instead to keep it out of sight."
)
_SEVERAL_GO: Final = (
    "They go with their history, and no undo brings them back. The original files they came "
    "from are kept. Archive them instead to keep them out of sight."
)


class PurgeDialog(QDialog):
    """Counts all that a purge would delete, and asks for that number.

    `confirmed` says whether the records are to be exported first. The dialog itself
    deletes nothing.
    """

    confirmed = Signal(bool)

    def __init__(
        self, workspace: Workspace, kind: Kind, choice: Choice, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self._number: int | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Delete permanently")
        self._head = PlainLabel("Counting…", "title")
        self._head.setWordWrap(True)
        self._what = PlainLabel(_SEVERAL_GO)
        self._what.setWordWrap(True)
        self._export = QCheckBox("Export before deleting")
        self._export.setChecked(True)
        self._ask = PlainLabel("")
        self._ask.setWordWrap(True)
        self._field = QLineEdit()
        self._field.setAccessibleName("The number to type, being counted")
        self._field.setValidator(QRegularExpressionValidator("[0-9., ]*", self._field))
        self._field.setEnabled(False)
        self._field.textChanged.connect(self._enable)
        self._missing = PlainLabel("", "error")
        self._missing.setWordWrap(True)
        self._ask.setBuddy(self._field)
        self._delete = QPushButton("Delete permanently")
        self._delete.setProperty("danger", True)
        self._delete.setAutoDefault(False)
        self._delete.setEnabled(False)
        self._delete.clicked.connect(self.accept)
        self._lay_out()
        Latest(workspace.background, self).ask(
            lambda storage, _token: storage.with_contents(kind, choice),
            self._show_counts,
            self._show_error,
        )

    def _show_counts(self, inside: Mapping[Kind, Sequence[int]]) -> None:
        counts = {kind: len(pks) for kind, pks in inside.items()}
        self._number = number = sum(counts.values())
        what = self._kind.counted_with(counts) if number else "nothing"
        self._head.setText(f"Delete {what} permanently?")
        self._what.setText(_ONE_GOES if number == 1 else _SEVERAL_GO)
        in_all = "" if number == counts.get(self._kind) else ", the number of all that goes,"
        self._ask.setText(f"Type {count(number)}{in_all} to confirm:")
        self._field.setAccessibleName(f"Type {count(number)} to confirm")
        self._field.setEnabled(self._number > 0)
        self._field.setFocus()
        self._fit()

    def _show_error(self, error: SheafError) -> None:
        self._head.setText(error.what)
        self._what.setText(f"{error.safe} {error.advice}")
        self._fit()

    def _enable(self, typed: str) -> None:
        plain = typed.strip().replace(",", "").replace(".", "").replace(" ", "")
        self._delete.setEnabled(bool(self._number) and plain == str(self._number))
        self._missing.clear()

    def _say_what_is_missing(self) -> None:
        """Say why nothing is deleted, if there is anything to delete."""
        if self._number:
            said = f"Nothing is deleted yet: type {count(self._number)} in the field first."
            self._missing.setText(said)
            announce(self, said)
            self._field.setFocus()
            self._field.selectAll()

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self._delete, QDialogButtonBox.ButtonRole.DestructiveRole)
        buttons.rejected.connect(self.reject)
        column = dialog_column(self)
        asked = (self._ask, self._field, self._missing)
        for part in (self._head, self._what, self._export, *asked, buttons):
            column.addWidget(part)
        self.setMinimumWidth(current_theme().px(460))
        self._fit()

    def _fit(self) -> None:
        """Be as high as what is said now takes."""
        self.resize(self.width(), self.layout().heightForWidth(self.width()))

    # -- Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # A button that has the focus takes Enter for itself.
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)
        elif self._delete.isEnabled():
            self._delete.click()
        else:
            self._say_what_is_missing()

    def accept(self) -> None:
        if self._delete.isEnabled():
            super().accept()
            self.confirmed.emit(self._export.isChecked())
