"""How fast a job goes, and how long it will take."""

from __future__ import annotations

from collections import deque
from typing import Final

SPAN_S: Final = 10.0
"""The pace is that of so many last seconds."""
LEAST_S: Final = 3.0
"""Before so many seconds nobody can say how long it will take."""


class Pace:
    """What was done of one job at some moments. Times are seconds of a clock that only runs."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._began: float | None = None

    def see(self, now: float, done: int) -> None:
        """Note that so much is done by now."""
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
            self._began = None
        self._began = now if self._began is None else self._began
        self._seen.append((now, done))
        while self._seen[0][0] < now - SPAN_S:
            self._seen.popleft()

    @property
    def per_second(self) -> float:
        """How much is done in a second; 0 while nobody knows."""
        if not self._seen:
            return 0.0
        (first, before), (last, after) = self._seen[0], self._seen[-1]
        return (after - before) / (last - first) if last > first else 0.0

    def left_s(self, total: int | None) -> float | None:
        """Return how many seconds it will take yet; None while nobody knows."""
        pace = self.per_second
        if not total or pace <= 0 or self._began is None:
            return None
        last, done = self._seen[-1]
        if done >= total:
            return None
        return (total - done) / pace if last - self._began >= LEAST_S else None
