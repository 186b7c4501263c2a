"""A record in a window of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from db.records import Kind
from desktop_app.detail.pane import DetailPane
from desktop_app.detail.seen import Seen
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_GAP_PX
from desktop_app.workspace import Workspace


class DetailWindow(QWidget):
    """Shows one record, and those that are chosen in it; its title is the record's.

    `list_kind` and `pks` are the list it was opened from, as it was then: Alt+Down goes on
    in it. From a run that is not in it, it goes to the next run of the same task.
    `print_wanted` carries the kind and pk of the record that is shown, and the window.
    """

    print_wanted = Signal(object, int, QWidget)

    def __init__(
        self,
        workspace: Workspace,
        parent: QWidget | None = None,
        *,
        list_kind: Kind | None = None,
        pks: Sequence[int] = (),
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._list_kind, self._pks = list_kind, pks
        self.pane = DetailPane(workspace)
        self.pane.step_wanted.connect(self._step)
        self.pane.record_chosen.connect(self.pane.show_record)
        self.pane.seen_anew.connect(self._name)
        for keys, act in (
            ("F2", self.pane.edit_title),
            ("F5", self.pane.refresh),
            ("Ctrl+W", self.close),
            ("Alt+Down", partial(self._step, 1)),
            ("Alt+Up", partial(self._step, -1)),
            ("Ctrl+Alt+P", self._print),
            ("Ctrl+Z", workspace.undo),
            ("Ctrl+Shift+Z", workspace.redo),
        ):
            QShortcut(QKeySequence(keys), self, act)
        column = QVBoxLayout(self)
        gap = current_theme().px(CARD_GAP_PX)
        column.setContentsMargins(gap, gap, gap, gap)
        column.addWidget(self.pane)
        self.resize(current_theme().px(640), current_theme().px(720))

    def show_record(self, kind: Kind, pk: int) -> None:
        """Show a record and bring the window to the front."""
        self.pane.show_record(kind, pk)
        self.show()
        self.raise_()
        self.activateWindow()

    def _step(self, distance: int) -> None:
        kind, pk = self.pane.key or (None, 0)
        if kind is self._list_kind and pk in self._pks:
            at = self._pks.index(pk) + distance
            if 0 <= at < len(self._pks):
                self.pane.show_record(self._list_kind, self._pks[at])
        elif kind is Kind.EXECUTION:
            self.pane.step_in_task(distance)

    def _print(self) -> None:
        if self.pane.key is not None:
            self.print_wanted.emit(*self.pane.key, self)

    def _name(self, seen: Seen) -> None:
        self.setWindowTitle(f"{seen.record.title or 'Untitled'} — Sheaf")

    # -- Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.pane.finish_editing()
        super().closeEvent(event)
