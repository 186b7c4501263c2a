"""The learnings most like the one that is being looked at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec import Struct
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from db.cancel import CancelToken
from db.ports import Storage
from db.query import KEPT, LearningQuery
from db.records import AnyRecord, Kind, LearningRecord
from db.terms import words_of
from db.vocabulary import Review
from desktop_app.background import Background
from desktop_app.detail.elided_button import ElidedButton
from desktop_app.latest import Latest
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.elided_label import ElidedLabel
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.plain_label import PlainLabel

SHOWN: Final = 5
PAUSE_MS: Final = 120
_SOUGHT_WORDS: Final = 12
_LEAST_LETTERS: Final = 4
_LEAST_SHARED: Final = 0.5
"""Records that share less of their telling words than this are not alike."""
_CANDIDATES: Final = 40
STANDING_REVIEWS: Final = frozenset({Review.PENDING, Review.APPROVED})
"""What another learning can be made one with, or be replaced by: not what was put aside."""


class Twin(Struct, frozen=True):
    """A learning like another: `share` tells how much, from 0 to 1."""

    record: LearningRecord
    share: float


class Twins(QFrame):
    """Shows up to five learnings like the one chosen, with what can be done about each.

    `merge_wanted` asks to make the chosen one part of the one it carries,
    `supersede_wanted` to let the chosen one replace it, `chosen` to show it. Where it
    `is_narrow`, what can be done stands below each title.
    """

    chosen = Signal(object)
    merge_wanted = Signal(object)
    supersede_wanted = Signal(object)

    def __init__(
        self,
        background: Background[Storage],
        parent: QWidget | None = None,
        *,
        is_narrow: bool = False,
    ) -> None:
        super().__init__(parent)
        self._is_narrow = is_narrow
        self.twins: tuple[Twin, ...] = ()
        self._latest = Latest(background, self)
        self._wanted: LearningRecord | None = None
        self._has_room = True
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._head = PlainLabel(role="head")
        self._rows = QWidget()
        px = current_theme().px
        column = QVBoxLayout(self)
        if is_narrow:
            column.setContentsMargins(0, 0, 0, 0)
        else:
            column.setContentsMargins(px(16), px(8), px(16), px(8))
        column.setSpacing(px(4))
        column.addWidget(self._head)
        column.addWidget(self._rows)
        self.setAccessibleName("Learnings like this one")
        self.hide()

    def look_like(self, record: LearningRecord | None) -> None:
        """Look for learnings like this one, in a moment; None shows nothing."""
        if record == self._wanted:
            return
        self._wanted, self.twins = record, ()
        self._latest.cancel()
        if record is None:
            self._show(())
        else:
            self._pause.start()

    def refresh(self) -> None:
        """Look again."""
        if self._wanted is not None:
            self._pause.start()

    def give_room(self, has_room: bool) -> None:
        """Show them only where the list beside them keeps enough room."""
        self._has_room = has_room
        self.setVisible(has_room and self._wanted is not None)

    def _ask(self) -> None:
        record = self._wanted
        if record is not None:
            self._latest.ask(
                lambda storage, token: find_twins(storage, record, token),
                self._show,
                lambda _error: self._show(()),
            )

    def _show(self, twins: Sequence[Twin]) -> None:
        self.twins = tuple(twins)
        rows = self._narrow_rows(twins) if self._is_narrow else self._wide_rows(twins)
        self.layout().replaceWidget(self._rows, rows)
        self._rows.hide()
        self._rows.deleteLater()
        self._rows = rows
        self._head.setText("MOST ALIKE" if twins else "NOTHING LIKE IT YET")
        self.give_room(self._has_room)

    def _wide_rows(self, twins: Sequence[Twin]) -> QWidget:
        rows = QWidget()
        grid = QGridLayout(rows)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(current_theme().px(10))
        grid.setVerticalSpacing(current_theme().px(2))
        grid.setColumnStretch(0, 1)
        middle = Qt.AlignmentFlag.AlignVCenter
        for row, twin in enumerate(twins):
            title = ElidedLabel()
            title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            title.show_words(twin.record.title)
            grid.addWidget(title, row, 0)
            for column, part in enumerate(self._parts(twin), 1):
                grid.addWidget(part, row, column, middle)
        return rows

    def _narrow_rows(self, twins: Sequence[Twin]) -> QWidget:
        rows = QWidget()
        column = QVBoxLayout(rows)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_theme().px(2))
        for twin in twins:
            title = ElidedButton()
            title.show_words(twin.record.title)
            title.setAccessibleName(f"Show: {twin.record.title}")
            title.clicked.connect(partial(self.chosen.emit, twin.record))
            *said, merge, replace = self._parts(twin)
            words, acts = FlowLayout(), FlowLayout()
            for part in said:
                words.addWidget(part)
            for part in (merge, replace):
                acts.addWidget(part)
            column.addWidget(title)
            column.addLayout(words)
            column.addLayout(acts)
            column.addSpacing(current_theme().px(8))
        return rows

    def _parts(self, twin: Twin) -> Sequence[QWidget]:
        """Return what is said of a twin beside its title, and what can be done about it."""
        record = twin.record
        alike = PlainLabel(f"{twin.share:.0%} alike", role="muted")
        sure = PlainLabel(
            f"{record.review.word.capitalize()} · {record.confidence:.2f}", role="muted"
        )
        merge = push_button("Merge into this", partial(self.merge_wanted.emit, record))
        merge.setAccessibleName(f"Merge into: {record.title}")
        replace = push_button("Supersede", partial(self.supersede_wanted.emit, record))
        replace.setAccessibleName(f"Supersede: {record.title}")
        return alike, sure, merge, replace


def find_twins(storage: Storage, record: LearningRecord, token: CancelToken) -> list[Twin]:
    """Return the learnings that share most telling words of their titles with one, best first.

    Those rejected or superseded are left out.
    """
    words = _telling_words(record.title)
    if not words:
        return []
    query = LearningQuery(
        text=" OR ".join(dict.fromkeys(words[:_SOUGHT_WORDS])),
        places=KEPT,
        reviews=STANDING_REVIEWS,
    )
    found = storage.hits(query, _CANDIDATES, best_first=True, token=token)
    twins = [
        Twin(hit.record, _shared(record.title, hit.record.title))
        for hit in found
        if hit.kind is Kind.LEARNING
        and isinstance(hit.record, LearningRecord)
        and hit.record.pk != record.pk
    ]
    twins = [twin for twin in twins if twin.share >= _LEAST_SHARED]
    twins.sort(key=lambda twin: -twin.share)
    return twins[:SHOWN]


def number_of_twins(storage: Storage, record: AnyRecord, token: CancelToken) -> int:
    """Return how many learnings are like one."""
    assert isinstance(record, LearningRecord)
    return len(find_twins(storage, record, token))


def _telling_words(text: str) -> list[str]:
    """Return the words of a text but for the short ones, which any two texts share.

    Those of other scripts count however short: Chinese has a word for each sign.
    """
    return [
        word for word in words_of(text) if len(word) >= _LEAST_LETTERS or not word.isascii()
    ]


def _shared(one: str, other: str) -> float:
    """Return the share of the telling words of two texts that both have."""
    left, right = set(_telling_words(one)), set(_telling_words(other))
    return 2 * len(left & right) / (len(left) + len(right)) if left and right else 0.0
