"""The Payload tab: the JSON a record was imported from, as a tree."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from db.errors import SheafError
from db.ports import Storage
from desktop_app.background import Background
from desktop_app.detail.files import save_file
from desktop_app.detail.seen import Seen
from desktop_app.latest import Latest
from desktop_app.widgets.json_view import JsonView, parse_json_nodes
from desktop_app.widgets.plain_label import PlainLabel


class PayloadView(QWidget):
    """Shows source JSON, parsed on a reader thread; copies and saves it to the byte."""

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._latest = Latest(background, self)
        self._shown: tuple[object, str | None] | None = None
        self._raw = ""
        self.tree = JsonView()
        self.tree.setAccessibleName("Payload")
        self._note = PlainLabel("", "muted")
        self._note.setWordWrap(True)
        self._copy = QPushButton("Copy JSON")
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._raw))
        self._save = QPushButton("Save to file…")
        self._save.clicked.connect(self._ask_file)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self._save)
        buttons.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._note)
        column.addWidget(self.tree, 1)
        column.addLayout(buttons)

    def show_seen(self, seen: Seen) -> None:
        """Show a record's payload; the same one again keeps what is folded."""
        raw = seen.detail.raw
        if self._shown == (seen.key, raw):
            return
        self._shown = (seen.key, raw)
        self._raw = raw or ""
        self._latest.cancel()
        self._show_note("" if raw else "This was made in Sheaf: there is no source JSON.")
        if raw:
            self._latest.ask(
                lambda _storage, _token: parse_json_nodes(raw),
                self.tree.show_root,
                self._show_error,
            )

    def _show_note(self, words: str) -> None:
        self._note.setText(words)
        self._note.setVisible(bool(words))
        self.tree.setVisible(not words)
        self._copy.setVisible(bool(self._raw))
        self._save.setVisible(bool(self._raw))

    def _show_error(self, error: SheafError) -> None:
        self._show_note(str(error))

    def _ask_file(self) -> None:
        raw = self._raw
        save_file(
            self,
            self._background,
            "payload.json",
            lambda _storage: [raw.encode(errors="backslashreplace")],
        )
