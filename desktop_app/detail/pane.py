"""Everything about one record, beside the table or in a window of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from db.errors import RecordNotFoundError, SheafError
from db.ports import EditValue
from db.records import Kind, OperationRecord, TaskDetail
from desktop_app.actions.registry import ActionRegistry
from desktop_app.detail.description_view import DescriptionView
from desktop_app.detail.editing import Editing
from desktop_app.detail.facts import BatchFacts, TaskFacts
from desktop_app.detail.footer import Footer
from desktop_app.detail.header import Header
from desktop_app.detail.history_view import HistoryView
from desktop_app.detail.links_view import LinksView
from desktop_app.detail.operation_view import OperationView
from desktop_app.detail.original_view import OriginalView
from desktop_app.detail.payload_view import PayloadView
from desktop_app.detail.seen import Seen, see
from desktop_app.detail.tabs import Tabs
from desktop_app.detail.tasks_view import TasksView
from desktop_app.latest import Latest
from desktop_app.look.text import count
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_PADDING_PX, SPACE_PX
from desktop_app.widgets.buttons import ButtonSpec
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.workspace import Workspace

LOADING_MS: Final = 300
_TABS_PX: Final = 220


class DetailPane(QFrame):
    """Shows a batch or a task and saves each change to it at once; or an operation.

    `record_chosen` carries the kind and pk of another record that a person wants to see,
    `edited` the `Outcome` of a change, `seen_anew` the record each time it was read.
    """

    record_chosen = Signal(object, int)
    edited = Signal(object)
    seen_anew = Signal(object)

    def __init__(
        self,
        workspace: Workspace,
        actions: ActionRegistry | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName("Details")
        self._key: tuple[Kind, int] | None = None
        self._seen: Seen | None = None
        background = workspace.background
        self._latest = Latest(background, self)
        self._loading = QTimer(self)
        self._loading.setSingleShot(True)
        self._loading.setInterval(LOADING_MS)
        self._loading.timeout.connect(self._show_loading)
        self.header = Header()
        self.task_facts = TaskFacts(background)
        self.batch_facts = BatchFacts()
        self.tasks = TasksView(background)
        self.description = DescriptionView(background)
        self.payload = PayloadView(background)
        self.links = LinksView(background)
        self.history = HistoryView(background)
        self.original = OriginalView(background)
        self.tabs = Tabs(
            {
                "Tasks": self.tasks,
                "Overview": self.description,
                "Payload": self.payload,
                "Links": self.links,
                "History": self.history,
                "Original": self.original,
            }
        )
        self.footer = Footer(workspace, actions)
        self.operation = OperationView(workspace)
        self.state = StatePanel()
        self._page = QWidget()
        self._stack = QStackedWidget(self)
        self._lay_out()
        self._editing = Editing(workspace, self)
        self._connect(workspace)
        self.clear()

    @property
    def key(self) -> tuple[Kind, int] | None:
        """The kind and pk of the record that is shown or being read."""
        return self._key

    def show_record(self, kind: Kind, pk: int) -> None:
        """Show a record; the same one again is only read anew."""
        if (kind, pk) == self._key:
            self.refresh()
            return
        self.finish_editing()
        self._key = (kind, pk)
        self._loading.start()
        self._read()

    def show_several(self, number: int, summary: str = "") -> None:
        """Say that so many records are selected, and what they are."""
        self._show_state("check", f"{count(number)} selected", summary)

    def show_operation(self, operation: OperationRecord) -> None:
        """Show what an operation did."""
        self._leave_record()
        self.operation.show_operation(operation)
        self._stack.setCurrentWidget(self.operation)

    def clear(self) -> None:
        """Say that nothing is selected."""
        self._show_state(
            "file", "Nothing selected", "Select a batch or a task to see all of it here."
        )

    def refresh(self) -> None:
        """Read the record anew, keeping the tab and the place in it."""
        if self._key is not None:
            self._read()

    def edit_title(self) -> None:
        """Turn the title into a field."""
        if self._seen is not None:
            self.header.title.start()

    def finish_editing(self) -> None:
        """Save what is being written in a field."""
        self.header.title.finish()
        self.description.finish()

    def _read(self) -> None:
        key = self._key
        self._latest.ask(lambda storage, _token: see(storage, *key), self._show, self._fail)

    def _show(self, seen: Seen) -> None:
        self._loading.stop()
        if self._seen is None or self._seen.key != seen.key:
            self._scroll.verticalScrollBar().setValue(0)
        self._seen = seen
        self._editing.follow()
        self.header.show_record(seen.record)
        is_task = isinstance(seen.detail, TaskDetail)
        self.task_facts.setVisible(is_task)
        self.batch_facts.setHidden(is_task)
        if isinstance(seen.detail, TaskDetail):
            self.task_facts.show_detail(seen.detail)
        else:
            self.batch_facts.show_record(seen.detail.record)
        self.tabs.show_seen(seen)
        self.footer.show_seen(seen)
        self._stack.setCurrentWidget(self._page)
        self.seen_anew.emit(seen)

    def _fail(self, error: SheafError) -> None:
        self._loading.stop()
        self._seen = None
        if isinstance(error, RecordNotFoundError):
            self._put_state("trash", "This record is gone", "It was deleted permanently.")
        else:
            again = ("Try again", self.refresh, True)
            self._put_state("error", error.what, f"{error.safe} {error.advice}", [again])

    def _show_loading(self) -> None:
        self._put_state("clock", "Loading…", "")

    def _show_state(self, picture: str, headline: str, sentence: str) -> None:
        self._leave_record()
        self._put_state(picture, headline, sentence)

    def _leave_record(self) -> None:
        self.finish_editing()
        self._latest.cancel()
        self._loading.stop()
        self._key = self._seen = None

    def _put_state(
        self, picture: str, headline: str, sentence: str, buttons: Sequence[ButtonSpec] = ()
    ) -> None:
        self.state.show_state(picture, headline, sentence, buttons)
        self._stack.setCurrentWidget(self.state)

    def _save(self, changes: dict[str, EditValue]) -> None:
        if self._seen is not None:
            self._editing.save(self._seen.key, self._seen.record.version, changes)

    def _connect(self, workspace: Workspace) -> None:
        self.header.title.edited.connect(lambda title: self._save({"title": title}))
        self.header.batch_chosen.connect(lambda pk: self.record_chosen.emit(Kind.BATCH, pk))
        self.task_facts.edited.connect(self._save)
        self.description.edited.connect(lambda text: self._save({"description": text}))
        for view in (self.tasks, self.links):
            view.chosen.connect(lambda pk: self.record_chosen.emit(Kind.TASK, pk))
        self.links.revised.connect(self._editing.revise)
        self._editing.done.connect(self.edited)
        for changed in (
            workspace.changed,
            workspace.noticed,
            workspace.failed,
            self._editing.dropped,
        ):
            changed.connect(self.refresh)

    def _lay_out(self) -> None:
        px = current_theme().px
        content = QWidget()
        column = QVBoxLayout(content)
        padding = px(CARD_PADDING_PX)
        column.setContentsMargins(padding, padding, padding, 0)
        column.setSpacing(px(SPACE_PX))
        for part in (self.header, self.task_facts, self.batch_facts):
            column.addWidget(part)
        self.tabs.setMinimumHeight(px(_TABS_PX))
        column.addWidget(self.tabs, 1)
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        for ground in (content, scroll.viewport()):
            ground.setAutoFillBackground(False)
        self.footer.setContentsMargins(padding, 0, padding, padding)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(scroll, 1)
        page.addWidget(self.footer)
        self._stack.addWidget(self.state)
        self._stack.addWidget(self._page)
        self._stack.addWidget(self.operation)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 1, 1, 1)
        whole.addWidget(self._stack)
