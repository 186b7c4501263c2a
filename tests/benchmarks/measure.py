"""Taking times, and what a measurement is."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct

from tests.benchmarks.data import FOLDER, ROOT

LEAST_ROUNDS: Final = 3
MS: Final = 1000


class Target(Struct, frozen=True, kw_only=True):
    """A promise: `value` is to be at most, or at least, `bound`; both are in `unit`."""

    value: float
    bound: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is kept."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound


class Measurement(Struct, frozen=True, kw_only=True):
    """What one case took: median and 95th percentile, beside its reference in the same run.

    `why` says what a missed target comes from.
    """

    subject: str
    case: str
    unit: str
    median: float
    p95: float | None = None
    reference: float | None = None
    target: Target | None = None
    why: str = ""


class Times(Struct, frozen=True):
    """Times of one thing, in milliseconds."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.values)

    @property
    def p95(self) -> float:
        """The 95th percentile."""
        return percentile(self.values, 0.95)

    @property
    def worst(self) -> float:
        """The longest."""
        return max(self.values)


class Spent(Struct, frozen=True):
    """What a process took: seconds, of wall and of all its threads, and what it printed."""

    wall: float
    cpu: float
    output: str


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def times_of(*works: Callable[[], Any], rounds: int, budget_s: float) -> list[Times]:
    """Time some works in turn, so that what else the machine does meets all of them.

    Stops after so many rounds, or when `budget_s` is spent, but not before the third.
    """
    taken: list[list[float]] = [[] for _ in works]
    end = time.perf_counter() + budget_s
    for number in range(rounds):
        if number >= LEAST_ROUNDS and time.perf_counter() > end:
            break
        for work, values in zip(works, taken, strict=True):
            start = time.perf_counter()
            work()
            values.append((time.perf_counter() - start) * MS)
    return [Times(tuple(values)) for values in taken]


def run_python(*arguments: str, **environment: str) -> Spent:
    """Run this Python with some arguments in the project and return what that took.

    As where Sheaf is installed, what was compiled before is kept and used.

    Raises:
        CalledProcessError: it did not end well; holds what it said.
    """
    command = [sys.executable, *arguments]
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(FOLDER / "compiled")}
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **compiled, **environment}
    before = os.times()
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True
    )
    wall = time.perf_counter() - start
    after = os.times()
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return Spent(wall, cpu, done.stdout)
