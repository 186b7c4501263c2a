"""The first step: what is to be imported."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from desktop_app.import_sources import (
    ImportSource,
    ask_for_files,
    ask_for_folder,
    copied,
)
from desktop_app.look.text import plain_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.state_panel import StatePanel

SHOWN_RECENT: Final = 4
_NAME_CHARS: Final = 60


class SourcePage(QWidget):
    """Takes files, folders and text; `chosen` carries an `ImportSource`."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place = StatePanel(in_line=3)
        card = QFrame()
        card.setProperty("card", True)
        QVBoxLayout(card).addWidget(self.place)
        self._head = PlainLabel("Imported lately", role="head")
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        px = current_theme().px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(card, 1)
        column.addWidget(self._head)
        column.addLayout(self._recent)
        self._invite("Whatever the tools you work with wrote: Sheaf tells what it is.")
        self.show_recent([])

    def show_recent(self, recent: Sequence[Sequence[str]]) -> None:
        """Offer what was imported before once more: lists of paths."""
        while self._recent.count():
            self._recent.takeAt(0).widget().deleteLater()
        for names in recent[:SHOWN_RECENT]:
            source = ImportSource(tuple(map(Path, names)))
            shown = source.title if len(names) > 1 else _short(names[0])
            button = push_button(shown.replace("&", "&&"), partial(self.chosen.emit, source))
            button.setProperty("quiet", True)
            button.setAutoDefault(False)
            button.setToolTip(plain_tooltip("\n".join(names[:20])))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignLeading)
        self._head.setVisible(bool(recent))

    def _invite(self, sentence: str) -> None:
        self.place.show_state(
            "import",
            "Drop files or folders here",
            sentence,
            [
                ("Browse files…", lambda: ask_for_files(self.window(), self._take), True),
                ("Browse folder…", lambda: ask_for_folder(self.window(), self._take), False),
                ("Paste", self._paste, False),
            ],
        )

    def _take(self, paths: Sequence[Path]) -> None:
        self.chosen.emit(ImportSource(tuple(paths)))

    def _paste(self) -> None:
        source = copied(QGuiApplication.clipboard().mimeData())
        if source is None:
            self._invite("The clipboard holds no text and no files.")
        else:
            self.chosen.emit(source)


def _short(path: str) -> str:
    """Return a path, of a long one its end."""
    return path if len(path) <= _NAME_CHARS else "…" + path[-_NAME_CHARS:]
