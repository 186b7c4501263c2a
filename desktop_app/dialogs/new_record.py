"""Making a record by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from db.cancel import CancelToken
from db.errors import SheafError
from db.ports import Storage
from db.records import AnyRecord, Kind, MessageRecord, Outcome, kind_of
from db.repositories import EditValue
from db.vocabulary import Priority, Severity, Status
from desktop_app.detail.picker import batches, tasks
from desktop_app.dialogs import entries
from desktop_app.dialogs.entries import Entry, Field, PlaceEntry, PlacesEntry
from desktop_app.dialogs.frame import dialog_column
from desktop_app.latest import Latest
from desktop_app.look.text import status_word
from desktop_app.look.theme import current_theme
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.workspace import Workspace


class NewDialog(QDialog):
    """Asks for what a record of a kind has, and makes it.

    It belongs to the same batch and task as `near`, or to that record itself, unless the
    person says otherwise. `given` are fields it has from the start, of which those that the
    dialog does not show are kept as they are; `note` says what they are.
    `created` carries the kind and pk of the new record.
    """

    created = Signal(object, int)

    def __init__(
        self,
        workspace: Workspace,
        kind: Kind,
        near: AnyRecord | None = None,
        given: Mapping[str, EditValue] | None = None,
        parent: QWidget | None = None,
        note: str = "",
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._kind = kind
        self.note = PlainLabel(note, "muted")
        self.note.setWordWrap(True)
        self.note.setVisible(bool(note))
        self._given = dict(given or {})
        self._is_saving = False
        self._entries: dict[str, Entry] = {}
        self._latest = Latest(workspace.background, self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(f"New {kind.word}")
        self._error = PlainLabel("", "error")
        self._error.setWordWrap(True)
        self._error.hide()
        self._create = QPushButton(f"Create {kind.word}")
        self._create.setProperty("primary", True)
        self._create.setEnabled(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self._create, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = dialog_column(self)
        column.addWidget(self.note)
        column.addLayout(self._make_form(), 1)
        column.addWidget(self._error)
        column.addWidget(buttons)
        # Only a dialog's own button keeps Enter from the first one that a field has.
        self._create.setDefault(True)
        workspace.failed.connect(self._show_error)
        self._put_given()
        self._put_near(near)
        room = self.screen().availableGeometry().height() * 9 // 10
        self.resize(current_theme().px(480), min(self.sizeHint().height(), room))

    def __getitem__(self, field: str) -> QWidget:
        """Return the widget that a field is written in."""
        return self._entries[field].widget

    def _make_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for field in FIELDS[self._kind]:
            entry = field.make(self._workspace.background)
            self._entries[field.name] = entry
            form.addRow(field.label, entry.widget)
        needed = self._entries[_needed(self._kind)].widget
        assert isinstance(needed, QLineEdit | QPlainTextEdit | PlaceEntry)
        written = needed.changed if isinstance(needed, PlaceEntry) else needed.textChanged
        written.connect(self._enable)
        return form

    def _put_given(self) -> None:
        for name in self._given.keys() & self._entries.keys():
            self._entries[name].put(self._given.pop(name))

    def _put_near(self, near: AnyRecord | None) -> None:
        if near is None:
            return
        self._put_home(near)

        def read(storage: Storage, token: CancelToken) -> list[AnyRecord]:
            return homes_of(storage, near, token)

        self._latest.ask(read, self._put_homes, self._show_error)

    def _put_homes(self, found: list[AnyRecord]) -> None:
        for record in found:
            self._put_home(record)

    def _put_home(self, record: AnyRecord) -> None:
        name = kind_of(record).word
        for field in (name, f"{name}s"):
            entry = self._entries.get(field)
            if entry is not None and isinstance(entry.widget, PlaceEntry | PlacesEntry):
                entry.widget.show_place(record)

    def _finish(self, outcome: Outcome) -> None:
        super().accept()
        self.created.emit(self._kind, outcome.changed[self._kind][0])

    def _show_error(self, error: SheafError) -> None:
        self._error.setText(str(error))
        self._error.show()
        self._is_saving = False
        self._enable()

    def _enable(self) -> None:
        value = self._entries[_needed(self._kind)].read()
        self._create.setEnabled(bool(str(value or "").strip()))

    # -- Qt overrides

    def accept(self) -> None:
        if self._create.isEnabled():
            self._is_saving = True
            self._create.setEnabled(False)
            read = {name: entry.read() for name, entry in self._entries.items()}
            fields = {name: value for name, value in read.items() if value is not None}
            self._workspace.create(self._kind, {**self._given, **fields}, self._finish)

    def reject(self) -> None:
        if not self._is_saving:
            super().reject()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enters = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enters and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.accept()
        else:
            super().keyPressEvent(event)


def homes_of(storage: Storage, record: AnyRecord, token: CancelToken) -> list[AnyRecord]:
    """Return the batch and the task that a record belongs to, as far as it does."""
    if isinstance(record, MessageRecord):
        held_in = storage.fetch(Kind.CONVERSATION, [record.conversation_pk], token)
        return [home for each in held_in for home in homes_of(storage, each, token)]
    found: list[AnyRecord] = []
    for kind in (Kind.BATCH, Kind.TASK):
        pk = getattr(record, f"{kind.word}_pk", None)
        if pk is not None:
            found += storage.fetch(kind, [pk], token)
    return found


def _needed(kind: Kind) -> str:
    """Return the field that a record cannot be without."""
    return {Kind.STATUS_UPDATE: "description", Kind.EXECUTION: "task"}.get(kind, "title")


_TITLE: Final = Field("title", "Title", entries.line("Title"))
_DESCRIPTION: Final = Field("description", "Description", entries.text("Description"))
_BATCH: Final = Field("batch", "Batch", entries.place("Batch", batches))
_TASK: Final = Field("task", "Task", entries.place("Task", tasks))
_TAGS: Final = Field("tags", "Tags", entries.tags)
_STATUS: Final = Field(
    "status",
    "Status",
    entries.choice("Status", [(int(s), status_word(s)) for s in Status], int(Status.QUEUED)),
)
_PRIORITY: Final = Field(
    "priority",
    "Priority",
    entries.choice(
        "Priority", [(int(p), p.word.capitalize()) for p in Priority], int(Priority.MEDIUM)
    ),
)
_SEVERITY: Final = Field(
    "severity",
    "Severity",
    entries.choice(
        "Severity", [(int(s), s.word.capitalize()) for s in Severity], int(Severity.MEDIUM)
    ),
)

FIELDS: Final[dict[Kind, tuple[Field, ...]]] = {
    Kind.BATCH: (_TITLE, _DESCRIPTION),
    Kind.TASK: (_TITLE, _BATCH, _STATUS, _PRIORITY, _TAGS, _DESCRIPTION),
    Kind.EXECUTION: (
        _TASK,
        Field("turn", "Turn", entries.number("Turn", 0, unsaid="The next one")),
        Field("step", "Step", entries.word("Step", Kind.EXECUTION, "step")),
        Field("attempt", "Attempt", entries.number("Attempt", 1, usual="1")),
        _STATUS,
        Field("decision", "Decision", entries.word("Decision", Kind.EXECUTION, "decision")),
        Field("started_at", "Started", entries.moment("Started")),
        Field("completed_at", "Completed", entries.moment("Completed")),
        Field("description", "Text", entries.text("Text")),
    ),
    Kind.BUG: (
        _TITLE,
        _SEVERITY,
        _STATUS,
        _BATCH,
        Field("tasks", "Tasks", entries.places("Task", tasks)),
        _DESCRIPTION,
        Field("steps", "Steps", entries.text("Steps")),
        Field("proposed_fix", "Proposed fix", entries.text("Proposed fix")),
    ),
    Kind.DESIGN_NOTE: (
        _TITLE,
        _BATCH,
        _TASK,
        Field("context", "Context", entries.text("Context")),
        Field("decision", "Decision", entries.text("Decision")),
        Field("consequences", "Consequences", entries.text("Consequences")),
    ),
    Kind.CONVERSATION: (_TITLE, _BATCH, _TASK, _DESCRIPTION),
    Kind.LEARNING: (
        _TITLE,
        Field("description", "Content", entries.text("Content")),
        Field("category", "Category", entries.word("Category", Kind.LEARNING, "category")),
        Field("confidence", "Confidence", entries.confidence),
        _TAGS,
        _BATCH,
        _TASK,
    ),
    Kind.STATUS_UPDATE: (
        Field("description", "Text", entries.text("Text")),
        Field("actor", "Actor", entries.word("Actor", Kind.STATUS_UPDATE, "actor")),
        _BATCH,
        _TASK,
    ),
}
"""What is asked for each kind of record, in order."""
