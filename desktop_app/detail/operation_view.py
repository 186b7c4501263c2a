"""One operation beside the list of them: what it did, to what, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from db.incoming import ImportReport, Problem
from db.maintenance.certificate import kept_text
from db.records import OperationRecord, OperationState
from desktop_app.dialogs.take_back import TakingBack
from desktop_app.look.text import (
    count,
    counted,
    local_time,
    plain_tooltip,
    size,
    time_tooltip,
)
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_PADDING_PX, SPACE_PX
from desktop_app.models.operations import STATE_WORDS, records_words, report_of
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.workspace import Workspace

SHOWN_FILES: Final = 20


class OperationView(QWidget):
    """Shows one operation; of an import also its files and its numbers."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._operation: OperationRecord | None = None
        take_back = TakingBack(workspace, self).ask
        self._title = PlainLabel(role="title")
        self._title.setWordWrap(True)
        self._facts = QFormLayout()
        self._facts.setLabelAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop)
        self._facts.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.undo_button = push_button("Undo", lambda: self._act(take_back))
        self.redo_button = push_button("Redo", lambda: self._act(workspace.redo))
        self._lay_out()

    @property
    def facts(self) -> dict[str, str]:
        """What it says, by what each is called."""
        labels = [self._facts.itemAt(n).widget() for n in range(self._facts.count())]
        said = [label.text() for label in labels if isinstance(label, QLabel)]
        return dict(zip(said[::2], said[1::2], strict=True))

    def show_operation(self, operation: OperationRecord) -> None:
        """Show an operation."""
        self._operation = operation
        self._title.setText(operation.title)
        state = operation.state if operation.undoable else None
        self.undo_button.setVisible(state is OperationState.DONE)
        self.redo_button.setVisible(state is OperationState.UNDONE)
        self._tell(operation)

    def _act(self, act: Callable[[int], None]) -> None:
        if self._operation is not None:
            act(self._operation.pk)

    def _tell(self, operation: OperationRecord) -> None:
        while self._facts.rowCount():
            row = self._facts.takeRow(0)
            for item in (row.labelItem, row.fieldItem):
                # Deleted at once, a label that something still holds ends the process.
                item.widget().hide()
                item.widget().deleteLater()
        when_us = operation.finished_at or operation.started_at
        self._say("State", STATE_WORDS[operation.state])
        self._say("When", local_time(when_us), plain_tooltip(time_tooltip(when_us)))
        self._say("By", operation.actor)
        report = report_of(operation)
        if report is not None:
            for name, words in _report_facts(report):
                self._say(name, words)
        self._say("Certificate", kept_text(operation.report))

    def _say(self, name: str, words: str, tip: str = "") -> None:
        if words:
            said = PlainLabel(words)
            said.setWordWrap(True)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            said.setToolTip(tip)
            self._facts.addRow(PlainLabel(name, role="muted"), said)

    def _lay_out(self) -> None:
        px = current_theme().px
        content = QWidget()
        column = QVBoxLayout(content)
        padding = px(CARD_PADDING_PX)
        column.setContentsMargins(padding, padding, padding, padding)
        column.setSpacing(px(SPACE_PX))
        column.addWidget(self._title)
        column.addLayout(self._facts)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        for ground in (content, scroll.viewport()):
            ground.setAutoFillBackground(False)
        foot = QHBoxLayout()
        foot.setContentsMargins(padding, 0, padding, padding)
        foot.addWidget(self.undo_button)
        foot.addWidget(self.redo_button)
        foot.addStretch()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll, 1)
        whole.addLayout(foot)


def _report_facts(report: ImportReport) -> Iterator[tuple[str, str]]:
    yield "File" if len(report.files) == 1 else "Files", _listed(report.files)
    yield "Size", size(report.size) if report.size else ""
    yield "Format", ", ".join(dict.fromkeys(report.formats))
    yield "New", records_words(report.new)
    yield "Changed", records_words(report.changed)
    yield "Identical", records_words(report.identical)
    yield "Older", records_words(report.older)
    yield "Repeated", records_words(report.repeated)
    yield "Kept as history", records_words(report.earlier)
    yield "Edits overwritten", _overwritten(report)
    yield "Set aside", _set_aside(report)
    yield "Unfinished, last line left out", _listed(report.unfinished)
    yield "Without its originals", _listed(report.without_originals)
    yield "Passed over", _listed(report.passed_over)
    yield "Not looked into", _listed([*report.skipped])
    yield "Not readable", _listed([_problem(each) for each in report.unreadable])
    yield "Vanished", _listed(report.vanished)


def _set_aside(report: ImportReport) -> str:
    if not report.set_aside:
        return ""
    more = report.set_aside - len(report.problems)
    named = _listed([_problem(each) for each in report.problems], more)
    return f"{counted(report.set_aside, 'record', 'records')}\n{named}"


def _problem(problem: Problem) -> str:
    line = "" if problem.line is None else f", line {problem.line:,}"
    return f"{problem.file}{line}: {problem.reason}"


def _overwritten(report: ImportReport) -> str:
    records = records_words(report.overwritten)
    if not records:
        return ""
    more = sum(report.overwritten.values()) - len(report.overwritten_examples)
    return f"{records}\n{_listed(report.overwritten_examples, more)}"


def _listed(names: Sequence[str], more: int = 0) -> str:
    """Return the first of some names, each on a line, and how many more there are."""
    more += max(0, len(names) - SHOWN_FILES)
    return "\n".join([*names[:SHOWN_FILES], *([f"and {count(more)} more"] if more else [])])
