"""Joins a find bar to the text it searches."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TypeAlias

from PySide6.QtCore import QObject

from db.cancel import CancelToken
from db.errors import SheafError
from db.ports import Storage
from db.terms import Terms
from desktop_app.background import Background
from desktop_app.detail.long_text_view import LongTextView, Span
from desktop_app.latest import Latest
from desktop_app.reading.find_bar import FindBar
from desktop_app.reading.finding import MOST, find_all, find_terms

Find: TypeAlias = Callable[[str, CancelToken], list[Span]]
"""Returns where something stands in a text; runs on a thread."""


class Finder(QObject):
    """Searches on a thread, marks what is found, and steps from one place to the next."""

    def __init__(
        self, bar: FindBar, text: LongTextView, background: Background[Storage]
    ) -> None:
        super().__init__(bar)
        self._bar, self._text = bar, text
        self._latest = Latest(background, self)
        self._find: Find | None = None
        self._spans: Sequence[Span] = ()
        self._place = -1
        self._steps = 0
        self._is_asking = self._is_from_search = False
        bar.sought.connect(self._seek)
        bar.stepped.connect(self.step)
        bar.closed.connect(self._leave)
        text.laid_out.connect(self._seek_again)

    def is_open(self) -> bool:
        """Whether the bar is there."""
        return not self._bar.isHidden()

    def open(self) -> None:
        """Show the bar."""
        self._bar.open()
        self._seek(self._bar.field.text())

    def find_typed(self, typed: str, offset: int = 0) -> None:
        """Show the bar with a text to find, and go to the first place of it from there on."""
        self._bar.show()
        self._bar.field.set_query(typed)
        self._ask(lambda text, token: find_all(text, typed, token), offset=offset)

    def find(self, terms: Terms, offset: int = 0) -> None:
        """Show the bar with what was searched for, and go to the first place from there on.

        Of a text that is rendered in part, and holds it further down, all is shown plain.
        """
        self._is_from_search = True
        positive = (t.text for group in terms.alternatives for t in group if not t.negated)
        self._bar.show()
        self._bar.field.set_query(" ".join(positive))
        self._ask(lambda text, token: find_terms(text, terms, token), offset=offset)

    def step(self, distance: int) -> None:
        """Go to the next place, or the one before; after the last comes the first."""
        if self._is_asking:
            self._steps += distance
        elif self._spans:
            self._go((self._place + distance) % len(self._spans))

    def forget(self) -> None:
        """Find nothing, and hide the bar."""
        self._bar.hide()
        self._latest.cancel()
        self._is_asking = False
        self._find, self._spans, self._place = None, (), -1
        self._text.mark(())

    def _seek(self, typed: str) -> None:
        self._is_from_search = False
        self._ask(lambda text, token: find_all(text, typed, token))

    def _seek_again(self) -> None:
        if self.is_open() and self._find is not None:
            self._ask(self._find, place=self._place)

    def _ask(self, find: Find, place: int = 0, offset: int = 0) -> None:
        self._find, self._steps, self._is_asking = find, 0, True
        text = self._text.sought_text()
        self._latest.ask(
            lambda _storage, token: find(text, token),
            lambda spans: self._show(spans, max(0, place, bisect_left(spans, (offset, 0)))),
            self._fail,
        )

    def _show(self, spans: Sequence[Span], place: int) -> None:
        self._spans, self._is_asking = spans, False
        is_below = not spans and self._is_from_search and self._text.is_cut
        if is_below and not self._text.view.feeder.is_feeding():
            self._text.choose_raw()
        self._go((place + self._steps) % len(spans) if spans else -1)

    def _go(self, place: int) -> None:
        self._place = place
        self._text.mark(self._spans, place)
        self._bar.show_count(place, len(self._spans), are_more=len(self._spans) == MOST)

    def _fail(self, _error: SheafError) -> None:
        self._show((), -1)

    def _leave(self) -> None:
        self.forget()
        self._text.view.setFocus()
