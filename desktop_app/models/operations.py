"""The model of a list of operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from db.incoming import ImportReport
from db.records import Kind, OperationRecord, OperationState
from desktop_app.look import text
from desktop_app.models.words_model import WordsModel

STATE_WORDS: Final = {
    OperationState.STAGED: "Not finished",
    OperationState.DONE: "Done",
    OperationState.UNDONE: "Undone",
    OperationState.WITHDRAWING: "Being undone",
    OperationState.RESTORING: "Being redone",
}


def report_of(operation: OperationRecord) -> ImportReport | None:
    """Return what an import noted of itself, None where it is no import."""
    if operation.verb != "import" or operation.report is None:
        return None
    try:
        return msgspec.json.decode(operation.report, type=ImportReport)
    except msgspec.MsgspecError:
        return None


def report_words(operation: OperationRecord) -> str:
    """Return what an import did: `12 new tasks in 1 batch, 3 changed tasks`; else nothing."""
    report = report_of(operation)
    return "" if report is None else numbers_of(report)


def numbers_of(report: ImportReport) -> str:
    """Return the numbers of an import in words, the empty ones left out."""
    said = (
        records_words(counts, word)
        for word, counts in (
            ("new", report.new),
            ("changed", report.changed),
            ("identical", report.identical),
            ("older", report.older),
            ("repeated", report.repeated),
        )
    )
    states = sum(report.earlier.values())
    earlier = text.counted(states, "earlier state", "earlier states") if states else ""
    return ", ".join(filter(None, (*said, earlier))) or "nothing"


_INSIDE: Final = {Kind.BATCH: Kind.TASK, Kind.CONVERSATION: Kind.MESSAGE}
"""The records that are told with what they are in: `35 messages in 7 conversations`."""


def records_words(counts: Mapping[str, int], adjective: str = "") -> str:
    """Return numbers of records by kind, in words: `2 new tasks in 1 batch and 5 new bugs`."""
    numbers = {kind: number for kind in Kind if (number := counts.get(kind.word, 0))}
    homes = {_INSIDE[kind]: kind for kind in numbers.keys() & _INSIDE.keys()}
    said = []
    for kind, number in numbers.items():
        if numbers.get(_INSIDE.get(kind, kind)) and kind in _INSIDE:
            continue
        words = kind.counted(number, adjective)
        if kind in homes:
            words += f" in {homes[kind].counted(numbers[homes[kind]])}"
        said.append(words)
    return " and ".join(filter(None, (", ".join(said[:-1]), *said[-1:])))


_COLUMNS: Final[tuple[tuple[str, Callable[[OperationRecord], str]], ...]] = (
    ("What", lambda operation: operation.title),
    ("State", lambda operation: STATE_WORDS[operation.state]),
    ("Numbers", report_words),
    ("When", lambda operation: text.relative_time(operation.started_at)),
    ("By", lambda operation: operation.actor),
)
WHAT_COLUMN: Final = 0
NUMBERS_COLUMN: Final = 2
WHEN_COLUMN: Final = 3


class OperationsModel(WordsModel):
    """A row for each operation, newest first."""

    def __init__(self) -> None:
        super().__init__([heading for heading, _ in _COLUMNS])
        self.operations: Sequence[OperationRecord] = ()

    def show_operations(self, operations: Sequence[OperationRecord]) -> None:
        """Show these rows from now on."""
        self.beginResetModel()
        self.operations = operations
        self.endResetModel()

    @property
    def count(self) -> int:
        return len(self.operations)

    def words(self, row: int, column: int) -> str:
        return _COLUMNS[column][1](self.operations[row])

    def tip(self, row: int, column: int) -> str:
        if column == WHEN_COLUMN:
            return text.time_tooltip(self.operations[row].started_at)
        return self.words(row, column)
