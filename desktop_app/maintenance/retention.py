"""What is known of the rules of retention, and changing and running them in the background."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from db.cancel import CancelToken
from db.errors import SheafError
from db.jobs import JobOrder, OwnKind
from db.maintenance import retention
from db.maintenance.retention import Plan, Ran, Rule
from db.ports import Storage
from desktop_app.background import Report
from desktop_app.daily_work import DailyWork
from desktop_app.latest import Latest
from desktop_app.maintenance.long_work import LongWork
from desktop_app.operation_words import outcome_words
from desktop_app.workspace import Workspace

LOOKING: Final = "Working out what is due…"
RUNNING: Final = "Running the rules…"
_DAILY: Final = JobOrder(kind=OwnKind.RETENTION, title="Retention, daily", max_attempts=1)


class Retention(QObject):
    """Holds the rules and what they would take, and tells by `changed` when that is another.

    `rules` is None until they were read, and `plan` until it is worked out what they would
    take; where that was given up, `is_stopped`. `told` carries words for a message.
    """

    changed = Signal()
    told = Signal(str)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._rules = Latest(workspace.background, self)
        self._plan = Latest(workspace.background, self)
        self._work = LongWork(workspace, "records", self)
        self._work.changed.connect(self._on_work)
        self._is_looking = False
        self.rules: tuple[Rule, ...] | None = None
        self.last_run: int | None = None
        self.plan: Plan | None = None
        self.is_stopped = False
        self.error: SheafError | None = None
        self.daily = DailyWork(workspace, self, _DAILY, retention.is_due, _run_what_is_due)
        self.daily.done.connect(self.take)

    @property
    def doing(self) -> str:
        """What is under way, in words; empty if nothing is."""
        return self._work.doing or (LOOKING if self._is_looking else "")

    @property
    def is_running(self) -> bool:
        """Whether the rules are being run."""
        return self._work.is_busy

    def look(self) -> None:
        """Read the rules, and work out what they would take."""
        self._plan.cancel()
        if not self.is_running:
            self._is_looking, self.is_stopped = True, False
        self.changed.emit()
        self._rules.ask(
            lambda storage, _token: (
                retention.rules_of(storage.settings),
                retention.last_run(storage.settings),
            ),
            self._take_rules,
            self._fail,
        )

    def stop(self) -> None:
        """Stop what is under way; what a rule did stays done."""
        self._work.stop()
        if self._is_looking:
            self._rules.cancel()
            self._plan.cancel()
            self._is_looking, self.is_stopped = False, True
            self.changed.emit()

    def keep(self, rule: Rule) -> None:
        """Keep a rule, in the place of the one with its id or as the last."""
        self._change(lambda storage: retention.keep_rule(storage.settings, rule))

    def switch(self, rule: Rule, is_on: bool) -> None:
        """Switch a rule on or off."""
        self.keep(replace(rule, is_on=is_on))

    def drop(self, rule: Rule) -> None:
        """Keep a rule no more."""
        self._change(lambda storage: retention.drop_rule(storage.settings, rule.id))

    def move(self, rule: Rule, distance: int) -> None:
        """Let a rule come later, or earlier, by so many places."""
        self._change(lambda storage: retention.move_rule(storage.settings, rule.id, distance))

    def run(self, planned: Plan) -> None:
        """Do what was planned, as a job."""
        self._plan.cancel()
        self._is_looking = self.is_stopped = False
        self._work.begin(
            OwnKind.RETENTION,
            "Run the retention rules",
            partial(_run, planned),
            self._on_run,
            doing=RUNNING,
        )

    def take(self, ran: Ran) -> None:
        """Tell everyone what running the rules did."""
        outcomes = [each.outcome for each in ran.done if each.outcome.operation is not None]
        if len(outcomes) == 1:
            self._workspace.take(outcomes[0])
        elif outcomes:
            self._workspace.notice()
            done = [(each.operation, each) for each in outcomes if each.operation is not None]
            said = [outcome_words(*each) for each in done]
            if any(operation.undoable for operation, _outcome in done):
                said.append("What is not deleted can be taken back in the history")
            self.told.emit(". ".join(said))

    def _change(self, change: Callable[[Storage], object]) -> None:
        if not self._workspace.refuses():
            self._workspace.put(change, lambda _kept: self.look())

    def _take_rules(self, found: tuple[tuple[Rule, ...], int | None]) -> None:
        rules, self.last_run = found
        self.rules = rules
        self.error = None
        if not self.is_running:
            self._plan.ask(
                lambda storage, token: retention.plan(storage, token, rules=rules),
                self._take_plan,
                self._fail,
            )
        self.changed.emit()

    def _take_plan(self, planned: Plan) -> None:
        self.plan, self._is_looking, self.error = planned, False, None
        self.changed.emit()

    def _fail(self, error: SheafError) -> None:
        self.error, self._is_looking = error, False
        self.changed.emit()

    def _on_work(self) -> None:
        """Tell that the rules are being run, or what is due now; what they did is done."""
        if self.is_running:
            self.changed.emit()
        else:
            self._workspace.notice()
            self.look()

    def _on_run(self, ran: Ran) -> None:
        if not any(each.outcome.operation for each in ran.done):
            self.told.emit("Nothing was left to do")
        self.take(ran)


def _run(
    planned: Plan, storage: Storage, token: CancelToken, report: Report
) -> tuple[Ran, object]:
    ran = retention.run(storage, planned, token, report)
    return ran, {"said": ran.words}


def _run_what_is_due(
    storage: Storage, token: CancelToken, report: Report
) -> tuple[Ran, object]:
    return _run(retention.plan(storage, token, days=0), storage, token, report)
