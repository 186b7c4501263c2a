"""A record in a window of its own."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from db.records import Kind
from desktop_app.actions.ids import ActionId
from desktop_app.detail.pane import DetailPane
from desktop_app.detail.seen import Seen
from desktop_app.detail.step_bar import StepBar
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_GAP_PX
from desktop_app.models.course import Course, Standing
from desktop_app.widgets.early_escape import EarlyEscape
from desktop_app.widgets.enter import press_focused
from desktop_app.widgets.tab_order import move_focus
from desktop_app.widgets.toast import Toast
from desktop_app.workspace import Workspace

_WIDTH_PX: Final = 860
_HEIGHT_PX: Final = 960
_SHARE: Final = 0.9
"""So much of the screen it takes at most, each way."""


class DetailWindow(QWidget):
    """Shows one record, and those that are chosen in it; its title is the record's.

    `course` is the list it was opened from, as it was then: Alt+Down goes on in it. From a
    run that is not in it, it goes to the next run of the same task.
    `print_wanted` carries the kind and pk of the record that is shown, and the window.
    """

    print_wanted = Signal(object, int, QWidget)

    def __init__(
        self,
        workspace: Workspace,
        parent: QWidget | None = None,
        *,
        course: Course | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._course = course
        self._has_begun = False
        self.toast = Toast()
        self.steps = StepBar("record")
        self.steps.stepped.connect(self._step)
        self.pane = DetailPane(workspace)
        self.pane.step_wanted.connect(self._step)
        self.pane.record_chosen.connect(self.pane.show_record)
        self.pane.seen_anew.connect(self._begin)
        self.pane.seen_anew.connect(self._name)
        self.pane.seen_anew.connect(self._show_standing)
        for keys, act in (
            ("F2", self.pane.edit_title),
            ("F5", self.pane.refresh),
            ("Ctrl+W", self.close),
            ("Alt+Down", partial(self._step, 1)),
            ("Alt+Up", partial(self._step, -1)),
            ("Ctrl+Alt+P", self._print),
            ("Ctrl+F", self.pane.open_find),
            ("Ctrl+D", partial(self.pane.act, ActionId.COMPARE)),
            ("Ctrl+Z", workspace.undo),
            ("Ctrl+Shift+Z", workspace.redo),
        ):
            QShortcut(QKeySequence(keys), self, act)
        column = QVBoxLayout(self)
        gap = current_theme().px(CARD_GAP_PX)
        column.setContentsMargins(gap, gap, gap, gap)
        column.addWidget(self.steps)
        column.addWidget(self.pane, 1)
        column.addWidget(self.toast, 0, Qt.AlignmentFlag.AlignHCenter)
        self.steps.hide()
        self.resize(
            QSize(current_theme().px(_WIDTH_PX), current_theme().px(_HEIGHT_PX)).boundedTo(
                self.screen().availableSize() * _SHARE
            )
        )

    def show_record(self, kind: Kind, pk: int) -> None:
        """Show a record and bring the window to the front."""
        self.pane.show_record(kind, pk)
        if self.parentWidget() is not None and not self.isVisible():
            EarlyEscape(self)
        self.show()
        self.raise_()
        self.activateWindow()

    def _step(self, distance: int) -> None:
        standing = self._standing()
        if standing is not None and self._course is not None:
            pk = self._course.pk_at(standing.at + distance)
            if pk is not None:
                self.pane.show_record(self._course.kind, pk)
        elif self.pane.key is not None and self.pane.key[0] is Kind.EXECUTION:
            self.pane.step_in_task(distance)

    def _standing(self) -> Standing | None:
        if self._course is None or self.pane.key is None:
            return None
        return self._course.standing(*self.pane.key)

    def _show_standing(self, seen: Seen) -> None:
        """Say where in the list a record is; a run says it beside its own buttons."""
        standing, is_run = self._standing(), seen.kind is Kind.EXECUTION
        self.steps.setVisible(standing is not None and not is_run)
        self.steps.show_standing(standing)
        if is_run:
            self.pane.show_standing(standing)

    def _begin(self, _seen: Seen) -> None:
        """Let the keys go to the text from the start, not to the first button above it."""
        if not self._has_begun:
            self._has_begun = True
            self.pane.enter_text()

    def _print(self) -> None:
        if self.pane.key is not None:
            self.print_wanted.emit(*self.pane.key, self)

    def _name(self, seen: Seen) -> None:
        self.setWindowTitle(f"{seen.record.title or 'Untitled'} — Sheaf")

    # -- Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif not press_focused(self, event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward=forward) or super().focusNextPrevChild(forward)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.pane.finish_editing()
        super().closeEvent(event)
