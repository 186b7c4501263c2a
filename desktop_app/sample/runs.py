"""The runs of the sample: what agents did for a task, turn by turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from db.incoming import IncomingRecord
from db.records import Kind
from db.times import MICROSECONDS
from db.vocabulary import Status
from desktop_app.sample.texts import (
    check_report,
    plan_report,
    review_report,
    revised,
    work_report,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from db.incoming import IncomingTask

AGENTS: Final = frozenset({"claude-code", "codex", "ralph", "taskmaster"})
"""The sources whose tasks have runs."""

_MINUTE_US: Final = 60 * MICROSECONDS
_LEASE_US: Final = 20 * _MINUTE_US
_STALLED: Final = 0.3
_SENT_BACK: Final = 0.35
_RETRIED: Final = 0.15
_LONG_TURNS: Final = 700
_APPROVED: Final = "approved"
_NEEDS_CHANGES: Final = "needs changes"
_MINUTES: Final = {"plan": 1.5, "implement": 9, "test": 2.5, "review": 3.5}
"""How long a step takes, as the median."""


class _Step(Struct):
    """One run to be: what was done, how it ended, and what it says."""

    name: str
    status: Status
    turn: int
    text: str
    attempt: int = 1
    decision: str = ""


def runs_of(random: Random, task: IncomingTask, now: int) -> list[IncomingRecord]:
    """Return the runs of a task, the last of which ended when the task was last changed."""
    assert task.updated_at is not None
    ended = task.updated_at
    found = []
    for step in reversed([*_steps(random, task)]):
        length = round(_MINUTES[step.name] * random.lognormvariate(0, 0.7) * _MINUTE_US)
        found.append(_run(random, task, step, ended - length, ended, now))
        ended -= length + random.randrange(_MINUTE_US)
    return found[::-1]


def _run(
    random: Random, task: IncomingTask, step: _Step, started: int, ended: int, now: int
) -> IncomingRecord:
    is_running = step.status is Status.RUNNING
    fields: dict[str, Any] = {
        "turn": step.turn,
        "step": step.name,
        "attempt": step.attempt,
        "status": step.status.value,
        "decision": step.decision,
        "started_at": started,
    }
    if is_running:
        is_stalled = random.random() < _STALLED
        fields["lease_until"] = ended if is_stalled else now + _LEASE_US
    else:
        fields["completed_at"] = ended
    attempt = f"-{step.attempt}" if step.attempt > 1 else ""
    return IncomingRecord(
        kind=Kind.EXECUTION,
        external_id=f"{task.external_id}.{step.turn}-{step.name}{attempt}",
        title=f"{step.name.capitalize()}: {task.title}",
        description=step.text,
        fields=fields,
        refs={"task": task.external_id},
        created_at=started,
        updated_at=ended,
    )


def _steps(random: Random, task: IncomingTask) -> Iterator[_Step]:
    status = Status(task.status)
    if status is Status.QUEUED:
        return
    yield _Step("plan", Status.SUCCEEDED, 1, plan_report(random, task))
    if status in {Status.BLOCKED, Status.CANCELED}:
        yield _Step("implement", status, 2, work_report(random, task))
        return
    is_long = task.title.startswith("Out of memory again")
    report = work_report(random, task, turns=_LONG_TURNS if is_long else 0)
    if status is Status.RUNNING:
        yield _Step("implement", status, 2, report)
        return
    yield _Step("implement", Status.SUCCEEDED, 2, report)
    turn = 3
    if random.random() < _SENT_BACK:
        text = review_report(random, _NEEDS_CHANGES)
        yield _Step("review", Status.REVIEW, turn, text, decision=_NEEDS_CHANGES)
        yield _Step("implement", Status.SUCCEEDED, turn + 1, revised(random, report))
        turn += 2
    yield from _ending(random, status, turn)


def _ending(random: Random, status: Status, turn: int) -> Iterator[_Step]:
    if status is Status.FAILED:
        yield _Step("test", status, turn, check_report(random, failed=True))
        yield _Step("test", status, turn, check_report(random, failed=True), attempt=2)
        return
    attempt = 1
    if random.random() < _RETRIED:
        yield _Step("test", Status.FAILED, turn, check_report(random, failed=True))
        attempt = 2
    passed = check_report(random, failed=False)
    yield _Step("test", Status.SUCCEEDED, turn, passed, attempt)
    if status is Status.REVIEW:
        yield _Step("review", status, turn + 1, "")
    else:
        text = review_report(random, _APPROVED)
        yield _Step("review", status, turn + 1, text, decision=_APPROVED)
