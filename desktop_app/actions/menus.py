"""Which actions stand in which menu."""

from __future__ import annotations

from typing import Final, TypeAlias

from desktop_app.actions.catalogue import EDIT, FILE
from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.record_catalogue import NEW_OF, RECORD
from desktop_app.actions.spec import ActionSpec
from desktop_app.actions.view_catalogue import HELP, SIDEBAR, TOOLS, VIEW

Items: TypeAlias = tuple["Do | SubMenu | None", ...]
"""Actions in order; None is a separator."""
SubMenu: TypeAlias = tuple[str, tuple["Do | None", ...]]

ACTIONS: Final[tuple[ActionSpec, ...]] = (*FILE, *EDIT, *RECORD, *VIEW, *SIDEBAR, *TOOLS, *HELP)

MENUS: Final[tuple[tuple[str, Items], ...]] = (
    (
        "&File",
        (
            Do.OPEN,
            Do.SAMPLE,
            None,
            Do.IMPORT,
            Do.PASTE,
            Do.WATCH,
            Do.EXPORT,
            None,
            Do.SAVE_PDF,
            Do.PRINT,
            None,
            Do.CLOSE_WINDOW,
            Do.QUIT,
        ),
    ),
    (
        "&Edit",
        (
            Do.UNDO,
            Do.REDO,
            None,
            Do.COPY,
            Do.COPY_WITH_HEADERS,
            Do.COPY_MARKDOWN,
            Do.COPY_RECORD,
            Do.COPY_ID,
            Do.COPY_COMMAND,
            None,
            Do.SELECT_ALL,
            Do.SELECT_NONE,
            None,
            Do.SETTINGS,
        ),
    ),
    (
        "&View",
        (
            Do.SEARCH,
            Do.SEARCH_ALL,
            Do.FILTERS,
            Do.CLEAR_FILTERS,
            Do.COLUMNS,
            Do.COMPACT,
            None,
            Do.VIEW_MENU,
            Do.SAVE_VIEW,
            None,
            Do.REFRESH,
            Do.PAUSE,
            None,
            Do.FIRST_PAGE,
            Do.PREVIOUS_PAGE,
            Do.NEXT_PAGE,
            Do.LAST_PAGE,
            None,
            Do.BACK,
            Do.FORWARD,
            Do.NEXT_PANE,
            Do.PREVIOUS_PANE,
            ("Go &to", (*(spec.id for spec in SIDEBAR), Do.HISTORY)),
            None,
            (
                "&Appearance",
                (
                    Do.THEME_SYSTEM,
                    Do.THEME_LIGHT,
                    Do.THEME_DARK,
                    None,
                    Do.ZOOM_IN,
                    Do.ZOOM_OUT,
                    Do.ZOOM_RESET,
                ),
            ),
            Do.FULL_SCREEN,
        ),
    ),
    (
        "&Record",
        (
            ("&New", tuple(NEW_OF.values())),
            Do.KEEP_LEARNING,
            None,
            Do.OPEN_PANE,
            Do.OPEN_WINDOW,
            Do.SHOW_TASKS,
            Do.COMPARE,
            None,
            Do.RENAME,
            Do.SET_STATUS,
            Do.SET_PRIORITY,
            Do.ADD_TAG,
            Do.REMOVE_TAG,
            None,
            Do.ARCHIVE,
            Do.TRASH,
            Do.RESTORE,
            Do.PURGE,
            None,
            (
                "Learnings in&box",
                (Do.APPROVE, Do.EDIT_LEARNING, Do.MERGE, Do.SUPERSEDE, Do.REJECT),
            ),
            Do.NEXT_RECORD,
            Do.PREVIOUS_RECORD,
        ),
    ),
    ("&Tools", (Do.PALETTE, Do.GO_TO, Do.CHECK, Do.BACK_UP, Do.ACTIVITY)),
    ("&Help", (Do.SHORTCUTS, Do.DIAGNOSTICS, Do.ABOUT)),
)

NEW_MENU: Final[Items] = tuple(NEW_OF.values())
SHOWN_MENU: Final[tuple[Do | None, ...]] = (
    Do.OPEN_WINDOW,
    Do.COMPARE,
    Do.SHOW_TASKS,
    None,
    Do.RENAME,
    Do.SET_STATUS,
    Do.SET_PRIORITY,
    Do.ADD_TAG,
    Do.REMOVE_TAG,
    None,
    Do.COPY_RECORD,
    Do.COPY_ID,
    Do.KEEP_LEARNING,
    None,
    Do.ARCHIVE,
    Do.TRASH,
    Do.RESTORE,
    Do.PURGE,
)
"""What is offered for the record in a pane."""
ROW_MENU: Final[Items] = (
    Do.APPROVE,
    Do.MERGE,
    Do.SUPERSEDE,
    Do.REJECT,
    None,
    Do.OPEN_WINDOW,
    Do.COMPARE,
    Do.SHOW_TASKS,
    None,
    Do.RENAME,
    Do.SET_STATUS,
    Do.SET_PRIORITY,
    Do.ADD_TAG,
    Do.REMOVE_TAG,
    None,
    Do.COPY,
    Do.COPY_RECORD,
    Do.COPY_ID,
    Do.EXPORT,
    Do.KEEP_LEARNING,
    None,
    Do.ARCHIVE,
    Do.TRASH,
    Do.RESTORE,
    Do.PURGE,
)
