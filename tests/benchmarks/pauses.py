"""How long the machine itself holds up a process that only takes the time."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.benchmarks.data import ROOT
from tests.benchmarks.measure import MS

BEAT_S: Final = 0.001


@contextmanager
def pauses() -> Iterator[list[float]]:
    """Let such a process run beside what is measured; the list gets its delays in the end.

    They are in milliseconds. What blocked an event loop no longer than the longest of them
    may have been the machine.
    """
    found: list[float] = []
    words = [sys.executable, "-m", __name__]
    beside = subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield found
    finally:
        said, _ = beside.communicate()
        found += json.loads(said)


def _beat() -> list[float]:
    """Return the delay of each beat until standard input ends."""
    late = []
    before = time.perf_counter()
    while not select.select([sys.stdin], [], [], BEAT_S)[0]:
        now = time.perf_counter()
        late.append(round((now - before - BEAT_S) * MS, 3))
        before = now
    return late


if __name__ == "__main__":
    print(json.dumps(_beat()))
