"""When actions are possible, and why they are not when they are not."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Final

from db.records import Kind, Place
from desktop_app.actions.spec import Surface, Test, UiState


def is_open(state: UiState) -> bool:
    """Whether a workspace is open."""
    return state.is_open


def lists(state: UiState) -> bool:
    """Whether a list of records is shown."""
    return state.surface is Surface.LIST


def records(state: UiState) -> bool:
    """Whether what is shown has records to choose."""
    return state.surface in {Surface.LIST, Surface.SEARCH}


def some(state: UiState) -> bool:
    """Whether records are selected."""
    return records(state) and state.selected > 0


def some_rows(state: UiState) -> bool:
    """Whether rows of a list are selected."""
    return lists(state) and state.selected > 0


def has_row(state: UiState) -> bool:
    """Whether a row is selected or the current one."""
    return some_rows(state) or (lists(state) and state.has_current)


def one(state: UiState) -> bool:
    """Whether exactly one record is selected."""
    return records(state) and state.selected == 1


def some_of(kinds: Container[Kind | None]) -> Test:
    """Return the test whether records of one of these kinds are selected."""
    return lambda state: some(state) and state.kind in kinds


def lacking(field: str) -> Callable[[UiState], str]:
    """Return why a field cannot be given to what is selected: its kind does not have it."""

    def why_not(state: UiState) -> str:
        if state.kind is None or not some(state):
            return CHOOSE
        return f"{state.kind.plural} have no {field}."

    return why_not


def one_holder(state: UiState) -> bool:
    """Whether exactly one record is selected that has others inside."""
    return one(state) and state.kind in INSIDE


def one_message(state: UiState) -> bool:
    """Whether exactly one message is selected."""
    return one(state) and state.kind is Kind.MESSAGE


def one_titled(state: UiState) -> bool:
    """Whether exactly one record is selected whose title may be edited."""
    return one(state) and state.kind is not Kind.MESSAGE


def no_title(state: UiState) -> str:
    """Return why no title can be edited."""
    return (
        "a message says what was said; it has no title to edit." if one(state) else CHOOSE_ONE
    )


def comparable(state: UiState) -> bool:
    """Whether two records are selected that have a text to compare, or the first of them."""
    return (two(state) or one(state)) and state.kind not in _NO_TEXT


def two(state: UiState) -> bool:
    """Whether exactly two records of a list are selected."""
    return lists(state) and state.selected == _TWO


def movable(state: UiState) -> bool:
    """Whether records are selected that are not in the trash."""
    return some(state) and state.place is not Place.TRASHED


def unmovable(state: UiState) -> str:
    """Return why what is selected can be neither archived nor moved to the trash."""
    if trashed(state):
        return "it is in the trash: R restores it, Shift+Del deletes it permanently."
    return CHOOSE


def trashed(state: UiState) -> bool:
    """Whether records in the trash are selected."""
    return some(state) and state.place is Place.TRASHED


def one_in_inbox(state: UiState) -> bool:
    """Whether exactly one learning is selected where learnings are worked through."""
    return one(state) and state.inbox


STATED: Final = frozenset({Kind.TASK, Kind.EXECUTION, Kind.BUG})
"""The kinds of record that a person gives a status."""
URGENCIES: Final = {Kind.TASK: "priority", Kind.BUG: "severity"}
"""What says how urgent a record is, where something does."""
TAGGED: Final = frozenset({Kind.TASK, Kind.LEARNING})
"""The kinds of record that have tags."""
INSIDE: Final = {
    Kind.BATCH: Kind.TASK,
    Kind.TASK: Kind.EXECUTION,
    Kind.CONVERSATION: Kind.MESSAGE,
}
"""What is inside records of a kind."""
_TWO: Final = 2
_NO_TEXT: Final = frozenset({Kind.CONVERSATION})

NO_ROW: Final = "the list has no row."
CHOOSE: Final = "nothing is selected."
CHOOSE_ONE: Final = "exactly one record must be selected."
OPEN_FIRST: Final = "no workspace is open."
