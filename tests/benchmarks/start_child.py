"""Opens the window on a file, tells the time of the first page, and ends."""

from __future__ import annotations

import gc
import sys
import time

from db.storage import backend_of

if __name__ == "__main__":
    gc.disable()
    backend_of(sys.argv[1])  # as `sheaf` does before it loads Qt

from PySide6.QtCore import QTimer

from desktop_app.lists.table import RecordTable
from tests.benchmarks.window_process import open_window

_told = []


def _tell(table: RecordTable) -> None:
    if not _told:
        _told.append(time.monotonic())
        QTimer.singleShot(0, table.window(), table.window().close)


if __name__ == "__main__":
    open_window(sys.argv[1], lambda _program: None, _tell)
    print(_told[0])
