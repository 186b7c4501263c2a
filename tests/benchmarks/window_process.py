"""The real window in a process of its own, told when a table has painted rows."""

from __future__ import annotations

import json
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QTableView

from db.maintenance.backups import Backups
from db.storage import open_storage
from desktop_app import bootstrap
from desktop_app.lists.table import RecordTable
from desktop_app.program import Program
from desktop_app.window_state import WindowState
from tests.benchmarks.measure import Spent, run_python


@contextmanager
def user_folder(uri: str) -> Iterator[dict[str, str]]:
    """Make surroundings for a user whose window on `uri` was left on the list of tasks.

    What is due once a day is done already, as it is at most starts.
    """
    with closing(open_storage(uri)) as storage:
        Backups(storage).look_after()
    with tempfile.TemporaryDirectory() as folder:
        surroundings = {
            "QT_QPA_PLATFORM": "offscreen",
            "HOME": folder,
            "XDG_CONFIG_HOME": folder,
            "XDG_STATE_HOME": folder,
            "XDG_RUNTIME_DIR": folder,
        }
        run_python("-m", __name__, uri, **surroundings)
        yield surroundings


def run_child(module: str, uri: str, surroundings: dict[str, str]) -> tuple[Spent, Any]:
    """Run a module of this folder and return what it took and the JSON that it printed."""
    spent = run_python("-m", f"tests.benchmarks.{module}", uri, **surroundings)
    return spent, json.loads(spent.output.splitlines()[-1])


def open_window(
    uri: str,
    on_program: Callable[[Program], object],
    on_painted: Callable[[RecordTable], object],
) -> None:
    """Run the window as the command does, until it is closed."""

    class Watched(Program):
        def __init__(self, state: WindowState) -> None:
            super().__init__(state)
            self.window.resize(1280, 800)  # as on a usual screen; the one here is smaller
            on_program(self)

    def paint(table: RecordTable, event: QPaintEvent) -> None:
        QTableView.paintEvent(table, event)
        if table.model().rowCount():
            on_painted(table)

    bootstrap.Program = Watched
    RecordTable.paintEvent = paint
    bootstrap.run_window(Namespace(storage=uri, sample=False, theme=None, files=[]))


if __name__ == "__main__":
    state = WindowState()
    state.put(f"page/{sys.argv[1]}", "tasks")
    state.flush()
