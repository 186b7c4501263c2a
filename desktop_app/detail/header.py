"""The head of the pane: where the record belongs, its title, its times."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from db.records import AnyRecord, Kind, Place
from desktop_app.detail.elided_button import ElidedButton
from desktop_app.detail.seen import Seen
from desktop_app.detail.title_editor import TitleEditor
from desktop_app.look.text import isolated, plain_tooltip, relative_time, time_tooltip
from desktop_app.look.theme import Face, current_theme
from desktop_app.widgets.plain_label import PlainLabel

_ID_CHARS: Final = 16
"""Longer ids are shown in part: so many of their first and last signs."""
_END_CHARS: Final = 6
_DIVIDER: Final = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
_PLACES: Final = {Place.ARCHIVED: "Archived", Place.TRASHED: "In the trash"}
_HOMES: Final = (Kind.BATCH, Kind.TASK, Kind.CONVERSATION)
"""The kinds of record that others belong to, from outside."""


class Header(QWidget):
    """Shows what a record belongs to or came from, its id, title, kind and times.

    `home_chosen` carries the kind and pk of a record that it belongs to.
    """

    home_chosen = Signal(object, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._record: AnyRecord | None = None
        self._crumbs = {kind: _Crumb(kind) for kind in _HOMES}
        self._source = PlainLabel("", "muted")
        self._id = ElidedButton(Qt.TextElideMode.ElideMiddle)
        self._id.clicked.connect(self._copy_id)
        self.title = TitleEditor()
        self._times = PlainLabel("", "muted")
        self._times.setWordWrap(True)
        crumbs = QHBoxLayout()
        crumbs.setSpacing(8)
        crumbs.addWidget(self._source)
        self._source_divider = PlainLabel(_DIVIDER, "muted")
        crumbs.addWidget(self._source_divider)
        for crumb in self._crumbs.values():
            crumb.clicked.connect(lambda _on, crumb=crumb: self._open(crumb))
            crumbs.addWidget(crumb, 1)
            crumbs.addWidget(crumb.divider)
        crumbs.addWidget(self._id, 1)
        crumbs.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(crumbs)
        column.addWidget(self.title)
        column.addWidget(self._times)
        self._dress()
        current_theme().changed.connect(self._dress)

    def show_seen(self, seen: Seen) -> None:
        """Show a record."""
        self._record = record = seen.record
        shown = [crumb.show_home(record) for crumb in self._crumbs.values()]
        self._source.setText(record.source or "sheaf")
        self._source.setHidden(any(shown))
        self._source_divider.setHidden(any(shown))
        name = record.external_id or record.id
        self._id.show_words(isolated(_short(name)), "Copy the id ")
        self._id.setToolTip(plain_tooltip(f"Copy the id {name}"))
        self._id.setAccessibleName(f"Copy the id {name}")
        self.title.show_title(record.title, record.version, may_edit=seen.may_edit)
        self._show_times(seen.kind, record, is_named=any(shown))

    def _show_times(self, kind: Kind, record: AnyRecord, *, is_named: bool) -> None:
        said = [f"Updated {relative_time(record.updated_at)}"]
        if record.created_at != record.updated_at:
            said.append(f"created {relative_time(record.created_at)}")
        if is_named and record.source:
            said.append(f"from {record.source}")
        if record.place in _PLACES:
            said.insert(0, _PLACES[record.place])
        said.insert(0, kind.word.capitalize())
        self._times.setText(" · ".join(said))
        self._times.setToolTip(
            plain_tooltip(
                f"Updated {time_tooltip(record.updated_at)}\n\n"
                f"Created {time_tooltip(record.created_at)}"
            )
        )

    def _open(self, crumb: _Crumb) -> None:
        if crumb.pk is not None:
            self.home_chosen.emit(crumb.kind, crumb.pk)

    def _copy_id(self) -> None:
        assert self._record is not None
        QGuiApplication.clipboard().setText(self._record.id)

    def _dress(self) -> None:
        self._id.setFont(current_theme().font(Face.MONO))


def _short(name: str) -> str:
    """Return what an id is told apart by: the end of a path, of a long id both ends."""
    last = name.rstrip("/").rpartition("/")[2] or name
    return last if len(last) <= _ID_CHARS else f"{last[:_END_CHARS]}…{last[-_END_CHARS:]}"


class _Crumb(ElidedButton):
    """A record of a kind that the one shown belongs to, and the sign after it."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind
        self.pk: int | None = None
        self.divider = PlainLabel(_DIVIDER, "muted")

    def show_home(self, record: AnyRecord) -> bool:
        """Show what a record belongs to, if it does."""
        self.pk = getattr(record, f"{self.kind.word}_pk", None)
        title = getattr(record, f"{self.kind.word}_title", "") or "Untitled"
        self.show_words(title, f"Open the {self.kind.word} ")
        self.setAccessibleName(f"Open the {self.kind.word} {title}")
        self.setVisible(self.pk is not None)
        self.divider.setVisible(self.pk is not None)
        return self.pk is not None
