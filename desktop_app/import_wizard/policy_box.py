"""Choosing what happens to bad records, and who wins a conflict."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QGroupBox,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from db.incoming import BadRecords, Conflicts
from desktop_app.look.theme import current_theme

BAD_WORDS: Final[Mapping[StrEnum, str]] = {
    BadRecords.STOP: "Import nothing, and name them all",
    BadRecords.SET_ASIDE: "Set them aside, import the others",
}
CONFLICT_WORDS: Final[Mapping[StrEnum, str]] = {
    Conflicts.NEWER: "The newer one wins; ask where no time tells",
    Conflicts.MINE: "Keep mine",
    Conflicts.THEIRS: "Take the file's",
    Conflicts.BOTH: "Keep both, as two records",
    Conflicts.STOP: "Ask me for each",
}


class PolicyBox(QWidget):
    """Two groups of choices; `chosen` carries a `BadRecords` or a `Conflicts`."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[tuple[type, str], QRadioButton] = {}
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setSpacing(current_theme().px(12))
        row.addWidget(self._group("If a record cannot be used", BAD_WORDS), 1)
        row.addWidget(
            self._group("If you and the file changed the same field", CONFLICT_WORDS), 1
        )
        whole.addLayout(row)
        whole.addStretch()

    def show_choice(self, *chosen: BadRecords | Conflicts) -> None:
        """Tick what is chosen."""
        for each in chosen:
            self._buttons[type(each), each].setChecked(True)

    def _group(self, title: str, choices: Mapping[StrEnum, str]) -> QGroupBox:
        box = QGroupBox(title)
        column = QVBoxLayout(box)
        column.setSpacing(0)
        group = QButtonGroup(box)
        for place, (choice, words) in enumerate(choices.items()):
            button = QRadioButton(words)
            self._buttons[type(choice), choice] = button
            group.addButton(button, place)
            column.addWidget(button)
        column.addStretch()
        group.idClicked.connect(lambda place: self.chosen.emit([*choices][place]))
        return box
