"""What the pane has read of one record."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from db.ports import Storage
from db.records import (
    AnyRecord,
    Detail,
    Kind,
    RecordDetail,
    SourceRange,
    TaskDetail,
    kind_of,
)

UNWRITTEN: Final = frozenset({Kind.MESSAGE})
"""The kinds of record that nobody may change: they say what others said."""


class Seen(Struct, frozen=True, gc=False):
    """One record with everything about it, as it was when it was read.

    `is_open` says that the workspace can be written.
    """

    detail: Detail
    is_open: bool = True

    @property
    def record(self) -> AnyRecord:
        """The record itself."""
        return self.detail.record

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return kind_of(self.detail.record)

    @property
    def may_edit(self) -> bool:
        """Whether a person may change it."""
        return self.is_open and self.kind not in UNWRITTEN

    @property
    def key(self) -> tuple[Kind, int]:
        """What tells it from all other records."""
        return self.kind, self.record.pk

    @property
    def source_range(self) -> SourceRange | None:
        """Where in a kept original it came from."""
        return self.detail.source_range

    def text(self, field: str) -> str:
        """Return one of its long texts: `description`, or a further one of its kind."""
        if field == "description" or not isinstance(self.detail, RecordDetail):
            return self.detail.description
        return self.detail.texts.get(field, "")

    def related(self, name: str) -> tuple[AnyRecord, ...]:
        """Return the records that are so to it: its `task`, `evidence` or `parent`."""
        if isinstance(self.detail, RecordDetail):
            return self.detail.related.get(name, ())
        parent = self.detail.parent if isinstance(self.detail, TaskDetail) else None
        return (parent,) if name == "parent" and parent is not None else ()

    def title_of(self, name: str) -> str | None:
        """Return the title of the one record that it points at so, or None for none."""
        for record in self.related(name):
            return record.title
        is_set = getattr(self.record, f"{name}_pk", None) is not None
        return getattr(self.record, f"{name}_title", "") if is_set else None


def see(storage: Storage, kind: Kind, pk: int) -> Seen:
    """Read everything about one record.

    Raises:
        RecordNotFoundError: there is none.
    """
    return Seen(storage.detail(kind, pk))
