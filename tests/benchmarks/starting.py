"""From the start of the process to the first page on the screen, beside an empty window."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from tests.benchmarks import data
from tests.benchmarks.measure import MS, Measurement, Target, Times
from tests.benchmarks.subject import MANY, Plan
from tests.benchmarks.window_process import run_child, user_folder

NAME: Final = "start"
WHY: Final = (
    "Importing the modules and building the list, its header, sidebar and menus; details,"
    " dialogs and exchange are left for later."
)
ROUNDS: Final = 9
MORE_MS: Final = 250


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Start both in turn."""
    uri = f"sqlite://{data.store(MANY)}"
    ours, empty = [], []
    with user_folder(uri) as surroundings:
        for _ in range(ROUNDS):
            for module, times in (("start_child", ours), ("empty_child", empty)):
                start = time.monotonic()
                _, painted = run_child(module, uri, surroundings)
                times.append((painted - start) * MS)
    window, reference = Times(tuple(ours)), Times(tuple(empty)).median
    yield Measurement(
        subject="Start to a painted first page, over an empty PySide6 window",
        case="list of 1 M tasks, offscreen",
        unit="ms",
        median=window.median,
        p95=window.p95,
        reference=reference,
        target=Target(value=window.median - reference, bound=MORE_MS, unit="ms"),
        why=WHY,
    )
