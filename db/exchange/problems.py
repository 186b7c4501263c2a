"""What of some files cannot be used, gathered while the rest is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from db.errors import MalformedFileError, RefusedRecordsError
from db.exchange.document import problem_of
from db.exchange.formats.base import Incoming
from db.incoming import BadRecords, Problem, Staging

MOST_PROBLEMS: Final = 100_000
"""With more, it is not the records that are wrong but the format."""

MOST_KEPT_CHARS: Final = 64 << 20
SHOWN_PROBLEMS: Final = 1_000
REPORTED_PROBLEMS: Final = 20


class Problems:
    """The problems of one import, file by file."""

    def __init__(self, policy: BadRecords) -> None:
        self._policy = policy
        self._number = 0
        self._of_file: list[Problem] = []
        self._shown: list[Problem] = []
        self._chars = 0

    def add(self, problem: Problem) -> None:
        """Take note of a problem.

        Raises:
            RefusedRecordsError: there are too many to go on.
        """
        self._number += 1
        self._chars += len(problem.text)
        self._of_file.append(problem)
        if self._number > MOST_PROBLEMS or self._chars > MOST_KEPT_CHARS:
            raise self._refusal(f"More than {self._number - 1:,} records cannot be used")

    def guarded(self, incoming: Iterator[Incoming]) -> Iterator[Incoming]:
        """Yield records as far as they can be read; where that ends early is a problem."""
        try:
            yield from incoming
        except MalformedFileError as error:
            if self._policy is BadRecords.STOP and not self._number:
                raise
            self.add(problem_of(error))

    def end_file(self, staging: Staging, name: str) -> None:
        """Set the problems of a file aside, or keep them to refuse the whole import."""
        found = [
            each if each.file else msgspec.structs.replace(each, file=name)
            for each in self._of_file
        ]
        self._of_file.clear()
        self._shown += found[: SHOWN_PROBLEMS - len(self._shown)]
        if self._policy is BadRecords.SET_ASIDE:
            staging.set_aside(found)
            staging.report.set_aside = self._number
            staging.report.problems = self._shown[:REPORTED_PROBLEMS]
            staging.problems = tuple(self._shown)

    def refuse_any(self) -> None:
        """End an import that allows for no problem.

        Raises:
            RefusedRecordsError: there are problems.
            MalformedFileError: there is one, and nothing else to say than what it is.
        """
        if self._policy is BadRecords.SET_ASIDE or not self._number:
            return
        if self._number == 1:
            raise _single(self._shown[0])
        raise self._refusal(f"{self._number:,} records cannot be used")

    def _refusal(self, what: str) -> RefusedRecordsError:
        first = [*self._shown, *self._of_file][:SHOWN_PROBLEMS]
        places = "; ".join(f"{_single(each).place}{each.reason}" for each in first[:3])
        return RefusedRecordsError(f"{what}. The first: {places}", problems=first)


def _single(problem: Problem) -> MalformedFileError:
    error = MalformedFileError(
        problem.reason,
        path=problem.file,
        line=problem.line,
        column=problem.column,
        pointer=problem.pointer,
    )
    error.text = problem.text
    return error
