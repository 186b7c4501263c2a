"""What a person can do to records."""

from __future__ import annotations

from typing import Final

from db.records import Kind, Place
from desktop_app.actions import when
from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.spec import ActionSpec, UiState

NEW_OF: Final = {
    Kind.BATCH: Do.NEW_BATCH,
    Kind.TASK: Do.NEW_TASK,
    Kind.EXECUTION: Do.NEW_RUN,
    Kind.BUG: Do.NEW_BUG,
    Kind.DESIGN_NOTE: Do.NEW_DESIGN_NOTE,
    Kind.CONVERSATION: Do.NEW_CONVERSATION,
    Kind.LEARNING: Do.NEW_LEARNING,
    Kind.STATUS_UPDATE: Do.NEW_STATUS_UPDATE,
}
"""The kinds of record that a person makes, in the order of the menus."""
_MNEMONICS: Final = {
    Kind.BATCH: "New &batch…",
    Kind.TASK: "New &task…",
    Kind.EXECUTION: "New &run…",
    Kind.BUG: "New b&ug…",
    Kind.DESIGN_NOTE: "New des&ign note…",
    Kind.CONVERSATION: "New &conversation…",
    Kind.LEARNING: "New l&earning…",
    Kind.STATUS_UPDATE: "New &status update…",
}


def _new_title(state: UiState) -> str:
    kind = state.kind if state.kind in NEW_OF else Kind.TASK
    return f"&New {kind.word}…"


def _inside_title(state: UiState) -> str:
    if state.kind is Kind.TASK:
        return "Show its runs"
    return "Show its messages" if state.kind is Kind.CONVERSATION else "Show its tas&ks"


def _compare_title(state: UiState) -> str:
    if when.two(state):
        return "Compare &these two"
    waiting = state.compared.replace("&", "&&")
    return f"Compare wi&th “{waiting}”" if waiting else "Compare wi&th…"


def _urgency_title(state: UiState) -> str:
    return "Set severity…" if state.kind is Kind.BUG else "Set &priority…"


