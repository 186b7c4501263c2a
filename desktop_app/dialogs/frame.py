"""The room a dialog leaves around its parts."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QVBoxLayout

from desktop_app.look.theme import current_theme


def dialog_column(dialog: QDialog) -> QVBoxLayout:
    """Give a dialog its one column and return it."""
    column = QVBoxLayout(dialog)
    edge, gap = current_theme().px(20), current_theme().px(12)
    column.setContentsMargins(edge, edge, edge, edge)
    column.setSpacing(gap)
    return column
