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

from db.incoming import BadRecords, Conflicts, Duplicates
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


DUPLICATE_WORDS: Final[Mapping[StrEnum, str]] = {
    Duplicates.NEWEST: "The newest one wins; in a log the earlier ones are its history",
    Duplicates.BOTH: "Keep all, as records of their own",
    Duplicates.HISTORY: "Keep the earlier ones as the history of the latest",
}


class PolicyBox(QWidget):
    """Groups of choices; `chosen` carries a `BadRecords`, `Conflicts` or `Duplicates`."""

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
        whole.addSpacing(row.spacing())
        whole.addWidget(self._group("If a file holds a record several times", DUPLICATE_WORDS))
        whole.addStretch()

    def show_choice(self, *chosen: BadRecords | Conflicts | Duplicates) -> None:
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
