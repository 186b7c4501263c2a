"""What a page of maintenance does that takes long: one thing at a time, each a job."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from db.jobs import JobOrder, OwnKind
from desktop_app.background import OnFailed, Request
from desktop_app.daily_work import Work
from desktop_app.workspace import Workspace


class LongWork(QObject):
    """Does one thing at a time, recorded as a job of the queue, which can be stopped.

    `changed` says that something began or is over, before what it led to is told;
    `progressed` carries how far it is: `done` and `total` in a unit, or words for a step.
    """

    changed = Signal()
    progressed = Signal(object)

    def __init__(self, workspace: Workspace, unit: str, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._unit = unit
        self._job: Request | None = None
        self.doing = ""
        """What is under way, in words; empty if nothing is."""

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self._job is not None

    def begin(
        self,
        kind: OwnKind,
        title: str,
        work: Work,
        on_done: Callable[[Any], None],
        on_failed: OnFailed | None = None,
        on_stopped: Callable[[], None] = lambda: None,
        *,
        doing: str = "",
    ) -> None:
        """Begin something unless another thing is under way; `doing` is said of it meanwhile.

        Where nobody else takes its failure, the workspace tells it.
        """
        if self.is_busy:
            return
        self.doing = doing or f"{title}…"
        self._job = self._workspace.recorded_job(
            JobOrder(kind=kind, title=title, max_attempts=1),
            self._unit,
            work,
            partial(self._end, on_done),
            partial(self._end, on_failed or self._workspace.failed.emit),
            self.progressed.emit,
            partial(self._end, on_stopped),
        )
        self.changed.emit()

    def stop(self) -> None:
        """Stop what is under way, if it can still be stopped."""
        if self._job is not None:
            self._job.token.cancel()

    def _end(self, then: Callable[..., None], *came_of_it: Any) -> None:
        self.doing, self._job = "", None
        self.changed.emit()
        then(*came_of_it)
