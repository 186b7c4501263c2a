"""The sheet of keys, made from the actions there are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from desktop_app.dialogs.frame import dialog_column
from desktop_app.look.theme import Face, current_theme
from desktop_app.widgets.search_field import SearchField


class ShortcutsDialog(QDialog):
    """Lists what each key does; `rows` are sections, titles and shortcuts, in order."""

    def __init__(
        self, rows: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        field = SearchField("Find a key or an action")
        field.query_changed.connect(self._narrow)
        self._tree = QTreeWidget()
        self._tree.setAccessibleName("Keyboard shortcuts")
        self._tree.setColumnCount(2)
        self._tree.setHeaderLabels(["Action", "Keys"])
        self._tree.setRootIsDecorated(False)
        self._tree.setUniformRowHeights(True)
        header = self._tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        for section, members in groupby(rows, key=lambda row: row[0]):
            self._add_section(section, list(members))
        self._tree.expandAll()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = dialog_column(self)
        for part in (field, self._tree, buttons):
            column.addWidget(part)
        wanted = QSize(current_theme().px(520), current_theme().px(600))
        self.resize(wanted.boundedTo(self.screen().availableSize() * 0.9))
        field.setFocus()

    def _add_section(self, section: str, rows: Sequence[tuple[str, str, str]]) -> None:
        head = QTreeWidgetItem(self._tree, [section])
        head.setFirstColumnSpanned(True)
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = current_theme().font(Face.MEDIUM)
        head.setFont(0, font)
        for _section, title, keys in rows:
            item = QTreeWidgetItem(head, [title, keys])
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{title}: {keys}")

    def _narrow(self, text: str) -> None:
        sought = text.casefold().strip()
        for place in range(self._tree.topLevelItemCount()):
            head = self._tree.topLevelItem(place)
            for row in range(head.childCount()):
                item = head.child(row)
                words = f"{item.text(0)} {item.text(1)}".casefold()
                item.setHidden(sought not in words)
            head.setHidden(all(head.child(row).isHidden() for row in range(head.childCount())))
