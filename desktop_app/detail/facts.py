"""What is known of a task or batch beside its title, with the means to change it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from db.ports import Storage
from db.records import BatchRecord, TaskDetail
from db.vocabulary import Priority
from desktop_app.background import Background
from desktop_app.detail.choice_button import ChoiceButton, PillButton, StatusButton
from desktop_app.detail.elided_button import ElidedButton
from desktop_app.detail.picker import Find, Option, Picker, batches, facet, tasks
from desktop_app.detail.tags_editor import TagsEditor
from desktop_app.look.text import counts_sentence, plain_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_PADDING_PX
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.summary_bar import SummaryBar

_NONE = Option(None, "None")


class TaskFacts(QWidget):
    """Status, priority, kind, tags, batch and parent of a task.

    `edited` carries the changed fields, as `Storage.edit` takes them.
    """

    edited = Signal(dict)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self.status = StatusButton()
        self.status.chosen.connect(lambda status: self.edited.emit({"status": int(status)}))
        self.priority = ChoiceButton(
            "Priority", [(p, f"{p.word.capitalize()} priority") for p in Priority]
        )
        self.priority.chosen.connect(lambda value: self.edited.emit({"priority": int(value)}))
        self.kind = PillButton()
        self.kind.clicked.connect(self._pick_kind)
        self.tags = TagsEditor(background)
        self.tags.edited.connect(lambda names: self.edited.emit({"tags": names}))
        self.batch = _PlaceButton("Batch")
        self.batch.clicked.connect(self._pick_batch)
        self.parent_task = _PlaceButton("Parent")
        self.parent_task.clicked.connect(self._pick_parent)
        self._pk = 0
        self._lay_out()

    def show_detail(self, detail: TaskDetail) -> None:
        """Show a task; nothing is emitted."""
        record = detail.record
        self._pk = record.pk
        self.status.show_value(record.status)
        if record.status_word:
            self.status.setToolTip(
                plain_tooltip(f"Change status. The source says: {record.status_word}")
            )
        self.priority.show_value(record.priority)
        self.kind.setText(record.kind[:24])
        self.kind.setAccessibleName(f"Kind: {record.kind}")
        self.kind.setToolTip("Change kind")
        self.tags.show_tags(record.tags)
        self.batch.show_title(record.batch_title if record.batch_pk is not None else None)
        self.parent_task.show_title(detail.parent.title if detail.parent else None)

    def _pick_kind(self) -> None:
        self._pick("Find or write a kind", facet("kind"), self.kind, "kind")

    def _pick_batch(self) -> None:
        self._pick("Find a batch", _or_none(batches), self.batch, "batch")

    def _pick_parent(self) -> None:
        pk = self._pk

        def find(text: str, storage: Storage, token: object) -> Sequence[Option]:
            return [o for o in tasks(text, storage, token) if o.value.pk != pk]

        self._pick("Find the parent task", _or_none(find), self.parent_task, "parent")

    def _pick(self, title: str, find: Find, opener: QWidget, field: str) -> None:
        picker = Picker(title, find, self._background, self)
        picker.picked.connect(
            lambda value: self.edited.emit({field: getattr(value, "id", value)})
        )
        picker.open_at(opener)

    def _lay_out(self) -> None:
        choices = QWidget()
        flow = FlowLayout(choices)
        for button in (self.status, self.priority, self.kind):
            flow.addWidget(button)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(2)
        grid.setHorizontalSpacing(current_theme().px(CARD_PADDING_PX))
        for row, (name, value) in enumerate(
            (("Tags", self.tags), ("Batch", self.batch), ("Parent", self.parent_task))
        ):
            label = PlainLabel(name, "muted")
            grid.addWidget(label, row, 0)
            grid.addWidget(value, row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(choices)
        column.addLayout(grid)


class BatchFacts(QWidget):
    """How many tasks of a batch are in each state."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = SummaryBar()
        self._words = PlainLabel("", "muted")
        self._words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.bar)
        column.addWidget(self._words)

    def show_record(self, record: BatchRecord) -> None:
        """Show a batch."""
        self.bar.show_counts(record.counts)
        self._words.setText(counts_sentence(record.counts))


class _PlaceButton(ElidedButton):
    """The batch or parent of a task; a click asks for another."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_title(self, title: str | None) -> None:
        shown = "None" if title is None else title or "Untitled"
        self.show_words(shown, f"Change {self._name.lower()}: ")
        self.setAccessibleName(f"{self._name}: {shown}")


def _or_none(find: Find) -> Find:
    def find_or_none(text: str, storage: Storage, token: object) -> list[Option]:
        return [*find(text, storage, token), _NONE]

    return find_or_none
