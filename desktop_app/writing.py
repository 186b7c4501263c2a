"""One export that is being written."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from db.cancel import CancelToken
from db.errors import SheafError
from db.exchange.exporting import Exported, ExportProgress, export
from db.jobs import JobOrder, OwnKind
from db.ports import Storage
from desktop_app.background import Report, Request
from desktop_app.export_order import ExportOrder, payload_of, query_and_pks
from desktop_app.look import text
from desktop_app.workspace import Workspace


class Writing(QObject):
    """Writes an order in a job. One of `done`, `failed` and `cancelled` comes in the end.

    `progressed` carries an `ExportProgress`, `done` what was `Exported`.
    """

    progressed = Signal(object)
    done = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, workspace: Workspace, order: ExportOrder, parent: QObject) -> None:
        super().__init__(parent)
        self.order = order
        self._workspace = workspace
        self._request: Request | None = None

    def begin(self) -> None:
        """Have it written, after the jobs asked for before."""
        job = JobOrder(
            kind=OwnKind.EXPORT,
            title=f"Export to {self.order.path.name}",
            payload=payload_of(self.order),
            max_attempts=1,
        )
        self._request = self._workspace.recorded_job(
            job,
            "records",
            self._work(),
            self._end_done,
            self._end_failed,
            self._progress,
            self._end_cancelled,
        )

    def cancel(self) -> None:
        """Stop, unless it is over: no file is left."""
        if self._request is not None:
            self._workspace.withdraw(self._request)
            self._end_cancelled()

    def _work(self) -> Any:
        """Return the work, which holds nothing of the window."""
        order = self.order
        query, pks = query_and_pks(order.scope.choice)

        def work(
            storage: Storage, token: CancelToken, report: Report
        ) -> tuple[Exported, object]:
            exported = export(
                storage,
                order.format_name,
                order.path,
                query=query,
                pks=pks,
                kind=order.scope.kind,
                options=order.options,
                token=token,
                on_progress=report,
            )
            said = f"{text.counted(exported.written, 'record', 'records')} in {order.path}"
            return exported, {"path": str(order.path), "said": said}

        return work

    def _progress(self, progress: ExportProgress) -> None:
        self.progressed.emit(progress)

    def _end_done(self, exported: Exported) -> None:
        self._request = None
        self.done.emit(exported)
        self.deleteLater()

    def _end_failed(self, error: SheafError) -> None:
        self._request = None
        self.failed.emit(error)
        self.deleteLater()

    def _end_cancelled(self) -> None:
        self._request = None
        self.cancelled.emit()
        self.deleteLater()
