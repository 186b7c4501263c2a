"""The row of long work: what is being done, how far it is, and who has the focus meanwhile."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from shiboken6 import delete

from db.ports import CopyProgress
from desktop_app.widgets.work_row import WorkRow


class Page(QWidget):
    """A page with two buttons, the first of which begins work and is disabled meanwhile."""

    def __init__(self):
        super().__init__()
        self.begin, self.other = QPushButton("Begin"), QPushButton("Other")
        self.row = WorkRow("Progress", lambda: self.show_work(""))
        column = QVBoxLayout(self)
        for part in (self.begin, self.other, self.row):
            column.addWidget(part)
        self.begin.clicked.connect(lambda: self.show_work("Counting…"))
        self.setFocusProxy(self.other)

    def show_work(self, doing):
        with self.row.keeping_focus():
            self.row.show_work(doing)
            self.begin.setEnabled(not doing)


@pytest.fixture
def page(shown):
    return shown(Page(), 600, 200)


def begin(page):
    page.begin.setFocus()
    QTest.keyClick(page.begin, Qt.Key.Key_Space)


def test_it_is_shown_with_its_words_only_while_something_is_done(page):
    assert not page.row.isVisible()
    begin(page)
    assert page.row.isVisible()
    assert page.row.words == "Counting…"
    page.show_work("")
    assert not page.row.isVisible()


def test_the_bar_shows_a_share_and_of_a_step_or_new_work_none(page):
    begin(page)
    assert page.row.share is None
    page.row.show_progress(CopyProgress(30, 0))
    assert page.row.share is None
    page.row.show_progress(CopyProgress(30, 120))
    assert page.row.share == 250
    page.row.show_work("Counting… 30 of 120")
    assert page.row.share == 250
    page.row.show_progress("Waiting for another process")
    assert page.row.words == "Waiting for another process…"
    assert page.row.share is None
    page.row.show_progress(CopyProgress(121, 120))
    assert page.row.share == 1000
    page.show_work("")
    begin(page)
    assert page.row.share is None


def test_stop_has_the_focus_that_the_disabled_button_lost_and_gives_it_back(page):
    begin(page)
    assert page.row.stop.hasFocus()
    QTest.keyClick(page.row.stop, Qt.Key.Key_Return)
    assert page.begin.isEnabled()
    assert page.begin.hasFocus()


def test_a_focus_that_was_moved_meanwhile_stays_where_it_is(page):
    begin(page)
    page.other.setFocus()
    page.show_work("")
    assert page.other.hasFocus()


def test_a_focus_that_nothing_took_stays_where_it_is(page):
    page.other.setFocus()
    page.show_work("Counting…")
    assert page.other.hasFocus()


def test_where_what_had_the_focus_is_gone_the_page_has_it(page):
    begin(page)
    delete(page.begin)
    page.begin = QPushButton()
    page.show_work("")
    assert page.other.hasFocus()


def test_its_parts_have_names_and_without_a_stop_there_is_no_button(page, shown):
    begin(page)
    names = [
        QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
        for part in (page.row._bar, page.row.stop)
    ]
    assert names == ["Progress", "Stop"]
    bare = shown(WorkRow("Check under way"))
    assert bare.findChildren(QPushButton) == []
