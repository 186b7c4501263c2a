"""The places of files that cannot be used, as a table that can be copied and saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from db.cancel import CancelToken
from db.exchange.faults import value_at
from db.incoming import Problem
from db.ports import Storage
from desktop_app.background import Background
from desktop_app.detail.files import save_file
from desktop_app.latest import Latest
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.plain_table import RowsModel, RowsTable

_HEADINGS: Final = ("File", "Line", "Column", "Pointer", "Reason", "Value")
_WIDTHS: Final = (120, 0, 0, 90, 0, 190)
_LINE, _COLUMN, _REASON = 1, 2, 4
_TEXT_CHARS: Final = 300


class ProblemsView(QWidget):
    """Lists problems, each with its place, its reason and what stands there.

    `text_wanted` asks for the text of the file around one.
    """

    text_wanted = Signal(object)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._looking = Latest(background, self)
        self._problems: Sequence[Problem] = ()
        self.model = RowsModel(_HEADINGS, loud=(0, _REASON))
        self.table = RowsTable("Problems", self.model, _REASON)
        for column, width in enumerate(_WIDTHS):
            if width:
                self.table.setColumnWidth(column, current_theme().px(width))
        for column in (_LINE, _COLUMN):
            self.table.horizontalHeader().setSectionResizeMode(
                column, QHeaderView.ResizeMode.ResizeToContents
            )
        self.table.doubleClicked.connect(self._show_text)
        self.show_button = push_button("Show in text", self._show_text)
        self._more = PlainLabel(role="muted")
        foot = QHBoxLayout()
        foot.addWidget(self._more, 1)
        foot.addWidget(self.show_button)
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
        self._show_values([each.text[:_TEXT_CHARS] for each in problems])
        self._looking.ask(
            lambda _storage, token: _values(problems, token),
            self._show_values,
            lambda _error: None,
        )
        self.show_button.setEnabled(bool(problems))
        shown = text.counted(number, "problem", "problems")
        if number > len(problems):
            shown += f"; the first {text.count(len(problems))} are shown"
        self._more.setText(shown)

    def _show_values(self, values: Sequence[str]) -> None:
        self.model.show_rows([*map(_row, self._problems, values)])

    def _show_text(self) -> None:
        """Show the first of the problems that are selected, or of all."""
        first = next(iter(self.table.chosen), 0)
        self.text_wanted.emit(self._problems[first])

    def _save(self) -> None:
        problems = self._problems
        lines = (msgspec.json.encode(each) + b"\n" for each in problems)
        save_file(self, self._background, "problems.jsonl", lambda _storage: lines)


def _values(problems: Sequence[Problem], token: CancelToken) -> list[str]:
    found = []
    for problem in problems:
        token.check()
        found.append(value_at(problem))
    return found


def _row(problem: Problem, value: str) -> tuple[str, ...]:
    places = (problem.line, problem.column)
    numbers = tuple("" if place is None else text.count(place) for place in places)
    return (problem.file, *numbers, problem.fault or problem.pointer, problem.reason, value)
