"""The backups beside a file that is damaged or missing: one of them can take its place."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHeaderView, QPushButton, QWidget

from db.maintenance.manifest import Backup
from desktop_app.dialogs.frame import dialog_column, fit_screen
from desktop_app.look import text
from desktop_app.maintenance.backup_words import state_pill, when_words, why_words
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.plain_table import RowsModel, RowsTable


class DamagedDialog(QDialog):
    """Lists backups, newest first; `chosen` carries the one to be restored."""

    chosen = Signal(object)

    def __init__(
        self, path: Path, backups: Sequence[Backup], parent: QWidget, *, is_missing: bool
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Restore a backup")
        self._backups = backups
        self.model = RowsModel(("When", "Why", "Size", "Records", "State"))
        self.model.show_rows([*map(_row, backups)])
        self.table = RowsTable("Backups", self.model, 1)
        self._restore = QPushButton("Restore")
        self._restore.setDefault(True)
        self._restore.setProperty("primary", True)
        self._restore.clicked.connect(self._choose)
        self.table.doubleClicked.connect(self._choose)
        self._head = PlainLabel(f"Put a backup in the place of {path.name}?", "title")
        self._safe = PlainLabel(
            "The backups stay as they are."
            if is_missing
            else f"The damaged file stays beside it, as {path.name}.damaged- and a number. What"
            " was added since the backup may still be read from that, by `sheaf salvage`."
        )
        self._lay_out()

    def _choose(self) -> None:
        backup = self._backups[next(iter(self.table.chosen), 0)]
        self.accept()
        self.chosen.emit(backup)

    def _lay_out(self) -> None:
        header = self.table.horizontalHeader()
        for place in (0, 2, 3, 4):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        self._safe.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (self._head, self._safe):
            label.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self._restore, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.rejected.connect(self.reject)
        column = dialog_column(self)
        for part in (self._head, self.table, self._safe, buttons):
            column.addWidget(part)
        column.setStretchFactor(self.table, 1)
        fit_screen(self, 760, 420)
        self.table.selectRow(0)
        self.table.setFocus()


def salvage_command(path: Path) -> str:
    """Return the command that saves what can be read of a damaged file."""
    output = path.with_name(f"{path.stem}-salvaged{path.suffix}")
    return f"sheaf salvage {shlex.quote(str(path))} --output {shlex.quote(str(output))}"


def _row(backup: Backup) -> tuple[str, ...]:
    return (
        when_words(backup),
        why_words(backup),
        text.size(backup.size),
        text.count(backup.manifest.records),
        state_pill(backup).word,
    )
