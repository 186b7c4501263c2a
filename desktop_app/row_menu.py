"""The menu of a row."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.actions.menus import Items
from desktop_app.actions.registry import ActionRegistry


def popup_menu(parent: QWidget, registry: ActionRegistry, items: Items, where: QPoint) -> None:
    """Open a menu of those actions that are possible now."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setAccessibleName("Actions")
    registry.offer(menu, items)
    menu.popup(where)
