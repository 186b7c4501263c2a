"""Claiming jobs from a long queue, by one process and by four at a time."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from db.jobs import JobOrder
from db.storage import open_storage
from tests.benchmarks.data import FOLDER, ROOT
from tests.benchmarks.measure import Measurement, Target, Times
from tests.benchmarks.subject import Plan

NAME: Final = "jobs"
WHY: Final = "Who holds the lock is put off by another process where there are fewer cores."
QUEUED: Final = 100_000
KINDS: Final = ("build", "test", "report")
EACH: Final = 2_000
CLAIM_MS: Final = 5


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Measure how long a claim takes; no job may be given to two."""
    for processes in (1, 4):
        with tempfile.TemporaryDirectory(dir=_folder()) as folder:
            times = _claiming(Path(folder) / "queue.sheaf", processes)
        yield Measurement(
            subject=f"Claim a job, {QUEUED:,} queued",
            case=f"{processes} at a time, {EACH:,} claims each (worst {times.worst:.1f} ms)",
            unit="ms",
            median=times.median,
            p95=times.p95,
            target=Target(value=times.p95, bound=CLAIM_MS, unit="ms"),
            why=WHY,
        )


def _folder() -> Path:
    FOLDER.mkdir(exist_ok=True)
    return FOLDER


def _claiming(path: Path, processes: int) -> Times:
    storage = open_storage(f"sqlite://{path}")
    storage.jobs.enqueue(
        [
            JobOrder(kind=KINDS[number % len(KINDS)], title=f"Job {number}", payload=number)
            for number in range(QUEUED)
        ]
    )
    storage.close()
    command = [sys.executable, "-m", "tests.benchmarks.jobs_child", str(path), str(EACH)]
    running = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    for each in running:
        assert each.stdout is not None
        each.stdout.readline()
    for each in running:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    said = [json.loads(each.communicate()[0]) for each in running]
    claimed = [id_ for child in said for id_ in child["ids"]]
    if len(set(claimed)) != len(claimed) or len(claimed) != processes * EACH:
        raise AssertionError("A job was given to two, or to nobody.")
    return Times(tuple(ms for child in said for ms in child["ms"]))
