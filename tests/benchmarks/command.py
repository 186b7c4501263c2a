"""`sheaf list` on a million tasks: a process from its start to its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from tests.benchmarks import data
from tests.benchmarks.measure import MS, Measurement, Target, Times, run_python
from tests.benchmarks.subject import MANY, Plan

NAME: Final = "command"
WHY: Final = (
    "Starting Python and importing take half; a word in every tenth task reads its hits."
)
ROUNDS: Final = 11
PROCESS_MS: Final = 300


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Measure the command as it is typed, and with a filter, beside an empty Python."""
    storage = f"sqlite://{data.store(MANY)}"
    list_tasks = "-m desktop_app list tasks --limit 50 --json --storage".split()
    for case, options in (
        ("newest 50", []),
        ("newest 50 that failed", ["--status", "failed"]),
        ("50 that hold a common word", ["--query", data.COMMON]),
    ):
        ours, empty, wall = [], [], []
        for _ in range(ROUNDS):
            spent = run_python(*list_tasks, storage, *options)
            if len(json.loads(spent.output)["items"]) != 50:
                raise AssertionError(f"The command lists too few: {case}")
            ours.append(spent.cpu * MS)
            wall.append(spent.wall * MS)
            empty.append(run_python("-c", "pass").cpu * MS)
        times = Times(tuple(ours))
        median_wall = Times(tuple(wall)).median
        yield Measurement(
            subject="`sheaf list tasks --limit 50 --json`, 1 M tasks: processor time",
            case=f"{case} (wall {median_wall:.0f} ms)",
            unit="ms",
            median=times.median,
            p95=times.p95,
            reference=Times(tuple(empty)).median,
            target=Target(value=times.median, bound=PROCESS_MS, unit="ms"),
            why=WHY,
        )
