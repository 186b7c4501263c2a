"""How many records each entry of the sidebar stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QObject, QTimer

from desktop_app.background import Request
from desktop_app.lists.views import VIEWS, ListView, family
from desktop_app.look import text
from desktop_app.widgets.sidebar import Sidebar
from desktop_app.workspace import Workspace

PAUSE_MS: Final = 250


class SidebarCounts(QObject):
    """Counts one entry after the other, after the rows in sight; starts anew on changes.

    One reader thread is kept busy at most, so the rows of a list never wait for a count.
    """

    def __init__(self, sidebar: Sidebar, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._sidebar = sidebar
        self._workspace = workspace
        self._views: Mapping[str, ListView] = VIEWS
        self._keys: list[str] = []
        self._said: dict[str, str] = {}
        self._request: Request | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(lambda: self._count(0))
        workspace.changed.connect(self.refresh)
        workspace.noticed.connect(self.refresh)
        self.show_views(VIEWS)

    def show_views(self, views: Mapping[str, ListView]) -> None:
        """Count these views, as far as the sidebar has them."""
        self._views = views
        self._keys = [key for key in self._sidebar.keys if key in views]
        for key in self._keys:
            self._sidebar.set_count(key, self._said.get(key, ""))
        self.refresh()

    def refresh(self) -> None:
        """Count again, in a moment."""
        if self._request is not None:
            self._request.cancel()
        self._pause.start()

    def stop(self) -> None:
        """Count no more."""
        self._pause.stop()
        if self._request is not None:
            self._request.cancel()

    def _count(self, place: int) -> None:
        if place == len(self._keys):
            return
        key = self._keys[place]
        view = self._views[key]
        queries = [each.query for each in family(view.family).values()] or [view.query]

        def show(number: int) -> None:
            self._said[key] = text.count(number)
            self._sidebar.set_count(key, self._said[key])
            self._count(place + 1)

        self._request = self._workspace.background.read(
            lambda storage, token: sum(storage.count(query, token) for query in queries),
            show,
            lambda _error: None,
        )
