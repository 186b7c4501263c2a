"""What the window shows of an import: how far it is, and what it would change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from db.errors import SheafError
from db.exchange.importing import Progress
from db.ports import ImportReport
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.models.operations import numbers_of
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import ButtonSpec, push_button
from desktop_app.widgets.plain_label import PlainLabel

EXAMPLES = 3
STEPS = 1000


class ImportPanel(QFrame):
    """A card above the list. It waits for nobody: one can go on working meanwhile."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName("Import")
        self._headline = PlainLabel(role="title")
        self._sentence = PlainLabel(role="muted")
        self._sentence.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Progress of the import")
        self._bar.setTextVisible(False)
        self._buttons = QHBoxLayout()
        px = current_theme().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(8))
        column.addWidget(self._headline)
        column.addWidget(self._sentence)
        column.addWidget(self._bar)
        column.addLayout(self._buttons)
        self.hide()

    @property
    def headline(self) -> str:
        """What it says first."""
        return self._headline.text()

    @property
    def sentence(self) -> str:
        """What it says next."""
        return self._sentence.text()

    def show_reading(self, what: str, cancel: Callable[[], None]) -> None:
        """Say that files are being read."""
        self._show(f"Reading {what}", "Nothing changes until you have seen what is in it.")
        self._bar.setRange(0, 0)
        self._bar.show()
        self._offer([("Cancel", cancel, False)])

    def show_progress(self, progress: Progress) -> None:
        """Say how far the reading is."""
        if progress.total:
            self._bar.setRange(0, STEPS)
            self._bar.setValue(min(STEPS, progress.done * STEPS // progress.total))
        of = f" of {text.size(progress.total)}" if progress.total else ""
        records = text.counted(progress.records, "record", "records")
        self._sentence.setText(f"{progress.file}: {text.size(progress.done)}{of}, {records}")

    def show_report(
        self,
        report: ImportReport,
        commit: Callable[[], None],
        discard: Callable[[], None],
    ) -> None:
        """Show what the import would do, and ask."""
        formats = ", ".join(dict.fromkeys(report.formats))
        files = report.files[0] if len(report.files) == 1 else f"{len(report.files):,} files"
        self._show(f"{files} ({formats})", _sentence_of(report))
        self._bar.hide()
        if report.effective:
            number = text.counted(report.effective, "record", "records")
            self._offer([("Discard", discard, False), (f"Import {number}", commit, True)])
        else:
            self._offer([("Close", discard, True)])

    def show_applying(self) -> None:
        """Say that the decision is being carried out."""
        self._sentence.setText("Importing…")
        self._bar.setRange(0, 0)
        self._bar.show()
        self._offer([])

    def show_error(self, error: SheafError, close: Callable[[], None]) -> None:
        """Show why the files cannot be imported."""
        self._show(error.what, f"{error.safe} {error.advice}")
        self._bar.hide()
        self._offer([("Close", close, True)])

    def _show(self, headline: str, sentence: str) -> None:
        self._headline.setText(headline)
        self._headline.setWordWrap(True)
        self._sentence.setText(sentence)
        self.show()
        announce(self, f"{headline}. {sentence}")

    def _offer(self, buttons: Sequence[ButtonSpec]) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            former = item.widget()
            if former is not None:
                former.hide()
                former.deleteLater()
        self._buttons.addStretch()
        for words, on_click, primary in buttons:
            button = push_button(words, on_click, primary=primary)
            self._buttons.addWidget(button)
            # Only what is shown can take the focus; the layout would show it later.
            button.show()
            if primary:
                button.setFocus()


def _sentence_of(report: ImportReport) -> str:
    parts = [f"In it: {numbers_of(report)}."]
    if report.updates_origin and report.effective:
        parts.append("It is a newer state of a file that was imported before.")
    if report.examples:
        shown = ", ".join(f"“{title}”" for title in report.examples[:EXAMPLES])
        parts.append(f"Among them {shown}.")
    if not report.effective:
        parts.append("There is nothing to import: all of it is here already.")
    return " ".join(parts)
