"""The certificate of a forgetting: what was looked for and where, what went and what stays."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec
from msgspec import Struct

from db.times import to_iso
from db.traces import BytesTrace, Needles, TableTrace

LEFT_OUT: Final = "(left out)"


class Sought(Struct, frozen=True, kw_only=True):
    """What was looked for: by the SHA-256 of it in UTF-8, and in `words` where wanted.

    `how` is `text` or `records`; of records it is that of their ids, one in each line.
    """

    how: str
    sha256: str
    words: str | None = None


class OriginalsTrace(Struct, frozen=True):
    """The kept originals that were searched: so many, unpacked bytes, and findings."""

    number: int
    size: int
    found: int


class BackupTrace(Struct, frozen=True, kw_only=True):
    """A backup that was searched: `found` rows hold it, or `trouble` kept it from that."""

    name: str
    made_at: int
    found: int
    trouble: str = ""

    @property
    def holds(self) -> bool:
        """Whether it holds it, or might."""
        return bool(self.found or self.trouble)


class FileTrace(Struct, frozen=True):
    """Another file that was searched."""

    path: str
    size: int
    found: int


class Removed(Struct, frozen=True, kw_only=True):
    """What went: records by kind and other rows by name, originals by hash, backups."""

    records: dict[str, int]
    others: dict[str, int]
    originals: tuple[str, ...]
    backups: tuple[str, ...]


class Certificate(Struct, frozen=True, kw_only=True):
    """What was looked for, what went, where it was looked for afterwards, and what stays.

    `searched_by` says which texts were looked for afterwards; `made_at` is in microseconds.
    """

    made_at: int
    sheaf: str
    workspace: str
    operation: str
    sought: Sought
    removed: Removed
    searched_by: str
    tables: tuple[TableTrace, ...]
    file: BytesTrace
    originals: OriginalsTrace
    backups: tuple[BackupTrace, ...]
    files: tuple[FileTrace, ...]
    remains: tuple[str, ...]

    @property
    def found(self) -> int:
        """How often it was found in the workspace afterwards: rows, bytes and originals."""
        rows = sum(trace.found for trace in self.tables)
        return rows + self.file.found + self.originals.found

    @property
    def is_clean(self) -> bool:
        """Whether nothing of it is in the workspace any more."""
        return not self.found


def digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def document(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate as JSON can carry it."""
    made: dict[str, Any] = msgspec.to_builtins(certificate)
    return {
        **made,
        "made_at": to_iso(certificate.made_at),
        "backups": [{**each, "made_at": to_iso(each["made_at"])} for each in made["backups"]],
        "found": certificate.found,
        "is_clean": certificate.is_clean,
    }


def note(certificate: Certificate, needles: Needles) -> str:
    """Return a certificate as it is kept with the operation: without the words, as JSON."""
    made = document(certificate)
    made["sought"]["words"] = None
    return msgspec.json.encode(_without(made, needles)).decode()


def kept_text(kept: str | None) -> str:
    """Return the certificate that is kept with an operation as people read it, or nothing."""
    told: Any = msgspec.json.decode(kept) if kept else None
    is_one = isinstance(told, dict) and "sought" in told
    return as_text(told) if is_one else ""


def _without(value: Any, needles: Needles) -> Any:
    if isinstance(value, dict):
        return {key: _without(each, needles) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without(each, needles) for each in value]
    return LEFT_OUT if needles.stand_in(value) else value


def as_text(told: dict[str, Any]) -> str:
    """Return the document of a certificate as people read it."""
    sought, removed, file = told["sought"], told["removed"], told["file"]
    words = f"\n  in words: {sought['words']}" if sought["words"] is not None else ""
    what = "a text" if sought["how"] == "text" else "records, by their ids"
    lines = [
        "CERTIFICATE OF A FORGETTING",
        "",
        f"Made {told['made_at']} by Sheaf {told['sheaf']}, of {told['workspace']}.",
        f"Looked for {what}, whose SHA-256 is\n  {sought['sha256']}{words}",
        "",
        "Removed for good",
        *_counted({**removed["records"], **removed["others"]}),
        f"  kept originals: {len(removed['originals']):,}",
        *(f"    {sha256}" for sha256 in removed["originals"]),
        f"  backups: {len(removed['backups']):,}",
        *(f"    {name}" for name in removed["backups"]),
        "",
        f"Searched afterwards for {told['searched_by']}",
        *(
            f"  table {each['name']}, {each['rows']:,} rows: found {each['found']:,} times"
            for each in told["tables"]
        ),
        f"  all {file['size']:,} bytes of the file and its log: found {file['found']:,} times",
        _originals_line(told["originals"]),
        *(f"  backup {each['name']}: {_backup_words(each)}" for each in told["backups"]),
        *(
            f"  {each['path']}, {each['size']:,} bytes: found {each['found']:,} times"
            for each in told["files"]
        ),
        "",
        "Nothing of it is in the workspace any more."
        if told["is_clean"]
        else f"It is still found {told['found']:,} times in the workspace: see what remains.",
        "",
        "What remains, or is not known to Sheaf",
        *(f"  - {each}" for each in told["remains"]),
    ]
    return "\n".join(lines)


def _originals_line(told: dict[str, int]) -> str:
    number, size, found = told["number"], told["size"], told["found"]
    return f"  {number:,} kept originals, {size:,} bytes unpacked: found {found:,} times"


def _counted(numbers: dict[str, int]) -> list[str]:
    return [f"  {name}: {number:,}" for name, number in numbers.items()] or ["  no record"]


def _backup_words(backup: dict[str, Any]) -> str:
    if backup["trouble"]:
        return f"not searched, as it cannot be read: {backup['trouble']}"
    found = backup["found"]
    return f"found in {found:,} {'row' if found == 1 else 'rows'}" if found else "not found"
