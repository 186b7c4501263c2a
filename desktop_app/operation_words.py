"""How an operation reads once it is done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import structs

from db.records import Kind, OperationRecord, OperationState, Outcome, TurnProgress
from desktop_app.models.operations import report_words

_DONE: Final = {
    "Approve": "Approved",
    "Archive": "Archived",
    "Change": "Changed",
    "Create": "Created",
    "Delete": "Deleted",
    "Forget": "Forgot",
    "Import": "Imported",
    "Merge": "Merged",
    "Move": "Moved",
    "Put": "Put",
    "Reject": "Rejected",
    "Restore": "Restored",
    "Trash": "Moved",
    "Unarchive": "Brought",
}
_WHERE: Final = {"Trash": " to the trash", "Unarchive": " back from the archive"}
"""What comes after the records that were moved, and those that went along."""


def operation_words(operation: OperationRecord) -> str:
    """Return what was done, as a sentence: `Archived 3 batches`, `Undid: Archive 3 batches`."""
    return _done_words(operation, "")


def _done_words(operation: OperationRecord, more: str) -> str:
    if operation.state is OperationState.UNDONE:
        return f"Undid: {operation.title}{more}"
    verb, space, rest = operation.title.partition(" ")
    return f"{_DONE.get(verb, verb)}{space}{rest}{more}{_WHERE.get(verb, '')}"


_NUMBER: Final = re.compile(r"[0-9,]+")
_MOVES: Final = frozenset({"archive", "unarchive", "trash", "restore"})


def outcome_words(operation: OperationRecord, outcome: Outcome) -> str:
    """Return the same with all its numbers, and with what had to be left as it was."""
    operation = _as_done_again(operation, outcome)
    said = _done_words(operation, _further_numbers(operation, outcome))
    if outcome.skipped:
        number = len(outcome.skipped)
        said += f". {number:,} left as they are, as they were changed or deleted since"
    return said


def _as_done_again(operation: OperationRecord, outcome: Outcome) -> OperationRecord:
    """Return a move that had to leave some records with the number of the others."""
    about, quote, _title = operation.title.partition("“")
    is_moved = operation.state is OperationState.DONE and operation.verb in _MOVES
    if quote or not (is_moved and outcome.skipped and outcome.changed):
        return operation
    kind = _moved_kind(about, outcome.changed)
    verb = about.partition(" ")[0]
    title = f"{verb} {kind.counted(len(outcome.changed[kind]))}"
    return structs.replace(operation, title=title)


def _moved_kind(about: str, kinds: Iterable[Kind]) -> Kind:
    """Return the kind that a title is about, of all that moved."""
    return min(kinds, key=lambda kind: (kind.word not in about, kind))


def _further_numbers(operation: OperationRecord, outcome: Outcome) -> str:
    """Return what the title of an operation does not say of how much it changed."""
    if operation.verb == "import":
        return f": {report_words(operation)}"
    if operation.verb not in _MOVES or not outcome.changed:
        return ""
    numbers = {kind: len(pks) for kind, pks in sorted(outcome.changed.items()) if pks}
    about, quote, _title = operation.title.partition("“")
    moved = _moved_kind(about, numbers)
    number = numbers.pop(moved)
    told = _NUMBER.search(about)
    named = int(told[0].replace(",", "")) if told and not quote else 1
    along = [kind.counted(number) for kind, number in numbers.items() if kind > moved]
    if number > named:
        along.insert(0, _parts(moved, number - named))
    return f" with {', '.join(along)}" if along else ""


def _parts(kind: Kind, number: int) -> str:
    """Return what records of a kind are called that are parts of others of it."""
    if kind is Kind.TASK:
        return "1 subtask" if number == 1 else f"{number:,} subtasks"
    return f"{kind.counted(number)} inside"


def under_way_words(asked: Sequence[str], turn: TurnProgress | None) -> str:
    """Return what is under way and what waits, `Under way: Archive 1 batch. Next: Undo.`."""
    first, *others = asked
    if turn is not None:
        verb = "Redo" if turn.forward else "Undo"
        share = f", {100 * turn.done // turn.total} %" if turn.total else ""
        first = f"{verb} “{turn.title}”{share}"
    waiting = f" Next: {'; '.join(others)}." if others else ""
    return f"Under way: {first}.{waiting}"
