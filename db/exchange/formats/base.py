"""What a format is, and the list of them.

A package adds its own by an entry point of the group `sheaf.formats` that names an object
with these attributes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final, Protocol, TypeAlias

from msgspec import Struct

from db.exchange.document import Document, Sample
from db.ports import IncomingBatch, IncomingRow, IncomingTask, Storage

ENTRY_POINT_GROUP: Final = "sheaf.formats"
_BUILT_IN: Final = {
    "sheaf": "db.exchange.formats.sheaf:JSON_DUMP",
    "sheaf-jsonl": "db.exchange.formats.sheaf:JSONL_DUMP",
    "taskmaster": "db.exchange.formats.taskmaster:TASK_MASTER",
    "openai-batch": "db.exchange.formats.openai_batch:OPENAI_BATCH",
    "generic": "db.exchange.formats.generic:GENERIC",
}

Pieces: TypeAlias = Generator[tuple[bytes, int], None, None]
Incoming: TypeAlias = IncomingBatch | IncomingTask | IncomingRow


class Selection(Struct, frozen=True):
    """What is exported: batches and tasks by pk, in order; all there is where `complete`."""

    batches: Sequence[int]
    tasks: Sequence[int]
    complete: bool = False


class Format(Protocol):
    """A way of writing tasks to a file. `loses` says what a written file cannot carry."""

    name: str
    title: str
    suffix: str
    loses: str

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is, from 0 to 1, that the start of a file is in this format."""
        ...

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the records of a file, each batch before its tasks.

        Raises:
            MalformedFileError: what the file holds cannot be used.
        """
        ...

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield the pieces of a file, each with the number of records it completes."""
        ...


@cache
def formats() -> dict[str, Format]:
    """Return the formats there are, by name."""
    targets = dict(_BUILT_IN)
    targets |= {point.name: point.value for point in entry_points(group=ENTRY_POINT_GROUP)}
    return {name: _load(target) for name, target in targets.items()}


def _load(target: str) -> Format:
    module, _, name = target.partition(":")
    found: Format = getattr(import_module(module), name)
    return found
