"""What Sheaf is, and which versions of what it runs on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from desktop_app.dialogs.frame import dialog_column
from desktop_app.look.icons import app_icon
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel


class AboutDialog(QDialog):
    """Shows the program and its versions; `versions` are names and numbers."""

    def __init__(
        self, versions: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._versions = versions
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("About Sheaf")
        side = current_theme().px(56)
        picture = QLabel()
        picture.setPixmap(app_icon().pixmap(side, side))
        what = PlainLabel(
            "Keeps the work that coding agents and scripts leave behind in one local file. "
            "It works without a network and sends nothing anywhere.",
        )
        what.setWordWrap(True)
        head = QVBoxLayout()
        head.addWidget(PlainLabel("Sheaf", "heading"))
        head.addWidget(what)
        top = QHBoxLayout()
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(head, 1)
        table = QFormLayout()
        for name, number in versions:
            value = PlainLabel(number)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            table.addRow(PlainLabel(name, "muted"), value)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        buttons.addButton(
            push_button("Copy versions", self._copy), QDialogButtonBox.ButtonRole.ActionRole
        )
        column = dialog_column(self)
        column.addLayout(top)
        column.addLayout(table)
        column.addWidget(buttons)
        buttons.button(QDialogButtonBox.StandardButton.Close).setFocus()
        self.resize(current_theme().px(420), self.sizeHint().height())

    def _copy(self) -> None:
        lines = (f"{name} {number}" for name, number in self._versions)
        QGuiApplication.clipboard().setText("\n".join(lines))
