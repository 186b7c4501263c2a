"""The archive and the trash, which hold every kind of record."""

import pytest
from PySide6.QtWidgets import QWidget

from db.query import BatchQuery
from db.records import Kind, Place
from desktop_app.actions.registry import ActionRegistry
from desktop_app.pages import Pages
from desktop_app.window_state import WindowState


@pytest.fixture
def window(shown):
    return shown(QWidget())


@pytest.fixture
def pages(workspace, window, tmp_path):
    made = Pages(workspace, ActionRegistry(window), WindowState(tmp_path / "w.ini"), window)
    made.show_page("batches")
    made.show()
    return made


@pytest.fixture
def archive_one(storage, add_tasks, add_batch):
    def archive(*kinds):
        found = {Kind.TASK: add_tasks(1), Kind.BATCH: [add_batch("Alone")]}
        for kind in kinds:
            storage.move(kind, found[kind], Place.ARCHIVED)

    return archive


def tabs(page):
    return [page.kinds.tabText(0), page.kinds.tabText(1)]


def test_both_kinds_are_counted(pages, archive_one, qtbot):
    archive_one(Kind.BATCH, Kind.TASK)
    pages.show_page("archived")
    qtbot.waitUntil(lambda: tabs(pages.list) == ["Batches  1", "Tasks  1"])
    assert pages.list.query == BatchQuery(places=frozenset({Place.ARCHIVED}))


def test_a_place_opens_on_the_kind_that_is_in_it(pages, archive_one, qtbot):
    archive_one(Kind.TASK)
    pages.show_page("archived")
    qtbot.waitUntil(lambda: pages.key == "archived-tasks")
    pages.step(-1)
    assert pages.key == "batches"


def test_a_place_opens_on_the_kind_chosen_last(pages, archive_one, qtbot):
    archive_one(Kind.BATCH, Kind.TASK)
    pages.show_page("archived")
    qtbot.waitUntil(lambda: bool(pages.list.kinds.counts))
    pages.list.kinds.setCurrentIndex(1)
    assert pages.key == "archived-tasks"
    assert pages.list.kinds.currentIndex() == 1
    pages.show_page("tasks")
    pages.show_page("archived")
    assert pages.key == "archived-tasks"


def test_an_empty_kind_that_was_chosen_stays_and_leads_to_the_other(pages, archive_one, qtbot):
    archive_one(Kind.TASK)
    pages.show_page("archived")
    qtbot.waitUntil(lambda: pages.key == "archived-tasks")
    pages.list.kinds.setCurrentIndex(0)
    qtbot.waitUntil(lambda: len(pages.list.panel.buttons) == 1)
    assert pages.key == "archived"
    assert pages.list.panel.accessibleName() == "No batch is archived"
    assert pages.list.panel.buttons[0].text() == "Show 1 task"
    pages.list.panel.buttons[0].click()
    assert pages.key == "archived-tasks"


def test_what_is_put_back_while_looking_does_not_turn_the_page(
    pages, archive_one, workspace, qtbot
):
    archive_one(Kind.BATCH, Kind.TASK)
    pages.show_page("archived")
    qtbot.waitUntil(lambda: pages.list.presenter.total == 1 and bool(pages.list.kinds.counts))
    workspace.unarchive(Kind.BATCH, pages.list.model.pks)
    qtbot.waitUntil(lambda: tabs(pages.list) == ["Batches  0", "Tasks  1"])
    assert pages.key == "archived"


def test_kinds_of_which_there_are_none_are_left_out(pages, storage, one_of_each, qtbot):
    for kind in (Kind.LEARNING, Kind.BUG):
        storage.move(kind, [one_of_each[kind]], Place.TRASHED)
    pages.show_page("trash")
    qtbot.waitUntil(lambda: pages.key == "trash-bugs")
    kinds = pages.list.kinds
    qtbot.waitUntil(lambda: bool(kinds.counts))
    shown = [kinds.tabText(n) for n in range(kinds.count()) if kinds.isTabVisible(n)]
    assert shown == ["Bugs  1", "Learnings  1"]
    kinds.setCurrentIndex(list(Kind).index(Kind.LEARNING))
    assert pages.key == "trash-learnings"
    assert pages.entry == "trash"


def test_what_was_archived_this_week_is_listed_by_kind(pages, storage, one_of_each, qtbot):
    storage.move(Kind.DESIGN_NOTE, [one_of_each[Kind.DESIGN_NOTE]], Place.ARCHIVED)
    pages.show_page("recent")
    qtbot.waitUntil(lambda: pages.key == "recent-design-notes")
    qtbot.waitUntil(lambda: pages.list.presenter.total == 1)
