"""A record's title, read or being changed."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QWidget,
)
from shiboken6 import isValid

from desktop_app.detail.base import Base
from desktop_app.detail.clamped_label import ClampedLabel
from desktop_app.drop import leave_files
from desktop_app.look.icons import put_icon
from desktop_app.look.text import plain_tooltip, reads_right_to_left

_LINES: Final = 2
_SHOWN: Final = 500
"""Characters are looked at; a title that goes on is in the tooltip and in the field."""
_LONG_WORD: Final = re.compile(r"\S{16}(?=\S)")
_BREAK_HERE: Final = "\u200b"


class TitleEditor(QWidget):
    """Shows a title; F2 on the pane, a double click or the pencil turn it into a field.

    Enter and leaving the field save, Esc does not. `edited` carries a title that differs, and
    the version of the record that it is a change of.
    """

    edited = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ""
        self._version = 0
        self._base = Base("", 0)
        self._may_edit = True
        self._opener: QWidget | None = None
        self._label = ClampedLabel("heading", _LINES)
        self._label.installEventFilter(self)
        self._pencil = QToolButton()
        self._pencil.setAccessibleName("Edit title")
        self._pencil.setToolTip("Edit title (F2)")
        self._pencil.setProperty("quiet", True)
        put_icon(self._pencil, "edit", "muted")
        self._pencil.clicked.connect(self.start)
        self._field = QLineEdit()
        self._field.setAccessibleName("Title")
        self._field.editingFinished.connect(self.finish)
        self._field.installEventFilter(self)
        leave_files(self._field)
        self._field.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._label, 1)
        row.addWidget(self._field, 1)
        row.addWidget(self._pencil, 0, Qt.AlignmentFlag.AlignTop)

    def show_title(self, title: str, version: int, *, may_edit: bool = True) -> None:
        """Show the title of a version; one being written is left alone."""
        self._title, self._version = title, version
        self._base.follow(title, version)
        self._may_edit = may_edit
        self._pencil.setVisible(may_edit and not self.is_editing())
        shown = title if len(title) <= _SHOWN else title[: _SHOWN - 1] + "…"
        self._label.show_words(_LONG_WORD.sub(rf"\g<0>{_BREAK_HERE}", shown) or "Untitled")
        self._label.setAccessibleName(title)
        self._label.setToolTip(plain_tooltip(title))
        self._label.setAlignment(_side_of(title) | Qt.AlignmentFlag.AlignTop)

    def start(self) -> None:
        """Turn the title into a field; the focus goes back to where it was afterwards."""
        if not self._may_edit:
            return
        self._opener = QApplication.focusWidget()
        self._base = Base(self._title, self._version)
        self._field.setText(self._title)
        self._show_field(True)
        self._field.selectAll()
        self._field.setFocus()

    def is_editing(self) -> bool:
        """Whether the title is being written."""
        return not self._field.isHidden()

    def finish(self) -> None:
        """Save what is being written, if anything."""
        if not self.is_editing():
            return
        title = " ".join(self._field.text().split())
        self._stop()
        if title and title not in {self._base.text, self._title}:
            self.show_title(title, self._base.version)
            self.edited.emit(title, self._base.version)

    def _stop(self) -> None:
        had_focus = self._field.hasFocus()
        self._show_field(False)
        if had_focus:
            is_there = self._opener is not None and isValid(self._opener)
            (self._opener if is_there else self._pencil).setFocus()

    def _show_field(self, visible: bool) -> None:
        self._field.setVisible(visible)
        self._label.setHidden(visible)
        self._pencil.setHidden(visible)

    # -- Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._label and event.type() == QEvent.Type.MouseButtonDblClick:
            self.start()
            return True
        is_key = watched is self._field and isinstance(event, QKeyEvent)
        if is_key and event.key() == Qt.Key.Key_Escape:
            # Accepted as no shortcut of the window, it comes again as a key.
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                self._stop()
            return True
        return super().eventFilter(watched, event)


def _side_of(text: str) -> Qt.AlignmentFlag:
    """Return the side a text is read from, whatever the language of the window."""
    side = (
        Qt.AlignmentFlag.AlignRight if reads_right_to_left(text) else Qt.AlignmentFlag.AlignLeft
    )
    return side | Qt.AlignmentFlag.AlignAbsolute
