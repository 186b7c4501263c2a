"""Where one lands in a record that a search found."""

from __future__ import annotations

from typing import TypeAlias

from db.cancel import CancelToken
from db.errors import SheafError
from db.ports import Storage
from db.records import Kind
from db.terms import Terms
from desktop_app.background import Background
from desktop_app.detail.description_view import DescriptionView
from desktop_app.detail.seen import Seen
from desktop_app.detail.tabs import Tabs
from desktop_app.latest import Latest
from desktop_app.reading.finding import find_terms
from desktop_app.reading.run_view import RunView

_Sought: TypeAlias = tuple[tuple[Kind, int], Terms]


class Landing:
    """Opens the first tab whose text holds what was searched for, and marks it there."""

    def __init__(self, tabs: Tabs, background: Background[Storage]) -> None:
        self._tabs = tabs
        self._latest = Latest(background, tabs)
        self._sought: _Sought | None = None

    def expect(self, kind: Kind, pk: int, terms: Terms) -> None:
        """Mark what is found in a record once it is shown."""
        self._sought = (kind, pk), terms

    def show_seen(self, seen: Seen) -> None:
        """Take note of the record that is shown."""
        sought = self._sought
        if sought is None or sought[0] != seen.key:
            return
        self._sought = None
        terms, texts = sought[1], self._tabs.texts(seen.kind)

        def find(_storage: Storage, token: CancelToken) -> str | None:
            return next(
                (
                    name
                    for name, field in texts.items()
                    if find_terms(seen.text(field), terms, token, most=1)
                ),
                None,
            )

        def land(name: str | None) -> None:
            if name is not None and self._tabs.key == seen.key:
                self._mark(name, terms)

        self._latest.ask(find, land, _stay)

    def _mark(self, name: str, terms: Terms) -> None:
        self._tabs.open(name)
        view = self._tabs.view(name)
        if isinstance(view, DescriptionView | RunView):
            view.show_match(terms)


def _stay(_error: SheafError) -> None:
    """Leave the record as it is shown: only the marks are missing."""
