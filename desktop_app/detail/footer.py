"""The buttons below a record: put it away, bring it back, and more."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from db.records import AnyRecord, Kind, Place
from desktop_app.actions.menus import ROW_MENU
from desktop_app.actions.registry import ActionRegistry
from desktop_app.detail.seen import Seen
from desktop_app.look.icons import put_icon
from desktop_app.workspace import Workspace


class Footer(QWidget):
    """Archives, trashes and restores the record that is shown.

    `purge_wanted` carries the kind and pks of what is to be deleted for good, if confirmed.
    """

    purge_wanted = Signal(object, object)

    def __init__(
        self,
        workspace: Workspace,
        actions: ActionRegistry | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._kind = Kind.TASK
        self._record: AnyRecord | None = None
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
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for button in (
            self._archive,
            self._unarchive,
            self._trash,
            self._restore,
            self._purge,
        ):
            row.addWidget(button)
        # A button that is never needed must not make the pane wider.
        for button in (self._unarchive, self._restore, self._purge):
            button.hide()
        row.addStretch()
        row.addWidget(self._make_more(actions))

    def show_seen(self, seen: Seen) -> None:
        """Offer what can be done with a record where it is."""
        self._kind, self._record = seen.kind, seen.record
        place = seen.record.place
        self._archive.setVisible(place is Place.LIVE)
        self._unarchive.setVisible(place is Place.ARCHIVED)
        self._trash.setVisible(place is not Place.TRASHED)
        self._restore.setVisible(place is Place.TRASHED)
        self._purge.setVisible(place is Place.TRASHED)

    def _choice(self) -> tuple[Kind, tuple[int, ...]]:
        assert self._record is not None
        return self._kind, (self._record.pk,)

    def _make_more(self, actions: ActionRegistry | None) -> QToolButton:
        more = QToolButton()
        more.setAccessibleName("More actions")
        more.setToolTip("More actions")
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        put_icon(more, "more")
        menu = QMenu(more)
        if actions is None:
            menu.addAction("Copy id", lambda: self._copy("id"))
            menu.addAction("Copy title", lambda: self._copy("title"))
        else:
            actions.offer(menu, ROW_MENU)
        more.setMenu(menu)
        return more

    def _copy(self, field: str) -> None:
        QGuiApplication.clipboard().setText(getattr(self._record, field))
