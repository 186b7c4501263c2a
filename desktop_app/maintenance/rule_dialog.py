"""Making or changing a rule of retention, seeing what it would take."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from db.cancel import CancelToken
from db.errors import SheafError
from db.maintenance import retention
from db.maintenance.retention import Forecast, Rule
from db.ports import Storage
from db.records import Kind
from db.retiring import Act
from desktop_app.dialogs.frame import dialog_column
from desktop_app.latest import Latest
from desktop_app.look.theme import current_theme
from desktop_app.maintenance.rule_card import examples_words, forecast_words
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.workspace import Workspace

_QUIET_MS: Final = 300
_HINT: Final = (
    "As in the search box: status:done, tag:ui, source:github, is:archived, words. An age is"
    " updated:>90d, created:>1y or archived:>2w; in the Trash trashed:>30d."
)
_UNNAMED: Final = "…"
"""Stands for the name until there is one."""
_USUAL: Final = {
    Act.ARCHIVE: "updated:>90d",
    Act.TRASH: "is:archived archived:>180d",
    Act.PURGE: "trashed:>30d",
}
"""What stands there for each act until somebody writes something."""
_ACTS: Final = (
    (Act.ARCHIVE, "Archive them"),
    (Act.TRASH, "Move them to the Trash"),
    (Act.PURGE, "Delete them from the Trash for good"),
)


class RuleDialog(QDialog):
    """Takes down a rule and says what it would take; `saved` carries it."""

    saved = Signal(object)

    def __init__(self, workspace: Workspace, rule: Rule | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("New rule" if rule is None else "Edit rule")
        self._rule = rule or retention.new_rule("", Act.ARCHIVE, Kind.TASK, _USUAL[Act.ARCHIVE])
        self._latest = Latest(workspace.background, self)
        self.name = QLineEdit(self._rule.name)
        self.kind = QComboBox()
        self.text = QLineEdit(self._rule.text)
        self.act = QComboBox()
        self._said = PlainLabel("")
        self._examples = PlainLabel("", "muted")
        self._error = PlainLabel("", "error")
        self.save = QPushButton("Save rule")
        self._pause = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._pause.timeout.connect(self._look)
        self._fill()
        self._lay_out()
        self._look()

    @property
    def chosen(self) -> Rule:
        """What is written in the dialog."""
        return replace(
            self._rule,
            name=self.name.text(),
            kind=self.kind.currentData(),
            text=self.text.text(),
            act=Act(self.act.currentData()),
        )

    def _look(self) -> None:
        rule = self.chosen
        named = rule if rule.name.strip() else replace(rule, name=_UNNAMED)

        def read(storage: Storage, token: CancelToken) -> Forecast:
            known = retention.rules_of(storage.settings)
            kept = retention.checked(named, [each for each in known if each.id != rule.id])
            (found,) = retention.plan(storage, token, rules=[kept], days=0).forecasts
            return found

        self._latest.ask(read, self._show, self._refuse)

    def _show(self, forecast: Forecast) -> None:
        is_named = bool(self.name.text().strip())
        asked = "" if is_named else " Give the rule a name to save it."
        self._say(f"{forecast_words(forecast)}{asked}", examples_words(forecast.now), "")
        self.save.setEnabled(is_named)

    def _refuse(self, error: SheafError) -> None:
        self._say("", "", str(error))

    def _say(self, said: str, examples: str, error: str) -> None:
        for label, words in (
            (self._said, said),
            (self._examples, examples),
            (self._error, error),
        ):
            label.setText(words)
            label.setVisible(bool(words))
        self._fit()

    def _on_written(self) -> None:
        self.save.setEnabled(False)
        self._latest.cancel()
        self._say("Working out what it would take…", "", "")
        self._pause.start()

    def _on_act(self) -> None:
        """Write what is usual for an act, unless something else was written."""
        if self.text.text().strip() in {"", *_USUAL.values()}:
            self.text.setText(_USUAL[Act(self.act.currentData())])
        self._on_written()

    def _fill(self) -> None:
        self.kind.addItem("Records of every kind", None)
        for kind in Kind:
            self.kind.addItem(kind.plural.capitalize(), kind)
        self.kind.setCurrentIndex(self.kind.findData(self._rule.kind))
        for act, words in _ACTS:
            self.act.addItem(words, act.value)
        self.act.setCurrentIndex(self.act.findData(self._rule.act.value))
        self.name.textChanged.connect(self._on_written)
        self.text.textChanged.connect(self._on_written)
        self.kind.currentIndexChanged.connect(self._on_written)
        self.act.currentIndexChanged.connect(self._on_act)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for words, field in (
            ("Name", self.name),
            ("Records", self.kind),
            ("Which of them", self.text),
            ("Then", self.act),
        ):
            field.setAccessibleName(words)
            form.addRow(words, field)
        hint = PlainLabel(_HINT, "muted")
        self.text.setAccessibleDescription(_HINT)
        self.save.setProperty("primary", True)
        self.save.setEnabled(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.saved.emit(self.chosen))
        column = dialog_column(self)
        column.addLayout(form)
        for label in (hint, self._said, self._examples, self._error):
            label.setWordWrap(True)
            column.addWidget(label)
        column.addStretch()
        column.addWidget(buttons)
        self.save.setDefault(True)
        self.setMinimumWidth(current_theme().px(520))

    def _fit(self) -> None:
        """Be as high as what is said now takes, but never lower than before."""
        needed = self.layout().totalHeightForWidth(self.width())
        self.resize(self.width(), max(self.height(), needed))
