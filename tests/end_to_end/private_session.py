"""A session of the real window in a process of its own, driven from within.

It imports a file, reads a record, searches, exports, makes a mistake, and ends. With `guarded`
as first word, every socket that Python opens to somewhere else ends it with 99.
"""

import os
import sys
import traceback
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton

from db.query import TaskQuery
from db.records import Kind
from desktop_app import bootstrap
from desktop_app.actions.ids import ActionId as Do
from desktop_app.command import main
from desktop_app.diagnostics.crash_dialog import CrashDialog
from desktop_app.export_order import ExportOrder, Scope
from desktop_app.program import Program
from desktop_app.widgets.mnemonics import plain

FORBIDDEN = (
    "socket.connect socket.bind socket.getaddrinfo socket.sendto subprocess.Popen os.exec"
    " os.system os.posix_spawn webbrowser.open"
).split()
STEP_MS = 20
OUT = "out.html"


def guard(event, given):
    if event in FORBIDDEN:
        sys.stderr.write(f"FORBIDDEN {event} {given}\n")
        sys.stderr.flush()
        os._exit(99)


class Session(Program):
    """Takes one step after the other, each once what it waits for has come."""

    def open(self, *given):
        super().open(*given)
        if not hasattr(self, "_steps"):
            self._steps = self._session()
            self._wait = next(self._steps)
            self._timer = QTimer(self, interval=STEP_MS)
            self._timer.timeout.connect(self._go_on)
            self._timer.start()

    def _go_on(self):
        if self._wait():
            self._wait = self._next_step()
            if self._wait is None:
                self._timer.stop()
                self.window.close()

    def _next_step(self):
        try:
            return next(self._steps, None)
        except Exception:  # noqa: BLE001 - a mistake of the test itself ends it at once
            traceback.print_exc()
            os._exit(98)

    def _session(self):
        yield lambda: self.desk is not None
        self.window.show_lists()
        pages, panel = self.desk.pages, self.desk.tools.wizard
        for words in ("Import ", "Done"):
            yield lambda words=words: self._button(panel, words) is not None
            self._button(panel, words).click()
        pages.show_page("tasks")
        yield lambda: pages.list is not None and pages.list.presenter.total == 4
        page = pages.list
        for row in range(4):
            page.selection.choose(page.model.pks[row])
            yield lambda pk=page.model.pks[row]: self.desk.detail.key == (Kind.TASK, pk)
            yield lambda: not self.desk.workspace.is_at_work
        pk = page.model.pks[0]
        self.desk.workspace.edit(Kind.TASK, pk, {"title": "Zanzibar, edited"}, 1)
        yield lambda: not self.desk.workspace.is_at_work
        self.desk.workspace.edit(Kind.TASK, pk, {"status": "no such Zanzibar"}, 2)
        yield lambda: not self.desk.workspace.is_at_work
        self.window.registry[Do.SEARCH_ALL].trigger()
        self.window.top.search.setText("Zanzibar")
        self.window.top.search.returnPressed.emit()
        yield lambda: not pages.page.is_busy
        target = Path(os.environ["SHEAF_TEST_FOLDER"]) / OUT
        scope = Scope("All", Kind.TASK, TaskQuery())
        self.desk.tools.exporting.write(
            ExportOrder(scope=scope, format_name="html", path=target)
        )
        yield target.exists
        self.desk.pages.show_page("backups")
        pages.page.back_up()
        yield lambda: not pages.page.is_busy
        self._fail()
        yield lambda: self.window.findChild(CrashDialog) is not None
        self.window.findChild(CrashDialog).go_on.click()
        yield lambda: self.window.findChild(CrashDialog) is None

    def _fail(self):
        error = KeyError("Zanzibar, at fault")
        QTimer.singleShot(0, lambda: (_ for _ in ()).throw(error))

    def _button(self, panel, start):
        found = (
            each
            for each in panel.findChildren(QPushButton)
            if each.isVisible() and each.isEnabled()
        )
        return next((each for each in found if plain(each.text()).startswith(start)), None)


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[0] == "guarded":
        sys.addaudithook(guard)
        words = words[1:]
    if os.name == "posix":
        os.umask(0)
    bootstrap.Program = Session
    sys.exit(main(words))
