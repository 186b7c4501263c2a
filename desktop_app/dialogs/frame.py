"""The room a dialog takes, and leaves around its parts."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QVBoxLayout

from desktop_app.look.theme import current_theme
from desktop_app.widgets.enter import EnterPresses
from desktop_app.widgets.mnemonics import Mnemonics

_SHARE: Final = 0.96
"""So much of the screen a dialog takes at most, each way."""


def give_keys(dialog: QDialog) -> None:
    """Let Enter press the focused button of a dialog, and Alt with its letter each button."""
    EnterPresses(dialog)
    Mnemonics(dialog)


def dialog_column(dialog: QDialog) -> QVBoxLayout:
    """Give a dialog its keys and its one column; return the column."""
    give_keys(dialog)
    column = QVBoxLayout(dialog)
    edge, gap = current_theme().px(20), current_theme().px(12)
    column.setContentsMargins(edge, edge, edge, edge)
    column.setSpacing(gap)
    return column


def fit_screen(dialog: QDialog, width: int, height: int) -> None:
    """Make a dialog so large, in the pixels of the design, or as large as the screen allows."""
    px = current_theme().px
    wanted = QSize(px(width), px(height))
    dialog.resize(wanted.boundedTo(dialog.screen().availableSize() * _SHARE))
