"""Tools in one row, however narrow it is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from desktop_app.look.icons import put_icon
from desktop_app.look.text import plain_tooltip


class ToolRow(QWidget):
    """Shows tools side by side; those without room are in the menu of a button at its end.

    The tools of the lowest rank keep their places longest, of the same rank the first.
    """

    def __init__(self, spacing: int = 4, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ranks: dict[QWidget, int] = {}
        self._offered: set[QWidget] = set()
        self.more = QToolButton()
        self.more.setAccessibleName("More tools")
        self.more.setToolTip(plain_tooltip("More tools"))
        self.more.setProperty("quiet", True)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        put_icon(self.more, "more")
        self._menu = QMenu(self.more)
        self._menu.aboutToShow.connect(self._fill)
        self.more.setMenu(self._menu)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(spacing)
        row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        row.addWidget(self.more)
        row.addStretch()

    def add(self, tool: QWidget, rank: int = 0, *, offered: bool = True) -> None:
        """Put a tool after the others."""
        self._row.insertWidget(len(self._ranks), tool)
        self._ranks[tool] = rank
        self.offer(tool, offered)

    def offer(self, tool: QWidget, wanted: bool) -> None:
        """Offer a tool, in the row or in the menu, or do not."""
        (self._offered.add if wanted else self._offered.discard)(tool)
        self._fit()

    def offered(self) -> list[QWidget]:
        """Return what is offered now, in the row or in the menu."""
        return [tool for tool in self._ranks if tool in self._offered]

    def _fit(self) -> None:
        offered, gap = self.offered(), self._row.spacing()
        shown = set(offered)
        if sum(_width(tool) + gap for tool in offered) - gap > self.width():
            shown = set()
            room = self.width() - _width(self.more)
            for tool in sorted(offered, key=self._ranks.__getitem__):
                if _width(tool) + gap <= room:
                    room -= _width(tool) + gap
                    shown.add(tool)
        for tool in self._ranks:
            tool.setVisible(tool in shown)
        self.more.setVisible(len(shown) < len(offered))

    def _fill(self) -> None:
        """Put into the menu what has no room."""
        self._menu.clear()
        for tool in self.offered():
            if tool.isHidden():
                _add_entry(self._menu, tool)

    # -- Qt overrides

    def event(self, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Show}:
            self._fit()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        tools = [*self.offered(), self.more]
        gap = self._row.spacing()
        height = max(tool.sizeHint().height() for tool in tools)
        return QSize(sum(_width(tool) + gap for tool in tools[:-1]), height)

    def minimumSizeHint(self) -> QSize:
        return QSize(_width(self.more), self.sizeHint().height())


def _width(tool: QWidget) -> int:
    tool.ensurePolished()
    return tool.sizeHint().width()


def _add_entry(menu: QMenu, tool: QWidget) -> None:
    """Let an entry of the menu do what the tool does, or say what it says."""
    if isinstance(tool, QLabel):
        if tool.text():
            menu.addAction(tool.text().replace("&", "&&")).setEnabled(False)
        return
    assert isinstance(tool, QAbstractButton)
    entry = menu.addAction((tool.text() or tool.accessibleName()).replace("&", "&&"))
    entry.setIcon(tool.icon())
    entry.setEnabled(tool.isEnabled())
    entry.setCheckable(tool.isCheckable())
    entry.setChecked(tool.isChecked())
    inner = tool.menu() if isinstance(tool, QToolButton | QPushButton) else None
    if inner is not None:
        entry.setMenu(inner)
    else:
        entry.triggered.connect(lambda: tool.click())  # noqa: PLW0108, a slot takes `checked`
