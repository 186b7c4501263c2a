"""What the pane has read of one record."""

from __future__ import annotations

from msgspec import Struct

from db.ports import Storage
from db.records import AnyRecord, BatchDetail, Kind, SourceRange, TaskDetail


class Seen(Struct, frozen=True, gc=False):
    """One record with everything about it, as it was when it was read."""

    detail: BatchDetail | TaskDetail

    @property
    def record(self) -> AnyRecord:
        """The record itself."""
        return self.detail.record

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return Kind.BATCH if isinstance(self.detail, BatchDetail) else Kind.TASK

    @property
    def key(self) -> tuple[Kind, int]:
        """What tells it from all other records."""
        return self.kind, self.record.pk

    @property
    def source_range(self) -> SourceRange | None:
        """Where in a kept original it came from."""
        return self.detail.source_range


def see(storage: Storage, kind: Kind, pk: int) -> Seen:
    """Read everything about one record.

    Raises:
        RecordNotFoundError: there is none.
    """
    repo = storage.batches if kind is Kind.BATCH else storage.tasks
    return Seen(repo.get(pk))
