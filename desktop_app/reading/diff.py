"""What differs between two texts, line by line."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, TypeAlias

from msgspec import Struct

from db.cancel import CancelToken

COMPARED: Final = 4_000_000
"""Characters of each text; what comes after them is not compared."""
EXACT_LINES: Final = 20_000
EXACT_PAIRS: Final = 1_000_000
"""`difflib` looks at every pair of equal lines again and again: beyond so many it is slow."""

Block: TypeAlias = tuple[int, int, int]
"""Equal lines: where they begin on the left and on the right, and how many there are."""


class Change(Struct, frozen=True, gc=False):
    """Lines `left_from` to `left_to` became lines `right_from` to `right_to`."""

    left_from: int
    left_to: int
    right_from: int
    right_to: int


class Diff(Struct, frozen=True, gc=False):
    """Two texts in lines, and what is between those that are equal.

    `is_coarse` where some stretch was too long to be compared line by line, `is_cut` where
    a text goes on after what was compared.
    """

    left: Sequence[str]
    right: Sequence[str]
    changes: tuple[Change, ...]
    is_coarse: bool = False
    is_cut: bool = False

    @property
    def added(self) -> int:
        """How many lines only the right text has."""
        return sum(change.right_to - change.right_from for change in self.changes)

    @property
    def removed(self) -> int:
        """How many lines only the left text has."""
        return sum(change.left_to - change.left_from for change in self.changes)


def compare(left: str, right: str, token: CancelToken) -> Diff:
    """Compare two texts of any length; line ends are taken as equal however written."""
    matcher = _Matcher(_lines(left), _lines(right), token)
    blocks = matcher.match()
    return Diff(
        matcher.left,
        matcher.right,
        tuple(_changes(blocks, len(matcher.left), len(matcher.right))),
        is_coarse=matcher.is_coarse,
        is_cut=len(left) > COMPARED or len(right) > COMPARED,
    )


class _Matcher:
    """Finds the equal lines of two texts: exactly where that is quick, else by landmarks."""

    def __init__(self, left: list[str], right: list[str], token: CancelToken) -> None:
        self.left, self.right = left, right
        self.is_coarse = False
        self._token = token

    def match(self) -> list[Block]:
        """Return the equal stretches in order; what is equal at both ends costs nothing."""
        head = common_start(self.left, self.right)
        tail = common_start(self.left[head:][::-1], self.right[head:][::-1])
        left_to, right_to = len(self.left) - tail, len(self.right) - tail
        blocks = [(0, 0, head)]
        blocks += self._between(head, left_to, head, right_to)
        return [*blocks, (left_to, right_to, tail)]

    def _between(self, left: int, left_to: int, right: int, right_to: int) -> list[Block]:
        """Match a stretch by the lines that stand once on both sides, if it is too long."""
        self._token.check()
        if self._is_quick(left, left_to, right, right_to):
            return self._by_difflib(left, left_to, right, right_to)
        found: list[Block] = []
        for at, other in self._landmarks(left, left_to, right, right_to):
            found += self._in_gap(left, at, right, other)
            found.append((at, other, 1))
            left, right = at + 1, other + 1
        return found + self._in_gap(left, left_to, right, right_to)

    def _in_gap(self, left: int, left_to: int, right: int, right_to: int) -> list[Block]:
        if left == left_to or right == right_to:
            return []
        if self._is_quick(left, left_to, right, right_to):
            return self._by_difflib(left, left_to, right, right_to)
        self.is_coarse = True
        if self._is_quick(left, left_to, right, right_to, common_too=False):
            return self._by_difflib(left, left_to, right, right_to, common_too=False)
        return []

    def _is_quick(
        self, left: int, left_to: int, right: int, right_to: int, *, common_too: bool = True
    ) -> bool:
        """Whether `difflib` has few pairs to look at; those of common lines if they count."""
        if left_to - left > EXACT_LINES or right_to - right > EXACT_LINES:
            return False
        times = Counter(self.right[right:right_to])
        most = EXACT_PAIRS if common_too else (right_to - right) // 100 + 1
        pairs = (times[line] for line in self.left[left:left_to])
        return sum(number for number in pairs if number <= most) <= EXACT_PAIRS

    def _by_difflib(
        self, left: int, left_to: int, right: int, right_to: int, *, common_too: bool = True
    ) -> list[Block]:
        one, other = self.left[left:left_to], self.right[right:right_to]
        matcher = SequenceMatcher(None, one, other, autojunk=not common_too)
        return [
            (left + block.a, right + block.b, block.size)
            for block in matcher.get_matching_blocks()
        ]

    def _landmarks(
        self, left: int, left_to: int, right: int, right_to: int
    ) -> list[tuple[int, int]]:
        """Return the most lines that stand once on each side, in the same order on both."""
        once = _places_of_single(self.right, right, right_to)
        pairs = [
            (at, once[line])
            for line, at in _places_of_single(self.left, left, left_to).items()
            if line in once
        ]
        return _longest_rising(pairs)


def _lines(text: str) -> list[str]:
    return text[:COMPARED].replace("\r\n", "\n").split("\n")


def common_start(left: Sequence[str], right: Sequence[str]) -> int:
    """Return how many lines, or signs, two sequences begin with alike."""
    pairs = enumerate(zip(left, right, strict=False))
    shorter = min(len(left), len(right))
    return next((at for at, (one, other) in pairs if one != other), shorter)


def _places_of_single(lines: list[str], start: int, end: int) -> dict[str, int]:
    """Return where each line stands that stands once in a stretch, in order."""
    times = Counter(lines[start:end])
    return {lines[at]: at for at in range(start, end) if times[lines[at]] == 1}


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of the pairs in which the second numbers rise, too."""
    ends: list[int] = []
    at_end: list[int] = []
    before: list[int] = []
    for number, (_, value) in enumerate(pairs):
        length = bisect_left(ends, value)
        before.append(at_end[length - 1] if length else -1)
        ends[length : length + 1] = [value]
        at_end[length : length + 1] = [number]
    rising = []
    number = at_end[-1] if at_end else -1
    while number >= 0:
        rising.append(pairs[number])
        number = before[number]
    return rising[::-1]


def _changes(blocks: list[Block], lefts: int, rights: int) -> Iterator[Change]:
    left = right = 0
    for at, other, size in (*blocks, (lefts, rights, 0)):
        if at > left or other > right:
            yield Change(left, at, right, other)
        left, right = at + size, other + size
