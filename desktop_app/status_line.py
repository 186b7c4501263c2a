"""The line at the foot of the window: where the data is, what was done last, is it sound."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStatusBar, QToolButton, QWidget

from db.ports import Finding, StorageInfo
from db.records import OperationRecord
from desktop_app.look import text
from desktop_app.look.icons import put_icon
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_GAP_PX
from desktop_app.operation_words import operation_words
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.toast import Toast


class StatusLine(QStatusBar):
    """Shows the storage on the near side, the last operation and the check on the far side.

    While there is a message in the `toast`, that stands in the place of the last operation,
    and of the storage too if the line is short.
    `history_wanted`, `folders_wanted`, `activity_wanted`, `backups_wanted` and `check_wanted`
    come from its buttons.
    """

    history_wanted = Signal()
    activity_wanted = Signal()
    folders_wanted = Signal()
    check_wanted = Signal()
    backups_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        edge = current_theme().px(CARD_GAP_PX)
        self.setContentsMargins(edge, 0, edge, 0)
        self._storage = PlainLabel(role="muted")
        self.toast = Toast()
        self.toast.changed.connect(self._make_room)
        self.messageChanged.connect(self._make_room)
        self._last = self._button("Last operation", self.history_wanted)
        self._last.setProperty("whole", False)
        self._folders = self._button("Watched folders", self.folders_wanted)
        self._activity = self._button("Activity", self.activity_wanted)
        put_icon(self._activity, "jobs")
        self._activity.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._backup = self._button("Backups", self.backups_wanted)
        self._check = self._button("Check of the workspace", self.check_wanted)
        self.addWidget(self._storage)
        self.addPermanentWidget(self.toast)
        self.addPermanentWidget(self._last)
        self.addPermanentWidget(self._folders)
        self.addPermanentWidget(self._activity)
        self.addPermanentWidget(self._backup)
        self.addPermanentWidget(self._check)
        self.clear_all()

    def clear_all(self) -> None:
        """Show nothing, as no storage is open."""
        self._storage.setText("")
        self._last.setText("")
        self._make_room()
        self._folders.hide()
        self._activity.hide()
        self._backup.hide()
        self._check.hide()

    def show_activity(self, said: str) -> None:
        """Show how many jobs are under way, or that there is a list of them."""
        self._say(self._activity, "Activity", said)

    def show_folders(self, said: str) -> None:
        """Show what there is to say of the watched folders; nothing if there are none."""
        self._say(self._folders, "Watched folders", said)
        self._folders.setVisible(bool(said))

    def show_info(self, info: StorageInfo) -> None:
        """Show which storage is open, how large it is and what keeps it."""
        self._storage.setText("   ".join((info.name, text.size(info.size), info.engine)))
        self._storage.setToolTip(text.plain_tooltip(info.uri))

    def show_operation(self, operation: OperationRecord) -> None:
        """Show what was done last."""
        self._say(self._last, "Last operation", operation_words(operation))
        self._make_room()

    def show_backup(self, said: str) -> None:
        """Show when the latest backup was made; nothing where there can be none."""
        self._say(self._backup, "Backups", said)
        self._backup.setVisible(bool(said))

    def show_under_way(self, said: str) -> None:
        """Show what is under way in place of what was done last; nothing once it is over."""
        if said:
            self.showMessage(said)
        else:
            self.clearMessage()

    def show_checking(self) -> None:
        """Show that the check is under way."""
        self._say(self._check, "Check of the workspace", "Checking…")

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show whether the check found all in order."""
        bad = [finding for finding in findings if finding.is_told]
        said = text.counted(len(bad), "problem", "problems") if bad else "✓ Healthy"
        self._say(self._check, "Check of the workspace", said)
        titles = "\n".join(finding.title for finding in bad or findings)
        self._check.setToolTip(text.plain_tooltip(titles))

    def _button(self, name: str, wanted: Signal) -> QToolButton:
        button = QToolButton()
        button.setProperty("quiet", True)
        button.setProperty("whole", True)
        button.setAccessibleName(name)
        button.clicked.connect(wanted)
        return button

    def _say(self, button: QToolButton, name: str, said: str) -> None:
        button.setText(said.replace("&", "&&"))
        button.setAccessibleName(f"{name}: {said}")
        button.show()

    def _make_room(self) -> None:
        """Show beside the message only what there is room for."""
        is_told = not self.toast.isHidden()
        is_free = not is_told and not self.currentMessage()
        self._last.setVisible(is_free and bool(self._last.text()))
        if not self.currentMessage():
            self._storage.setVisible(not is_told or self._is_wide)

    @property
    def _is_wide(self) -> bool:
        """Whether the storage has room beside the message."""
        beside = (self._folders, self._activity, self._backup, self._check)
        shown = [self._storage, self.toast, *(each for each in beside if each.isVisible())]
        gap = current_theme().px(CARD_GAP_PX)
        return sum(each.sizeHint().width() + gap for each in shown) + gap <= self.width()

    # -- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()
