"""Jobs: work that is queued, claimed by one worker at a time, and kept with how it ended."""

from __future__ import annotations

import json
from enum import IntEnum, StrEnum
from typing import Any, Final

from msgspec import Struct

from db.errors import StorageRejectedError
from db.processes import is_alive
from db.vocabulary import Priority

OWN_PREFIX: Final = "sheaf."
"""What the kinds of Sheaf's own work begin with; nobody else may queue or claim those."""


class OwnKind(StrEnum):
    """Sheaf's own work."""

    IMPORT = "sheaf.import"
    EXPORT = "sheaf.export"
    CHECK = "sheaf.check"
    UNDO = "sheaf.undo"
    REDO = "sheaf.redo"
    CHANGE = "sheaf.change"
    PURGE = "sheaf.purge"
    BACKUP = "sheaf.backup"
    RESTORE = "sheaf.restore"
    RETENTION = "sheaf.retention"
    FORGET = "sheaf.forget"
    COMPACT = "sheaf.compact"


LEASE_S: Final = 60.0
"""How long a worker may be silent, unless it says otherwise."""


class JsonText(str):
    """JSON that is kept as it is written, each number to the digit."""

    __slots__ = ()


class JobState(IntEnum):
    """How a job stands. The numbers are stored."""

    QUEUED = 0
    RUNNING = 1
    DONE = 2
    DONE_WITH_ERRORS = 3
    FAILED = 4
    CANCELED = 5
    INTERRUPTED = 6
    """Sheaf's own: its process died, and nobody has said yet whether to begin it again."""

    @property
    def word(self) -> str:
        """The lower-case name, as commands write it."""
        return self.name.lower().replace("_", "-")

    @property
    def is_over(self) -> bool:
        """Whether nobody works on it, nor will unless somebody asks."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


class JobOrder(Struct, frozen=True, kw_only=True):
    """What is to be done: `payload` is what JSON can carry; `run_at` is in microseconds.

    Of those that may run by now the one with the highest priority is claimed first, then
    the one that could run earliest.
    """

    kind: str
    title: str = ""
    payload: Any = None
    priority: Priority = Priority.MEDIUM
    run_at: int | None = None
    max_attempts: int = 3


class JobRecord(Struct, frozen=True, kw_only=True):
    """One job. Times are microseconds, UTC; `payload` and `result` are JSON.

    `token` is for whoever works on it alone: `claim` and `begin` give it.
    """

    pk: int
    id: str
    kind: str
    title: str
    payload: str
    state: JobState
    priority: Priority
    run_at: int
    attempts: int
    max_attempts: int
    worker: str | None
    lease_until: int | None
    cancel_asked: bool
    done: int | None
    total: int | None
    unit: str
    result: str | None
    error: str | None
    created_at: int
    started_at: int | None
    finished_at: int | None
    token: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is work of Sheaf itself, not of a script."""
        return self.kind.startswith(OWN_PREFIX)

    @property
    def is_cut_short(self) -> bool:
        """Whether Sheaf's own work is to be put in order yet, as its process is dead."""
        is_running = self.is_own and self.state is JobState.RUNNING
        return is_running and not is_alive(self.worker or "")

    @property
    def given(self) -> Any:
        """The payload as values."""
        return json.loads(self.payload)

    @property
    def outcome(self) -> Any:
        """The result as values; None while there is none."""
        return None if self.result is None else json.loads(self.result)


class JobLine(Struct, frozen=True):
    """A line of a job's log; `said_at` is in microseconds."""

    said_at: int
    text: str


class JobDetail(Struct, frozen=True):
    """A job with the last lines of its log, oldest first."""

    job: JobRecord
    lines: tuple[JobLine, ...]


class JobFilter(Struct, frozen=True, kw_only=True):
    """Which jobs: those that fit all that is said. `finished_before` is in microseconds.

    An empty tuple or set says nothing; `own` is whether it is work of Sheaf itself.
    """

    ids: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    states: frozenset[JobState] = frozenset()
    finished_before: int | None = None
    own: bool | None = None


class LeaseLostError(StorageRejectedError):
    """The token is of no running job: its lease ended, or it was never given."""

    default_safe = "What was done with the job since is kept."
    default_advice = "Stop working on it, and claim another."


RETRYABLE: Final = frozenset(
    {
        JobState.DONE_WITH_ERRORS,
        JobState.FAILED,
        JobState.CANCELED,
        JobState.INTERRUPTED,
    }
)
"""The states of jobs that can be queued again."""
