"""What is shown when the program itself is at fault."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QWidget

from desktop_app.dialogs.frame import dialog_column
from desktop_app.look.theme import Face, current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel


class CrashDialog(QDialog):
    """A report one can copy. The window behind it goes on working."""

    def __init__(self, report: str, log_path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Something went wrong")
        said = PlainLabel(
            "Sheaf made a mistake. What was saved before is safe. You can go on working; a "
            f"report helps to mend it. It is also in {log_path}."
        )
        said.setWordWrap(True)
        details = QPlainTextEdit(report)
        details.setAccessibleName("Report")
        details.setReadOnly(True)
        details.setTabChangesFocus(True)
        details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        details.setFont(current_theme().font(Face.MONO))
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(
            push_button("Copy report", lambda: QGuiApplication.clipboard().setText(report))
        )
        buttons.addWidget(push_button("Go on", self.close, primary=True))
        column = dialog_column(self)
        column.addWidget(PlainLabel("Something went wrong", role="title"))
        column.addWidget(said)
        column.addWidget(details, 1)
        column.addLayout(buttons)
        self.resize(current_theme().px(620), current_theme().px(420))
