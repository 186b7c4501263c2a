"""The watched folders: which there are, how they stand, and what can be done about them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from desktop_app.dialogs.frame import dialog_column, fit_screen
from desktop_app.following.model import Followed, Following
from desktop_app.look import text
from desktop_app.widgets.file_dialog import FileDialog
from desktop_app.widgets.plain_label import PlainLabel

_ABOUT = (
    "What is new or grows in these folders is imported as it appears, while Sheaf is open."
    " Each import is in the history and can be taken back."
)
_UNCONFIRMED = (
    "This workspace names this folder, and nobody agreed to that on this computer yet. Nothing"
    " in it is read until you choose Follow."
)
_EMPTY = "No folder is watched. Add the one your tool keeps its sessions in."
_HEADINGS = ("Folder", "State", "Last look", "Last import")


class WatchedFoldersDialog(QDialog):
    """Lists the watched folders; what is chosen acts at once."""

    def __init__(self, following: Following, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Watched folders")
        self._following = following
        self.list = QTreeWidget()
        self.list.setAccessibleName("Watched folders")
        self.list.setHeaderLabels(_HEADINGS)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.currentItemChanged.connect(self._show_current)
        self.trouble = PlainLabel()
        self.trouble.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.add = self._button("Add folder…", self._choose)
        self.pause = self._button("Pause", self._toggle)
        self.remove = self._button("Remove", self._remove)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        following.changed.connect(self._show)
        self._show()

    @property
    def chosen(self) -> Followed | None:
        """The folder that is chosen in the list."""
        row = self.list.indexOfTopLevelItem(self.list.currentItem())
        return self._following.folders[row] if 0 <= row < len(self._following.folders) else None

    def _button(self, title: str, act: object) -> QPushButton:
        button = self.buttons.addButton(title, QDialogButtonBox.ButtonRole.ActionRole)
        button.setAutoDefault(False)
        button.clicked.connect(act)
        return button

    def _lay_out(self) -> None:
        about = PlainLabel(_ABOUT, role="muted")
        about.setWordWrap(True)
        column = dialog_column(self)
        column.addWidget(about)
        column.addWidget(self.list, 1)
        column.addWidget(self.trouble)
        column.addWidget(self.buttons)
        fit_screen(self, 680, 380)

    def _show(self) -> None:
        """Show how the folders stand; what was chosen stays chosen."""
        folders = self._following.folders
        while self.list.topLevelItemCount() > len(folders):
            self.list.takeTopLevelItem(self.list.topLevelItemCount() - 1)
        for row, followed in enumerate(folders):
            item = self.list.topLevelItem(row) or QTreeWidgetItem(self.list)
            for column, words in enumerate(_words(followed)):
                item.setText(column, words)
            item.setToolTip(0, text.plain_tooltip(followed.folder.path))
        if folders and self.list.currentItem() is None:
            self.list.setCurrentItem(self.list.topLevelItem(0))
        self._show_current()

    def _show_current(self) -> None:
        followed = self.chosen
        for button in (self.pause, self.remove):
            button.setEnabled(followed is not None)
        said = "" if self._following.folders else _EMPTY
        offered = "Pause"
        if followed is not None and not followed.is_active:
            offered = "Go on" if followed.folder.is_paused else "Follow"
        self.pause.setText(offered)
        if followed is not None:
            said = _UNCONFIRMED if followed in self._following.unconfirmed else followed.trouble
        self.trouble.setText(said)
        self.trouble.setVisible(bool(said))

    def _choose(self) -> None:
        chooser = FileDialog(self, "Watch a folder")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.Directory)
        chooser.setOption(QFileDialog.Option.ShowDirsOnly)
        chooser.fileSelected.connect(lambda path: self._following.add(Path(path)))
        chooser.open()

    def _toggle(self) -> None:
        if (followed := self.chosen) is not None:
            self._following.set_paused(followed.folder.path, is_paused=followed.is_active)

    def _remove(self) -> None:
        if (followed := self.chosen) is not None:
            self._following.remove(followed.folder.path)


def _words(followed: Followed) -> tuple[str, str, str, str]:
    state = "Needs attention" if followed.trouble else "Followed"
    if not followed.is_active:
        state = "Paused" if followed.folder.is_paused else "Waits for your answer"
    moments = (followed.looked_at, followed.imported_at)
    looked, imported = ("–" if each is None else text.local_time(each) for each in moments)
    return followed.folder.path, state, looked, imported
