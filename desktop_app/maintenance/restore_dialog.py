"""What restoring a backup would change, before anything is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHeaderView, QPushButton, QWidget

from db.errors import SheafError
from db.maintenance.backups import Backups, Change
from db.maintenance.manifest import Backup
from desktop_app.dialogs.frame import dialog_column
from desktop_app.latest import Latest
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.maintenance.backup_words import state_words, when_words, why_words
from desktop_app.widgets.announce import announce
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.plain_table import RowsModel, RowsTable
from desktop_app.workspace import Workspace

_SAFE: Final = (
    "All records, views and settings become what they were then. What is there now is backed"
    " up first, so that the restore can be undone."
)


class RestoreDialog(QDialog):
    """Counts what there is now and was then; `confirmed` says that it is to be restored."""

    confirmed = Signal()

    def __init__(self, workspace: Workspace, backup: Backup, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Restore a backup")
        self._head = PlainLabel(f"Restore the backup of {when_words(backup)}?", "title")
        self._about = PlainLabel(f"{why_words(backup)}. {state_words(backup)}", "muted")
        self._newer = PlainLabel("Counting…")
        self._safe = PlainLabel(_SAFE)
        self.model = RowsModel(("Records", "Now", "Then", "Changed since", "Deleted since"))
        self.table = RowsTable("What would change", self.model, 0)
        self._restore = QPushButton("Restore")
        self._restore.setProperty("danger", True)
        self._restore.setAutoDefault(False)
        self._restore.setEnabled(False)
        self._restore.clicked.connect(self.accept)
        self.accepted.connect(self.confirmed)
        self._lay_out()
        Latest(workspace.background, self).ask(
            lambda storage, token: Backups(storage).preview(backup, token),
            self._show,
            self._show_error,
        )

    def _show(self, changes: Sequence[Change]) -> None:
        told = [change for change in changes if change.now or change.then]
        self.model.show_rows(
            [
                (
                    change.kind.plural.capitalize(),
                    text.count(change.now),
                    text.count(change.then),
                    text.count(change.newer) if change.newer else "",
                    text.count(change.gone) if change.gone else "",
                )
                for change in told
            ]
        )
        said = _since_words(told)
        self._newer.setText(said)
        announce(self, said)
        self._restore.setEnabled(True)

    def _show_error(self, error: SheafError) -> None:
        self._newer.setText(str(error))

    def _lay_out(self) -> None:
        px = current_theme().px
        for label in (self._head, self._about, self._newer, self._safe):
            label.setWordWrap(True)
        header = self.table.horizontalHeader()
        for column in (1, 2, 3, 4):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self._restore, QDialogButtonBox.ButtonRole.DestructiveRole)
        buttons.rejected.connect(self.reject)
        column = dialog_column(self)
        for part in (self._head, self._about, self._newer, self.table, self._safe, buttons):
            column.addWidget(part)
        column.setStretchFactor(self.table, 1)
        self.resize(px(520), px(480))
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setFocus()


def _since_words(changes: Sequence[Change]) -> str:
    """Return what happened since a backup, and what restoring it does to that."""
    newer = sum(change.newer for change in changes)
    gone = sum(change.gone for change in changes)
    said = []
    if newer:
        number = text.counted(newer, "record was", "records were")
        said.append(f"{number} changed or added since.")
    if gone:
        number = text.counted(gone, "record was", "records were")
        said.append(f"{number} deleted since, and would be back.")
    return " ".join(said) or "Nothing was changed since."
