"""Something went wrong: what happened, what is safe, what to do."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from db.errors import SheafError
from desktop_app.dialogs.frame import dialog_column
from desktop_app.look.theme import Face, current_theme
from desktop_app.widgets.buttons import ButtonSpec, push_button
from desktop_app.widgets.plain_label import PlainLabel


class ErrorDialog(QDialog):
    """Shows an error's three sentences, its buttons, and details that can be copied."""

    def __init__(
        self,
        error: SheafError,
        parent: QWidget | None = None,
        buttons: Sequence[ButtonSpec] = (),
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Sheaf could not do that")
        self._details = QPlainTextEdit("".join(traceback.format_exception(error)))
        self._details.setAccessibleName("Details of the error")
        self._details.setReadOnly(True)
        self._details.setTabChangesFocus(True)
        self._details.setFont(current_theme().font(Face.MONO))
        self._details.hide()
        self._toggle = push_button("Show details", self._toggle_details)
        copy = push_button("Copy details", self._copy)
        column = dialog_column(self)
        for words, role in ((error.what, "title"), (error.safe, ""), (error.advice, "")):
            label = PlainLabel(words, role)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        column.addWidget(self._details, 1)
        row = QHBoxLayout()
        row.addWidget(self._toggle)
        row.addWidget(copy)
        row.addStretch()
        row.addWidget(self._make_buttons(buttons))
        column.addLayout(row)
        self.setAccessibleDescription(str(error))
        self._first.setFocus()
        self.resize(current_theme().px(520), self.sizeHint().height())

    def _make_buttons(self, buttons: Sequence[ButtonSpec]) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.rejected.connect(self.reject)
        for words, act, is_primary in buttons:
            button = QPushButton(words)
            button.setProperty("primary", is_primary)
            button.clicked.connect(self.accept)
            button.clicked.connect(lambda _on, act=act: act())
            box.addButton(button, QDialogButtonBox.ButtonRole.AcceptRole)
        # Else the first button would be pressed by Enter, which shows the details.
        wanted = next((each for each in box.buttons() if each.property("primary")), None)
        self._first = wanted or box.button(QDialogButtonBox.StandardButton.Close)
        self._first.setDefault(True)
        return box

    def _toggle_details(self) -> None:
        is_hidden = self._details.isHidden()
        self._details.setVisible(is_hidden)
        self._toggle.setText("Hide details" if is_hidden else "Show details")
        self.adjustSize()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details.toPlainText())
