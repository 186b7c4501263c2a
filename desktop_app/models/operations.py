"""The model of a list of operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from db.incoming import ImportReport
from db.records import Kind, OperationRecord, OperationState
from desktop_app.look import text
from desktop_app.look.cells import ROLE_CELL, TextCell

Index = QModelIndex | QPersistentModelIndex

STATE_WORDS: Final = {
    OperationState.STAGED: "Not finished",
    OperationState.DONE: "Done",
    OperationState.UNDONE: "Undone",
    OperationState.WITHDRAWING: "Being undone",
    OperationState.RESTORING: "Being redone",
}


def report_of(operation: OperationRecord) -> ImportReport | None:
    """Return what an import noted of itself, None where it is no import."""
    if operation.report is None:
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
    return ", ".join(filter(None, said)) or "nothing"


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


class OperationsModel(QAbstractTableModel):
    """A row for each operation, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: Sequence[OperationRecord] = ()

    def show_operations(self, operations: Sequence[OperationRecord]) -> None:
        """Show these rows from now on."""
        self.beginResetModel()
        self.operations = operations
        self.endResetModel()

    # Qt overrides

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.operations)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        operation = self.operations[index.row()]
        words = _COLUMNS[index.column()][1](operation)
        if role == ROLE_CELL:
            return TextCell(words, strong=index.column() == 0, muted=index.column() > 0)
        if role == Qt.ItemDataRole.DisplayRole:
            return words
        if role == Qt.ItemDataRole.AccessibleTextRole:
            row = ", ".join(filter(None, (read(operation) for _, read in _COLUMNS)))
            return row if index.column() == 0 else words
        if role == Qt.ItemDataRole.ToolTipRole:
            is_time = index.column() == WHEN_COLUMN
            return (
                text.time_tooltip(operation.started_at)
                if is_time
                else text.plain_tooltip(words)
            )
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return _COLUMNS[section][0]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        return None
