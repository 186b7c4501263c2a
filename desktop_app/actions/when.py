"""When actions are possible, and why they are not when they are not."""

from __future__ import annotations

from typing import Final

from db.records import Kind, Place
from desktop_app.actions.spec import Surface, UiState


def is_open(state: UiState) -> bool:
    """Whether a workspace is open."""
    return state.is_open


def lists(state: UiState) -> bool:
    """Whether a list of records is shown."""
    return state.surface is Surface.LIST


def some(state: UiState) -> bool:
    """Whether records are selected."""
    return lists(state) and state.selected > 0


def has_row(state: UiState) -> bool:
    """Whether a row is selected or the current one."""
    return some(state) or (lists(state) and state.has_current)


def one(state: UiState) -> bool:
    """Whether exactly one record is selected."""
    return lists(state) and state.selected == 1


def some_tasks(state: UiState) -> bool:
    """Whether tasks are selected."""
    return some(state) and state.kind is Kind.TASK


def one_batch(state: UiState) -> bool:
    """Whether exactly one batch is selected."""
    return one(state) and state.kind is Kind.BATCH


def movable(state: UiState) -> bool:
    """Whether records are selected that are not in the trash."""
    return some(state) and state.place is not Place.TRASHED


def trashed(state: UiState) -> bool:
    """Whether records in the trash are selected."""
    return some(state) and state.place is Place.TRASHED


NO_ROW: Final = "the list has no row."
CHOOSE: Final = "nothing is selected."
CHOOSE_ONE: Final = "exactly one record must be selected."
CHOOSE_TASKS: Final = "no task is selected."
OPEN_FIRST: Final = "no workspace is open."
