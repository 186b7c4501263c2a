"""What a model says of one cell, so that one delegate can paint every table."""

from typing import Final, TypeAlias

from msgspec import Struct
from PySide6.QtCore import Qt

from db.vocabulary import FINISHED, Status
from desktop_app.look.marks import Mark
from desktop_app.look.tokens import StatusInk

ROLE_CELL: Final = Qt.ItemDataRole.UserRole + 1
"""The role under which a model returns a cell, or None while its record is on its way."""


class StatusCell(Struct, frozen=True, gc=False):
    """A state; `word` is what is written in its pill."""

    status: Status
    word: str


class PillCell(Struct, frozen=True, gc=False):
    """A sign and a word in a pill of a colour of their own, as `look.pills` has them."""

    mark: Mark
    word: str
    ink: StatusInk


class MeterCell(Struct, frozen=True, gc=False):
    """A share from 0 to 1, as a bar and a number."""

    share: float

    @property
    def text(self) -> str:
        """The number as it is written."""
        return f"{self.share:.2f}"


class ProgressCell(Struct, frozen=True, gc=False):
    """How far a batch is: how many tasks there are in each state, by `Status`."""

    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many tasks there are."""
        return sum(self.counts)

    @property
    def done(self) -> int:
        """How many tasks succeeded: the number that is written."""
        return self.counts[Status.SUCCEEDED]

    @property
    def finished(self) -> int:
        """How many tasks ended, in whatever way: the length of the bar."""
        return sum(self.counts[status] for status in FINISHED)


class TagsCell(Struct, frozen=True, gc=False):
    """The tags of a record."""

    names: tuple[str, ...]


class CheckCell(Struct, frozen=True, gc=False):
    """A box that is ticked or not."""

    checked: bool


class TextCell(Struct, frozen=True, gc=False):
    """Text: quiet or loud, in the code font, at the end of its column."""

    text: str
    muted: bool = False
    strong: bool = False
    mono: bool = False
    align_right: bool = False


Cell: TypeAlias = (
    StatusCell | PillCell | MeterCell | ProgressCell | TagsCell | CheckCell | TextCell
)
