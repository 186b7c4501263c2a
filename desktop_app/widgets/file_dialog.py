"""Asking for files and folders without looking into any of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from PySide6.QtCore import QDir, QFileInfo
from PySide6.QtGui import QAbstractFileIconProvider, QIcon
from PySide6.QtWidgets import QFileDialog, QFileIconProvider, QWidget

RECORDS: Final = (".json", ".jsonl", ".ndjson", ".traj", ".md", ".zip")
"""How the names of files with records to import mostly end."""
_LOOKS_INTO_FILES: Final = sys.platform not in {"darwin", "win32"}
"""Whether the desktop's own dialog would look into files from within this process."""


class FileDialog(QFileDialog):
    """A file dialog that tells files apart by their names alone.

    A dialog that looks into files opens and closes that of the open workspace too, and with
    that a process loses the locks that SQLite holds on it (POSIX has it so): the next other
    process that closes the workspace would delete the log this one still writes to.
    """

    def __init__(
        self, parent: QWidget | None, caption: str, start: str = "", names: str = ""
    ) -> None:
        # Nothing is listed before the icons are set but the root, where no workspace is.
        super().__init__(parent, caption, QDir.rootPath(), names)
        self._icons = _Icons()
        self.setIconProvider(self._icons)
        if _LOOKS_INTO_FILES:
            self.setOption(QFileDialog.Option.DontUseNativeDialog)
        path = Path(start)
        if path.is_dir():
            self.setDirectory(str(path))
        else:
            self.setDirectory(str(path.parent))
            self.selectFile(path.name)


class _Icons(QFileIconProvider):
    """The pictures and words for files, by their names."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = super().icon(QAbstractFileIconProvider.IconType.Folder)
        self._file = super().icon(QAbstractFileIconProvider.IconType.File)

    # -- Qt overrides

    def icon(self, what: QFileInfo | QAbstractFileIconProvider.IconType) -> QIcon:  # type: ignore[override]
        if isinstance(what, QFileInfo):
            return self._folder if what.isDir() else self._file
        return super().icon(what)

    def type(self, info: QFileInfo) -> str:
        if info.isDir():
            return "Folder"
        return f"{info.suffix()} file" if info.suffix() else "File"
