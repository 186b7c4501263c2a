"""One job in the panel: how far it is, how it ended, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from db.jobs import JobLine, JobRecord, JobState
from desktop_app.activity.model import Activity, JobAction
from desktop_app.activity.words import (
    outcome_words,
    progress_words,
    state_words,
    title_of,
    waits_for_decision,
    why_not_stopped,
)
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import ButtonRow
from desktop_app.widgets.plain_label import PlainLabel

STEPS = 1000
LOG_PX = 96
_BAD = frozenset({JobState.FAILED, JobState.INTERRUPTED})


class JobCard(QFrame):
    """Shows one job; `acted` carries what a person wants done about it."""

    acted = Signal(object)

    def __init__(self, activity: Activity, job: JobRecord, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._activity = activity
        self._offered: tuple[JobAction, ...] = ()
        self._shown_log: tuple[JobLine, ...] | None = None
        self._title = PlainLabel()
        self._state = PlainLabel(role="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._words = PlainLabel(role="muted")
        self._words.setWordWrap(True)
        self._buttons = ButtonRow()
        self._more = QPushButton("Log")
        self._more.setCheckable(True)
        self._more.setProperty("quiet", True)
        self._more.toggled.connect(self._on_log)
        self._log = QPlainTextEdit()
        self._log.setReadOnly(True)
        self._log.setTabChangesFocus(True)
        self._log.setFixedHeight(current_theme().px(LOG_PX))
        self._log.hide()
        self._lay_out()
        self._more.hide()
        self._told: JobRecord | None = None
        self.job = job
        self.show_job(job)

    @property
    def words(self) -> str:
        """How far it says the job is, or how it ended."""
        return self._words.text()

    @property
    def state(self) -> str:
        """How it says the job stands."""
        return self._state.text()

    @property
    def share(self) -> int | None:
        """How many thousandths its bar shows; None if it shows none, or does not know."""
        return self._bar.value() if not self._bar.isHidden() and self._bar.maximum() else None

    @property
    def buttons(self) -> list[QPushButton]:
        """What it offers, in order."""
        log = [] if self._more.isHidden() else [self._more]
        return [*log, *self._buttons.buttons]

    @property
    def log(self) -> str:
        """The log, if it is shown."""
        return "" if self._log.isHidden() else self._log.toPlainText()

    def show_job(self, job: JobRecord) -> None:
        """Show how the job stands now."""
        self.job = job
        is_running = job.state is JobState.RUNNING
        self._state.setText(state_words(job))
        self._show_role("error" if job.state in _BAD else "muted")
        self._bar.setVisible(is_running and not waits_for_decision(job))
        self._bar.setRange(0, STEPS if job.total else 0)
        if job.total and job.done is not None:
            self._bar.setValue(min(STEPS, job.done * STEPS // job.total))
        parts = (
            [progress_words(job, self._activity.pace(job)), why_not_stopped(job)]
            if is_running
            else [outcome_words(job)]
        )
        self._words.setText("\n".join(filter(None, parts)))
        self._words.setHidden(not self._words.text())
        self._title.setToolTip(text.plain_tooltip(title_of(job)))
        name = f"{title_of(job)}: {self.state}"
        self._bar.setAccessibleName(f"Progress: {title_of(job)}")
        self.setAccessibleName(name)
        self._more.setAccessibleName(f"Log: {title_of(job)}")
        self._log.setAccessibleName(f"Lines of the log: {title_of(job)}")
        self._cut_title()
        self._offer(self._activity.actions(job))
        if self._more.isChecked() or job != self._told:
            self._told = job
            self._read_log()

    def _offer(self, actions: tuple[JobAction, ...]) -> None:
        if actions == self._offered:
            return
        self._offered = actions
        self._buttons.show_buttons(
            [
                (action.value, lambda action=action: self.acted.emit(action), False)
                for action in actions
            ]
        )
        for button in self._buttons.buttons:
            button.setAccessibleName(f"{button.text()}: {title_of(self.job)}")

    def _show_role(self, role: str) -> None:
        if self._state.property("role") != role:
            self._state.setProperty("role", role)
            self._state.style().unpolish(self._state)
            self._state.style().polish(self._state)

    def _on_log(self, wanted: bool) -> None:
        self._log.setVisible(wanted)
        self._shown_log = None
        if wanted:
            self._read_log()

    def _read_log(self) -> None:
        self._activity.read_log(self.job.id, self._show_log)

    def _show_log(self, lines: tuple[JobLine, ...]) -> None:
        self._more.setVisible(bool(lines))
        if lines == self._shown_log:
            return
        self._shown_log = lines
        told = [f"{text.local_time(line.said_at)}  {line.text}" for line in lines]
        self._log.setPlainText("\n".join(told))
        bar = self._log.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _cut_title(self) -> None:
        margins = self.layout().contentsMargins()
        taken = self._state.sizeHint().width() + current_theme().px(8)
        room = self.width() - margins.left() - margins.right() - taken
        metrics = self._title.fontMetrics()
        whole = " ".join(title_of(self.job).split())
        self._title.setText(metrics.elidedText(whole, Qt.TextElideMode.ElideMiddle, room))

    def _lay_out(self) -> None:
        px = current_theme().px
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self._title, 1)
        head.addWidget(self._state)
        foot = QHBoxLayout()
        foot.setSpacing(px(8))
        foot.addWidget(self._more)
        foot.addStretch()
        foot.addWidget(self._buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(8), px(12), px(8))
        column.setSpacing(px(6))
        column.addLayout(head)
        column.addWidget(self._bar)
        column.addWidget(self._words)
        column.addLayout(foot)
        column.addWidget(self._log)

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut_title()
