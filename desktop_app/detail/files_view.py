"""The Files tab: which files a task names, and the original it came from."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from db.errors import SheafError
from db.named_files import NamedFile, NamedFiles, files_of_task
from db.ports import Storage
from db.records import Kind
from desktop_app.background import Background
from desktop_app.detail.seen import Seen
from desktop_app.latest import Latest
from desktop_app.look.text import count, isolated
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.json_view import displayable
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.plain_table import RowsModel, RowsTable

_HEADINGS = ("File", "Times", "First in")


class FilesView(QWidget):
    """Lists paths as they are named; none is ever opened, or looked for on the disk.

    `chosen` carries the kind and pk of the record that names one, `original_wanted` the pk of
    a task whose original is to be shown.
    """

    chosen = Signal(object, int)
    original_wanted = Signal(int)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._latest = Latest(background, self)
        self._key: tuple[Kind, int] | None = None
        self._files: tuple[NamedFile, ...] = ()
        self.note = PlainLabel("", "muted")
        self.note.setWordWrap(True)
        self._model = RowsModel(_HEADINGS)
        self.table = RowsTable("Files", self._model, stretched=0)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self.table.doubleClicked.connect(lambda _index: self._go())
        self.origin = PlainLabel("", "muted")
        self.origin.setWordWrap(True)
        self.copy_path = QPushButton("Copy path")
        self.copy_path.clicked.connect(self._copy)
        self.go = QPushButton("Go to where it is named")
        self.go.clicked.connect(self._go)
        self.show_original = QPushButton("Show original")
        self.show_original.clicked.connect(self._show_original)
        buttons = FlowLayout()
        for button in (self.copy_path, self.go, self.show_original):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, current_theme().px(SPACE_PX), 0, 0)
        column.addWidget(self.note)
        column.addWidget(self.table, 1)
        column.addWidget(self.origin)
        column.addLayout(buttons)
        column.addStretch()

    def show_seen(self, seen: Seen) -> None:
        """List what a task names; the same one is looked through anew."""
        if seen.key != self._key:
            self._key = seen.key
            self._show(NamedFiles((), is_whole=True))
            self.note.setText("Looking for files…")
            self.note.show()
        place = seen.source_range
        self.origin.setText(
            "It was made in Sheaf: there is no original file."
            if place is None
            else f"It came from {isolated(place.name)}, which is kept as it was."
        )
        self.show_original.setVisible(place is not None)
        pk = seen.record.pk
        self._latest.ask(
            lambda storage, token: files_of_task(storage, pk, token), self._show, self._fail
        )

    def _show(self, found: NamedFiles) -> None:
        self._files = found.files
        self._model.show_rows(
            [
                (displayable(file.path), count(file.times), file.kind.word.capitalize())
                for file in found.files
            ]
        )
        for column in range(1, len(_HEADINGS)):
            self.table.resizeColumnToContents(column)
        self.table.setVisible(bool(found.files))
        self._say(found)
        self._enable()

    def _say(self, found: NamedFiles) -> None:
        said = "Neither this task nor its runs and conversations name a file."
        if not found.is_whole:
            said = f"The first {count(len(found.files))} files that are named:"
        self.note.setText(said)
        self.note.setHidden(bool(found.files) and found.is_whole)

    def _fail(self, error: SheafError) -> None:
        self._show(NamedFiles((), is_whole=True))
        self.note.setText(str(error))

    def _chosen(self) -> list[NamedFile]:
        return [self._files[row] for row in self.table.chosen]

    def _copy(self) -> None:
        paths = "\n".join(file.path for file in self._chosen())
        QGuiApplication.clipboard().setText(displayable(paths))

    def _go(self) -> None:
        for file in self._chosen()[:1]:
            self.chosen.emit(file.kind, file.pk)

    def _show_original(self) -> None:
        if self._key is not None:
            self.original_wanted.emit(self._key[1])

    def _enable(self) -> None:
        number = len(self.table.chosen)
        self.copy_path.setEnabled(number > 0)
        self.go.setEnabled(number == 1)
        for button in (self.copy_path, self.go):
            button.setVisible(bool(self._files))
