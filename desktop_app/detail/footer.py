"""The buttons below a record: put it away, bring it back, and more."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from db.records import AnyRecord, Kind, LearningRecord, Place
from db.vocabulary import Review
from desktop_app.actions.offering import offer_for
from desktop_app.detail.seen import Seen
from desktop_app.look.icons import put_icon
from desktop_app.reading.comparing import comparing
from desktop_app.workspace import Workspace


class Footer(QWidget):
    """Archives, trashes and restores the record that is shown.

    `edited` carries changed fields, `purge_wanted` the kind and pks of what is to be deleted
    for good, if confirmed, `action_wanted` what else is to be done, and the record.
    """

    edited = Signal(dict)
    purge_wanted = Signal(object, object)
    action_wanted = Signal(object, object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._kind = Kind.TASK
        self._record: AnyRecord | None = None
        self._left: QWidget | None = None
        self._archive = QPushButton("Archive")
        self._archive.clicked.connect(lambda: workspace.archive(*self._choice()))
        self._unarchive = QPushButton("Unarchive")
        self._unarchive.clicked.connect(lambda: workspace.unarchive(*self._choice()))
        self._trash = QPushButton("Move to trash")
        self._trash.clicked.connect(lambda: workspace.trash(*self._choice()))
        self._restore = QPushButton("Restore")
        self._restore.clicked.connect(lambda: workspace.restore(*self._choice()))
        self._purge = QPushButton("Delete permanently…")
        self._purge.clicked.connect(lambda: self.purge_wanted.emit(*self._choice()))
        self._approve = self._decision("Approve", Review.APPROVED)
        self._approve.setProperty("primary", True)
        self._reject = self._decision("Reject", Review.REJECTED)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for button in (
            self._approve,
            self._reject,
            self._archive,
            self._unarchive,
            self._trash,
            self._restore,
            self._purge,
        ):
            row.addWidget(button)
        # A button that is never needed must not make the pane wider.
        seldom = (self._approve, self._reject, self._unarchive, self._restore, self._purge)
        for button in seldom:
            button.hide()
        row.addStretch()
        row.addWidget(self._make_more())

    def show_seen(self, seen: Seen) -> None:
        """Offer what can be done with a record where it is."""
        self._kind, self._record = seen.kind, seen.record
        place = None if self._workspace.only_read else seen.record.place
        waits = (
            isinstance(seen.record, LearningRecord)
            and seen.record.review is Review.PENDING
            and place is Place.LIVE
        )
        decisions = (self._approve, self._reject)
        focused = filter(QWidget.hasFocus, decisions)
        left = self._left if self.hasFocus() else next(focused, None)
        if left is not None and not waits:
            # Not to the next button, which puts the record into the trash.
            self.setFocus()
        for button in decisions:
            button.setVisible(waits)
        if left is not None and waits:
            left.setFocus()
        self._left = left
        self._archive.setVisible(place is Place.LIVE and not waits)
        self._unarchive.setVisible(place is Place.ARCHIVED)
        self._trash.setVisible(place in {Place.LIVE, Place.ARCHIVED})
        self._restore.setVisible(place is Place.TRASHED)
        self._purge.setVisible(place is Place.TRASHED)

    def _decision(self, words: str, review: Review) -> QPushButton:
        button = QPushButton(words)
        button.clicked.connect(lambda: self.edited.emit({"review": int(review)}))
        return button

    def _choice(self) -> tuple[Kind, tuple[int, ...]]:
        assert self._record is not None
        return self._kind, (self._record.pk,)

    def _make_more(self) -> QToolButton:
        more = QToolButton()
        more.setAccessibleName("More actions")
        more.setToolTip("More actions")
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        put_icon(more, "more")
        menu = QMenu(more)
        menu.setAccessibleName("Actions on this record")
        menu.aboutToShow.connect(lambda: self._fill(menu))
        more.setMenu(menu)
        return more

    def _fill(self, menu: QMenu) -> None:
        """Offer what can be done with the record that is shown, and do it with no other."""
        record = self._record
        if record is not None:
            compared = comparing(self._workspace.background).title
            offer_for(
                menu, record, compared, lambda action: self.action_wanted.emit(action, record)
            )
