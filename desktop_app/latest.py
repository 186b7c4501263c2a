"""Questions of which only the newest matters."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from db.cancel import CancelToken
from db.ports import Storage
from desktop_app.background import Background, OnFailed, Request


class Latest:
    """Asks on a reader thread for a widget; a new question withdraws the one before.

    When the widget is destroyed its question is withdrawn; until then it keeps this alive.
    """

    def __init__(self, background: Background[Storage], owner: QObject) -> None:
        self._background = background
        self._request: Request | None = None
        # As a bound method it would be held weakly, and gone where nobody keeps this.
        owner.destroyed.connect(partial(Latest.cancel, self))

    def ask(
        self,
        work: Callable[[Storage, CancelToken], Any],
        on_done: Callable[[Any], None],
        on_failed: OnFailed,
    ) -> None:
        """Run `work` and hand its result to `on_done`, unless asked something newer."""
        self.cancel()
        self._request = self._background.read(work, on_done, on_failed)

    def cancel(self) -> None:
        """Withdraw the question, if there is one."""
        if self._request is not None:
            self._request.cancel()
            self._request = None
