"""What was written by an export, in a file beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from db.exchange.filing import opened_partial, partial_file
from db.records import Kind
from db.times import now_us, to_iso

VERSION: Final = 1
FILE_NAME: Final = "manifest.json"


class FileEntry(Struct, frozen=True):
    """One written file: its path beside the manifest, its size in bytes, its SHA-256."""

    path: str
    size: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What an export wrote. `verified` is None where nothing could be read back."""

    format: str
    schema_version: int
    records: int
    verified: int | None
    redacted: int
    counts: Mapping[Kind, int]
    files: tuple[FileEntry, ...]


def path_of(target: Path, *, is_folder: bool) -> Path:
    """Return where the manifest of an export stands."""
    return target / FILE_NAME if is_folder else target.with_name(f"{target.name}.{FILE_NAME}")


def write(manifest: Manifest, path: Path) -> None:
    """Write a manifest.

    Raises:
        UnwritableFileError: it cannot be written.
    """
    # Without a list of objects, or names that a task could have: it is nothing to import.
    document = {
        "sheaf_manifest": VERSION,
        "format": manifest.format,
        "schema_version": manifest.schema_version,
        "written_at": to_iso(now_us()),
        "records": manifest.records,
        "verified": manifest.verified,
        "redacted": manifest.redacted,
        "counts": {
            kind.name.lower(): manifest.counts[kind] for kind in sorted(manifest.counts)
        },
        "files": {
            each.path: {"size": each.size, "sha256": each.sha256} for each in manifest.files
        },
    }
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    with partial_file(path) as partial, opened_partial(partial) as out:
        out.write(text.encode("utf-8", "backslashreplace"))
