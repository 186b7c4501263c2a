"""The lists that the sidebar offers."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from db.query import BatchQuery, Query, TaskQuery
from db.records import Place
from db.vocabulary import Status
from desktop_app.actions.ids import ActionId as Do
from desktop_app.lists.filters import ACTIVE_DAYS

ARCHIVE: Final = frozenset({Place.ARCHIVED})
TRASH: Final = frozenset({Place.TRASHED})


class ListView(Struct, frozen=True, kw_only=True):
    """A list with a name: what it holds, and what it says when it holds nothing.

    `other` is the view of the same place for the other kind of record; `next_steps` are
    the actions that fill an empty list.
    """

    key: str
    title: str
    query: Query
    empty: str
    hint: str
    icon: str
    other: str = ""
    next_steps: tuple[tuple[str, Do], ...] = ()


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
            next_steps=(("Import…", Do.IMPORT),),
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
            key="archived",
            title="Archived",
            query=BatchQuery(places=ARCHIVE),
            empty="No batch is archived",
            hint="Archived batches are kept here, out of the way, and can be put back.",
            icon="archive",
            other="archived-tasks",
        ),
        ListView(
            key="archived-tasks",
            title="Archived",
            query=TaskQuery(places=ARCHIVE),
            empty="No task is archived",
            hint="Archived tasks are kept here, out of the way, and can be put back.",
            icon="archive",
            other="archived",
        ),
        ListView(
            key="trash",
            title="Trash",
            query=BatchQuery(places=TRASH),
            empty="No batch is in the trash",
            hint="Batches moved to the trash stay here until they are deleted permanently.",
            icon="trash",
            other="trash-tasks",
        ),
        ListView(
            key="trash-tasks",
            title="Trash",
            query=TaskQuery(places=TRASH),
            empty="No task is in the trash",
            hint="Tasks moved to the trash stay here until they are deleted permanently.",
            icon="trash",
            other="trash",
        ),
        ListView(
            key="batches",
            title="Batches",
            query=BatchQuery(),
            empty="No batches yet",
            hint="Drop a JSON file here, or make a batch of your own.",
            icon="batches",
            next_steps=(("Import…", Do.IMPORT), ("New batch…", Do.NEW_BATCH)),
        ),
        ListView(
            key="tasks",
            title="Tasks",
            query=TaskQuery(),
            empty="No tasks yet",
            hint="Drop a JSON file here, or make a task of your own.",
            icon="tasks",
            next_steps=(("Import…", Do.IMPORT), ("New task…", Do.NEW_TASK)),
        ),
    )
}
