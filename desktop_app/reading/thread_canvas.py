"""A thread of any length, painted as far as it is in sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from db.ports import Storage
from db.records import MessageDetail, ThreadEntry
from desktop_app.background import Background
from desktop_app.look.theme import current_theme
from desktop_app.reading.blocks import speaker
from desktop_app.reading.blocks_document import FOLD, REVEAL, WHOLE, Act, MessageDocument
from desktop_app.reading.thread_layout import RowSeen, Thread, ThreadLayout
from desktop_app.reading.thread_marks import ANY_BLOCK, Finder, Found, Marks
from desktop_app.reading.thread_painter import paint_gap, paint_row
from desktop_app.reading.thread_plan import gap_words
from desktop_app.reading.thread_selection import ThreadSelection
from desktop_app.reading.thread_store import ThreadStore
from desktop_app.widgets.announce import announce
from desktop_app.widgets.json_view import displayable

_NEAR: Final = 2
"""Scrolling by fewer screens than that moves what is in sight; more is a jump."""
_NEAR_ROWS: Final = 8
"""So many rows above and below what is in sight are read too."""
_LINE_PX: Final = 40


class ThreadCanvas(QAbstractScrollArea):
    """Shows the rows of a thread, one of which is the current one.

    `branch_wanted` carries a message and the step to another answer beside it,
    `reveal_wanted` the pks of messages to be shown although they are hidden,
    `whole_wanted` a message and a block of it that is shown in part. `moved` says that
    another place is gone to than the one a search found; `edge_sought` follows it where that
    is the first or the last row, with what goes there again.
    """

    current_changed = Signal()
    link_chosen = Signal(str)
    branch_wanted = Signal(int, int)
    reveal_wanted = Signal(object)
    whole_wanted = Signal(int, int)
    menu_wanted = Signal(QPoint)
    moved = Signal()
    edge_sought = Signal(object)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Messages")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.viewport().setMouseTracking(True)
        self.store = ThreadStore(background, self)
        self.store.arrived.connect(self._arrange)
        self.rows = ThreadLayout(self.store)
        self.marks = Marks()
        self.selection = ThreadSelection()
        self._goal: Found | None = None
        self._seeks_end = False
        self._is_pressed = self._is_arranging = False
        self._value = 0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(0)
        self._rest.timeout.connect(self._arrange)
        self._keys = self._make_keys()
        current_theme().changed.connect(self._dress)

    # What is shown

    def show_thread(self, thread: Thread | None) -> None:
        """Show a thread; the current message of it stays where it is."""
        self.selection.clear()
        self.rows.show(thread, self.place)
        self._arrange()
        self.current_changed.emit()

    def forget(self) -> None:
        """Show nothing, and keep nothing of what was shown."""
        self.store.clear()
        self.rows = ThreadLayout(self.store)
        self.rows.has_focus = self.hasFocus()
        self._dress()
        self.mark(None)
        self.show_thread(None)

    @property
    def thread(self) -> Thread | None:
        """What is shown."""
        return self.rows.thread

    @property
    def place(self) -> int | None:
        """The current message, or the first of the hidden ones where these are current."""
        return self.rows.place_at(self.rows.current)

    @property
    def entry(self) -> ThreadEntry | None:
        """The current message as its outline has it."""
        return None if self.place is None else self.thread.tree.entries[self.place]

    @property
    def detail(self) -> MessageDetail | None:
        """The current message with what it says, once it has been read."""
        return None if self.entry is None else self.store.get(self.entry.pk)

    def is_settled(self) -> bool:
        """Whether all that is in sight and has been read is laid out."""
        return not self._rest.isActive()

    def select_message(self) -> None:
        """Select all that the current message says."""
        document = None if self.entry is None else self.rows.documents.get(self.entry.pk)
        if document is not None:
            self.selection.take_all(document)
            self.viewport().update()

    def mark(self, finder: Finder | None) -> None:
        """Mark whatever is found, in every message."""
        self.marks.look_for(finder)
        self._goal = None
        self.viewport().update()

    # Moving

    def go_to(self, row: int, *, aligned: bool = False) -> None:
        """Make a row the current one and bring it into sight, `aligned` at the top."""
        self._goal = None
        self.moved.emit()
        self._go_to(row, aligned=aligned)

    def _go_to(self, row: int, *, aligned: bool = False) -> None:
        self._seeks_end = False
        layout = self.rows
        if not layout.count:
            return
        layout.current = row = min(max(row, 0), layout.count - 1)
        top = layout.top_of_row(row)
        room = layout.height - layout.thread.heights[row]
        if aligned or room < 0:
            layout.put(row, 0)
        elif top is None:
            is_below = row > next(layout.in_sight()).row
            layout.put(row, room if is_below else 0)
        elif not 0 <= top <= room:
            layout.put(row, min(max(0, top), room))
        self._arrange()
        self._tell_current()

    def go_to_start(self) -> None:
        """Make the first row the current one and bring it to the top."""
        self.go_to(0, aligned=True)
        self.edge_sought.emit(self.go_to_start)

    def go_to_end(self) -> None:
        """Make the last row the current one and bring the end of it into sight."""
        self.go_to(self.rows.count - 1)
        self._seek_end()

    def _seek_end(self) -> None:
        self._seeks_end, self._goal = True, None
        self._arrange()
        self.edge_sought.emit(self.go_to_end)

    def step(self, by: int) -> None:
        """Go to the next row or the one before; through a very high one by parts."""
        layout = self.rows
        if not layout.count:
            return
        top = layout.top_of_row(layout.current)
        if top is not None and layout.is_taller(layout.current):
            below = top + layout.thread.heights[layout.current] - layout.height
            part = layout.height * 3 // 4
            if by > 0 and below > 0:
                self._scroll(min(part, below))
                return
            if by < 0 and top < 0:
                self._scroll(max(-part, top))
                return
        self.go_to(layout.current + by)

    def page(self, by: int) -> None:
        """Scroll by a screen; the current row goes along."""
        self._scroll(by * (self.rows.height - _LINE_PX))
        whole = [each.row for each in self.rows.in_sight() if each.top >= 0]
        if whole:
            self.rows.current = whole[0 if by > 0 else -1]
            self._tell_current()

    def show_found(self, place: int, block: int = ANY_BLOCK, nth: int = 0) -> None:
        """Go to a match in a block of a message, or to the first in any, unfolding it."""
        layout = self.rows
        row = layout.thread.plan.row_of(place)
        if row is None:
            return
        pk = layout.thread.tree.entries[place].pk
        self._goal = self.marks.found = Found(pk, block, nth)
        if not layout.is_gap(row):
            self._unfold(pk, None if block == ANY_BLOCK else block)
        self._go_to(row)

    def show_part(self, place: int, block: int, at: int) -> int:
        """Show the part of a long block that a character is in; return where it begins."""
        return self.rows.show_part(self.thread.tree.entries[place].pk, block, at)

    def show_unfolded(self, place: int) -> None:
        """Make a message the current one, at the top and with all of it unfolded."""
        row = self.rows.thread.plan.row_of(place)
        if row is not None:
            self._unfold(self.rows.thread.tree.entries[place].pk, None)
            self.go_to(row, aligned=True)

    def _unfold(self, pk: int, block: int | None) -> None:
        self.rows.folds.unfold(pk, block)
        self.rows.redo(pk)

    def toggle_folds(self) -> None:
        """Unfold what is folded in the current message, or fold it all; show what is hidden."""
        entry, layout = self.entry, self.rows
        if entry is None:
            return
        if layout.is_gap(layout.current):
            self._reveal(layout.current)
        elif (document := layout.documents.get(entry.pk)) is not None:
            unfolded = layout.folds.of(entry.pk)
            layout.folds.toggle(entry.pk, set(unfolded or document.foldable()))
            self._redo(entry.pk)

    def _scroll(self, by: int) -> None:
        if self.rows.count:
            self._seeks_end, self._goal = False, None
            self.moved.emit()
            self.rows.move(by)
            self._arrange()

    # Laying out

    def _arrange(self) -> None:
        """Lay out what is in sight, as far as there is time, and the rest when there is."""
        layout = self.rows
        if not layout.count:
            self._show_bar(0, 0)
        elif not self._is_arranging:
            self._is_arranging = True
            is_settled = layout.arrange()
            if self._seeks_end:
                layout.move(layout.below)
                is_settled = layout.arrange() and layout.below <= 0
                rows = (seen.row for seen in layout.in_sight())
                self._seeks_end = not (is_settled and all(map(layout.is_laid_out, rows)))
            self._follow_goal()
            self._show_bar(layout.value, layout.thread.heights.total - layout.height)
            self._want_near()
            self._is_arranging = False
            if not is_settled:
                self._rest.start()
        self.viewport().update()

    def _follow_goal(self) -> None:
        """Scroll to the match that was asked for, and stay there while its text is laid out."""
        document = None if self._goal is None else self.rows.documents.get(self._goal.pk)
        if document is None or self.rows.is_stale(document):
            return
        span = self.marks.current_in(document)
        if document.is_whole:
            self._goal = None
        row = self.rows.seen_of(document.detail.record.pk)
        if span is None or row is None:
            return
        origin = self.rows.text_origin(row)
        y = round(origin.y() + _line_top(document, span[0]))
        if not 0 <= y <= self.rows.height - _LINE_PX:
            self.rows.move(y - self.rows.height // 3)
            self.rows.arrange()

    def _want_near(self) -> None:
        layout = self.rows
        seen = [each.row for each in layout.in_sight()]
        first = max(0, seen[0] - _NEAR_ROWS)
        last = min(layout.count, seen[-1] + 1 + _NEAR_ROWS)
        # Those in sight last, as the newest of what is kept.
        rows = [*range(first, seen[0]), *range(seen[-1] + 1, last), *seen]
        self.store.want([layout.entry(row).pk for row in rows if not layout.is_gap(row)])

    def _show_bar(self, value: int, most: int) -> None:
        bar = self.verticalScrollBar()
        bar.blockSignals(True)
        bar.setRange(0, max(0, most))
        bar.setPageStep(self.rows.height)
        bar.setSingleStep(current_theme().px(_LINE_PX))
        bar.setValue(value)
        bar.blockSignals(False)
        bar.update()
        self._value = bar.value()

    def _redo(self, pk: int) -> None:
        self.selection.clear()
        self.rows.redo(pk)
        self._arrange()

    def _dress(self) -> None:
        self.rows.documents.clear()
        self.rows.resize(self.viewport().width(), self.viewport().height())
        self._arrange()

    # Telling

    def _make_current(self, row: int) -> None:
        self.rows.current = row
        self._tell_current()
        self.viewport().update()

    def _tell_current(self) -> None:
        entry, layout = self.entry, self.rows
        if entry is not None:
            words = f"{speaker(entry.role)}: {entry.title}"
            if layout.is_gap(layout.current):
                words = self._gap_words(layout.current)
            elif entry.has_error:
                words = f"Error. {words}"
            self.setAccessibleDescription(displayable(words))
            announce(self, displayable(words))
        self.current_changed.emit()

    def _gap_words(self, row: int) -> str:
        return gap_words(self.thread.sorts, self.thread.plan.places(row))

    def _reveal(self, row: int) -> None:
        entries = self.thread.tree.entries
        self.reveal_wanted.emit([entries[place].pk for place in self.thread.plan.places(row)])

    def _do(self, pk: int, act: Act) -> None:
        if act.verb == FOLD:
            self.rows.folds.toggle(pk, {act.block})
            self._redo(pk)
        elif act.verb == REVEAL:
            self.reveal_wanted.emit([pk])
        elif act.verb == WHOLE:
            self.whole_wanted.emit(pk, act.block)

    # The mouse

    def _text_at(self, spot: QPointF) -> tuple[MessageDocument, QPointF] | None:
        """Return the text at a spot, and the spot within that."""
        seen = self.rows.row_at(round(spot.y()))
        if seen is None or self.rows.is_gap(seen.row):
            return None
        document = self.rows.documents.get(self.rows.entry(seen.row).pk)
        return None if document is None else (document, spot - self.rows.text_origin(seen))

    def _click(self, spot: QPointF) -> None:
        seen = self.rows.row_at(round(spot.y()))
        if seen is None:
            return
        if self.rows.is_gap(seen.row):
            self._reveal(seen.row)
            return
        inside = spot.toPoint() - QPoint(0, seen.top)
        step = self.rows.measures.branch_step(self.rows.look(seen.row), inside)
        if step:
            self.branch_wanted.emit(self.thread.plan.place(seen.row), step)
        elif found := self._text_at(spot):
            self._click_text(*found)

    def _click_text(self, document: MessageDocument, spot: QPointF) -> None:
        if act := document.act_at(spot):
            self._do(document.detail.record.pk, act)
        elif address := document.address_at(spot):
            self.link_chosen.emit(address)

    def _extend_selection(self, spot: QPointF) -> None:
        seen = self.rows.seen_of(self.selection.document.detail.record.pk)
        if seen is not None:
            self.selection.extend(spot - self.rows.text_origin(seen))
            self.viewport().update()

    # -- Qt overrides

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(event.rect())
        painter.fillRect(event.rect(), current_theme().colour("surface"))
        for seen in self.rows.in_sight():
            painter.save()
            painter.translate(0, seen.top)
            self._paint(painter, seen)
            painter.restore()
        painter.end()

    def _paint(self, painter: QPainter, seen: RowSeen) -> None:
        layout = self.rows
        measures, height = layout.measures, layout.thread.heights[seen.row]
        if layout.is_gap(seen.row):
            is_current = seen.row == layout.current
            words = self._gap_words(seen.row)
            paint_gap(painter, measures, height, words, is_current=is_current)
            return
        look = layout.look(seen.row)
        document = layout.documents.get(look.entry.pk)
        if document is None:
            is_gone = self.store.is_gone(look.entry.pk)
            words = "This message is gone." if is_gone else look.entry.title
            paint_row(painter, measures, look, height, words)
        else:
            marks = self.marks.to_paint(document) + self.selection.to_paint(document)
            paint_row(painter, measures, look, height, document.document, marks)

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        if not self.rows.count or self._is_arranging:
            return
        bar = self.verticalScrollBar()
        value = bar.value()
        by = value - self._value
        if value == bar.maximum() and by > 0:
            self.moved.emit()
            self.rows.put(self.rows.count - 1, 0)
            self._seek_end()
        elif abs(by) <= _NEAR * self.rows.height:
            self._scroll(by)
        else:
            self._seeks_end, self._goal = False, None
            self.moved.emit()
            self.rows.jump(value)
            self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.rows.resize(self.viewport().width(), self.viewport().height())
        self._arrange()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.verticalScrollBar().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        act = self.act_of(event)
        if act is None:
            event.ignore()
        else:
            act()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.rows.has_focus = True
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.rows.has_focus = False
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._is_pressed = True
        self.selection.clear()
        seen = self.rows.row_at(round(event.position().y()))
        if seen is not None:
            self._make_current(seen.row)
        if found := self._text_at(event.position()):
            self.selection.begin(*found)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_pressed and self.selection.document is not None:
            self._extend_selection(event.position())
        elif found := self._text_at(event.position()):
            document, spot = found
            is_link = document.act_at(spot) is not None or document.address_at(spot)
            shape = Qt.CursorShape.PointingHandCursor if is_link else Qt.CursorShape.IBeamCursor
            self.viewport().setCursor(shape)
        else:
            self.viewport().unsetCursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._is_pressed:
            return
        self._is_pressed = False
        if not self.selection.text:
            self._click(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if found := self._text_at(event.position()):
            self.selection.take_word(*found)
            self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        layout, spot = self.rows, event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            spot = QPoint(layout.measures.text_left, layout.top_of_row(layout.current) or 0)
        elif (seen := layout.row_at(spot.y())) is not None and seen.row != layout.current:
            self._make_current(seen.row)
        self.menu_wanted.emit(self.viewport().mapToGlobal(spot))

    def act_of(self, event: QKeyEvent) -> Callable[[], None] | None:
        """Return what a key does here."""
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return None
        return self._keys.get(event.key())

    def _make_keys(self) -> dict[int, Callable[[], None]]:
        key = Qt.Key
        return {
            key.Key_Up: lambda: self.step(-1),
            key.Key_Down: lambda: self.step(1),
            key.Key_PageUp: lambda: self.page(-1),
            key.Key_PageDown: lambda: self.page(1),
            key.Key_Home: self.go_to_start,
            key.Key_End: self.go_to_end,
            key.Key_Return: self.toggle_folds,
            key.Key_Enter: self.toggle_folds,
            key.Key_Space: self.toggle_folds,
        }


def _line_top(document: MessageDocument, position: int) -> float:
    """Return how far down in a message the line of a position is."""
    cursor = QTextCursor(document.document)
    cursor.setPosition(position)
    block = cursor.block()
    top = document.document.documentLayout().blockBoundingRect(block).top()
    line = block.layout().lineForTextPosition(cursor.positionInBlock())
    return top + (line.y() if line.isValid() else 0)
