"""The learnings inbox in the whole window."""

from PySide6.QtCore import Qt

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
