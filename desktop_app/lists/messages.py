"""What a list says when it has no rows to show."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from db.errors import SheafError
from db.query import Query
from db.query_text import write_query
from desktop_app.actions.ids import ActionId as Do
from desktop_app.lists.views import ListView
from desktop_app.widgets.state_panel import StatePanel


def show_empty(panel: StatePanel, view: ListView, act: Callable[[Do], object]) -> None:
    """Say that there is nothing of this kind, and offer what would bring something."""
    buttons = [
        (words, partial(act, action), action is Do.IMPORT) for words, action in view.next_steps
    ]
    panel.show_state(view.icon, view.empty, view.hint, buttons)


def show_nothing_found(panel: StatePanel, query: Query, clear: Callable[[], None]) -> None:
    """Say that the filters leave nothing, and which they are."""
    headline = f"No {query.kind.word} matches"
    panel.show_state("search", headline, write_query(query), [("Clear filters", clear, True)])


def show_failure(panel: StatePanel, error: SheafError, again: Callable[[], None]) -> None:
    """Say why the list cannot be read."""
    sentence = f"{error.safe} {error.advice}"
    panel.show_state("error", error.what, sentence, [("Try again", again, True)])
