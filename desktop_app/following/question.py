"""Asking whether folders are to be followed that a workspace names by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject

from desktop_app.following.model import Following
from desktop_app.look import text
from desktop_app.widgets.banner import Banner

_NAMED: Final = 3


class FollowQuestion(QObject):
    """Asks in the ribbon, unless something else is said there, until it is answered."""

    def __init__(
        self, following: Following, ribbon: Banner, show_folders: Callable[[], None]
    ) -> None:
        super().__init__(following)
        self._following = following
        self._ribbon = ribbon
        self._show_folders = show_folders
        self._asked = ""
        following.found.connect(self._ask)
        following.changed.connect(self._take_back)

    def _ask(self) -> None:
        paths = [each.folder.path for each in self._following.unconfirmed]
        if not paths or self._ribbon.isVisible():
            return
        folders = text.counted(len(paths), "folder", "folders")
        names = ", ".join(paths[:_NAMED]) + (", …" if len(paths) > _NAMED else "")
        self._ribbon.show_message(
            "info",
            f"This workspace would have Sheaf import what appears in {folders} of this"
            f" computer: {names}. Nothing is read there unless you agree.",
            [
                ("Follow", self._following.confirm_all, False),
                ("Show the folders…", self._show_folders, True),
            ],
        )
        self._asked = self._ribbon.text

    def _take_back(self) -> None:
        """Hide the question where it was answered elsewhere."""
        if self._asked and not self._following.unconfirmed:
            if self._ribbon.text == self._asked:
                self._ribbon.hide()
            self._asked = ""
