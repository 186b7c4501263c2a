"""One rule of retention: what it does, what it would take now, and changing it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from db.maintenance.retention import Forecast, Rule, Taking
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import icon_button, push_button
from desktop_app.widgets.plain_label import PlainLabel

_EXAMPLES_SHOWN: Final = 3
_TITLE_CHARS: Final = 60


class RuleCard(QFrame):
    """Shows one rule; what a person wants of it is told, and done elsewhere.

    `switched` says whether it is to be on, `moved` by how many places it is to come later.
    """

    switched = Signal(bool)
    moved = Signal(int)
    show_wanted = Signal()
    edit_wanted = Signal()
    delete_wanted = Signal()

    def __init__(self, rule: Rule, *, may_change: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.rule = rule
        self._may_change = may_change
        self.switch = QCheckBox("On")
        self._now = PlainLabel()
        self._examples = PlainLabel(role="muted")
        self.show_button = push_button("Show", self.show_wanted.emit)
        self.show_button.setAccessibleName(f"Show what this finds: {rule.name}")
        self.edit = self._button("edit", "Edit…", self.edit_wanted.emit)
        self.earlier = self._button("chevron-up", "Earlier", partial(self.moved.emit, -1))
        self.later = self._button("chevron-down", "Later", partial(self.moved.emit, 1))
        self.delete = self._button("trash", "Delete…", self.delete_wanted.emit)
        self._lay_out()

    @property
    def buttons(self) -> list[QAbstractButton]:
        """What can be done with it, in this order."""
        return [self.show_button, self.edit, self.earlier, self.later, self.delete]

    def show_forecast(self, forecast: Forecast | None, instead: str) -> None:
        """Say what it would take, or some words instead while that is not known."""
        said = instead if forecast is None else forecast_words(forecast)
        examples = "" if forecast is None else examples_words(forecast.now)
        self._now.setText(said)
        self._examples.setText(examples)
        self._examples.setVisible(bool(examples))
        self.show_button.setEnabled(forecast is not None and bool(forecast.now.number))
        self.setAccessibleDescription(" ".join(filter(None, (self.rule.words, said, examples))))

    def enable(self, *, is_first: bool, is_last: bool, is_busy: bool) -> None:
        """Let only be done what can be done now."""
        may_change = self._may_change and not is_busy
        self.switch.setEnabled(may_change)
        for button in (self.edit, self.delete):
            button.setEnabled(may_change)
        self.earlier.setEnabled(may_change and not is_first)
        self.later.setEnabled(may_change and not is_last)

    def _button(self, icon: str, words: str, act: Callable[[], object]) -> QToolButton:
        return icon_button(icon, f"{words}: {self.rule.name}", act)

    def _lay_out(self) -> None:
        rule = self.rule
        state = "on" if rule.is_on else "off"
        self.setAccessibleName(f"Rule “{rule.name}”, {state}")
        self.switch.setChecked(rule.is_on)
        self.switch.setAccessibleName(f"On: {rule.name}")
        self.switch.setToolTip(text.plain_tooltip("A rule that is on is run once a day."))
        self.switch.toggled.connect(self.switched)
        name = PlainLabel(rule.name)
        font = name.font()
        font.setWeight(font.Weight.DemiBold)
        name.setFont(font)
        px = current_theme().px
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self.switch)
        head.addWidget(name, 1)
        for button in self.buttons:
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(8), px(12), px(12))
        column.setSpacing(px(4))
        column.addLayout(head)
        for label in (name, PlainLabel(rule.words, "muted"), self._now, self._examples):
            label.setWordWrap(True)
            if label is not name:
                column.addWidget(label)


def forecast_words(forecast: Forecast) -> str:
    """Return what a rule would take now, and what it has to leave."""
    taking, rule = forecast.now, forecast.rule
    verb = "Takes" if rule.is_on else "Off. Would take"
    said = f"{verb} nothing now."
    if taking.number:
        said = f"{verb} {taking.words} now, {size_words(taking)}."
    if forecast.kept:
        stay = "stays" if forecast.kept == 1 else "stay"
        said += (
            f" {text.counted(forecast.kept, 'protected record', 'protected records')} {stay}."
        )
    return said


def size_words(taking: Taking) -> str:
    """Return how large the texts of a taking are: `about 12 MB`."""
    about = "about " if taking.is_estimate else ""
    return f"{about}{text.size(taking.size)}"


def examples_words(taking: Taking) -> str:
    """Return some of what a rule takes by title, and how much more there is."""
    shown = [_short(title) for title in taking.examples[:_EXAMPLES_SHOWN]]
    more = sum(map(len, taking.heads.values())) - len(shown)
    tail = f" and {text.count(more)} more" if shown and more > 0 else ""
    return ", ".join(f"“{title}”" for title in shown) + tail


def _short(title: str) -> str:
    return title if len(title) <= _TITLE_CHARS else f"{title[:_TITLE_CHARS]}…"
