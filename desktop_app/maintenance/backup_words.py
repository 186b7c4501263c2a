"""How a backup reads in a row: when, why, how large, how sure, until when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from db.maintenance.manifest import Backup, BackupKind, BackupSettings
from db.maintenance.rotation import ALWAYS_KEPT, kept_until
from desktop_app.look import text
from desktop_app.look.cells import PillCell, TextCell
from desktop_app.look.marks import Mark
from desktop_app.look.tokens import StatusInk
from desktop_app.models.words_model import WordsModel

WHY_COLUMN: Final = 1
STATE_COLUMN: Final = 4
UNTIL_COLUMN: Final = 5
KIND_WORDS: Final = {
    BackupKind.MANUAL: "By hand",
    BackupKind.DAILY: "Daily",
    BackupKind.MIGRATION: "Before new tables",
    BackupKind.IMPORT: "Before an import",
    BackupKind.PURGE: "Before deleting for good",
}
DAMAGED: Final = PillCell(Mark.CROSS, "Damaged", StatusInk("bad", "bad_bg"))
PENDING: Final = PillCell(Mark.RING, "Not verified yet", StatusInk("run", "run_bg"))
TESTED: Final = PillCell(Mark.TICK, "Tested", StatusInk("ok", "ok_bg"))
VERIFIED: Final = PillCell(Mark.TICK, "Verified", StatusInk("idle", "idle_bg"))


def when_words(backup: Backup) -> str:
    """Return when a backup was made, so that two of a minute differ: `21 Nov 2026 14:05:09`."""
    return text.local_second(backup.manifest.made_at)


def why_words(backup: Backup) -> str:
    """Return why a backup was made, and what it came before."""
    known = backup.manifest
    if known.kind is BackupKind.RESTORE:
        return f"Before the {known.before}"
    words = KIND_WORDS[known.kind]
    return f"{words}: {known.before}" if known.before else words


def state_pill(backup: Backup) -> PillCell:
    """Return how sure it is that a backup can be restored."""
    if backup.manifest.trouble:
        return DAMAGED
    if backup.manifest.is_pending:
        return PENDING
    return VERIFIED if backup.manifest.proved_at is None else TESTED


def state_words(backup: Backup) -> str:
    """Return what the state of a backup means, in a sentence."""
    known = backup.manifest
    if known.trouble:
        return f"It cannot be restored: {known.trouble}"
    if known.is_pending:
        return "It is copied, and still to be verified."
    if known.proved_at is None:
        return "It was compared with the workspace when it was made."
    return f"It was restored in a test, {text.relative_time(known.proved_at)}."


class BackupsModel(WordsModel):
    """A row for each backup, newest first."""

    def __init__(self) -> None:
        super().__init__([heading for heading, _ in _COLUMNS])
        self.backups: Sequence[Backup] = ()
        self.settings = BackupSettings()

    def show_backups(self, backups: Sequence[Backup], settings: BackupSettings) -> None:
        """Show these rows from now on."""
        self.beginResetModel()
        self.backups, self.settings = backups, settings
        self.endResetModel()

    @property
    def count(self) -> int:
        return len(self.backups)

    def words(self, row: int, column: int) -> str:
        if column == UNTIL_COLUMN:
            until = kept_until(self.backups[row], self.settings, self.backups[::-1])
            return text.local_time(until).rpartition(" ")[0]
        return _COLUMNS[column][1](self.backups[row])

    def cell(self, row: int, column: int) -> TextCell | PillCell:
        if column == STATE_COLUMN:
            return state_pill(self.backups[row])
        return TextCell(self.words(row, column), strong=column == 0, muted=column > WHY_COLUMN)

    def tip(self, row: int, column: int) -> str:
        backup = self.backups[row]
        if not column:
            return text.time_tooltip(backup.manifest.made_at)
        if column == STATE_COLUMN:
            return state_words(backup)
        if column == UNTIL_COLUMN and row < ALWAYS_KEPT:
            return f"The latest {ALWAYS_KEPT} stay longer."
        return self.words(row, column)


_COLUMNS: Final[tuple[tuple[str, Callable[[Backup], str]], ...]] = (
    ("When", when_words),
    ("Why", why_words),
    ("Size", lambda backup: text.size(backup.size)),
    ("Records", lambda backup: text.count(backup.manifest.records)),
    ("State", lambda backup: state_pill(backup).word),
    ("Kept until", lambda _backup: ""),
)
