"""The runs of a task in the order of their turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from db.cancel import CancelToken
from db.errors import SheafError
from db.ports import Storage
from db.query import KEPT, ExecutionQuery, ExecutionSort
from db.records import ExecutionRecord, Kind
from db.repositories import Page
from db.times import now_us
from desktop_app.background import Background
from desktop_app.detail.seen import Seen
from desktop_app.latest import Latest
from desktop_app.look.marks import paint_mark
from desktop_app.look.text import (
    count,
    duration,
    local_time,
    plain_tooltip,
    status_word,
    time_tooltip,
)
from desktop_app.look.theme import Face, current_theme
from desktop_app.look.tokens import STATUS_INK
from desktop_app.widgets.plain_label import PlainLabel

if TYPE_CHECKING:
    AnyIndex = QModelIndex | QPersistentModelIndex

MOST: Final = 1_000
"""So many runs are shown; a task with more is a list to be searched."""
ROLE_RUN: Final = Qt.ItemDataRole.UserRole + 1
_ROW_PX: Final = 64
_RAIL_PX: Final = 34
_MARK_PX: Final = 12
_PAD_PX: Final = 8
_BAR_PX: Final = 4
_NOWHERE: Final = QModelIndex()
_ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class TimelineView(QWidget):
    """Shows the runs of a task or a batch; `chosen` carries the pk of one to open.

    `counted` carries how many there are, `new_wanted` the kind of record to make.
    """

    chosen = Signal(int)
    counted = Signal(int)
    new_wanted = Signal(object)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._latest = Latest(background, self)
        self._key: object = None
        self.list = _RunList()
        self.list.chosen.connect(self.chosen)
        self._note = PlainLabel("", "muted")
        self._note.setWordWrap(True)
        self._note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._note)
        column.addWidget(self.list, 1)
        self._new = QPushButton("New run for this task…")
        self._new.clicked.connect(lambda: self.new_wanted.emit(Kind.EXECUTION))
        row = QHBoxLayout()
        row.addWidget(self._new)
        row.addStretch()
        column.addLayout(row)
        self.setFocusProxy(self.list)

    def show_seen(self, seen: Seen) -> None:
        """Show the runs of a task or a batch; the same one again keeps the place."""
        if seen.key != self._key:
            self._key = seen.key
            self.list.show_runs(())
            self._say("")
        self._new.setVisible(seen.kind is Kind.TASK)
        query = query_of(seen)
        self._latest.ask(
            lambda storage, token: read(storage, query, token), self._show, self._fail
        )

    def _show(self, page: Page) -> None:
        runs = [run for run in page.items if isinstance(run, ExecutionRecord)]
        self.list.show_runs(runs)
        self.counted.emit(page.total)
        if not runs:
            self._say("There are no runs yet.")
        elif page.total > len(runs):
            self._say(f"The first {count(len(runs))} of {count(page.total)} runs.")
        else:
            self._say("")

    def _fail(self, error: SheafError) -> None:
        self._say(str(error))

    def _say(self, words: str) -> None:
        self._note.setText(words)
        self._note.setVisible(bool(words))


def query_of(seen: Seen) -> ExecutionQuery:
    """Return the query for the runs of a task or a batch, in the order of their turns."""
    is_task = seen.kind is Kind.TASK
    return ExecutionQuery(
        task_id=seen.record.id if is_task else None,
        batch_id=None if is_task else seen.record.id,
        places=KEPT,
        sort=ExecutionSort.TURN if is_task else ExecutionSort.CREATED,
        descending=False,
    )


def read(storage: Storage, query: ExecutionQuery, token: CancelToken) -> Page:
    """Return the first runs that a timeline shows."""
    return storage.find(query, MOST, 0, token)


class _RunList(QListView):
    """The rows; Enter or a click opens a run."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Runs")
        self._model = _RunModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_RunPainter(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.clicked.connect(self._choose)
        current_theme().changed.connect(self.doItemsLayout)

    def show_runs(self, runs: Sequence[ExecutionRecord]) -> None:
        """Show other runs; the place and the current run are kept."""
        place, current = self.verticalScrollBar().value(), self.currentIndex().row()
        pk = self._model.runs[current].pk if current >= 0 else None
        self._model.set_runs(runs)
        kept = [row for row, run in enumerate(runs) if run.pk == pk]
        self.setCurrentIndex(self._model.index(kept[0] if kept else 0))
        self.verticalScrollBar().setValue(place)

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self._model.runs[index.row()].pk)

    # -- Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.currentIndex().isValid():
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)


