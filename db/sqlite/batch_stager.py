"""Storing the batches of an import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.ids import new_id
from db.incoming import IncomingBatch
from db.json_values import same_json
from db.records import Kind
from db.sqlite import audit, curtain, index
from db.sqlite.connection import Session
from db.texts import storable

if TYPE_CHECKING:
    from db.sqlite.staging import SqliteStaging


class BatchStager:
    """The batches of one import."""

    def __init__(self, staging: SqliteStaging) -> None:
        self._staging = staging
        self._pks: dict[str, int] = {}
        self._same: set[int] = set()

    @property
    def in_file(self) -> int:
        """How many batches the current file has named so far."""
        return len(self._pks)

    def begin_file(self) -> None:
        """Forget the batches of the file before, which may have other origins."""
        self._pks = {}

    def add(self, session: Session, batch: IncomingBatch) -> None:
        """Store a batch of the current file."""
        present = session.row(
            "SELECT pk, title, description, raw FROM batch"
            " WHERE external_id = ? AND origin = ?",
            (batch.external_id, self._staging.origin),
        )
        if present is None:
            self._pks[batch.external_id] = self._insert(session, batch)
            self._staging.count("new", Kind.BATCH)
            return
        pk, *old = present
        self._pks[batch.external_id] = pk
        if batch.merge is not None and old[2] is not None:
            batch = batch.merge(old[2])
        new = [storable(batch.title) or "Untitled", storable(batch.description), batch.raw]
        if curtain.holds(session, self._staging.operation_pk, Kind.BATCH, pk):
            self._replace_hidden(session, pk, new)
            return
        if old[2] is not None or "title" in audit.bases_by_hand(session, Kind.BATCH, pk):
            new[0] = old[0]
        if same_json(old[2], new[2]):
            new[2] = old[2]
        fields = ("title", "description", "raw")
        before, after = dict(zip(fields, old, strict=True)), dict(zip(fields, new, strict=True))
        if (
            batch.raw is None
            or before == after
            or self._staging.is_noted(session, Kind.BATCH, pk)
        ):
            self._see(pk)
            return
        changed = [name for name in fields if before[name] != after[name]]
        self._staging.note(session, Kind.BATCH, pk, changed, before, after)
        self._staging.count("changed", Kind.BATCH)

    def _replace_hidden(self, session: Session, pk: int, new: list[str | None]) -> None:
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

    def _see(self, pk: int) -> None:
        """Count a batch that the file leaves as it is, once."""
        if pk not in self._same:
            self._same.add(pk)
            self._staging.count("identical", Kind.BATCH)

    def _insert(self, session: Session, batch: IncomingBatch) -> int:
        session.execute(
            "INSERT INTO batch (id, title, description, raw, created_at, updated_at, origin,"
            " external_id, upload_pk, byte_offset, byte_length)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                new_id(),
                storable(batch.title) or "Untitled",
                storable(batch.description),
                batch.raw,
                batch.created_at or self._staging.started,
                batch.updated_at or self._staging.started,
                self._staging.origin,
                batch.external_id,
                self._staging.upload_pk,
                batch.offset,
                batch.length,
            ),
        )
        pk = int(session.value("SELECT last_insert_rowid()"))
        self._staging.reveal_later(session, Kind.BATCH, pk, pk)
        self._staging.example(batch.title)
        return pk

    def named(self, session: Session, name: str) -> int | None:
        """Return the batch of that name that this file, or another of its origin, holds."""
        if name and name not in self._pks:
            found = session.value(
                "SELECT pk FROM batch WHERE external_id = ? AND origin = ?",
                (name, self._staging.origin),
            )
            if found is None:
                return None
            self._pks[name] = int(found)
        return self._pks.get(name)

    def pk_of(self, name: str) -> int | None:
        """Return a batch that `named` or `add` knew before."""
        return self._pks.get(name)
