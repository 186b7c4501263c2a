"""Storing the tasks of an import."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from db.ids import new_ids
from db.incoming import MOST_EXAMPLES, Duplicates, IncomingTask
from db.json_values import same_json
from db.records import Kind
from db.sqlite import audit, curtain, index, lists
from db.sqlite.batch_stager import BatchStager
from db.sqlite.conflicts import Meeting, Verdict, second_name
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS
from db.texts import storable
from db.times import now_us

if TYPE_CHECKING:
    from db.sqlite.staging import SqliteStaging

_State: TypeAlias = dict[str, Any]

INDEX_ROWS: Final = 10_000
"""So few tasks wait for more before they go into the full-text index in one transaction."""

PENDING: Final = (
    "CREATE TEMP TABLE IF NOT EXISTS pending"
    " (operation_pk INTEGER, task_pk INTEGER, name TEXT, kind INTEGER, outgoing INTEGER)"
)
"""Holds the parents and links of stored tasks by name, until all of the file is there."""

_PRESENT_TASKS: Final = (
    "SELECT j.value, t.pk, b.upload_pk, t.title, t.status, t.status_word, t.kind, t.priority,"
    " t.created_at, t.updated_at, t.batch_pk, t.parent_pk, b.description, b.raw"
    " FROM json_each(?) j JOIN task t ON t.external_id = j.value AND t.origin = ?"
    " LEFT JOIN task_body b ON b.pk = t.pk"
)
_COMPARED: Final = (
    "title", "status", "status_word", "kind", "priority", "created_at", "updated_at",
    "batch_pk", "parent_pk", "description", "raw",
)  # fmt: skip
_STATE: Final = (
    "title", "status", "status_word", "kind", "priority", "description", "updated_at", "raw",
)  # fmt: skip
"""What is told of an earlier state of a task."""

_TASK_COLUMNS: Final = (
    "pk", "id", "batch_pk", "parent_pk", "title", "status", "status_word", "kind", "priority",
    "created_at", "updated_at", "origin", "external_id",
)  # fmt: skip
_BODY_COLUMNS: Final = ("pk", "description", "raw", "upload_pk", "byte_offset", "byte_length")

_OPEN_CIRCLES: Final = f"""
WITH RECURSIVE above (start, pk) AS (
  SELECT task.pk, parent_pk
  FROM curtain JOIN task ON task.pk BETWEEN max(first_pk, ?2) AND last_pk
  WHERE curtain.kind = {Kind.TASK.value} AND operation_pk = ?1 AND last_pk >= ?2
  AND parent_pk IS NOT NULL
  UNION
  SELECT start, parent_pk FROM above JOIN task USING (pk) WHERE parent_pk IS NOT NULL
)
UPDATE task SET parent_pk = NULL WHERE pk IN (SELECT start FROM above WHERE start = above.pk)
"""
"""Takes tasks that a file makes parts of themselves, in however many steps, out of that."""


def _insert(table: str, columns: Sequence[str]) -> str:
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    )


_INSERT_TASK: Final = _insert("task", _TASK_COLUMNS)
_INSERT_BODY: Final = _insert("task_body", _BODY_COLUMNS)
_DELETE_NOTE: Final = (
    f"DELETE FROM audit_entry WHERE operation_pk = ? AND kind = {Kind.TASK.value}"
    f" AND record_pk = ? AND action = {audit.UPDATED}"
)
_INSERT_TAGS: Final = (
    "INSERT OR IGNORE INTO task_tag SELECT value ->> 0, value ->> 1 FROM json_each(?)"
)


class TaskStager:
    """The tasks of one import.

    Many are stored at once; their tags and full text follow when there are `INDEX_ROWS`,
    their parents and links when their file has been read.
    """

    def __init__(self, staging: SqliteStaging, batches: BatchStager) -> None:
        self._staging = staging
        self._batches = batches
        self._first_pk = 0
        self._noted: set[int] = set()
        self._unseen: set[int] = set()
        self._told: set[int] = set()
        self._tags: dict[str, int] = {}
        self._unindexed: list[tuple[int, int]] = []
        self._untagged: list[tuple[int, int]] = []

    def begin_file(self, session: Session) -> None:
        """Start a file: what follows may be named by what follows."""
        self._first_pk = _next_task(session)
        self._noted.clear()
        self._unseen.clear()
        self._told.clear()

    def add(self, session: Session, tasks: Sequence[IncomingTask]) -> int:
        """Store tasks of the current file; return how many are new."""
        latest, earlier = self._latest(session, tasks)
        present = {
            row[0]: row[1:]
            for row in session.execute(
                _PRESENT_TASKS, (json.dumps(list(latest)), self._staging.origin)
            )
        }
        new = [task for name, task in latest.items() if name not in present]
        pks = self._insert(session, new)
        self._connect(session, pks, latest)
        for name in earlier.keys() & pks.keys():
            states = [*earlier[name], _state(latest[name])]
            self._staging.keep_earlier(session, Kind.TASK, pks[name], states)
        for name, row in present.items():
            if row[0] in self._told and latest[name].merge is None:
                self._keep_other(session, latest[name])
            else:
                self._compare(session, latest[name], row, earlier.get(name, []))
        if self._staging.duplicates is Duplicates.BOTH:
            self._told.update(row[0] for row in present.values())
        return len(new)

    def _latest(
        self, session: Session, tasks: Sequence[IncomingTask]
    ) -> tuple[dict[str, IncomingTask], dict[str, list[_State]]]:
        """Return tasks by name: of several with one name the one changed last, or the merged.

        And the earlier states of each. Those that give way, or are the same once more, are
        counted; where all are kept, the later ones get a second name.
        """
        latest = {task.external_id: task for task in tasks}
        earlier: dict[str, list[_State]] = {}
        if len(latest) == len(tasks):
            return latest, earlier
        latest.clear()
        staging, repeated = self._staging, 0
        if staging.duplicates is Duplicates.BOTH:
            tasks = staging.held_first(session, Kind.TASK, tasks)
        for task in tasks:
            name = task.external_id
            before = latest.setdefault(name, task)
            if before is task:
                continue
            if task.merge is not None:
                latest[name] = task.merge(before.raw)
                repeated += latest[name].raw in {task.raw, before.raw}
                continue
            is_same = task.raw == before.raw
            if staging.duplicates is Duplicates.BOTH and not is_same:
                other = _second(task)
                repeated += other.external_id in latest
                latest.setdefault(other.external_id, other)
                continue
            is_later = (task.updated_at or now_us()) >= (before.updated_at or 0)
            latest[name] = task if is_later else before
            if not is_same and staging.is_history(before.updated_at, task.updated_at):
                earlier.setdefault(name, []).append(_state(before if is_later else task))
            else:
                repeated += 1
        staging.count("repeated", Kind.TASK, repeated)
        return latest, earlier

    def _insert(self, session: Session, tasks: list[IncomingTask]) -> dict[str, int]:
        if not tasks:
            return {}
        for name in {task.batch for task in tasks}:
            self._batches.named(session, name)
        first = _next_task(session)
        last = first + len(tasks) - 1
        ids = new_ids(len(tasks))
        session.many(_INSERT_TASK, map(self._task_row, range(first, last + 1), ids, tasks))
        session.many(
            _INSERT_BODY,
            (
                (pk, storable(task.description), task.raw, self._staging.upload_pk, task.offset,
                 task.length)
                for pk, task in enumerate(tasks, start=first)
            ),
        )  # fmt: skip
        for pk, task in enumerate(tasks, first):
            self._tag(session, pk, task.tags)
        self._staging.reveal_later(session, Kind.TASK, first, last)
        self._staging.count("new", Kind.TASK, len(tasks))
        for task in tasks[:MOST_EXAMPLES]:
            self._staging.example(task.title)
        return {task.external_id: pk for pk, task in enumerate(tasks, start=first)}

    def _task_row(self, pk: int, id_: str, task: IncomingTask) -> tuple[Any, ...]:
        return (
            pk,
            id_,
            self._batches.pk_of(task.batch),
            None,
            storable(task.title) or "Untitled",
            task.status,
            task.status_word,
            task.kind,
            task.priority,
            task.created_at or task.updated_at or self._staging.started,
            task.updated_at or task.created_at or self._staging.started,
            self._staging.origin,
            task.external_id,
        )

    def _tag(self, session: Session, pk: int, names: Iterable[str]) -> None:
        """Give a task tags, which `_store_tags` stores."""
        for name in names:
            if name not in self._tags:
                self._tags[name] = _tag_named(session, storable(name))
            self._untagged.append((pk, self._tags[name]))

    def _connect(
        self, session: Session, pks: dict[str, int], tasks: dict[str, IncomingTask]
    ) -> None:
        """Set the parents and links of new tasks that name tasks, now or at the file's end."""
        session.many(
            "UPDATE task SET parent_pk = ? WHERE pk = ?",
            [
                (pks[parent], pk)
                for name, pk in pks.items()
                if (parent := tasks[name].parent) is not None and parent in pks
            ],
        )
        later: list[tuple[int, int, str, int | None, int]] = [
            (self._staging.operation_pk, pk, parent, None, 0)
            for name, pk in pks.items()
            if (parent := tasks[name].parent) is not None and parent not in pks
        ]
        later += [
            (self._staging.operation_pk, pk, storable(other), kind, outgoing)
            for name, pk in pks.items()
            for other, kind, outgoing in tasks[name].links
        ]
        session.many("INSERT INTO temp.pending VALUES (?, ?, ?, ?, ?)", later)

    def finish_file(self, session: Session) -> None:
        """Connect tasks with those they name; what is not there may come with a later file."""
        named = (
            "FROM temp.pending p JOIN task own ON own.pk = p.task_pk"
            " JOIN task t ON t.external_id = p.name AND t.origin = own.origin"
            " WHERE p.operation_pk = ? AND p.task_pk <> t.pk AND p.kind IS"
        )
        params = (self._staging.operation_pk,)
        parents = session.rows(f"SELECT t.pk, p.task_pk {named} NULL", params)
        session.many("UPDATE task SET parent_pk = ? WHERE pk = ?", parents)
        for ends, outgoing in (("p.task_pk, t.pk", 1), ("t.pk, p.task_pk", 0)):
            session.execute(
                f"INSERT OR IGNORE INTO task_link SELECT {ends}, p.kind {named} NOT NULL"
                f" AND p.outgoing = {outgoing}",
                params,
            )
        session.execute(
            "DELETE FROM temp.pending WHERE operation_pk = ? AND EXISTS (SELECT 1 FROM task own"
            " JOIN task t ON t.external_id = pending.name AND t.origin = own.origin"
            " WHERE own.pk = pending.task_pk)",
            (self._staging.operation_pk,),
        )
        session.execute(_OPEN_CIRCLES, (self._staging.operation_pk, self._first_pk))

    def _compare(
        self,
        session: Session,
        task: IncomingTask,
        row: tuple[Any, ...],
        earlier: list[_State],
    ) -> None:
        """Note what a task that is already there gets from the file, if anything.

        `earlier` are the states it had in what was read of the file together with it.
        """
        pk, upload_pk, *values = row
        before = dict(zip(_COMPARED, values, strict=True))
        alone, earliest = task.raw, 0
        if task.merge is not None and before["raw"] is not None:
            # What both are together is never older than one of them.
            task, earliest = task.merge(before["raw"]), before["updated_at"]
        is_repeated = upload_pk == self._staging.upload_pk and task.raw in {
            alone,
            before["raw"],
        }
        if self._is_here(session, pk, task, before, is_repeated=is_repeated):
            return
        if is_repeated and self._staging.duplicates is Duplicates.BOTH:
            self._keep_both(session, task)
            return
        state = _state(task)
        after = before | {
            **state,
            "updated_at": task.updated_at
            or max(self._staging.started, before["updated_at"] + 1),
            "batch_pk": self._batches.named(session, task.batch),
            "parent_pk": self._known_parent(session, task, pk),
        }
        self._add_lists(session, pk, task, before, after)
        theirs_at = task.updated_at and max(task.updated_at, earliest)
        meeting = self._staging.meet(session, Kind.TASK, pk, before, after, theirs_at)
        is_older = meeting.verdict is Verdict.OLDER
        self._tell(
            session, pk, before, state, earlier, is_older=is_older, is_repeated=is_repeated
        )
        if is_older:
            return
        if curtain.holds(session, self._staging.operation_pk, Kind.TASK, pk):
            after["created_at"] = task.created_at or before["created_at"]
            self._replace_hidden(session, pk, task, after)
        elif meeting.verdict is Verdict.BOTH:
            self._keep_both(session, task)
        elif meeting.fields:
            self._note_task(session, pk, task, meeting, before, after)

    def _is_here(
        self,
        session: Session,
        pk: int,
        task: IncomingTask,
        before: _State,
        *,
        is_repeated: bool,
    ) -> bool:
        """Tell, and count, whether a task is here as the file has it, if need be twice."""
        staging = self._staging
        if same_json(before["raw"], task.raw):
            self._forget_note(session, pk)
            if is_repeated:
                staging.count("repeated", Kind.TASK)
            elif not curtain.holds(session, staging.operation_pk, Kind.TASK, pk):
                staging.count("identical", Kind.TASK)
            return True
        if self._has_second(session, task):
            staging.count("identical", Kind.TASK)
            return True
        return False

    def _tell(
        self,
        session: Session,
        pk: int,
        before: _State,
        state: _State,
        earlier: list[_State],
        *,
        is_older: bool,
        is_repeated: bool,
    ) -> None:
        """Count a task that is here already, or keep the states it had before this one."""
        staging = self._staging
        was = {name: before[name] for name in _STATE}
        is_history = is_repeated and staging.is_history(was["updated_at"], state["updated_at"])
        if is_repeated and not is_history:
            staging.count("repeated", Kind.TASK)
        elif is_older and not is_history:
            staging.count("older", Kind.TASK)
        elif is_history:
            states = [state, was] if is_older else [was, *earlier, state]
            staging.keep_earlier(session, Kind.TASK, pk, states)
        else:
            states = [*earlier, state]
            staging.keep_earlier(session, Kind.TASK, pk, states, was["raw"])

    def _keep_other(self, session: Session, task: IncomingTask) -> None:
        """Keep a task of whose name the file has told before, unless it said the same."""
        if self._staging.is_held(session, Kind.TASK, task):
            self._staging.count("repeated", Kind.TASK)
        else:
            self._keep_both(session, task)

    def _keep_both(self, session: Session, task: IncomingTask) -> None:
        """Make another record of the file's task, found again by its name and content."""
        if self._has_second(session, task):
            self._staging.count("identical", Kind.TASK)
        else:
            other = _second(task)
            pks = self._insert(session, [other])
            self._connect(session, pks, {other.external_id: other})

    def _has_second(self, session: Session, task: IncomingTask) -> bool:
        """Whether a task of the file is here beside the one of its own name."""
        return bool(
            session.value(
                "SELECT 1 FROM task WHERE external_id = ? AND origin = ?",
                (_second(task).external_id, self._staging.origin),
            )
        )

    def _note_task(
        self,
        session: Session,
        pk: int,
        task: IncomingTask,
        meeting: Meeting,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        if self._staging.is_noted(session, Kind.TASK, pk):
            session.execute(_DELETE_NOTE, (self._staging.operation_pk, pk))
        elif not meeting.is_unseen:
            self._staging.count("changed", Kind.TASK)
            self._staging.example(task.title)
        (self._unseen if meeting.is_unseen else self._noted).add(pk)
        self._staging.note(session, Kind.TASK, pk, meeting.fields, before, after)

    def _forget_note(self, session: Session, pk: int) -> None:
        """Let a task be as it is: what its file said of it before is not its latest state."""
        if pk in self._noted or pk in self._unseen:
            self._staging.count("changed", Kind.TASK, -1 if pk in self._noted else 0)
            self._noted.discard(pk)
            self._unseen.discard(pk)
            session.execute(_DELETE_NOTE, (self._staging.operation_pk, pk))

    def _add_lists(
        self,
        session: Session,
        pk: int,
        task: IncomingTask,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        before["tags"] = lists.present(session, LAYOUTS[Kind.TASK], "tags", pk)
        after["tags"] = sorted({storable(name) for name in task.tags})

    def _known_parent(self, session: Session, task: IncomingTask, pk: int) -> int | None:
        """Return the task's parent, unless that is the task itself or a part of it."""
        if task.parent is None:
            return None
        parent_pk = session.value(
            "SELECT pk FROM task WHERE external_id = ? AND origin = ?",
            (task.parent, self._staging.origin),
        )
        if parent_pk is None or audit.is_inside(session, parent_pk, pk):
            return None
        return int(parent_pk)

    def _replace_hidden(
        self, session: Session, pk: int, task: IncomingTask, after: dict[str, Any]
    ) -> None:
        """Let a later record of the same name in one file take the place of the earlier."""
        self.index(session)
        self._first_pk = min(pk, self._first_pk)
        session.execute("DELETE FROM task_tag WHERE task_pk = ?", (pk,))
        session.execute("DELETE FROM temp.pending WHERE task_pk = ?", (pk,))
        self._tag(session, pk, task.tags)
        self._store_tags(session)
        self._connect(session, {task.external_id: pk}, {task.external_id: task})
        layout = LAYOUTS[Kind.TASK]
        for table in (layout.table, layout.body_table):
            fields = [name for name in _COMPARED if layout.table_of(name) == table]
            session.execute(
                f"UPDATE {table} SET {' = ?, '.join(fields)} = ? WHERE pk = ?",
                [*(after[name] for name in fields), pk],
            )
        session.execute(
            f"UPDATE {layout.body_table} SET upload_pk = ?, byte_offset = ?, byte_length = ?"
            " WHERE pk = ?",
            (self._staging.upload_pk, task.offset, task.length, pk),
        )
        audit.choose(session, [pk])
        index.remove(session, Kind.TASK)
        index.add(session, Kind.TASK)

    @property
    def unindexed(self) -> int:
        """How many tasks wait for their tags and full text."""
        return sum(last - first + 1 for first, last in self._unindexed)

    def index_later(self, first: int, last: int) -> None:
        """Put new tasks among those that wait for their full text."""
        self._unindexed.append((first, last))

    def index(self, session: Session) -> None:
        """Store the tags of new tasks, note that they were made, and index their texts.

        Few statements for many rows: each leaves Python's lock free while it works.
        """
        self._store_tags(session)
        for first, last in self._unindexed:
            audit.note_created(session, self._staging.operation_pk, Kind.TASK, first, last)
            index.add_range(session, Kind.TASK, first, last)
        self._unindexed.clear()

    def _store_tags(self, session: Session) -> None:
        session.execute(_INSERT_TAGS, (json.dumps(self._untagged),))
        self._untagged.clear()


def _state(task: IncomingTask) -> _State:
    """Return what is told of a task as it was in its file."""
    return {
        "title": storable(task.title) or "Untitled",
        "status": task.status,
        "status_word": task.status_word,
        "kind": task.kind,
        "priority": task.priority,
        "description": storable(task.description),
        "updated_at": task.updated_at,
        "raw": task.raw,
    }


def _second(task: IncomingTask) -> IncomingTask:
    """Return a task under the name that it has beside another one of its own."""
    return msgspec.structs.replace(task, external_id=second_name(task.external_id, task.raw))


def _next_task(session: Session) -> int:
    """Return the pk that the next new task gets."""
    return 1 + (session.value("SELECT seq FROM sqlite_sequence WHERE name = 'task'") or 0)


def _tag_named(session: Session, name: str) -> int:
    session.execute("INSERT OR IGNORE INTO tag (name) VALUES (?)", (name,))
    return int(session.value("SELECT pk FROM tag WHERE name = ?", (name,)))
