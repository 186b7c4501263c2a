"""The text of a run: rendered, as it is written, or beside that of another run."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from db.cancel import CancelToken
from db.errors import RecordNotFoundError, SheafError
from db.ports import Storage
from db.query import KEPT, ExecutionQuery, ExecutionSort
from db.records import ExecutionRecord, Kind, RecordDetail
from db.terms import Terms
from desktop_app.background import Background
from desktop_app.detail.base import Base
from desktop_app.detail.description_editor import DescriptionEditor
from desktop_app.detail.long_text_view import RENDER_LIMIT, LongTextView
from desktop_app.detail.picker import SHOWN, Find, Option, Picker
from desktop_app.detail.seen import Seen
from desktop_app.detail.step_bar import StepBar
from desktop_app.latest import Latest
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.models.course import Course, Standing
from desktop_app.reading.diff_view import DiffView, Side
from desktop_app.reading.find_bar import FindBar
from desktop_app.reading.find_keys import FindKeys
from desktop_app.reading.finder import Finder
from desktop_app.reading.headings import Heading, headings_of_document, headings_of_source
from desktop_app.reading.headings_list import HeadingsList
from desktop_app.reading.record_text import name_of, read_side
from desktop_app.reading.timeline import MOST
from desktop_app.widgets.buttons import icon_button
from desktop_app.widgets.tool_row import ToolRow

_ROOMY_PX: Final = 620
"""From this width on the headings stand beside the text, else above it."""
_LESS: Final = 2
"""The rank of tools that can be looked for in a menu."""


class Mode(Enum):
    """How the text is shown; the value is what its button says."""

    RENDERED = "Rendered"
    RAW = "Raw"
    DIFF = "Diff"


class RunView(QWidget):
    """Shows a run's text, its headings, and what became different since another run.

    `step_wanted` carries 1 for the next run of the list it was opened from, -1 for the one
    before, `chosen` the pk of a run of the same task, `edited` a new text and the version
    of the run that it is a change of. Ctrl+F finds, F3 goes to the next
    place, F7 to the next difference.
    """

    step_wanted = Signal(int)
    chosen = Signal(int)
    edited = Signal(str, int)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._latest, self._placing = Latest(background, self), Latest(background, self)
        self._record: ExecutionRecord | None = None
        self._task_id: str | None = None
        self._other: int | None = None
        self._source = ""
        self._base = Base("", 0)
        self._editor = DescriptionEditor("Text")
        self._editor.saved.connect(self._save)
        self._editor.cancelled.connect(self._leave_editor)
        self.mode = Mode.RENDERED
        self.text = LongTextView("Text of the run", background)
        self.text.markdown.setPlaceholderText("There is no text yet.")
        self.text.raw_chosen.connect(lambda: self.show_mode(Mode.RAW))
        self.text.laid_out.connect(self._on_laid_out)
        self.find_bar = FindBar()
        self.finder = Finder(self.find_bar, self.text, background)
        FindKeys(self, self.finder, self.open_find)
        self.headings = HeadingsList()
        self.headings.chosen.connect(self._jump)
        self.diff = DiffView(background)
        self.steps = StepBar("run")
        self.steps.stepped.connect(self.step_wanted)
        self._modes = QButtonGroup(self)
        self._tools = ToolRow()
        self._with = QPushButton("Compare with…")
        self._with.clicked.connect(self._pick_other)
        self._outline = QToolButton()
        self._stack = QStackedWidget()
        self._split = QSplitter()
        self._lay_out()
        self.show_mode(Mode.RENDERED)

    def show_seen(self, seen: Seen) -> None:
        """Show a run; the same one with the same text keeps the place."""
        record, detail = seen.record, seen.detail
        assert isinstance(record, ExecutionRecord)
        assert isinstance(detail, RecordDetail)
        is_same = self._record is not None and self._record.pk == record.pk
        tasks = detail.related.get("task", ())
        self._record, self._task_id = record, tasks[0].id if tasks else None
        self._base.follow(detail.description, record.version)
        is_shown = is_same and (self.is_editing() or detail.description == self._source)
        self._source = detail.description
        if is_shown:
            return
        if not is_same:
            self._other = None
        self._edit.setEnabled(seen.may_edit and len(self._source) <= RENDER_LIMIT)
        if self.mode is Mode.DIFF:
            self._compare()
        else:
            place = self.text.markdown.verticalScrollBar().value() if is_same else 0
            self.text.show_text(self._source, place)

    def show_mode(self, mode: Mode) -> None:
        """Show the text in another way."""
        self.finish()
        self.mode = mode
        for button in self._modes.buttons():
            button.setChecked(button.text() == mode.value)
        is_diff = mode is Mode.DIFF
        self._tools.offer(self._with, is_diff)
        self._tools.offer(self._outline, not is_diff)
        self._stack.setCurrentWidget(self.diff if is_diff else self._split)
        if is_diff:
            self.find_bar.hide()
            self._compare()
            return
        self.text.show_raw(mode is Mode.RAW)
        if self.text.text != self._source:
            self.text.show_text(self._source)

    def show_match(self, terms: Terms) -> None:
        """Go to the first place of what was searched for, and mark them all."""
        if self.mode is Mode.DIFF:
            self.show_mode(Mode.RENDERED)
        self.finder.find(terms)

    def open_find(self) -> None:
        """Show the find bar, leaving the difference for the text."""
        if self.mode is Mode.DIFF:
            self.show_mode(Mode.RENDERED)
        self.finder.open()

    def enter(self) -> None:
        """Give the focus to what is shown."""
        shown = self._stack.currentWidget()
        (self.text.view if shown is self._split else shown).setFocus()

    # Writing

    def start_editing(self) -> None:
        """Show the source in an editor."""
        if self._record is not None and self._edit.isEnabled():
            self._base = Base(self._source, self._record.version)
            self.find_bar.hide()
            self._editor.edit(self._source)
            self._stack.setCurrentWidget(self._editor)
            self._editor.setFocus()

    def is_editing(self) -> bool:
        """Whether the text is being written."""
        return self._stack.currentWidget() is self._editor

    def finish(self) -> None:
        """Save what is being written, if anything, and show it."""
        if self.is_editing():
            self._save(self._editor.text())

    def _save(self, text: str) -> None:
        is_changed = self._editor.is_changed() and text not in {self._base.text, self._source}
        if is_changed:
            self._source = text
        self._leave_editor()
        if is_changed:
            self.edited.emit(text, self._base.version)

    def _leave_editor(self) -> None:
        had_focus = self._editor.isAncestorOf(self.focusWidget())
        self._stack.setCurrentWidget(self._split)
        self.show_mode(Mode.RAW if self.mode is Mode.RAW else Mode.RENDERED)
        if had_focus:
            self.text.view.setFocus()

    def step_in_task(self, distance: int) -> None:
        """Ask for the next run of the same task (1), or for the one before (-1)."""
        run, task_id = self._record, self._task_id
        if run is None:
            return

        def take(near: ExecutionRecord | None) -> None:
            if near is not None:
                self.chosen.emit(near.pk)

        self._latest.ask(
            lambda storage, token: _run_near(storage, task_id, run.pk, distance, token),
            take,
            self._fail,
        )

    def show_standing(self, seen: Seen, standing: Standing | None) -> None:
        """Say where in a list a run stands; without one, where among those of its task."""
        self._placing.cancel()
        self.steps.show_standing(standing)
        tasks = seen.related("task")
        if standing is None and tasks:
            self._placing.ask(
                lambda storage, token: Course(
                    Kind.EXECUTION, _runs_of(storage, tasks[0].id, token), "this task"
                ).standing(*seen.key),
                self.steps.show_standing,
                self._fail,
            )

    # Comparing

    def _compare(self) -> None:
        """Compare with the run that was picked, or else with the one before."""
        run = self._record
        if run is None:
            return
        if self._other is not None:
            self._compare_with(self._other)
            return
        task_id = self._task_id
        self._latest.ask(
            lambda storage, token: _run_near(storage, task_id, run.pk, -1, token),
            self._show_before,
            self._fail,
        )

    def _show_before(self, before: ExecutionRecord | None) -> None:
        if before is not None:
            self._compare_with(before.pk)
            return
        self.diff.show_words(
            "This is the first turn", "Pick another run above to compare this one with it."
        )

    def _compare_with(self, other: int) -> None:
        assert self._record is not None
        pk = self._record.pk

        def read(storage: Storage, token: CancelToken) -> tuple[Side, Side]:
            kind = Kind.EXECUTION
            return read_side(storage, kind, other, token), read_side(storage, kind, pk, token)

        self.diff.show_reading(read)

    def _pick_other(self) -> None:
        opener = self._with if self._with.isVisible() else self._tools.more
        picker = Picker("Compare with which run?", self._find_runs(), self._background, opener)
        picker.picked.connect(self._take_other)
        picker.open_at(opener)

    def _take_other(self, pk: int) -> None:
        self._other = pk
        self._compare()

    def _find_runs(self) -> Find:
        """Find the runs of this task; with words typed, those of all tasks."""
        own = None if self._record is None else self._record.pk
        task_id = self._task_id

        def find(text: str, storage: Storage, token: CancelToken) -> list[Option]:
            query = ExecutionQuery(
                text=text,
                task_id=None if text else task_id,
                places=KEPT,
                sort=ExecutionSort.UPDATED if text else ExecutionSort.TURN,
                descending=bool(text),
            )
            runs = storage.find(query, SHOWN, 0, token).items
            return [
                Option(run.pk, name_of(run), run.status.word)
                for run in runs
                if isinstance(run, ExecutionRecord) and run.pk != own
            ]

        return find

    def _fail(self, error: SheafError) -> None:
        self.diff.show_words(error.what, f"{error.safe} {error.advice}")

    # Headings

    def _on_laid_out(self) -> None:
        if not self.text.is_raw:
            self._show_headings(headings_of_document(self.text.markdown.document()))
            return
        source = self.text.text
        self._latest.ask(
            lambda _storage, token: headings_of_source(source, token),
            self._show_headings,
            self._fail,
        )

    def _show_headings(self, headings: Sequence[Heading]) -> None:
        self.headings.show_headings(headings)
        self._outline.setEnabled(bool(headings))
        self._show_outline()

    def _show_outline(self) -> None:
        wanted = self._outline.isChecked() and self._outline.isEnabled()
        self.headings.setVisible(wanted)

    def _jump(self, offset: int) -> None:
        self.text.go_to(offset)
        self.text.view.setFocus()

    # Building

    def _lay_out(self) -> None:
        tools = self._tools
        for mode in Mode:
            button = QToolButton()
            button.setText(mode.value)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(lambda _checked, m=mode: self.show_mode(m))
            self._modes.addButton(button)
            tools.add(button)
        tools.add(self._with, _LESS, offered=False)
        self._outline.setText("Headings")
        self._outline.setCheckable(True)
        self._outline.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._outline.setEnabled(False)
        self._outline.toggled.connect(lambda _on: self._show_outline())
        tools.add(self._outline, _LESS)
        self._edit = icon_button("edit", "Edit the text", self.start_editing)
        tools.add(self._edit, _LESS)
        tools.add(icon_button("search", "Find in this text (Ctrl+F)", self.open_find), 1)
        tools.add(icon_button("export", "Save the text to a file", self.text.save), _LESS)
        tools.add(self.steps)
        tools.add(self.steps.label, _LESS)
        self._split.addWidget(self.text)
        self._split.addWidget(self.headings)
        self._split.setStretchFactor(0, 1)
        self._split.setChildrenCollapsible(False)
        self.headings.hide()
        self._stack.addWidget(self._split)
        self._stack.addWidget(self.diff)
        self._stack.addWidget(self._editor)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, current_theme().px(SPACE_PX) // 2, 0, 0)
        column.addWidget(tools)
        column.addWidget(self.find_bar)
        column.addWidget(self._stack, 1)

    # -- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_roomy = self.width() >= current_theme().px(_ROOMY_PX)
        wanted = Qt.Orientation.Horizontal if is_roomy else Qt.Orientation.Vertical
        if self._split.orientation() is not wanted:
            self._split.setOrientation(wanted)


def _run_near(
    storage: Storage, task_id: str | None, pk: int, distance: int, token: CancelToken
) -> ExecutionRecord | None:
    """Return the run that comes so far after one, or before it, among those of its task."""
    if task_id is None:
        raise RecordNotFoundError("The task of this run is gone.")
    pks = _runs_of(storage, task_id, token)
    at = pks.index(pk) + distance if pk in pks else -1
    found = storage.fetch(Kind.EXECUTION, pks[at : at + 1], token) if at >= 0 else []
    return found[0] if found and isinstance(found[0], ExecutionRecord) else None


def _runs_of(storage: Storage, task_id: str, token: CancelToken) -> list[int]:
    query = ExecutionQuery(
        task_id=task_id, places=KEPT, sort=ExecutionSort.TURN, descending=False
    )
    return list(storage.ids(query, MOST, 0, token))
