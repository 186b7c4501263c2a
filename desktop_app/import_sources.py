"""Where records to import come from: files and folders, or text that was copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QFileDialog, QWidget

from db.cancel import CancelToken
from db.exchange.choices import ImportChoices
from db.exchange.importing import PASTED, stage_import, stage_text
from db.exchange.sources import Source, found_sources, text_source
from db.incoming import Staging
from db.ports import Storage
from desktop_app.background import Report
from desktop_app.drop import paths_in
from desktop_app.widgets.file_dialog import RECORDS, FileDialog

_RECENT: Final = "import/recent"
_MOST_RECENT: Final = 8
_MOST_PATHS: Final = 100


class ImportSource(Struct, frozen=True):
    """Files and folders that are imported as one, or else a text."""

    paths: tuple[Path, ...] = ()
    text: str = ""

    @property
    def title(self) -> str:
        """What a person calls it."""
        if not self.paths:
            return PASTED
        if len(self.paths) == 1:
            return self.paths[0].name
        return f"{len(self.paths):,} files or folders"

    def stage(
        self, storage: Storage, choices: ImportChoices, token: CancelToken, report: Report
    ) -> Staging:
        """Store it behind the curtain; see `stage_import`."""
        if self.paths:
            return stage_import(storage, self.paths, choices, token=token, on_progress=report)
        return stage_text(storage, self.text, choices, token=token, on_progress=report)

    @contextmanager
    def opened(self) -> Iterator[list[Source]]:
        """Return the single files; they can be read until the context ends.

        Raises:
            UnreadableFileError: a path names nothing, or an archive that cannot be trusted.
        """
        if not self.paths:
            yield [text_source(self.text, PASTED)]
            return
        with found_sources(self.paths) as sources:
            yield sources


def copied(data: QMimeData) -> ImportSource | None:
    """Return the files or the text that were copied or dropped, if there are any."""
    paths = tuple(paths_in(data))
    if paths:
        return ImportSource(paths)
    return ImportSource(text=data.text()) if data.text().strip() else None


def ask_for_files(window: QWidget, take: Callable[[Sequence[Path]], None]) -> None:
    """Let a person choose files, and `take` them."""
    dialog = FileDialog(window, "Import files", str(Path.home()))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    names = " ".join(f"*{suffix}" for suffix in RECORDS)
    dialog.setNameFilters([f"Records ({names})", "All files (*)"])
    _open(dialog, take)


def ask_for_folder(window: QWidget, take: Callable[[Sequence[Path]], None]) -> None:
    """Let a person choose a folder, and `take` it."""
    dialog = FileDialog(window, "Import a folder", str(Path.home()))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    _open(dialog, take)


def _open(dialog: QFileDialog, take: Callable[[Sequence[Path]], None]) -> None:
    dialog.filesSelected.connect(lambda names: take([Path(name) for name in names]))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def recent(storage: Storage) -> list[list[str]]:
    """Return the paths of what was imported lately, the last first, as far as it is there."""
    kept = storage.settings.get(_RECENT)
    found = kept if isinstance(kept, list) else []
    return [names for names in found if all(Path(name).exists() for name in names)]


def keep_recent(storage: Storage, source: ImportSource) -> None:
    """Remember what was imported, if it was files."""
    names = [str(path.absolute()) for path in source.paths[:_MOST_PATHS]]
    if names:
        kept = [each for each in recent(storage) if each != names]
        storage.settings.put(_RECENT, [names, *kept][:_MOST_RECENT])
