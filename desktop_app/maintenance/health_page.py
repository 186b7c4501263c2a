"""The page that says what is wrong with the workspace, why it matters, and fixes it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from db.ports import Finding, StepProgress
from db.records import AnyRecord
from desktop_app.actions.ids import ActionId as Do
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.maintenance.finding_card import ROWS_SHOWN, FindingCard, sign
from desktop_app.maintenance.health import Health
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.widgets.work_row import WorkRow
from desktop_app.workspace import Workspace

_ELSEWHERE: Final = {
    "backup": ("Back up now", Do.BACK_UP),
    "integrity": ("Backups…", Do.GO_BACKUPS),
    "lost": ("Backups…", Do.GO_BACKUPS),
    "originals": ("Backups…", Do.GO_BACKUPS),
}
"""What helps with what cannot be fixed here, by the name of the check."""
_AGAIN_MS: Final = 60_000


class HealthPage(QFrame):
    """Lists what the latest check found: what is wrong, what is ignored, what is in order.

    `target_wanted` carries a record to be shown, `action_wanted` another action.
    """

    target_wanted = Signal(object)
    action_wanted = Signal(Do)

    def __init__(
        self, workspace: Workspace, health: Health, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.health = health
        self._shown: tuple[Finding, ...] | None = None
        self.cards: list[FindingCard] = []
        self.check_button = push_button("Check now", self._check_or_stop, primary=True)
        self.fix_all = push_button("Fix all", lambda: health.fix(health.problems))
        self._said = PlainLabel(role="muted")
        self._state = PlainLabel(role="good")
        self.work_row = WorkRow("Check under way")
        self._panel = StatePanel()
        self._stack = QStackedWidget()
        self._list = QVBoxLayout()
        self._scroll = QScrollArea()
        self._lay_out()
        self._clock = QTimer(self, interval=_AGAIN_MS)
        self._clock.timeout.connect(self._say_when)
        self._clock.start()
        health.changed.connect(self._show)
        health.progressed.connect(self._show_progress)
        self._show()
        health.look()

    def refresh(self) -> None:
        """Say how old what is shown is; only a check finds something else."""
        self._say_when()

    def look_for_news(self) -> None:
        """Say how old what is shown is."""
        self._say_when()

    def _check_or_stop(self) -> None:
        if self.health.doing:
            self.health.stop()
        else:
            self.health.check()

    def _show(self) -> None:
        health = self.health
        is_busy = bool(health.doing)
        self.work_row.show_work(health.doing)
        self.check_button.setText("Stop" if is_busy else "Check now")
        fixable = [each for each in health.problems if each.is_mendable]
        self.fix_all.setVisible(len(fixable) > 1 and not self._workspace.only_read)
        self.fix_all.setText(f"Fix all {text.count(len(fixable))}")
        self.fix_all.setEnabled(not is_busy)
        self._say_when()
        if health.findings is None:
            self._show_nothing_known()
        elif self._shown != health.findings:
            self._show_findings(health.findings)
        for card in self.cards:
            for button in card.buttons:
                button.setEnabled(not is_busy or button.text().startswith("Show"))

    def _show_progress(self, progress: StepProgress) -> None:
        self.work_row.show_work(f"{self.health.doing} {progress.done} of {progress.total}")
        self.work_row.show_progress(progress)

    def _show_nothing_known(self) -> None:
        error = self.health.error
        if error is None:
            self._panel.show_state(
                "clock", "Checking…", "What takes no more than seconds is looked at first."
            )
        else:
            again = ("Try again", self.health.look, True)
            self._panel.show_state("error", error.what, f"{error.safe} {error.advice}", [again])
        self._stack.setCurrentWidget(self._panel)

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        self._shown = tuple(findings)
        focused = self.window().focusWidget()
        had_focus = focused is not None and self._scroll.isAncestorOf(focused)
        self._clear()
        told = [each for each in findings if each.is_told]
        notes = [each for each in findings if each.ok and each.rows]
        ignored = [each for each in findings if not each.ok and not each.is_told]
        good = [each for each in findings if each.ok and not each.rows]
        for heading, some in (("", told), ("NOTES", notes), ("IGNORED", ignored)):
            if some and heading:
                self._list.addWidget(PlainLabel(heading, "head"))
            for finding in some:
                self._list.addWidget(self._card(finding))
        if good:
            self._list.addWidget(PlainLabel("IN ORDER", "head"))
            self._list.addWidget(_good_list(good))
        self._list.addStretch()
        self._say_state(told)
        self._stack.setCurrentWidget(self._scroll)
        if had_focus:
            self.check_button.setFocus()

    def _say_state(self, told: Sequence[Finding]) -> None:
        number = text.counted(len(told), "problem", "problems")
        said = f"{number} found" if told else "✓ All is well"
        if said != self._state.text():
            self._state.setText(said)
            self._state.setProperty("role", "error" if told else "good")
            self._state.style().unpolish(self._state)
            self._state.style().polish(self._state)
            announce(self, said)

    def _say_when(self) -> None:
        health = self.health
        at = health.checked_at
        said = [
            "Never checked in full"
            if at is None
            else f"Last full check {text.relative_time(at)}"
        ]
        if health.findings is not None and not health.are_complete:
            said.append("this is a quick look")
        if health.is_outdated:
            said.append("something was changed since")
        self._said.setText("; ".join(said))
        self._said.setToolTip("" if at is None else text.plain_tooltip(text.time_tooltip(at)))

    def _card(self, finding: Finding) -> FindingCard:
        card = FindingCard(finding, may_change=not self._workspace.only_read)
        card.rows_wanted.connect(lambda: self._toggle_rows(card))
        card.fix_wanted.connect(lambda: self.health.fix([finding]))
        card.ignore_wanted.connect(lambda until: self.health.ignore(finding, until))
        card.target_chosen.connect(self.target_wanted)
        elsewhere = _ELSEWHERE.get(finding.check)
        if elsewhere is not None and not finding.ok and not self._workspace.only_read:
            words, action = elsewhere
            card.offer(words, partial(self.action_wanted.emit, action))
        self.cards.append(card)
        return card

    def _toggle_rows(self, card: FindingCard) -> None:
        finding = card.finding
        kind = finding.kind
        if card.shows_rows or kind is None:
            card.hide_rows()
            return

        def show(records: Sequence[AnyRecord]) -> None:
            if card in self.cards:
                card.show_rows(records)

        self._workspace.background.read(
            lambda storage, token: storage.fetch(kind, finding.pks[:ROWS_SHOWN], token),
            show,
            self._workspace.failed.emit,
        )

    def _clear(self) -> None:
        self.cards.clear()
        while (item := self._list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()

    def _lay_out(self) -> None:
        self.setProperty("card", True)
        px = current_theme().px
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(12), px(16), px(8))
        head.setSpacing(px(12))
        for part in (PlainLabel("Health", role="title"), self._state):
            head.addWidget(part)
        head.addStretch()
        for part in (self._said, self.fix_all, self.check_button):
            head.addWidget(part)
        content = QWidget()
        content.setLayout(self._list)
        self._list.setContentsMargins(px(16), px(4), px(16), px(16))
        self._list.setSpacing(px(8))
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(content)
        for ground in (content, self._scroll.viewport()):
            ground.setAutoFillBackground(False)
        self._stack.addWidget(self._scroll)
        self._stack.addWidget(self._panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.work_row)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.check_button)


def _good_list(findings: Sequence[Finding]) -> QFrame:
    """Return the lines of what is in order."""
    px = current_theme().px
    card = QFrame()
    card.setProperty("card", True)
    card.setAccessibleName("In order")
    column = QVBoxLayout(card)
    column.setContentsMargins(px(16), px(8), px(16), px(8))
    column.setSpacing(0)
    for finding in findings:
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(sign(finding))
        row.addWidget(PlainLabel(finding.title), 1)
        column.addLayout(row)
    return card
