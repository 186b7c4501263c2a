"""The scenes: each brings the real window, with the sample in it, into one state."""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer, QUrl
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from db.exchange.choices import ImportChoices
from db.incoming import BadRecords
from db.jobs import JobOrder
from db.maintenance.backups import Backups
from db.maintenance.manifest import BackupKind
from db.maintenance.retention import keep_rule, new_rule
from db.records import Kind
from db.retiring import Act
from db.storage import open_storage
from db.times import DAY_US, now_us
from db.vocabulary import Review
from desktop_app.actions.ids import ActionId as Do
from desktop_app.collector import Collector
from desktop_app.detail.text_views import MarkdownView
from desktop_app.diagnostics.crash_dialog import CrashDialog
from desktop_app.diagnostics.reports import report_of
from desktop_app.look.theme import Theme
from desktop_app.main_window import MainWindow
from desktop_app.maintenance.forget_dialog import ForgetDialog
from desktop_app.overview.recent import DWELL_MS
from desktop_app.program import SAMPLE_URI, Program
from desktop_app.reading.thread_whole import WholeText
from desktop_app.sample.filling import fill_sample
from desktop_app.window_state import WindowState

MARKDOWN = """A text with lists, which stand off their signs:

- a bullet with a line that is long enough to wrap in the window that shows it, so that one
  sees where it goes on
  - one inside it
    - and one more
- [ ] an open box
- [x] a ticked one

9. ninth
10. tenth, with [a link](https://docs.python.org/3/library/json.html)
    1. first of its own

> - in a quotation

```python
print("and code")
```
"""
SETTLE_MS = 700
FONT = "Inter"


def settle(ms: int = SETTLE_MS) -> None:
    """Let the window work until what it asked for has surely come."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


class Stage:
    """The program, and the ways to drive it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        state = Path(tempfile.mkdtemp()) / "window.ini"
        self.program = Program(WindowState(state))
        self.window: MainWindow = self.program.window
        self.window.resize(1280, 800)
        self.window.show()

    def open(self, uri: str) -> None:
        self.program.open(uri)
        settle(1500)
        while self.program.desk is not None and self.program.desk.workspace._own_work:
            settle()
        settle()

    def do(self, action: Do) -> None:
        self.window.registry[action].trigger()
        settle()

    def page(self, key: str) -> None:
        self.program.desk.pages.show_page(key)
        settle()

    def choose_row(self, row: int) -> None:
        view = self.program.desk.pages.list.table
        view.setCurrentIndex(view.model().index(row, 1))
        settle()

    def choose_titled(self, start: str) -> None:
        model = self.program.desk.pages.list.model
        titles = [model.record_at(row).title for row in range(len(model.pks))]
        self.choose_row(next(n for n, title in enumerate(titles) if title.startswith(start)))

    def search(self, text: str) -> None:
        self.do(Do.SEARCH_ALL)
        QTest.keyClicks(self.window.top.search, text)
        QTest.keyClick(self.window.top.search, Qt.Key.Key_Return)
        settle(1500)

    def dialog(self) -> QWidget | None:
        shown = (each for each in QApplication.topLevelWidgets() if each.isVisible())
        return next((each for each in shown if each is not self.window), None)


def overview(stage: Stage) -> None:
    for page in ("tasks", "bugs", "learnings"):
        stage.page(page)
        stage.choose_row(2)
        settle(DWELL_MS + 200)
    stage.page("overview")


def overview_tables(stage: Stage) -> None:
    stage.page("overview")
    for card in stage.program.desk.pages.page.cards:
        card.show_table(shown=True)
    settle()


def batches(stage: Stage) -> None:
    stage.page("batches")
    stage.choose_row(3)


def tasks(stage: Stage) -> None:
    stage.page("tasks")
    stage.choose_row(2)


def failed(stage: Stage) -> None:
    stage.page("failed")
    stage.choose_row(0)


def stalled(stage: Stage) -> None:
    stage.page("stalled")
    stage.choose_row(0)


def inbox(stage: Stage) -> None:
    stage.page("inbox")
    stage.choose_row(1)


def twins(stage: Stage) -> None:
    """Two learnings that say nearly the same, one of which waits to be decided about."""
    create = stage.program.desk.workspace.create
    words = "Measure the parser before making it faster"
    create(Kind.LEARNING, {"title": words, "review": int(Review.APPROVED)})
    create(Kind.LEARNING, {"title": f"{words} by hand", "review": int(Review.PENDING)})
    settle()
    stage.page("inbox")
    stage.choose_titled(words)


