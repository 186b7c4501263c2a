"""Searching everything, in the window as it is."""

import pytest
from PySide6.QtCore import Qt

from db.records import Kind
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.detail.window import DetailWindow
from desktop_app.search.page import SearchPage
from tests.db.contract.test_hits import import_messages


@pytest.fixture
def program(start, filled, qtbot):
    """The program with a quokka in a message and in a run."""
    storage = open_storage(filled)
    import_messages(storage, *(["Nothing of it"] * 5), "I saw a quokka there")
    (task,) = storage.create(Kind.TASK, {"title": "Watch"}).changed[Kind.TASK]
    (record,) = storage.fetch(Kind.TASK, [task])
    storage.create(
        Kind.EXECUTION, {"task": record.id, "title": "Try", "description": "The quokka ran."}
    )
    storage.close()
    program = start(filled)
    qtbot.waitUntil(lambda: program.desk.pages.list is not None)
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    return program


@pytest.fixture
def page(program, qtbot):
    """The search page with what it finds of the quokka, the first hit chosen."""
    program.window.registry[Do.SEARCH_ALL].trigger()
    search = program.window.top.search
    qtbot.waitUntil(search.hasFocus)
    qtbot.keyClicks(search, "quokka")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    page = program.desk.pages.page
    assert isinstance(page, SearchPage)
    qtbot.waitUntil(lambda: not page.is_busy and page.chosen is not None)
    return page


def test_the_one_search_field_searches_everything_and_what_is_chosen_is_shown(
    program, page, qtbot
):
    assert page.table.hasFocus()
    assert page.chosen.kind is Kind.MESSAGE
    pk = page.chosen.record.pk
    qtbot.waitUntil(lambda: program.desk.detail.key == (Kind.MESSAGE, pk))


def test_enter_lands_in_the_conversation_and_esc_leads_back(program, page, qtbot):
    conversation = page.chosen.record.conversation_pk
    qtbot.keyClick(page.table, Qt.Key.Key_Return)

    detail = program.desk.detail
    qtbot.waitUntil(lambda: detail.key == (Kind.CONVERSATION, conversation))
    qtbot.waitUntil(lambda: not page.table.hasFocus())
    program.window.escaped.emit()
    assert page.table.hasFocus()
    assert detail.key == (Kind.CONVERSATION, conversation)
    program.window.escaped.emit()
    assert program.desk.pages.key == "batches"
    assert program.window.top.search.text() == ""


def test_a_run_is_opened_at_its_text(program, page, qtbot):
    page.table.setCurrentIndex(page.model.index(page.model.place_of((Kind.EXECUTION, 1))))
    qtbot.keyClick(page.table, Qt.Key.Key_Return)

    detail = program.desk.detail
    qtbot.waitUntil(lambda: detail.key == (Kind.EXECUTION, 1))


def test_f4_opens_a_window_of_its_own(program, page, qtbot):
    qtbot.keyClick(page.table, Qt.Key.Key_F4)

    qtbot.waitUntil(lambda: bool(program.window.findChildren(DetailWindow)))


def test_all_in_the_list_takes_the_text_along(program, page, qtbot):
    page._toggle("in:runs")
    qtbot.waitUntil(lambda: not page.is_busy)
    page.table.setCurrentIndex(page.model.index(2))
    qtbot.keyClick(page.table, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: program.desk.pages.list is not None)
    shown = program.desk.pages.list
    assert (shown.kind, shown.text) == (Kind.EXECUTION, "quokka")
    qtbot.waitUntil(lambda: shown.presenter.total == 1)
    for _ in ("what the list showed before", "the search"):
        program.window.registry[Do.BACK].trigger()
    assert program.desk.pages.page is page


def test_what_is_typed_in_a_list_is_taken_along_to_everything(program, qtbot):
    search = program.window.top.search
    search.setFocus()
    qtbot.keyClicks(search, "saw")

    program.window.registry[Do.SEARCH_ALL].trigger()

    page = program.desk.pages.page
    assert page.text == "saw"
    qtbot.waitUntil(lambda: not page.is_busy)
    assert [row.words for row in page.model.rows if row.hit] == ["Message 5"]
    assert search.hasSelectedText()
