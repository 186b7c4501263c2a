"""An import from the files a person gives to the toast that takes it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import QObject, Signal

from db.cancel import CancelToken
from db.errors import SheafError
from db.exchange.importing import stage_import, stage_text
from db.incoming import Staging
from db.ports import Storage
from db.records import Outcome
from desktop_app.background import Report, Request
from desktop_app.import_panel import ImportPanel
from desktop_app.workspace import Workspace

Stage: TypeAlias = Callable[[Storage, CancelToken, Report], Staging]


class Importing(QObject):
    """Stages what it is given, shows the preview, and imports or discards it.

    What is given while an import is being read, decided or carried out waits for its turn;
    a result with which nothing is left to do gives way to it.
    """

    began = Signal()
    ended = Signal()

    def __init__(self, workspace: Workspace, panel: ImportPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._panel = panel
        self._waiting: list[tuple[str, Stage]] = []
        self._request: Request | None = None
        self._staged: list[Staging] = []
        self._under_way = False
        self._give_way: Callable[[], None] | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether an import is being read, looked at or carried out."""
        return self._under_way

    def import_paths(self, paths: Sequence[Path]) -> None:
        """Import files and folders, as one import."""

        def stage(storage: Storage, token: CancelToken, report: Report) -> Staging:
            return stage_import(storage, paths, token=token, on_progress=report)

        what = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
        self._enqueue(what, stage)

    def import_text(self, pasted: str) -> None:
        """Import JSON text."""

        def stage(storage: Storage, token: CancelToken, report: Report) -> Staging:
            return stage_text(storage, pasted, token=token, on_progress=report)

        self._enqueue("pasted text", stage)

    def cancel(self) -> None:
        """Stop reading, or discard what was read: nothing of it stays, and nothing waits."""
        self._waiting.clear()
        self._stop()

    def _stop(self) -> None:
        if self._request is not None:
            staged = self._staged
            self._workspace.withdraw(self._request, lambda: _discard_all(staged))
            self._end()
        elif self._staged:
            self._discard()
        else:
            self._end()

    def _enqueue(self, what: str, stage: Stage) -> None:
        self._waiting.append((what, stage))
        if self._give_way is not None:
            self._give_way()
        elif self._under_way:
            self._panel.show_waiting(len(self._waiting))
        else:
            self._start_next()

    def _start_next(self) -> None:
        self._under_way = True
        self.began.emit()
        what, stage = self._waiting.pop(0)
        # Filled on the job's thread, so that a cancelled job's import can be discarded there.
        staged: list[Staging] = []
        self._staged = staged

        def work(storage: Storage, token: CancelToken, report: Report) -> Staging:
            staged.append(stage(storage, token, report))
            return staged[0]

        self._panel.show_reading(what, self._stop)
        self._panel.show_waiting(len(self._waiting))
        self._request = self._workspace.job(
            work, self._show_report, self._fail, self._panel.show_progress
        )

    def _show_report(self, staging: Staging) -> None:
        self._request = None
        self._panel.show_report(staging.report, self._commit, self._discard)
        if not staging.report.effective:
            self._give_way = self._discard

    def _commit(self) -> None:
        (staging,) = self._staged
        self._staged = []
        self._panel.show_applying()

        def done(outcome: Outcome) -> None:
            self._end()
            self._workspace.take(outcome)

        def fail(error: SheafError) -> None:
            self._staged = [staging]
            self._show_failure(error, self._discard)

        self._workspace.job(lambda *_context: staging.commit(), done, fail)

    def _discard(self) -> None:
        staged = self._staged
        self._workspace.job(
            lambda *_context: _discard_all(staged),
            lambda _nothing: None,
            self._workspace.failed.emit,
        )
        self._end()

    def _fail(self, error: SheafError) -> None:
        self._request = None
        self._show_failure(error, self._end)

    def _show_failure(self, error: SheafError, leave: Callable[[], None]) -> None:
        self._panel.show_error(error, leave)
        self._give_way = leave

    def _end(self) -> None:
        self._request = None
        self._staged = []
        self._give_way = None
        self._under_way = False
        if self._waiting:
            self._start_next()
        else:
            self.ended.emit()
            self._panel.hide()


def _discard_all(staged: Sequence[Staging]) -> None:
    for staging in staged:
        staging.discard()
