"""What a column of a table shows of a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from desktop_app.look.cells import Cell

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[R]):
    """One column. `width` is in characters of the table's font.

    `text` is what is copied and read aloud, `cell` what is painted. A column that is not
    `essential` is narrowed where room is short, and goes where that is not enough; the one
    that `stretches` takes what is left.
    """

    key: str
    title: str
    text: Callable[[R], str]
    cell: Callable[[R], Cell]
    tip: Callable[[R], str] | None = None
    sort: StrEnum | None = None
    width: int = 12
    essential: bool = True
    stretches: bool = False
    hidden: bool = False
