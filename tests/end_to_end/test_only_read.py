"""A workspace that cannot be written is shown all the same, and opens once that is over."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from db.maintenance.backups import Backups
from db.query import BatchQuery, TaskQuery
from db.records import Kind, Place
from db.sqlite import connection
from db.sqlite.tables import SORT_INDEXES
from db.storage import open_storage, to_uri
from desktop_app.actions.ids import ActionId as Do
from desktop_app.detail.description_view import DescriptionView
from desktop_app.maintenance.backups_page import BackupsPage
from tests.db.factories import opened
from tests.db.sqlite.test_full_disk import fill_to_the_brim, small_disk

__all__ = ["small_disk"]
root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make a small disk"
)


def press(widget, words):
    next(button for button in widget.buttons if button.text() == words).click()


def only_read(program):
    return program.desk is not None and bool(program.desk.workspace.only_read)


@pytest.fixture
def full(small_disk):
    """A workspace on a disk that is full, and what fills it."""
    uri = to_uri(str(small_disk / "work.sheaf"))
    storage = open_storage(uri)
    (batch,) = storage.batches.create("Kept").changed[Kind.BATCH]
    (record,) = storage.fetch(Kind.BATCH, [batch])
    fields = {"title": "Read me", "batch": record.id, "description": "It is all here."}
    storage.tasks.create(fields)
    Backups(storage).make()
    storage.close()
    return uri, fill_to_the_brim(small_disk)


@root
def test_on_a_full_disk_all_is_shown_and_it_opens_for_writing_once_there_is_room(
    full, start, qtbot
):
    uri, ballast = full
    program = start(uri, ready=False)
    qtbot.waitUntil(lambda: only_read(program))
    window, desk = program.window, program.desk
    assert window.ribbon.isVisibleTo(window)
    assert "is full" in window.ribbon.text
    assert "Nothing can be changed" in window.ribbon.text
    for action in (Do.NEW_TASK, Do.IMPORT, Do.TRASH, Do.UNDO, Do.PURGE):
        assert not window.registry[action].isEnabled()
    desk.pages.show_page("tasks")
    qtbot.waitUntil(lambda: desk.pages.list.presenter.total == 1)
    qtbot.waitUntil(lambda: desk.tools.detail is not None)

    press(window.ribbon, "Try again to open for writing")
    qtbot.waitUntil(lambda: window.toast.text.startswith("Still only for reading."))
    assert program.desk is desk

    ballast.unlink()
    press(window.ribbon, "Try again to open for writing")
    qtbot.waitUntil(lambda: program.desk is not desk and program.desk is not None)
    qtbot.waitUntil(lambda: program.desk.workspace._own_work == 0)
    assert program.desk.workspace.only_read == ""
    assert not window.ribbon.isVisibleTo(window)
    assert program.desk.pages.key == "tasks"
    with qtbot.waitSignal(program.desk.workspace.changed):
        program.desk.workspace.create(Kind.BATCH, {"title": "New"})


@root
def test_what_is_only_read_looks_so_and_says_why_each_act_is_refused(full, start, qtbot):
    uri, _ballast = full
    program = start(uri, ready=False)
    qtbot.waitUntil(lambda: only_read(program))
    desk = program.desk
    desk.pages.show_page("tasks")
    qtbot.waitUntil(lambda: desk.pages.list.presenter.total == 1)
    pk = desk.workspace.storage.ids(TaskQuery())[0]
    desk.detail.show_record(Kind.TASK, pk)
    qtbot.waitUntil(lambda: desk.detail._seen is not None)
    pane = desk.detail
    assert not pane.header.title._pencil.isVisibleTo(pane)
    assert not pane.facts["status"].isEnabled()
    assert not pane.facts["tags"]._add.isVisibleTo(pane)
    pane.edit_title()
    assert not pane.header.title.is_editing()
    assert isinstance(pane.description, DescriptionView)
    pane.description.start_editing()
    assert not pane.description.is_editing()

    refused, failed = [], []
    desk.workspace.refused.connect(refused.append)
    desk.workspace.failed.connect(failed.append)
    desk.workspace.trash(Kind.TASK, [pk])
    desk.workspace.edit(Kind.TASK, pk, {"title": "Other"}, 1)
    pane.make_record(Kind.BUG)
    desk.take_in([])
    desk.workspace.put(lambda storage: storage.settings.put("x", 1), lambda _done: None)
    assert len(refused) == 5
    assert all("open only for reading" in words and "is full" in words for words in refused)
    assert failed == []
    assert desk.workspace.storage.fetch(Kind.TASK, [pk])[0].place is Place.LIVE


@root
def test_on_a_full_disk_everything_can_be_checked_and_an_old_backup_be_deleted(
    full, start, qtbot
):
    uri, _ballast = full
    program = start(uri, ready=False)
    qtbot.waitUntil(lambda: only_read(program))
    health = program.desk.pages.health
    with qtbot.waitSignal(health.told):
        health.check()
    assert [each.check for each in health.problems] == ["room"]
    program.desk.pages.show_page("backups")
    page = program.desk.pages.page
    assert isinstance(page, BackupsPage)
    qtbot.waitUntil(lambda: page.model.count == 1)
    page.table.selectRow(0)
    assert not page.make.isEnabled()
    assert not page.restore.isEnabled()
    assert page.delete.isEnabled()


_HOLD = """
import apsw, sys
connection = apsw.Connection(sys.argv[1])
connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_locked_file_is_opened_read_only_by_who_wants_that(filled, start, qtbot, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 20)
    path = filled.removeprefix("sqlite://")
    command = [sys.executable, "-c", _HOLD, path]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    program = start(filled, ready=False)
    panel = program.window.panel
    qtbot.waitUntil(lambda: any(each.text() == "Open read-only" for each in panel.buttons))

    press(panel, "Open read-only")
    qtbot.waitUntil(lambda: only_read(program))
    assert len(program.desk.workspace.storage.ids(BatchQuery())) == 3

    desk = program.desk
    holder.communicate(b"")
    press(program.window.ribbon, "Try again to open for writing")
    qtbot.waitUntil(lambda: program.desk is not desk and program.desk is not None)
    qtbot.waitUntil(lambda: program.desk.workspace._own_work == 0)
    assert not only_read(program)


def test_a_damaged_file_is_opened_read_only_if_it_still_can_be_read(filled, start, qtbot):
    path = Path(filled.removeprefix("sqlite://"))
    with opened(path) as storage, storage._pool.alone() as session:
        page = session.value("SELECT rootpage FROM sqlite_schema WHERE name = 'task'")
        size = session.value("PRAGMA page_size")
        name = next(iter(SORT_INDEXES))
        session.execute(f"DROP INDEX {name}")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x13" * size)
    program = start(filled, ready=False)
    panel = program.window.panel
    qtbot.waitUntil(lambda: any(each.text() == "Open read-only" for each in panel.buttons))

    press(panel, "Open read-only")
    qtbot.waitUntil(lambda: only_read(program))
    assert len(program.desk.workspace.storage.ids(BatchQuery())) == 3
