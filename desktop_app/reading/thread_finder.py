"""Joins the find bar to a thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from db.ports import Storage
from desktop_app.background import Background
from desktop_app.reading.find_bar import FindBar
from desktop_app.reading.thread_canvas import ThreadCanvas
from desktop_app.reading.thread_find import IN_WHOLE, FoundPlace, ThreadFind
from desktop_app.reading.thread_marks import plain_finder
from desktop_app.reading.thread_plan import sort_of
from desktop_app.widgets.banner import Banner

_NEEDLE_CHARS: Final = 200


class GoTo(Protocol):
    """Brings a message onto the path, out of hiding if so asked, and calls `then`."""

    def __call__(
        self, place: int, then: Callable[[], None], *, revealing: bool = False
    ) -> None:
        """Do it."""
        ...


class ThreadFinder(QObject):
    """Steps from match to match, in any branch; `hint` offers to show a hidden one."""

    failed = Signal(object)

    def __init__(
        self,
        canvas: ThreadCanvas,
        go_to: GoTo,
        background: Background[Storage],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._canvas, self._go_to = canvas, go_to
        self._here: FoundPlace | None = None
        self.search = ThreadFind(background, self)
        self.bar = FindBar()
        self.hint = Banner()
        self.search.grew.connect(self._show_growth)
        self.search.failed.connect(self.failed)
        self.bar.sought.connect(self._seek)
        self.bar.stepped.connect(self.step)
        self.bar.closed.connect(self._leave)

    @property
    def needle(self) -> str:
        """What is being looked for."""
        return "" if self.bar.isHidden() else self.bar.field.text()

    def open(self) -> None:
        """Show the bar, beginning with what is selected."""
        self.bar.open(self._canvas.selection.text.partition("\n")[0][:_NEEDLE_CHARS])
        self._seek(self.bar.field.text())

    def step(self, by: int) -> None:
        """Go to the next or the previous match."""
        if self.bar.isHidden():
            self.open()
            return
        found = self.search.next_from(self._here, self._canvas.place or 0, by)
        if found is not None:
            self._show_found(found)

    def follow(self) -> None:
        """Look on where more of the conversation has been read."""
        thread = self._canvas.thread
        if thread is not None and not self.search.follow(thread.tree):
            self._here = None

    def forget(self) -> None:
        """Look for nothing, and hide the bar."""
        self.search.start(None, "")
        self._here = None
        self.bar.hide()
        self.hint.hide()

    def _seek(self, needle: str) -> None:
        self._here = None
        self.hint.hide()
        self._canvas.mark(plain_finder(needle) if needle else None)
        thread = self._canvas.thread
        self.search.start(None if thread is None else thread.tree, needle)

    def _show_growth(self) -> None:
        if self._here is None and self.search.found:
            place = self._canvas.place or 0
            nearest = self.search.next_from(None, place, 1)
            # One further down may still be found before the search comes round to the top.
            if nearest[0] >= place or self.search.is_whole:
                self._show_found(nearest)
        self._show_number()

    def _show_number(self) -> None:
        self.bar.show_count(
            self.search.number_of(self._here),
            len(self.search.found),
            are_more=not self.search.is_whole,
        )

    def _show_found(self, found: FoundPlace) -> None:
        self._here = found
        self._show_number()
        self._go_to(found[0], self._arrive)

    def _arrive(self) -> None:
        if self._here is None:
            return
        place, block, nth, at = self._here
        if at != IN_WHOLE:
            nth = self.search.number_in_part(
                self._here, self._canvas.show_part(place, block, at)
            )
        self._canvas.show_found(place, block, nth)
        hidden = self._hidden_in(self._here)
        if hidden is None:
            self.hint.hide()
            return
        show = ("Show it", lambda: self._go_to(place, self._arrive, revealing=True), True)
        self.hint.show_message(
            "info", f"This place is in {hidden}, which you have hidden.", [show]
        )

    def _hidden_in(self, found: FoundPlace) -> str | None:
        """Return what a match is hidden with, None where it is not."""
        place, block, *_where = found
        thread = self._canvas.thread
        entry, wish = thread.tree.entries[place], thread.plan.wish
        if entry.pk in wish.revealed:
            return None
        if self._canvas.rows.is_hidden(place):
            return "a message"
        detail = self._canvas.store.get(entry.pk)
        if detail is None or block >= len(detail.blocks):
            return None
        sort = sort_of(entry.role, detail.blocks[block].type)
        return None if sort & wish.visible else "a part of a message"

    def _leave(self) -> None:
        self.forget()
        self._canvas.mark(None)
        self._canvas.setFocus()
