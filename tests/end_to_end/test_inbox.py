"""The learnings inbox in the whole window."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from db.query import LearningQuery
from db.records import Kind
from db.vocabulary import Review


def test_learnings_are_worked_through_by_single_keys(start, uri, qtbot):
    program = start(uri)
    storage, window = program.desk.workspace.storage, program.window
    for number in range(3):
        storage.create(Kind.LEARNING, {"title": f"Lesson {number} of the lease"})
    window.show_lists()
    program.desk.pages.show_page("inbox")
    page = program.desk.pages.list
    page.refresh()
    qtbot.waitUntil(lambda: page.presenter.total == 3)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    page.selection.choose(page.model.pks[0])
    page.table.setFocus()
    qtbot.waitUntil(lambda: len(page.twins.twins) == 2)
    qtbot.keyClick(page.table, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: page.presenter.total == 2)
    qtbot.waitUntil(lambda: page.chosen_count == 1)
    qtbot.keyClick(page.table, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: page.presenter.total == 1)
    reviews = {r.review for r in storage.fetch(Kind.LEARNING, storage.ids(LearningQuery()))}
    assert reviews == {Review.APPROVED, Review.REJECTED, Review.PENDING}
    assert program.desk.workspace.storage.count(LearningQuery()) == 3
    page.table.setFocus()
    qtbot.waitUntil(lambda: program.desk.workspace.next_undo is not None)
    qtbot.keyClick(page.table, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: page.presenter.total == 2)


def test_a_learning_that_waits_is_decided_about_by_buttons_below_it(start, uri, qtbot):
    program = start(uri)
    storage, window = program.desk.workspace.storage, program.window
    pk = storage.create(Kind.LEARNING, {"title": "Lesson"}).changed[Kind.LEARNING][0]
    window.show_lists()
    program.desk.pages.show_page("inbox")
    page, detail = program.desk.pages.list, program.desk.detail
    page.refresh()
    qtbot.waitUntil(lambda: page.presenter.total == 1)
    page.selection.choose(pk)
    qtbot.waitUntil(lambda: detail.tabs.key == (Kind.LEARNING, pk))
    buttons = {button.text(): button for button in detail.footer.findChildren(QPushButton)}
    assert not buttons["Approve"].isHidden()
    assert not buttons["Reject"].isHidden()
    buttons["Approve"].click()
    qtbot.waitUntil(lambda: page.presenter.total == 0)
    assert storage.fetch(Kind.LEARNING, [pk])[0].review is Review.APPROVED
