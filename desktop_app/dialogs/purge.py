"""Deleting for good: what would go, and a number typed by hand before it does."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QPushButton,
    QWidget,
)

from db.errors import SheafError
from db.ports import Choice
from db.records import Kind
from desktop_app.dialogs.frame import dialog_column
from desktop_app.latest import Latest
from desktop_app.look.theme import current_theme
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.workspace import Workspace


class PurgeDialog(QDialog):
    """Counts what a purge would delete, and asks for that number.

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
        self._what = PlainLabel(
            "They go with their history, and no undo brings them back. The original files "
            "they came from are kept. Archive them instead to keep them out of sight."
        )
        self._what.setWordWrap(True)
        self._export = QCheckBox("E&xport before deleting")
        self._export.setChecked(True)
        self._ask = PlainLabel("")
        self._ask.setWordWrap(True)
        self._field = QLineEdit()
        self._field.setAccessibleName("The number to type, being counted")
        self._field.setEnabled(False)
        self._field.textChanged.connect(self._enable)
        self._ask.setBuddy(self._field)
        self._delete = QPushButton("Delete permanently")
        self._delete.setProperty("danger", True)
        self._delete.setAutoDefault(False)
        self._delete.setEnabled(False)
        self._delete.clicked.connect(self.accept)
        self._lay_out()
        Latest(workspace.background, self).ask(
            lambda storage, _token: storage.related_counts(kind, choice),
            self._show_counts,
            self._show_error,
        )

    def _show_counts(self, counts: Mapping[Kind, int]) -> None:
        self._number = counts.get(self._kind, 0)
        parts = [kind.counted(number) for kind, number in counts.items() if number]
        self._head.setText(f"Delete {' and '.join(parts) or 'nothing'} permanently?")
        self._ask.setText(f"Type {self._number} to confirm:")
        self._field.setAccessibleName(f"Type {self._number} to confirm")
        self._field.setEnabled(self._number > 0)
        self._field.setFocus()

    def _show_error(self, error: SheafError) -> None:
        self._head.setText(error.what)
        self._what.setText(f"{error.safe} {error.advice}")

    def _enable(self, typed: str) -> None:
        plain = typed.strip().replace(",", "").replace(".", "").replace(" ", "")
        self._delete.setEnabled(self._number is not None and plain == str(self._number))

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self._delete, QDialogButtonBox.ButtonRole.DestructiveRole)
        buttons.rejected.connect(self.reject)
        cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        cancel.setDefault(True)
        column = dialog_column(self)
        for part in (self._head, self._what, self._export, self._ask, self._field, buttons):
            column.addWidget(part)
        self.resize(current_theme().px(460), self.sizeHint().height())

    # -- Qt overrides

    def accept(self) -> None:
        if self._delete.isEnabled():
            super().accept()
            self.confirmed.emit(self._export.isChecked())