def markdown(stage: Stage) -> None:
    """Lists of every kind in a rendered text, and a link of it that was chosen."""
    fields = {"title": "What a reader expects", "description": MARKDOWN}
    stage.program.desk.workspace.create(Kind.TASK, fields)
    settle()
    stage.page("tasks")
    stage.choose_titled("What a reader")
    stage.do(Do.OPEN_WINDOW)
    text = stage.dialog().findChild(MarkdownView)
    text.anchorClicked.emit(QUrl("https://docs.python.org/3/library/json.html"))


def whole_text(stage: Stage) -> None:
    lines = (f"{number:>6}  parsed row {number}\n" for number in range(4000))
    WholeText(stage.program.desk.workspace.background, "".join(lines), stage.window).show()
    settle()


def compare(stage: Stage) -> None:
    stage.page("runs")
    for row in (1, 2):
        stage.choose_row(row)
        stage.do(Do.COMPARE)
    settle()


def go_to(stage: Stage) -> None:
    stage.do(Do.GO_TO)
    QTest.keyClicks(QApplication.focusWidget() or stage.dialog(), "parser")
    settle()


def watched_folders(stage: Stage) -> None:
    stage.do(Do.WATCH)


def message(stage: Stage) -> None:
    stage.page("tasks")
    stage.choose_row(0)
    stage.do(Do.ARCHIVE)


def runs(stage: Stage) -> None:
    stage.page("runs")
    stage.choose_row(1)


def conversations(stage: Stage) -> None:
    stage.page("conversations")
    stage.choose_row(0)


def thread(stage: Stage) -> None:
    stage.page("conversations")
    stage.choose_titled("A quoted field")
    stage.do(Do.OPEN_WINDOW)


def long_thread(stage: Stage) -> None:
    stage.page("conversations")
    stage.choose_titled("Where do the other")
    stage.do(Do.OPEN_WINDOW)


def run(stage: Stage) -> None:
    stage.page("runs")
    stage.choose_row(4)
    stage.do(Do.OPEN_WINDOW)


def learnings(stage: Stage) -> None:
    stage.page("learnings")
    stage.choose_row(0)


def bugs(stage: Stage) -> None:
    stage.page("bugs")
    stage.choose_row(0)


def design_notes(stage: Stage) -> None:
    stage.page("design-notes")
    stage.choose_row(1)


def status_updates(stage: Stage) -> None:
    stage.page("status-updates")
    stage.choose_row(0)


def search(stage: Stage) -> None:
    stage.search("line break")


def search_many(stage: Stage) -> None:
    stage.search("status:failed has:error the")


def archived(stage: Stage) -> None:
    stage.page("archived")


def trash(stage: Stage) -> None:
    stage.page("trash")
    stage.choose_row(0)


def imports(stage: Stage) -> None:
    stage.page("imports")


def history(stage: Stage) -> None:
    stage.page("history")


def kept_file(stage: Stage) -> None:
    """Open a file with the sample, three backups, and something wrong."""
    path = Path(tempfile.mkdtemp()) / "work.sheaf"
    storage = open_storage(str(path))
    fill_sample(storage)
    now = now_us()
    for days, kind, what in (
        (9, BackupKind.DAILY, ""),
        (1, BackupKind.IMPORT, "Import plan.json"),
        (0, BackupKind.MANUAL, ""),
    ):
        kept = Backups(storage, clock=lambda days=days: now - days * DAY_US)
        made = kept.make(kind, what)
        if days:
            kept.prove(made)
    task = storage.create(Kind.TASK, {"title": "Mend the lexer", "status": "succeeded"})
    (record,) = storage.fetch(Kind.TASK, task.changed[Kind.TASK])
    storage.create(Kind.EXECUTION, {"task": record.id, "status": "failed"})
    storage.close()
    stage.open(str(path))


def backups(stage: Stage) -> None:
    kept_file(stage)
    stage.page("backups")


def restore(stage: Stage) -> None:
    backups(stage)
    stage.program.desk.pages.page.table.selectRow(1)
    stage.program.desk.pages.page.ask_to_restore()
    settle()


def backup_settings(stage: Stage) -> None:
    backups(stage)
    stage.program.desk.pages.page.settings.click()
    settle()


