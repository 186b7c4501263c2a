"""One SQLite file, or one database in memory, as a `Storage`."""

from __future__ import annotations

import shutil
import tempfile
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from db import originals
from db.cancel import CancelToken
from db.errors import StorageDamagedError, StorageMissingError
from db.incoming import Conflicts, Decisions, Sampled
from db.maintenance.backups import before
from db.maintenance.folder import folder_beside, lost
from db.maintenance.manifest import BackupKind
from db.overview import Overview, Picture
from db.ports import (
    Contents,
    CopyProgress,
    Differing,
    Finding,
    Lost,
    MigrationStep,
    StepProgress,
    StorageInfo,
    ignore_steps,
)
from db.processes import is_alive
from db.query import (
    BugQuery,
    ConversationQuery,
    DesignNoteQuery,
    ExecutionQuery,
    LearningQuery,
    MessageQuery,
    Query,
    StatusUpdateQuery,
)
from db.records import (
    AnyRecord,
    BugRecord,
    ConversationRecord,
    DesignNoteRecord,
    Detail,
    ExecutionRecord,
    Hit,
    Kind,
    LearningRecord,
    MessageDetail,
    MessageRecord,
    OperationRecord,
    OperationState,
    Outcome,
    Place,
    StatusUpdateRecord,
    TaskDetail,
    ThreadEntry,
    UploadRecord,
)
from db.repositories import Choice, EditValue, Facet, Page
from db.sqlite import (
    changes,
    checks,
    comparing,
    copying,
    details,
    digests,
    dump,
    facets,
    mending,
    naming,
    operations,
    overview,
    repos,
    restoring,
    rows,
    searching,
    selects,
    uploads,
)
from db.sqlite.bulk import make_missing_indexes
from db.sqlite.connection import Pool
from db.sqlite.discarding import discard
from db.sqlite.history import SqliteHistory
from db.sqlite.jobs import SqliteJobs
from db.sqlite.last_known import LastKnown
from db.sqlite.migrate import applied_migrations, known_migrations, migrate, plan, verify
from db.sqlite.only_read import ReadingPool
from db.sqlite.repos import SqliteBatches, SqliteRecords, SqliteTasks
from db.sqlite.retiring import SqliteRetiring
from db.sqlite.settings import SqliteSettings
from db.sqlite.staging import SqliteStaging
from db.sqlite.tray import SqliteTray
from db.sqlite.upkeep import SqliteUpkeep
from db.sqlite.views import SqliteViews
from db.storage import is_missing
from db.times import now_us


