"""Making a batch or a task by hand."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from db.errors import SheafError
from db.ports import EditValue
from db.records import BatchRecord, Kind, Outcome
from db.vocabulary import Priority, Status
from desktop_app.detail.elided_button import ElidedButton
from desktop_app.detail.picker import Option, Picker, batches
from desktop_app.detail.tags_editor import TagsEditor
from desktop_app.dialogs.frame import dialog_column
from desktop_app.look.text import status_word
from desktop_app.look.theme import current_theme
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.workspace import Workspace


class _NewDialog(QDialog):
    """What both kinds need: a title, a description, and saving.

    `created` carries the kind and pk of the new record.
    """

    created = Signal(object, int)
    kind: Kind

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._is_saving = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(f"New {self.kind.word}")
        self.title = QLineEdit()
        self.title.setAccessibleName("Title")
        self.title.textChanged.connect(self._enable)
        self.description = QPlainTextEdit()
        self.description.setAccessibleName("Description, as Markdown")
        self.description.setPlaceholderText("Markdown, or just words")
        self.description.setTabChangesFocus(True)
        self._error = PlainLabel("", "error")
        self._error.setWordWrap(True)
        self._error.hide()
        self._create = QPushButton(f"Create {self.kind.word}")
        self._create.setProperty("primary", True)
        self._create.setDefault(True)
        self._create.setEnabled(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self._create, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.form = QFormLayout()
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.form.addRow("&Title", self.title)
        column = dialog_column(self)
        column.addLayout(self.form)
        column.addWidget(self._error)
        column.addWidget(buttons)
        workspace.failed.connect(self._show_error)
        self._fill_form()
        self.form.addRow("&Description", self.description)
        self.resize(current_theme().px(480), self.sizeHint().height())

    def _fill_form(self) -> None:
        """Add what this kind has beside a title and a description."""

    def _save(self) -> None:
        raise NotImplementedError

    def _finish(self, outcome: Outcome) -> None:
        super().accept()
        self.created.emit(self.kind, outcome.changed[self.kind][0])

    def _show_error(self, error: SheafError) -> None:
        self._error.setText(str(error))
        self._error.show()
        self._is_saving = False
        self._enable()

    def _enable(self) -> None:
        self._create.setEnabled(bool(self.title.text().strip()))

    # -- Qt overrides

    def accept(self) -> None:
        if self._create.isEnabled():
            self._is_saving = True
            self._create.setEnabled(False)
            self._save()

    def reject(self) -> None:
        if not self._is_saving:
            super().reject()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enters = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enters and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.accept()
        else:
            super().keyPressEvent(event)


class NewBatchDialog(_NewDialog):
    """Makes an empty batch."""

    kind = Kind.BATCH

    def _save(self) -> None:
        self._workspace.create_batch(
            self.title.text(), self.description.toPlainText(), self._finish
        )


class NewTaskDialog(_NewDialog):
    """Makes a task, in a batch or in none."""

    kind = Kind.TASK

    def __init__(
        self,
        workspace: Workspace,
        batch: BatchRecord | None = None,
        parent: QWidget | None = None,
    ) -> None:
        self._batch_id: str | None = None
        self._tags: tuple[str, ...] = ()
        super().__init__(workspace, parent)
        self._take_batch(batch)

    def _fill_form(self) -> None:
        self.batch = ElidedButton()
        self.batch.clicked.connect(self._pick_batch)
        self.status = QComboBox()
        for status in Status:
            self.status.addItem(status_word(status), int(status))
        self.status.setCurrentIndex(self.status.findData(int(Status.QUEUED)))
        self.priority = QComboBox()
        for priority in Priority:
            self.priority.addItem(priority.word.capitalize(), int(priority))
        self.priority.setCurrentIndex(self.priority.findData(int(Priority.MEDIUM)))
        self.tags = TagsEditor(self._workspace.background)
        self.tags.edited.connect(self._take_tags)
        for name, field in (
            ("&Batch", self.batch),
            ("&Status", self.status),
            ("&Priority", self.priority),
            ("Tags", self.tags),
        ):
            self.form.addRow(name, field)
        self.status.setAccessibleName("Status")
        self.priority.setAccessibleName("Priority")

    def _pick_batch(self) -> None:
        picker = Picker(
            "Find a batch",
            lambda text, storage, token: [
                *batches(text, storage, token),
                Option(None, "None"),
            ],
            self._workspace.background,
            self,
        )
        picker.picked.connect(self._take_batch)
        picker.open_at(self.batch)

    def _take_batch(self, batch: BatchRecord | None) -> None:
        self._batch_id = None if batch is None else batch.id
        words = "None" if batch is None else batch.title
        self.batch.show_words(words, "Batch: ")
        self.batch.setAccessibleName(f"Batch: {words}")

    def _take_tags(self, names: tuple[str, ...]) -> None:
        self._tags = names
        self.tags.show_tags(names)

    def _save(self) -> None:
        fields: dict[str, EditValue] = {
            "title": self.title.text(),
            "description": self.description.toPlainText(),
            "batch": self._batch_id,
            "status": self.status.currentData(),
            "priority": self.priority.currentData(),
            "tags": self._tags,
        }
        self._workspace.create_task(fields, self._finish)
