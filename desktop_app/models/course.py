"""The list of records that one goes through, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from db.records import Kind
from desktop_app.look.text import count


class Standing(Struct, frozen=True):
    """Where a record stands in a list: `at`, counted from 0, of how many, and in which."""

    at: int
    of: int | None
    name: str

    @property
    def words(self) -> str:
        """What is said of it: `3 of 12 in Failed tasks`; less while the list is being read."""
        of = "" if self.of is None else f" of {count(self.of)}"
        return f"{count(self.at + 1)}{of} in {self.name}"


class Course(Struct, frozen=True):
    """Records of one kind in the order they are read in, and what their list is called."""

    kind: Kind
    pks: Sequence[int]
    name: str

    def standing(self, kind: Kind, pk: int) -> Standing | None:
        """Return where a record stands in it; None if it does not."""
        if kind is not self.kind or pk not in self.pks:
            return None
        return Standing(self.pks.index(pk), len(self.pks), self.name)

    def pk_at(self, at: int) -> int | None:
        """Return the record at a place, None beyond either end."""
        return self.pks[at] if 0 <= at < len(self.pks) else None
