"""The signals by which the system, or a terminal, asks a process to end."""

from __future__ import annotations

import signal
import socket
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, QTimer

_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP")


class EndSignals(QObject):
    """Ends the event loop on such a signal, so that the program closes as it always does.

    Python takes a signal only between two steps of its own, and while the event loop waits
    there are none; so each signal also comes through a socket, which wakes the loop.
    """

    def __init__(self, app: QCoreApplication) -> None:
        super().__init__(app)
        self._heard, self._waker = socket.socketpair()
        self._heard.setblocking(False)
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        notifier = QSocketNotifier(self._heard.fileno(), QSocketNotifier.Type.Read, self)
        notifier.activated.connect(lambda: self._heard.recv(1))
        for name in _NAMES:
            if hasattr(signal, name):  # Windows has no hang-up
                # By a timer, as a loop that has not begun cannot be ended.
                signal.signal(
                    getattr(signal, name), lambda *_: QTimer.singleShot(0, app, app.exit)
                )
