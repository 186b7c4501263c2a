"""The words over a text that is too long to be shown whole at once."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from desktop_app.look.text import size
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.plain_label import PlainLabel


class LongNotice(QWidget):
    """Says how much of a text is shown, and offers more of it in three ways."""

    plain_chosen = Signal()
    all_chosen = Signal()
    file_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = PlainLabel("")
        self._label.setWordWrap(True)
        buttons = FlowLayout()
        plain = QPushButton("Show as plain text")
        plain.clicked.connect(self.plain_chosen)
        self._render = QPushButton("Render anyway")
        self._render.clicked.connect(self.all_chosen)
        save = QPushButton("Save to file…")
        save.clicked.connect(self.file_chosen)
        for button in (plain, self._render, save):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, current_theme().px(SPACE_PX), 0, 0)
        column.addWidget(self._label)
        column.addLayout(buttons)

    def show_sizes(self, whole: int, shown: int | None) -> None:
        """Say how long the text is and how much of it is shown, in bytes.

        Without a number all of it is, in parts, and rendering more is not offered.
        """
        self._render.setVisible(shown is not None)
        how = (
            "It is shown in parts." if shown is None else f"Its first {size(shown)} are shown."
        )
        self._label.setText(f"This text is {size(whole)} long. {how}")
