"""What a person can do to files and with what is selected."""

from __future__ import annotations

from typing import Final

from desktop_app.actions import when
from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.spec import ActionSpec

FILE: Final = (
    ActionSpec(
        id=Do.OPEN, title="&Open workspace…", section="File", keys=("Ctrl+O",), icon="folder"
    ),
    ActionSpec(
        id=Do.IMPORT,
        title="&Import…",
        section="File",
        keys=("Ctrl+I",),
        icon="import",
        tip="Read JSON files or folders into this workspace",
        enabled_when=when.is_open,
        why_not=when.OPEN_FIRST,
    ),
    ActionSpec(
        id=Do.PASTE,
        title="Import from the &clipboard",
        section="File",
        keys=("Ctrl+V",),
        tip="Import copied JSON text or copied files",
        enabled_when=when.is_open,
        why_not=when.OPEN_FIRST,
    ),
    ActionSpec(
        id=Do.WATCH,
        title="Watched &folders…",
        section="File",
        also="follow sessions transcripts",
        tip="Import what is new in some folders as it appears",
        enabled_when=when.is_open,
        why_not=when.OPEN_FIRST,
    ),
    ActionSpec(
        id=Do.EXPORT,
        title="&Export…",
        section="File",
        keys=("Ctrl+Shift+E",),
        icon="export",
        tip="Write records to a file",
        enabled_when=when.is_open,
        why_not=when.OPEN_FIRST,
    ),
    ActionSpec(
        id=Do.SAVE_PDF,
        title="Save as P&DF…",
        section="File",
        tip="Write the selected record to a PDF file",
        enabled_when=when.one,
        why_not=when.CHOOSE_ONE,
    ),
    ActionSpec(
        id=Do.PRINT,
        title="&Print…",
        section="File",
        keys=("Ctrl+Alt+P",),
        tip="Print the selected record",
        enabled_when=when.one,
        why_not=when.CHOOSE_ONE,
    ),
    ActionSpec(id=Do.SAMPLE, title="Explore the &sample", section="File", icon="star"),
    ActionSpec(id=Do.CLOSE_WINDOW, title="Close &window", section="File", keys=("Ctrl+W",)),
    ActionSpec(id=Do.QUIT, title="&Quit", section="File", keys=("Ctrl+Q",), in_any_window=True),
)

EDIT: Final = (
    ActionSpec(
        id=Do.UNDO,
        title="&Undo",
        section="Edit",
        keys=("Ctrl+Z",),
        table_keys=("U",),
        icon="undo",
        title_in=lambda state: f"&Undo {state.undo}".rstrip(),
        enabled_when=lambda state: bool(state.undo) or state.writes,
        why_not="there is nothing to take back.",
    ),
    ActionSpec(
        id=Do.REDO,
        title="&Redo",
        section="Edit",
        keys=("Ctrl+Shift+Z", "Ctrl+Y"),
        icon="redo",
        title_in=lambda state: f"&Redo {state.redo}".rstrip(),
        enabled_when=lambda state: bool(state.redo) or state.turns,
        why_not="there is nothing to do again.",
    ),
    ActionSpec(
        id=Do.COPY,
        title="&Copy",
        section="Edit",
        keys=("Ctrl+C",),
        icon="copy",
        tip="Copy the selected rows of this page, or the current one, as a table",
        enabled_when=when.has_row,
        why_not=when.NO_ROW,
    ),
    ActionSpec(
        id=Do.COPY_WITH_HEADERS,
        title="Copy with &headers",
        section="Edit",
        keys=("Ctrl+Shift+C",),
        enabled_when=when.has_row,
        why_not=when.NO_ROW,
    ),
    ActionSpec(
        id=Do.COPY_MARKDOWN,
        title="Copy as &Markdown",
        section="Edit",
        keys=("Ctrl+Alt+C",),
        enabled_when=when.has_row,
        why_not=when.NO_ROW,
    ),
    ActionSpec(
        id=Do.COPY_RECORD,
        title="Copy whole record as Markdown",
        section="Edit",
        tip="Copy its title, its facts and all of its text",
        enabled_when=when.one,
        why_not=when.CHOOSE_ONE,
    ),
    ActionSpec(
        id=Do.COPY_ID,
        title="Copy &id",
        section="Edit",
        keys=("L",),
        in_table=True,
        icon="link",
        enabled_when=when.some,
        why_not=when.CHOOSE,
    ),
    ActionSpec(
        id=Do.COPY_COMMAND,
        title="Copy view as comman&d",
        section="Edit",
        tip="Copy the command that lists what this view lists",
        enabled_when=when.lists,
    ),
    ActionSpec(
        id=Do.SELECT_ALL,
        title="Select &all",
        section="Edit",
        keys=("Ctrl+A",),
        tip="Select this page; once more selects everything that matches",
        enabled_when=when.lists,
    ),
    ActionSpec(
        id=Do.SELECT_NONE,
        title="Select &nothing",
        section="Edit",
        keys=("Ctrl+Shift+A",),
        enabled_when=when.some_rows,
        why_not=when.CHOOSE,
    ),
)
