"""`sheaf jobs`: the queue, for scripts."""

from __future__ import annotations

import json
import math
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec.structs import asdict

from db.errors import UnreadableFileError
from db.jobs import JobFilter, JobOrder, JobRecord, JobState, JsonText
from db.ports import Storage
from db.processes import owner_name
from db.times import DAY_US, MICROSECONDS, now_us, to_iso
from db.vocabulary import Priority
from desktop_app.cli.answer import DONE, REFUSED, STANDARD_STREAM, Answer, Paper
from desktop_app.cli.grammar import UsageError
from desktop_app.cli.layout import Column, fields, local_minute, many_lines, one_line, table
from desktop_app.cli.session import Missing, opened

LOOKS_S: Final = 0.2
"""The time between two looks at whether there is a job to claim."""
_MOMENTS: Final = ("run_at", "lease_until", "created_at", "started_at", "finished_at")
_COLUMNS: Final = (
    Column("STATE"),
    Column("KIND"),
    Column("ID"),
    Column("DONE", rank=1, right=True),
    Column("ATTEMPTS", rank=3, right=True),
    Column("SINCE", rank=2),
    Column("TITLE"),
)


def list_jobs(options: Namespace) -> Answer:
    """List jobs, and count them by kind and state."""
    wanted = _filter(options)
    with opened(options) as storage:
        found = storage.jobs.find(wanted, options.limit, options.offset)
        counts = storage.jobs.counts(wanted)
    by_kind: dict[str, dict[str, int]] = {}
    for (kind, state), number in counts.items():
        by_kind.setdefault(kind, {})[state.word] = number
    items = [_document(job) for job in found]
    document = {"items": items, "total": sum(counts.values()), "counts": by_kind}
    return Answer(document, _list_text)


def show_job(options: Namespace) -> Answer:
    """Show one job and its log."""
    with opened(options) as storage:
        detail = storage.jobs.get(options.id)
    lines = [{"at": to_iso(line.said_at), "text": line.text} for line in detail.lines]
    return Answer({**_document(detail.job), "log": lines}, _job_text)


def add_jobs(options: Namespace) -> Answer:
    """Put work into the queue."""
    delayed = now_us() + options.delay * MICROSECONDS if options.delay else None
    run_at = delayed if options.run_at is None else options.run_at
    orders = [
        JobOrder(
            kind=options.kind,
            title=options.title,
            payload=payload,
            priority=Priority[options.priority.upper()],
            run_at=run_at,
            max_attempts=options.attempts,
        )
        for payload in _payloads(options)
    ]
    with opened(options, missing=Missing.MADE) as storage:
        ids = storage.jobs.enqueue(orders)
    return Answer({"ids": ids}, lambda document, _paper: "\n".join(document["ids"]))


def claim_job(options: Namespace) -> Answer:
    """Get the next job of some kinds, waiting for one if that is asked for."""
    give_up_at = time.monotonic() + options.wait
    worker = options.worker or owner_name()
    with opened(options) as storage:
        while True:
            job = storage.jobs.claim(options.kinds, worker, options.lease)
            left = give_up_at - time.monotonic()
            if job is not None or left <= 0:
                break
            time.sleep(min(LOOKS_S, left))
    if job is None:
        return Answer({"job": None}, lambda *_: "There is nothing to do.", REFUSED)
    document = {"job": {**_document(job), "token": job.token}}
    return Answer(document, lambda *_: f"{job.token}\n{job.payload}")


def beat(options: Namespace) -> Answer:
    """Say that a job is still worked on; the answer is whether to go on."""
    with opened(options) as storage:
        goes_on = storage.jobs.heartbeat(
            options.token,
            options.lease,
            done=options.done,
            total=options.total,
            unit=options.unit,
            lines=options.log,
        )
    said = "Go on." if goes_on else "The job was canceled: stop."
    return Answer({"goes_on": goes_on}, lambda *_: said, DONE if goes_on else REFUSED)


def complete_job(options: Namespace) -> Answer:
    """Say that a job is done."""
    result = _json(options.result, "--result")
    with opened(options) as storage:
        storage.jobs.complete(options.token, result, errors=options.errors, lines=options.log)
    state = JobState.DONE_WITH_ERRORS if options.errors else JobState.DONE
    return _state_answer(state)


def fail_job(options: Namespace) -> Answer:
    """Say that a job failed."""
    with opened(options) as storage:
        state = storage.jobs.fail(
            options.token, options.error, may_retry=not options.no_retry, lines=options.log
        )
    return _state_answer(state)


def retry_jobs(options: Namespace) -> Answer:
    """Queue jobs again."""
    return _on_many(options, "queued again", lambda storage: storage.jobs.retry)


