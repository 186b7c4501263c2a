"""How an operation reads once it is done."""

from __future__ import annotations

from typing import Final

from db.records import Kind, OperationRecord, OperationState, Outcome
from desktop_app.models.operations import report_words

_DONE: Final = {
    "Archive": "Archived",
    "Change": "Changed",
    "Create": "Created",
    "Delete": "Deleted",
    "Import": "Imported",
    "Move": "Moved",
    "Put": "Put",
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
    tasks = Kind.TASK.counted(len(outcome.changed.get(Kind.TASK, ())))
    if operation.verb not in _MOVES or tasks in operation.title:
        return ""
    return f" with {tasks}" if Kind.BATCH in outcome.changed else f", {tasks} in all"
