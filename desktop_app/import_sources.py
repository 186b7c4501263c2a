"""Where files to import come from: a dialog, or the clipboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_app.drop import paths_in
from desktop_app.importing import Importing


def ask_for_files(window: QWidget, take: Callable[[Sequence[Path]], None]) -> None:
    """Let a person choose files, and `take` them."""
    dialog = QFileDialog(window, "Import", str(Path.home()))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilters(["JSON (*.json *.jsonl *.ndjson)", "All files (*)"])
    dialog.filesSelected.connect(lambda names: take([Path(name) for name in names]))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def paste(importing: Importing, say: Callable[[str], None]) -> None:
    """Import the files or the text that were copied; `say` so if there are none."""
    data = QGuiApplication.clipboard().mimeData()
    paths = paths_in(data)
    if paths:
        importing.import_paths(paths)
    elif data.text().strip():
        importing.import_text(data.text())
    else:
        say("The clipboard holds no text and no files.")
