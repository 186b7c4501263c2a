"""The Alike tab: learnings that say nearly the same, to be made one with the one shown."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from db.ports import Storage
from db.records import Kind, LearningRecord
from desktop_app.background import Background
from desktop_app.detail.seen import Seen
from desktop_app.lists.twins import Twins


class AlikeView(QWidget):
    """Lists them; `chosen` carries the kind and pk of one to be shown.

    `merge_wanted` carries the learning that the one shown is to become part of, and
    `supersede_wanted` the one that it is to replace.
    """

    chosen = Signal(object, int)
    merge_wanted = Signal(object)
    supersede_wanted = Signal(object)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.twins = Twins(background, is_narrow=True)
        self.twins.chosen.connect(lambda record: self.chosen.emit(Kind.LEARNING, record.pk))
        self.twins.merge_wanted.connect(self.merge_wanted)
        self.twins.supersede_wanted.connect(self.supersede_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.twins)
        column.addStretch()

    def show_seen(self, seen: Seen) -> None:
        """Look for learnings like the one shown, again each time it was read."""
        assert isinstance(seen.record, LearningRecord)
        self.twins.look_like(seen.record)
        self.twins.refresh()
