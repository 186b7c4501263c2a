"""Choosing which member of an object is which field, with what comes of it beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as AnyMapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec.structs import asdict, replace
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from db.exchange.mapping import BECOMES, NOTHING, Mapping, Rows, members_of, unknown_words
from db.incoming import IncomingRecord, IncomingTask
from db.records import Kind
from db.vocabulary import Priority, Severity, Status
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.file_dialog import FileDialog
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.plain_table import RowsModel, RowsTable

_NOWHERE: Final = "Nothing"
_FIELDS: Final = {
    "id": "Id",
    "title": "Title",
    "status": "Status",
    "description": "Description",
    "priority": "Priority",
    "kind": "Kind",
    "tags": "Tags",
    "created": "Created",
    "updated": "Updated",
    "parent": "Part of",
    "needs": "Waits for",
}
_NAMES: Final = {(Kind.BUG, "priority"): "Severity", (Kind.LEARNING, "kind"): "Category"}
_LIST_PX: Final = 370
_LABEL_PX: Final = 135
_COLUMN_PX: Final = 120


class MappingBox(QWidget):
    """A list for each field, and the first records as they would be.

    `chosen` carries a `Mapping` each time another one was chosen, `saved` the path of a file
    that a person wants it written to.
    """

    chosen = Signal(object)
    saved = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mapping = Mapping()
        self._rows: Rows = ()
        self._lists: dict[str, QComboBox] = {}
        self.kind = QComboBox()
        self.kind.setAccessibleName("Each object becomes")
        self.kind.addItems([f"A {kind.word}" for kind in BECOMES])
        self.kind.activated.connect(self._on_kind)
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.model = RowsModel(())
        self.table = RowsTable("The first records as they would be", self.model, -1)
        self.note = PlainLabel(role="muted")
        self.note.setWordWrap(True)
        self._lay_out()

    def show_mapping(self, mapping: Mapping, rows: Rows) -> None:
        """Show how objects, of which `rows` are the first, are to be read."""
        self._mapping, self._rows = mapping, rows
        self.kind.setCurrentIndex([*BECOMES].index(mapping.kind))
        self._fill()

    def show_preview(self, records: Sequence[IncomingTask | IncomingRecord]) -> None:
        """Show the first records as they would be."""
        fields = [field for field in BECOMES[self._mapping.kind] if self._is_shown(field)]
        headings = [_name(self._mapping.kind, field) for field in fields]
        self.model.show_rows(
            [tuple(_shown(record, field) for field in fields) for record in records], headings
        )
        for column, field in enumerate(fields):
            wide = _WIDE.get(field, 1.0)
            self.table.setColumnWidth(column, current_theme().px(int(_COLUMN_PX * wide)))
        self.note.setText(f"The first {text.counted(len(records), 'record', 'records')}:")

    def list_of(self, field: str) -> QComboBox:
        """Return the list in which the member for a field, or a word's state, is chosen."""
        return self._lists[field]

    def _is_shown(self, field: str) -> bool:
        """Whether the preview has a column for a field: every one that some member holds."""
        is_held = self._mapping.members.get(field, NOTHING) != NOTHING
        return field not in _QUIET and (is_held or field in _ALWAYS)

    def _fill(self) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self._lists = {}
        members = [NOTHING, *members_of(self._rows)]
        kind = self._mapping.kind
        for field in BECOMES[kind]:
            chosen = self._mapping.members.get(field, NOTHING)
            offered = members if chosen in members else [*members, chosen]
            self._add(
                field,
                _name(kind, field),
                [" / ".join(_parts(each)) or _NOWHERE for each in offered],
                offered.index(chosen),
                partial(self._on_member, field, offered),
            )
        if "status" in BECOMES[kind]:
            self._add_states()

    def _add_states(self) -> None:
        member = self._mapping.members.get("status", NOTHING)
        words = dict.fromkeys((*self._mapping.statuses, *unknown_words(self._rows, member)))
        for word in words:
            state = self._mapping.statuses.get(word, Status.QUEUED.word)
            self._add(
                f"“{word}”",
                f"“{word[:24]}” means",
                [text.status_word(status) for status in Status],
                int(Status[state.upper()]),
                partial(self._on_state, word),
            )

    def _add(
        self, key: str, label: str, offered: Sequence[str], place: int, on_choice: object
    ) -> None:
        chosen = QComboBox()
        chosen.setAccessibleName(label)
        chosen.addItems(offered)
        chosen.setCurrentIndex(place)
        chosen.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        chosen.setMinimumContentsLength(10)
        chosen.activated.connect(on_choice)
        self._lists[key] = chosen
        self._form.addRow(_label(label, chosen, role="muted"), chosen)

    def _on_kind(self, place: int) -> None:
        self._mapping = replace(self._mapping, becomes=[*BECOMES][place].word)
        self._fill()
        self.chosen.emit(self._mapping)

    def _on_member(self, field: str, offered: Sequence[str], place: int) -> None:
        members = {**self._mapping.members, field: offered[place]}
        self._mapping = replace(self._mapping, members=members)
        if field == "status":
            words = unknown_words(self._rows, offered[place])
            statuses = dict.fromkeys(words, Status.QUEUED.word)
            self._mapping = replace(self._mapping, statuses=statuses)
            self._fill()
            self._lists["status"].setFocus()
        self.chosen.emit(self._mapping)

    def _on_state(self, word: str, place: int) -> None:
        statuses = {**self._mapping.statuses, word: Status(place).word}
        self._mapping = replace(self._mapping, statuses=statuses)
        self.chosen.emit(self._mapping)

    def _ask_file(self) -> None:
        dialog = FileDialog(self, "Save the mapping", str(Path.home() / "mapping.json"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(lambda name: self.saved.emit(Path(name)))
        dialog.open()

    def _lay_out(self) -> None:
        px = current_theme().px
        fields = QWidget()
        column = QVBoxLayout(fields)
        column.setContentsMargins(0, 0, px(8), 0)
        top = QFormLayout()
        top.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        top.addRow(_label("Each object becomes", self.kind), self.kind)
        column.addLayout(top)
        column.addLayout(self._form)
        column.addWidget(
            push_button("Save the mapping…", self._ask_file), 0, Qt.AlignmentFlag.AlignLeading
        )
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(fields)
        for ground in (fields, scroll.viewport()):
            ground.setAutoFillBackground(False)
        preview = QFrame()
        preview.setProperty("card", True)
        right = QVBoxLayout(preview)
        right.setContentsMargins(1, px(8), 1, 1)
        self.note.setContentsMargins(px(10), 0, px(10), 0)
        right.addWidget(self.note)
        right.addWidget(self.table, 1)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.setAccessibleName("Fields and preview")
        split.addWidget(scroll)
        split.addWidget(preview)
        split.setStretchFactor(1, 1)
        split.setSizes([px(_LIST_PX), px(_LIST_PX) * 2])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(split)


def _label(words: str, field: QWidget, role: str = "") -> PlainLabel:
    """Return a label as wide as all others: what is beside it keeps its place and width."""
    label = PlainLabel(words.replace("&", "&&"), role=role)
    label.setBuddy(field)
    label.setWordWrap(True)
    label.setFixedWidth(current_theme().px(_LABEL_PX))
    return label


_QUIET: Final = frozenset({"parent", "needs"})
"""Fields that the preview does not show."""
_WIDE: Final = {"title": 1.8, "description": 1.8, "id": 0.7, "status": 0.9}
"""How much wider than others the columns of some fields are."""
_ALWAYS: Final = frozenset({"title", "status"})


def _parts(member: str) -> Sequence[str]:
    return member.strip("/").split("/") if member.startswith("/") else [member]


def _name(kind: Kind, field: str) -> str:
    return _NAMES.get((kind, field), _FIELDS[field])


def _shown(record: IncomingTask | IncomingRecord, field: str) -> str:
    """Return what a record would say in a field, as words."""
    given = record.fields if isinstance(record, IncomingRecord) else asdict(record)
    return _WORDS[field](record, given)


def _moment(time_us: int | None) -> str:
    return "" if time_us is None else text.local_time(time_us)


def _grade(given: AnyMapping[str, Any]) -> str:
    if "severity" in given:
        return Severity(given["severity"]).word.capitalize()
    return Priority(given["priority"]).word.capitalize()


_WORDS: Final[dict[str, Callable[[Any, AnyMapping[str, Any]], str]]] = {
    "id": lambda record, _given: record.external_id,
    "title": lambda record, _given: record.title,
    "description": lambda record, _given: record.description,
    "tags": lambda record, _given: ", ".join(record.tags),
    "created": lambda record, _given: _moment(record.created_at),
    "updated": lambda record, _given: _moment(record.updated_at),
    "status": lambda _record, given: text.status_word(Status(given["status"])),
    "priority": lambda _record, given: _grade(given),
    "kind": lambda _record, given: given.get("category", given.get("kind", "")),
}
