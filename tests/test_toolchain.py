"""Guards against library versions that are known to lose memory or data."""

import subprocess
import sys

import apsw
from PySide6.QtCore import QObject, Signal


class Speaker(QObject):
    said = Signal(bool)


def test_emitting_a_signal_does_not_leak_references():
    speaker = Speaker()
    before = sys.getrefcount(True)

    for _ in range(50):
        speaker.said.emit(True)

    assert abs(sys.getrefcount(True) - before) < 25


def test_sqlite_has_the_repair_of_the_wal_reset_bug():
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))

    assert version >= (3, 51, 3)
    assert version != (3, 52, 0)


def test_the_command_does_not_load_qt_before_a_window_opens():
    look = "import sys, desktop_app.command; print([m for m in sys.modules if 'PySide' in m])"

    answer = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=False
    )

    assert answer.stdout.strip() == "[]", answer.stderr