class _RunModel(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.runs: Sequence[ExecutionRecord] = ()
        self.longest = 0
        self.now = now_us()

    def set_runs(self, runs: Sequence[ExecutionRecord]) -> None:
        self.beginResetModel()
        self.runs, self.now = runs, now_us()
        self.longest = max((run.duration or 0 for run in runs), default=0)
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.runs)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run = self.runs[index.row()]
        if role == ROLE_RUN:
            return run
        if role == Qt.ItemDataRole.DisplayRole:
            return head(run)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{head(run)}, {', '.join(facts(run, self.now))}, {time_words(run)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(_tooltip(run))
        return None


def head(run: ExecutionRecord) -> str:
    """Return what a run is called in a timeline: its turn and step."""
    return f"Turn {run.turn} · {run.step}" if run.step else f"Turn {run.turn}"


def facts(run: ExecutionRecord, now: int) -> list[str]:
    """Return what is said of a run: its state, decision, attempt, and if it is stalled."""
    state = "stalled" if run.is_stalled(now) else run.status_word or run.status.word
    said = [word.replace("_", " ") for word in (state, run.decision) if word]
    if run.attempt > 1:
        said.append(f"attempt {run.attempt}")
    said[0] = said[0].capitalize()
    return said


def time_words(run: ExecutionRecord) -> str:
    """Return how long a run took, or since when it runs."""
    if run.duration is not None:
        return duration(run.duration)
    return f"since {local_time(run.started_at)}" if run.started_at is not None else ""


def _tooltip(run: ExecutionRecord) -> str:
    times = [("Started", run.started_at), ("Completed", run.completed_at)]
    if run.lease_until is not None:
        times.append(("Lease until", run.lease_until))
    lines = [f"{run.title or head(run)}\n{status_word(run.status)}"]
    lines += [f"{name} {time_tooltip(time)}" for name, time in times if time is not None]
    return "\n\n".join(lines)


class _RunPainter(QStyledItemDelegate):
    """Paints a run: its mark on the rail, two lines of words, and a bar for its time."""

    def __init__(self, view: _RunList) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        run: ExecutionRecord = index.data(ROLE_RUN)
        theme, rect = current_theme(), QRect(option.rect)
        model: _RunModel = self._view.model()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option)
        rail = theme.px(_RAIL_PX)
        pad = theme.px(_PAD_PX)
        is_left = option.direction == Qt.LayoutDirection.RightToLeft
        rail_rect = QRect(
            rect.right() - rail if is_left else rect.x(), rect.y(), rail, rect.height()
        )
        words = rect.adjusted(pad if is_left else rail, pad, -rail if is_left else -pad, -pad)
        is_last = index.row() == len(model.runs) - 1
        self._paint_rail(painter, rail_rect, run, is_first=index.row() == 0, is_last=is_last)
        self._paint_words(painter, words, run, model)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        """Return the one height of all rows."""
        return QSize(0, current_theme().px(_ROW_PX))

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        theme = current_theme()
        if option.state & QStyle.StateFlag.State_Selected and self._view.hasFocus():
            painter.fillRect(option.rect, theme.colour("sel"))
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRect(QRectF(option.rect).adjusted(1, 1, -1, -1))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, theme.colour("hover"))

    def _paint_rail(
        self,
        painter: QPainter,
        rect: QRect,
        run: ExecutionRecord,
        *,
        is_first: bool,
        is_last: bool,
    ) -> None:
        theme = current_theme()
        side, pad = theme.px(_MARK_PX), theme.px(_PAD_PX)
        middle = rect.center().x()
        top = rect.y() + pad + theme.px(2)
        painter.setPen(QPen(theme.colour("line"), 2))
        if not is_first:
            painter.drawLine(middle, rect.y(), middle, top - 3)
        if not is_last:
            painter.drawLine(middle, top + side + 3, middle, rect.bottom())
        box = QRectF(middle - side / 2, top, side, side)
        paint_mark(painter, run.status, box, theme.colour(STATUS_INK[run.status].ink))

    def _paint_words(
        self, painter: QPainter, rect: QRect, run: ExecutionRecord, model: _RunModel
    ) -> None:
        theme = current_theme()
        line = round(theme.metrics(Face.BODY).height())
        upper = QRect(rect.x(), rect.y(), rect.width(), line)
        lower = upper.translated(0, line + theme.px(2))
        took = time_words(run)
        room = round(theme.metrics(Face.BODY).horizontalAdvance(took)) + theme.px(_PAD_PX)
        trailing = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(Face.BODY))
        painter.setPen(theme.colour("muted"))
        painter.drawText(upper, trailing, took)
        painter.setFont(theme.font(Face.MEDIUM))
        painter.setPen(theme.colour("text"))
        self._elided(painter, upper.adjusted(0, 0, -room, 0), head(run), Face.MEDIUM)
        stalled = run.is_stalled(model.now)
        ink = "bad" if stalled else STATUS_INK[run.status].ink
        painter.setFont(theme.font(Face.BODY))
        painter.setPen(theme.colour(ink))
        self._elided(painter, lower, " · ".join(facts(run, model.now)), Face.BODY)
        if run.duration and model.longest:
            bar = QRectF(rect.x(), rect.bottom() - theme.px(_BAR_PX) + 1, 0, theme.px(_BAR_PX))
            bar.setWidth(max(bar.height(), rect.width() * run.duration / model.longest))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(STATUS_INK[run.status].ink))
            painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)

    def _elided(self, painter: QPainter, rect: QRect, words: str, face: Face) -> None:
        metrics = current_theme().metrics(face)
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(
            rect, Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter, shown
        )
