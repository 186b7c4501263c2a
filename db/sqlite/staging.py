"""An import behind the curtain.

New records are stored at once, in chunks, where they will stay; the table `curtain` names
their pks, and whatever lists leaves those out. Changes of records that were there before
are only noted in the audit log. `commit` lifts the curtain and applies the changes in one
short transaction; `discard` takes everything out again.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from db.errors import StorageRejectedError, UndecidedError
from db.ids import new_id, new_ids
from db.incoming import (
    Conflict,
    Conflicts,
    Decisions,
    ImportReport,
    IncomingBatch,
    IncomingRecord,
    IncomingRow,
    IncomingTask,
    Problem,
    ignore_end,
)
from db.processes import owner_name
from db.records import Kind, OperationState, Outcome
from db.sqlite import audit, counts, curtain, index, lists, operations, tray
from db.sqlite.bulk import BulkLoad
from db.sqlite.conflicts import WINNERS, Meeting, Verdict, meet, second_name
from db.sqlite.connection import Pool, Session
from db.sqlite.discarding import discard
from db.sqlite.dump_reader import DUMP_TABLES, DumpReader
from db.sqlite.record_stager import PENDING_REFERENCE, RecordStager
from db.sqlite.tables import LAYOUTS, UPLOADS
from db.texts import storable
from db.times import now_us

EXAMPLES: Final = 8
MOST_CONFLICTS: Final = 200
EXAMPLE_CHARS: Final = 200
INDEX_ROWS: Final = 10_000
"""So few tasks wait for more before they go into the full-text index in one transaction."""

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
_INSERT_TAGS: Final = (
    "INSERT OR IGNORE INTO task_tag SELECT value ->> 0, value ->> 1 FROM json_each(?)"
)


class SqliteStaging:
    """One import, from its first file to `commit` or `discard`."""

    def __init__(
        self,
        pool: Pool,
        title: str,
        policy: Conflicts,
        decisions: Decisions,
        forget_original: Callable[[str], None],
    ) -> None:
        self._pool = pool
        self._forget_original = forget_original
        self.report = ImportReport()
        self.on_end: Callable[[Outcome | None], None] = ignore_end
        self.problems: Sequence[Problem] = ()
        self.upload_pk = 0
        self._first_pk = 0
        self.origin = ""
        self._batches: dict[str, int] = {}
        self._same_batches: set[int] = set()
        self._policy = policy
        self._decisions = decisions
        self._disputed: set[tuple[Kind, int]] = set()
        self._tags: dict[str, int] = {}
        self._set_aside = 0
        self.started = now_us()
        self._dump = DumpReader(self)
        self._records = RecordStager(self)
        self._unindexed: list[tuple[int, int]] = []
        self._untagged: list[tuple[int, int]] = []
        self._bulk = BulkLoad(pool)
        with pool.write() as session:
            self.operation_pk = operations.begin(
                session,
                "import",
                title,
                state=OperationState.STAGED,
                owner=owner_name(),
            )
            session.execute(
                "CREATE TEMP TABLE IF NOT EXISTS pending"
                " (operation_pk INTEGER, task_pk INTEGER, name TEXT, kind INTEGER,"
                " outgoing INTEGER)"
            )
            session.execute(DUMP_TABLES)
            session.execute(PENDING_REFERENCE)

    def begin_file(self, *, name: str, path: str, format_name: str, origin: str) -> None:
        """Start a file; the records that follow come from it."""
        self.origin = origin
        self._batches = {}
        self.report.files.append(name)
        if format_name not in self.report.formats:
            self.report.formats.append(format_name)
        with self._pool.write(durable=False) as session:
            self._first_pk = _next_task(session)
            known = session.value(
                "SELECT 1 FROM upload WHERE origin = ? AND NOT EXISTS (SELECT 1 FROM curtain"
                f" WHERE operation_pk = ? AND kind = {UPLOADS}"
                " AND upload.pk BETWEEN first_pk AND last_pk) LIMIT 1",
                (origin, self.operation_pk),
            )
            self.report.updates_origin |= bool(known)
            self.report.files_known += bool(known)
            session.execute(
                "INSERT INTO upload (id, sha256, name, path, format, origin, size, created_at)"
                " VALUES (?, '', ?, ?, ?, ?, 0, ?)",
                (new_id(), storable(name), storable(path), format_name, origin, self.started),
            )
            self.upload_pk = int(session.value("SELECT last_insert_rowid()"))
            curtain.hide(session, self.operation_pk, UPLOADS, self.upload_pk, self.upload_pk)

    def end_file(self, *, sha256: str, size: int) -> None:
        """End the current file: name its original, and resolve what it refers to."""
        self.report.size += size
        with self._pool.write(durable=False) as session:
            self._index(session)
            session.execute(
                "UPDATE upload SET sha256 = ?, size = ? WHERE pk = ?",
                (sha256, size, self.upload_pk),
            )
            self._dump.end_file(session)
            self._resolve_pending(session)
            self._records.finish_file(session)

    def add_batches(self, batches: Sequence[IncomingBatch]) -> None:
        """Store batches of the current file."""
        with self._pool.write(durable=False) as session:
            for batch in batches:
                self._add_batch(session, batch)

    def _add_batch(self, session: Session, batch: IncomingBatch) -> None:
        present = session.row(
            "SELECT pk, title, description, raw FROM batch"
            " WHERE external_id = ? AND origin = ?",
            (batch.external_id, self.origin),
        )
        if present is None:
            self._batches[batch.external_id] = self._insert_batch(session, batch)
            self.count("new", Kind.BATCH)
            return
        pk, *old = present
        self._batches[batch.external_id] = pk
        if batch.merge is not None and old[2] is not None:
            batch = batch.merge(old[2])
        new = [storable(batch.title) or "Untitled", storable(batch.description), batch.raw]
        if curtain.holds(session, self.operation_pk, Kind.BATCH, pk):
            self._replace_hidden_batch(session, pk, new)
            return
        if old[2] is not None or "title" in audit.bases_by_hand(session, Kind.BATCH, pk):
            new[0] = old[0]
        fields = ("title", "description", "raw")
        before, after = dict(zip(fields, old, strict=True)), dict(zip(fields, new, strict=True))
        if batch.raw is None or before == after or self.is_noted(session, Kind.BATCH, pk):
            self._seen_batch(pk)
            return
        changed = [name for name in fields if before[name] != after[name]]
        self.note(session, Kind.BATCH, pk, changed, before, after)
        self.count("changed", Kind.BATCH)

    def _replace_hidden_batch(self, session: Session, pk: int, new: list[str | None]) -> None:
        """Let what files say of a batch later take the place of what they said before."""
        session.execute(
            "UPDATE batch SET title = ?, description = ?, raw = ? WHERE pk = ?"
            " AND (title, description, raw) IS NOT (?1, ?2, ?3)",
            (*new, pk),
        )
        if session.value("SELECT changes()"):
            audit.choose(session, [pk])
            index.remove(session, Kind.BATCH)
            index.add(session, Kind.BATCH)

    def _seen_batch(self, pk: int) -> None:
        """Count a batch that the file leaves as it is, once."""
        if pk not in self._same_batches:
            self._same_batches.add(pk)
            self.count("identical", Kind.BATCH)

    def _insert_batch(self, session: Session, batch: IncomingBatch) -> int:
        session.execute(
            "INSERT INTO batch (id, title, description, raw, created_at, updated_at, origin,"
            " external_id, upload_pk, byte_offset, byte_length)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                new_id(),
                storable(batch.title) or "Untitled",
                storable(batch.description),
                batch.raw,
                batch.created_at or self.started,
                batch.updated_at or self.started,
                self.origin,
                batch.external_id,
                self.upload_pk,
                batch.offset,
                batch.length,
            ),
        )
        pk = int(session.value("SELECT last_insert_rowid()"))
        self.reveal_later(session, Kind.BATCH, pk, pk)
        self.example(batch.title)
        return pk

    def add_tasks(self, tasks: Sequence[IncomingTask]) -> None:
        """Store tasks of the current file: one transaction."""
        latest, repeated = _latest(tasks)
        self.count("repeated", Kind.TASK, repeated)
        with self._pool.write(durable=False) as session:
            present = {
                row[0]: row[1:]
                for row in session.execute(
                    _PRESENT_TASKS, (json.dumps(list(latest)), self.origin)
                )
            }
            new = [task for name, task in latest.items() if name not in present]
            pks = self._insert_tasks(session, new)
            self._connect(session, pks, latest)
            for name, row in present.items():
                self._compare(session, latest[name], row)
        self._bulk.added(len(new))

    def add_records(self, records: Sequence[IncomingRecord]) -> list[Problem]:
        """Store records of the current file, all of one kind; return those that cannot be.

        Raises:
            ExchangeError: one breaks a rule of its kind.
        """
        with self._pool.write(durable=False) as session:
            return self._records.add(session, records)

    def add_rows(self, rows: Sequence[IncomingRow]) -> None:
        """Store rows of a Sheaf dump.

        Raises:
            ExchangeError: a row that no table can take.
        """
        with self._pool.write(durable=False) as session:
            self._dump.add(session, rows)

    def set_aside(self, problems: Sequence[Problem]) -> None:
        """Keep parts of the current file that cannot be used, to be mended and tried again."""
        if problems:
            with self._pool.write(durable=False) as session:
                self._set_aside += tray.set_aside(
                    session, self.operation_pk, self.upload_pk, problems
                )

    def _insert_tasks(self, session: Session, tasks: list[IncomingTask]) -> dict[str, int]:
        if not tasks:
            return {}
        for name in {task.batch for task in tasks}:
            self._batch_named(session, name)
        first = _next_task(session)
        last = first + len(tasks) - 1
        ids = new_ids(len(tasks))
        session.many(_INSERT_TASK, map(self._task_row, range(first, last + 1), ids, tasks))
        session.many(
            _INSERT_BODY,
            (
                (pk, storable(task.description), task.raw, self.upload_pk, task.offset,
                 task.length)
                for pk, task in enumerate(tasks, start=first)
            ),
        )  # fmt: skip
        for pk, task in enumerate(tasks, first):
            self._tag(session, pk, task.tags)
        self.reveal_later(session, Kind.TASK, first, last)
        self.count("new", Kind.TASK, len(tasks))
        for task in tasks[: EXAMPLES - len(self.report.examples)]:
            self.example(task.title)
        return {task.external_id: pk for pk, task in enumerate(tasks, start=first)}

    def _batch_named(self, session: Session, name: str) -> int | None:
        """Return the batch of that name that this file, or another of its origin, holds."""
        if name and name not in self._batches:
            found = session.value(
                "SELECT pk FROM batch WHERE external_id = ? AND origin = ?", (name, self.origin)
            )
            if found is None:
                return None
            self._batches[name] = int(found)
        return self._batches.get(name)

    def _task_row(self, pk: int, id_: str, task: IncomingTask) -> tuple[Any, ...]:
        return (
            pk,
            id_,
            self._batches.get(task.batch),
            None,
            storable(task.title) or "Untitled",
            task.status,
            task.status_word,
            task.kind,
            task.priority,
            task.created_at or task.updated_at or self.started,
            task.updated_at or task.created_at or self.started,
            self.origin,
            task.external_id,
        )

    def _tag(self, session: Session, pk: int, names: Iterable[str]) -> None:
        """Give a task tags, which `_index` stores."""
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
            (self.operation_pk, pk, parent, None, 0)
            for name, pk in pks.items()
            if (parent := tasks[name].parent) is not None and parent not in pks
        ]
        later += [
            (self.operation_pk, pk, storable(other), kind, outgoing)
            for name, pk in pks.items()
            for other, kind, outgoing in tasks[name].links
        ]
        session.many("INSERT INTO temp.pending VALUES (?, ?, ?, ?, ?)", later)

    def _resolve_pending(self, session: Session) -> None:
        """Connect tasks with those they name; what is not there may come with a later file."""
        named = (
            "FROM temp.pending p JOIN task own ON own.pk = p.task_pk"
            " JOIN task t ON t.external_id = p.name AND t.origin = own.origin"
            " WHERE p.operation_pk = ? AND p.task_pk <> t.pk AND p.kind IS"
        )
        params = (self.operation_pk,)
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
            (self.operation_pk,),
        )
        session.execute(_OPEN_CIRCLES, (self.operation_pk, self._first_pk))

    def _compare(self, session: Session, task: IncomingTask, row: tuple[Any, ...]) -> None:
        """Note what a task that is already there gets from the file, if anything."""
        pk, upload_pk, *values = row
        before = dict(zip(_COMPARED, values, strict=True))
        alone, earliest = task.raw, 0
        if task.merge is not None and before["raw"] is not None:
            # What both are together is never older than one of them.
            task, earliest = task.merge(before["raw"]), before["updated_at"]
        is_repeated = upload_pk == self.upload_pk and task.raw in {alone, before["raw"]}
        if before["raw"] == task.raw:
            self.count("repeated" if is_repeated else "identical", Kind.TASK)
            return
        after = before | {
            "title": storable(task.title) or "Untitled",
            "status": task.status,
            "status_word": task.status_word,
            "kind": task.kind,
            "priority": task.priority,
            "updated_at": task.updated_at or max(self.started, before["updated_at"] + 1),
            "batch_pk": self._batch_named(session, task.batch),
            "parent_pk": self._known_parent(session, task, pk),
            "description": storable(task.description),
            "raw": task.raw,
        }
        self._add_lists(session, pk, task, before, after)
        theirs_at = task.updated_at and max(task.updated_at, earliest)
        meeting = self.meet(session, Kind.TASK, pk, before, after, theirs_at)
        if meeting.verdict is Verdict.OLDER:
            self.count("repeated" if is_repeated else "older", Kind.TASK)
            return
        self.count("repeated", Kind.TASK, int(is_repeated))
        if curtain.holds(session, self.operation_pk, Kind.TASK, pk):
            after["created_at"] = task.created_at or before["created_at"]
            self._replace_hidden(session, pk, task, after)
        elif meeting.verdict is Verdict.BOTH:
            self._keep_both(session, task)
        elif meeting.fields:
            self._note_task(session, pk, task, meeting.fields, before, after)

    def _keep_both(self, session: Session, task: IncomingTask) -> None:
        """Make another record of the file's task, found again by its name and content."""
        other = msgspec.structs.replace(
            task, external_id=second_name(task.external_id, task.raw)
        )
        present = session.row(
            "SELECT 1 FROM task WHERE external_id = ? AND origin = ?",
            (other.external_id, self.origin),
        )
        if present:
            self.count("identical", Kind.TASK)
        else:
            pks = self._insert_tasks(session, [other])
            self._connect(session, pks, {other.external_id: other})

    def _note_task(
        self,
        session: Session,
        pk: int,
        task: IncomingTask,
        fields: Sequence[str],
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        if self.is_noted(session, Kind.TASK, pk):
            session.execute(
                "DELETE FROM audit_entry WHERE operation_pk = ? AND kind = ? AND record_pk = ?",
                (self.operation_pk, Kind.TASK, pk),
            )
        else:
            self.count("changed", Kind.TASK)
            self.example(task.title)
        self.note(session, Kind.TASK, pk, fields, before, after)

    def meet(
        self,
        session: Session,
        kind: Kind,
        pk: int,
        before: dict[str, Any],
        after: dict[str, Any],
        theirs_at: int | None,
    ) -> Meeting:
        """Decide what of a record that is here gets from the file, and report a conflict."""
        policy = self._decisions.get((kind, pk), self._policy)
        meeting = meet(session, policy, kind, pk, before, after, theirs_at)
        if meeting.disputed and (kind, pk) not in self._disputed:
            self._disputed.add((kind, pk))
            self._report_conflict(session, kind, pk, meeting, before, after)
        return meeting

    def _report_conflict(
        self,
        session: Session,
        kind: Kind,
        pk: int,
        meeting: Meeting,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        title = audit.fields_of(session, kind, pk, ["title"])["title"][:EXAMPLE_CHARS]
        if meeting.overwritten:
            self.count("overwritten", kind)
            if len(self.report.overwritten_examples) < EXAMPLES:
                self.report.overwritten_examples.append(title)
        else:
            is_undecided = meeting.verdict is Verdict.UNDECIDED
            self.count("undecided" if is_undecided else "kept", kind)
        if len(self.report.conflicts) < MOST_CONFLICTS:
            sides = {name: (before[name], after[name]) for name in meeting.disputed}
            winner = WINNERS.get(meeting.verdict)
            self.report.conflicts.append(Conflict(kind.word, pk, title, sides, winner))

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
            (task.parent, self.origin),
        )
        if parent_pk is None or audit.is_inside(session, parent_pk, pk):
            return None
        return int(parent_pk)

    def _replace_hidden(
        self, session: Session, pk: int, task: IncomingTask, after: dict[str, Any]
    ) -> None:
        """Let a later record of the same name in one file take the place of the earlier."""
        self._index(session)
        self._first_pk = min(pk, self._first_pk)
        session.execute("DELETE FROM task_tag WHERE task_pk = ?", (pk,))
        session.execute("DELETE FROM temp.pending WHERE task_pk = ?", (pk,))
        self._tag(session, pk, task.tags)
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
            (self.upload_pk, task.offset, task.length, pk),
        )
        audit.choose(session, [pk])
        index.remove(session, Kind.TASK)
        index.add(session, Kind.TASK)

    def is_noted(self, session: Session, kind: Kind, pk: int) -> bool:
        """Whether this import has noted a change of a record already."""
        return bool(
            session.value(
                "SELECT 1 FROM audit_entry"
                " WHERE operation_pk = ? AND kind = ? AND record_pk = ?",
                (self.operation_pk, kind, pk),
            )
        )

    def note(
        self,
        session: Session,
        kind: Kind,
        pk: int,
        fields: Iterable[str],
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        """Note a change of fields of a record that was there before, or of further ones."""
        names = list(fields)
        note = audit.note_update
        if self.is_noted(session, kind, pk):
            note = audit.note_further_update
        note(
            session,
            self.operation_pk,
            kind,
            pk,
            {name: before[name] for name in names},
            {name: after[name] for name in names},
        )

    def reveal_later(self, session: Session, kind: Kind, first: int, last: int) -> None:
        """Draw the curtain before new records, and note that they were made."""
        curtain.hide(session, self.operation_pk, kind, first, last)
        if kind is Kind.TASK:
            self._unindexed.append((first, last))
        else:
            audit.note_created(session, self.operation_pk, kind, first, last)
            index.add_range(session, kind, first, last)

    def index_new(self) -> None:
        """Finish new tasks with their tags and full text, once there are many."""
        if sum(last - first + 1 for first, last in self._unindexed) >= INDEX_ROWS:
            with self._pool.write(durable=False) as session:
                self._index(session)

    def _index(self, session: Session) -> None:
        """Store the tags of new tasks, note that they were made, and index their texts.

        Few statements for many rows: each leaves Python's lock free while it works.
        """
        session.execute(_INSERT_TAGS, (json.dumps(self._untagged),))
        for first, last in self._unindexed:
            audit.note_created(session, self.operation_pk, Kind.TASK, first, last)
            index.add_range(session, Kind.TASK, first, last)
        self._untagged.clear()
        self._unindexed.clear()

    def count(self, what: str, kind: Kind, number: int = 1) -> None:
        """Count records in the report."""
        by_kind: dict[str, int] = getattr(self.report, what)
        if number:
            by_kind[kind.word] = by_kind.get(kind.word, 0) + number

    def example(self, title: str) -> None:
        """Name a record in the report, as long as there are few."""
        if len(self.report.examples) < EXAMPLES:
            self.report.examples.append(storable(title)[:EXAMPLE_CHARS])

    def commit(self) -> Outcome:
        """Show everything at once: one operation, which can be undone.

        Where the files hold nothing new, nothing is done and nothing is kept.

        Raises:
            UndecidedError: somebody has to choose first; nothing is imported.
            StorageRejectedError: a record was changed meanwhile; nothing is imported.
        """
        self._refuse_undecided()
        if not (self.report.effective or self._set_aside or self._dump.has_history):
            self._take_out()
            outcome = Outcome(operation=None)
            self.on_end(outcome)
            return outcome
        self._bulk.end()
        with self._pool.write() as session:
            made = curtain.lift(session, self.operation_pk)
            for first, last in made[Kind.TASK]:
                counts.add_range(session, first, last)
            for first, last in made[Kind.MESSAGE]:
                counts.add_messages(session, first, last)
            session.execute(
                "DELETE FROM temp.pending WHERE operation_pk = ?", (self.operation_pk,)
            )
            applied = audit.apply(session, self.operation_pk, forward=True)
            self._dump.finish(session)
            if applied.taken:
                raise StorageRejectedError(
                    f"Other runs have the turn, step and attempt of {len(applied.taken):,}"
                    " runs of the import.",
                    safe="Nothing was imported.",
                    advice="Give the runs that are here another turn, then import again.",
                )
            if applied.skipped:
                raise StorageRejectedError(
                    f"{len(applied.skipped):,} records were changed while the import waited.",
                    safe="Nothing was imported.",
                    advice="Import the file again.",
                )
            session.execute(
                "UPDATE operation SET report = ?, owner = NULL WHERE pk = ?",
                (msgspec.json.encode(self.report).decode(), self.operation_pk),
            )
            operation = operations.finish(session, self.operation_pk)
        # There may be millions: an array takes a sixth of what a tuple of numbers does.
        changed = {kind: array("q", pks) for kind, pks in applied.changed.items()}
        for kind, ranges in made.items():
            for first, last in ranges:
                changed.setdefault(kind, array("q")).extend(range(first, last + 1))
        outcome = Outcome(
            operation=operation, changed={kind: pks for kind, pks in changed.items() if pks}
        )
        self.on_end(outcome)
        return outcome

    def _refuse_undecided(self) -> None:
        if number := sum(self.report.undecided.values()):
            records = "1 record was" if number == 1 else f"{number:,} records were"
            raise UndecidedError(
                f"{records} changed both here and in the file, in different ways."
            )

    def discard(self) -> None:
        """Take everything out again, as if it had never been."""
        self._take_out()
        self.on_end(None)

    def _take_out(self) -> None:
        for sha256 in discard(self._pool, self.operation_pk):
            self._forget_original(sha256)
        self._bulk.end()


def _latest(tasks: Sequence[IncomingTask]) -> tuple[dict[str, IncomingTask], int]:
    """Return tasks by name: of several with one name the one changed last, or the merged.

    And how many had to give way, or were the same once more.
    """
    latest, repeated = {task.external_id: task for task in tasks}, 0
    if len(latest) == len(tasks):
        return latest, repeated
    latest.clear()
    for task in tasks:
        before = latest.get(task.external_id)
        if before is not None and task.merge is not None:
            merged = task.merge(before.raw)
            repeated += merged.raw in {task.raw, before.raw}
            latest[task.external_id] = merged
            continue
        repeated += before is not None
        if before is None or (task.updated_at or now_us()) >= (before.updated_at or 0):
            latest[task.external_id] = task
    return latest, repeated


def _next_task(session: Session) -> int:
    """Return the pk that the next new task gets."""
    return 1 + (session.value("SELECT seq FROM sqlite_sequence WHERE name = 'task'") or 0)


def _tag_named(session: Session, name: str) -> int:
    session.execute("INSERT OR IGNORE INTO tag (name) VALUES (?)", (name,))
    return int(session.value("SELECT pk FROM tag WHERE name = ?", (name,)))
