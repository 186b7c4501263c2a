"""How a job reads: its state, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from db.jobs import JobRecord, JobState, OwnKind
from db.times import MICROSECONDS
from desktop_app.activity.pace import Pace
from desktop_app.look import text

BYTES: Final = "bytes"
_STATES: Final = {
    JobState.QUEUED: "Queued",
    JobState.RUNNING: "Running",
    JobState.DONE: "Done",
    JobState.DONE_WITH_ERRORS: "Done with errors",
    JobState.FAILED: "Failed",
    JobState.CANCELED: "Canceled",
    JobState.INTERRUPTED: "Interrupted",
}
_UNSTOPPABLE: Final = "It cannot be stopped half-way, as nothing is ever left half done"
_WHOLE: Final = {
    OwnKind.UNDO: f"{_UNSTOPPABLE}; Redo brings all of it back afterwards.",
    OwnKind.REDO: f"{_UNSTOPPABLE}; Undo takes all of it away again afterwards.",
    OwnKind.CHANGE: f"{_UNSTOPPABLE}; Undo takes it back afterwards.",
    OwnKind.PURGE: f"{_UNSTOPPABLE}.",
    OwnKind.FORGET: f"{_UNSTOPPABLE}.",
}
"""Why work cannot be stopped: it is one transaction, or is finished whatever happens."""


def title_of(job: JobRecord) -> str:
    """Return what a job is called; one of a script without a title by its kind."""
    return job.title or job.kind


def state_words(job: JobRecord) -> str:
    """Return how a job stands, in a word or two."""
    if job.state is JobState.RUNNING and job.cancel_asked:
        return "Stopping…"
    if waits_for_decision(job):
        return "Waits for you"
    if job.state is JobState.QUEUED and job.attempts:
        return f"Waits for attempt {job.attempts + 1} of {job.max_attempts}"
    return _STATES[job.state]


def waits_for_decision(job: JobRecord) -> bool:
    """Whether an import was read, and a person has to decide about it."""
    told = job.outcome
    is_running = job.state is JobState.RUNNING
    waits = isinstance(told, Mapping) and bool(told.get("waits"))
    return waits and is_running and not job.cancel_asked


def why_not_stopped(job: JobRecord) -> str:
    """Return why a job cannot be stopped; empty if it can."""
    return next((why for kind, why in _WHOLE.items() if kind == job.kind), "")


def percent(job: JobRecord) -> int | None:
    """Return how many hundredths of a job are done; None while nobody knows."""
    if not job.total or job.done is None:
        return None
    return min(100, job.done * 100 // job.total)


def progress_words(job: JobRecord, pace: Pace) -> str:
    """Return how far a running job is: `45 MB of 120 MB, 12 MB/s, 6 s left`."""
    if not (job.done or job.total):
        return ""
    if job.cancel_asked and job.kind == OwnKind.IMPORT:
        return "What was read is being taken out again."
    if waits_for_decision(job):
        return f"{_amount(job.done, job.unit)} were read. Nothing is imported yet."
    done = _amount(job.done, job.unit)
    words = [f"{done} of {_amount(job.total, job.unit)}" if job.total else done]
    if job.unit != BYTES and job.unit:
        words[0] += f" {job.unit}"
    if pace.per_second >= 1:
        words.append(f"{_amount(round(pace.per_second), job.unit)}/s")
    left = pace.left_s(job.total)
    if left is not None:
        words.append(f"{text.duration(max(1, round(left)) * MICROSECONDS)} left")
    return ", ".join(words)


def outcome_words(job: JobRecord) -> str:
    """Return what came of a job that is over: its numbers, its error, when, how long."""
    words = [job.error] if job.error else _result(job.outcome)
    if job.state is JobState.DONE and not words and job.done and job.unit != BYTES:
        words = [f"{text.count(job.done)} {job.unit}."]
    if job.finished_at is not None:
        when = text.relative_time(job.finished_at)
        if job.started_at is not None and job.state is not JobState.INTERRUPTED:
            taken = job.finished_at - job.started_at - _waited(job.outcome)
            when += f", took {text.duration(max(0, taken))}"
        words.append(f"{when[:1].upper()}{when[1:]}.")
    return " ".join(words)


def _waited(result: Any) -> int:
    """Return for how many microseconds a job waited for a person."""
    waited = result.get("waited") if isinstance(result, Mapping) else None
    return waited if isinstance(waited, int) else 0


def _result(result: Any) -> list[str]:
    if not isinstance(result, Mapping):
        return []
    said = result.get("said")
    return [f"{said}."] if isinstance(said, str) and said else []


def running_words(jobs: int, share: int | None) -> str:
    """Return what the button of the status line says of so many running jobs."""
    running = f"{text.count(jobs)} running"
    return running if share is None else f"{running}, {share} %"


def _amount(number: int, unit: str) -> str:
    return text.size(number) if unit == BYTES else text.count(number)
