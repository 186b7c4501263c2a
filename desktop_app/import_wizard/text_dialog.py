"""The text of a file around a place that cannot be used."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QWidget

from db.cancel import CancelToken
from db.errors import SheafError
from db.exchange.faults import Excerpt, excerpt
from db.incoming import Problem
from db.ports import Storage
from desktop_app.background import Background
from desktop_app.dialogs.frame import dialog_column, fit_screen
from desktop_app.import_sources import ImportSource
from desktop_app.latest import Latest
from desktop_app.look import text
from desktop_app.widgets.fault_text import FaultText
from desktop_app.widgets.plain_label import PlainLabel

_SIZE_PX = (760, 480)


class TextDialog(QDialog):
    """Shows a part of a file, which is read elsewhere, with the place of a problem marked."""

    def __init__(
        self,
        background: Background[Storage],
        source: ImportSource,
        problem: Problem,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Text of the file")
        head = PlainLabel(_place(problem), role="head")
        reason = PlainLabel(problem.reason)
        self.field = FaultText("Text of the file")
        self.field.setReadOnly(True)
        self.field.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.note = PlainLabel("Reading…", role="muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = dialog_column(self)
        for words in (head, reason, self.note):
            words.setWordWrap(True)
        column.addWidget(head)
        column.addWidget(reason)
        column.addWidget(self.field, 1)
        column.addWidget(self.note)
        column.addWidget(buttons)
        fit_screen(self, *_SIZE_PX)

        def work(_storage: Storage, token: CancelToken) -> Excerpt | None:
            with source.opened() as sources:
                found = [each for each in sources if each.name == problem.file]
                return excerpt(found[0], problem, token) if found else None

        Latest(background, self).ask(work, self._show, self._show_error)

    def _show(self, found: Excerpt | None) -> None:
        if found is None:
            self.note.setText("The file is not there any more.")
            return
        self.field.setPlainText(found.text)
        if found.text:
            # What ends a line of Windows is one sign in the field.
            self.field.mark_faults([found.at - found.text.count("\r\n", 0, found.at)])
            self.field.go_to_fault()
        is_whole = found.is_start and found.is_end
        self.note.setText(
            "This is the whole file." if is_whole else "This is the part around the place."
        )
        self.field.setFocus()

    def _show_error(self, error: SheafError) -> None:
        self.note.setText(str(error))


def _place(problem: Problem) -> str:
    said = [problem.file]
    for name, number in (("line", problem.line), ("column", problem.column)):
        if number is not None:
            said.append(f"{name} {text.count(number)}")
    pointer = problem.fault or problem.pointer
    return ", ".join([*said, *([pointer] if pointer else [])])
