"""What running the rules of retention will do, before anything is done."""

from __future__ import annotations

from typing import Final, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QPushButton, QWidget

from db.maintenance.retention import Plan
from db.retiring import Act
from desktop_app.dialogs.frame import dialog_column
from desktop_app.look.text import count
from desktop_app.look.theme import current_theme
from desktop_app.maintenance.rule_card import size_words
from desktop_app.widgets.plain_label import PlainLabel

_BACK: Final = (
    "What is archived or moved to the Trash is a step in the history for each rule, which Undo"
    " takes back."
)
_GONE: Final = (
    "What is deleted for good goes with its history, and no undo brings it back. A backup is"
    " made first, unless the latest one holds all there is or backups before deleting are"
    " switched off."
)


class RunDialog(QDialog):
    """Names what each rule will take; `confirmed` says that it is to be done.

    Where records are deleted for good, their number has to be typed.
    """

    confirmed = Signal()

    def __init__(self, planned: Plan, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Run the rules")
        self._planned = planned
        self.lines = [
            f"{each.rule.name}: {each.rule.act.words} {each.now.words}, {size_words(each.now)}."
            for each in planned.next_run
        ]
        self.field = QLineEdit()
        self.run = QPushButton("Run now")
        self.run.setProperty("danger" if planned.purges else "primary", True)
        self.run.setEnabled(not planned.purges)
        self.run.clicked.connect(self.accept)
        self.accepted.connect(self.confirmed)
        self._lay_out()

    def _enable(self, typed: str) -> None:
        plain = "".join(sign for sign in typed if sign.isdecimal())
        self.run.setEnabled(plain == str(self._planned.purges))
        self.run.setDefault(self.run.isEnabled())

    def _lay_out(self) -> None:
        column = dialog_column(self)
        head = PlainLabel("Run the rules that are on?", "title")
        column.addWidget(head)
        is_undoable = any(each.rule.act is not Act.PURGE for each in self._planned.next_run)
        for words in (*self.lines, _BACK if is_undoable else ""):
            self._add_words(words, "muted" if words == _BACK else "")
        if self._planned.purges:
            self._add_words(_GONE, "")
            number = count(self._planned.purges)
            ask = PlainLabel(f"Type {number}, the number of records deleted for good:")
            ask.setWordWrap(True)
            ask.setBuddy(self.field)
            self.field.setAccessibleName(f"Type {number} to confirm")
            self.field.textChanged.connect(self._enable)
            column.addWidget(ask)
            column.addWidget(self.field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.run, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            cast("QPushButton", button).setAutoDefault(False)
        column.addWidget(buttons)
        self.run.setDefault(not self._planned.purges)
        self.setMinimumWidth(current_theme().px(480))
        self.resize(self.width(), self.layout().totalHeightForWidth(self.width()))

    def _add_words(self, words: str, role: str) -> None:
        if words:
            label = PlainLabel(words, role) if role else PlainLabel(words)
            label.setWordWrap(True)
            self.layout().addWidget(label)
