"""The heights of very many rows, of which any may change at any time."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

_BLOCK: Final = 256


class Heights:
    """Heights in pixels, with the sum of those above a row; each takes some microseconds."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights = array("q", heights)
        self._sums = [
            sum(self._heights[start : start + _BLOCK])
            for start in range(0, len(self._heights), _BLOCK)
        ]
        self._tops = [0, *accumulate(self._sums)]

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, row: int) -> int:
        return self._heights[row]

    def __setitem__(self, row: int, height: int) -> None:
        change = height - self._heights[row]
        if change:
            self._heights[row] = height
            self._sums[row // _BLOCK] += change
            self._tops = [0, *accumulate(self._sums)]

    @property
    def total(self) -> int:
        """The height of all rows."""
        return self._tops[-1]

    def top(self, row: int) -> int:
        """Return the height of all rows above one."""
        block = row // _BLOCK
        return self._tops[block] + sum(self._heights[block * _BLOCK : row])

    def row_at(self, y: int) -> int:
        """Return the row at a distance from the top: the last one beyond the end."""
        block = bisect_right(self._tops, max(0, y)) - 1
        row, top = block * _BLOCK, self._tops[block]
        while row < len(self) and top + self._heights[row] <= y:
            top += self._heights[row]
            row += 1
        return min(row, len(self) - 1)
