"""The actions that change what is seen, and those that help."""

from __future__ import annotations

from typing import Final

from desktop_app.actions import when
from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.spec import ActionSpec

_THEME: Final = "theme colours colors mode"

VIEW: Final = (
    ActionSpec(
        id=Do.SEARCH,
        title="&Search",
        section="View",
        keys=("Ctrl+F", "/"),
        icon="search",
        enabled_when=when.is_open,
    ),
    ActionSpec(
        id=Do.SEARCH_ALL,
        title="Search ever&ything",
        section="View",
        keys=("Ctrl+Shift+F",),
        icon="search",
        tip="Search records of every kind",
        enabled_when=when.is_open,
    ),
    ActionSpec(
        id=Do.FILTERS,
        title="&Filters",
        section="View",
        keys=("Ctrl+L",),
        icon="filter",
        enabled_when=when.lists,
    ),
    ActionSpec(
        id=Do.CLEAR_FILTERS, title="C&lear filters", section="View", enabled_when=when.lists
    ),
    ActionSpec(
        id=Do.REFRESH,
        title="&Refresh",
        section="View",
        keys=("F5",),
        icon="refresh",
        tip="Read the list again, keeping the place",
        enabled_when=when.is_open,
    ),
    ActionSpec(
        id=Do.PAUSE,
        title="&Pause live updates",
        section="View",
        keys=("Ctrl+Shift+P",),
        icon="pause",
        checkable=True,
        enabled_when=when.is_open,
    ),
    ActionSpec(
        id=Do.NEXT_PAGE,
        title="&Next page",
        section="View",
        keys=("Ctrl+PgDown",),
        icon="chevron-right",
        enabled_when=when.lists,
    ),
    ActionSpec(
        id=Do.PREVIOUS_PAGE,
        title="Previo&us page",
        section="View",
        keys=("Ctrl+PgUp",),
        icon="chevron-left",
        enabled_when=when.lists,
    ),
    ActionSpec(
        id=Do.FIRST_PAGE,
        title="F&irst page",
        section="View",
        keys=("Ctrl+Home",),
        in_table=True,
        icon="chevron-first",
        enabled_when=when.lists,
    ),
    ActionSpec(
        id=Do.LAST_PAGE,
        title="Last pa&ge",
        section="View",
        keys=("Ctrl+End",),
        in_table=True,
        icon="chevron-last",
        enabled_when=when.lists,
    ),
    ActionSpec(
        id=Do.BACK, title="&Back", section="View", keys=("Alt+Left",), enabled_when=when.is_open
    ),
    ActionSpec(
        id=Do.FORWARD,
        title="F&orward",
        section="View",
        keys=("Alt+Right",),
        enabled_when=when.is_open,
    ),
    ActionSpec(id=Do.NEXT_PANE, title="Next pan&e", section="View", keys=("F6",)),
    ActionSpec(id=Do.PREVIOUS_PANE, title="Pre&vious pane", section="View", keys=("Shift+F6",)),
    ActionSpec(
        id=Do.COLUMNS,
        title="&Columns…",
        section="View",
        also="sort sorting order",
        icon="columns",
        enabled_when=when.lists,
    ),
    ActionSpec(
        id=Do.COMPACT,
        title="Compact ro&ws",
        section="View",
        also="density",
        checkable=True,
        tip="Show more rows at a time",
        enabled_when=when.lists,
    ),
    ActionSpec(
        id=Do.VIEW_MENU,
        title="View menu…",
        section="View",
        keys=("V",),
        in_table=True,
        tip="Choose another view, or save, revert or rename this one",
        enabled_when=when.lists,
    ),
    ActionSpec(
        id=Do.SAVE_VIEW,
        title="Save view",
        section="View",
        keys=("Ctrl+S",),
        icon="star",
        tip="Keep filters, order and columns as a view",
        enabled_when=when.lists,
    ),
    ActionSpec(id=Do.ZOOM_IN, title="Zoom &in", section="View", keys=("Ctrl++", "Ctrl+=")),
    ActionSpec(id=Do.ZOOM_OUT, title="&Zoom out", section="View", keys=("Ctrl+-",)),
    ActionSpec(id=Do.ZOOM_RESET, title="Nor&mal size", section="View", keys=("Ctrl+0",)),
    ActionSpec(
        id=Do.THEME_SYSTEM,
        title="&Follow the system",
        section="Appearance",
        also=_THEME,
        checkable=True,
    ),
    ActionSpec(
        id=Do.THEME_LIGHT,
        title="&Light",
        section="Appearance",
        also=_THEME,
        icon="sun",
        checkable=True,
    ),
    ActionSpec(
        id=Do.THEME_DARK,
        title="&Dark",
        section="Appearance",
        also=f"{_THEME} night",
        icon="moon",
        checkable=True,
    ),
    ActionSpec(id=Do.FULL_SCREEN, title="Full screen &mode", section="View", keys=("F11",)),
    ActionSpec(
        id=Do.HISTORY,
        title="&History of operations",
        section="View",
        keys=("Ctrl+H",),
        icon="history",
        enabled_when=when.is_open,
    ),
)

