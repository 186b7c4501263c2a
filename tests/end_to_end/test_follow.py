"""Lists while another process writes to the same file."""

import subprocess
import sys

import pytest

from db.exchange.watching import WatchedFolder, keep_watched_folders
from db.query import TaskQuery
from db.records import Kind
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.widgets.mnemonics import plain

WRITER = """
import sys
from db.records import Kind
from db.storage import open_storage

storage = open_storage(sys.argv[1])
fields = {
    Kind.LEARNING: {"title": "New"},
    Kind.BUG: {"title": "New"},
    Kind.DESIGN_NOTE: {"title": "New"},
    Kind.STATUS_UPDATE: {"description": "New"},
}
for _ in range(12):
    storage.create(Kind[sys.argv[2]], fields[Kind[sys.argv[2]]])
storage.close()
"""
KEYS = {
    Kind.LEARNING: "learnings",
    Kind.BUG: "bugs",
    Kind.DESIGN_NOTE: "design-notes",
    Kind.STATUS_UPDATE: "status-updates",
}


def write_elsewhere(uri, kind):
    subprocess.run([sys.executable, "-c", WRITER, uri, kind.name], check=True)


@pytest.fixture
def reading(start, uri, qtbot):
    """Open the list of a kind with 80 records in it, scrolled away from its top."""

    def read(kind):
        program = start(uri)
        storage, pages = program.desk.workspace.storage, program.desk.pages
        for number in range(80):
            words = "description" if kind is Kind.STATUS_UPDATE else "title"
            storage.create(kind, {words: f"Record {number:02}"})
        program.window.show_lists()
        pages.show_page(KEYS[kind])
        page = pages.list
        page.refresh()
        qtbot.waitUntil(lambda: page.presenter.total == 80)
        page.table.verticalScrollBar().setValue(400)
        qtbot.wait(1_500)  # until the window has looked at the file once
        return program, page

    return read


@pytest.mark.parametrize("kind", list(KEYS))
def test_what_another_process_adds_is_told_and_moves_nothing(kind, reading, uri, qtbot):
    _program, page = reading(kind)
    top = page.table.rowAt(0)
    before, rows = page.table.verticalScrollBar().value(), list(page.model.pks)
    write_elsewhere(uri, kind)
    qtbot.waitUntil(page.header.news.isVisible, timeout=10_000)
    qtbot.waitUntil(lambda: page.header.news.text() == "12 new", timeout=10_000)
    assert list(page.model.pks) == rows
    assert (page.table.verticalScrollBar().value(), page.table.rowAt(0)) == (before, top)
    page.header.news.click()
    qtbot.waitUntil(lambda: page.presenter.total == 92)
    assert page.presenter.page.records[page.model.pks[0]].title == "New"
    assert not page.header.news.isVisible()


def test_while_paused_nothing_is_told_until_it_goes_on(reading, uri, qtbot):
    program, page = reading(Kind.LEARNING)
    pause = program.window.registry[Do.PAUSE]
    pause.trigger()
    with qtbot.waitSignal(program.desk.workspace.noticed, timeout=10_000):
        write_elsewhere(uri, Kind.LEARNING)
    assert page.presenter.total == 80
    assert not page.header.news.isVisible()
    pause.trigger()
    qtbot.waitUntil(lambda: page.header.news.text() == "12 new", timeout=10_000)


def test_a_list_that_was_not_shown_catches_up_once_it_is(reading, uri, qtbot):
    program, page = reading(Kind.LEARNING)
    program.desk.pages.show_page("tasks")
    with qtbot.waitSignal(program.desk.workspace.noticed, timeout=10_000):
        write_elsewhere(uri, Kind.LEARNING)
    program.desk.pages.show_page("learnings")
    qtbot.waitUntil(lambda: page.header.news.text() == "12 new", timeout=10_000)


def test_the_welcome_gives_way_to_records_that_another_process_brings(start, uri, qtbot):
    program = start(uri)
    assert not program.window.shows_lists
    qtbot.wait(1_500)  # until the window has looked at the file once

    write_elsewhere(uri, Kind.BUG)

    qtbot.waitUntil(lambda: program.window.shows_lists)


def test_looking_at_what_came_keeps_what_is_selected(reading, uri, qtbot):
    _program, page = reading(Kind.BUG)
    page.table.verticalScrollBar().setValue(0)
    for place in (3, 47):
        pk = page.model.pks[place]
        page.selection.choose(pk)
        total = page.presenter.total
        write_elsewhere(uri, Kind.BUG)
        qtbot.waitUntil(page.header.news.isVisible)

        page.header.news.click()

        qtbot.waitUntil(lambda total=total: page.presenter.total == total + 12)
        assert page.chosen_pk == pk
    assert page.chosen_count == 1


def test_folders_that_only_the_workspace_names_are_followed_when_it_is_agreed_to(
    start, uri, tmp_path, qtbot
):
    folder = tmp_path / "sessions"
    folder.mkdir()
    (folder / "a.json").write_text('[{"id": 1, "title": "From the folder"}]')
    storage = open_storage(uri)
    keep_watched_folders(storage, [WatchedFolder(str(folder))])
    storage.close()
    program = start(uri)
    ribbon = program.window.ribbon
    qtbot.waitUntil(lambda: str(folder) in ribbon.text, timeout=10_000)
    storage = program.desk.workspace.storage
    assert storage.count(TaskQuery()) == 0

    next(each for each in ribbon.buttons if plain(each.text()) == "Follow").click()

    qtbot.waitUntil(lambda: storage.count(TaskQuery()) == 1, timeout=10_000)
    assert ribbon.isHidden()
