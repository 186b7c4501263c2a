"""How many there are under each filter, and calling the counting off."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Final

from db.cancel import CancelToken
from db.errors import WorkCancelledError
from tests.benchmarks.measure import MS, Measurement, Target, Times, times_of
from tests.benchmarks.queries import Asked, filters, total_sql
from tests.benchmarks.subject import MANY, Opened, Plan, opened

NAME: Final = "totals"
ROUNDS: Final = 5
BUDGET_S: Final = 0.5
UNDER_WAY_S: Final = 0.02
CANCEL_MS: Final = 10


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Measure the total of every filter, and the cancelling of the slowest."""
    with opened(MANY) as file:
        slowest, longest = None, 0.0
        for each in filters(file.batches):
            ours, by_hand = _measured(file, each)
            if ours.median > longest:
                slowest, longest = each, ours.median
            yield Measurement(
                subject="Total, 1 M tasks, beside SQL by hand",
                case=each.name,
                unit="ms",
                median=ours.median,
                p95=ours.p95,
                reference=by_hand.median,
            )
        assert slowest is not None
        times = _cancelling(file, slowest)
        yield Measurement(
            subject="Total called off: until it has stopped",
            case=slowest.name,
            unit="ms",
            median=times.median,
            p95=times.p95,
            target=Target(value=times.p95, bound=CANCEL_MS, unit="ms"),
        )


def _measured(file: Opened, asked: Asked) -> list[Times]:
    sql = total_sql(asked)
    by_hand = file.raw.execute(sql, asked.params).fetchall()[0][0]
    if file.storage.count(asked.query) != by_hand:
        raise AssertionError(f"Sheaf and the SQL by hand count otherwise: {asked.name}")
    return times_of(
        lambda: file.storage.count(asked.query),
        lambda: file.raw.execute(sql, asked.params).fetchall(),
        rounds=ROUNDS,
        budget_s=BUDGET_S,
    )


def _cancelling(file: Opened, asked: Asked) -> Times:
    taken = []
    for _ in range(20):
        token = CancelToken()
        asked_at: list[float] = []

        def cancel(token: CancelToken = token, asked_at: list[float] = asked_at) -> None:
            asked_at.append(time.perf_counter())
            token.cancel()

        timer = threading.Timer(UNDER_WAY_S, cancel)
        timer.start()
        try:
            file.storage.count(asked.query, token)
        except WorkCancelledError:
            taken.append((time.perf_counter() - asked_at[0]) * MS)
        timer.join()
    return Times(tuple(taken))
