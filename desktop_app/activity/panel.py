"""The panel over the lower corner of the window that lists the jobs. It blocks nothing."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from db.jobs import JobRecord, JobState
from desktop_app.activity.card import JobCard
from desktop_app.activity.model import Activity
from desktop_app.activity.words import state_words, title_of
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_GAP_PX
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import icon_button, push_button
from desktop_app.widgets.plain_label import PlainLabel

WIDTH_PX: Final = 460
_NOTHING: Final = (
    "Nothing is under way. Imports, exports, checks and other long work show here, and so do"
    " the jobs of scripts that use the queue."
)


class ActivityPanel(QFrame):
    """Lists what is under way and what is over, each with its card.

    `closed` says that a person closed it. Esc closes it while it has the focus.
    """

    closed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAccessibleName("Activity")
        self._activity: Activity | None = None
        self._opened_itself = False
        self._cards: dict[str, JobCard] = {}
        self._nothing = PlainLabel(_NOTHING, role="muted")
        self._nothing.setWordWrap(True)
        self._queue = PlainLabel(role="muted")
        self._queue.setWordWrap(True)
        self._clear = push_button("Clear what is over", self._on_clear)
        self._clear.setProperty("quiet", True)
        self._close = icon_button("close", "Close the activity panel", self.leave)
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._scroll = QScrollArea()
        self._head = QHBoxLayout()
        self._lay_out()
        self.hide()
        window.installEventFilter(self)

    @property
    def cards(self) -> list[JobCard]:
        """The cards shown, in their order."""
        if self._activity is None:
            return []
        return [self._cards[job.id] for job in self._activity.jobs if job.id in self._cards]

    @property
    def queue_words(self) -> str:
        """What it says of the jobs that wait for scripts."""
        return self._queue.text()

    def follow(self, activity: Activity | None) -> None:
        """Show the jobs of another workspace, or none."""
        self._activity = activity
        self._show_jobs()
        if activity is None:
            self.hide()
        else:
            activity.changed.connect(self._show_jobs)
            activity.over.connect(self._on_over)

    def toggle(self) -> None:
        """Open it and go into it, or close it."""
        if self.isVisible():
            self.leave()
            return
        self._opened_itself = False
        self._open()
        first = next((button for card in self.cards for button in card.buttons), self._close)
        first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def open_itself(self) -> None:
        """Open without taking the focus; it closes when nothing runs any more."""
        if not self.isVisible():
            self._opened_itself = True
            self._open()

    def leave(self) -> None:
        """Close, and say so, for the focus to go back to where one works."""
        self.hide()
        self.closed.emit()

    def _open(self) -> None:
        if self._activity is not None:
            self._activity.look()
        self._place()
        self.show()
        self.raise_()
        self._place()

    def _show_jobs(self) -> None:
        jobs = () if self._activity is None else self._activity.jobs
        for id_ in self._cards.keys() - {job.id for job in jobs}:
            card = self._cards.pop(id_)
            self._keep_focus_from(card)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        for place, job in enumerate(jobs):
            self._show_job(place, job)
        queued = 0 if self._activity is None else self._activity.queued
        self._queue.setText(
            f"{text.counted(queued, 'job waits', 'jobs wait')} in the queue for scripts."
        )
        self._queue.setVisible(queued > 0)
        self._nothing.setVisible(not jobs)
        self._clear.setEnabled(
            any(
                job.is_own and job.state.is_over and job.state is not JobState.INTERRUPTED
                for job in jobs
            )
        )
        if self.isVisible():
            self._place()

    def _show_job(self, place: int, job: JobRecord) -> None:
        assert self._activity is not None
        card = self._cards.get(job.id)
        if card is None:
            card = JobCard(self._activity, job, self._list)
            card.acted.connect(
                lambda action, card=card: (
                    self._activity.act(action, card.job) if self._activity is not None else None
                )
            )
            self._cards[job.id] = card
        elif card.job != job or job in self._activity.running:
            card.show_job(job)
        if self._column.indexOf(card) != place:
            self._column.insertWidget(place, card)

    def _keep_focus_from(self, card: JobCard) -> None:
        """Have the focus stay in the panel when what had it goes."""
        focused = QApplication.focusWidget()
        if focused is not None and card.isAncestorOf(focused):
            self._close.setFocus()

    def _on_clear(self) -> None:
        if self._activity is not None:
            self._close.setFocus()
            self._activity.clear()

    def _on_over(self, job: JobRecord) -> None:
        announce(self, f"{title_of(job)}: {state_words(job)}")
        if self._activity is not None and not self._activity.running:
            if self._opened_itself and not self._is_attended():
                self.hide()
            self._opened_itself = False

    def _is_attended(self) -> bool:
        focused = QApplication.focusWidget()
        return self.underMouse() or (focused is not None and self.isAncestorOf(focused))

    def _place(self) -> None:
        """Take the lower far corner above the status line, as high as the list needs."""
        window = self.parentWidget()
        px = current_theme().px
        gap = px(CARD_GAP_PX)
        bar = getattr(window, "statusBar", lambda: None)()
        foot = bar.height() if bar is not None else 0
        width = min(px(WIDTH_PX), window.width() - 2 * gap)
        self._list.setMaximumWidth(width)
        self.setFixedWidth(width)
        self._column.activate()
        edges = 2 * (self.layout().contentsMargins().top() + self.contentsMargins().top())
        wanted = (
            edges + self._head.sizeHint().height() + self._column.totalHeightForWidth(width)
        )
        if not self._queue.isHidden():
            wanted += self._queue.sizeHint().height()
        room = (window.height() - foot - 2 * gap) * 3 // 4
        self.setFixedHeight(min(wanted, room))
        left = gap if self.isRightToLeft() else window.width() - width - gap
        self.move(left, window.height() - foot - self.height() - gap // 2)

    def _lay_out(self) -> None:
        px = current_theme().px
        head = self._head
        head.setContentsMargins(px(16), px(8), px(8), px(4))
        head.addWidget(PlainLabel("Activity", role="title"))
        head.addStretch()
        head.addWidget(self._clear)
        head.addWidget(self._close)
        self._column.setContentsMargins(px(12), px(4), px(12), px(12))
        self._column.setSpacing(px(8))
        self._column.addWidget(self._nothing)
        self._column.addStretch()
        self._scroll.setWidget(self._list)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        for ground in (self._list, self._scroll.viewport()):
            ground.setAutoFillBackground(False)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._queue.setContentsMargins(px(16), 0, px(16), px(8))
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._queue)

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep its place while the window changes its size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)