RECORD: Final = (
    ActionSpec(
        id=Do.NEW,
        title="&New…",
        section="Record",
        keys=("Ctrl+N",),
        icon="new",
        title_in=_new_title,
        enabled_when=when.is_open,
        why_not=when.OPEN_FIRST,
    ),
    *(
        ActionSpec(
            id=action,
            title=_MNEMONICS[kind],
            section="Record",
            icon="new",
            enabled_when=when.is_open,
            why_not=when.OPEN_FIRST,
        )
        for kind, action in NEW_OF.items()
    ),
    ActionSpec(
        id=Do.KEEP_LEARNING,
        title="Keep as learning…",
        section="Record",
        tip="Make a learning of what the selected message says",
        enabled_when=when.one_message,
        why_not="exactly one message must be selected.",
    ),
    ActionSpec(
        id=Do.OPEN_PANE,
        title="Go to its &details",
        section="Record",
        tip="Enter does the same in a table",
        enabled_when=when.one,
        why_not=when.CHOOSE_ONE,
    ),
    ActionSpec(
        id=Do.OPEN_WINDOW,
        title="Open in its own &window",
        section="Record",
        keys=("F4",),
        enabled_when=when.one,
        why_not=when.CHOOSE_ONE,
    ),
    ActionSpec(
        id=Do.SHOW_TASKS,
        title="Show its tas&ks",
        section="Record",
        keys=("Ctrl+Return",),
        icon="tasks",
        title_in=_inside_title,
        enabled_when=when.one_holder,
        why_not="exactly one batch, task or conversation must be selected.",
    ),
    ActionSpec(
        id=Do.COMPARE,
        title="Compare wi&th…",
        section="Record",
        also="diff",
        keys=("Ctrl+D",),
        tip="Show what differs between two texts: both selected, or one after the other",
        title_in=_compare_title,
        enabled_when=when.comparable,
        why_not="one record with a text must be selected, or two of a list.",
    ),
    ActionSpec(
        id=Do.RENAME,
        title="Edit tit&le",
        section="Record",
        also="rename",
        keys=("F2",),
        icon="edit",
        enabled_when=when.one_titled,
        why_not_in=when.no_title,
    ),
    ActionSpec(
        id=Do.SET_STATUS,
        title="Set &status…",
        section="Record",
        keys=("S",),
        in_table=True,
        enabled_when=when.some_of(when.STATED),
        why_not_in=when.lacking("status to be set"),
    ),
    ActionSpec(
        id=Do.SET_PRIORITY,
        title="Set &priority…",
        section="Record",
        keys=("P",),
        in_table=True,
        title_in=_urgency_title,
        enabled_when=when.some_of(when.URGENCIES),
        why_not_in=when.lacking("priority"),
    ),
    ActionSpec(
        id=Do.ADD_TAG,
        title="Add ta&g…",
        section="Record",
        keys=("T",),
        in_table=True,
        icon="tag",
        enabled_when=when.some_of(when.TAGGED),
        why_not_in=when.lacking("tags"),
    ),
    ActionSpec(
        id=Do.REMOVE_TAG,
        title="Rem&ove tag…",
        section="Record",
        keys=("Shift+T",),
        in_table=True,
        enabled_when=when.some_of(when.TAGGED),
        why_not_in=when.lacking("tags"),
    ),
    ActionSpec(
        id=Do.ARCHIVE,
        title="&Archive",
        section="Record",
        keys=("E",),
        in_table=True,
        icon="archive",
        title_in=lambda s: "Un&archive" if s.place is Place.ARCHIVED else "&Archive",
        enabled_when=when.movable,
        why_not_in=when.unmovable,
    ),
    ActionSpec(
        id=Do.TRASH,
        title="&Move to trash",
        section="Record",
        also="delete remove",
        keys=("Del",),
        in_table=True,
        icon="trash",
        enabled_when=when.movable,
        why_not_in=when.unmovable,
    ),
    ActionSpec(
        id=Do.RESTORE,
        title="&Restore from trash",
        section="Record",
        keys=("R",),
        in_table=True,
        icon="restore",
        enabled_when=when.trashed,
        why_not="nothing in the trash is selected.",
    ),
    ActionSpec(
        id=Do.PURGE,
        title="Delete permanentl&y…",
        section="Record",
        also="purge erase",
        keys=("Shift+Del",),
        in_table=True,
        icon="purge",
        enabled_when=when.some,
        why_not=when.CHOOSE,
    ),
    ActionSpec(
        id=Do.NEXT_RECORD,
        title="Ne&xt record",
        section="Record",
        keys=("Alt+Down",),
        enabled_when=when.one,
        why_not=when.CHOOSE_ONE,
    ),
    ActionSpec(
        id=Do.PREVIOUS_RECORD,
        title="Pre&vious record",
        section="Record",
        keys=("Alt+Up",),
        enabled_when=when.one,
        why_not=when.CHOOSE_ONE,
    ),
    *(
        ActionSpec(
            id=action,
            title=title,
            section="Learnings inbox",
            inbox_keys=(key,),
            icon=icon,
            tip=tip,
            enabled_when=when.one_in_inbox,
            why_not="exactly one learning must be selected in the learnings inbox.",
        )
        for action, title, key, icon, tip in (
            (Do.APPROVE, "Appro&ve", "A", "check", "Keep the learning as it is"),
            (Do.EDIT_LEARNING, "&Edit it", "E", "edit", "Edit its title and text"),
            (Do.MERGE, "Merge into…", "M", "link", "Make it part of one like it"),
            (Do.SUPERSEDE, "Supersede…", "S", "history", "Let it replace one like it"),
            (Do.REJECT, "Reject", "R", "close", "Keep it out of what was learned"),
        )
    ),
)