def cancel_jobs(options: Namespace) -> Answer:
    """Cancel jobs, or ask their workers to stop."""
    return _on_many(options, "canceled, or asked to stop", lambda storage: storage.jobs.cancel)


def delete_jobs(options: Namespace) -> Answer:
    """Delete jobs that nobody is running."""
    return _on_many(options, "deleted", lambda storage: storage.jobs.delete)


def _on_many(
    options: Namespace, done: str, act: Callable[[Storage], Callable[[JobFilter], int]]
) -> Answer:
    wanted = _filter(options)
    if wanted == JobFilter() and not options.all:
        raise UsageError("This needs ids, filters, or --all.")
    with opened(options) as storage:
        for id_ in wanted.ids:
            storage.jobs.get(id_)
        number = act(storage)(wanted)
    jobs = "1 job was" if number == 1 else f"{number:,} jobs were"
    return Answer({"changed": number}, lambda *_: f"{jobs} {done}.")


def _filter(options: Namespace) -> JobFilter:
    older = options.older_than
    return JobFilter(
        ids=tuple(getattr(options, "ids", ())),
        kinds=tuple(options.kind),
        states=frozenset(state for state in JobState if state.word in options.state),
        finished_before=None if older is None else now_us() - older * DAY_US,
    )


def _payloads(options: Namespace) -> Iterator[JsonText]:
    if options.lines is None:
        yield _json(options.payload, "--payload")
        return
    try:
        lines = (
            sys.stdin.read()
            if options.lines == STANDARD_STREAM
            else Path(options.lines).read_text("utf-8")
        ).split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"{options.lines} cannot be read: {error}.") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _json(line, f"Line {number}")


def _json(text: str, name: str) -> JsonText:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no value of JSON")

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError as error:
        raise UsageError(f"{name} is not JSON: {error}.") from error
    return JsonText(text)


def _document(job: JobRecord) -> dict[str, Any]:
    fields_ = asdict(job)
    for name in ("pk", "token"):
        del fields_[name]
    moments = {name: fields_[name] and to_iso(fields_[name]) for name in _MOMENTS}
    return {
        **fields_,
        **moments,
        "state": job.state.word,
        "priority": job.priority.word,
        "payload": _values(job.payload),
        "result": None if job.result is None else _values(job.result),
        "cut_short": job.is_cut_short,
    }


def _values(text: str) -> Any:
    """Return what JSON says; a number too large for this Python's floats stays a text."""
    return json.loads(text, parse_float=_number)


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits


def _state_answer(state: JobState) -> Answer:
    return Answer({"state": state.word}, lambda *_: f"The job is {state.word} now.")


def _list_text(document: Mapping[str, Any], paper: Paper) -> str:
    if not document["total"]:
        return "There are no jobs."
    rows = [
        (
            job["state"],
            job["kind"],
            job["id"],
            _progress(job),
            f"{job['attempts']}/{job['max_attempts']}",
            local_minute(job["finished_at"] or job["started_at"] or job["created_at"]),
            _title(job),
        )
        for job in document["items"]
    ]
    counts = [
        f"{kind}: {', '.join(f'{number:,} {state}' for state, number in states.items())}"
        for kind, states in document["counts"].items()
    ]
    return "\n".join((table(_COLUMNS, rows, paper), *map(one_line, counts)))


def _title(job: Mapping[str, Any]) -> str:
    """Return what a job is called; of a dead process, that the next writer puts it in order."""
    title = str(job["title"] or job["error"] or "")
    return f"{title} (its process has died)" if job["cut_short"] else title


def _progress(job: Mapping[str, Any]) -> str:
    if job["done"] is None:
        return ""
    return f"{job['done']:,}/{job['total']:,}" if job["total"] else f"{job['done']:,}"


def _job_text(job: Mapping[str, Any], _paper: Paper) -> str:
    pairs = [
        ("Id", job["id"]),
        ("Kind", one_line(job["kind"])),
        ("Title", one_line(job["title"])),
        ("State", job["state"] + (", asked to stop" if job["cancel_asked"] else "")),
        ("Attempts", f"{job['attempts']} of {job['max_attempts']}"),
        ("Worker", one_line(job["worker"] or "")),
        ("Done", f"{_progress(job)} {one_line(job['unit'])}".strip()),
        *((name.replace("_", " ").capitalize(), job[name] or "") for name in _MOMENTS),
        ("Payload", one_line(_written(job["payload"]))),
        ("Result", "" if job["result"] is None else one_line(_written(job["result"]))),
        ("Error", one_line(job["error"] or "")),
    ]
    log = [f"  {local_minute(line['at'])}  {many_lines(line['text'])}" for line in job["log"]]
    return "\n".join((fields(pairs), *log))
