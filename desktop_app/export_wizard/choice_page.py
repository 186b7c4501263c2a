"""The first step: what to write, in which format, where to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from msgspec import Struct
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
from db.exchange.exporting import DUMPS, CsvStyle, ExportFormat, ExportOptions
from db.ports import Storage
from db.query import EVERYWHERE, QUERIES
from db.records import Kind
from db.times import MICROSECONDS
from desktop_app.background import Background
from desktop_app.export_order import ExportOrder, Scope, query_and_pks
from desktop_app.export_wizard import words
from desktop_app.export_wizard.estimate import estimated_bytes
from desktop_app.latest import Latest
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.file_dialog import FileDialog
from desktop_app.widgets.plain_label import PlainLabel

MOST_NAMES: Final = 1000
"""So many names are tried for a file that is not there yet."""


class _Seen(Struct, frozen=True, kw_only=True):
    """What is where one wants to write, and what of it goes."""

    names_folder: bool = False
    notice: str = ""
    goes: str = ""


class ChoicePage(QWidget):
    """Asks for scope, format, file and options; `changed` says that one of them did."""

    changed = Signal()

    def __init__(
        self,
        scopes: list[Scope],
        folder: Path,
        background: Background[Storage],
        *,
        last_copy: bool = False,
    ) -> None:
        super().__init__()
        self._scopes = list(scopes)
        self._last_copy = last_copy
        self._formats: tuple[ExportFormat, ...] = ()
        self._folder = folder
        self._proposed = ""
        self._seen: _Seen | None = None
        self._counting = Latest(background, self)
        self._looking = Latest(background, self)
        self._naming = Latest(background, self)
        self._measuring = Latest(background, self)
        self._group = QButtonGroup(self)
        self.format = QComboBox()
        self.format.setAccessibleName("Format")
        self._what = PlainLabel(role="muted")
        self._kinds = QWidget()
        self.kind = QComboBox()
        self.kind.setAccessibleName("Kind of record")
        self.kind.addItem("Records of every kind", None)
        for kind in Kind:
            self.kind.addItem(kind.plural.capitalize(), kind)
        self.estimate = PlainLabel(role="muted")
        self.path = QLineEdit()
        self.path.setAccessibleName("File to write")
        self.notice = PlainLabel(role="muted")
        for label in (self._what, self.notice):
            label.setWordWrap(True)
        self.formulas = QCheckBox("Guard cells that a spreadsheet would run as formulas")
        self.formulas.setChecked(True)
        self.related = QCheckBox("With what belongs to them: runs, bugs, notes, conversations")
        self.manifest = QCheckBox("Manifest beside it: counts and SHA-256 of what was written")
        self.manifest.setChecked(True)
        self._lay_out()
        self.format.currentIndexChanged.connect(self._on_format)
        self.path.textChanged.connect(self._on_path)
        self.path.editingFinished.connect(self._complete)
        self._group.idToggled.connect(self._on_scope)
        self.kind.currentIndexChanged.connect(
            lambda: self._on_scope(self._group.checkedId(), checked=True)
        )
        self._on_scope(0, checked=True)
        self._count()

    @property
    def is_complete(self) -> bool:
        """Whether everything is chosen that has to be, and seen what is there already."""
        return self._is_named and self._seen is not None

    @property
    def goes(self) -> str:
        """What is there already and would be replaced; empty if nothing is."""
        seen = self._seen
        return f"{seen.notice} {seen.goes}" if seen is not None and seen.goes else ""

    @property
    def _is_named(self) -> bool:
        return bool(self.path.text().strip())

    @property
    def order(self) -> ExportOrder:
        """What is chosen, with no secret taken out."""
        guards = self.formulas.isChecked() or self.formulas.isHidden()
        options = ExportOptions(
            manifest=self.manifest.isChecked(),
            csv=CsvStyle(formulas=not guards),
            related=self._last_copy
            or (self.related.isChecked() and not self.related.isHidden()),
        )
        return ExportOrder(self._scope, self._format.name, self._file.expanduser(), options)

    @property
    def _scope(self) -> Scope:
        """What is chosen; of everything, maybe one kind."""
        scope = self._scopes[self._group.checkedId()]
        kind = self.kind.currentData()
        if scope.choice is not None or kind is None:
            return scope
        return Scope(f"All {kind.plural}", kind, QUERIES[kind](places=EVERYWHERE))

    @property
    def _format(self) -> ExportFormat:
        return self._formats[self.format.currentIndex()]

    @property
    def _file(self) -> Path:
        """The file that is named, with the ending of the format if it has none."""
        typed = self.path.text().strip()
        path = Path(typed)
        names_folder = self._seen is not None and self._seen.names_folder
        is_folder = self._format.is_folder or names_folder or typed.endswith(("/", "\\"))
        if path.suffix or is_folder or path.name in {"", "~", ".."}:
            return path
        return path.with_name(path.name + self._format.suffix)

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
        self._kinds.setVisible(self._scopes[place].choice is None)
        self._formats = self._scope.formats
        if self._last_copy:
            self._formats = tuple(each for each in self._formats if each.name in DUMPS)
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
        scope = self._scope
        has_related = scope.choice is not None and scope.kind in {Kind.BATCH, Kind.TASK}
        self.related.setVisible(has_related and chosen.name in DUMPS)
        if self._last_copy:
            self.related.setChecked(True)
            self.related.setEnabled(False)
        self._measure(chosen)
        if self.path.text() == self._proposed:
            self._propose(chosen.suffix)
        else:
            named = Path(self.path.text())
            stem = named.name.split(".", maxsplit=1)[0]
            self.path.setText(str(named.with_name(stem + chosen.suffix)))
        self.changed.emit()

    def _propose(self, suffix: str) -> None:
        """Name a file that is not there yet, unless somebody names one meanwhile."""
        folder = self._folder
        self._naming.ask(
            lambda _storage, _token: str(_free_path(folder, suffix)),
            self._show_proposal,
            lambda _error: None,
        )

    def _show_proposal(self, path: str) -> None:
        if self.path.text() == self._proposed:
            self._proposed = path
            self.path.setText(path)

    def _measure(self, chosen: ExportFormat) -> None:
        """Find out about how large the file gets."""
        scope = self._scope
        self.estimate.setText("")
        self._measuring.ask(
            lambda storage, token: estimated_bytes(storage, scope, chosen, token),
            self._show_size,
            lambda _error: None,
        )

    def _show_size(self, size: int | None) -> None:
        self.estimate.setText("" if size is None else f"About {text.size(size)}.")

    def _on_path(self, _typed: str) -> None:
        """Say what is there already, once that is known."""
        self._seen = None
        self.changed.emit()
        if not self._is_named:
            self._looking.cancel()
            self.notice.setText("Say where to write.")
            return
        named = Path(self.path.text().strip()).expanduser()
        path, is_folder = self.order.path, self._format.is_folder
        self._looking.ask(
            lambda _storage, _token: _looked_at(named, path, is_folder),
            self._show_seen,
            lambda error: self._show_seen(_Seen(notice=error.what)),
        )

    def _show_seen(self, seen: _Seen) -> None:
        self._seen = seen
        self.notice.setText(seen.notice)
        self.changed.emit()

    def _complete(self) -> None:
        """Show the ending that the file gets, once its name is typed."""
        named = self._file
        if self._is_named and named != Path(self.path.text().strip()):
            self.path.setText(str(named))

    def _take_path(self, path: str) -> None:
        self.path.setText(path)
        self._complete()

    def _browse(self) -> None:
        dialog = FileDialog(self, "Export to", self.path.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        # It is asked once the name has the ending that it gets.
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        if self._format.is_folder:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._take_path)
        dialog.open()

    def _lay_out(self) -> None:
        scopes = QVBoxLayout()
        for place, scope in enumerate(self._scopes):
            button = QRadioButton(_title(scope))
            button.setChecked(place == 0)
            self._group.addButton(button, place)
            scopes.addWidget(button)
        kinds = QFormLayout(self._kinds)
        kinds.setContentsMargins(0, 0, 0, 0)
        kinds.addRow("Kind of record", self.kind)
        scopes.addWidget(self._kinds)
        path = QHBoxLayout()
        path.addWidget(self.path, 1)
        path.addWidget(push_button("Browse…", self._browse))
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Format", self.format)
        form.addRow("", self._what)
        form.addRow("", self.estimate)
        file_label = PlainLabel("File")
        file_label.setBuddy(self.path)
        form.addRow(file_label, path)
        form.addRow("", self.notice)
        form.addRow("", self.related)
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


def _looked_at(named: Path, path: Path, is_folder: bool) -> _Seen:
    """Look at what is where one wants to write; `path` has the ending that it gets."""
    try:
        if not is_folder and named.is_dir():
            return _Seen(names_folder=True, notice="This is a folder: name a file in it.")
        return _seen(path, is_folder)
    except OSError:
        return _Seen(notice="It cannot be looked at what is there.")


def _seen(path: Path, is_folder: bool) -> _Seen:
    if is_folder and path.is_dir() and any(path.iterdir()):
        return _Seen(
            notice="There are files in this folder.",
            goes="Those of the same names are replaced.",
        )
    if not is_folder and path.exists():
        found = path.stat()
        changed = text.local_time(int(found.st_mtime * MICROSECONDS))
        size = text.size(found.st_size)
        return _Seen(
            notice=f"There is a file of this name: {size}, last changed {changed}.",
            goes="It is replaced once the new one is whole.",
        )
    return _Seen(notice="" if path.parent.is_dir() else "There is no such folder.")


def _free_path(folder: Path, suffix: str) -> Path:
    """Return a path in a folder at which nothing is yet."""
    names = ("sheaf-export", *(f"sheaf-export-{number}" for number in range(2, MOST_NAMES)))
    paths = (folder / f"{name}{suffix}" for name in names)
    return next(
        (path for path in paths if not os.path.lexists(path)), folder / f"sheaf{suffix}"
    )
