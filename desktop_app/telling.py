"""What the window says of its workspace: what was done, what failed and what takes long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeAlias

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QPushButton

from db.errors import SheafError, StorageDamagedError
from db.jobs import JobFilter, JobRecord, JobState, OwnKind
from db.ports import StorageInfo
from db.processes import owner_name
from db.records import AnyRecord, Kind, OperationState, Outcome
from db.times import now_us
from desktop_app.main_window import MainWindow
from desktop_app.maintenance.latest import latest_words
from desktop_app.operation_words import outcome_words, under_way_words
from desktop_app.pages import BACKUPS, HEALTH, Pages
from desktop_app.widgets.announce import announce
from desktop_app.workspace import Workspace

SLOW_MS: Final = 300
REFUSAL_MS: Final = 6000
_RESTORES: Final = JobFilter(kinds=(OwnKind.RESTORE,), states=frozenset({JobState.DONE}))
_Action: TypeAlias = tuple[str, Callable[[], object]]


class Telling(QObject):
    """Says what happens to a workspace in the messages, the ribbon and the status line.

    `take_back` undoes the operation of a pk, as the button of its message does.
    """

    def __init__(
        self,
        window: MainWindow,
        workspace: Workspace,
        pages: Pages,
        take_back: Callable[[int], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._workspace = workspace
        self._pages = pages
        self._take_back = take_back
        self._taking_back: QPushButton | None = None
        self._failure = ""
        self._refused: list[Callable[[], None]] = []
        self._is_told_under_way = False
        self._restored_at = now_us()
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(self._show_under_way)
        pages.said.connect(self._say)
        pages.health.told.connect(self._tell_health)
        window.ribbon.closed.connect(self._leave_ribbon)
        window.registry.refused.connect(self._tell_refusal)
        window.status.messageChanged.connect(self._on_message_changed)
        workspace.changed.connect(self._tell_outcome)
        workspace.changed.connect(self.ask_info)
        workspace.changed.connect(self._forget_failure)
        workspace.failed.connect(self.fail)
        workspace.noticed.connect(self._look_for_restore)
        workspace.refused.connect(self._tell_refusal)
        workspace.under_way_changed.connect(self._on_under_way_changed)

    def ask_info(self) -> None:
        """Ask what the status line says of the storage and of its latest backup."""

        def show(info: StorageInfo) -> None:
            self._window.status.show_info(info)

        read = self._workspace.background.read
        read(lambda storage, _token: storage.info(), show, self.fail)
        if not self._workspace.is_past:
            read(lambda storage, _token: latest_words(storage), self._window.status.show_backup)

    def _tell_refusal(self, words: str) -> None:
        self._window.status.showMessage(words, REFUSAL_MS)
        announce(self._window.status, words)

    def _tell_health(self, words: str) -> None:
        """Say what was found, unless the page that says all of it is shown."""
        if self._pages.key != HEALTH:
            self._window.toast.show_message(words)

    # What was done

    @property
    def offers_undo(self) -> bool:
        """Whether a message offers to take back what is no operation."""
        toast = self._window.toast
        is_offered = toast.action_button is self._taking_back and not toast.isHidden()
        return self._taking_back is not None and is_offered

    def undo(self) -> None:
        """Take back what a message offers to, or else the latest operation."""
        if self._taking_back is not None and self.offers_undo:
            self._taking_back.click()
        else:
            self._workspace.undo()

    def _say(self, words: str, action: _Action | None) -> None:
        """Say what a page did and, where it can be taken back, offer that.

        While it is offered, Undo means this: it stands in no history.
        """
        toast = self._window.toast
        toast.show_message(words, *([] if action is None else [action]))
        is_undo = action is not None and action[0] == "Undo"
        self._taking_back = toast.action_button if is_undo else None

    def _tell_outcome(self, outcome: Outcome) -> None:
        operation = outcome.operation
        if operation is None:
            self._window.toast.show_message("Nothing to change: it is so already.")
            return
        self._window.status.show_operation(operation)
        undone = operation.state is OperationState.UNDONE
        act = self._workspace.redo if undone else self._take_back
        back = ("Redo" if undone else "Undo", partial(act, operation.pk))
        buttons = [back] if operation.undoable else []
        said = outcome_words(operation, outcome)
        self._window.toast.show_message(said, *buttons)
        if operation.verb == "create" and not undone:
            for kind, (pk, *_) in outcome.changed.items():
                self._name_created(kind, pk, said, back)

    def _name_created(self, kind: Kind, pk: int, said: str, back: _Action) -> None:
        """Name a record that was made in the message about it, and offer to open it."""
        toast = self._window.toast

        def show(found: Sequence[AnyRecord]) -> None:
            if toast.isVisible() and toast.text == said:
                for record in found:
                    show_it = ("Open", partial(self._pages.seek_record, kind, pk))
                    toast.show_message(f"Created {kind.word} “{record.title}”", back, show_it)

        self._workspace.background.read(
            lambda storage, token: storage.fetch(kind, [pk], token), show
        )

    # What takes long

    def repeat_under_way(self) -> None:
        """Say anew what is under way, if it was said at all."""
        if self._is_told_under_way:
            self._show_under_way()

    def _on_under_way_changed(self) -> None:
        """Say what takes long, and what was asked for meanwhile and waits for it."""
        if not self._workspace.under_way:
            self._slow.stop()
            self._is_told_under_way = False
            self._window.status.show_under_way("")
        elif self._is_told_under_way:
            announce(self._window.status, self._show_under_way())
        elif not self._slow.isActive():
            self._slow.start()

    def _show_under_way(self) -> str:
        said = under_way_words(self._workspace.under_way, self._workspace.turn)
        self._is_told_under_way = True
        self._window.status.show_under_way(said)
        return said

    def _on_message_changed(self, message: str) -> None:
        """Say again what is under way once something else was said meanwhile."""
        if not message:
            self.repeat_under_way()

    # What others did

    def _look_for_restore(self) -> None:
        """Say that another process restored a backup, once one has."""

        def tell(found: Sequence[JobRecord]) -> None:
            for job in found:
                if job.finished_at is None or job.finished_at <= self._restored_at:
                    continue
                self._restored_at = job.finished_at
                if job.worker != owner_name():
                    self._window.toast.show_message(
                        "Another process restored a backup. All is shown as it was then; what"
                        " was there before is kept as a backup.",
                        ("Show backups", partial(self._pages.show_page, BACKUPS)),
                    )

        self._workspace.background.read(
            lambda storage, _token: storage.jobs.find(_RESTORES, limit=1), tell
        )

    # What failed

    def fail(self, error: SheafError) -> None:
        """Say what did not happen; what would do it after all is offered as one button.

        Where a damaged file is only read, the ribbon says that already, and what to do.
        """
        if isinstance(error, StorageDamagedError) and self._workspace.only_read:
            self._tell_refusal(error.what)
            return
        ribbon = self._window.ribbon
        if not self._tells_failure():
            self._refused.clear()
        if self._workspace.retry is not None:
            self._refused.append(self._workspace.retry)
        buttons = [("Retry", self._retry, False)] if self._refused else []
        ribbon.show_message("error", str(error), buttons)
        self._failure = ribbon.text

    def _tells_failure(self) -> bool:
        ribbon = self._window.ribbon
        return ribbon.isVisible() and ribbon.text == self._failure

    def _retry(self) -> None:
        refused = tuple(self._refused)
        self._forget_failure()
        for ask_again in refused:
            ask_again()

    def _forget_failure(self) -> None:
        if not self._tells_failure():
            return
        window = self._window
        focused = window.focusWidget()
        had_focus = focused is not None and window.ribbon.isAncestorOf(focused)
        window.ribbon.hide()
        if had_focus:
            self._leave_ribbon()

    def _leave_ribbon(self) -> None:
        """Give the focus that the ribbon had to the page."""
        self._window.enter_page()
