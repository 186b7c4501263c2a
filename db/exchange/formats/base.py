"""What a format is, and the list of them.

A package adds its own by an entry point of the group `sheaf.formats` that names an object
with these attributes.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from msgspec import Struct

from db.exchange.document import Document, Sample
from db.exchange.mapping import Mapping
from db.incoming import IncomingBatch, IncomingRecord, IncomingRow, IncomingTask
from db.ports import Storage
from db.records import Kind

log = logging.getLogger("db.exchange.formats")

ENTRY_POINT_GROUP: Final = "sheaf.formats"
_BUILT_IN: Final = {
    "sheaf": "db.exchange.formats.sheaf:JSON_DUMP",
    "sheaf-jsonl": "db.exchange.formats.sheaf:JSONL_DUMP",
    "taskmaster": "db.exchange.formats.taskmaster:TASK_MASTER",
    "openai-batch": "db.exchange.formats.openai_batch:OPENAI_BATCH",
    "claude-code": "db.exchange.formats.claude_code:CLAUDE_CODE",
    "chatgpt": "db.exchange.formats.chatgpt:CHATGPT",
    "codex": "db.exchange.formats.codex:CODEX",
    "gemini": "db.exchange.formats.gemini:GEMINI",
    "claude-ai": "db.exchange.formats.claude_ai:CLAUDE_AI",
    "swe-agent": "db.exchange.formats.swe_agent:SWE_AGENT",
    "swe-preds": "db.exchange.formats.swe_preds:SWE_PREDS",
    "beads": "db.exchange.formats.beads:BEADS",
    "agent-dashboard": "db.exchange.formats.agent_dashboard:AGENT_DASHBOARD",
    "findings": "db.exchange.formats.findings:FINDINGS",
    "mcp-memory": "db.exchange.formats.mcp_memory:MCP_MEMORY",
    "ralph": "db.exchange.formats.ralph:RALPH",
    "taskwarrior": "db.exchange.formats.taskwarrior:TASKWARRIOR",
    "github": "db.exchange.formats.github:GITHUB",
    "trello": "db.exchange.formats.trello:TRELLO",
    "tasky": "db.exchange.formats.tasky:TASKY",
    "features": "db.exchange.formats.features:FEATURES",
    "deespec": "db.exchange.formats.deespec:DEESPEC",
    "backlog-md": "db.exchange.formats.backlog_md:BACKLOG_MD",
    "batches-folder": "db.exchange.formats.batches_folder:BATCHES_FOLDER",
    "notes": "db.exchange.formats.notes:NOTES",
    "checklist": "db.exchange.formats.checklist:CHECKLIST",
    "generic": "db.exchange.formats.generic:GENERIC",
}

Pieces: TypeAlias = Generator[tuple[bytes, int], None, None]
Files: TypeAlias = Iterator[tuple[tuple[str, ...], Iterator[tuple[bytes, int]]]]
Incoming: TypeAlias = IncomingBatch | IncomingTask | IncomingRecord | IncomingRow


class Selection(Struct, frozen=True):
    """What is exported: batches and tasks by pk, in order; all there is where `complete`.

    Or, by themselves, `others`: records of one other kind. `asked` is the kind that was
    chosen: of tasks their batches are in it too, of batches their tasks. With `related`, a
    dump holds what belongs to these too, as other formats do as far as they can carry it.
    """

    batches: Sequence[int]
    tasks: Sequence[int]
    complete: bool = False
    others: tuple[Kind, Sequence[int]] | None = None
    asked: Kind = Kind.BATCH
    related: bool = False

    @property
    def size(self) -> int:
        """How many records a writer counts: tasks, or the others."""
        return len(self.tasks) if self.others is None else len(self.others[1])


BATCHES_AND_TASKS: Final = frozenset({Kind.BATCH, Kind.TASK})


class Format(Protocol):
    """A way of writing records to a file. `loses` says what a written file cannot carry.

    One that can only be read has an empty `suffix`.
    """

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


@runtime_checkable
class WritesFolder(Format, Protocol):
    """A format of which several files come, written into a folder; its `suffix` is empty."""

    def files(self, storage: Storage, selection: Selection) -> Files:
        """Yield each file: the names that lead to it inside the folder, and its pieces.

        The names may hold anything; whoever writes makes file names of them.
        """
        ...


class ReadOnly:
    """The half of a format that is never written."""

    suffix = ""
    loses = ""

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Not to be called: nothing is written in this format."""
        raise NotImplementedError


