"""The right to delete: what is looked for, what there is of it, and a number typed by hand."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from db.cancel import CancelToken
from db.errors import SheafError
from db.maintenance.forgetting import Forgetting, Survey, Wish, wanted_records
from db.ports import Storage
from db.traces import Wanted
from desktop_app.background import Report, Request
from desktop_app.dialogs.frame import dialog_column, fit_screen
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.own_files import own_files
from desktop_app.widgets.announce import announce
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.plain_table import RowsModel, RowsTable
from desktop_app.workspace import Workspace

_SAID: Final = (
    "Everything about a person, a project or a batch goes: records and all that is part of"
    " them, their history, the search index, the kept originals. First it is only looked for."
)
_FINAL: Final = (
    "No undo brings it back, and no backup is made before. A certificate says afterwards what"
    " went and what is left."
)


class ForgetDialog(QDialog):
    """Surveys what there is; `confirmed` carries the `Survey` and the `Wish` of a person.

    The dialog itself removes nothing.
    """

    confirmed = Signal(object, object)

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Forget")
        self._workspace = workspace
        self._request: Request | None = None
        self.survey: Survey | None = None
        self.by_text = QRadioButton("All that this text stands in")
        self.by_ids = QRadioButton("These records or batches, by id")
        self.text = QLineEdit()
        self.ids = QLineEdit()
        self.look = QPushButton("Look for it")
        self._step = PlainLabel("", role="muted")
        self._bar = QProgressBar()
        self._head = PlainLabel("", role="title")
        self.model = RowsModel(("Where", "How much", ""))
        self.table = RowsTable("What there is", self.model, 2)
        self.backups = QCheckBox()
        self.shared = QCheckBox()
        self._ask = PlainLabel("")
        self.field = QLineEdit()
        self.forget = QPushButton("Forget for good")
        self._lay_out()
        self._enable()

    # Looking

    @property
    def words(self) -> str:
        """What is to be looked for, as it was typed."""
        return (self.text if self.by_text.isChecked() else self.ids).text().strip()

    def start(self) -> None:
        """Look for it, changing nothing."""
        words, is_text = self.words, self.by_text.isChecked()
        if not words or self._request is not None:
            return

        def work(storage: Storage, token: CancelToken, report: Report) -> Survey:
            names = re.split(r"[\s,;]+", words)
            wanted = Wanted(text=words) if is_text else wanted_records(storage, names)
            return Forgetting(storage, own_files()).survey(wanted, token, report)

        self._clear()
        self._step.setText("Looking for it…")
        self._request = self._workspace.job(
            work, self._show, self._fail, self._tell, self._on_cancelled
        )
        self._enable()

    def _tell(self, step: str) -> None:
        self._step.setText(f"{step}…")

    def _on_cancelled(self) -> None:
        self._request = None

    def _fail(self, error: SheafError) -> None:
        self._request = None
        self._step.setText(str(error))
        announce(self, str(error))
        self._enable()

    def _clear(self) -> None:
        self.survey = None
        self.model.show_rows([])
        self.field.clear()

    # Showing

    def _show(self, survey: Survey) -> None:
        self._request = None
        if survey.is_empty:
            self._step.setText(
                "It stands nowhere: in no record, history, index, original or backup."
            )
            announce(self, self._step.text())
            self._enable()
            return
        self.survey = survey
        self._step.clear()
        number = survey.found.number
        self._head.setText(f"Forget {text.counted(number, 'record', 'records')} for good?")
        self.model.show_rows(_rows(survey))
        holding = sum(backup.holds for backup in survey.backups)
        backups = text.counted(holding, "backup that holds it", "backups that hold it")
        self.backups.setText(f"Remove {backups}, too")
        self.backups.setVisible(bool(holding))
        staying = sum(each.staying for each in survey.shared)
        others = text.counted(staying, "other record", "other records")
        self.shared.setText(f"Remove kept originals, too, from which {others} came")
        self.shared.setVisible(bool(staying))
        self._ask.setText(f"Type {text.count(number)} to confirm:")
        self.field.setAccessibleName(f"Type {text.count(number)} to confirm")
        self._enable()
        self.field.setFocus()
        announce(self, self._head.text())

    def _enable(self) -> None:
        is_busy, is_known = self._request is not None, self.survey is not None
        self._bar.setVisible(is_busy)
        self._step.setVisible(bool(self._step.text()))
        for part in (self.by_text, self.by_ids):
            part.setEnabled(not is_busy)
        self.text.setEnabled(not is_busy and self.by_text.isChecked())
        self.ids.setEnabled(not is_busy and self.by_ids.isChecked())
        self.look.setEnabled(not is_busy and bool(self.words))
        self.look.setDefault(not is_known)
        for part in (self._head, self.table, self._ask, self.field, self._final, self.forget):
            part.setVisible(is_known)
        self._said.setVisible(not is_known)
        if not is_known:
            self.backups.hide()
            self.shared.hide()
        self._enable_forgetting()

    def _enable_forgetting(self) -> None:
        plain = re.sub(r"[ ,.]", "", self.field.text())
        number = None if self.survey is None else self.survey.found.number
        self.forget.setEnabled(number is not None and plain == str(number))

    def _change(self) -> None:
        """Forget what was found, as something else is to be looked for now."""
        if self.survey is not None:
            self._clear()
        self._step.clear()
        self._enable()

    def _dress(self) -> None:
        """Name the parts, and join them to what they do."""
        self._said = PlainLabel(_SAID)
        self._final = PlainLabel(_FINAL)
        for label in (self._said, self._step, self._head, self._final):
            label.setWordWrap(True)
        self.by_text.setChecked(True)
        self.text.setAccessibleName("Text to look for")
        self.text.setPlaceholderText("A name, an e-mail address, a path")
        self.ids.setAccessibleName("Ids of records or batches")
        self.ids.setPlaceholderText("One or more ids, with spaces between")
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Search under way")
        self.shared.setChecked(True)
        self._ask.setBuddy(self.field)
        self.forget.setProperty("danger", True)
        self.forget.setAutoDefault(False)
        self.look.clicked.connect(self.start)
        self.forget.clicked.connect(self.accept)
        for field in (self.text, self.ids):
            field.textChanged.connect(self._change)
        self.by_text.toggled.connect(self._change)
        self.field.textChanged.connect(self._enable_forgetting)
        self.table.setMinimumHeight(current_theme().px(140))
        header = self.table.horizontalHeader()
        for place in (0, 1):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)

    def _lay_out(self) -> None:
        px = current_theme().px
        self._dress()
        what = QGridLayout()
        what.setHorizontalSpacing(px(12))
        for row, (choice, field) in enumerate(
            ((self.by_text, self.text), (self.by_ids, self.ids))
        ):
            what.addWidget(choice, row, 0)
            what.addWidget(field, row, 1)
        looking = QHBoxLayout()
        looking.addWidget(self._step, 1)
        looking.addWidget(self._bar, 1)
        looking.addStretch()
        looking.addWidget(self.look)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.forget, QDialogButtonBox.ButtonRole.DestructiveRole)
        buttons.rejected.connect(self.reject)
        content = QWidget()
        self._fill(content, what, looking)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        for ground in (content, scroll.viewport()):
            ground.setAutoFillBackground(False)
        asking = QHBoxLayout()
        asking.addWidget(self._ask)
        asking.addWidget(self.field, 1)
        column = dialog_column(self)
        column.addWidget(scroll, 1)
        column.addLayout(asking)
        column.addWidget(buttons)
        fit_screen(self, 660, 660)
        self.text.setFocus()

    def _fill(self, content: QWidget, what: QGridLayout, looking: QHBoxLayout) -> None:
        """Lay out what scrolls where the screen is small."""
        px = current_theme().px
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, px(4), 0)
        inner.setSpacing(px(12))
        inner.addWidget(self._said)
        inner.addLayout(what)
        inner.addLayout(looking)
        for part in (self._head, self.table, self.backups, self.shared, self._final):
            inner.addWidget(part)
        inner.setStretchFactor(self.table, 1)
        inner.addStretch()

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # A button that has the focus takes Enter for itself.
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)
        elif self.forget.isEnabled():
            self.forget.click()
        elif self.survey is None:
            self.start()

    def accept(self) -> None:
        if self.forget.isEnabled() and self.survey is not None:
            wish = Wish(
                remove_backups=not self.backups.isHidden() and self.backups.isChecked(),
                keep_shared=not self.shared.isHidden() and not self.shared.isChecked(),
            )
            survey = self.survey
            super().accept()
            self.confirmed.emit(survey, wish)

    def done(self, result: int) -> None:
        if self._request is not None:
            self._workspace.withdraw(self._request)
            self._request = None
        super().done(result)


def _rows(survey: Survey) -> list[tuple[str, str, str]]:
    """Return the rows that say where it stands and how much of it there is."""
    found = survey.found
    rows = []
    for kind, number in found.records.items():
        titles = [each.title for each in found.examples if each.kind is kind]
        along = number - found.chosen.get(kind, 0)
        note = f"“{titles[0]}”" if titles else ""
        note += f" and {text.count(along)} as part of others" if along and titles else ""
        note = note or ("as part of others" if along else "")
        rows.append((kind.plural.capitalize(), text.count(number), note))
    rows += [
        (name.capitalize(), text.count(number), "") for name, number in found.others.items()
    ]
    for original in found.originals:
        staying = text.counted(original.staying, "record that stays", "records that stay")
        note = original.name or original.sha256[:12]
        rows.append(
            ("Kept original", text.size(original.size) if original.size else "",
             f"{note}; {staying} came from it" if original.staying else note)
        )  # fmt: skip
    for backup in survey.backups:
        if backup.holds:
            note = backup.trouble or backup.name
            rows.append(("Backup", text.local_time(backup.made_at), note))
    for file in survey.files:
        if file.found:
            rows.append(("Other file", f"{text.count(file.found)} times", file.path))
    times = text.counted(survey.file.found, "time", "times")
    rows.append(("Bytes of the file", times, "they are searched again afterwards"))
    return rows
