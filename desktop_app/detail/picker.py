"""Finding one of many: a field, and below it what matches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from db.cancel import CancelToken
from db.errors import SheafError
from db.ports import Storage
from db.query import KEPT, QUERIES
from db.records import AnyRecord, BatchRecord, Kind, MessageRecord
from desktop_app.background import Background
from desktop_app.latest import Latest
from desktop_app.look.theme import current_theme
from desktop_app.widgets.plain_label import PlainLabel

SHOWN: Final = 50
_QUIET_MS: Final = 120
_ROWS: Final = 9
_MOVES: Final = frozenset(
    {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}
)


class Option(NamedTuple):
    """Something to pick: what it is, how it reads, and a quiet word about it."""

    value: Any
    text: str
    hint: str = ""


Find: TypeAlias = Callable[[str, Storage, CancelToken], list[Option]]
"""Returns what matches a text; runs on a reader thread."""


class Picker(QFrame):
    """A popup that finds while one types. Enter or a click picks, Esc leaves.

    `picked` carries the value of an option; `if_none` is said where there is nothing to pick
    before anything is typed.
    """

    picked = Signal(object)

    def __init__(
        self,
        title: str,
        find: Find,
        background: Background[Storage],
        parent: QWidget,
        if_none: str = "There is nothing here yet.",
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("card", True)
        self.setAccessibleName(title)
        self._find = find
        self._if_none = if_none
        self._latest = Latest(background, self)
        self._corner = QPoint()
        self._found_for: str | None = None
        self._picks_when_found = False
        self._field = QLineEdit()
        self._field.setPlaceholderText(title)
        self._field.setAccessibleName(title)
        self._field.installEventFilter(self)
        self._list = QListWidget()
        self._list.setAccessibleName(f"{title}: what matches")
        self._list.setUniformItemSizes(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.itemClicked.connect(self._pick)
        self._note = PlainLabel("", "muted")
        self._note.setWordWrap(True)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(_QUIET_MS)
        self._quiet.timeout.connect(self._ask)
        self._field.textChanged.connect(lambda _text: self._quiet.start())
        column = QVBoxLayout(self)
        for part in (self._field, self._list, self._note):
            column.addWidget(part)

    def open_at(self, opener: QWidget) -> None:
        """Show the popup under a widget, in which the focus stays when it closes."""
        px = current_theme().px
        corner = opener.mapToGlobal(QPoint(0, opener.height() + px(4)))
        self.open_below(corner, opener.width())

    def open_below(self, corner: QPoint, width: int = 0) -> None:
        """Show the popup with its near upper corner there, at least so wide."""
        self._corner = corner
        self.setFixedWidth(max(current_theme().px(300), width))
        self._fit()
        self.show()
        self._field.setFocus()
        self._ask()

    def _fit(self) -> None:
        """Be as high as what matches needs, up to a limit, and stay on the screen."""
        rows = min(self._list.count(), _ROWS)
        edges = 2 * self._list.frameWidth()
        self._list.setFixedHeight(rows * max(1, self._list.sizeHintForRow(0)) + edges)
        self.layout().activate()
        self.setFixedHeight(self.sizeHint().height())
        screen = self.parentWidget().screen().availableGeometry()
        left = max(screen.left(), min(self._corner.x(), screen.right() - self.width()))
        top = max(screen.top(), min(self._corner.y(), screen.bottom() - self.height()))
        self.move(left, top)

    def _ask(self) -> None:
        text = self._field.text().strip()
        self._latest.ask(
            lambda storage, token: self._find(text, storage, token),
            lambda options: self._show(text, options),
            self._show_error,
        )

    def _show(self, text: str, options: list[Option]) -> None:
        self._found_for = text
        self._list.clear()
        for option in options:
            words = f"{option.text}   {option.hint}" if option.hint else option.text
            item = QListWidgetItem(words, self._list)
            item.setData(Qt.ItemDataRole.UserRole, option.value)
        self._list.setCurrentRow(0)
        self._list.setVisible(bool(options))
        self._note.setText("Nothing matches." if text else self._if_none)
        self._note.setVisible(not options)
        self._fit()
        if self._picks_when_found:
            self._pick(self._list.currentItem())

    def _show_error(self, error: SheafError) -> None:
        self._note.setText(str(error))
        self._note.show()
        self._fit()

    def _pick(self, item: QListWidgetItem | None) -> None:
        self._picks_when_found = False
        if item is not None:
            self.picked.emit(item.data(Qt.ItemDataRole.UserRole))
            self.close()

    def _enter(self) -> None:
        if self._found_for == self._field.text().strip():
            self._pick(self._list.currentItem())
        else:
            self._picks_when_found = True
            self._quiet.stop()
            self._ask()

    # -- Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _MOVES:
                self._list.event(event)
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._enter()
                return True
        return super().eventFilter(watched, event)


def records(kind: Kind, but: Callable[[], int | None] = lambda: None, **wanted: Any) -> Find:
    """Find records of a kind by their text; the value is the record.

    The one whose pk `but` returns is left out, and those that are not as `wanted`, which
    are fields of the kind's query.
    """

    def find(text: str, storage: Storage, token: CancelToken) -> list[Option]:
        pks = storage.ids(QUERIES[kind](text=text, places=KEPT, **wanted), SHOWN, 0, token)
        return [
            Option(record, record.title or "Untitled", _hint(record))
            for record in storage.fetch(kind, pks, token)
            if record.pk != but()
        ]

    return find


def _hint(record: AnyRecord) -> str:
    if isinstance(record, MessageRecord):
        return record.conversation_title
    return record.source if isinstance(record, BatchRecord) else record.batch_title


batches: Final = records(Kind.BATCH)
tasks: Final = records(Kind.TASK)


def numbers(least: int) -> Find:
    """Find the whole number that is being written, and at first some to pick."""

    def find(text: str, _storage: Storage, _token: CancelToken) -> list[Option]:
        if not text:
            return [Option(number, str(number)) for number in range(least, least + 10)]
        is_one = text.isdecimal() and int(text) >= least
        return [Option(int(text), text)] if is_one else []

    return find


def or_none(find: Find) -> Find:
    """Find the same, and at the end nothing."""
    return lambda text, storage, token: [*find(text, storage, token), Option(None, "None")]


NEW: Final = "Type a new one."
"""What is said where `facet` finds nothing, as what is typed can be picked."""


def facet(field: str, kind: Kind = Kind.TASK) -> Find:
    """Find the values that records of a kind have in a field, the commonest first.

    What was typed can be picked if it is new.
    """

    def find(text: str, storage: Storage, token: CancelToken) -> list[Option]:
        sought = text.casefold()
        facets = storage.facets(QUERIES[kind](), field, token)
        found = [f for f in facets if f.value and sought in f.value.casefold()][:SHOWN]
        found.sort(key=lambda facet: facet.value.casefold() != sought)
        options = [Option(f.value, f.value, f"{f.count:,}") for f in found]
        if text and all(option.value != text for option in options):
            options.append(Option(text, text, f"new {field}"))
        return options

    return find
