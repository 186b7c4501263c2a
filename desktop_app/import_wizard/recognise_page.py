"""The second step: what each file is, and what it is to be read as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from db.errors import SheafError
from db.exchange.asking import failure_words
from db.exchange.formats.base import formats
from db.exchange.surveying import MOST_SURVEYED, Surveyed
from db.incoming import (
    ImportReport,
    IncomingRecord,
    IncomingTask,
    Problem,
    kind_of_incoming,
)
from db.vocabulary import Status
from desktop_app.import_wizard.words import format_title, sure_words
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.models.operations import records_words
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.plain_table import RowsModel, RowsTable

_HEADINGS: Final = ("File", "Read as", "How sure", "Records", "Problems", "Encoding", "Size")
_WIDTHS: Final = (0, 170, 0, 0, 0, 0, 0)
_SURE: Final = 2
_LEAST_PX: Final = 130
_FIRST: Final = ("Kind", "Id", "Title", "Status")
_FIRST_WIDTHS: Final = (110, 150, 0, 120)
_BY_ITSELF: Final = "What Sheaf recognises"


class Found(Struct, frozen=True):
    """What was read of a file: records by kind, and parts that cannot be used."""

    records: Mapping[str, int] = {}
    problems: int = 0


def found_in(report: ImportReport, problems: Sequence[Problem]) -> Mapping[str, Found]:
    """Return what was read of each file, by its name."""
    bad = Counter(problem.file for problem in problems)
    read = dict(zip(report.files, report.records, strict=False))
    return {name: Found(read.get(name, {}), bad[name]) for name in {**read, **bad}}


class RecognisePage(QWidget):
    """Lists the files, and the first records of the one that is chosen.

    `formats_chosen` carries formats chosen by hand, by name of the file; `first_wanted` a
    file of which the first records are to be shown.
    """

    formats_chosen = Signal(dict)
    first_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files: Sequence[Surveyed] = ()
        self._found: Mapping[str, Found] = {}
        self._shown: Surveyed | None = None
        self._by_hand: dict[str, str] = {}
        self._said = PlainLabel(role="muted")
        self._said.setWordWrap(True)
        self.model = RowsModel(_HEADINGS)
        self.table = RowsTable("Files", self.model, 0)
        self.first = RowsModel(_FIRST, loud=(2,))
        first = RowsTable("First records", self.first, 2)
        for column in range(_SURE, len(_HEADINGS)):
            self.table.horizontalHeader().setSectionResizeMode(
                column, QHeaderView.ResizeMode.ResizeToContents
            )
        self.note = PlainLabel(role="muted")
        self.note.setWordWrap(True)
        for table, widths in ((self.table, _WIDTHS), (first, _FIRST_WIDTHS)):
            # What a table would like is no reason for the page around it to scroll.
            table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
            table.setMinimumHeight(current_theme().px(_LEAST_PX))
            for column, width in enumerate(widths):
                if width:
                    table.setColumnWidth(column, current_theme().px(width))
        self.table.selectionModel().selectionChanged.connect(self._show_choice)
        self.format = QComboBox()
        self._names: list[str] = []
        self.format.activated.connect(self._choose)
        label = PlainLabel("Read the selected files as")
        label.setBuddy(self.format)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.format, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_theme().px(8))
        column.addWidget(self._said)
        column.addWidget(self.table, 2)
        column.addLayout(row)
        column.addWidget(self.note)
        column.addWidget(first, 3)

    def show_looking(self) -> None:
        """Say that the files are being looked at."""
        self._said.setText("Looking at the files…")
        self.model.show_rows([])
        self.format.setEnabled(False)

    def show_error(self, error: SheafError) -> None:
        """Say why the files cannot be looked at."""
        self._said.setText(str(error))

    def show_files(
        self,
        files: Sequence[Surveyed],
        by_hand: Mapping[str, str],
        found: Mapping[str, Found],
    ) -> None:
        """Show files, the formats chosen by hand for some, and what was read of them."""
        self._files, self._by_hand, self._found = files, dict(by_hand), found
        passed = sum(1 for each in files if not self._format_of(each))
        said = text.counted(len(files), "file", "files")
        if len(files) == MOST_SURVEYED:
            said = f"The first {said}"
        said = f"{said}, {text.count(passed)} passed over." if passed else f"{said}."
        failed = dict(pair for each in files for pair in each.failed_formats.items())
        self._said.setText(" ".join([said, *failure_words(failed)]))
        self.model.show_rows([self._row(each) for each in files])
        if files and not self.table.chosen:
            self.table.selectRow(0)
        self.format.setEnabled(bool(files))
        self._offer_formats()
        self._show_choice()

    def show_first(self, records: Sequence[IncomingTask | IncomingRecord]) -> None:
        """Show the first records of the file that is chosen."""
        self.first.show_rows([_first_row(each) for each in records])
        number = text.counted(len(records), "record", "records")
        none = self._reason or "No records to be shown."
        self.note.setText(f"The first {number}:" if records else none)

    @property
    def _reason(self) -> str:
        """Why the file that is chosen is passed over."""
        shown = self._shown
        return "" if shown is None or self._format_of(shown) else shown.reason

    def _offer_formats(self) -> None:
        """Fill the list, once the formats have been loaded elsewhere."""
        if not self._names:
            self._names = ["", *formats()]
            self.format.addItem(_BY_ITSELF)
            self.format.addItems([f"{each.title} ({n})" for n, each in formats().items()])

    def _format_of(self, file: Surveyed) -> str:
        return self._by_hand.get(file.name, file.format_name)

    def _row(self, file: Surveyed) -> tuple[str, ...]:
        name = self._format_of(file)
        sure = sure_words(file.sure) if name else ""
        if file.name in self._by_hand:
            sure = "Chosen by you"
        read_as = format_title(name) if name else "Passed over"
        found = self._found.get(file.name, Found())
        problems = text.count(found.problems) if found.problems else ""
        return (
            file.name,
            read_as,
            sure,
            records_words(found.records),
            problems,
            file.encoding,
            text.size(file.size) if file.size else "",
        )

    def _show_choice(self) -> None:
        if not self._names:
            return
        chosen = [self._files[row] for row in self.table.chosen]
        if chosen and chosen[0] is not self._shown:
            self._shown = chosen[0]
            self.note.setText(self._reason or "Reading the first records…")
            self.first_wanted.emit(chosen[0])
        names = {self._by_hand.get(self._files[row].name, "") for row in self.table.chosen}
        self.format.setCurrentIndex(self._names.index(names.pop()) if len(names) == 1 else -1)

    def _choose(self, place: int) -> None:
        for row in self.table.chosen:
            name = self._files[row].name
            if self._names[place]:
                self._by_hand[name] = self._names[place]
            else:
                self._by_hand.pop(name, None)
        self.show_files(self._files, self._by_hand, self._found)
        self.formats_chosen.emit(dict(self._by_hand))


def _first_row(record: IncomingTask | IncomingRecord) -> tuple[str, ...]:
    kind = kind_of_incoming(record)
    fields = record.fields if isinstance(record, IncomingRecord) else {"status": record.status}
    status = text.status_word(Status(fields["status"])) if "status" in fields else ""
    return kind.word.capitalize(), record.external_id, record.title, status
