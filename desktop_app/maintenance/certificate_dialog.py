"""The certificate of a forgetting, to be read and saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QPlainTextEdit,
    QWidget,
)

from db.errors import SheafError, UnwritableFileError
from db.maintenance.certificate import Certificate, as_text, document
from db.private_files import private_opener
from db.times import to_iso
from desktop_app.background import Background
from desktop_app.dialogs.frame import dialog_column, fit_screen
from desktop_app.look.theme import Face, current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.file_dialog import FileDialog
from desktop_app.widgets.plain_label import PlainLabel

_CLEAN: Final = "✓ Nothing of it is in the workspace any more"
_LEFT: Final = "Something of it is still there: see what remains"


class CertificateDialog(QDialog):
    """Shows a certificate; saves it as text, or as JSON where the name ends so.

    `told` carries words for a message.
    """

    told = Signal(str)

    def __init__(
        self, certificate: Certificate, background: Background, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Certificate")
        self._certificate = certificate
        self._background = background
        self.view = QPlainTextEdit()
        self.words = QCheckBox("With the words that were looked for")
        self.words.toggled.connect(self._show)
        self._said = PlainLabel("", role="error")
        self._lay_out()
        self._show()

    def _document(self) -> dict[str, object]:
        made = document(self._certificate)
        if not self.words.isChecked():
            made["sought"]["words"] = None
        return made

    def _show(self) -> None:
        self.view.setPlainText(as_text(self._document()))

    def save_to(self, path: Path) -> None:
        """Write it to a file, on a thread of its own."""
        made = self._document()
        is_json = path.suffix == ".json"
        written = json.dumps(made, indent=2, ensure_ascii=False) if is_json else as_text(made)

        def done(_nothing: None) -> None:
            self._said.hide()
            self.told.emit(f"Saved {path.name}")

        def fail(error: SheafError) -> None:
            self._said.setText(str(error))
            self._said.show()

        self._background.read(lambda _storage, _token: _write(path, written), done, fail)

    def _ask_where(self) -> None:
        day = to_iso(self._certificate.made_at)[:10]
        dialog = FileDialog(
            self,
            "Save certificate",
            str(Path.home() / f"forgotten-{day}.txt"),
            "Text (*.txt);;JSON (*.json)",
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("txt")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.save_to(Path(chosen)))
        dialog.open()

    def _lay_out(self) -> None:
        is_clean = self._certificate.is_clean
        head = PlainLabel(_CLEAN if is_clean else _LEFT, role="good" if is_clean else "error")
        self.view.setReadOnly(True)
        self.view.setAccessibleName("Certificate")
        self.view.setFont(current_theme().font(Face.MONO))
        self.view.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._said.setWordWrap(True)
        self._said.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        save = push_button("Save…", self._ask_where, primary=True)
        buttons.addButton(save, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = dialog_column(self)
        for part in (head, self.view, self.words, self._said, buttons):
            column.addWidget(part)
        fit_screen(self, 720, 620)
        save.setFocus()


def _write(path: Path, written: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", opener=private_opener) as out:
            out.write(f"{written}\n")
    except OSError as error:
        raise UnwritableFileError(
            f"{path} cannot be written: {error.strerror}.",
            safe="What was to be forgotten is gone.",
            advice="Save it in another folder.",
        ) from error
