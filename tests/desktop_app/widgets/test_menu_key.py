from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QTableWidget, QVBoxLayout, QWidget

from desktop_app.widgets.menu_key import MenuKey


def test_shift_f10_asks_what_has_the_focus_for_its_menu(shown, qtbot):
    window, table = QWidget(), QTableWidget(2, 1)
    QVBoxLayout(window).addWidget(table)
    MenuKey(window)
    table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    asked = []
    table.customContextMenuRequested.connect(asked.append)
    shown(window, 300, 200)
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    assert [type(place) for place in asked] == [QPoint]
