"""The head of the pane: where the record belongs, its title, its times."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from db.records import AnyRecord, Place, TaskRecord
from desktop_app.detail.elided_button import ElidedButton
from desktop_app.detail.title_editor import TitleEditor
from desktop_app.look.text import isolated, plain_tooltip, relative_time, time_tooltip
from desktop_app.look.theme import Face, current_theme
from desktop_app.widgets.plain_label import PlainLabel

_DIVIDER: Final = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
_PLACES: Final = {Place.ARCHIVED: "Archived", Place.TRASHED: "In the trash"}


class Header(QWidget):
    """Shows a record's batch or source, its id, title and times."""

    batch_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._record: AnyRecord | None = None
        self._batch = ElidedButton()
        self._batch.clicked.connect(self._open_batch)
        self._source = PlainLabel("", "muted")
        self._divider = PlainLabel(_DIVIDER, "muted")
        self._id = ElidedButton(Qt.TextElideMode.ElideMiddle)
        self._id.clicked.connect(self._copy_id)
        self.title = TitleEditor()
        self._times = PlainLabel("", "muted")
        self._times.setWordWrap(True)
        crumbs = QHBoxLayout()
        crumbs.setSpacing(8)
        crumbs.addWidget(self._source)
        crumbs.addWidget(self._batch, 1)
        crumbs.addWidget(self._divider)
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

    def show_record(self, record: AnyRecord) -> None:
        """Show a record."""
        self._record = record
        is_in_batch = isinstance(record, TaskRecord) and record.batch_pk is not None
        self._batch.setVisible(is_in_batch)
        if is_in_batch:
            self._batch.show_words(record.batch_title or "Untitled", "Open the batch ")
            self._batch.setAccessibleName(f"Open the batch {record.batch_title}")
        self._source.setText(record.source or "sheaf")
        self._source.setVisible(not is_in_batch)
        name = record.external_id or record.id
        self._id.show_words(isolated(name), "Copy the id ")
        self._id.setAccessibleName(f"Copy the id {name}")
        self.title.show_title(record.title)
        self._show_times(record)

    def _show_times(self, record: AnyRecord) -> None:
        said = [f"Updated {relative_time(record.updated_at)}"]
        if record.created_at != record.updated_at:
            said.append(f"created {relative_time(record.created_at)}")
        if isinstance(record, TaskRecord) and record.source:
            said.append(f"from {record.source}")
        if record.place in _PLACES:
            said.insert(0, _PLACES[record.place])
        self._times.setText(" · ".join(said))
        self._times.setToolTip(
            plain_tooltip(
                f"Updated {time_tooltip(record.updated_at)}\n\n"
                f"Created {time_tooltip(record.created_at)}"
            )
        )

    def _open_batch(self) -> None:
        assert isinstance(self._record, TaskRecord)
        self.batch_chosen.emit(self._record.batch_pk)

    def _copy_id(self) -> None:
        assert self._record is not None
        QGuiApplication.clipboard().setText(self._record.id)

    def _dress(self) -> None:
        self._id.setFont(current_theme().font(Face.MONO))
