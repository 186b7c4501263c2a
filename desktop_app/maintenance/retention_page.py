"""The page of the rules of retention: what each would take, and what comes when."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from db.maintenance.retention import (
    HORIZON_DAYS,
    MEASURED,
    Plan,
    Rule,
    Taking,
    calendar,
    due_on,
)
from db.query import QUERIES, Query
from db.query_text import write_query
from db.retiring import NEWEST_KEPT
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import RowPx
from desktop_app.maintenance.retention import Retention
from desktop_app.maintenance.rule_card import RuleCard, size_words
from desktop_app.maintenance.rule_dialog import RuleDialog
from desktop_app.maintenance.run_dialog import RunDialog
from desktop_app.overview.rows import Row, TargetsTable
from desktop_app.overview.targets import ListTarget
from desktop_app.widgets.announce import announce
from desktop_app.widgets.banner import Banner
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.widgets.work_row import WorkRow
from desktop_app.workspace import Workspace

_PROTECTED: Final = (
    "Never taken: running tasks and runs, with what they are part of and what belongs to it;"
    f" what the job of a worker names; and the {NEWEST_KEPT} batches that changed last, with"
    " all in them, unless they are in the Trash already. Rules that are on run once a day while"
    " Sheaf is used, in this order. Archiving and moving to the Trash can be undone; before"
    " anything is deleted for good, a backup is made. Sizes are those of texts and of the JSON"
    f" that records were made of; “about” is worked out from {MEASURED:,} of a kind. Deleting"
    " makes room in the file, archiving does not."
)
_WHAT_COLUMN: Final = 2
_NOT_FORESEEN: Final = (
    "What a rule will only find because of what another one did is not counted yet."
)


class RetentionPage(QFrame):
    """Lists the rules with what they would take, and below them the days to come.

    `target_wanted` carries a list to be shown.
    """

    target_wanted = Signal(object)

    def __init__(
        self, workspace: Workspace, retention: Retention, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.retention = retention
        self._shown: tuple[Rule, ...] | None = None
        self._is_outdated = False
        self.cards: list[RuleCard] = []
        self.notice = Banner()
        self.run_button = push_button("Run now…", self.ask_to_run, primary=True)
        self.new_button = push_button("New rule…", partial(self.ask_for_rule, None))
        self.look_button = push_button("Look again", self._look_or_stop)
        self._state = PlainLabel(role="muted")
        self.work_row = WorkRow("Retention under way")
        self._rules = QVBoxLayout()
        self._days = TargetsTable("Next days", ("Day", "Rule", "What", "Size"))
        self._no_days = PlainLabel(role="muted")
        self._panel = StatePanel()
        self._stack = QStackedWidget()
        self._scroll = QScrollArea()
        self._lay_out()
        retention.changed.connect(self._show)
        self._show()
        retention.look()

    def refresh(self) -> None:
        """Work out again what is due, once it is looked at."""
        if self.isVisible():
            self.retention.look()
        else:
            self._is_outdated = True

    def look_for_news(self) -> None:
        """Work out again what is due."""
        self.refresh()

    # What can be done

    def ask_for_rule(self, rule: Rule | None) -> None:
        """Open the dialog in which a rule is made, or changed."""
        if not self._workspace.refuses():
            dialog = RuleDialog(self._workspace, rule, self.window())
            dialog.saved.connect(self.retention.keep)
            dialog.open()

    def ask_to_run(self) -> None:
        """Say what running the rules will do, and do it if wanted."""
        planned = self.retention.plan
        if planned is not None and planned.next_run and not self._workspace.refuses():
            dialog = RunDialog(planned, self.window())
            dialog.confirmed.connect(lambda: self.retention.run(planned))
            dialog.open()

    def _ask_to_delete(self, rule: Rule) -> None:
        self.notice.show_message(
            "warning",
            f"Delete the rule “{rule.name}”? What it did stays done.",
            [
                ("Delete", partial(self._delete, rule), False),
                ("Keep it", self.notice.hide, True),
            ],
        )
        self.notice.buttons[-1].setFocus()

    def _delete(self, rule: Rule) -> None:
        self.notice.hide()
        self.retention.drop(rule)

    def _look_or_stop(self) -> None:
        if self.retention.doing:
            self.retention.stop()
        else:
            self.retention.look()

    # Showing

    def _show(self) -> None:
        retention = self.retention
        is_busy = bool(retention.doing)
        self.work_row.show_work(retention.doing)
        self.look_button.setText("Stop" if is_busy else "Look again")
        may_change = not self._workspace.only_read
        is_known = retention.plan is not None and not is_busy and not retention.is_stopped
        self.new_button.setEnabled(may_change and not retention.is_running)
        self.run_button.setEnabled(
            may_change and is_known and bool(retention.plan and retention.plan.next_run)
        )
        if retention.error is not None:
            error, again = retention.error, ("Try again", retention.look, True)
            self._panel.show_state("error", error.what, f"{error.safe} {error.advice}", [again])
            self._stack.setCurrentWidget(self._panel)
            return
        if retention.rules is None:
            self._panel.show_state("clock", "Reading the rules…", "This takes a moment.")
            self._stack.setCurrentWidget(self._panel)
            return
        if retention.rules:
            self._show_rules(retention.rules)
        else:
            new = [("New rule…", partial(self.ask_for_rule, None), True)]
            self._panel.show_state(
                "retention",
                "There are no rules",
                "A rule archives, trashes or deletes what has not changed for long enough."
                " Without one, everything stays until you do something with it.",
                new if may_change else [],
            )
            self._stack.setCurrentWidget(self._panel)
            self._shown = ()
        self._say_state()

    def _show_rules(self, rules: tuple[Rule, ...]) -> None:
        if rules != self._shown:
            self._make_cards(rules)
        planned = self.retention.plan
        forecasts = {} if planned is None else {each.rule: each for each in planned.forecasts}
        instead = "Not worked out." if self.retention.is_stopped else "Working it out…"
        for place, card in enumerate(self.cards):
            card.show_forecast(forecasts.get(card.rule), instead)
            card.enable(
                is_first=not place,
                is_last=place == len(self.cards) - 1,
                is_busy=self.retention.is_running,
            )
        if planned is not None:
            self._show_days(planned)
        self._stack.setCurrentWidget(self._scroll)

    def _make_cards(self, rules: tuple[Rule, ...]) -> None:
        focused = self.window().focusWidget()
        had_focus = focused is not None and self._scroll.isAncestorOf(focused)
        self._shown = rules
        while (item := self._rules.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.cards = [self._card(rule) for rule in rules]
        for card in self.cards:
            self._rules.addWidget(card)
        if had_focus:
            self.new_button.setFocus()

    def _card(self, rule: Rule) -> RuleCard:
        card = RuleCard(rule, may_change=not self._workspace.only_read)
        card.switched.connect(lambda is_on: self.retention.switch(rule, is_on))
        card.moved.connect(lambda distance: self.retention.move(rule, distance))
        card.edit_wanted.connect(partial(self.ask_for_rule, rule))
        card.delete_wanted.connect(partial(self._ask_to_delete, rule))
        card.show_wanted.connect(lambda: self._show_taken(rule))
        return card

    def _show_taken(self, rule: Rule) -> None:
        """Show what a rule takes now, of the kind of which it takes the most."""
        planned = self.retention.plan
        for forecast in () if planned is None else planned.forecasts:
            if forecast.rule == rule and forecast.now.number:
                query = _query_of(rule, forecast.now)
                self.target_wanted.emit(_target(query, rule.text))

    def _show_days(self, planned: Plan) -> None:
        rows = [
            *(
                _row(
                    "Now",
                    each.rule,
                    each.now,
                    _target(_query_of(each.rule, each.now), each.rule.text),
                )
                for each in planned.next_run
            ),
            *(
                _row(_day_words(day), rule, taking, _target_on(rule, taking, day))
                for day, takings in calendar(planned).items()
                for rule, taking in takings
            ),
        ]
        self._days.show_rows(rows)
        self._days.setVisible(bool(rows))
        is_any_on = any(each.rule.is_on for each in planned.forecasts)
        self._no_days.setText(
            _NOT_FORESEEN
            if rows
            else f"Nothing becomes due in the next {HORIZON_DAYS} days."
            if is_any_on
            else "No rule is on: nothing goes by itself."
        )
        head = self._days.horizontalHeader().sizeHint().height()
        height = head + len(rows) * current_theme().px(RowPx.COMPACT) + 2
        self._days.setFixedHeight(height)

    def _say_state(self) -> None:
        said = self._state_words()
        if said != self._state.text():
            self._state.setText(said)
            announce(self, said)

    def _state_words(self) -> str:
        retention = self.retention
        on = sum(rule.is_on for rule in retention.rules or ())
        last = retention.last_run
        ran = "never run" if last is None else f"last run {text.relative_time(last)}"
        if not on:
            return f"No rule is on; {ran}"
        said = f"{text.counted(on, 'rule is', 'rules are')} on; {ran}"
        if retention.plan is None or retention.doing:
            return said
        due = sum(each.now.number for each in retention.plan.next_run)
        return (
            f"{said}; {text.counted(due, 'record is', 'records are')} due"
            if due
            else (f"{said}; nothing is due")
        )

    def _lay_out(self) -> None:
        self.setProperty("card", True)
        px = current_theme().px
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(12), px(16), px(4))
        head.addWidget(PlainLabel("Retention", role="title"))
        head.addStretch()
        self._state.setWordWrap(True)
        self._state.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self._state, 1)
        tools = FlowLayout(spacing=px(8))
        for button in (self.run_button, self.new_button, self.look_button):
            tools.addWidget(button)
        tool_row = QVBoxLayout()
        tool_row.setContentsMargins(px(16), px(4), px(16), px(8))
        tool_row.addLayout(tools)
        told = QHBoxLayout()
        told.setContentsMargins(px(16), 0, px(16), px(8))
        told.addWidget(self.notice)
        self._fill_scroll()
        self._stack.addWidget(self._scroll)
        self._stack.addWidget(self._panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(tool_row)
        column.addWidget(self.work_row)
        column.addLayout(told)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.new_button)

    def _fill_scroll(self) -> None:
        px = current_theme().px
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(px(16), px(4), px(16), px(16))
        column.setSpacing(px(8))
        self._rules.setSpacing(px(8))
        column.addLayout(self._rules)
        column.addSpacing(px(8))
        column.addWidget(PlainLabel(f"NEXT {HORIZON_DAYS} DAYS", "head"))
        header = self._days.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_WHAT_COLUMN, QHeaderView.ResizeMode.Stretch)
        self._days.chosen.connect(self.target_wanted)
        self._days.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._days.hide()
        column.addWidget(self._days)
        note = PlainLabel(_PROTECTED, "muted")
        for label in (self._no_days, note):
            label.setWordWrap(True)
        column.addWidget(self._no_days)
        column.addSpacing(px(8))
        column.addWidget(PlainLabel("WHAT THE RULES LEAVE ALONE", "head"))
        column.addWidget(note)
        column.addStretch()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(content)
        for ground in (content, self._scroll.viewport()):
            ground.setAutoFillBackground(False)

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_outdated:
            self._is_outdated = False
            self.retention.look()


def _row(when: str, rule: Rule, taking: Taking, target: ListTarget | None) -> Row:
    cells = (when, rule.name, f"{rule.act.words}: {taking.words}", size_words(taking))
    return Row(cells, (target,) * len(cells))


def _query_of(rule: Rule, taking: Taking) -> Query:
    """Return the query for the kind of record of which most are taken."""
    numbers = {kind: len(pks) for kind, pks in taking.heads.items()}
    return max(rule.queries, key=lambda query: numbers.get(query.kind, 0))


def _target(query: Query, text: str) -> ListTarget:
    """Return the list of what a query finds, with what it says to be seen in the search."""
    return ListTarget(QUERIES[query.kind](places=query.places), text)


def _target_on(rule: Rule, taking: Taking, day: date) -> ListTarget | None:
    query = due_on(_query_of(rule, taking), day)
    return None if query is None else _target(query, write_query(query))


def _day_words(day: date) -> str:
    return text.locale().toString(day, "ddd d MMM yyyy")
