"""What a rule of retention does with records, and which of them are due to it."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct

from db.query import LIVE
from db.records import Kind, Place

NEWEST_KEPT: Final = 20
"""So many batches, those that changed last, are never archived or trashed by a rule."""


class Act(StrEnum):
    """What is done with a record that is due."""

    ARCHIVE = "archive"
    TRASH = "trash"
    PURGE = "purge"

    @property
    def words(self) -> str:
        """What a person calls it: `move to the Trash`."""
        return _WORDS[self]

    @property
    def places(self) -> frozenset[Place]:
        """Where records can be for it; a purge takes only what is in the trash."""
        return _PLACES[self]

    @property
    def usual_places(self) -> frozenset[Place]:
        """Where it looks unless a query says otherwise."""
        return frozenset({Place.TRASHED}) if self is Act.PURGE else LIVE


_WORDS: Final = {
    Act.ARCHIVE: "archive",
    Act.TRASH: "move to the Trash",
    Act.PURGE: "delete for good",
}
_PLACES: Final = {
    Act.ARCHIVE: LIVE,
    Act.TRASH: frozenset({Place.LIVE, Place.ARCHIVED}),
    Act.PURGE: frozenset({Place.TRASHED}),
}


class Protected(Struct, frozen=True):
    """The pks of what no rule takes, at one moment.

    Protected are these batches with all that is in them, these tasks, which are in none, with
    all that belongs to them, and by kind what the jobs of workers name.
    """

    batches: tuple[int, ...]
    tasks: tuple[int, ...]
    named: Mapping[Kind, tuple[int, ...]]


class Due(Struct, frozen=True):
    """Records of one kind, and when each becomes due: at one place of both, in microseconds.

    `kept` of those that would be due already are protected, and left out.
    """

    pks: array[int]
    since: array[int]
    kept: int


class Going(Struct, frozen=True):
    """The records that an act takes, by kind: those it is about, and all that goes along."""

    heads: Mapping[Kind, Sequence[int]]
    records: Mapping[Kind, Sequence[int]]
