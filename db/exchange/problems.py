"""What of some files cannot be used, gathered while the rest is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from db.errors import ExchangeError, MalformedFileError, RefusedRecordsError
from db.exchange.document import Document, problem_of
from db.exchange.formats.base import Incoming
from db.incoming import BadRecords, Problem, Staging

MOST_PROBLEMS: Final = 100_000
"""With more, it is not the records that are wrong but the format."""

MOST_KEPT_CHARS: Final = 64 << 20
_MEND_OR_SET_ASIDE: Final = (
    "Mend the file at that place, or import it with what cannot be used set aside."
)
SHOWN_PROBLEMS: Final = 1_000
REPORTED_PROBLEMS: Final = 20
NAMED_PROBLEMS: Final = 3


class Problems:
    """The problems of one import, file by file."""

    def __init__(self, policy: BadRecords) -> None:
        self._policy = policy
        self._number = 0
        self._of_file: list[Problem] = []
        self._shown: list[Problem] = []
        self._chars = 0
        self._first: ExchangeError | None = None
        self._unreadable: list[Problem] = []

    @property
    def in_file(self) -> int:
        """How many the current file has so far."""
        return len(self._of_file)

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

    def add_file(self, name: str, error: ExchangeError) -> None:
        """Take note of a file of which nothing can be read."""
        self._first = self._first or error
        if isinstance(error, MalformedFileError):
            problem = msgspec.structs.replace(problem_of(error), file=name)
        else:
            problem = Problem(file=name, reason=error.what)
        self._unreadable.append(problem)

    def guarded(self, incoming: Iterator[Incoming], document: Document) -> Iterator[Incoming]:
        """Yield records as far as they can be read; where that ends early is a problem."""
        try:
            yield from incoming
        except MalformedFileError as error:
            if self._first is None:
                self._first = error if error.path else error.located(document.name)
            self.add(document.rest(error))

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

    def end(self, staging: Staging) -> None:
        """End an import that allows for no problem, or that has nothing else.

        Raises:
            RefusedRecordsError: there are problems.
            ExchangeError: there is one, and nothing else to say than what it is.
        """
        staging.report.unreadable = self._unreadable
        is_refused = self._policy is BadRecords.STOP or not staging.report.files
        found = self._number + len(self._unreadable)
        if not (found and is_refused):
            return
        if found == 1:
            error = self._first or _single(self._shown[0])
            may_go = self._number and self._policy is BadRecords.STOP
            if may_go and isinstance(error, MalformedFileError):
                raise error.located(error.path, _MEND_OR_SET_ASIDE)
            raise error
        self._shown = [*self._unreadable, *self._shown]
        what = [
            f"{number:,} {noun if number == 1 else noun + 's'} cannot be {done}"
            for number, noun, done in (
                (len(self._unreadable), "file", "read"),
                (self._number, "record", "used"),
            )
            if number
        ]
        raise self._refusal(" and ".join(what))

    def _refusal(self, what: str) -> RefusedRecordsError:
        first = [*self._shown, *self._of_file][:SHOWN_PROBLEMS]
        places = "; ".join(
            f"{_single(each).place}{each.reason.rstrip('.')}" for each in first[:NAMED_PROBLEMS]
        )
        which = "" if len(first) <= NAMED_PROBLEMS else ". The first"
        return RefusedRecordsError(
            f"{what}{which}: {places}.", problems=first, headline=f"{what}."
        )


def _single(problem: Problem) -> MalformedFileError:
    error = MalformedFileError(
        problem.reason,
        path=problem.file,
        line=problem.line,
        column=problem.column,
        pointer=problem.fault or problem.pointer,
    )
    error.text = problem.text
    return error
