"""The means to show and change one field of a record, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from db.cancel import CancelToken
from db.ports import Storage
from db.records import AnyRecord, Kind, kind_of
from db.repositories import EditValue
from db.times import now_us
from desktop_app.background import Background
from desktop_app.detail.choice_button import ChoiceButton, PillButton, StatusButton
from desktop_app.detail.confidence import ConfidenceEditor
from desktop_app.detail.elided_button import ElidedButton
from desktop_app.detail.moment import HOW_TO_WRITE, moments
from desktop_app.detail.picker import Find, Option, Picker, numbers, or_none
from desktop_app.detail.seen import Seen
from desktop_app.detail.tags_editor import TagsEditor
from desktop_app.look.text import (
    count,
    counts_sentence,
    local_time,
    plain_tooltip,
    time_tooltip,
)
from desktop_app.widgets.buttons import icon_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.summary_bar import SummaryBar


class Means(NamedTuple):
    """What an editor works with: `save` takes changed fields, `go` opens a record."""

    background: Background[Storage]
    save: Callable[[dict[str, EditValue]], None]
    go: Callable[[Kind, int], None]


class Editor(NamedTuple):
    """A widget, and what shows a record in it; False is returned where that has nothing.

    `changing` is the part of the widget by which a person changes it, if there is one;
    `finish` saves what is being set in it.
    """

    widget: QWidget
    show: Callable[[Seen], bool | None]
    changing: QWidget | None = None
    finish: Callable[[], None] = lambda: None


Make: TypeAlias = Callable[[Means], Editor]


def status(means: Means) -> Editor:
    """Make the state as a pill; of a run whose lease has passed it says so."""
    button = StatusButton()
    button.chosen.connect(lambda value: means.save({"status": int(value)}))

    def show(seen: Seen) -> None:
        record = seen.record
        button.show_value(record.status)
        if record.status_word:
            button.setToolTip(
                plain_tooltip(f"Change status. The source says: {record.status_word}")
            )
        if seen.kind is Kind.EXECUTION and record.is_stalled(now_us()):
            button.setText(f"{button.text()}, stalled")
            button.setAccessibleName(f"{button.accessibleName()}, stalled")
            button.setToolTip(f"Its lease passed at {local_time(record.lease_until)}")

    return Editor(button, show, button)


def choice(field: str, name: str, options: Sequence[tuple[int, str]]) -> Make:
    """Make one of a few numbered values as a pill."""

    def make(means: Means) -> Editor:
        button = ChoiceButton(name, options)
        button.chosen.connect(lambda value: means.save({field: int(value)}))
        return Editor(
            button, lambda seen: button.show_value(getattr(seen.record, field)), button
        )

    return make


def _word_or_none(value: object) -> str:
    return str(value or "None")


def word(
    field: str,
    name: str,
    find: Find,
    *,
    as_pill: bool = False,
    say: Callable[[Any], str] = _word_or_none,
    ask: str = "",
) -> Make:
    """Make a value that a person may write, or take from those that `find` offers.

    `say` gives the words for it, `ask` those that invite to write.
    """

    def make(means: Means) -> Editor:
        button = PillButton() if as_pill else _wide_button()
        title = ask or f"Find or write: {name.lower()}"
        button.clicked.connect(
            lambda: _ask(means, button, title, find, lambda value: means.save({field: value}))
        )

        def show(seen: Seen) -> None:
            shown = say(getattr(seen.record, field))
            if isinstance(button, ElidedButton):
                button.show_words(shown, f"Change {name.lower()}: ")
            else:
                button.setText(shown[:24])
                button.setToolTip(f"Change {name.lower()}")
            button.setAccessibleName(f"{name}: {shown}")

        return Editor(button, show, button)

    return make


def number(field: str, name: str, least: int) -> Make:
    """Make a whole number."""
    return word(field, name, numbers(least), say=count, ask=f"Write a number: {name.lower()}")


def moment(field: str, name: str) -> Make:
    """Make a time, which may be unknown."""

    def say(time_us: int | None) -> str:
        return "None" if time_us is None else local_time(time_us)

    make_word = word(field, name, moments, say=say, ask=f"{name}: {HOW_TO_WRITE}")

    def make(means: Means) -> Editor:
        editor = make_word(means)

        def show(seen: Seen) -> None:
            editor.show(seen)
            time_us = getattr(seen.record, field)
            if time_us is not None:
                tip = f"Change {name.lower()}\n{time_tooltip(time_us)}"
                editor.widget.setToolTip(plain_tooltip(tip))

        return Editor(editor.widget, show, editor.changing)

    return make


def tags(means: Means) -> Editor:
    """Make the tags of a task or a learning."""
    editor = TagsEditor(means.background)
    editor.edited.connect(lambda names: means.save({"tags": names}))
    return Editor(
        editor, lambda seen: editor.show_tags(seen.record.tags, may_edit=seen.may_edit)
    )


def confidence(means: Means) -> Editor:
    """Make how sure a learning is."""
    editor = ConfidenceEditor()
    editor.edited.connect(lambda value: means.save({"confidence": value}))
    return Editor(
        editor,
        lambda seen: editor.show_value(seen.record.confidence),
        editor,
        editor.finish,
    )


def record(field: str, name: str, find: Find, *, needed: bool = False) -> Make:
    """Make another record that this one points at: a button changes it, an arrow opens it.

    The record itself is not offered, and where one is `needed`, neither is none.
    """

    def make(means: Means) -> Editor:
        place = PlaceEditor(name)
        place.opened.connect(means.go)
        own_key: list[tuple[Kind, int]] = []

        def others(text: str, storage: Storage, token: CancelToken) -> list[Option]:
            found = find(text, storage, token)
            keys = [(kind_of(option.value), option.value.pk) for option in found]
            return [each for each, key in zip(found, keys, strict=True) if key not in own_key]

        def pick() -> None:
            title = f"Find: {name.lower()}"
            _ask(means, place.button, title, others if needed else or_none(others), save)

        def save(value: AnyRecord | None) -> None:
            means.save({field: getattr(value, "id", None)})

        def show(seen: Seen) -> None:
            own_key[:] = [seen.key]
            place.show_place(seen.title_of(field), _key_of(seen, field))

        place.button.clicked.connect(pick)
        return Editor(place, show, place.button)

    return make


def link(field: str, name: str) -> Make:
    """Make another record that this one belongs to for good: a button opens it."""

    def make(means: Means) -> Editor:
        button = _wide_button()
        key: list[tuple[Kind, int]] = []
        button.clicked.connect(lambda: means.go(*key[0]))

        def show(seen: Seen) -> bool:
            title, target = seen.title_of(field), _key_of(seen, field)
            key[:] = [target] if target is not None else []
            button.show_words(title or "Untitled", f"Open {name.lower()}: ")
            button.setAccessibleName(f"Open {name.lower()}: {title or 'Untitled'}")
            return target is not None

        return Editor(button, show)

    return make


def text(say: Callable[[Seen], str], tip: Callable[[Seen], str] = lambda _seen: "") -> Make:
    """Make words that cannot be changed; without any the whole row is hidden."""

    def make(_means: Means) -> Editor:
        label = PlainLabel("")
        label.setWordWrap(True)
        label.setIndent(_INDENT_PX)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

        def show(seen: Seen) -> bool:
            words = say(seen)
            label.setText(words)
            label.setToolTip(plain_tooltip(tip(seen)))
            return bool(words)

        return Editor(label, show)

    return make


def counts(_means: Means) -> Editor:
    """Make how many tasks of a batch are in each state."""
    whole = QWidget()
    bar = SummaryBar()
    words = PlainLabel("", "muted")
    words.setWordWrap(True)
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(bar)
    column.addWidget(words)

    def show(seen: Seen) -> None:
        bar.show_counts(seen.record.counts)
        words.setText(counts_sentence(seen.record.counts))

    return Editor(whole, show)


class PlaceEditor(QWidget):
    """Names another record; `opened` carries its kind and pk."""

    opened = Signal(object, int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._key: tuple[Kind, int] | None = None
        self.button = ElidedButton()
        self.open_button = icon_button("chevron-right", f"Open {name.lower()}", self._open)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.button, 1, Qt.AlignmentFlag.AlignLeading)
        row.addWidget(self.open_button)
        self.setFocusProxy(self.button)

    def show_place(self, title: str | None, key: tuple[Kind, int] | None) -> None:
        """Show the title of the record, or None for none, and let it be opened."""
        shown = "None" if title is None else title or "Untitled"
        self._key = key
        self.button.show_words(shown, f"Change {self._name.lower()}: ")
        self.button.setAccessibleName(f"{self._name}: {shown}")
        self.open_button.setVisible(key is not None)

    def _open(self) -> None:
        if self._key is not None:
            self.opened.emit(*self._key)


_INDENT_PX: Final = 4
"""Where the words of a button begin, so that words that are none begin there too."""


def _wide_button() -> ElidedButton:
    button = ElidedButton()
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return button


_PLACES: Final = {"batch": Kind.BATCH, "task": Kind.TASK, "conversation": Kind.CONVERSATION}


def _key_of(seen: Seen, field: str) -> tuple[Kind, int] | None:
    for found in seen.related(field):
        return kind_of(found), found.pk
    pk = getattr(seen.record, f"{field}_pk", None)
    return None if pk is None or field not in _PLACES else (_PLACES[field], pk)


def _ask(
    means: Means, opener: QWidget, title: str, find: Find, take: Callable[[object], None]
) -> None:
    picker = Picker(title, find, means.background, opener)
    picker.picked.connect(take)
    picker.open_at(opener)
