"""The row that says what is being done, how far it is, and stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget
from shiboken6 import isValid

from db.job_run import Measured
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel

_STEPS: Final = 1000


class WorkRow(QWidget):
    """Is shown while something is done; `name` is that of its bar.

    Without `on_stop` it has no button: then another one of the page stops the work.
    """

    def __init__(self, name: str, on_stop: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._doing = PlainLabel(role="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(name)
        self.stop: QPushButton | None = None
        self._left: QWidget | None = None
        px = current_theme().px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), 0, px(16), px(8))
        row.setSpacing(px(12))
        row.addWidget(self._doing)
        row.addWidget(self._bar, 1)
        if on_stop is not None:
            self.stop = push_button("Stop", on_stop)
            row.addWidget(self.stop)
        self.hide()

    @property
    def words(self) -> str:
        """What it says is being done."""
        return self._doing.text()

    @property
    def share(self) -> int | None:
        """How many thousandths are done; None where nobody knows."""
        return self._bar.value() if self._bar.maximum() else None

    def show_work(self, doing: str) -> None:
        """Say what is being done; nothing is where that is empty."""
        if self.isHidden():
            self._bar.setRange(0, 0)
            self._left = None
        self._doing.setText(doing)
        self.setVisible(bool(doing))

    def show_progress(self, how_far: Measured | str) -> None:
        """Say how far it is; of a step that is told in words nobody knows."""
        if isinstance(how_far, str):
            self._doing.setText(f"{how_far}…")
            self._bar.setRange(0, 0)
        elif how_far.total:
            self._bar.setRange(0, _STEPS)
            self._bar.setValue(min(_STEPS, how_far.done * _STEPS // how_far.total))

    @contextmanager
    def keeping_focus(self) -> Iterator[None]:
        """Give Stop the focus that is lost by what is disabled or hidden within.

        When Stop itself goes, what lost the focus has it again, or else the page.
        """
        focused = self.window().focusWidget()
        yield
        if focused is None or _can_have_focus(focused) or self.stop is None:
            return
        if focused is self.stop:
            left = self._left
            back = left if left is not None and _can_have_focus(left) else self.parentWidget()
            back.setFocus()
        elif not self.isHidden():
            self._left = focused
            self.stop.setFocus()


def _can_have_focus(widget: QWidget) -> bool:
    return isValid(widget) and widget.isVisible() and widget.isEnabled()
