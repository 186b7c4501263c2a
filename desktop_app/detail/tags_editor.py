"""The tags of a task as chips that can be removed and added to."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from db.ports import Storage
from desktop_app.background import Background
from desktop_app.detail.picker import NEW, Option, Picker, facet
from desktop_app.look.icons import put_icon
from desktop_app.look.text import plain_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.plain_label import PlainLabel

_SHOWN_CHARACTERS = 32


class TagsEditor(QWidget):
    """Shows tags; `edited` carries all the names a task should have instead.

    The button that adds one is quiet, or `is_framed` as the fields around it are.
    """

    edited = Signal(tuple)

    def __init__(
        self,
        background: Background[Storage],
        parent: QWidget | None = None,
        *,
        is_framed: bool = False,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._names: tuple[str, ...] = ()
        self._may_edit = True
        self._chips: list[TagChip] = []
        self._add = QToolButton()
        self._add.setText("+ Tag")
        self._add.setAccessibleName("Add a tag")
        self._add.setProperty("quiet", not is_framed)
        self._add.clicked.connect(self.open_picker)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._flow = FlowLayout(self, spacing=6)
        self._flow.addWidget(self._add)

    def show_tags(self, names: tuple[str, ...], *, may_edit: bool = True) -> None:
        """Show tags; nothing is emitted."""
        self._add.setVisible(may_edit)
        if (names, may_edit) == (self._names, self._may_edit):
            return
        self._names, self._may_edit = names, may_edit
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
            self._flow.removeWidget(chip)
        self._chips = [TagChip(name, may_remove=may_edit) for name in names]
        for place, chip in enumerate(self._chips):
            chip.removed.connect(self._remove)
            self._flow.insert_widget(place, chip)
            chip.show()
        self.updateGeometry()

    def open_picker(self) -> Picker:
        """Ask for a tag to add."""
        picker = Picker("Find or write a tag", self._unused, self._background, self, NEW)
        picker.picked.connect(self._take)
        picker.open_at(self._add)
        return picker

    def _unused(self, text: str, storage: Storage, token: object) -> list[Option]:
        return [o for o in facet("tag")(text, storage, token) if o.value not in self._names]

    def _take(self, name: str) -> None:
        if name not in self._names:
            self.edited.emit((*self._names, name))

    def _remove(self, name: str) -> None:
        self._add.setFocus()
        self.edited.emit(tuple(other for other in self._names if other != name))


class TagChip(QFrame):
    """One tag, or another thing of several, with the button that removes it."""

    removed = Signal(str)

    def __init__(
        self,
        name: str,
        noun: str = "tag",
        parent: QWidget | None = None,
        *,
        may_remove: bool = True,
    ) -> None:
        super().__init__(parent)
        shown = name if len(name) <= _SHOWN_CHARACTERS else name[:_SHOWN_CHARACTERS] + "…"
        label = PlainLabel(shown)
        label.setToolTip(plain_tooltip(name) if shown != name else "")
        close = QToolButton()
        close.setAccessibleName(f"Remove {noun} {name}")
        close.setToolTip(f"Remove {noun}")
        close.setProperty("quiet", True)
        put_icon(close, "close", "muted")
        close.clicked.connect(lambda: self.removed.emit(name))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addSpacing(current_theme().px(8))
        row.addWidget(label)
        row.addWidget(close)
        close.setVisible(may_remove)
        row.addSpacing(0 if may_remove else current_theme().px(8))
        self.setMinimumHeight(current_theme().px(20) + 2)
        self._dress()
        current_theme().changed.connect(self._dress)

    def _dress(self) -> None:
        tokens, px = current_theme().tokens, current_theme().px
        self.setStyleSheet(
            f"TagChip {{ background: {tokens.hover}; border-radius: {px(20) // 2 + 1}px; }}"
            f"QLabel {{ color: {tokens.text}; }}"
            f"QToolButton {{ padding: 0; min-width: {px(20)}px; min-height: {px(20)}px;"
            f" border-radius: {px(20) // 2 + 1}px; }}"
        )