@runtime_checkable
class HasOrigin(Protocol):
    """A format whose records have the same names in whatever file they stand."""

    def origin(self, sample: Sample) -> str | None:
        """Return the origin that all files with these records share, or None."""
        ...


@runtime_checkable
class TakesMapping(Protocol):
    """A format for objects of unknown shape, which a mapping tells how to read."""

    def mapped(self, mapping: Mapping) -> Format:
        """Return this format, reading by a mapping."""
        ...

    def rows(self, sample: Sample) -> list[dict[str, Any]]:
        """Return the objects at the start of a file that become records."""
        ...


@cache
def formats() -> dict[str, Format]:
    """Return the formats there are, by name."""
    found = {name: _load(target) for name, target in _BUILT_IN.items()}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        try:
            found[point.name] = _require_whole(_load(point.value))
        except Exception as error:  # noqa: BLE001 - a package of somebody else may raise anything
            log.warning(
                "The format %s of another package cannot be used: %s.", point.name, error
            )
    return found


def _load(target: str) -> Format:
    module, _, name = target.partition(":")
    found: Format = getattr(import_module(module), name)
    return found


@runtime_checkable
class CountsItself(Protocol):
    """A format that counts other records than `Selection.size` does."""

    def size(self, storage: Storage, selection: Selection) -> int:
        """Return how many records `write` counts."""
        ...


def size_of(each: Format, storage: Storage, selection: Selection) -> int:
    """Return how many records a format counts when it writes a selection."""
    return each.size(storage, selection) if isinstance(each, CountsItself) else selection.size


@cache
def leading_names() -> frozenset[str]:
    """Return the names of files and folders that are read before the others of a folder.

    A format names them in its attribute `leads`: its other files refer to what they hold.
    """
    return frozenset().union(*(getattr(each, "leads", ()) for each in formats().values()))


def reads_text(each: Format) -> bool:
    """Tell whether a format reads plain text: its attribute `reads_text` says so."""
    return bool(getattr(each, "reads_text", False))


def title_in(each: Format, title: str) -> str:
    """Return what a format's reader takes for the title of a record that is called so.

    That is the same, unless its method `title_in` says otherwise.
    """
    found: str = each.title_in(title) if hasattr(each, "title_in") else title
    return found


def grown_kinds(each: Format) -> frozenset[Kind]:
    """Return the kinds of which a record stays as it is when something is appended to its file.

    A format names them in its attribute `grows`: it says of such a record where it stands
    in the file, with all that makes it up.
    """
    found: frozenset[Kind] = getattr(each, "grows", frozenset())
    return found


def kinds_of(each: Format) -> frozenset[Kind]:
    """Return the kinds of which a format can write some records alone.

    Batches and tasks, unless its attribute `kinds` says otherwise.
    """
    found: frozenset[Kind] = getattr(each, "kinds", BATCHES_AND_TASKS)
    return found


def counted_kinds(each: Format) -> frozenset[Kind]:
    """Return the kinds of record that a format counts in writing.

    All of which it can write some alone but batches, unless its attribute `counts` says
    otherwise.
    """
    found: frozenset[Kind] = getattr(each, "counts", kinds_of(each) - {Kind.BATCH})
    return found


def _require_whole(found: Format) -> Format:
    """Return a format of another package, whose attributes can all be asked for.

    What one of them raises, this does, and TypeError for a name that is no text.
    """
    for said in (found.name, found.title, found.suffix, found.loses):
        if not isinstance(said, str):
            raise TypeError(f"{said!r} is no text")
    frozenset(getattr(found, "leads", ()))
    for ask in (reads_text, grown_kinds, kinds_of, counted_kinds):
        ask(found)
    for act in _METHODS:
        getattr(found, act, None)
    return found


_METHODS: Final = (
    "recognise", "read", "write", "files", "origin", "mapped", "rows", "size", "title_in",
)  # fmt: skip
