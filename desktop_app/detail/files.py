"""Writing to a file that a person chose, off the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from db.errors import UnwritableFileError
from db.ports import Storage
from desktop_app.background import Background
from desktop_app.dialogs.error import ErrorDialog
from desktop_app.widgets.file_dialog import FileDialog


def save_file(
    parent: QWidget,
    background: Background[Storage],
    name: str,
    content: Callable[[Storage], Iterable[bytes]],
) -> QFileDialog:
    """Ask where to save, then write what `content` yields, off the window's thread."""
    dialog = FileDialog(parent, "Save to file", name)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(
        lambda chosen: background.read(
            lambda storage, _token: write_whole(Path(chosen), content(storage)),
            on_failed=lambda error: ErrorDialog(error, parent).open(),
        )
    )
    dialog.open()
    return dialog


def write_whole(path: Path, content: Iterable[bytes]) -> None:
    """Write a file whole, or leave what was there.

    Raises:
        UnwritableFileError: it could not be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.writelines(content)
        part.replace(path)
    except OSError as error:
        raise UnwritableFileError(f"{path} could not be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
