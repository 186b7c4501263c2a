"""Clicks, keys, sorts, filters, searches and pages in the real window, until painted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from tests.benchmarks import data
from tests.benchmarks.measure import Measurement, Target, Times
from tests.benchmarks.pauses import pauses
from tests.benchmarks.subject import MANY, Plan
from tests.benchmarks.window_process import run_child, user_folder

NAME: Final = "window"
WHY: Final = "The first acts build what they show, and menus count values over all tasks."
FRAMES_MS: Final = 50
BLOCKED_MS: Final = 50


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Run the script once, and tell each act and all of them together."""
    uri = f"sqlite://{data.store(MANY)}"
    with user_folder(uri) as surroundings, pauses() as idle:
        _, told = run_child("using_child", uri, surroundings)
    for act, values in told["times"].items():
        yield _painted(act, Times(tuple(values)))
    every = tuple(itertools.chain.from_iterable(told["times"].values()))
    yield _painted(f"all {len(every)}", Times(every))
    for title, values in told["offered"].items():
        times = Times(tuple(values))
        yield Measurement(
            subject="Values of a filter, 1 M tasks, until its menu offers them",
            case=title,
            unit="ms",
            median=times.median,
            p95=times.p95,
        )
    for act, values in told["blocked"].items():
        if max(values) > BLOCKED_MS:
            yield _blocked(f"during and after: {act}", Times(tuple(values)), max(idle))
    beats = tuple(itertools.chain.from_iterable(told["blocked"].values()))
    yield _blocked("longest of all", Times(beats), max(idle))


def _painted(case: str, times: Times) -> Measurement:
    return Measurement(
        subject="From a click or key to the painted table, 1 M tasks (3 frames are 50 ms)",
        case=case,
        unit="ms",
        median=times.median,
        p95=times.p95,
        target=Target(value=times.p95, bound=FRAMES_MS, unit="ms"),
        why=WHY,
    )


def _blocked(case: str, times: Times, idle: float) -> Measurement:
    return Measurement(
        subject="Event loop blocked, 1 M tasks (longest; reference: the longest delay of a"
        " process that only takes the time)",
        case=case,
        unit="ms",
        median=times.median,
        p95=times.p95,
        reference=idle,
        target=Target(value=times.worst, bound=BLOCKED_MS, unit="ms"),
        why=WHY,
    )
