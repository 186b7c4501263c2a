"""Choosing what to write to a file, and how."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

from msgspec import Struct
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from db.exchange.exporting import ORIGINAL, ExportFormat, export_formats
from db.ports import Choice
from db.query import Query
from db.records import Kind
from desktop_app.dialogs.frame import dialog_column
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel

_NAME: Final = re.compile("`([^`]+)`")


class Scope(Struct, frozen=True):
    """Some records to write: how a person calls them, and which they are; None is all."""

    title: str
    kind: Kind = Kind.TASK
    choice: Choice | None = None

    @property
    def formats(self) -> tuple[ExportFormat, ...]:
        """The formats that can carry them."""
        return tuple(
            each for each in export_formats() if self.choice is None or self.kind in each.kinds
        )


class ExportOrder(Struct, frozen=True):
    """What to write, in which format, to which file or folder."""

    scope: Scope
    format_name: str
    path: Path


class ExportDialog(QDialog):
    """Asks for scope, format and file; `ordered` carries an `ExportOrder`."""

    ordered = Signal(object)

    def __init__(
        self, scopes: list[Scope], folder: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Export")
        self._scopes = scopes
        self._formats: tuple[ExportFormat, ...] = ()
        self._folder = folder
        self._group = QButtonGroup(self)
        self.format = QComboBox()
        self.format.setAccessibleName("Format")
        self._loses = PlainLabel(role="muted")
        self._loses.setWordWrap(True)
        self.path = QLineEdit()
        self.path.setAccessibleName("File to write")
        self._export = QPushButton("Export")
        self._export.setProperty("primary", True)
        self._lay_out()
        # Only in its dialog it becomes the button that Enter presses from anywhere.
        self._export.setDefault(True)
        self.format.currentIndexChanged.connect(self._on_format)
        self.path.textChanged.connect(lambda typed: self._export.setEnabled(bool(typed)))
        self._group.idToggled.connect(self._on_scope)
        self._on_scope(0, checked=True)
        self.resize(current_theme().px(520), self.sizeHint().height())

    def choose_scope(self, place: int) -> None:
        """Tick the scope at `place`."""
        self._group.button(place).setChecked(True)

    def _lay_out(self) -> None:
        column = dialog_column(self)
        column.addWidget(PlainLabel("What to export", role="title"))
        scopes = QVBoxLayout()
        for place, scope in enumerate(self._scopes):
            button = QRadioButton(scope.title)
            button.setChecked(place == 0)
            self._group.addButton(button, place)
            scopes.addWidget(button)
        column.addLayout(scopes)
        path = QHBoxLayout()
        path.addWidget(self.path, 1)
        path.addWidget(push_button("Browse…", self._browse))
        form = QFormLayout()
        form.addRow("&Format", self.format)
        form.addRow("", self._loses)
        file_label = PlainLabel("F&ile")
        file_label.setBuddy(self.path)
        form.addRow(file_label, path)
        column.addLayout(form)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self._export, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def _on_scope(self, place: int, checked: bool) -> None:
        """Offer the formats that can carry what is to be written, keeping the one chosen."""
        if not checked:
            return
        former = self._formats[self.format.currentIndex()].name if self._formats else ""
        self._formats = self._scopes[place].formats
        names = [each.name for each in self._formats]
        self.format.blockSignals(True)
        self.format.clear()
        self.format.addItems([f"{each.title} ({each.name})" for each in self._formats])
        chosen = names.index(former) if former in names else 0
        self.format.setCurrentIndex(chosen)
        self.format.blockSignals(False)
        self._on_format(chosen)

    def _on_format(self, place: int) -> None:
        chosen = self._formats[place]
        self._loses.setText(
            f"It cannot carry {_plain(chosen.loses)}."
            if chosen.loses
            else "It carries everything."
        )
        former = Path(self.path.text()) if self.path.text() else self._folder / "sheaf-export"
        stem = former.name.split(".", maxsplit=1)[0]
        self.path.setText(str(former.with_name(stem + chosen.suffix)))

    def _browse(self) -> None:
        chosen = self._formats[self.format.currentIndex()]
        dialog = QFileDialog(self, "Export to", self.path.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if chosen.name == ORIGINAL:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.path.setText)
        dialog.open()

    # Qt overrides

    def accept(self) -> None:
        scope = self._scopes[self._group.checkedId()]
        name = self._formats[self.format.currentIndex()].name
        self.ordered.emit(ExportOrder(scope, name, Path(self.path.text()).expanduser()))
        super().accept()


def _plain(said: str) -> str:
    """Return words for a label, in which names are in quotation marks."""
    return _NAME.sub(r"“\1”", said)


def query_and_pks(choice: Choice | None) -> tuple[Query | None, list[int] | None]:
    """Return a choice as `export` takes it."""
    if choice is None:
        return None, None
    return (None, list(choice)) if isinstance(choice, Collection) else (choice, None)
