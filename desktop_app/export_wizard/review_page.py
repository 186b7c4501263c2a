"""The second step: what looks like a secret, and what becomes of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from db.exchange.secret_review import Found
from desktop_app.export_wizard import words
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.plain_table import RowsModel, RowsTable

_HEADINGS = ("What happens", "Kind", "Where it stands", "Record", "Field")
_CONTEXT = 2
_WIDTHS_PX = (130, 130, 0, 180, 100)


class ReviewPage(QWidget):
    """A table of what was found; each secret is redacted unless somebody keeps it.

    `changed` says that another secret is kept or redacted.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.found: Sequence[Found] = ()
        self.keep: frozenset[str] = frozenset()
        self.said = PlainLabel()
        self.said.setWordWrap(True)
        self._model = RowsModel(_HEADINGS, loud=(0, _CONTEXT))
        self.table = _FoundTable("What looks like a secret", self._model, _CONTEXT)
        self.table.toggled.connect(self.toggle_chosen)
        self.table.doubleClicked.connect(lambda _index: self.toggle_chosen())
        self._lay_out()

    def show_found(self, found: Sequence[Found], *, keeps_all: bool) -> None:
        """Show what was found; at first all of it is kept, or all redacted."""
        self.found = found
        self.keep = self._all if keeps_all else frozenset()
        self.said.setText(words.found_words(found))
        self._show_rows()
        self.table.selectRow(0)

    @property
    def keeps_all(self) -> bool:
        """Whether nothing is to be redacted."""
        return self.keep == self._all

    @property
    def _all(self) -> frozenset[str]:
        return frozenset(each.digest for each in self.found)

    def toggle_chosen(self) -> None:
        """Redact the chosen secrets if one of them is kept, else keep them."""
        self._choose(self._chosen(), redact=bool(self._chosen() & self.keep))

    def _chosen(self) -> frozenset[str]:
        return frozenset(self.found[row].digest for row in self.table.chosen)

    def _choose(self, secrets: Collection[str], *, redact: bool) -> None:
        self.keep = self.keep.difference(secrets) if redact else self.keep.union(secrets)
        self._show_rows()
        self.changed.emit()

    def _show_rows(self) -> None:
        self._model.show_rows(
            [
                (
                    "Keep" if each.digest in self.keep else "Redact",
                    each.kind.value,
                    words.context(each),
                    words.record_words(each),
                    each.field,
                )
                for each in self.found
            ]
        )

    def _lay_out(self) -> None:
        px = current_theme().px
        for column, width in enumerate(_WIDTHS_PX):
            if width:
                self.table.setColumnWidth(column, px(width))
        row = QHBoxLayout()
        row.setSpacing(px(SPACE_PX))
        for title, act in (
            ("Redact", lambda: self._choose(self._chosen(), redact=True)),
            ("Keep", lambda: self._choose(self._chosen(), redact=False)),
            ("Redact all", lambda: self._choose(self._all, redact=True)),
            ("Keep all", lambda: self._choose(self._all, redact=False)),
        ):
            button = push_button(title, act)
            # Return is the button's that goes on, from wherever it is pressed.
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addWidget(PlainLabel("Space turns the chosen ones round.", role="muted"))
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(SPACE_PX))
        column.addWidget(self.said)
        column.addWidget(self.table, 1)
        column.addLayout(row)


class _FoundTable(RowsTable):
    """`toggled` says that Space was pressed."""

    toggled = Signal()

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            self.toggled.emit()
        else:
            super().keyPressEvent(event)
