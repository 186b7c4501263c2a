"""The fourth step: what the import would do, before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import json, structs
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from db.incoming import Conflicts, ImportReport, Problem
from db.ports import Storage
from db.records import Kind
from desktop_app.background import Background
from desktop_app.detail.files import save_file
from desktop_app.import_wizard import words
from desktop_app.import_wizard.conflicts_view import ConflictsView
from desktop_app.import_wizard.problems_view import ProblemsView
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel

_MOST_COLUMNS: Final = 10


class CheckPage(QWidget):
    """The numbers, and where there are any, the conflicts and the problems."""

    decided = Signal(object, int, object)
    all_decided = Signal(object)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = PlainLabel()
        self._said.setWordWrap(True)
        self._numbers = QGridLayout()
        self._notes = PlainLabel(role="muted")
        self._notes.setWordWrap(True)
        self._examples_head = PlainLabel("For example", role="head")
        self._examples = PlainLabel()
        self.conflicts = ConflictsView()
        self.conflicts.decided.connect(self.decided)
        self.conflicts.all_decided.connect(self.all_decided)
        self.problems = ProblemsView(background)
        self._background = background
        self._report = ImportReport()
        self._shown_problems: Sequence[Problem] = ()
        self._save = push_button("Export this report…", self._export)
        self._save.setAutoDefault(False)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Parts of the check")
        self.tabs.setDocumentMode(True)
        self._lay_out()

    def show_report(
        self,
        report: ImportReport,
        problems: Sequence[Problem],
        decisions: dict[tuple[Kind, int], Conflicts],
        cost: Sequence[str] = (),
    ) -> None:
        """Show what was read and the cost of it; first of all what somebody has to choose."""
        self._said.hide()
        self._report, self._shown_problems = report, problems
        self._fill(report, cost)
        number = sum(report.undecided.values())
        disputed = number + sum(report.kept.values()) + sum(report.overwritten.values())
        disputed = max(disputed, len(report.conflicts))
        self.conflicts.show_conflicts(report.conflicts, disputed, decisions)
        self.problems.show_problems(problems, max(report.set_aside, len(problems)))
        self._show_tabs(disputed if report.conflicts else 0, report.set_aside)
        self.tabs.setCurrentIndex(1 if number else 0)

    def show_decisions(
        self, report: ImportReport, decisions: dict[tuple[Kind, int], Conflicts]
    ) -> None:
        """Show what was decided by now."""
        self.conflicts.show_conflicts(report.conflicts, len(report.conflicts), decisions)

    def show_refusal(self, said: str, problems: Sequence[Problem]) -> None:
        """Say why nothing of it can be imported, and show the places at fault."""
        self._said.setText(said)
        self._said.show()
        self.problems.show_problems(problems, len(problems))
        self._show_tabs(0, len(problems))
        self.tabs.setTabVisible(0, False)
        self.tabs.setVisible(bool(problems))
        self.tabs.setCurrentIndex(2)

    def _show_tabs(self, disputed: int, bad: int) -> None:
        self.tabs.show()
        self.tabs.setTabVisible(0, True)
        for place, title, number in ((1, "Conflicts", disputed), (2, "Problems", bad)):
            self.tabs.setTabVisible(place, bool(number))
            self.tabs.setTabText(place, f"{title}  {text.count(number)}")
        self.tabs.tabBar().setVisible(bool(disputed or bad))

    def _export(self) -> None:
        document = structs.replace(self._report, problems=[*self._shown_problems])
        content = json.format(json.encode(document), indent=2) + b"\n"
        save_file(self, self._background, "import-report.json", lambda _storage: [content])

    def _fill(self, report: ImportReport, cost: Sequence[str]) -> None:
        """Show a line for each kind, with a column for each thing that was found."""
        while self._numbers.count():
            self._numbers.takeAt(0).widget().deleteLater()
        end = Qt.AlignmentFlag.AlignTrailing
        found = dict(words.numbers(report))
        kinds = [kind for kind in Kind if any(kind.word in counts for counts in found.values())]
        for row, kind in enumerate(kinds, 1):
            self._numbers.addWidget(PlainLabel(kind.plural.capitalize()), row, 0)
        for column, (title, counts) in enumerate(found.items(), 1):
            self._numbers.addWidget(PlainLabel(title, role="head"), 0, column, end)
            for row, kind in enumerate(kinds, 1):
                number = counts.get(kind.word, 0)
                said = PlainLabel(text.count(number) if number else "", role="title")
                said.setAccessibleName(f"{title}: {kind.counted(number)}")
                self._numbers.addWidget(said, row, column, end)
        self._numbers.setColumnStretch(_MOST_COLUMNS, 1)
        notes = "\n".join([*words.notes(report), *cost])
        self._notes.setText(notes)
        self._notes.setVisible(bool(notes))
        self._examples.setText("\n".join(map(words.one_line, report.examples)))
        self._examples_head.setVisible(bool(report.examples))

    def _lay_out(self) -> None:
        px = current_theme().px
        self._numbers.setHorizontalSpacing(px(24))
        self._numbers.setVerticalSpacing(px(4))
        inside = QFrame()
        inside.setProperty("card", True)
        box = QVBoxLayout(inside)
        box.setContentsMargins(px(16), px(12), px(16), px(12))
        box.setSpacing(px(12))
        box.addLayout(self._numbers)
        box.addWidget(self._notes)
        box.addSpacing(px(4))
        box.addWidget(self._examples_head)
        box.addWidget(self._examples)
        box.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        scroll.setAccessibleName("Numbers")
        scroll.setWidget(inside)
        scroll.viewport().setAutoFillBackground(False)
        numbers = QWidget()
        beneath = QVBoxLayout(numbers)
        beneath.setContentsMargins(0, 0, 0, 0)
        beneath.addWidget(scroll, 1)
        beneath.addWidget(self._save, 0, Qt.AlignmentFlag.AlignLeading)
        self.tabs.addTab(numbers, "Numbers")
        self.tabs.addTab(self.conflicts, "Conflicts")
        self.tabs.addTab(self.problems, "Problems")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._said)
        column.addWidget(self.tabs, 1)
        column.addStretch()
