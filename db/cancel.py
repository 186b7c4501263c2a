"""Calling off work that runs on another thread."""

from __future__ import annotations

import threading

from db.errors import WorkCancelledError


class CancelToken:
    """Says whether the work it was given to is still wanted. Safe on any thread."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop: a running statement ends within a few milliseconds."""
        self._event.set()

    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the work is called off; return whether it was."""
        return self._event.wait(seconds)

    def check(self) -> None:
        """Raise `WorkCancelledError` if the work was called off."""
        if self._event.is_set():
            raise WorkCancelledError
