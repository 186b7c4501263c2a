import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QWidget

from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import TARGET_PX
from desktop_app.reading.compare_window import CompareWindow
from desktop_app.reading.diff_view import Side
from desktop_app.reading.run_view import Mode, RunView
from desktop_app.reading.timeline import TimelineView


@pytest.fixture(params=["text", "diff", "timeline", "compare"])
def widget(request, shown, workspace, qtbot):
    background = workspace.background
    if request.param == "timeline":
        return shown(TimelineView(background), 380, 600)
    if request.param == "compare":
        window = CompareWindow(workspace)
        window.diff.show_sides(Side("One", "a"), Side("Other", "b"))
        return shown(window)
    view = shown(RunView(background), 600, 600)
    if request.param == "diff":
        view.show_mode(Mode.DIFF)
    else:
        view.open_find()
    return view


def focusable(widget):
    return [
        part
        for part in [widget, *widget.findChildren(QWidget)]
        if part.focusPolicy() != Qt.FocusPolicy.NoFocus and part.isVisible()
    ]


def test_whatever_can_have_the_focus_has_a_name(widget):
    unnamed = [
        part
        for part in focusable(widget)
        if not QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
    ]
    assert unnamed == []


def test_whatever_can_be_clicked_is_large_enough(widget):
    least = current_theme().px(TARGET_PX)
    buttons = [part for part in widget.findChildren(QAbstractButton) if part.isVisible()]
    small = [b for b in buttons if b.width() < least or b.height() < least]
    assert small == []
