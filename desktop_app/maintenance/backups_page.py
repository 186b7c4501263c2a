"""The page of the backups: what there is, and all that can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, Final, TypeAlias, cast

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from db.cancel import CancelToken
from db.errors import SheafError
from db.jobs import OwnKind
from db.maintenance.backups import Backups, Restored
from db.maintenance.manifest import Backup, BackupKind, BackupSettings, keep_settings
from db.ports import Storage
from desktop_app.background import Report
from desktop_app.daily_work import Work
from desktop_app.latest import Latest
from desktop_app.look import text
from desktop_app.look.delegates import RowDelegate
from desktop_app.look.theme import current_theme
from desktop_app.maintenance.backup_words import (
    WHY_COLUMN,
    BackupsModel,
    state_words,
    when_words,
)
from desktop_app.maintenance.lent import Lent
from desktop_app.maintenance.long_work import LongWork
from desktop_app.maintenance.restore_dialog import RestoreDialog
from desktop_app.maintenance.settings_dialog import BackupSettingsDialog
from desktop_app.widgets.banner import Banner
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.widgets.tool_row import ToolRow
from desktop_app.widgets.work_row import WorkRow
from desktop_app.workspace import Workspace

_Found: TypeAlias = tuple[Sequence[Backup], BackupSettings]


class BackupsPage(QFrame):
    """Lists the backups, newest first; what is done with one is a job.

    `told` carries words for a message, `said` such and what takes it back, `browse_wanted`
    the `Lent` content of a backup that is to be shown. `job_ended` comes when something was
    done with one.
    """

    job_ended = Signal()
    told = Signal(str)
    said = Signal(str, object)
    browse_wanted = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._latest = Latest(workspace.background, self)
        self._has_folder = True
        self._work = LongWork(workspace, "bytes", self)
        self.work_row = WorkRow("Progress", self._work.stop)
        self.model = BackupsModel()
        self.model.setParent(self)
        self.table = QTableView()
        self.notice = Banner()
        self._count = PlainLabel(role="muted")
        self._panel = StatePanel()
        self._stack = QStackedWidget()
        self.make = push_button("Back up now", self.back_up, primary=True)
        self.restore = push_button("Restore…", self.ask_to_restore)
        self.browse = push_button("Browse", self.browse_chosen)
        self.test = push_button("Test now", self.test_chosen)
        self.delete = push_button("Delete…", self.ask_to_delete)
        self.folder = push_button("Folder", self._open_folder)
        self.settings = push_button("Settings…", self._open_settings)
        self._lay_out()
        self.table.selectionModel().currentRowChanged.connect(self._enable)
        self._work.changed.connect(self._on_work)
        self._work.progressed.connect(self.work_row.show_progress)
        self.refresh()

    @property
    def chosen(self) -> Backup | None:
        """The backup that is selected."""
        row = self.table.currentIndex().row()
        return self.model.backups[row] if 0 <= row < self.model.count else None

    @property
    def is_busy(self) -> bool:
        """Whether something is being done with a backup."""
        return self._work.is_busy

    def refresh(self) -> None:
        """Read the list again."""
        if self._workspace.is_past:
            self._say("backup", "This is a backup", "Go back to the workspace to see them all.")
        else:
            self._latest.ask(_read, self._show, self._fail_reading)

    def look_for_news(self) -> None:
        """Read the list again."""
        self.refresh()

    # What can be done

    def back_up(self) -> None:
        """Make a backup now."""

        def work(storage: Storage, token: CancelToken, report: Report) -> tuple[Backup, object]:
            made = Backups(storage).make(token=token, on_progress=report)
            return made, {"said": f"{made.manifest.records:,} records in {made.path.name}"}

        def done(made: Backup) -> None:
            number = text.counted(made.manifest.records, "record", "records")
            self.told.emit(f"Backed up {number}, {text.size(made.size)}")

        self._begin(OwnKind.BACKUP, "Back up", work, done)

    def ask_to_restore(self) -> None:
        """Show what restoring the chosen backup would change, and restore it if wanted."""
        if self.chosen is not None:
            self._ask_to_restore(self.chosen)

    def _ask_to_restore(self, backup: Backup) -> None:
        if not self.is_busy:
            dialog = RestoreDialog(self._workspace, backup, self.window())
            dialog.confirmed.connect(lambda: self.restore_backup(backup))
            dialog.open()

    def restore_backup(self, backup: Backup) -> None:
        """Restore a backup, having backed up what is there."""

        def work(
            storage: Storage, token: CancelToken, report: Report
        ) -> tuple[Restored, object]:
            restored = Backups(storage).restore(backup, token, report)
            return restored, {"said": f"What was there before is in {restored.safety.name}"}

        def done(restored: Restored) -> None:
            self._workspace.notice()
            undo = ("Undo restore…", partial(self._ask_to_restore, restored.safety))
            self.said.emit(f"Restored the backup of {when_words(restored.backup)}", undo)

        self._begin(OwnKind.RESTORE, f"Restore {backup.name}", work, done)

    def test_chosen(self) -> None:
        """Restore the chosen backup into a file of its own, and say whether it is sound."""
        backup = self.chosen
        if backup is None:
            return

        def work(storage: Storage, token: CancelToken, report: Report) -> tuple[Backup, object]:
            proved = Backups(storage).prove(backup, token, report)
            return proved, {"said": state_words(proved).rstrip(".")}

        def done(proved: Backup) -> None:
            if proved.manifest.trouble:
                said = f"The backup of {when_words(proved)} is damaged."
                rest = "The workspace is untouched. Make another backup, and check the disk."
                again = ("Back up now", self.back_up, True)
                self.notice.show_message("error", f"{said} {rest}", [again])
            else:
                self.told.emit(f"The backup of {when_words(proved)} can be restored")

        self._begin(OwnKind.BACKUP, f"Test {backup.name}", work, done)

    def browse_chosen(self) -> None:
        """Make what the chosen backup holds a storage of its own, to be looked at."""
        backup = self.chosen
        if backup is None:
            return

        def work(storage: Storage, token: CancelToken, report: Report) -> tuple[Lent, object]:
            stack = ExitStack()
            past = stack.enter_context(Backups(storage).opened(backup, token, report))
            return Lent(backup, past, stack.pop_all()), None

        self._begin(OwnKind.BACKUP, f"Open {backup.name}", work, self.browse_wanted.emit)

    def ask_to_delete(self) -> None:
        """Ask whether the chosen backup is to go, and delete it if so."""
        backup = self.chosen
        if backup is None:
            return
        self.notice.show_message(
            "warning",
            f"Delete the backup of {when_words(backup)}? Nothing brings it back.",
            [
                ("Delete", partial(self._delete, backup), False),
                ("Keep it", self._leave_notice, True),
            ],
        )
        self.notice.buttons[-1].setFocus()

    def _delete(self, backup: Backup) -> None:
        self._leave_notice()

        def work(storage: Storage, token: CancelToken, _report: Report) -> tuple[None, object]:
            Backups(storage).drop(backup, token)
            return None, {"said": f"Deleted {backup.name}"}

        def done(_nothing: None) -> None:
            self.told.emit(f"Deleted the backup of {when_words(backup)}")

        self._begin(OwnKind.BACKUP, f"Delete {backup.name}", work, done)

    def _begin(
        self, kind: OwnKind, title: str, work: Work, on_done: Callable[[Any], None]
    ) -> None:
        if not self._workspace.is_past:
            self._work.begin(kind, title, work, on_done)

    def _on_work(self) -> None:
        with self.work_row.keeping_focus():
            self.work_row.show_work(self._work.doing)
            if self.is_busy:
                self.notice.hide()
            self._enable()
        if not self.is_busy:
            self.refresh()
            self.job_ended.emit()

    # Showing

    def _show(self, found: _Found | None) -> None:
        self._has_folder = found is not None
        former = self.chosen
        backups, settings = found or ((), BackupSettings())
        self.model.show_backups(backups, settings)
        names = [backup.name for backup in backups]
        size = sum(backup.size for backup in backups)
        number = text.counted(len(backups), "backup", "backups")
        self._count.setText(f"{number}, {text.size(size)}" if backups else "")
        if backups:
            known = former is not None and former.name in names
            row = names.index(cast("Backup", former).name) if known else 0
            self.table.selectRow(row)
            self._stack.setCurrentWidget(self.table)
        elif found is None:
            self._say(
                "backup",
                "This workspace is in no file",
                "There is nothing to back up. Keep it as a workspace, or open a file.",
            )
        else:
            self._say(
                "backup",
                "There is no backup yet",
                "One is made each day that Sheaf is used, and before imports. Or make one now.",
            )
        self._offer_undo(backups)
        self._enable()

    def _offer_undo(self, backups: Sequence[Backup]) -> None:
        """Offer to undo a restore, as long as nothing was backed up since."""
        latest = backups[0] if backups else None
        if latest is None or latest.manifest.kind is not BackupKind.RESTORE or self.is_busy:
            if self.notice.isVisible() and _IS_RESTORED in self.notice.text:
                self.notice.hide()
            return
        if self.notice.isHidden():
            self.notice.show_message(
                "info",
                f"{_IS_RESTORED} {text.relative_time(latest.manifest.made_at)}. What was there"
                " before is kept in the latest backup.",
                [("Undo restore…", partial(self._ask_to_restore, latest), False)],
            )

    def _fail_reading(self, error: SheafError) -> None:
        again = ("Try again", self.refresh, True)
        self._panel.show_state("error", error.what, f"{error.safe} {error.advice}", [again])
        self._stack.setCurrentWidget(self._panel)
        self._enable()

    def _say(self, picture: str, headline: str, sentence: str) -> None:
        self._panel.show_state(picture, headline, sentence)
        self._stack.setCurrentWidget(self._panel)
        self._enable()

    def _enable(self) -> None:
        """Let only be done what can be done now."""
        is_free = not self.is_busy and not self._workspace.is_past and self._has_folder
        is_chosen = is_free and self.chosen is not None
        may_change = not self._workspace.only_read
        for button in (self.make, self.settings):
            button.setEnabled(is_free and may_change)
        self.folder.setEnabled(is_free)
        self.restore.setEnabled(is_chosen and may_change)
        # On a full disk, to delete an old backup is what makes room.
        for button in (self.browse, self.test, self.delete):
            button.setEnabled(is_chosen)

    def _leave_notice(self) -> None:
        self.notice.hide()
        self.table.setFocus()

    def _open_folder(self) -> None:
        def show(path: object) -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

        self._workspace.background.read(
            lambda storage, _token: storage.backups_folder(), show, self._workspace.failed.emit
        )

    def _open_settings(self) -> None:
        dialog = BackupSettingsDialog(self.model.settings, self.window())
        dialog.saved.connect(self._keep_settings)
        dialog.open()

    def _keep_settings(self, chosen: BackupSettings) -> None:
        self._workspace.put(
            lambda storage: keep_settings(storage.settings, chosen),
            lambda _nothing: self.refresh(),
        )

    def _lay_out(self) -> None:
        self.setProperty("card", True)
        px = current_theme().px
        self._dress_table()
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(12), px(16), px(8))
        head.addWidget(PlainLabel("Backups", role="title"))
        head.addStretch()
        head.addWidget(self._count)
        told = QHBoxLayout()
        told.setContentsMargins(px(16), 0, px(16), px(8))
        told.addWidget(self.notice)
        row = ToolRow(px(8))
        for button in (
            self.make,
            self.restore,
            self.browse,
            self.test,
            self.delete,
            self.folder,
            self.settings,
        ):
            row.add(button)
        tools = QHBoxLayout()
        tools.setContentsMargins(px(16), 0, px(16), px(8))
        tools.addWidget(row)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        # At the foot, the message about what was done would lie on the tools.
        column.addLayout(head)
        column.addLayout(tools)
        column.addWidget(self.work_row)
        column.addLayout(told)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.table)

    def _dress_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        RowDelegate(table)
        table.setAccessibleName("Backups")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setFrameShape(QFrame.Shape.NoFrame)
        header = table.horizontalHeader()
        header.setAccessibleName("Columns")
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(WHY_COLUMN, QHeaderView.ResizeMode.Stretch)
        table.activated.connect(lambda _index: self.browse_chosen())


_IS_RESTORED: Final = "A backup was restored"


def _read(storage: Storage, _token: CancelToken) -> _Found | None:
    """Return the backups, newest first, and how they are kept; None where there can be none."""
    if storage.backups_folder() is None:
        return None
    kept = Backups(storage)
    return kept.all()[::-1], kept.settings
