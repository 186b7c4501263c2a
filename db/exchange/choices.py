"""What a person wants of an import: a window holds it, a command line says it."""

from __future__ import annotations

from collections.abc import Mapping as MappingView
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, convert, field, to_builtins

from db.exchange.mapping import Mapping, Rows, digest
from db.incoming import BadRecords, Conflicts, Decisions, Duplicates
from db.records import Kind


class Decision(Struct, frozen=True):
    """Which side wins for one record that a person and a file both changed."""

    kind: str
    pk: int
    winner: Conflicts


def job_payload(paths: Sequence[Path], choices: ImportChoices) -> dict[str, Any]:
    """Return what a job keeps of an import, to be able to begin it again as it was."""
    return {
        "paths": [str(path.absolute()) for path in paths],
        "choices": to_builtins(choices),
    }


def choices_in(payload: MappingView[str, Any]) -> ImportChoices:
    """Return the choices that `job_payload` kept; those of an older Sheaf kept none."""
    return convert(payload.get("choices", {}), ImportChoices)


class ImportChoices(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How files are read and taken in; it can be kept as JSON.

    `format_name` is the format of all files, `formats` those of single ones by the name of
    the file; the others are recognised. `mapping` is for lists of objects of unknown shape,
    but for those of a shape that `mappings` name by its digest. `decisions` are exceptions
    from `conflicts`. Of `duplicates` the newest wins; in files that are only added to, where
    each line of a record is later than those before it, what came before is history then.
    """

    format_name: str | None = None
    formats: dict[str, str] = field(default_factory=dict)
    bad_records: BadRecords = BadRecords.STOP
    conflicts: Conflicts = Conflicts.NEWER
    duplicates: Duplicates = Duplicates.NEWEST
    decisions: tuple[Decision, ...] = ()
    mapping: Mapping | None = None
    mappings: dict[str, Mapping] = field(default_factory=dict)

    def format_of(self, name: str) -> str | None:
        """Return the format that was chosen for the file of that name."""
        return self.formats.get(name, self.format_name)

    def mapping_of(self, rows: Rows) -> Mapping | None:
        """Return the mapping that was chosen for objects like these, if one was."""
        found = self.mappings.get(digest(rows)) if self.mappings else None
        return self.mapping if found is None else found

    def duplicates_in(self, *, is_lines: bool) -> Duplicates | None:
        """Return what becomes of duplicates in a file; None if its order tells."""
        is_told = is_lines and self.duplicates is Duplicates.NEWEST
        return None if is_told else self.duplicates

    @property
    def decided(self) -> Decisions:
        """The decisions, by record."""
        return {(Kind.named(each.kind), each.pk): each.winner for each in self.decisions}
