"""The first step: what to write, in which format, where to."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from db.cancel import CancelToken
from db.errors import SheafError
from db.exchange.exporting import CsvStyle, ExportFormat, ExportOptions
from db.ports import Storage
from db.query import EVERYWHERE, QUERIES
from desktop_app.background import Background
from desktop_app.export_order import ExportOrder, Scope, query_and_pks
from desktop_app.export_wizard import words
from desktop_app.latest import Latest
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel


class ChoicePage(QWidget):
    """Asks for scope, format, file and options; `changed` says that one of them did."""

    changed = Signal()

    def __init__(
        self, scopes: list[Scope], folder: Path, background: Background[Storage]
    ) -> None:
        super().__init__()
        self._scopes = list(scopes)
        self._formats: tuple[ExportFormat, ...] = ()
        self._folder = folder
        self._counting = Latest(background, self)
        self._looking = Latest(background, self)
        self._group = QButtonGroup(self)
        self.format = QComboBox()
        self.format.setAccessibleName("Format")
        self._what = PlainLabel(role="muted")
        self.path = QLineEdit()
        self.path.setAccessibleName("File to write")
        self.notice = PlainLabel(role="muted")
        for label in (self._what, self.notice):
            label.setWordWrap(True)
        self.formulas = QCheckBox("&Guard cells that a spreadsheet would run as formulas")
        self.formulas.setChecked(True)
        self.manifest = QCheckBox("&Manifest beside it: counts and SHA-256 of what was written")
        self.manifest.setChecked(True)
        self._lay_out()
        self.format.currentIndexChanged.connect(self._on_format)
        self.path.textChanged.connect(self._on_path)
        self._group.idToggled.connect(self._on_scope)
        self._on_scope(0, checked=True)
        self._count()

    @property
    def is_complete(self) -> bool:
        """Whether everything is chosen that has to be."""
        return bool(self.path.text().strip())

    @property
    def order(self) -> ExportOrder:
        """What is chosen, with no secret taken out."""
        guards = self.formulas.isChecked() or self.formulas.isHidden()
        options = ExportOptions(
            manifest=self.manifest.isChecked(), csv=CsvStyle(formulas=not guards)
        )
        scope = self._scopes[self._group.checkedId()]
        path = Path(self.path.text().strip()).expanduser()
        return ExportOrder(scope, self._format.name, path, options)

    @property
    def _format(self) -> ExportFormat:
        return self._formats[self.format.currentIndex()]

    def choose_scope(self, place: int) -> None:
        """Tick the scope at `place`."""
        self._group.button(place).setChecked(True)

    def choose_format(self, name: str) -> None:
        """Choose a format by its name."""
        self.format.setCurrentIndex([each.name for each in self._formats].index(name))

    def _count(self) -> None:
        """Find out how many records the scopes are whose number is not known."""
        unknown = [place for place, scope in enumerate(self._scopes) if scope.number is None]

        def work(storage: Storage, token: CancelToken) -> dict[int, int]:
            return {place: _number(storage, self._scopes[place], token) for place in unknown}

        if unknown:
            self._counting.ask(work, self._show_numbers, self._leave_uncounted)

    def _show_numbers(self, numbers: dict[int, int]) -> None:
        for place, number in numbers.items():
            self._scopes[place] = replace(self._scopes[place], number=number)
            self._group.button(place).setText(_title(self._scopes[place]))

    def _leave_uncounted(self, _error: SheafError) -> None:
        """Do without a number: whoever exports will be told what is wrong."""

    def _on_scope(self, place: int, checked: bool) -> None:
        """Offer the formats that can carry what is to be written, keeping the one chosen."""
        if not checked:
            return
        former = self._format.name if self._formats else ""
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
        self._what.setText(f"{words.carries(chosen)}\n{words.loses(chosen)}")
        self.formulas.setVisible(chosen.name == "csv")
        former = Path(self.path.text()) if self.path.text() else self._folder / "sheaf-export"
        stem = former.name.split(".", maxsplit=1)[0]
        self.path.setText(str(former.with_name(stem + chosen.suffix)))
        self.changed.emit()

    def _on_path(self, _typed: str) -> None:
        """Say what is there already, once that is known."""
        self.changed.emit()
        if not self.is_complete:
            self._looking.cancel()
            self.notice.setText("Say where to write.")
            return
        path, is_folder = self.order.path, self._format.is_folder
        self._looking.ask(
            lambda _storage, _token: _notice(path, is_folder),
            self.notice.setText,
            lambda _: None,
        )

    def _browse(self) -> None:
        dialog = QFileDialog(self, "Export to", self.path.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if self._format.is_folder:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.path.setText)
        dialog.open()

    def _lay_out(self) -> None:
        scopes = QVBoxLayout()
        for place, scope in enumerate(self._scopes):
            button = QRadioButton(_title(scope))
            button.setChecked(place == 0)
            self._group.addButton(button, place)
            scopes.addWidget(button)
        path = QHBoxLayout()
        path.addWidget(self.path, 1)
        path.addWidget(push_button("Browse…", self._browse))
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Format", self.format)
        form.addRow("", self._what)
        file_label = PlainLabel("F&ile")
        file_label.setBuddy(self.path)
        form.addRow(file_label, path)
        form.addRow("", self.notice)
        form.addRow("", self.formulas)
        form.addRow("", self.manifest)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_theme().px(SPACE_PX) * 2)
        column.addLayout(scopes)
        column.addLayout(form)
        column.addStretch()


def _title(scope: Scope) -> str:
    if scope.number is None:
        return scope.title
    if scope.choice is None:
        return f"{scope.title}: {text.counted(scope.number, 'record', 'records')}"
    return f"{scope.title}: {scope.kind.counted(scope.number)}"


def _number(storage: Storage, scope: Scope, token: CancelToken) -> int:
    query, pks = query_and_pks(scope.choice)
    if pks is not None:
        return len(pks)
    if query is not None:
        return storage.count(query, token)
    return sum(storage.count(made(places=EVERYWHERE), token) for made in QUERIES.values())


def _notice(path: Path, is_folder: bool) -> str:
    """Return what one should know of a place before something is written there."""
    try:
        if is_folder and path.is_dir() and any(path.iterdir()):
            return "There are files in this folder; those of the same names are replaced."
        if not is_folder and path.is_dir():
            return "This is a folder: name a file in it."
        if not is_folder and path.exists():
            return "There is a file of this name; it is replaced once the new one is whole."
        if not path.parent.is_dir():
            return "There is no such folder."
    except OSError:
        return "It cannot be looked at what is there."
    return ""
