"""What is known of a backup: the manifest beside it, and how people want them kept."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from db.ports import Contents, TableState
from db.repositories import Settings

ENDING: Final = ".sheaf"
PACKED_ENDING: Final = ".sheaf.gz"
MANIFEST_ENDING: Final = ".json"
_SETTING: Final = "backups"


class BackupKind(StrEnum):
    """Why a backup was made."""

    MANUAL = "manual"
    DAILY = "daily"
    MIGRATION = "before-migration"
    IMPORT = "before-import"
    PURGE = "before-purge"
    RESTORE = "before-restore"

    @property
    def words(self) -> str:
        """The words for it: `before import`."""
        return self.value.replace("-", " ")


class BackupSettings(Struct, frozen=True, kw_only=True):
    """How backups are made and kept; the numbers are days.

    None of the kinds in `without` is made by itself; one that a person asks for always is.
    """

    keep_days: int = 30
    compress_after_days: int = 7
    without: tuple[BackupKind, ...] = ()


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup is and holds. Times are microseconds, UTC; `bytes` are before packing.

    `sha256`, of its file before packing, is empty until its copy is verified.
    `number` counts the backups of a storage, whatever the clock says. `before` is what it
    was made before; `missing` are originals that were not in their folder then; `proved_at`
    is when it was last restored in a test, and `trouble` what that found.
    """

    number: int
    made_at: int
    kind: BackupKind
    before: str
    sheaf: str
    schema_version: int
    bytes: int
    sha256: str
    records: int
    mark: str
    tables: dict[str, TableState]
    originals: tuple[str, ...]
    missing: tuple[str, ...] = ()
    proved_at: int | None = None
    trouble: str = ""

    @property
    def is_verified(self) -> bool:
        """Whether it was seen to be whole, and nothing else was found since."""
        return bool(self.sha256) and not self.trouble

    @property
    def is_pending(self) -> bool:
        """Whether it is still to be verified."""
        return not self.sha256 and not self.trouble

    @property
    def kept_originals(self) -> list[str]:
        """The originals that were there to be kept."""
        missing = {*self.missing}
        return [sha256 for sha256 in self.originals if sha256 not in missing]

    def differing(self, found: Contents) -> list[str]:
        """Return what does not hold what the backup was made of: tables, or all of it."""
        names = sorted({*self.tables, *found.tables})
        tables = [name for name in names if self.tables.get(name) != found.tables.get(name)]
        return tables or ["its records"] * (self.mark != found.mark)


class Backup(Struct, frozen=True, kw_only=True):
    """One backup: its file, packed or not, and what is known of it. `size` is on the disk."""

    path: Path
    size: int
    manifest: Manifest

    @property
    def name(self) -> str:
        """What people call it: the name of its file, without the ending."""
        return _stem(self.path)

    @property
    def is_packed(self) -> bool:
        """Whether it is compressed."""
        return self.path.name.endswith(PACKED_ENDING)

    @property
    def manifest_path(self) -> Path:
        """The file of its manifest."""
        return manifest_path(self.path)


def manifest_path(path: Path) -> Path:
    """Return where the manifest of a backup is."""
    return path.with_name(_stem(path) + MANIFEST_ENDING)


def read_manifest(path: Path) -> Manifest | None:
    """Return the manifest in a file; None where there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def manifest_text(manifest: Manifest) -> bytes:
    """Return a manifest as it is written."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def settings_of(settings: Settings) -> BackupSettings:
    """Return how a storage's backups are to be kept."""
    kept = settings.get(_SETTING)
    try:
        return BackupSettings() if kept is None else msgspec.convert(kept, BackupSettings)
    except msgspec.ValidationError:
        return BackupSettings()


def keep_settings(settings: Settings, chosen: BackupSettings) -> None:
    """Have a storage's backups kept so from now on."""
    settings.put(_SETTING, msgspec.to_builtins(chosen))


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(ENDING)