def backup_shown(stage: Stage) -> None:
    backups(stage)
    stage.program.desk.pages.page.browse_chosen()
    settle(2500)
    stage.page("tasks")
    stage.choose_row(2)


def storage(stage: Stage) -> None:
    kept_file(stage)
    stage.page("storage")
    settle(2000)
    stage.program.desk.pages.page.ask_to_compact()


def forget(stage: Stage) -> None:
    kept_file(stage)
    stage.page("storage")
    stage.program.desk.pages.page.open_forgetting()
    dialog = stage.program.window.findChild(ForgetDialog)
    dialog.text.setText("parser")
    dialog.look.click()
    settle(4000)


def health(stage: Stage) -> None:
    kept_file(stage)
    stage.page("health")
    stage.do(Do.CHECK)
    settle(3000)
    page = stage.program.desk.pages.page
    for card in page.cards[:1]:
        card.rows_wanted.emit()
    settle()


def retention(stage: Stage) -> None:
    settings = stage.program.desk.workspace.storage.settings
    for rule in (
        new_rule("Finished long ago", Act.ARCHIVE, Kind.BATCH, "updated:>0h", is_on=True),
        new_rule("Old failures", Act.TRASH, Kind.TASK, "status:failed updated:>3d", is_on=True),
    ):
        keep_rule(settings, rule)
    stage.page("retention")
    settle(2500)


def run_retention(stage: Stage) -> None:
    retention(stage)
    stage.program.desk.pages.page.ask_to_run()
    settle(1000)


def new_retention_rule(stage: Stage) -> None:
    retention(stage)
    stage.program.desk.pages.page.ask_for_rule(None)
    settle(1000)


def nothing_found(stage: Stage) -> None:
    stage.page("tasks")
    stage.program.desk.pages.list.set_text("no such words anywhere")
    settle()


def import_preview(stage: Stage) -> None:
    stage.page("batches")
    titles = ["Read the file once", "Keep the original", "Show what would change"]
    found = [
        {
            "id": number,
            "title": title,
            "status": "pending",
            "dependencies": [],
            "details": title,
        }
        for number, title in enumerate(titles, start=1)
    ]
    path = Path(tempfile.mkdtemp()) / "tasks.json"
    path.write_text(json.dumps({"master": {"tasks": found}}))
    stage.program.desk.importing.import_paths([path])
    settle(1200)


def import_refused(stage: Stage) -> None:
    path = Path(tempfile.mkdtemp()) / "broken.json"
    path.write_text('{"tasks": [\n  {"id": 1, "title": "x"},\n  {"id": 2, "id": 3}\n]}')
    stage.program.desk.importing.import_paths([path])
    settle(1200)


def import_mapping(stage: Stage) -> None:
    path = Path(tempfile.mkdtemp()) / "odd.json"
    states = ("triage", "done", "in progress", "parked")
    rows = [
        {"nr": f"A-{n}", "what_to_do": f"Mend part {n}", "standing": states[n % 4]}
        for n in range(40)
    ]
    path.write_text(json.dumps(rows))
    stage.program.desk.importing.import_paths([path])
    settle(1500)


def tray(stage: Stage) -> None:
    text = (
        '{"id": 1, "title": "Mend the lexer"}\n{"id": 2, "title": }\n{"id": 3, "title": "x"\n'
    )
    path = Path(tempfile.mkdtemp()) / "work.jsonl"
    path.write_text(text)
    importing = stage.program.desk.importing
    importing.import_paths([path])
    settle(1000)
    importing.read_again(ImportChoices(bad_records=BadRecords.SET_ASIDE), {})
    settle(1000)
    importing.commit()
    settle(1000)
    importing.give_up()
    stage.page("tray")


def palette(stage: Stage) -> None:
    stage.do(Do.PALETTE)


def shortcuts(stage: Stage) -> None:
    stage.do(Do.SHORTCUTS)


def about(stage: Stage) -> None:
    stage.do(Do.ABOUT)


def diagnostics(stage: Stage) -> None:
    stage.do(Do.DIAGNOSTICS)
    settle()


def crash(stage: Stage) -> None:
    error = KeyError("a title")
    dialog = CrashDialog(report_of(error), None, stage.program.desk.workspace.background)
    dialog.count_another()
    dialog.show()
    settle()


def settings(stage: Stage) -> None:
    stage.do(Do.SETTINGS)


