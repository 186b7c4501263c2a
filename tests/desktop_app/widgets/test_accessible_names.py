import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

from desktop_app.widgets.banner import Banner
from desktop_app.widgets.chip import FilterChip
from desktop_app.widgets.json_view import JsonView
from desktop_app.widgets.pager import Pager
from desktop_app.widgets.search_field import SearchField
from desktop_app.widgets.sidebar import Sidebar
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.widgets.toast import Toast


def banner():
    widget = Banner()
    widget.show_message("warning", "Careful.", [("Fix", list, True)])
    return widget


def panel():
    widget = StatePanel()
    widget.show_state("inbox", "Empty", "Nothing yet.", [("Import…", list, True)])
    return widget


def toast():
    widget = Toast()
    widget.show_message("Done.", ("Undo", list))
    return widget


MAKERS = [
    banner,
    panel,
    toast,
    JsonView,
    Pager,
    SearchField,
    Sidebar,
    lambda: FilterChip("Status"),
]


@pytest.mark.parametrize("make", MAKERS)
def test_whatever_can_have_the_focus_has_a_name(shown, make):
    widget = shown(make())
    unnamed = [
        part
        for part in [widget, *widget.findChildren(QWidget)]
        if part.focusPolicy() != Qt.FocusPolicy.NoFocus
        and part.isVisible()
        and not QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
    ]
    assert unnamed == []


@pytest.mark.parametrize("make", MAKERS)
def test_whatever_can_be_clicked_is_large_enough(shown, make):
    widget = shown(make())
    widget.resize(700, 300)
    widget.grab()
    buttons = [b for b in widget.findChildren(QWidget) if b.inherits("QAbstractButton")]
    small = [
        (b, b.size()) for b in buttons if b.isVisible() and min(b.width(), b.height()) < 24
    ]
    assert small == []
