"""What the window shows of an import: how far it is, and what it would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from db.errors import SheafError
from db.incoming import ImportReport, Progress
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.models.operations import numbers_of, records_words
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import ButtonSpec, push_button
from desktop_app.widgets.plain_label import PlainLabel

EXAMPLES = 3
EXAMPLE_CHARACTERS = 80
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
        self._bar.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._waiting = PlainLabel(role="muted")
        self._waiting.hide()
        self._buttons = QHBoxLayout()
        foot = QHBoxLayout()
        foot.addWidget(self._waiting)
        foot.addStretch()
        foot.addLayout(self._buttons)
        px = current_theme().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(8))
        column.addWidget(self._headline)
        column.addWidget(self._sentence)
        column.addWidget(self._bar)
        column.addLayout(foot)
        self.hide()

    @property
    def headline(self) -> str:
        """What it says first."""
        return self._headline.text()

    @property
    def sentence(self) -> str:
        """What it says next."""
        return self._sentence.text()

    @property
    def waiting(self) -> str:
        """What it says of imports that wait for their turn."""
        return self._waiting.text()

    def show_waiting(self, number: int) -> None:
        """Say how many imports wait until this one is decided."""
        said = f"{text.count(number)} waiting" if number else ""
        if said and said != self.waiting:
            announce(self, f"Import: {said}")
        self._waiting.setText(said)
        self._waiting.setVisible(bool(said))

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
        if report.effective:
            number = records_words(_added(report.new, report.changed))
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
        self._offer([("Close", close, True)])

    def _show(self, headline: str, sentence: str) -> None:
        self._headline.setText(headline)
        self._headline.setWordWrap(True)
        self._sentence.setText(sentence)
        self.show()
        announce(self, f"{headline}. {sentence}")

    def _offer(self, buttons: Sequence[ButtonSpec]) -> None:
        had_focus = self.isAncestorOf(QApplication.focusWidget())
        former = [self._buttons.itemAt(n).widget() for n in range(self._buttons.count())]
        main: QWidget = self._bar
        for words, on_click, primary in buttons:
            main = push_button(words, on_click, primary=primary)
            self._buttons.addWidget(main)
            # Only what is shown can take the focus; the layout would show it later.
            main.show()
        is_question = any(primary for _words, _on_click, primary in buttons)
        if had_focus or (is_question and not _someone_types()):
            main.setFocus()
        # Only now, or the focus would leave the panel together with what had it.
        self._bar.setHidden(is_question)
        for button in former:
            self._buttons.removeWidget(button)
            button.hide()
            button.deleteLater()


def _sentence_of(report: ImportReport) -> str:
    parts = [f"In it: {numbers_of(report)}."]
    parts += _overwritten(report)
    if any(report.older.values()):
        parts.append("What is older in the file than here stays as it is.")
    if any(report.repeated.values()):
        parts.append("Of what a file repeats, the latest of each is kept.")
    if report.unfinished:
        names = ", ".join(map(_one_line, report.unfinished[:EXAMPLES]))
        more = _more(len(report.unfinished))
        parts.append(f"The last line is not finished, and left out, of {names}{more}.")
    if report.without_originals:
        parts.append("The kept originals it speaks of are not inside a dump.")
    if report.updates_origin and report.effective:
        parts.append("It is a newer state of a file that was imported before.")
    if report.examples:
        parts.append(f"Among them {_quoted(report.examples)}.")
    if not report.effective:
        parts.append("There is nothing to import: all of it is here already.")
    return " ".join(parts)


def _overwritten(report: ImportReport) -> Iterator[str]:
    number = sum(report.overwritten.values())
    if number:
        records = text.counted(number, "record", "records")
        titles = _quoted(report.overwritten_examples) + _more(number)
        yield f"{records} you edited since would be overwritten: {titles}."


def _quoted(titles: Sequence[str]) -> str:
    return ", ".join(f"“{_one_line(title)}”" for title in titles[:EXAMPLES])


def _more(number: int) -> str:
    return f" and {number - EXAMPLES:,} more" if number > EXAMPLES else ""


def _one_line(title: str) -> str:
    words = " ".join(title.split())
    is_long = len(words) > EXAMPLE_CHARACTERS
    return words[: EXAMPLE_CHARACTERS - 1].rstrip() + "…" if is_long else words


def _added(*counts: Mapping[str, int]) -> Counter[str]:
    return sum(map(Counter, counts), Counter[str]())


def _someone_types() -> bool:
    """Whether the next key pressed is meant for a text."""
    focused = QApplication.focusWidget()
    is_text = isinstance(focused, QLineEdit | QPlainTextEdit)
    return is_text and focused.isVisible() and not focused.isReadOnly()
