"""What a person wants written to a file."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins

from db.exchange.exporting import ExportFormat, ExportOptions, export_formats
from db.query import Query
from db.records import Kind
from db.repositories import Choice


class Scope(Struct, frozen=True):
    """Some records to write: how a person calls them, and which they are; None is all.

    `number` is how many they are, None where that is not known yet.
    """

    title: str
    kind: Kind = Kind.TASK
    choice: Choice | None = None
    number: int | None = None

    @property
    def formats(self) -> tuple[ExportFormat, ...]:
        """The formats that can carry them."""
        return tuple(
            each for each in export_formats() if self.choice is None or self.kind in each.kinds
        )


class ExportOrder(Struct, frozen=True):
    """What to write, in which format, to which file or folder, and how."""

    scope: Scope
    format_name: str
    path: Path
    options: ExportOptions = ExportOptions()


def query_and_pks(choice: Choice | None) -> tuple[Query | None, list[int] | None]:
    """Return a choice as `export` takes it."""
    if choice is None:
        return None, None
    return (None, list(choice)) if isinstance(choice, Collection) else (choice, None)


def payload_of(order: ExportOrder) -> dict[str, Any]:
    """Return an order as its job keeps it: what JSON can carry."""
    query, pks = query_and_pks(order.scope.choice)
    return {
        "path": str(order.path.absolute()),
        "format": order.format_name,
        "kind": order.scope.kind.word,
        "query": None if query is None else to_builtins(query),
        "pks": pks,
        "options": to_builtins(order.options),
    }
