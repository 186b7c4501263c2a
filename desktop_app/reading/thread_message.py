"""The Message tab: one message of a conversation."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from db.cancel import CancelToken
from db.ports import Storage
from db.records import Kind, MessageRecord, ThreadEntry
from desktop_app.background import Background
from desktop_app.detail.seen import Seen
from desktop_app.reading.thread_plan import EVERYTHING, Sort
from desktop_app.reading.thread_view import ThreadView
from desktop_app.widgets.buttons import push_button


class MessageView(ThreadView):
    """Reads a single message, unfolded; `place_wanted` asks for it in its conversation.

    It carries the pks of the conversation and of the message.
    """

    place_wanted = Signal(int, int)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(background, parent)
        self.canvas.setAccessibleName("Message")
        self.bar.hide()
        self.bar.outline_toggled.disconnect()
        self.go = push_button("Read in the conversation", self._go_to_conversation)
        self._record: MessageRecord | None = None
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.go)
        self.layout().addLayout(row)

    def show_seen(self, seen: Seen) -> None:
        """Show a message; the same one again is read anew, in its place."""
        is_other = self._record is None or self._record.pk != seen.record.pk
        self._record = seen.record
        super().show_seen(seen)
        awaited = self._pending is not None and self._pending[0] == seen.record.pk
        if is_other and not awaited:
            self.show_message(seen.record.pk)

    def take_visible(self, _visible: Sort) -> None:
        """Go on showing all of it."""

    def read_entries(
        self, storage: Storage, pk: int, token: CancelToken
    ) -> tuple[tuple[ThreadEntry, ...], Sort]:
        """Return the message alone, all of it shown."""
        found = storage.fetch(Kind.MESSAGE, [pk], token)
        entries = tuple(
            ThreadEntry(
                record.pk,
                None,
                record.role,
                record.parts,
                record.has_error,
                record.created_at,
                record.title,
            )
            for record in found
            if isinstance(record, MessageRecord)
        )
        return entries, EVERYTHING

    def _go_to_conversation(self) -> None:
        if self._record is not None:
            self.place_wanted.emit(self._record.conversation_pk, self._record.pk)
