"""The second step: what each file is, and what it is to be read as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from db.errors import SheafError
from db.exchange.formats.base import formats
from db.exchange.surveying import MOST_SURVEYED, Surveyed
from desktop_app.import_wizard.words import format_title, sure_words
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.plain_table import RowsModel, RowsTable

_HEADINGS: Final = ("File", "Read as", "How sure", "Size")
_WIDTHS: Final = (0, 210, 150, 80)
_BY_ITSELF: Final = "What Sheaf recognises"


class RecognisePage(QWidget):
    """Lists the files; `formats_chosen` carries those chosen by hand, by name of the file."""

    formats_chosen = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files: Sequence[Surveyed] = ()
        self._by_hand: dict[str, str] = {}
        self._said = PlainLabel(role="muted")
        self._said.setWordWrap(True)
        self.model = RowsModel(_HEADINGS)
        self.table = RowsTable("Files", self.model, 0)
        for column, width in enumerate(_WIDTHS):
            if width:
                self.table.setColumnWidth(column, current_theme().px(width))
        self.table.selectionModel().selectionChanged.connect(self._show_choice)
        self.format = QComboBox()
        self._names: list[str] = []
        self.format.activated.connect(self._choose)
        label = PlainLabel("Read the selected files &as")
        label.setBuddy(self.format)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.format, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_theme().px(8))
        column.addWidget(self._said)
        column.addWidget(self.table, 1)
        column.addLayout(row)

    def show_looking(self) -> None:
        """Say that the files are being looked at."""
        self._said.setText("Looking at the files…")
        self.model.show_rows([])
        self.format.setEnabled(False)

    def show_error(self, error: SheafError) -> None:
        """Say why the files cannot be looked at."""
        self._said.setText(str(error))

    def show_files(self, files: Sequence[Surveyed], by_hand: dict[str, str]) -> None:
        """Show files, and the formats that were chosen by hand for some."""
        self._files, self._by_hand = files, dict(by_hand)
        passed = sum(1 for each in files if not self._format_of(each))
        said = text.counted(len(files), "file", "files")
        if len(files) == MOST_SURVEYED:
            said = f"The first {said}"
        self._said.setText(
            f"{said}, {text.count(passed)} passed over." if passed else f"{said}."
        )
        self.model.show_rows([self._row(each) for each in files])
        if files and not self.table.chosen:
            self.table.selectRow(0)
        self.format.setEnabled(bool(files))
        self._offer_formats()
        self._show_choice()

    def _offer_formats(self) -> None:
        """Fill the list, once the formats have been loaded elsewhere."""
        if not self._names:
            self._names = ["", *formats()]
            self.format.addItem(_BY_ITSELF)
            self.format.addItems([f"{each.title} ({n})" for n, each in formats().items()])

    def _format_of(self, file: Surveyed) -> str:
        return self._by_hand.get(file.name, file.format_name)

    def _row(self, file: Surveyed) -> tuple[str, ...]:
        by_hand = self._by_hand.get(file.name)
        if by_hand:
            sure = "Chosen by you"
        else:
            sure = sure_words(file.sure) if file.format_name else file.reason
        name = self._format_of(file)
        read_as = format_title(name) if name else "Passed over"
        return file.name, read_as, sure, text.size(file.size)

    def _show_choice(self) -> None:
        if not self._names:
            return
        names = {self._by_hand.get(self._files[row].name, "") for row in self.table.chosen}
        self.format.setCurrentIndex(self._names.index(names.pop()) if len(names) == 1 else -1)

    def _choose(self, place: int) -> None:
        for row in self.table.chosen:
            name = self._files[row].name
            if self._names[place]:
                self._by_hand[name] = self._names[place]
            else:
                self._by_hand.pop(name, None)
        self.show_files(self._files, self._by_hand)
        self.formats_chosen.emit(dict(self._by_hand))
