"""Reading what is large: a conversation of 100,000 messages, 50 MB of text, 5 MB in a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.benchmarks import records
from tests.benchmarks.measure import Measurement, Target, Times
from tests.benchmarks.pauses import pauses
from tests.benchmarks.subject import Plan
from tests.benchmarks.window_process import run_child, user_folder

NAME: Final = "reading"
MESSAGES: Final = 100_000
FIRST_SCREEN_MS: Final = 100
BLOCKED_MS: Final = 50


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Open each in a window of its own process, scroll through it, and watch the event loop."""
    uri = f"sqlite://{records.conversation(MESSAGES)}"
    with user_folder(uri) as surroundings, pauses() as idle:
        _, told = run_child("reading_child", uri, surroundings)
    for what, values in told["opened"].items():
        times = Times(tuple(values))
        yield Measurement(
            subject="From opening to the first screen",
            case=what,
            unit="ms",
            median=times.median,
            p95=times.p95,
            target=Target(value=times.median, bound=FIRST_SCREEN_MS, unit="ms"),
        )
    for what, values in told["blocked"].items():
        times = Times(tuple(values))
        yield Measurement(
            subject="Event loop blocked while reading what is large (longest; reference: the"
            " longest delay of a process that only takes the time)",
            case=what,
            unit="ms",
            median=times.median,
            p95=times.p95,
            reference=max(idle),
            target=Target(value=times.worst, bound=BLOCKED_MS, unit="ms"),
        )
