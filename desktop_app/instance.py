"""One window for each storage file: a second start hands over to the first."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QDir, QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from db.storage import path_of, to_uri

CONNECT_TIMEOUT_MS: Final = 2_000
PATIENCE_MS: Final = 30_000
"""So long a later start waits for a window that is only being made."""
_LOOKS_S: Final = 0.1
"""The time between two looks at whether the other one listens by now."""


class Instance(QObject):
    """The claim of this process on a storage file.

    `called` carries the paths that a later start hands over; the window is to come to the
    front.
    """

    called = Signal(object)

    def __init__(self, uri: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = _name_for(uri)
        self._lock = QLockFile(QDir.tempPath() + f"/{self._name}.lock")
        self._lock.setStaleLockTime(0)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def is_on(self, uri: str) -> bool:
        """Whether it is a claim on the file that a URI names."""
        return self._name == _name_for(uri)

    def claim(self) -> bool:
        """Become the one process with a window on the file; return whether that worked.

        The claim of a process that died is taken over.
        """
        if not (self._lock.isLocked() or self._lock.tryLock(0)):
            return False
        if not self._server.isListening():
            QLocalServer.removeServer(self._name)
            self._server.listen(self._name)
        return True

    def claim_or_hand_over(self, paths: Sequence[Path]) -> bool:
        """Claim, or give `paths` to the process that has the claim; return if that took them.

        To be called before there is a window: it waits for that process to have made its
        own. False where that one does not answer, too.
        """
        give_up_at = time.monotonic() + CONNECT_TIMEOUT_MS / 1000
        while not self.claim():
            if self.hand_over(paths, PATIENCE_MS):
                return True
            if time.monotonic() > give_up_at:
                return False
            time.sleep(_LOOKS_S)
        return False

    def hand_over(self, paths: Sequence[Path], timeout_ms: int = CONNECT_TIMEOUT_MS) -> bool:
        """Give `paths` to the process that has the claim; return whether it took them."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(CONNECT_TIMEOUT_MS):
            return False
        message = json.dumps([str(path.resolve()) for path in paths]) + "\n"
        socket.write(message.encode())
        if not socket.waitForBytesWritten(CONNECT_TIMEOUT_MS):
            return False
        # The answer may have been read while writing was waited for.
        return socket.bytesAvailable() > 0 or socket.waitForReadyRead(timeout_ms)

    def release(self) -> None:
        """Give up the claim."""
        self._server.close()
        self._lock.unlock()

    def _on_connection(self) -> None:
        socket = self._server.nextPendingConnection()
        socket.readyRead.connect(lambda: self._on_message(socket))
        socket.disconnected.connect(socket.deleteLater)

    def _on_message(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            return
        paths = json.loads(bytes(socket.readLine().data()))
        socket.write(b"ok\n")
        socket.flush()
        self.called.emit([Path(path) for path in paths])


def _name_for(uri: str) -> str:
    """Return what is the same for all names of a storage, symbolic links among them."""
    full = to_uri(uri)
    key = os.path.realpath(path_of(full)) if full.startswith("sqlite:") else full
    return "sheaf-" + hashlib.sha256(key.encode()).hexdigest()[:20]
