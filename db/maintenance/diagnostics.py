"""What someone who mends the program needs to know of it, without a word of any record.

Nothing here holds ids, titles or texts of records, or names of a person's files. Secrets and
the folder of the person are taken out of what was logged.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, to_builtins

from db.cancel import CancelToken
from db.errors import SheafError, UnwritableFileError
from db.exchange.filing import partial_file
from db.exchange.redacting import Redactor
from db.maintenance import health
from db.maintenance.folder import BackupFolder
from db.maintenance.manifest import settings_of
from db.ports import Finding, Storage
from db.private_files import private_opener
from db.storage import path_of
from db.times import to_iso

CONTENTS: Final = "contents.txt"
LOG_LINES: Final = 500
LOG_BYTES: Final = 200_000
_OWN_KEY: Final = re.compile(r"[a-z_]+(?:[./][a-z_]+)?")
"""The keys of settings that the program names; others are made of what a person named."""
_NO_TEXT: Final = (
    "What is inside, file by file. None of it holds ids, titles or texts of records, or names"
    " of your files. Sheaf sends it nowhere."
)


class Part(Struct, frozen=True):
    """A file of the bundle: its name, what it holds in words, and its content."""

    name: str
    holds: str
    data: bytes

    @property
    def text(self) -> str:
        """The content as people read it."""
        return self.data.decode("utf-8")


class Found(Struct, frozen=True):
    """What the program knows of itself: versions, settings of the window, log, reports."""

    versions: Mapping[str, str]
    platform: Mapping[str, str]
    window_settings: Mapping[str, object]
    log: Path
    reports: Sequence[Path]


def blackened(text: str) -> str:
    """Return a text without what looks like a secret, and without the person's own folder."""
    homes = {str(Path.home()), str(Path.home().resolve())}
    for home in sorted(homes, key=len, reverse=True):
        if len(home) > 1:
            for spelling in {home, home.replace("\\", "\\\\"), Path(home).as_posix()}:
                text = re.sub(rf"{re.escape(spelling)}(?![\w-])", "~", text)
    return Redactor().text(text)


def program_parts(found: Found) -> list[Part]:
    """Return what there is to tell without any storage."""
    parts = [
        _json_part("versions.json", "Versions of Sheaf and its libraries", found.versions),
        _json_part("platform.json", "The operating system", found.platform),
    ]
    if found.window_settings:
        words = "Settings of the window: numbers, no texts"
        parts.append(_json_part("window.json", words, _wordless(found.window_settings)))
    if lines := _last_lines(found.log):
        words = f"The last {LOG_LINES} lines of the log"
        parts.append(Part("log.txt", words, blackened(lines).encode()))
    for path in found.reports:
        text = path.read_text("utf-8", errors="replace")
        words = "A report of something that went wrong"
        parts.append(Part(f"reports/{path.name}", words, blackened(text).encode()))
    return parts


def storage_parts(storage: Storage, token: CancelToken | None = None) -> list[Part]:
    """Return what there is to tell about a storage; what cannot be read is told as that.

    Raises:
        WorkCancelledError: `token` was cancelled.
    """
    makers = (
        ("schema.json", "Version of the tables, and the steps that led to it", _schema),
        ("counts.json", "How many rows each table has", _counts),
        ("settings.json", "Settings of the workspace: numbers, no texts", _settings),
        ("health.json", "What the quick checks found: numbers, no examples", _health),
        ("files.json", "Sizes of the files, of the backups, and of what is free", _files),
    )
    parts = []
    for name, holds, make in makers:
        try:
            told: object = make(storage, token)
        except SheafError as error:
            told = {"error": type(error).__name__}
        parts.append(_json_part(name, holds, told))
    return parts


def unopened_part(error: SheafError) -> Part:
    """Return what is told of a storage that cannot be opened."""
    return _json_part(
        "storage.json", "Why the workspace could not be opened", {"error": type(error).__name__}
    )