PAGES: Final = {
    "active": "Active",
    "failed": "Failed tasks",
    "review": "Needs review",
    "stalled": "Stalled runs",
    "inbox": "Learnings inbox",
    "recent": "Recently archived",
    "batches": "Batches",
    "tasks": "Tasks",
    "runs": "Runs",
    "conversations": "Conversations",
    "messages": "Messages",
    "learnings": "Learnings",
    "bugs": "Bugs",
    "design-notes": "Design notes",
    "status-updates": "Status updates",
    "archived": "Archived",
    "trash": "Trash",
    "imports": "Imports",
    "tray": "Set aside",
    "backups": "Backups",
    "retention": "Retention",
    "storage": "Storage",
    "health": "Health",
}
"""The pages one can go to, by key; the first nine have a digit each."""
_DIGITS: Final = 9
SIDEBAR: Final = (
    ActionSpec(
        id=Do.GO_OVERVIEW,
        title="Overview",
        section="Go to",
        keys=("Alt+Home",),
        icon="overview",
        enabled_when=when.is_open,
    ),
    *(
        ActionSpec(
            id=Do(f"go.{key}"),
            title=title,
            section="Go to",
            keys=(f"Ctrl+{number}",) if number <= _DIGITS else (),
            enabled_when=when.is_open,
        )
        for number, (key, title) in enumerate(PAGES.items(), 1)
    ),
)

TOOLS: Final = (
    ActionSpec(
        id=Do.SETTINGS,
        title="Se&ttings…",
        section="Tools",
        also="preferences options",
        keys=("Ctrl+,",),
        tip="Theme, rows per page, and keys",
    ),
    ActionSpec(
        id=Do.PALETTE, title="&Commands…", section="Tools", keys=("Ctrl+K",), icon="palette"
    ),
    ActionSpec(
        id=Do.GO_TO,
        title="&Go to record…",
        section="Tools",
        keys=("Ctrl+P",),
        tip="By id, or by words of its title",
        enabled_when=when.is_open,
    ),
    ActionSpec(
        id=Do.CHECK,
        title="C&heck the workspace",
        section="Tools",
        also="health verify integrity",
        icon="check",
        enabled_when=when.is_open,
    ),
    ActionSpec(
        id=Do.BACK_UP,
        title="&Back up now",
        section="Tools",
        also="save copy safety",
        keys=("Ctrl+Shift+B",),
        icon="backup",
        enabled_when=when.is_open,
    ),
    ActionSpec(
        id=Do.ACTIVITY,
        title="&Activity",
        section="Tools",
        also="jobs queue progress",
        keys=("Ctrl+J",),
        icon="jobs",
        tip="What is under way, how far it is, and how it ended",
        enabled_when=when.is_open,
    ),
)

HELP: Final = (
    ActionSpec(
        id=Do.SHORTCUTS,
        title="&Keyboard shortcuts",
        section="Help",
        also="keys hotkeys",
        keys=("F1", "?"),
        icon="keyboard",
    ),
    ActionSpec(
        id=Do.DIAGNOSTICS,
        title="&Diagnostics…",
        section="Help",
        also="bug report support bundle log crash",
        icon="info",
        tip="See what a report about this program would hold, and save it",
    ),
    ActionSpec(id=Do.ABOUT, title="&About Sheaf", section="Help", icon="info"),
)