def add_tag(stage: Stage) -> None:
    stage.page("tasks")
    stage.choose_row(2)
    stage.do(Do.ADD_TAG)


def original(stage: Stage) -> None:
    stage.page("tasks")
    stage.choose_row(2)
    tabs = stage.program.desk.detail.tabs
    tabs.open("Original")
    tabs.currentWidget().findChild(QPushButton).click()
    settle()


def export(stage: Stage) -> None:
    stage.do(Do.EXPORT)


def new_batch(stage: Stage) -> None:
    stage.do(Do.NEW_BATCH)


def new_task(stage: Stage) -> None:
    stage.do(Do.NEW_TASK)


def purge(stage: Stage) -> None:
    stage.page("trash")
    stage.choose_row(0)
    stage.do(Do.PURGE)


def all_selected(stage: Stage) -> None:
    stage.page("tasks")
    stage.choose_row(0)
    stage.do(Do.SELECT_ALL)
    stage.do(Do.ARCHIVE)


def activity(stage: Stage) -> None:
    jobs = stage.program.desk.workspace.storage.jobs
    for kind, title, lease_s in (
        ("sheaf.export", "Export to everything.json", 600.0),
        ("sheaf.import", "Import sessions", 600.0),
        ("sheaf.import", "Import plan.json", -1.0),
    ):
        order = JobOrder(kind=kind, title=title, payload={"paths": ["/plan.json"]})
        token = jobs.begin(order, "another-host:1", lease_s).token
        jobs.heartbeat(token, lease_s, done=45_000_000, total=120_000_000, unit="bytes")
        if kind == "sheaf.export":
            jobs.fail(token, "The disk that holds everything.json is full.", may_retry=False)
    jobs.release_dead()
    jobs.enqueue([JobOrder(kind="build", title=f"Build {number}") for number in range(12)])
    stage.do(Do.ACTIVITY)
    settle()


def narrow(stage: Stage) -> None:
    stage.window.resize(900, 600)
    stage.page("batches")
    stage.choose_row(0)


def welcome(stage: Stage) -> None:
    stage.open(str(Path(tempfile.mkdtemp()) / "work.sheaf"))


def damaged(stage: Stage) -> None:
    path = Path(tempfile.mkdtemp()) / "work.sheaf"
    path.write_bytes(b"This is no database. " * 400)
    stage.open(str(path))


SCENES: tuple[Callable[[Stage], None], ...] = (
    overview, overview_tables, stalled, inbox, twins, runs, run, compare,
    conversations, thread, long_thread, learnings, bugs, design_notes, status_updates,
    search, search_many, batches, tasks, failed, archived, trash, imports, history,
    backups, restore, backup_settings, backup_shown, health, storage, forget,
    retention, run_retention, new_retention_rule, markdown, whole_text, go_to,
    watched_folders, message, nothing_found, import_preview,
    import_refused, import_mapping, tray, palette, shortcuts, about, settings, add_tag,
    original, diagnostics, crash,
    export, new_batch, new_task, purge, all_selected, activity,
    narrow, welcome, damaged,
)  # fmt: skip


WITH_FILES = {
    welcome, damaged, backups, restore, backup_settings, backup_shown, health, storage, forget,
}  # fmt: skip
"""What opens a file of its own."""


def main(theme: str, scale: str, folder: str, only: str | None) -> None:
    """Render the scenes in one theme, at the scale this process was started with."""
    app = QApplication([])
    if FONT in QFontDatabase.families():
        app.setFont(QFont(FONT))
    Theme(theme).apply(app)
    Collector(app)
    for scene in SCENES:
        if only in {None, scene.__name__}:
            render(scene, Path(folder) / f"{scene.__name__}-{theme}-{scale}x.png")


def render(scene: Callable[[Stage], None], target: Path) -> None:
    """Play one scene in a window of its own and save what it shows."""
    stage = Stage(target.parent)
    if scene not in WITH_FILES:
        stage.open(SAMPLE_URI)
    scene(stage)
    picture = stage.window.grab()
    picture.save(str(target))
    dialog = stage.dialog()
    if dialog is not None:
        dialog.grab().save(str(target.with_name(f"{target.stem}-dialog.png")))
        dialog.close()
    stage.window.close()
    stage.program.close()
    stage.program.deleteLater()
    settle(50)


if __name__ == "__main__":
    main(*sys.argv[1:4], sys.argv[5] if len(sys.argv) > 5 else None)
