"""The lists that the sidebar offers: those that come with Sheaf and those a person saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from db.query import (
    QUERIES,
    BatchQuery,
    ExecutionQuery,
    ExecutionSort,
    LearningQuery,
    MessageQuery,
    MessageSort,
    Period,
    Query,
    TaskQuery,
)
from db.query_text import read_query
from db.records import Kind, Place, SavedView
from db.times import DAY_US
from db.view_layout import sound_layout
from db.vocabulary import Review, Status
from desktop_app.actions.ids import ActionId as Do
from desktop_app.lists.filters import ACTIVE_DAYS

ARCHIVE: Final = frozenset({Place.ARCHIVED})
TRASH: Final = frozenset({Place.TRASHED})
RECENT_DAYS: Final = 7
SAVED: Final = "saved:"
"""What the key of a saved view begins with; its id follows."""


class ListView(Struct, frozen=True, kw_only=True):
    """A list with a name: what it holds, and what it says when it holds nothing.

    Views of one `family` show the same place for each kind of record, and take turns under
    one entry of the sidebar: the first of them, whose key is the family's. `next_steps` are
    the actions that fill an empty list. A saved one has its `layout` beside its query. An
    `inbox` is worked through by single keys.
    """

    key: str
    title: str
    query: Query
    empty: str
    hint: str
    icon: str
    family: str = ""
    next_steps: tuple[tuple[str, Do], ...] = ()
    saved: SavedView | None = None
    inbox: bool = False

    @property
    def kind(self) -> Kind:
        """The kind of record it lists."""
        return self.query.kind

    @property
    def text(self) -> str:
        """What it searches for."""
        return self.query.text

    @property
    def filters(self) -> Query:
        """Its query without the text."""
        return replace(self.query, text="")

    @property
    def layout(self) -> Mapping[str, Any]:
        """The columns and rows it was saved with."""
        return {} if self.saved is None else self.saved.layout


def saved_view(saved: SavedView) -> ListView:
    """Return what a person saved as a list; what its layout has no use for is left out."""
    query = read_query(saved.query, QUERIES[saved.kind]())
    layout = sound_layout(saved.layout, saved.kind)
    saved = replace(saved, layout=layout)
    if "sort" in layout:
        sort = type(query.sort)(layout["sort"])
        query = replace(query, sort=sort, descending=layout.get("descending", True))
    return ListView(
        key=f"{SAVED}{saved.id}",
        title=saved.name,
        query=query,
        empty=f"No {saved.kind.word} is in this view",
        hint=f"{saved.kind.plural.capitalize()} that fit the view show here.",
        icon="star",
        saved=saved,
    )


_IMPORT: Final = ("Import…", Do.IMPORT)
_DROP: Final = "Drop a file here, or make one of your own."
_ICONS: Final = {
    Kind.BATCH: "batches",
    Kind.TASK: "tasks",
    Kind.EXECUTION: "play",
    Kind.STATUS_UPDATE: "update",
    Kind.BUG: "bug",
    Kind.DESIGN_NOTE: "note",
    Kind.CONVERSATION: "conversation",
    Kind.MESSAGE: "conversation",
    Kind.LEARNING: "learning",
}
_HINTS: Final = {
    Kind.BATCH: "Drop a JSON file here, or make a batch of your own.",
    Kind.TASK: "Drop a JSON file here, or make a task of your own.",
    Kind.EXECUTION: "Turns of the work on tasks show here once they are imported or made.",
    Kind.CONVERSATION: "Import sessions of Claude Code or an export of ChatGPT.",
    Kind.MESSAGE: "Messages come with the conversations that are imported.",
    Kind.LEARNING: "What was learned, by people and agents, is kept here.",
}
_NEXT_STEPS: Final = {
    Kind.BATCH: (_IMPORT, ("New batch…", Do.NEW_BATCH), ("Explore the sample", Do.SAMPLE)),
    Kind.TASK: (_IMPORT, ("New task…", Do.NEW_TASK)),
    Kind.EXECUTION: (("New run…", Do.NEW_RUN), _IMPORT),
    Kind.STATUS_UPDATE: (("New status update…", Do.NEW_STATUS_UPDATE), _IMPORT),
    Kind.BUG: (("New bug…", Do.NEW_BUG), _IMPORT),
    Kind.DESIGN_NOTE: (("New design note…", Do.NEW_DESIGN_NOTE), _IMPORT),
    Kind.CONVERSATION: (_IMPORT, ("New conversation…", Do.NEW_CONVERSATION)),
    Kind.LEARNING: (("New learning…", Do.NEW_LEARNING), _IMPORT),
}
HOMES: Final = {kind: kind.plural.replace(" ", "-") for kind in Kind}
"""The key of the view of all records of a kind."""


def _all_of(kind: Kind) -> ListView:
    return ListView(
        key=HOMES[kind],
        title=kind.plural.capitalize(),
        query=QUERIES[kind](),
        empty=f"No {kind.plural} yet",
        hint=_HINTS.get(kind, _DROP),
        icon=_ICONS[kind],
        next_steps=_NEXT_STEPS.get(kind, (_IMPORT,)),
    )


def _family(
    key: str, title: str, icon: str, empty: str, hint: str, **fields: Any
) -> Iterator[ListView]:
    """Yield the views of one place; `{}` in the words stands for a kind of record."""
    for kind in Kind:
        yield ListView(
            key=key if kind is Kind.BATCH else f"{key}-{HOMES[kind]}",
            title=title,
            query=QUERIES[kind](**fields),
            empty=empty.format(kind.word),
            hint=hint.format(kind.plural.capitalize()),
            icon=icon,
            family=key,
        )


VIEWS: Final = {
    view.key: view
    for view in (
        ListView(
            key="active",
            title="Active",
            query=BatchQuery(active_days=ACTIVE_DAYS),
            empty="Nothing is active",
            hint="Batches with running or queued tasks, or that changed this week, show here.",
            icon="clock",
            next_steps=(_IMPORT,),
        ),
        ListView(
            key="failed",
            title="Failed tasks",
            query=TaskQuery(statuses=frozenset({Status.FAILED})),
            empty="Nothing failed",
            hint="Tasks that failed show here.",
            icon="error",
        ),
        ListView(
            key="review",
            title="Needs review",
            query=TaskQuery(statuses=frozenset({Status.REVIEW})),
            empty="Nothing waits for review",
            hint="Tasks that someone is to look at show here.",
            icon="check",
        ),
        ListView(
            key="stalled",
            title="Stalled runs",
            query=ExecutionQuery(stalled=True),
            empty="No run is stalled",
            hint="Runs that hold a lease which has passed show here.",
            icon="warning",
        ),
        ListView(
            key="inbox",
            title="Learnings inbox",
            query=LearningQuery(reviews=frozenset({Review.PENDING})),
            empty="Nothing waits for review",
            hint="What agents learned shows here until someone approves or rejects it.",
            icon="inbox",
            inbox=True,
        ),
        *_family(
            "recent",
            "Recently archived",
            "history",
            "No {} was archived this week",
            "{} archived in the last seven days show here, and can be put back.",
            places=ARCHIVE,
            archived=Period(younger_than=RECENT_DAYS * DAY_US),
        ),
        *_family(
            "archived",
            "Archived",
            "archive",
            "No {} is archived",
            "{} that are archived are kept here, out of the way, and can be put back.",
            places=ARCHIVE,
        ),
        *_family(
            "trash",
            "Trash",
            "trash",
            "No {} is in the trash",
            "{} moved to the trash stay here until they are deleted permanently.",
            places=TRASH,
        ),
        *map(_all_of, Kind),
    )
}


def ordered_inside(query: Query) -> Query:
    """Return a query in the order of what it lists inside one record, if it does.

    The messages of a conversation come as they were said, the runs of a task by turn.
    """
    if isinstance(query, MessageQuery) and query.conversation_id is not None:
        return replace(query, sort=MessageSort.POSITION, descending=False)
    if isinstance(query, ExecutionQuery) and query.task_id is not None:
        return replace(query, sort=ExecutionSort.TURN, descending=False)
    return query


def inside(kind: Kind, id_: str) -> Query | None:
    """Return what is inside one record: the tasks of a batch, and the like; None for others."""
    made: Query | None = {
        Kind.BATCH: TaskQuery(batch_id=id_),
        Kind.TASK: ExecutionQuery(task_id=id_),
        Kind.CONVERSATION: MessageQuery(conversation_id=id_),
    }.get(kind)
    return None if made is None else ordered_inside(made)


def family(key: str) -> dict[Kind, ListView]:
    """Return the views that take turns under one entry, by kind; none for no family."""
    return {view.kind: view for view in VIEWS.values() if key and view.family == key}
