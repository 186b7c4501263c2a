"""What an action is, and what decides whether it may be done now."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Final, TypeAlias

from msgspec import Struct

from db.records import Kind, Place
from desktop_app.actions.ids import ActionId


class Surface(Enum):
    """What fills the middle of the window."""

    NOTHING = auto()
    LIST = auto()
    OPERATIONS = auto()
    SEARCH = auto()


class UiState(Struct, frozen=True, kw_only=True):
    """The facts that decide what may be done now; replaced whole, never edited.

    `compared` is the title of a record that waits to be compared with another one.
    `only_read` says why nothing can be changed, if so, and `is_past` that what is shown is a
    backup. `turns` says that an
    undo or redo of very much is under way, `writes` that any operation is, which an undo
    asked for now takes back.
    """

    surface: Surface = Surface.NOTHING
    kind: Kind | None = None
    place: Place = Place.LIVE
    selected: int = 0
    has_current: bool = False
    undo: str = ""
    redo: str = ""
    turns: bool = False
    writes: bool = False
    is_open: bool = False
    paused: bool = False
    inbox: bool = False
    is_past: bool = False
    only_read: str = ""
    compared: str = ""


CHANGING: Final = frozenset(
    {
        ActionId.IMPORT,
        ActionId.PASTE,
        ActionId.WATCH,
        ActionId.UNDO,
        ActionId.REDO,
        ActionId.NEW,
        ActionId.NEW_BATCH,
        ActionId.NEW_TASK,
        ActionId.NEW_RUN,
        ActionId.NEW_BUG,
        ActionId.NEW_DESIGN_NOTE,
        ActionId.NEW_CONVERSATION,
        ActionId.NEW_LEARNING,
        ActionId.NEW_STATUS_UPDATE,
        ActionId.KEEP_LEARNING,
        ActionId.RENAME,
        ActionId.SET_STATUS,
        ActionId.SET_PRIORITY,
        ActionId.ADD_TAG,
        ActionId.REMOVE_TAG,
        ActionId.APPROVE,
        ActionId.EDIT_LEARNING,
        ActionId.MERGE,
        ActionId.SUPERSEDE,
        ActionId.REJECT,
        ActionId.ARCHIVE,
        ActionId.TRASH,
        ActionId.RESTORE,
        ActionId.PURGE,
        ActionId.SAVE_VIEW,
        ActionId.BACK_UP,
    }
)
"""What would change a workspace, or what is kept of it."""
NOT_IN_PAST: Final = frozenset({ActionId.GO_BACKUPS, ActionId.BACK_UP})
"""What is of no use in a backup."""
ONLY_READ: Final = "Not now: this is a backup, which is only read."
Test: TypeAlias = Callable[[UiState], bool]


class ActionSpec(Struct, frozen=True, kw_only=True):
    """One thing a person can do, declared once and shown wherever its id is listed.

    `also` are other words that people look for it by.
    `keys` are shortcuts, the first of them the one that menus show. With `in_any_window`
    they act in those beside the main one too. With `in_table` they
    act only while a table has the focus, as `table_keys` always do; `inbox_keys` do in the
    table of an inbox, in place of what they do elsewhere. `title_in` gives a
    title that follows the state. `why_not` completes "Not now: " for the status tip of an
    action that is disabled, and so does `why_not_in`, which follows the state.
    """

    id: ActionId
    title: str
    section: str
    also: str = ""
    keys: tuple[str, ...] = ()
    table_keys: tuple[str, ...] = ()
    inbox_keys: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    in_any_window: bool = False
    in_table: bool = False
    checkable: bool = False
    enabled_when: Test = lambda _state: True
    title_in: Callable[[UiState], str] | None = None
    why_not: str = ""
    why_not_in: Callable[[UiState], str] | None = None

    def is_possible(self, state: UiState) -> bool:
        """Whether it can be done now."""
        return self.enabled_when(state) and not self._is_kept_from(state)

    def refusal(self, state: UiState) -> str:
        """Return why it cannot be done now, as a sentence; empty if nothing says so."""
        if self._is_kept_from(state):
            return state.only_read
        why = self.why_not if self.why_not_in is None else self.why_not_in(state)
        return f"Not now: {why}" if why else ""

    def _is_kept_from(self, state: UiState) -> bool:
        """Whether it would change what is only read, or is of no use in a backup."""
        is_useless = state.is_past and self.id in NOT_IN_PAST
        return is_useless or (bool(state.only_read) and self.id in CHANGING)
