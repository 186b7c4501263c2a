"""Python's cyclic garbage collector, kept on the window's thread."""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS: Final = 5_000


class Collector(QObject):
    """Collects garbage from a timer and nowhere else.

    A collection that happens to start on a worker thread may end a widget's life there,
    which Qt does not survive.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        timer = QTimer(self)
        timer.setInterval(INTERVAL_MS)
        timer.timeout.connect(gc.collect)
        timer.start()
