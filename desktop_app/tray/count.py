"""How much waits in the tray."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop_app.latest import Latest
from desktop_app.workspace import Workspace


class TrayCount(QObject):
    """Counts again whenever something was changed; `counted` carries the number."""

    counted = Signal(int)

    def __init__(self, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._latest = Latest(workspace.background, self)
        workspace.changed.connect(self.refresh)
        workspace.noticed.connect(self.refresh)

    def refresh(self) -> None:
        """Count again."""
        self._latest.ask(
            lambda storage, _token: storage.tray.count(),
            self.counted.emit,
            lambda _error: None,
        )
