"""The last step: what was done, and what one may want now."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from db.incoming import ImportReport
from desktop_app.import_wizard import words
from desktop_app.look import text
from desktop_app.models.operations import numbers_of, records_words
from desktop_app.widgets.buttons import ButtonSpec
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.state_panel import StatePanel


class ReportPage(QWidget):
    """A sentence with the numbers, and buttons for undo and whatever else."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = StatePanel(in_line=4)
        self.note = PlainLabel(role="muted")
        self.note.setWordWrap(True)
        card = QFrame()
        card.setProperty("card", True)
        QVBoxLayout(card).addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card, 1)
        column.addWidget(self.note)

    def show_report(self, report: ImportReport, buttons: Sequence[ButtonSpec]) -> None:
        """Show what an import did."""
        done = records_words(words.added(report.new, report.changed))
        head = f"Imported {done}" if report.effective else "Nothing new was imported"
        said = numbers_of(report).capitalize()
        if report.set_aside:
            said += f"; {text.count(report.set_aside)} set aside"
        sentences = [f"{said}.", *words.about_files(report)]
        self.panel.show_state("check", head, " ".join(sentences), buttons)
        self.note.setText("")

    def show_undone(self, again: Callable[[], object]) -> None:
        """Say that the import was taken back."""
        self.panel.show_state(
            "undo",
            "The import was taken back",
            "What it brought is gone, and what it changed is as before.",
            [("Redo it", again, False)],
        )
