"""What holds for every part of the pane: names, sizes, keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

from db.records import Kind
from desktop_app.detail.window import DetailWindow
from desktop_app.dialogs.conflict import ConflictDialog
from desktop_app.look.theme import Scheme

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

TABS = ["Overview", "Payload", "Links", "History", "Original"]


def unnamed(widget):
    return [
        part
        for part in widget.findChildren(QWidget)
        if part.focusPolicy() != Qt.FocusPolicy.NoFocus
        and part.isVisible()
        and not QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
    ]


def too_small(widget):
    buttons = [b for b in widget.findChildren(QWidget) if b.inherits("QAbstractButton")]
    seen = [b for b in buttons if b.isVisible() and b.width() > 0]
    return [(b, b.size()) for b in seen if min(b.width(), b.height()) < 24]


@pytest.fixture
def task(import_task, storage):
    pk = import_task(b'{"id": 1}')
    storage.edit(
        Kind.TASK, pk, {"tags": ["a", "b"], "description": "x [l](http://y)"}, seen_version=1
    )
    return pk


@pytest.mark.parametrize("tab", TABS)
def test_whatever_can_have_the_focus_on_a_task_has_a_name(pane, open_record, task, tab):
    open_record(Kind.TASK, task)
    pane.tabs.open(tab)
    pane.grab()
    assert unnamed(pane) == []
    assert too_small(pane) == []


@pytest.mark.parametrize("tab", ["Tasks", *TABS])
def test_whatever_can_have_the_focus_on_a_batch_has_a_name(pane, open_record, make_batch, tab):
    open_record(Kind.BATCH, make_batch())
    if tab != "Links":
        pane.tabs.open(tab)
    assert unnamed(pane) == []


def test_nothing_selected_and_editing_have_names_too(pane, open_record, task):
    assert unnamed(pane) == []
    open_record(Kind.TASK, task)
    pane.edit_title()
    pane.description.start_editing()
    assert unnamed(pane) == []


@pytest.mark.parametrize("zoom", [1, 2])
@pytest.mark.parametrize("direction", [*Qt.LayoutDirection][:2])
def test_nothing_is_cut_off_sideways(pane, open_record, theme, task, zoom, direction):
    theme.set_zoom(zoom)
    pane.resize(320 * zoom, 600)
    pane.setLayoutDirection(direction)
    open_record(Kind.TASK, task)
    pane.grab()
    content = pane.header.parentWidget()
    assert content.width() <= pane.width()
    inside = [pane.header, pane.facts, pane.tabs, *pane.facts.findChildren(QWidget)]
    for part in filter(QWidget.isVisible, inside):
        left = part.mapTo(pane, part.rect().topLeft()).x()
        assert left >= 0
        assert left + part.width() <= pane.width()


def test_the_pane_changes_its_colours_with_the_theme(pane, open_record, theme, task):
    open_record(Kind.TASK, task)
    before = pane.grab().toImage()
    theme.set_scheme(Scheme.DARK)
    after = pane.grab().toImage()
    spot = before.rect().center()
    assert before.pixelColor(spot).lightness() > 200
    assert after.pixelColor(spot).lightness() < 80


def test_its_own_window_has_the_title_of_the_record_and_the_keys(
    qtbot, shown, workspace, make_task
):
    window = shown(DetailWindow(workspace))
    window.show_record(Kind.TASK, make_task("Split the lexer"))
    qtbot.waitUntil(lambda: window.windowTitle().startswith("Split the lexer"))
    qtbot.keyClick(window, Qt.Key.Key_F2)
    assert window.pane.header.title.is_editing()


@pytest.fixture
def closed_in_mid_title(qtbot, workspace, theme):
    """Open a window on a task, write a title, and close the window, which is then gone."""

    def close(pk, meanwhile=lambda: None):
        window = DetailWindow(workspace)
        with qtbot.waitSignal(window.pane.seen_anew):
            window.show_record(Kind.TASK, pk)
        window.pane.edit_title()
        window.pane.header.title._field.setText("Saved on the way out")
        meanwhile()
        with qtbot.waitSignal(window.destroyed):
            window.close()

    return close


def test_closing_the_window_saves_what_was_being_written(
    qtbot, closed_in_mid_title, make_task, task_of
):
    pk = make_task()
    closed_in_mid_title(pk)
    qtbot.waitUntil(lambda: task_of(pk).record.title == "Saved on the way out")


def test_a_conflict_on_closing_is_asked_in_the_window_that_is_left(
    qtbot, pane, closed_in_mid_title, make_task, task_of, storage
):
    pk = make_task()
    theirs = {"title": "Theirs"}
    closed_in_mid_title(pk, lambda: storage.edit(Kind.TASK, pk, theirs, seen_version=1))
    pane.activateWindow()
    qtbot.waitUntil(lambda: pane.findChild(ConflictDialog) is not None)
    pane.findChild(ConflictDialog).accept()
    qtbot.waitUntil(lambda: task_of(pk).record.title == "Saved on the way out")
