"""How an operation reads once it is done."""

from __future__ import annotations

from typing import Final

from db.records import OperationRecord, OperationState, Outcome
from desktop_app.models.operations import report_words

_DONE: Final = {
    "Approve": "Approved",
    "Archive": "Archived",
    "Change": "Changed",
    "Create": "Created",
    "Delete": "Deleted",
    "Import": "Imported",
    "Merge": "Merged",
    "Move": "Moved",
    "Put": "Put",
    "Reject": "Rejected",
    "Restore": "Restored",
    "Trash": "Trashed",
    "Unarchive": "Unarchived",
}


def operation_words(operation: OperationRecord) -> str:
    """Return what was done, as a sentence: `Archived 3 batches`, `Undid: Archive 3 batches`."""
    if operation.state is OperationState.UNDONE:
        return f"Undid: {operation.title}"
    verb, space, rest = operation.title.partition(" ")
    return _DONE.get(verb, verb) + space + rest


_MOVES: Final = frozenset({"archive", "unarchive", "trash", "restore"})


def outcome_words(operation: OperationRecord, outcome: Outcome) -> str:
    """Return the same with all its numbers, and with what had to be left as it was."""
    said = operation_words(operation) + _further_numbers(operation, outcome)
    if outcome.skipped:
        number = len(outcome.skipped)
        said += f". {number:,} left as they are, as they were changed or deleted since"
    return said


def _further_numbers(operation: OperationRecord, outcome: Outcome) -> str:
    """Return what the title of an operation does not say of how much it changed."""
    if operation.verb == "import":
        return f": {report_words(operation)}"
    if operation.verb not in _MOVES or not outcome.changed:
        return ""
    numbers = {kind: len(pks) for kind, pks in sorted(outcome.changed.items()) if pks}
    moved = min(numbers, key=lambda kind: (kind.word not in operation.title, kind))
    number = moved.counted(numbers.pop(moved))
    said = "" if number in operation.title else f", {number} in all"
    others = [kind.counted(number) for kind, number in numbers.items() if kind > moved]
    return said + (f" with {', '.join(others)}" if others else "")
