"""How backups are made and kept."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QSpinBox,
    QWidget,
)

from db.maintenance.manifest import BackupKind, BackupSettings
from db.maintenance.rotation import ALWAYS_KEPT
from desktop_app.dialogs.frame import dialog_column
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.widgets.plain_label import PlainLabel

_MOST_DAYS: Final = 3650
_OFFERED: Final = (
    (BackupKind.DAILY, "Every day that Sheaf is used"),
    (BackupKind.IMPORT, "Before imports"),
    (BackupKind.PURGE, "Before records are deleted for good"),
    (BackupKind.MIGRATION, "Before a newer Sheaf changes the tables"),
)
_NOTE: Final = (
    f"The latest {ALWAYS_KEPT} always stay, and so do all when the workspace has lost more than"
    " half of its records. Before a restore one is always made. Before an import into a large"
    " workspace the latest of the last hour is enough, and of the last day where a folder is"
    " watched: an import can be undone."
)


class BackupSettingsDialog(QDialog):
    """Shows the settings; `saved` carries those that were chosen."""

    saved = Signal(object)

    def __init__(self, settings: BackupSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Backup settings")
        self._before = settings
        self.keep = _days("Keep backups", 1, settings.keep_days)
        self.compress = _days("Compress backups after", 0, settings.compress_after_days)
        self.kinds = {kind: QCheckBox(words) for kind, words in _OFFERED}
        for kind, box in self.kinds.items():
            box.setChecked(kind not in settings.without)
        self._lay_out()

    @property
    def chosen(self) -> BackupSettings:
        """What is set in the dialog."""
        others = [kind for kind in self._before.without if kind not in self.kinds]
        off = [kind for kind, box in self.kinds.items() if not box.isChecked()]
        return BackupSettings(
            keep_days=self.keep.value(),
            compress_after_days=self.compress.value(),
            without=(*others, *off),
        )

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("Keep for", self.keep)
        form.addRow("Compress after", self.compress)
        for row, box in enumerate(self.kinds.values()):
            form.addRow("Make one" if not row else "", box)
        note = PlainLabel(_NOTE, role="muted")
        note.setWordWrap(True)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Save | standard.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.saved.emit(self.chosen))
        column = dialog_column(self)
        column.addLayout(form)
        column.addWidget(note)
        column.addWidget(buttons)
        self.setMinimumWidth(current_theme().px(440))


def _days(name: str, least: int, days: int) -> QSpinBox:
    box = QSpinBox()
    box.setAccessibleName(name)
    box.setRange(least, _MOST_DAYS)
    box.setSuffix(" days")
    box.setValue(days)
    # A style sheet reaches no further than the border of the field.
    box.lineEdit().setTextMargins(current_theme().px(SPACE_PX), 0, 0, 0)
    return box
