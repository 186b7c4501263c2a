"""The few settings there are. Each acts and is saved at once."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QWidget,
)

from desktop_app.dialogs.frame import dialog_column
from desktop_app.look.theme import Scheme, current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.pager import PAGE_SIZES
from desktop_app.widgets.plain_label import PlainLabel

_SCHEMES = ((Scheme.SYSTEM, "Like the system"), (Scheme.LIGHT, "Light"), (Scheme.DARK, "Dark"))


class SettingsDialog(QDialog):
    """Shows what is set, and tells at once what is chosen instead.

    `sign_keys` is whether keys that type a sign, such as `E`, act in lists; `folders` says
    how many folders are watched. `folders_wanted` asks for the list of them.
    """

    scheme_chosen = Signal(str)
    page_size_chosen = Signal(int)
    signs_chosen = Signal(bool)
    folders_wanted = Signal()

    def __init__(
        self,
        scheme: Scheme,
        page_size: int,
        *,
        sign_keys: bool,
        folders: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Settings")
        self.theme = QComboBox()
        self.theme.setAccessibleName("Theme")
        for value, words in _SCHEMES:
            self.theme.addItem(words, value.value)
        self.theme.setCurrentIndex(self.theme.findData(scheme.value))
        self.rows = QComboBox()
        self.rows.setAccessibleName("Rows per page")
        for size in PAGE_SIZES:
            self.rows.addItem(str(size), size)
        self.rows.setCurrentIndex(self.rows.findData(page_size))
        self.signs = QCheckBox("Single letters and signs act in lists")
        self.signs.setChecked(sign_keys)
        self.folders = push_button(folders or "Choose folders…", self.folders_wanted.emit)
        self.folders.setAccessibleName(f"Watched folders: {folders or 'none'}")
        self.folders.setAutoDefault(False)
        self._lay_out()
        self.theme.currentIndexChanged.connect(
            lambda: self.scheme_chosen.emit(self.theme.currentData())
        )
        self.rows.currentIndexChanged.connect(
            lambda: self.page_size_chosen.emit(self.rows.currentData())
        )
        self.signs.toggled.connect(self.signs_chosen)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("Theme", self.theme)
        form.addRow("Rows per page", self.rows)
        form.addRow("Keys", self.signs)
        note = PlainLabel("E archives and ? shows the keys, for example.", role="muted")
        note.setWordWrap(True)
        form.addRow("", note)
        form.addRow("Watched folders", self.folders)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = dialog_column(self)
        column.addLayout(form)
        column.addWidget(buttons)
        self.resize(current_theme().px(440), self.sizeHint().height())
