"""What is known of the health of a workspace: checked, fixed and let be in the background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from db.cancel import CancelToken
from db.errors import SheafError, StorageDamagedError
from db.jobs import OwnKind
from db.maintenance import health
from db.ports import Finding, Storage
from db.records import Outcome
from db.times import now_us
from desktop_app.background import Report
from desktop_app.maintenance.long_work import LongWork
from desktop_app.workspace import Workspace

CHECKING: Final = "Checking everything…"
FIXING: Final = "Fixing, then checking everything…"
SOON_MS: Final = 2_000
"""So long after others changed something it is looked at again."""
LATER_MS: Final = 180_000


class Health(QObject):
    """Holds what the latest check found, and tells by `changed` when that is another.

    `findings` is None until anything was checked; those of a quick check are not
    `are_complete`. `is_outdated` says that something was changed since. `told` carries words
    for a message, `progressed` how many steps of a check are done.
    """

    changed = Signal()
    progressed = Signal(object)
    told = Signal(str)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._work = LongWork(workspace, "steps", self)
        self._work.changed.connect(self.changed)
        self._work.progressed.connect(self.progressed)
        self.findings: tuple[Finding, ...] | None = None
        self.are_complete = False
        self.is_outdated = False
        self.checked_at: int | None = None
        self.error: SheafError | None = None
        workspace.changed.connect(self._on_news)
        workspace.noticed.connect(self._on_news)
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self.look_again)
        workspace.noticed.connect(self._look_soon)
        # A run stalls by nothing but the time that passes.
        self._now_and_then = QTimer(self, interval=LATER_MS)
        self._now_and_then.timeout.connect(self.look_again)
        self._now_and_then.start()

    @property
    def doing(self) -> str:
        """What is under way, in words; empty if nothing is."""
        return self._work.doing

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What is wrong and a person wants to hear of."""
        return tuple(finding for finding in self.findings or () if finding.is_told)

    def take(self, findings: Sequence[Finding], *, are_complete: bool = False) -> None:
        """Believe these findings from now on."""
        self.findings, self.are_complete = tuple(findings), are_complete
        self.is_outdated, self.error = False, None
        self.changed.emit()

    def look(self) -> None:
        """Check what takes no more than seconds, and ask when all was checked last."""
        self._workspace.background.read(
            lambda storage, token: (
                health.quick_check(storage, token),
                health.checked_at(storage),
            ),
            self._on_looked,
            self._fail,
        )

    def look_again(self) -> None:
        """Repeat the checks that cost next to nothing; what others found stays."""
        if self.findings is None or self.doing:
            return
        self._workspace.background.read(
            lambda storage, token: health.marked(storage, storage.cheap_checks(token)),
            self._on_looked_again,
            lambda _error: None,
        )

    def check(self) -> None:
        """Check everything, as a job."""

        def work(
            storage: Storage, token: CancelToken, report: Report
        ) -> tuple[tuple[Finding, ...], object]:
            found = health.check(storage, token, report)
            return found, {"said": findings_words(found)}

        def done(found: tuple[Finding, ...]) -> None:
            self._on_checked(found)
            self.told.emit(findings_words(found))

        self._work.begin(
            OwnKind.CHECK,
            "Check the workspace",
            work,
            done,
            self._on_failed,
            doing=CHECKING,
        )

    def fix(self, findings: Sequence[Finding]) -> None:
        """Fix what can be fixed of these, each as one step to undo, and check again."""
        names = [finding.check for finding in findings if finding.is_mendable]
        what = findings[0].title if len(findings) == 1 else f"{len(names)} problems"

        def work(
            storage: Storage, token: CancelToken, report: Report
        ) -> tuple[tuple[list[Outcome], tuple[Finding, ...]], object]:
            outcomes = []
            for name in names:
                token.check()
                outcomes.append(health.mend_one(storage, name, token))
            found = health.check(storage, token, report)
            return (outcomes, found), {"said": findings_words(found)}

        # What was fixed until it was cut short stays so.
        self._work.begin(
            OwnKind.CHECK,
            f"Fix: {what}",
            work,
            self._on_fixed,
            self._on_fixing_failed,
            self._workspace.notice,
            doing=FIXING,
        )

    def ignore(self, finding: Finding, until: int | None) -> None:
        """Tell nobody of what is found until a moment, in microseconds; None: do again."""
        known = self.findings or ()

        def work(storage: Storage) -> tuple[Finding, ...]:
            health.ignore(storage, finding.check, until)
            return health.marked(storage, known)

        def done(found: tuple[Finding, ...]) -> None:
            self.findings = found
            self.changed.emit()

        self._workspace.put(work, done)

    def stop(self) -> None:
        """Stop what is under way."""
        self._work.stop()

    def _on_looked(self, found: tuple[tuple[Finding, ...], int | None]) -> None:
        findings, checked_at = found
        self.checked_at = self.checked_at or checked_at
        if not self.are_complete:
            self.take(findings)

    def _on_looked_again(self, found: tuple[Finding, ...]) -> None:
        if self.findings is None or self.doing:
            return
        newer = {finding.check: finding for finding in found}
        findings = tuple(newer.get(each.check, each) for each in self.findings)
        if findings != self.findings:
            self.findings = findings
            self.changed.emit()

    def _on_checked(self, found: tuple[Finding, ...]) -> None:
        self.checked_at = now_us()
        self.take(found, are_complete=True)

    def _on_fixed(self, found: tuple[list[Outcome], tuple[Finding, ...]]) -> None:
        outcomes, findings = found
        undoable = [outcome for outcome in outcomes if outcome.operation is not None]
        if len(undoable) == 1:
            self._workspace.take(undoable[0])
        elif undoable:
            self._workspace.notice()
            self.told.emit("Fixed. Each step is in the history and can be undone there.")
        else:
            self.told.emit("Fixed. No record was changed.")
        self._on_checked(findings)

    def _on_news(self) -> None:
        if self.findings is not None and not self.is_outdated:
            self.is_outdated = True
            self.changed.emit()

    def _look_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _fail(self, error: SheafError) -> None:
        if isinstance(error, StorageDamagedError):
            self.take((health.damage(error),))
            return
        self.error = error
        self.changed.emit()

    def _on_fixing_failed(self, error: SheafError) -> None:
        self._workspace.notice()
        self._on_failed(error)

    def _on_failed(self, error: SheafError) -> None:
        self._fail(error)
        self._workspace.failed.emit(error)


def findings_words(findings: Sequence[Finding]) -> str:
    """Return what a check found, in words."""
    bad = [finding.title for finding in findings if finding.is_told]
    notes = [finding.title for finding in findings if finding.ok and finding.rows]
    return ". ".join(("; ".join(bad) or "All checks passed", *notes))
