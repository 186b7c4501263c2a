"""What a bundle for whoever mends the program would hold, part by part, before it is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from db.errors import SheafError
from db.maintenance.diagnostics import Part, write_bundle
from desktop_app.background import Background, Request
from desktop_app.diagnostics.bundle import FILE_NAME, gathered
from desktop_app.dialogs.error import ErrorDialog
from desktop_app.dialogs.frame import dialog_column, fit_screen
from desktop_app.look import text
from desktop_app.look.theme import Face, current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.file_dialog import FileDialog
from desktop_app.widgets.plain_label import PlainLabel

_SAID: Final = (
    "These files tell whoever mends Sheaf how it is doing. None holds ids, titles or texts of"
    " records, or names of your files; secrets and your own folder are taken out. Leave out"
    " what you like. Saving makes a ZIP archive on this computer; Sheaf sends it nowhere."
)
_SHOWN_CHARS: Final = 200_000


class BundleDialog(QDialog):
    """Lists the parts with a tick each, and shows the one that is chosen.

    `saved` carries the file that was written.
    """

    saved = Signal(object)

    def __init__(
        self,
        background: Background[Any],
        settings: Mapping[str, object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Diagnostics")
        self._background = background
        self._parts: Sequence[Part] = ()
        self.list = QTreeWidget()
        self.view = QPlainTextEdit()
        self._state = PlainLabel("Looking what there is to tell…", "muted")
        self.save = push_button("Save…", self._ask_where, primary=True)
        self.save.setEnabled(False)
        self.list.itemChanged.connect(self._count)
        self.list.currentItemChanged.connect(self._show_part)
        self._lay_out()
        self._reading: Request = background.read(
            lambda storage, token: gathered(storage, settings, token),
            self._on_gathered,
            self._on_failed,
        )

    @property
    def wanted(self) -> list[Part]:
        """The parts that are ticked."""
        items = (self.list.topLevelItem(row) for row in range(len(self._parts)))
        ticks = [item.checkState(0) is Qt.CheckState.Checked for item in items]
        return [part for part, is_ticked in zip(self._parts, ticks, strict=True) if is_ticked]

    def save_to(self, path: Path) -> None:
        """Write the parts that are ticked to a file, then close."""
        parts = self.wanted
        self.save.setEnabled(False)
        self._background.read(
            lambda _storage, _token: write_bundle(path, parts, overwrite=True),
            lambda _size: self._on_saved(path),
            self._on_failed,
        )

    def _on_gathered(self, parts: list[Part]) -> None:
        self._parts = parts
        for part in parts:
            item = QTreeWidgetItem(
                self.list, [part.name, text.size(len(part.data)), part.holds]
            )
            item.setCheckState(0, Qt.CheckState.Checked)
            item.setTextAlignment(
                1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
            item.setToolTip(2, text.plain_tooltip(part.holds))
        self.list.setCurrentItem(self.list.topLevelItem(0))
        self._count()

    def _on_saved(self, path: Path) -> None:
        self.accept()
        self.saved.emit(path)

    def _on_failed(self, error: SheafError) -> None:
        self._count()
        ErrorDialog(error, self).open()

    def _count(self) -> None:
        if self.list.topLevelItemCount() < len(self._parts):
            return
        parts = self.wanted
        size = text.size(sum(len(part.data) for part in parts))
        files = text.counted(len(parts), "file", "files")
        self._state.setText(f"{files} of {text.count(len(self._parts))}, {size}")
        self.save.setEnabled(bool(parts))

    def _show_part(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            part = self._parts[self.list.indexOfTopLevelItem(item)]
            self.view.setPlainText(part.text[-_SHOWN_CHARS:])

    def _ask_where(self) -> None:
        dialog = FileDialog(
            self, "Save diagnostics", str(Path.home() / FILE_NAME), "ZIP archive (*.zip)"
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.save_to(Path(chosen)))
        dialog.open()

    def _lay_out(self) -> None:
        said = PlainLabel(_SAID)
        said.setWordWrap(True)
        self.list.setAccessibleName("Files of the bundle")
        self.list.setHeaderLabels(["File", "Size", "What it holds"])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        header = self.list.header()
        header.setAccessibleName("Columns")
        for column in (0, 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.view.setAccessibleName("Content of the file")
        self.view.setReadOnly(True)
        self.view.setTabChangesFocus(True)
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.view.setFont(current_theme().font(Face.MONO))
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        for place, part in enumerate((self.list, self.view)):
            split.addWidget(part)
            split.setStretchFactor(place, 1)
        row = QHBoxLayout()
        row.addWidget(self._state, 1)
        row.addWidget(push_button("Close", self.reject))
        row.addWidget(self.save)
        column = dialog_column(self)
        column.addWidget(PlainLabel("Diagnostics", "title"))
        column.addWidget(said)
        column.addWidget(split, 1)
        column.addLayout(row)
        fit_screen(self, 760, 560)
        self.list.setFocus()

    # -- Qt overrides

    def done(self, result: int) -> None:
        self._reading.cancel()
        super().done(result)
