"""How an operation reads once it is done."""

from __future__ import annotations

from typing import Final

from db.records import OperationRecord, OperationState, Outcome

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


def outcome_words(operation: OperationRecord, outcome: Outcome) -> str:
    """Return the same, with what had to be left as it was."""
    said = operation_words(operation)
    if outcome.skipped:
        said += f". {len(outcome.skipped):,} left as they are, as they were changed since"
    return said
