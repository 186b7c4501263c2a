"""The tiles along the top: a number each, which is that of a list."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from db.cancel import CancelToken
from db.errors import SheafError
from db.ports import Storage
from desktop_app.latest import Latest
from desktop_app.lists.views import VIEWS
from desktop_app.look.icons import icon
from desktop_app.look.text import count, size
from desktop_app.look.theme import Face, current_theme
from desktop_app.look.tokens import CARD_RADIUS_PX, ICON_PX, TITLE_PX
from desktop_app.overview.chart import as_written
from desktop_app.overview.targets import PageTarget
from desktop_app.workspace import Workspace

_ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
_HEIGHT_PX: Final = 84
_WIDTH_PX: Final = 130
_PADDING_PX: Final = 14


class TileSpec(Struct, frozen=True, kw_only=True):
    """A tile: the page it leads to, and the token its icon has while there is something."""

    key: str
    title: str
    icon: str
    ink: str


SIZE_KEY: Final = "imports"
"""The size of the database leads to what filled it."""

TILES: Final = (
    TileSpec(key="active", title="Active batches", icon="clock", ink="run"),
    TileSpec(key="failed", title="Failed tasks", icon="error", ink="bad"),
    TileSpec(key="stalled", title="Stalled runs", icon="warning", ink="run"),
    TileSpec(key="review", title="Needs review", icon="check", ink="rev"),
    TileSpec(key="inbox", title="Learnings to review", icon="inbox", ink="rev"),
    TileSpec(key=SIZE_KEY, title="Database size", icon="database", ink="muted"),
)


class Tile(QAbstractButton):
    """Shows how many records a list has, or how large the database is; leads there."""

    def __init__(self, workspace: Workspace, spec: TileSpec) -> None:
        super().__init__()
        self.spec = spec
        self.value = "…"
        self._something = False
        self._latest = Latest(workspace.background, self)
        self._theme = current_theme()
        self._theme.changed.connect(self.updateGeometry)
        self.setText(spec.title)
        self.setAccessibleName(spec.title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def target(self) -> PageTarget:
        """Where it leads."""
        return PageTarget(self.spec.key)

    def refresh(self) -> None:
        """Count again; the number before stays until the new one is there."""
        self._latest.ask(self._read, self._show, self._fail)

    def _read(self, storage: Storage, token: CancelToken) -> int:
        if self.spec.key == SIZE_KEY:
            return storage.info().size
        return storage.count(VIEWS[self.spec.key].query, token)

    def _show(self, number: int) -> None:
        self._something = number > 0
        self.value = size(number) if self.spec.key == SIZE_KEY else count(number)
        self.setAccessibleName(f"{self.spec.title}: {self.value}")
        self.update()

    def _fail(self, error: SheafError) -> None:
        self.value = "?"
        self.setAccessibleName(f"{self.spec.title}: {error.what}")
        self.update()

    # Qt overrides

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(_WIDTH_PX), self._theme.px(_HEIGHT_PX))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self.click()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        px, theme = self._theme.px, self._theme
        room = self.rect().adjusted(px(_PADDING_PX), px(12), -px(_PADDING_PX), -px(12))
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        leading = Qt.AlignmentFlag.AlignLeft
        font = QFont(theme.font(Face.BODY))
        font.setPixelSize(px(TITLE_PX + 2))
        font.setWeight(QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        painter.drawText(room, leading | Qt.AlignmentFlag.AlignTop, as_written(self.value))
        painter.setFont(theme.font(Face.BODY))
        painter.setPen(theme.colour("muted"))
        shown = theme.metrics(Face.BODY).elidedText(
            self.spec.title, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, leading | Qt.AlignmentFlag.AlignBottom, shown)
        side = px(ICON_PX)
        x = room.left() if is_mirrored else room.right() - side + 1
        ink = self.spec.ink if self._something else "faint"
        icon(self.spec.icon, ink).paint(painter, QRect(x, room.top() + px(4), side, side))
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        has_focus = self.hasFocus()
        width = 2 if has_focus else 1
        edge = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        ground = "sel" if self.isDown() else "hover" if self.underMouse() else "surface"
        painter.setPen(QPen(self._theme.colour("accent" if has_focus else "line"), width))
        painter.setBrush(self._theme.colour(ground))
        radius = self._theme.px(CARD_RADIUS_PX)
        painter.drawRoundedRect(edge, radius, radius)
