"""Opens an empty window, tells the time when it is painted, and ends."""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget


class _Empty(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        print(time.monotonic(), flush=True)
        QTimer.singleShot(0, self, self.close)


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    window = _Empty()
    window.resize(1280, 800)
    window.show()
    app.exec()
