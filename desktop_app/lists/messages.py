"""What a list says when it has no rows to show."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from db.errors import SheafError
from db.ports import Storage
from db.query import LIVE, QUERIES, Query
from db.records import Kind
from desktop_app.actions.ids import ActionId as Do
from desktop_app.background import Background
from desktop_app.latest import Latest
from desktop_app.lists.views import ARCHIVE, HOMES, ListView, family
from desktop_app.look import text
from desktop_app.widgets.buttons import ButtonSpec
from desktop_app.widgets.state_panel import StatePanel

_OFFERED_KINDS: Final = 3


class ListPanel(StatePanel):
    """Stands where the rows of a list would be, and offers a way to some.

    Its signals say which: that of another action, of no filters, of the archive as well, of
    another kind of record in the same place, of another view, or of reading the list again.
    """

    action_wanted = Signal(Do)
    clear_wanted = Signal()
    archived_wanted = Signal()
    other_wanted = Signal(object)
    view_wanted = Signal(str)
    again_wanted = Signal()

    def __init__(
        self, background: Background[Storage], view: ListView, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._view = view
        self._archived = Latest(background, self)

    def show_empty(self, others: Mapping[Kind, int]) -> None:
        """Say that there is nothing of this kind; so many of `others` are in the same place."""
        self._archived.cancel()
        self._say_empty(others)
        kind = self._view.kind
        if self._view.key == HOMES[kind]:
            archived = QUERIES[kind](places=ARCHIVE)
            self._archived.ask(
                lambda storage, token: storage.count(archived, token),
                self._say_archived,
                lambda _error: None,
            )

    def _say_empty(self, others: Mapping[Kind, int]) -> None:
        view = self._view
        buttons: list[ButtonSpec] = [
            (words, partial(self.action_wanted.emit, action), place == 0)
            for place, (words, action) in enumerate(view.next_steps)
        ]
        for kind, number in list(others.items())[:_OFFERED_KINDS]:
            words = f"Show {kind.counted(number)}"
            buttons.append((words, partial(self.other_wanted.emit, kind), True))
        home = HOMES[view.kind]
        if not buttons and view.key != home:
            show = partial(self.view_wanted.emit, home)
            buttons.append((f"Show all {view.kind.plural}", show, False))
        # That nothing failed is no failure.
        picture = "check" if view.icon in {"error", "warning"} else view.icon
        self.show_state(picture, view.empty, view.hint, buttons)

    def _say_archived(self, number: int) -> None:
        """Say that all there are of this kind are in the archive, if there are any."""
        if number:
            kind = self._view.kind
            words = f"Show {text.count(number)} archived"
            show = partial(self.view_wanted.emit, family("archived")[kind].key)
            headline = f"All {kind.plural} are archived"
            sentence = "They are kept out of the way, and can be put back."
            self.show_state("archive", headline, sentence, [(words, show, True)])

    def show_nothing_found(self, query: Query, filters: str) -> None:
        """Say that the filters leave nothing, in words, and if the archive has some."""
        self._archived.cancel()
        self._say_nothing_found(query, filters, 0)
        if query.places == LIVE:
            archived = replace(query, places=ARCHIVE)
            self._archived.ask(
                lambda storage, token: storage.count(archived, token),
                partial(self._say_nothing_found, query, filters),
                lambda _error: None,
            )

    def show_failure(self, error: SheafError) -> None:
        """Say why the list cannot be read."""
        self._archived.cancel()
        sentence = f"{error.safe} {error.advice}"
        buttons = [("Try again", self.again_wanted.emit, True)]
        self.show_state("error", error.what, sentence, buttons)

    def withdraw(self) -> None:
        """Look no further, as there are rows again."""
        self._archived.cancel()

    def _say_nothing_found(self, query: Query, filters: str, archived: int) -> None:
        buttons: list[ButtonSpec] = [("Clear filters", self.clear_wanted.emit, True)]
        if archived:
            words = f"Search archived too ({text.count(archived)})"
            buttons.append((words, self.archived_wanted.emit, False))
        headline = f"No {query.kind.word} matches"
        self.show_state("search", headline, filters, buttons)
