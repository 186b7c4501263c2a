"""A JSON text as a tree that can be folded, however large it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QTreeView, QWidget

from desktop_app.look.text import plain_tooltip
from desktop_app.look.theme import Face, current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.widgets.json_nodes import JsonNode, Number, parse_json_nodes, to_json

if TYPE_CHECKING:
    AnyIndex = QModelIndex | QPersistentModelIndex

__all__ = ["JsonNode", "JsonView", "parse_json_nodes"]

_NOWHERE: Final = QModelIndex()
_OPENED_ROWS: Final = 30
_TOOLTIP_CHARS: Final = 2000
_NAME_PX: Final = 200
_COPY: Final = QKeySequence.StandardKey.Copy


class JsonView(QTreeView):
    """Shows what `parse_json_nodes` returned; only what is unfolded is built.

    Ctrl+C copies the value of the current line, the context menu its path as well.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = current_theme()
        self.setAccessibleName("JSON")
        self.setUniformRowHeights(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        for part in (self, self.header()):
            part.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        keys = QKeySequence(_COPY).toString(QKeySequence.SequenceFormat.NativeText)
        self._add_action(f"Copy value\t{keys}", self.copy_value)
        self._add_action("Copy path", self.copy_path)
        self._theme.changed.connect(self._dress)
        self._dress()
        self.show_root(JsonNode("", None))

    @property
    def root(self) -> JsonNode:
        """The node it shows."""
        return self._root

    def show_root(self, root: JsonNode) -> None:
        """Show a parsed text, its first level unfolded, and small things below it too."""
        self._root = root
        former = self.model()
        self.setModel(_JsonModel(root, self))
        if former is not None:
            former.deleteLater()
        left = _OPENED_ROWS
        for row, node in enumerate(root.children if root.has_children else ()):
            size = len(node.value) if isinstance(node.value, list | dict) else 0
            if not node.is_range and 0 < size <= left:
                self.expand(self.model().index(row, 0))
                left -= size
        self.resizeColumnToContents(0)
        widest = self._theme.px(_NAME_PX)
        self.setColumnWidth(0, min(widest, self.columnWidth(0) + self._theme.px(SPACE_PX)))

    def copy_value(self) -> None:
        """Put the current value on the clipboard: a text bare, all else as JSON."""
        node = self._current()
        if node is not None:
            value = node.value
            is_text = isinstance(value, str) and not isinstance(value, Number)
            QGuiApplication.clipboard().setText(
                displayable(value if is_text else to_json(value))
            )

    def copy_path(self) -> None:
        """Put the JSON pointer of the current line on the clipboard."""
        node = self._current()
        if node is not None:
            QGuiApplication.clipboard().setText(displayable(node.pointer))

    def _current(self) -> JsonNode | None:
        index = self.currentIndex()
        return index.internalPointer() if index.isValid() else None

    def _add_action(self, text: str, act: Callable[[], None]) -> None:
        action = QAction(text, self)
        action.triggered.connect(act)
        self.addAction(action)

    def _dress(self) -> None:
        self.setFont(self._theme.font(Face.MONO))
        self.setIndentation(self._theme.px(16))

    def event(self, event: QEvent) -> bool:
        """Take Ctrl+C before the window does, which has it too."""
        if event.type() == QEvent.Type.ShortcutOverride and _is_copy(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy on Ctrl+C."""
        if _is_copy(event):
            self.copy_value()
        else:
            super().keyPressEvent(event)


class _JsonModel(QAbstractItemModel):
    """Two columns, name and value, over the nodes."""

    def __init__(self, root: JsonNode, view: JsonView) -> None:
        super().__init__(view)
        self.root = root
        self._theme = current_theme()
        self._top = root.children if root.has_children else [root]

    def _children(self, parent: AnyIndex) -> list[JsonNode]:
        return parent.internalPointer().children if parent.isValid() else self._top

    def index(self, row: int, column: int, parent: AnyIndex = _NOWHERE) -> QModelIndex:
        children = self._children(parent)
        if not 0 <= row < len(children):
            return QModelIndex()
        return self.createIndex(row, column, children[row])

    def parent(self, index: AnyIndex) -> QModelIndex:
        node = index.internalPointer().parent if index.isValid() else None
        if node is None or node is self.root:
            return QModelIndex()
        return self.createIndex(node.row, 0, node)

    def hasChildren(self, parent: AnyIndex = _NOWHERE) -> bool:
        if not parent.isValid():
            return True
        node = parent.internalPointer()
        return parent.column() == 0 and node is not self.root and node.has_children

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return len(self._children(parent)) if self.hasChildren(parent) else 0

    def columnCount(self, _parent: AnyIndex = _NOWHERE) -> int:
        return 2

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return ("Name", "Value")[section]
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node: JsonNode = index.internalPointer()
        is_value = index.column() == 1
        if role == Qt.ItemDataRole.DisplayRole:
            return displayable(node.shown if is_value else node.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return displayable(f"{node.name}: {node.shown}" if node.name else node.shown)
        if role == Qt.ItemDataRole.ToolTipRole and is_value and isinstance(node.value, str):
            return plain_tooltip(displayable(node.value[:_TOOLTIP_CHARS]))
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._theme.colour(_ink(node) if is_value else "muted")
        return None


def _is_copy(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.matches(_COPY)


def displayable(text: str) -> str:
    """Return a text in which half a surrogate pair, which Qt cannot take, is replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _ink(node: JsonNode) -> str:
    value = node.value
    if isinstance(value, dict | list):
        return "faint"
    if isinstance(value, bool) or value is None:
        return "rev"
    if isinstance(value, int | Number):
        return "hold"
    return "text"
