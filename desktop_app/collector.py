"""Python's cyclic garbage collector, kept on the window's thread."""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS: Final = 5_000
ALL_INTERVAL_MS: Final = 60_000
_NEW: Final = 1
"""The generation of what was made since the last collection."""


class Collector(QObject):
    """Collects garbage from timers and nowhere else.

    A collection that happens to start on a worker thread may end a widget's life there,
    which Qt does not survive. To look through all there is holds the window up for 20 ms, so
    most often only what is new since the last time is looked through.
    """

    def __init__(
        self,
        parent: QObject | None = None,
        interval_ms: int = INTERVAL_MS,
        all_interval_ms: int = ALL_INTERVAL_MS,
    ) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        new = QTimer(self, interval=interval_ms)
        new.timeout.connect(lambda: gc.collect(_NEW))
        new.start()
        every = QTimer(self, interval=all_interval_ms)
        every.timeout.connect(gc.collect)
        every.start()
