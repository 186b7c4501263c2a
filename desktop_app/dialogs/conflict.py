"""Two people changed the same record: field by field, whose value is to stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)

from db.records import TaskDetail
from db.repositories import EditValue
from db.vocabulary import LinkKind, Priority, Review, Severity, Status
from desktop_app.detail.record_words import confidence_word, review_word
from desktop_app.detail.seen import Seen
from desktop_app.dialogs.frame import dialog_column
from desktop_app.look.text import local_time, relative_time, status_word
from desktop_app.look.theme import current_theme
from desktop_app.widgets.plain_label import PlainLabel

_SHOWN: Final = 4_000
"""Characters of a value; enough to tell two versions apart."""


class ConflictDialog(QDialog):
    """Shows a person's values beside those stored meanwhile, and lets them choose.

    `titles` are those of the records that the fields name by id. `kept_mine` carries the
    fields to save, `kept_theirs` comes when there are none.
    """

    kept_mine = Signal(dict)
    kept_theirs = Signal()

    def __init__(
        self,
        mine: Mapping[str, EditValue],
        theirs: Seen,
        titles: Mapping[str, str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._mine = mine
        self._titles = titles
        self._choices: dict[str, QRadioButton] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Changed by someone else")
        head = PlainLabel("Someone else changed this meanwhile", "title")
        what = PlainLabel(
            f"“{theirs.record.title[:120]}” was saved "
            f"{relative_time(theirs.record.updated_at)}, after you had opened it. Your change "
            "is not saved yet. Choose which value stays; either can be undone."
        )
        what.setWordWrap(True)
        self._save = QPushButton("Save mine")
        self._save.setProperty("primary", True)
        self._save.clicked.connect(self.accept)
        self._keep = QPushButton("Keep theirs")
        self._keep.clicked.connect(self.reject)
        buttons = QDialogButtonBox()
        buttons.addButton(self._keep, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.addButton(self._save, QDialogButtonBox.ButtonRole.AcceptRole)
        column = dialog_column(self)
        column.addWidget(head)
        column.addWidget(what)
        column.addLayout(self._make_grid(theirs), 1)
        column.addWidget(buttons)
        self.resize(current_theme().px(620), self.sizeHint().height())

    def chosen(self) -> dict[str, EditValue]:
        """Return the fields in which the person's own value is to stay."""
        return {
            name: self._mine[name] for name, mine in self._choices.items() if mine.isChecked()
        }

    def choose(self, field: str, *, mine: bool) -> None:
        """Choose whose value of a field stays."""
        group = self._choices[field].group()
        group.button(int(mine)).setChecked(True)

    def _make_grid(self, theirs: Seen) -> QGridLayout:
        grid = QGridLayout()
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for place, (field, value) in enumerate(self._mine.items()):
            name = field_words(field)
            grid.addWidget(PlainLabel(name, "head"), 3 * place, 0, 1, 2)
            group = QButtonGroup(self)
            for column, (whose, words) in enumerate(
                (
                    ("Mine", value_words(field, value, self._titles)),
                    ("Theirs", value_words(field, _stored_value(theirs, field), {})),
                )
            ):
                button = QRadioButton(whose)
                button.setAccessibleName(f"{name}: keep {whose.lower()}")
                group.addButton(button, int(column == 0))
                grid.addWidget(button, 3 * place + 1, column)
                grid.addWidget(
                    _value_box(f"{name}, {whose.lower()}", words), 3 * place + 2, column
                )
            self._choices[field] = group.button(1)
            group.button(1).setChecked(True)
            group.buttonToggled.connect(self._name_button)
        return grid

    def _name_button(self) -> None:
        chosen = len(self.chosen())
        self._save.setEnabled(chosen > 0)
        self._save.setText("Save mine" if chosen == len(self._mine) else "Save my choice")

    # -- Qt overrides

    def accept(self) -> None:
        super().accept()
        self.kept_mine.emit(self.chosen())

    def reject(self) -> None:
        super().reject()
        self.kept_theirs.emit()


def _stored_value(theirs: Seen, field: str) -> EditValue:
    """Return a stored field as an edit would write it, with titles for ids."""
    if field == "description" or field in getattr(theirs.detail, "texts", ()):
        return theirs.text(field)
    if field in _POINTERS:
        return theirs.title_of(field)
    if field in _LISTS:
        return [record.title for record in theirs.related(field)]
    if field == "links":
        assert isinstance(theirs.detail, TaskDetail)
        links = theirs.detail.links
        return [(link.task.title, link.kind) for link in links if not link.incoming]
    value: EditValue = getattr(theirs.record, field)
    return value


def field_words(field: str) -> str:
    """Return what a person calls a field."""
    return field.replace("_", " ").capitalize()


def value_words(field: str, value: Any, titles: Mapping[str, str]) -> str:
    """Return a value of a field as a person reads it."""
    if field in _POINTERS:
        return "None" if value is None else titles.get(value, value)
    if field in _LISTS:
        return "\n".join(titles.get(id_, id_) for id_ in value) or "None"
    if field == "links":
        return (
            "\n".join(f"{LinkKind(kind).word} {titles.get(id_, id_)}" for id_, kind in value)
            or "None"
        )
    if field in _SAID:
        return _SAID[field](value)
    return str(value or "None")


_POINTERS: Final = frozenset({"batch", "task", "parent", "superseded_by"})
_LISTS: Final = frozenset({"tasks", "evidence"})
_SAID: Final[Mapping[str, Callable[[Any], str]]] = {
    "status": lambda value: status_word(Status(value)),
    "priority": lambda value: Priority(value).word.capitalize(),
    "severity": lambda value: Severity(value).word.capitalize(),
    "review": lambda value: review_word(Review(value)),
    "confidence": confidence_word,
    "tags": lambda value: ", ".join(value) or "None",
    **dict.fromkeys(("turn", "attempt"), str),
    **dict.fromkeys(
        ("started_at", "completed_at", "lease_until"),
        lambda value: "None" if value is None else local_time(value),
    ),
}


def _value_box(name: str, words: str) -> QWidget:
    shown = words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"
    if "\n" not in shown and len(shown) < 80:  # noqa: PLR2004
        label = PlainLabel(shown)
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        return label
    box = QPlainTextEdit(shown)
    box.setAccessibleName(name)
    box.setReadOnly(True)
    box.setTabChangesFocus(True)
    return box
