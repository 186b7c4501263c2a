"""Lists of every kind of record: columns, orders, filters and signs."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QSlider

from db.query import QUERIES
from db.records import Kind
from db.vocabulary import Review
from desktop_app.copying import command_for
from desktop_app.lists.filters import FILTERS
from desktop_app.lists.record_columns import COLUMNS
from desktop_app.lists.views import HOMES, VIEWS
from desktop_app.look.cells import ROLE_CELL, MeterCell, PillCell

KINDS = pytest.mark.parametrize("kind", list(Kind))


def texts(page, row=0):
    record = page.model.record_at(row)
    return {column.key: column.text(record) for column in page.model.columns}


def chip(page, title):
    return next(chip for filter_, chip in page.filters._chips if filter_.title == title)


@KINDS
def test_every_kind_has_a_list_that_shows_its_records(kind, one_of_each, open_page):
    page = open_page(HOMES[kind])
    QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert one_of_each[kind] in page.model.pks
    assert page.model.data(page.model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)


@KINDS
def test_every_order_of_a_kind_belongs_to_a_column_and_can_be_had_by_a_click(
    kind, one_of_each, open_page, qtbot
):
    page = open_page(HOMES[kind])
    sorts = {column.sort for column in COLUMNS[kind]} - {None}
    assert sorts == set(type(QUERIES[kind]().sort))
    for column in COLUMNS[kind]:
        if column.sort is not None:
            with qtbot.waitSignal(page.presenter.ids_ready):
                page.table.horizontalHeader().sectionClicked.emit(
                    page.model.section_of(column.key)
                )
            assert page.query.sort == column.sort
            assert one_of_each[kind] in page.model.pks


@KINDS
def test_every_chip_of_a_kind_narrows_and_clears(kind, one_of_each, open_page, qtbot):
    page = open_page(HOMES[kind])
    for filter_, button in page.filters._chips:
        button.click()
        menu = QApplication.activePopupWidget()
        if menu is None:
            assert filter_.is_on(page.query)
            button.cleared.emit()
        else:
            qtbot.keyClick(menu, Qt.Key.Key_Escape)
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        assert not filter_.is_on(page.query)
    assert len(FILTERS[kind]) == len(page.filters._chips)


def test_a_run_whose_lease_has_passed_is_marked_stalled_with_sign_and_word(
    one_of_each, open_page
):
    page = open_page("stalled")
    assert texts(page)["status"] == "Stalled"
    assert isinstance(page.model.index(0, 1).data(ROLE_CELL), PillCell)
    assert "lease" in page.model.index(0, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert texts(page)["duration"] == "7 min 29 s"


def test_a_confidence_is_a_bar_with_its_number(one_of_each, open_page):
    page = open_page("learnings")
    section = page.model.section_of("confidence")
    assert page.model.index(0, section).data(ROLE_CELL) == MeterCell(0.85)
    assert page.model.index(0, section).data() == "0.85"


def test_signs_come_with_words(one_of_each, open_page):
    assert texts(open_page("bugs"))["severity"] == "Critical"
    assert texts(open_page("learnings"))["review"] == "Pending"
    talk = texts(open_page("conversations"))
    assert (talk["errors"], talk["messages"]) == ("1", "3")


def test_messages_of_one_conversation_come_as_they_were_said(one_of_each, open_page, qtbot):
    page = open_page("messages")
    chip(page, "Conversation").click()
    menu = QApplication.activePopupWidget()
    qtbot.waitUntil(lambda: menu.actions()[0].text() == "A talk")
    with qtbot.waitSignal(page.presenter.ids_ready):
        menu.actions()[0].trigger()
    menu.close()
    shown = [texts(page, row) for row in range(3)]
    assert [row["position"] for row in shown] == ["1", "2", "3"]
    assert [row["role"] for row in shown] == ["User", "Assistant", "User"]
    assert [row["error"] for row in shown] == ["", "", "Error"]


def test_a_range_of_confidence_is_set_by_keys(learn, open_page, qtbot):
    for confidence in (0.1, 0.5, 0.9):
        learn(f"Sure to {confidence}", confidence=confidence)
    page = open_page("learnings")
    chip(page, "Confidence").click()
    menu = QApplication.activePopupWidget()
    start, end = menu.findChildren(QSlider)
    for _ in range(8):
        qtbot.keyClick(start, Qt.Key.Key_Right)
    assert page.query.least == 0.4
    qtbot.keyClick(end, Qt.Key.Key_PageDown)
    assert (page.query.least, page.query.most) == (0.4, 0.75)
    qtbot.waitUntil(lambda: page.presenter.total == 1)
    assert chip(page, "Confidence").value == "0.40 to 0.75"
    assert all(part.accessibleName() for part in menu.findChildren(QDoubleSpinBox))
    qtbot.keyClick(end, Qt.Key.Key_Home)
    assert (page.query.least, page.query.most) == (None, 0.0)
    qtbot.keyClick(end, Qt.Key.Key_Escape)
    chip(page, "Confidence").cleared.emit()
    assert (page.query.least, page.query.most) == (None, None)


def test_the_values_of_a_chip_are_those_that_the_other_chips_leave(learn, open_page, qtbot):
    learn("One", category="build", review="approved")
    learn("Two", category="queue")
    page = open_page("inbox")
    chip(page, "Category").click()
    menu = QApplication.activePopupWidget()
    qtbot.waitUntil(lambda: menu.actions()[0].text() == "queue  (1)")
    menu.close()
    assert page.query.reviews == {Review.PENDING}


@pytest.mark.parametrize("key", list(VIEWS))
def test_every_view_opens_and_says_what_it_is(key, open_page):
    page = open_page(key)
    assert page.panel.isVisible()
    assert page.panel.accessibleName() == VIEWS[key].empty
    assert page.header.view.accessibleName() == f"View: {VIEWS[key].title}"


def test_a_list_as_a_command_names_its_kind(one_of_each, open_page, workspace):
    words = command_for(open_page("inbox"), workspace)
    assert words.startswith("sheaf list learnings --storage memory:")
    assert "--query review:pending" in words