def write_bundle(target: Path, parts: Sequence[Part], *, overwrite: bool = False) -> int:
    """Write a ZIP archive of some parts, whole or not at all, and return its size in bytes.

    Raises:
        UnwritableFileError: it cannot be written, or is there and not to be replaced.
    """
    if target.is_dir() or (target.exists() and not overwrite):
        raise UnwritableFileError(f"{target} is there already.")
    with partial_file(target) as partial:
        with (
            open(partial, "wb", opener=private_opener) as out,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            archive.writestr(CONTENTS, contents_text(parts))
            for part in parts:
                archive.writestr(part.name, part.data)
        return partial.stat().st_size


def contents_text(parts: Sequence[Part]) -> str:
    """Return the list that comes first in the bundle."""
    lines = [f"{part.name}  {len(part.data):,} bytes  {part.holds}" for part in parts]
    return "\n".join([_NO_TEXT, "", *lines, ""])


def _json_part(name: str, holds: str, told: object) -> Part:
    return Part(name, holds, f"{json.dumps(told, indent=1)}\n".encode())


def _schema(storage: Storage, _token: CancelToken | None) -> object:
    return {
        "version": storage.info().schema_version,
        "steps": [
            {**to_builtins(step), "applied_at": to_iso(step.applied_at)}
            for step in storage.migrations()
        ],
    }


def _counts(storage: Storage, token: CancelToken | None) -> object:
    found = storage.contents(token)
    return {
        "records": {kind.word: number for kind, number in found.counts.items()},
        "rows": {name: table.rows for name, table in found.tables.items()},
    }


def _settings(storage: Storage, _token: CancelToken | None) -> object:
    kept = {key: storage.settings.get(key) for key in storage.settings.keys()}  # noqa: SIM118
    return {**_wordless(kept), "backups": to_builtins(settings_of(storage.settings))}


def _health(storage: Storage, token: CancelToken | None) -> object:
    return [_finding(finding) for finding in health.quick_check(storage, token)]


def _finding(finding: Finding) -> Mapping[str, Any]:
    return {
        "check": finding.check,
        "ok": finding.ok,
        "gravity": finding.gravity.value,
        "rows": finding.rows,
        "is_mendable": finding.is_mendable,
        "is_ignored": finding.ignored_until is not None,
    }


def _files(storage: Storage, _token: CancelToken | None) -> object:
    info = storage.info()
    told: dict[str, object] = {"engine": info.engine, "size": info.size, "unused": info.free}
    folder = storage.backups_folder()
    if folder is None:
        return told
    # Only the names of files are asked about: to open them would drop the locks on them.
    path = path_of(storage.uri)
    beside = {end: _size(path.with_name(f"{path.name}{end}")) for end in ("", "-wal", "-shm")}
    return {
        **told,
        "on_disk": {f"workspace{end}": size for end, size in beside.items()},
        "originals": _sizes(storage.originals_folder()),
        "backups": [
            {
                "size": backup.size,
                "kind": backup.manifest.kind.value,
                "made_at": to_iso(backup.manifest.made_at),
                "schema_version": backup.manifest.schema_version,
                "is_verified": backup.manifest.is_verified,
                "is_packed": backup.is_packed,
            }
            for backup in BackupFolder(folder).all()
        ],
        "free_on_disk": shutil.disk_usage(path.parent).free,
    }


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _sizes(folder: Path) -> Mapping[str, int]:
    found = [
        _size(Path(parent, name)) or 0 for parent, _, names in os.walk(folder) for name in names
    ]
    return {"files": len(found), "bytes": sum(found)}


def _wordless(settings: Mapping[str, object]) -> dict[str, object]:
    """Return settings with no word of a person's in them, and how many were left out."""
    told: dict[str, object] = {
        key: _shape(value) for key, value in settings.items() if _OWN_KEY.fullmatch(key)
    }
    return {**told, "others": len(settings) - len(told)}


def _shape(value: object) -> object:
    if isinstance(value, Collection):
        return f"{type(value).__name__} of {len(value)}"
    return value


def _last_lines(log: Path) -> str:
    """Return the end of a log, in whole lines; nothing where there is none."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LOG_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines(keepends=True)
    except OSError:
        return ""
    return "".join(lines[1 if size > LOG_BYTES else 0 :][-LOG_LINES:])
