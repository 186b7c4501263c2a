"""The places of files that cannot be used, as a table that can be copied and saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from db.incoming import Problem
from db.ports import Storage
from desktop_app.background import Background
from desktop_app.detail.files import save_file
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.plain_table import RowsModel, RowsTable

_HEADINGS: Final = ("File", "Line", "Column", "Pointer", "Reason", "Value")
_WIDTHS: Final = (130, 50, 70, 90, 0, 170)
_REASON: Final = 4


class ProblemsView(QWidget):
    """Lists problems, each with its place, its reason and its text."""

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._problems: Sequence[Problem] = ()
        self.model = RowsModel(_HEADINGS, loud=(0, _REASON))
        self.table = RowsTable("Problems", self.model, _REASON)
        for column, width in enumerate(_WIDTHS):
            if width:
                self.table.setColumnWidth(column, current_theme().px(width))
        self._more = PlainLabel(role="muted")
        foot = QHBoxLayout()
        foot.addWidget(self._more, 1)
        foot.addWidget(push_button("Copy", self.table.copy))
        foot.addWidget(push_button("Save…", self._save))
        column = QVBoxLayout(self)
        px = current_theme().px
        column.setContentsMargins(0, px(8), 0, 0)
        column.addWidget(self.table, 1)
        column.addLayout(foot)

    def show_problems(self, problems: Sequence[Problem], number: int) -> None:
        """Show the first of so many problems."""
        self._problems = problems
        self.model.show_rows([_row(each) for each in problems])
        shown = text.counted(number, "problem", "problems")
        if number > len(problems):
            shown += f"; the first {text.count(len(problems))} are shown"
        self._more.setText(shown)

    def _save(self) -> None:
        problems = self._problems
        lines = (msgspec.json.encode(each) + b"\n" for each in problems)
        save_file(self, self._background, "problems.jsonl", lambda _storage: lines)


def _row(problem: Problem) -> tuple[str, ...]:
    places = (problem.line, problem.column)
    numbers = tuple("" if place is None else text.count(place) for place in places)
    return (problem.file, *numbers, problem.pointer, problem.reason, problem.text)