class SqliteStorage:
    """See `db.ports.Storage`."""

    only_read = False

    def __init__(
        self, uri: str, path: Path | None, *, create: bool = True, may_migrate: bool = True
    ) -> None:
        """Open the file, making it or bringing its tables up to date where that is needed.

        Raises:
            StorageMissingError: there is no file, and `create` is false.
            StorageLostError: there is none, but there are backups of it.
            StorageUnavailableError: the file cannot be used.
        """
        self.uri = uri
        self.copies: list[Path] = []
        self.lost: Lost | None = None
        self._path = path
        self._known = None if path is None else LastKnown(path)
        self._temporary: Path | None = None
        self._pool = self._make_pool(create=create)
        self.settings = SqliteSettings(self._pool)
        try:
            self._prepare(may_migrate=may_migrate)
        except BaseException:
            self._pool.close()
            raise
        self.batches = SqliteBatches(self._pool)
        self.tasks = SqliteTasks(self._pool)
        self.executions = SqliteRecords[ExecutionRecord, ExecutionQuery](
            self._pool, Kind.EXECUTION
        )
        self.status_updates = SqliteRecords[StatusUpdateRecord, StatusUpdateQuery](
            self._pool, Kind.STATUS_UPDATE
        )
        self.bugs = SqliteRecords[BugRecord, BugQuery](self._pool, Kind.BUG)
        self.design_notes = SqliteRecords[DesignNoteRecord, DesignNoteQuery](
            self._pool, Kind.DESIGN_NOTE
        )
        self.conversations = SqliteRecords[ConversationRecord, ConversationQuery](
            self._pool, Kind.CONVERSATION
        )
        self.messages = SqliteRecords[MessageRecord, MessageQuery](self._pool, Kind.MESSAGE)
        self.learnings = SqliteRecords[LearningRecord, LearningQuery](self._pool, Kind.LEARNING)
        self.views = SqliteViews(self._pool)
        self.history = SqliteHistory(self._pool)
        self.tray = SqliteTray(self._pool)
        self.retiring = SqliteRetiring(self._pool)
        self.upkeep = SqliteUpkeep(self._pool, self._path)
        self.jobs = SqliteJobs(self._pool)

    @property
    def damage(self) -> StorageDamagedError | None:
        """What the file was found to be damaged by; see `Storage.damage`."""
        return self._pool.damage

    def _make_pool(self, *, create: bool) -> Pool:
        if self._path is not None and is_missing(self._path):
            if not create:
                raise StorageMissingError(f"There is no file {self._path}.")
            if (refusal := lost(self._path)) is not None:
                raise refusal
            assert self._known is not None
            self._known.forget()
        return Pool(self._path)

    def _prepare(self, *, may_migrate: bool) -> None:
        with self._pool.alone() as session:
            version = verify(session, known_migrations())
            if self._path is not None:
                session.execute("PRAGMA journal_mode = WAL")
            if may_migrate and version < len(known_migrations()):
                migrate(session, before=self._back_up)
        if may_migrate:
            make_missing_indexes(self._pool)
        if self._known is not None:
            self.lost = self._known.look(self._pool, keep=True)
            self._pool.after_write = self._known.note

    def migrate(self, target: int | None = None) -> list[str]:
        """Bring the tables to a version, keeping a copy of the file as it was."""
        with self._pool.alone() as session:
            return migrate(session, target, before=self._back_up)

    def planned_migrations(self, target: int | None = None) -> list[str]:
        """Return what `migrate` would do, a line for each step."""
        with self._pool.read() as session:
            return plan(session, target)

    def migrations(self) -> tuple[MigrationStep, ...]:
        """Return the steps by which the tables came to their version, oldest first."""
        with self._pool.read() as session:
            return tuple(
                MigrationStep(step.version, step.description, step.checksum, step.applied_at)
                for step in applied_migrations(session)
            )

    def _back_up(self, version: int) -> None:
        """Keep the file as it is, before its tables change."""
        made = before(self, BackupKind.MIGRATION, f"version {version} of the tables changes")
        if made is not None:
            self.copies.append(made.path)

    def ids(
        self,
        query: Query,
        limit: int | None = None,
        offset: int = 0,
        token: CancelToken | None = None,
    ) -> Sequence[int]:
        """Return the pks of the matching records, in order: all, or some of them."""
        with self._pool.read(token) as session:
            return array("q", repos.ids(session, query, limit, offset))

    def count(self, query: Query, token: CancelToken | None = None) -> int:
        """Return how many records match."""
        with self._pool.read(token) as session:
            return repos.count(session, query)

    def fetch(
        self, kind: Kind, pks: Sequence[int], token: CancelToken | None = None
    ) -> list[AnyRecord]:
        """Return the records with these pks, in this order, leaving out those gone."""
        with self._pool.read(token) as session:
            return rows.fetch(session, kind, pks)

    def find(
        self, query: Query, limit: int, offset: int = 0, token: CancelToken | None = None
    ) -> Page:
        """Return one page and the total, of one and the same state of the data."""
        with self._pool.read(token) as session:
            found, total = repos.find(session, query, limit, offset)
        return Page(tuple(found), total)

    def detail(self, kind: Kind, pk: int) -> Detail:
        """Return everything about one record.

        Raises:
            RecordNotFoundError: there is none.
        """
        with self._pool.read() as session:
            return details.detail(session, kind, pk)

    def thread(
        self, conversation_pk: int, token: CancelToken | None = None
    ) -> tuple[ThreadEntry, ...]:
        """Return the outline of a conversation: its messages in order, without their text."""
        with self._pool.read(token) as session:
            return details.thread(session, conversation_pk)

    def thread_start(
        self, conversation_pk: int, most: int, token: CancelToken | None = None
    ) -> tuple[ThreadEntry, ...]:
        """Return the beginning of an outline; see `Storage.thread_start`."""
        with self._pool.read(token) as session:
            return details.thread_start(session, conversation_pk, most)

    def thread_around(
        self,
        conversation_pk: int,
        message_pk: int,
        most: int,
        token: CancelToken | None = None,
    ) -> tuple[ThreadEntry, ...]:
        """Return what is around a message in an outline; see `Storage.thread_around`."""
        with self._pool.read(token) as session:
            return details.thread_around(session, conversation_pk, message_pk, most)

    def message_details(
        self, pks: Sequence[int], token: CancelToken | None = None
    ) -> list[MessageDetail]:
        """Return messages with what they say, in this order, leaving out those gone."""
        with self._pool.read(token) as session:
            return list(details.message_details(session, pks))

    def hits(
        self,
        query: Query,
        limit: int,
        *,
        best_first: bool = True,
        token: CancelToken | None = None,
    ) -> tuple[Hit, ...]:
        """Return the first records that a query's text finds; see `Storage.hits`."""
        with self._pool.read(token) as session:
            return tuple(searching.hits(session, query, limit, best_first=best_first))

    def is_there(self, kind: Kind, name: str, token: CancelToken | None = None) -> bool:
        """Whether a query that names a record of a kind names one; see `Storage.is_there`."""
        with self._pool.read(token) as session:
            return selects.is_there(session, kind, name)

    def resolve(self, name: str) -> tuple[Kind, int]:
        """Return the record that a person means by an id, an end of it, or its external id.

        Raises:
            RecordNotFoundError: no record, or more than one, has that name.
        """
        with self._pool.read() as session:
            return naming.resolve(session, name)

    def facets(
        self,
        query: Query,
        field: str,
        token: CancelToken | None = None,
        *,
        at_once: bool = False,
    ) -> tuple[Facet, ...]:
        """Return the values of a field among what a query finds; see `Storage.facets`.

        Raises:
            InvalidQueryError: there is no such field, or these records do not have it.
        """
        with self._pool.read(token) as session:
            return facets.facets(session, query, field, at_once=at_once)

    def overview(
        self,
        days: int,
        token: CancelToken | None = None,
        pictures: Collection[Picture] = tuple(Picture),
    ) -> Overview:
        """Return the pictures of the last so many days; see `Storage.overview`."""
        with self._pool.read(token) as session:
            return overview.overview(session, days, now_us(), pictures)

    def create(self, kind: Kind, fields: Mapping[str, EditValue]) -> Outcome:
        """Make a record from any fields that `edit` takes; see `Storage.create`."""
        with self._pool.write() as session:
            return changes.create(session, kind, fields)

    def edit(
        self, kind: Kind, pk: int, changes_: Mapping[str, EditValue], *, seen_version: int
    ) -> Outcome:
        """Change fields of one record that was seen at `seen_version`; see `Storage.edit`."""
        with self._pool.write() as session:
            return changes.edit(session, kind, pk, changes_, seen_version)

    def merge_learnings(self, kept_pk: int, other_pk: int) -> Outcome:
        """Make one learning part of another; see `Storage.merge_learnings`."""
        with self._pool.write() as session:
            return changes.merge_learnings(session, kept_pk, other_pk)

    def edit_many(
        self, kind: Kind, choice: Choice, changes_: Mapping[str, EditValue]
    ) -> Outcome:
        """Give many records the same `status`, `priority`, `severity` or `kind`."""
        with self._pool.write() as session:
            return changes.edit_many(session, kind, choice, changes_)

    def edit_tags(
        self,
        kind: Kind,
        choice: Choice,
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> Outcome:
        """Add tags to many records and remove others from them."""
        with self._pool.write() as session:
            return changes.edit_tags(session, kind, choice, add, remove)

    def move(self, kind: Kind, choice: Choice, place: Place) -> Outcome:
        """Archive, trash or put back records, and what goes with them."""
        with self._pool.write() as session:
            return changes.move(session, kind, choice, place)

    def purge(self, kind: Kind, choice: Choice, reason: str = "") -> Outcome:
        """Delete records for good, leaving a tombstone of each."""
        with self._pool.write() as session:
            return changes.purge(session, kind, choice, reason)

    def with_contents(self, kind: Kind, choice: Choice) -> dict[Kind, list[int]]:
        """Return the pks, by kind, of all that `purge` would delete."""
        with self._pool.write() as session:
            return changes.with_contents(session, kind, choice)

    def stage(
        self,
        title: str,
        policy: Conflicts = Conflicts.NEWER,
        decisions: Decisions = MappingProxyType({}),
    ) -> SqliteStaging:
        """Start an import behind the curtain; see `Storage`."""
        return SqliteStaging(self._pool, title, policy, decisions, self._forget_original)

    def _forget_original(self, sha256: str) -> None:
        originals.remove(self.originals_folder(), sha256)

    def find_origin(
        self,
        format_name: str,
        path: str,
        sample: Sequence[Sampled],
        operation_pk: int | None = None,
    ) -> str | None:
        """Return the origin that a file is a newer version of, or None; see `Storage`."""
        with self._pool.read() as session:
            return uploads.find_origin(session, format_name, path, sample, operation_pk)

    def recover(self) -> tuple[OperationRecord, ...]:
        """Roll back imports, and finish undoing and redoing, that dead processes left."""
        with self._pool.read() as session:
            left = session.rows(
                f"SELECT pk, owner FROM operation WHERE state = {OperationState.STAGED.value}"
            )
            dead = [pk for pk, owner in left if not is_alive(owner or "")]
            discarded = [operations.get(session, pk) for pk in dead]
        for pk in dead:
            for sha256 in discard(self._pool, pk):
                self._forget_original(sha256)
        originals.remove_partial(self.originals_folder())
        recovered = (*discarded, *self.history.finish_turns())
        self.jobs.release_dead()
        self.jobs.forget_old()
        return recovered

    def uploads(self) -> tuple[UploadRecord, ...]:
        """Return the kept originals, newest first."""
        with self._pool.read() as session:
            return uploads.uploads(session)

    def last_upload(self, path: str) -> UploadRecord | None:
        """Return the last import of the file at a path, or None; see `Storage`."""
        with self._pool.read() as session:
            return uploads.last_upload(session, path)

    def is_taken_back(self, path: str) -> bool:
        """Whether an import of the file at a path was undone, and none done since."""
        with self._pool.read() as session:
            return uploads.is_taken_back(session, path)

    def is_whole_since(self, moment: int) -> bool:
        """Whether nothing was deleted for good since, and no import taken back."""
        with self._pool.read() as session:
            return uploads.is_whole_since(session, moment)

    def originals_folder(self) -> Path:
        """Return the folder the originals are kept in; that of memory is temporary."""
        if self._path is not None:
            return self._path.with_name(self._path.name + ".originals")
        if self._temporary is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="sheaf-"))
        return self._temporary

    def rows(self, table: str, pks: Sequence[int] | None = None) -> Iterator[str]:
        """Yield rows of a table as the Sheaf dump writes them: JSON objects."""
        with self._pool.read() as session:
            yield from dump.rows(session, table, pks)

    def task_details(self, pks: Sequence[int]) -> Iterator[TaskDetail]:
        """Yield everything about each of some tasks."""
        with self._pool.read() as session:
            for pk in pks:
                found = details.detail(session, Kind.TASK, pk)
                assert isinstance(found, TaskDetail)
                yield found

    def check(
        self,
        token: CancelToken | None = None,
        on_progress: Callable[[StepProgress], None] = ignore_steps,
    ) -> tuple[Finding, ...]:
        """Check the file and everything derived in it, and say what was found."""
        folder, token = self.originals_folder(), token or CancelToken()
        with self._pool.read_afresh(token) as session:
            return tuple(checks.check(session, folder, self._path, token, on_progress))

    def cheap_checks(self, token: CancelToken | None = None) -> tuple[Finding, ...]:
        """Check what takes some milliseconds, however large the file is."""
        with self._pool.read(token) as session:
            return tuple(checks.cheap_checks(session, self._path))

    def mend(self, check: str) -> Outcome:
        """Mend what the check of a name finds; see `Storage.mend`."""
        with self._pool.write() as session:
            return mending.mend(session, check)

    def quick_check(self, token: CancelToken | None = None) -> Finding:
        """Check the structure of the file, as far as a few seconds allow."""
        with self._pool.read_afresh(token) as session:
            return checks.quick_check(session)

    def copy_to(
        self,
        path: Path,
        token: CancelToken | None = None,
        on_progress: Callable[[CopyProgress], None] = lambda _progress: None,
        *,
        check: bool = True,
    ) -> Contents:
        """Write a copy of the whole storage, and check it; see `Storage.copy_to`."""
        token = token or CancelToken()
        with self._pool.read(token) as session:
            found = copying.copy_to(session, path, token, on_progress)
        if check:
            self._check_copy(path, found, token)
        return found

    def _check_copy(self, path: Path, expected: Contents, token: CancelToken) -> None:
        """Check a new copy; one that is not whole may show that the file itself is not."""
        try:
            is_whole = copying.check_copy(path, token) == expected
        except StorageDamagedError:
            is_whole = False
        if not is_whole:
            self.quick_check(token)
            raise StorageDamagedError(
                "The copy is not whole.",
                safe="It was not kept, and no record was changed.",
                advice="`sheaf check` tells whether the workspace itself is damaged.",
            )

    def contents(self, token: CancelToken | None = None, *, check: bool = False) -> Contents:
        """Return what there is, counted table by table; see `Storage.contents`."""
        with (self._pool.read_afresh if check else self._pool.read)(token) as session:
            if check:
                copying.require_sound(session)
            return digests.contents(session)

    def mark(self) -> str:
        """Return a text that is another one once something that people keep has changed."""
        with self._pool.read() as session:
            return digests.mark(session)

    def changed_since(
        self, path: Path, token: CancelToken | None = None
    ) -> dict[Kind, Differing]:
        """Count the records that differ from those of a copy; see `Storage`."""
        with self._pool.read(token) as session:
            return comparing.changed_since(session, path, token or CancelToken())

    def replace_with(
        self,
        path: Path,
        seen_mark: str,
        token: CancelToken | None = None,
        on_progress: Callable[[CopyProgress], None] = lambda _progress: None,
    ) -> Contents:
        """Put a copy in the place of everything; see `Storage.replace_with`."""
        replaced = restoring.replace_with(
            self._pool, path, seen_mark, token or CancelToken(), on_progress
        )
        self._start_anew()
        return replaced

    def exchange_with(
        self,
        path: Path,
        put: Callable[[Contents], bool],
        token: CancelToken | None = None,
    ) -> Contents | None:
        """Have a copy take the place of the file itself; see `Storage.exchange_with`."""
        exchanged = restoring.exchange_with(self._pool, path, put, token or CancelToken())
        if exchanged is not None:
            self._start_anew()
        return exchanged

    def _start_anew(self) -> None:
        """Know of nothing lost: another state was put in the place of what there was."""
        if self._known is not None:
            self._known.start_anew(self._pool)
            self.lost = None

    def backups_folder(self) -> Path | None:
        """Return the folder for the backups; None in memory."""
        return None if self._path is None else folder_beside(self._path)

    @property
    def _engine(self) -> str:
        return "SQLite, in memory" if self._path is None else "SQLite, WAL"

    def info(self) -> StorageInfo:
        """Return what there is to say about the storage itself."""
        with self._pool.read() as session:
            ((size, free),) = session.rows(
                "SELECT page_count * page_size, freelist_count * page_size"
                " FROM pragma_page_count, pragma_page_size, pragma_freelist_count"
            )
            version = session.value("PRAGMA user_version")
        return StorageInfo(
            uri=self.uri,
            name="in memory" if self._path is None else self._path.name,
            engine=self._engine,
            size=size,
            free=free,
            kept=self._path is not None,
            schema_version=version,
        )

    def others_version(self) -> int:
        """Return a number that changes when another process changes the data."""
        return self._pool.others_version()

    def close(self) -> None:
        """Close the file. Not to be used afterwards, but may be closed again."""
        if self._pool.is_closed:
            return
        if self._known is not None:
            self._known.finish(self._pool)
        self._pool.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


class OnlyReadStorage(SqliteStorage):
    """A file that is only read, as it cannot be written or a person wants it so."""

    only_read = True

    def _make_pool(self, *, create: bool) -> ReadingPool:  # noqa: ARG002
        assert self._path is not None
        return ReadingPool(self._path)

    def _prepare(self, *, may_migrate: bool) -> None:
        with self._pool.read() as session:
            version = verify(session, known_migrations())
        if may_migrate and version < len(known_migrations()):
            assert isinstance(self._pool, ReadingPool)
            copy = Pool(self._pool.take_copy())
            with copy.alone() as session:
                migrate(session)
            copy.close()
        assert self._known is not None
        self.lost = self._known.look(self._pool, keep=False)

    def recover(self) -> tuple[OperationRecord, ...]:
        """Leave everything as it is; what was left half-done is not shown anyway."""
        return ()

    @property
    def _engine(self) -> str:
        assert isinstance(self._pool, ReadingPool)
        return "SQLite, a copy to read" if self._pool.is_copy else "SQLite, read-only"
