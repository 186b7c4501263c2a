"""The fields of the dialogs that make a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from db.ports import Storage
from db.records import AnyRecord, Kind
from db.repositories import EditValue
from desktop_app.background import Background
from desktop_app.detail.confidence import ConfidenceEditor
from desktop_app.detail.elided_button import ElidedButton
from desktop_app.detail.moment import HOW_TO_WRITE, read_moment
from desktop_app.detail.picker import Find, Picker, facet, or_none
from desktop_app.detail.tags_editor import TagChip, TagsEditor
from desktop_app.latest import Latest
from desktop_app.look.theme import current_theme
from desktop_app.widgets.flow_layout import FlowLayout

MOST_NUMBER: Final = 1_000_000


class Entry(NamedTuple):
    """A widget, what reads the value that is written in it, and what puts one there."""

    widget: QWidget
    read: Callable[[], EditValue]
    put: Callable[[Any], None]


Make: TypeAlias = Callable[[Background[Storage]], Entry]


class Field(NamedTuple):
    """A field to be asked for: what `Storage.create` calls it, its label and its entry."""

    name: str
    label: str
    make: Make


def line(name: str) -> Make:
    """Make a line of text."""

    def make(_background: Background[Storage]) -> Entry:
        field = QLineEdit()
        field.setAccessibleName(name)

        def put(words: str) -> None:
            field.setText(words)
            field.setCursorPosition(0)

        return Entry(field, field.text, put)

    return make


def number(name: str, least: int, usual: str = "", unsaid: str = "") -> Make:
    """Make a whole number; with nothing written, what `unsaid` says is meant."""

    def make(_background: Background[Storage]) -> Entry:
        field = QLineEdit(usual)
        field.setAccessibleName(name)
        field.setPlaceholderText(unsaid)
        field.setValidator(QIntValidator(least, MOST_NUMBER, field))
        return Entry(
            field,
            lambda: int(field.text()) if field.hasAcceptableInput() else None,
            lambda value: field.setText(str(value)),
        )

    return make


def moment(name: str) -> Make:
    """Make a time; what cannot be read as one is left for the storage to refuse."""

    def make(_background: Background[Storage]) -> Entry:
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setPlaceholderText(HOW_TO_WRITE)

        def read() -> EditValue:
            written = field.text().strip()
            return read_moment(written) or written or None

        return Entry(field, read, field.setText)

    return make


def word(name: str, kind: Kind, field: str) -> Make:
    """Make a word, to be completed with those that records of a kind have in a field."""

    def make(background: Background[Storage]) -> Entry:
        editor = QLineEdit()
        editor.setAccessibleName(name)
        Latest(background, editor).ask(
            lambda storage, token: [o.value for o in facet(field, kind)("", storage, token)],
            lambda words: editor.setCompleter(_completer(words, editor)),
            lambda _error: None,
        )
        return Entry(editor, editor.text, editor.setText)

    return make


def text(name: str) -> Make:
    """Make a text of several lines."""

    def make(_background: Background[Storage]) -> Entry:
        field = _TextField()
        field.setAccessibleName(f"{name}, as Markdown")
        field.setPlaceholderText("Markdown, or just words")
        field.setTabChangesFocus(True)
        return Entry(field, field.toPlainText, field.setPlainText)

    return make


def choice(name: str, options: Sequence[tuple[int, str]], usual: int) -> Make:
    """Make one of a few numbered values."""

    def make(_background: Background[Storage]) -> Entry:
        box = QComboBox()
        box.setAccessibleName(name)
        for value, words in options:
            box.addItem(words, value)

        def put(value: int) -> None:
            box.setCurrentIndex(box.findData(value))

        put(usual)
        return Entry(box, box.currentData, put)

    return make


def confidence(_background: Background[Storage]) -> Entry:
    """Make how sure a learning is."""
    editor = ConfidenceEditor()
    return Entry(editor, lambda: editor.value, editor.show_value)


def tags(background: Background[Storage]) -> Entry:
    """Make tags."""
    editor = TagsEditor(background, is_framed=True)
    names: list[str] = []

    def put(wanted: Sequence[str]) -> None:
        names[:] = wanted
        editor.show_tags(tuple(wanted))

    editor.edited.connect(put)
    return Entry(editor, lambda: tuple(names), put)


def place(name: str, find: Find) -> Make:
    """Make another record that the new one belongs to."""

    def make(background: Background[Storage]) -> Entry:
        button = PlaceEntry(name, find, background)
        return Entry(button, lambda: button.id, button.show_place)

    return make


def places(name: str, find: Find) -> Make:
    """Make any number of other records that the new one belongs to."""

    def make(background: Background[Storage]) -> Entry:
        editor = PlacesEntry(name, find, background)
        return Entry(editor, lambda: list(editor.ids), editor.show_place)

    return make


class PlaceEntry(ElidedButton):
    """Names a record, or none; a click asks for another. `changed` comes with each."""

    changed = Signal()

    def __init__(self, name: str, find: Find, background: Background[Storage]) -> None:
        super().__init__(is_framed=True)
        self.id: str | None = None
        self._name = name
        self._find = find
        self._background = background
        self.clicked.connect(self._pick)
        self.show_place(None)

    def show_place(self, record: AnyRecord | None) -> None:
        """Show a record, or None for none."""
        self.id = None if record is None else record.id
        words = "None" if record is None else record.title or "Untitled"
        self.show_words(words, f"{self._name}: ")
        self.setAccessibleName(f"{self._name}: {words}")
        self.changed.emit()

    def _pick(self) -> None:
        title = f"Find a {self._name.lower()}"
        picker = Picker(title, or_none(self._find), self._background, self.window())
        picker.picked.connect(self.show_place)
        picker.open_at(self)


class PlacesEntry(QWidget):
    """Names records as chips that can be removed, and has a button that adds one."""

    def __init__(self, name: str, find: Find, background: Background[Storage]) -> None:
        super().__init__()
        self._name = name
        self._find = find
        self._background = background
        self._chips: dict[str, TagChip] = {}
        self._add = QToolButton()
        self._add.setText(f"+ {name}")
        self._add.setAccessibleName(f"Add a {name.lower()}")
        self._add.clicked.connect(self._pick)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusProxy(self._add)
        self._flow = FlowLayout(self, spacing=6)
        self._flow.addWidget(self._add)
        self._tell()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the records."""
        return tuple(self._chips)

    def show_place(self, record: AnyRecord) -> None:
        """Show one more record, once."""
        if record.id in self._chips:
            return
        title = record.title or "Untitled"
        chip = TagChip(title, self._name.lower())
        chip.setAccessibleName(title)
        chip.removed.connect(lambda _title, id_=record.id: self._remove(id_))
        self._flow.insert_widget(len(self._chips), chip)
        self._chips[record.id] = chip
        chip.show()
        self._tell()

    def _remove(self, id_: str) -> None:
        chip = self._chips.pop(id_)
        self._add.setFocus()
        self._flow.removeWidget(chip)
        chip.hide()
        chip.deleteLater()
        self._tell()

    def _tell(self) -> None:
        named = ", ".join(chip.accessibleName() for chip in self._chips.values())
        self.setAccessibleName(f"{self._name}s: {named or 'None'}")
        self.updateGeometry()

    def _pick(self) -> None:
        title = f"Find a {self._name.lower()}"
        picker = Picker(title, self._find, self._background, self.window())
        picker.picked.connect(self.show_place)
        picker.open_at(self._add)


class _TextField(QPlainTextEdit):
    """Asks for no more room than some lines, as several may stand in one dialog."""

    # -- Qt overrides

    def sizeHint(self) -> QSize:
        return QSize(current_theme().px(240), current_theme().px(96))

    def minimumSizeHint(self) -> QSize:
        return QSize(current_theme().px(120), current_theme().px(48))


def _completer(words: Sequence[str], field: QLineEdit) -> QCompleter:
    completer = QCompleter([word for word in words if word], field)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    return completer
