"""Mending a text that was set aside, with its fault marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from db.errors import MalformedFileError
from db.exchange.faults import faults_in
from db.ports import Storage
from db.records import SetAside
from desktop_app.background import Background
from desktop_app.latest import Latest
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.widgets.announce import announce
from desktop_app.widgets.fault_text import FaultText
from desktop_app.widgets.plain_label import PlainLabel

PAUSE_MS: Final = 200
"""So long nobody types until the text is looked at."""
MOST_CHARS: Final = 200_000
"""Longer texts are only shown, and cut: an editor would stand still over them."""

_TOO_LONG: Final = (
    "This is too long to be mended here. Mend the file itself, and import it again."
)


class TrayEditor(QWidget):
    """One text; under it why it is no JSON, and at which place.

    `checked` says that this is known of what is written now.
    """

    checked = Signal()

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._latest = Latest(background, self)
        self._item: SetAside | None = None
        self._kept = ""
        self._is_sound = False
        self.head = PlainLabel(role="muted")
        self.field = FaultText("Text of the record")
        self._goes_to_fault = False
        self.verdict = PlainLabel()
        self.verdict.setWordWrap(True)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._check)
        self.field.textChanged.connect(self._pause.start)
        column = QVBoxLayout(self)
        px = current_theme().px
        column.setContentsMargins(px(16), px(8), px(16), px(4))
        column.setSpacing(px(4))
        column.addWidget(self.head)
        column.addWidget(self.field, 1)
        column.addWidget(self.verdict)

    @property
    def item(self) -> SetAside | None:
        """What is being mended."""
        return self._item

    @property
    def changed_text(self) -> str | None:
        """What is written now, if that is not what is kept."""
        written = self.field.toPlainText()
        if self._item is None or self.field.isReadOnly() or written == self._kept:
            return None
        return written

    def show_item(self, item: SetAside | None) -> None:
        """Show what is to be mended; the same again keeps what is written and the cursor."""
        if item is not None and self._item is not None and item.pk == self._item.pk:
            self._kept = item.text
            self._item = item
            return
        self._item = item
        self._goes_to_fault = True
        self.field.mark_faults(())
        self._kept = "" if item is None else item.text
        is_long = len(self._kept) > MOST_CHARS
        self.field.setReadOnly(item is None or is_long)
        self.field.setPlainText(self._kept[:MOST_CHARS])
        self.head.setText("" if item is None else _place(item))
        self._say(_TOO_LONG if is_long else "", is_fault=is_long)
        self._check()

    def go_to_fault(self) -> None:
        """Look at what is written, and put the cursor on its fault, if it has one."""
        self._goes_to_fault = True
        self._check()

    def note_kept(self, kept: str) -> None:
        """Take note that a text was stored."""
        self._kept = kept

    def _check(self) -> None:
        self._pause.stop()
        item, written = self._item, self.field.toPlainText()
        if item is None or self.field.isReadOnly():
            return

        self._latest.ask(
            lambda _storage, _token: faults_in(written, item.file),
            self._show_faults,
            lambda error: self._say(str(error)),
        )

    def _show_faults(self, found: Sequence[tuple[MalformedFileError, int]]) -> None:
        self.field.mark_faults([at for _fault, at in found])
        if self._goes_to_fault:
            self._goes_to_fault = False
            self.field.go_to_fault()
        if found:
            (fault, _at), *others = found
            assert self._item is not None
            inside = f"{self._item.pointer}{fault.pointer}"
            place = f"{_line_of(fault).capitalize()}{inside and f', {inside}'}"
            more = "; ".join(_line_of(other) for other, _at in others)
            self._say(f"{place}: {fault.reason}{more and f' Also at {more}.'}")
        else:
            assert self._item is not None
            is_new = self.field.toPlainText() != self._item.text
            self._say(
                "✓ This is JSON. Retry imports it."
                if is_new
                else f"✓ This is JSON. It was set aside because: {self._item.reason}",
                is_fault=False,
            )
        self.checked.emit()

    def _say(self, words: str, *, is_fault: bool = True) -> None:
        if words == self.verdict.text():
            return
        self.verdict.setText(words)
        self.verdict.setProperty("role", "error" if is_fault else "muted")
        self.verdict.style().unpolish(self.verdict)
        self.verdict.style().polish(self.verdict)
        announce(self, words)


def _line_of(fault: MalformedFileError) -> str:
    line, column = (text.count(each or 1) for each in (fault.line, fault.column))
    return f"line {line}, column {column}"


def _place(item: SetAside) -> str:
    """Return where a text stood and why it was set aside."""
    place = [item.file]
    if item.line is not None:
        place.append(f"line {text.count(item.line)}")
    if item.pointer:
        place.append(item.pointer)
    return f"{', '.join(place)} — set aside {text.relative_time(item.set_aside_at)}"
