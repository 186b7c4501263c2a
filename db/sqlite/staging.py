"""An import behind the curtain.

New records are stored at once, in chunks, where they will stay; the table `curtain` names
their pks, and whatever lists leaves those out. Changes of records that were there before
are only noted in the audit log. `commit` lifts the curtain and applies the changes in one
short transaction; `discard` takes everything out again.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from db.cancel import CancelToken
from db.errors import StorageRejectedError, UndecidedError
from db.ids import new_id
from db.incoming import (
    MOST_EXAMPLES,
    Committing,
    Conflict,
    Conflicts,
    Decisions,
    Duplicates,
    ImportReport,
    IncomingBatch,
    IncomingRecord,
    IncomingRow,
    IncomingTask,
    Problem,
    ignore_committing,
    ignore_end,
)
from db.json_values import same_json
from db.processes import owner_name
from db.records import Kind, OperationState, Outcome
from db.sqlite import audit, counts, curtain, index, operations, tray
from db.sqlite.batch_stager import BatchStager
from db.sqlite.bulk import BulkLoad
from db.sqlite.conflicts import WINNERS, Meeting, Verdict, meet
from db.sqlite.connection import Pool, Session
from db.sqlite.discarding import discard
from db.sqlite.dump_reader import DUMP_TABLES, DumpReader
from db.sqlite.record_stager import PENDING_REFERENCE, RecordStager
from db.sqlite.tables import LAYOUTS, UPLOADS
from db.sqlite.task_stager import INDEX_ROWS, PENDING, TaskStager
from db.texts import storable

MOST_CONFLICTS: Final = 200
EXAMPLE_CHARS: Final = 200
_Told = TypeVar("_Told", IncomingTask, IncomingRecord)
_KIND_OF_TABLE: Final = {layout.table: kind for kind, layout in LAYOUTS.items()}


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
        self.origin = ""
        self.duplicates: Duplicates | None = Duplicates.NEWEST
        self._policy = policy
        self._decisions = decisions
        self._disputed: set[tuple[Kind, int]] = set()
        self._set_aside = 0
        self._is_known = False
        self._met_before = 0
        self._dump = DumpReader(self)
        self._batches = BatchStager(self)
        self._tasks = TaskStager(self, self._batches)
        self._records = RecordStager(self)
        self._bulk = BulkLoad(pool)
        with pool.write() as session:
            self.operation_pk = operations.begin(
                session,
                "import",
                title,
                state=OperationState.STAGED,
                owner=owner_name(),
            )
            # What an import brought is told by this moment.
            self.started = operations.get(session, self.operation_pk).started_at
            session.execute(PENDING)
            session.execute(DUMP_TABLES)
            session.execute(PENDING_REFERENCE)

    def begin_file(
        self,
        *,
        name: str,
        path: str,
        format_name: str,
        origin: str,
        duplicates: Duplicates | None = Duplicates.NEWEST,
    ) -> None:
        """Start a file; the records that follow come from it."""
        self.origin = origin
        self.duplicates = duplicates
        self._batches.begin_file()
        self.report.files.append(name)
        self.report.records.append({})
        if format_name not in self.report.formats:
            self.report.formats.append(format_name)
        with self._pool.write(durable=False) as session:
            self._tasks.begin_file(session)
            known = session.value(
                "SELECT 1 FROM upload WHERE origin = ? AND NOT EXISTS (SELECT 1 FROM curtain"
                f" WHERE operation_pk = ? AND kind = {UPLOADS}"
                " AND upload.pk BETWEEN first_pk AND last_pk) LIMIT 1",
                (origin, self.operation_pk),
            )
            self._is_known = bool(known)
            self._met_before = self._met()
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
            self._tasks.index(session)
            session.execute(
                "UPDATE upload SET sha256 = ?, size = ? WHERE pk = ?",
                (sha256, size, self.upload_pk),
            )
            self._dump.end_file(session)
            self._tasks.finish_file(session)
            self._records.finish_file(session)
        if self._is_known and self._met() > self._met_before:
            self.report.updates_origin = True
            self.report.files_known += 1

    def _met(self) -> int:
        """Return how many records of the files were here already.

        Batches are not among them: several files may tell of one.
        """
        report = self.report
        counts = (report.changed, report.identical, report.older, report.kept, report.undecided)
        word = Kind.BATCH.word
        return sum(sum(each.values()) - each.get(word, 0) for each in counts)

    def add_batches(self, batches: Sequence[IncomingBatch]) -> None:
        """Store batches of the current file; it may tell more of one later."""
        before = self._batches.in_file
        with self._pool.write(durable=False) as session:
            for batch in batches:
                self._batches.add(session, batch)
        self._count_read(Kind.BATCH, self._batches.in_file - before)

    def add_tasks(self, tasks: Sequence[IncomingTask]) -> None:
        """Store tasks of the current file: one transaction."""
        with self._pool.write(durable=False) as session:
            new = self._tasks.add(session, tasks)
        self._bulk.added(new)
        self._count_read(Kind.TASK, len(tasks))

    def add_records(self, records: Sequence[IncomingRecord]) -> list[Problem]:
        """Store records of the current file, all of one kind; return those that cannot be.

        Raises:
            ExchangeError: one breaks a rule of its kind.
        """
        with self._pool.write(durable=False) as session:
            bad = self._records.add(session, records)
        if records:
            self._count_read(records[0].kind, len(records) - len(bad))
        return bad

    def add_rows(self, rows: Sequence[IncomingRow]) -> None:
        """Store rows of a Sheaf dump.

        Raises:
            ExchangeError: a row that no table can take.
        """
        with self._pool.write(durable=False) as session:
            self._dump.add(session, rows)
        for table, number in Counter(each.table for each in rows).items():
            if table in _KIND_OF_TABLE:
                self._count_read(_KIND_OF_TABLE[table], number)

    def _count_read(self, kind: Kind, number: int) -> None:
        read = self.report.records[-1]
        if number:
            read[kind.word] = read.get(kind.word, 0) + number

    def retitle(self, title: str) -> None:
        """Call the import by another name."""
        with self._pool.write(durable=False) as session:
            session.execute(
                "UPDATE operation SET title = ? WHERE pk = ?", (title, self.operation_pk)
            )

    def set_aside(self, problems: Sequence[Problem]) -> None:
        """Keep parts of the current file that cannot be used, to be mended and tried again."""
        if problems:
            with self._pool.write(durable=False) as session:
                self._set_aside += tray.set_aside(
                    session, self.operation_pk, self.upload_pk, problems
                )

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
            if len(self.report.overwritten_examples) < MOST_EXAMPLES:
                self.report.overwritten_examples.append(title)
        else:
            is_undecided = meeting.verdict is Verdict.UNDECIDED
            self.count("undecided" if is_undecided else "kept", kind)
        if len(self.report.conflicts) < MOST_CONFLICTS:
            sides = {name: (before[name], after[name]) for name in meeting.disputed}
            winner = WINNERS.get(meeting.verdict)
            self.report.conflicts.append(Conflict(kind.word, pk, title, sides, winner))

    def is_noted(self, session: Session, kind: Kind, pk: int) -> bool:
        """Whether this import has noted a change of a record already."""
        return bool(
            session.value(
                "SELECT 1 FROM audit_entry"
                " WHERE operation_pk = ? AND kind = ? AND record_pk = ?"
                f" AND action <> {audit.EARLIER}",
                (self.operation_pk, kind, pk),
            )
        )

    def held_first(self, session: Session, kind: Kind, records: Sequence[_Told]) -> list[_Told]:
        """Return records, first those that are here as they are: they keep their names."""
        held = self._held(session, kind, {each.external_id for each in records})
        return sorted(records, key=lambda each: held.get(each.external_id, "") != each.raw)

    def is_held(
        self, session: Session, kind: Kind, record: IncomingTask | IncomingRecord
    ) -> bool:
        """Whether a record is here under its name, or will be, as it is."""
        raw = self._held(session, kind, {record.external_id}).get(record.external_id)
        return raw is not None and record.raw is not None and same_json(raw, record.raw)

    def _held(
        self, session: Session, kind: Kind, names: Collection[str]
    ) -> dict[str, str | None]:
        """Return the raw texts of records by name, those that this import noted as noted."""
        layout = LAYOUTS[kind]
        table = layout.table
        rows = session.rows(
            f"SELECT {table}.external_id, coalesce((SELECT e.after ->> '$.raw'"
            f" FROM audit_entry e WHERE e.operation_pk = ?1 AND e.kind = {kind.value}"
            f" AND e.record_pk = {table}.pk AND e.action = {audit.UPDATED}),"
            f" {layout.table_of('raw')}.raw) FROM json_each(?2) j CROSS JOIN {table}"
            f" ON {table}.external_id = j.value AND {table}.origin = ?3 {layout.body_join}",
            (self.operation_pk, json.dumps([*names]), self.origin),
        )
        return dict(rows)

    def is_history(self, first_at: int | None, then_at: int | None) -> bool:
        """Whether, of two records of one name in a file, the first is an earlier state.

        The times are when each was changed, as far as the file says.
        """
        if self.duplicates is None:
            return first_at is not None and then_at is not None and first_at < then_at
        return self.duplicates is Duplicates.HISTORY

    def keep_earlier(
        self,
        session: Session,
        kind: Kind,
        pk: int,
        states: Sequence[Mapping[str, Any]],
        known: str | None = None,
    ) -> None:
        """Keep in a record's history the states it had in the file, but for the last.

        The record is here already as of that with the raw text `known`, and those before.
        """
        new = next((n for n, s in enumerate(states, 1) if known and s["raw"] == known), 0)
        if len(states) - new > 1:
            self.count("earlier", kind, len(states) - new - 1)
            audit.note_earlier(session, self.operation_pk, kind, pk, states[new:])

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
            self._tasks.index_later(first, last)
        else:
            audit.note_created(session, self.operation_pk, kind, first, last)
            index.add_range(session, kind, first, last)

    def index_new(self) -> None:
        """Finish new tasks with their tags and full text, once there are many."""
        if self._tasks.unindexed >= INDEX_ROWS:
            with self._pool.write(durable=False) as session:
                self._tasks.index(session)

    def count(self, what: str, kind: Kind, number: int = 1) -> None:
        """Count records in the report."""
        by_kind: dict[str, int] = getattr(self.report, what)
        if number:
            by_kind[kind.word] = by_kind.get(kind.word, 0) + number
        if not by_kind.get(kind.word, 1):
            del by_kind[kind.word]

    def example(self, title: str) -> None:
        """Name a record in the report, as long as there are few."""
        if len(self.report.examples) < MOST_EXAMPLES:
            self.report.examples.append(storable(title)[:EXAMPLE_CHARS])

    def commit(
        self,
        token: CancelToken | None = None,
        on_progress: Callable[[Committing], None] = ignore_committing,
    ) -> Outcome:
        """Show everything at once: one operation, which can be undone.

        Where the files hold nothing new, nothing is done and nothing is kept.

        Raises:
            UndecidedError: somebody has to choose first; nothing is imported.
            StorageRejectedError: a record was changed meanwhile; nothing is imported.
            WorkCancelledError: `token` was cancelled; nothing is imported, and it can be
                committed again or discarded.
        """
        token = token or CancelToken()
        self._refuse_undecided()
        report = self.report
        if not (report.effective or report.kept or self._set_aside or self._dump.has_history):
            self._take_out()
            outcome = Outcome(operation=None)
            self.on_end(outcome)
            return outcome
        total = self.report.effective

        def tell(steps: int, of: int) -> None:
            token.check()
            on_progress(Committing(total * steps // (of + 1), total))

        self._bulk.end(tell)
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
            _refuse_left_out(applied)
            session.execute(
                "UPDATE operation SET report = ?, owner = NULL WHERE pk = ?",
                (msgspec.json.encode(self.report).decode(), self.operation_pk),
            )
            operation = operations.finish(session, self.operation_pk)
            token.check()
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
                f"{records} changed both here and in the file, in different ways.",
                conflicts=[each for each in self.report.conflicts if each.winner is None],
            )

    def discard(self) -> None:
        """Take everything out again, as if it had never been."""
        self._take_out()
        self.on_end(None)

    def _take_out(self) -> None:
        for sha256 in discard(self._pool, self.operation_pk):
            self._forget_original(sha256)
        self._bulk.end()


def _refuse_left_out(applied: audit.Applied) -> None:
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
