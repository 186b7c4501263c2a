"""The look of a message in a thread: its head, its ground, and where they take a click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPalette,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from db.records import ThreadEntry
from db.vocabulary import Role
from desktop_app.look.icons import icon
from desktop_app.look.text import count, local_time
from desktop_app.look.theme import Face, current_theme
from desktop_app.look.tokens import CARD_RADIUS_PX, ICON_PX, TARGET_PX
from desktop_app.reading.blocks import speaker
from desktop_app.reading.thread_plan import Sort, has_head
from desktop_app.widgets.json_view import displayable

_WIDEST_PX: Final = 820
_SIDE_PX: Final = 12
_PADDING_PX: Final = 10
_GAP_PX: Final = 6
_BAR_PX: Final = 3
_STAND_IN_CHARS: Final = 80


class Mark(Struct, frozen=True):
    """A stretch of a document that is marked as found, or as selected."""

    start: int
    end: int
    ink: str
    ground: str


class RowLook(Struct, frozen=True):
    """What a message's row says around its text.

    `branch` is which of how many alternatives is read, counted from 1.
    """

    entry: ThreadEntry
    held: int
    branch: tuple[int, int] = (1, 1)
    is_current: bool = False
    has_focus: bool = False

    @property
    def has_head(self) -> bool:
        """Whether a line above the text says who speaks."""
        return has_head(self.held, self.entry.role) or self.branch[1] > 1

    @property
    def is_prompt(self) -> bool:
        """Whether it is a person who speaks."""
        return bool(self.held & Sort.PROMPT)


class RowMeasures:
    """Where things are in a row of some width, in pixels from its top left corner."""

    def __init__(self, width: int) -> None:
        px = current_theme().px
        self.width = width
        card_width = min(width - 2 * px(_SIDE_PX), px(_WIDEST_PX))
        self.card_left = max(px(_SIDE_PX), (width - card_width) // 2)
        self.card_width = max(px(_SIDE_PX), card_width)
        self.padding = px(_PADDING_PX)
        self.gap = px(_GAP_PX)
        self.head_height = px(TARGET_PX)
        self.text_left = self.card_left + self.padding
        self.text_width = max(1, self.card_width - 2 * self.padding)

    def text_top(self, look: RowLook) -> int:
        """Return where the text begins."""
        if not look.has_head:
            return self.gap // 2
        return self.gap + self.padding // 2 + self.head_height

    def height(self, look: RowLook, text_height: int) -> int:
        """Return the height of the row around a text."""
        below = self.padding + self.gap if look.has_head else self.gap // 2
        return self.text_top(look) + text_height + below

    def branch_buttons(self, look: RowLook) -> tuple[QRect, QRect, QRect] | None:
        """Return where back, number and forward are; None where there is one branch."""
        if look.branch[1] == 1:
            return None
        top = self.gap + self.padding // 2
        side = self.head_height
        words = current_theme().metrics(Face.SMALL).horizontalAdvance(branch_words(look))
        number = round(words) + self.padding
        left = self.text_left + self.text_width - 2 * side - number
        return (
            QRect(left, top, side, side),
            QRect(left + side, top, number, side),
            QRect(left + side + number, top, side, side),
        )

    def branch_step(self, look: RowLook, spot: QPoint) -> int:
        """Return the step to another branch that a click asks for, 0 for none."""
        buttons = self.branch_buttons(look)
        if buttons is None:
            return 0
        return -1 if buttons[0].contains(spot) else int(buttons[2].contains(spot))


def branch_words(look: RowLook) -> str:
    """Return which branch is read: `2 of 3`."""
    return f"{count(look.branch[0])} of {count(look.branch[1])}"


def paint_row(
    painter: QPainter,
    measures: RowMeasures,
    look: RowLook,
    height: int,
    text: QTextDocument | str,
    marks: Sequence[Mark] = (),
) -> None:
    """Paint a message, whose row begins at the painter's origin.

    What is given as a bare string stands for a text that is not there.
    """
    _paint_ground(painter, measures, look, height)
    if look.has_head:
        _paint_head(painter, measures, look)
    painter.save()
    painter.translate(measures.text_left, measures.text_top(look))
    if isinstance(text, str):
        painter.setPen(current_theme().colour("faint"))
        painter.drawText(0, measures.head_height // 2, displayable(text[:_STAND_IN_CHARS]))
    else:
        _paint_document(painter, measures, text, marks)
    painter.restore()


def paint_gap(
    painter: QPainter, measures: RowMeasures, height: int, words: str, *, is_current: bool
) -> None:
    """Paint the row of hidden messages."""
    theme = current_theme()
    card = QRect(measures.card_left, 3, measures.card_width, height - 6)
    painter.setPen(theme.colour("accent" if is_current else "line"))
    painter.setBrush(theme.colour("raised"))
    painter.drawRoundedRect(card, height // 4, height // 4)
    font = QFont(theme.font(Face.SMALL))
    painter.setFont(font)
    metrics = QFontMetrics(font)
    offer = " — Show"
    room = measures.text_width - metrics.horizontalAdvance(offer)
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
    left = measures.text_left + (room - metrics.horizontalAdvance(shown)) // 2
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setPen(theme.colour("muted"))
    painter.drawText(QRect(left, 0, room, height), middle, shown)
    painter.setPen(theme.colour("accent"))
    left += metrics.horizontalAdvance(shown)
    painter.drawText(QRect(left, 0, measures.text_width, height), middle, offer)


def _paint_ground(painter: QPainter, measures: RowMeasures, look: RowLook, height: int) -> None:
    theme = current_theme()
    radius = theme.px(CARD_RADIUS_PX)
    gap = measures.gap // 2 if look.has_head else 0
    card = QRectF(measures.card_left, gap, measures.card_width, height - 2 * gap)
    if look.is_prompt:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent_soft"))
        painter.drawRoundedRect(card, radius, radius)
    if look.is_current and look.has_focus:
        pen = painter.pen()
        pen.setStyle(Qt.PenStyle.SolidLine)
        pen.setColor(theme.colour("accent"))
        pen.setWidth(2)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), radius, radius)
    elif look.is_current:
        bar = QRectF(card.left(), card.top() + 2, theme.px(_BAR_PX), card.height() - 4)
        painter.fillRect(bar, theme.colour("accent"))


def _paint_head(painter: QPainter, measures: RowMeasures, look: RowLook) -> None:
    theme = current_theme()
    top = measures.gap + measures.padding // 2
    area = QRect(measures.text_left, top, measures.text_width, measures.head_height)
    middle = Qt.AlignmentFlag.AlignVCenter
    strong = QFont(theme.font(Face.BODY))
    strong.setWeight(QFont.Weight.DemiBold)
    painter.setFont(strong)
    painter.setPen(theme.colour(_role_ink(look.entry.role)))
    who = speaker(look.entry.role)
    painter.drawText(area, middle, who)
    area.setLeft(area.left() + QFontMetrics(strong).horizontalAdvance(who) + measures.padding)
    painter.setFont(theme.font(Face.SMALL))
    if look.entry.has_error:
        area.setLeft(_paint_error(painter, area) + measures.padding)
    if buttons := measures.branch_buttons(look):
        _paint_branches(painter, look, buttons)
        area.setRight(buttons[0].left() - measures.padding)
    painter.setPen(theme.colour("muted"))
    when = local_time(look.entry.created_at)
    if QFontMetrics(painter.font()).horizontalAdvance(when) <= area.width():
        painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, when)


def _paint_error(painter: QPainter, area: QRect) -> int:
    """Paint the mark of an error at the left of an area, and return where it ends."""
    theme = current_theme()
    side = theme.px(ICON_PX)
    sign = QRect(area.left(), area.center().y() - side // 2, side, side)
    icon("error", "bad").paint(painter, sign)
    painter.setPen(theme.colour("bad"))
    words = area.adjusted(side + 4, 0, 0, 0)
    painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, "Error")
    return words.left() + QFontMetrics(painter.font()).horizontalAdvance("Error")


def _paint_branches(
    painter: QPainter, look: RowLook, buttons: tuple[QRect, QRect, QRect]
) -> None:
    theme = current_theme()
    before, number, after = buttons
    which, of = look.branch
    inset = (before.width() - theme.px(ICON_PX)) // 2
    for area, sign, can in (
        (before, "chevron-left", which > 1),
        (after, "chevron-right", which < of),
    ):
        inside = area.adjusted(inset, inset, -inset, -inset)
        icon(sign, "accent" if can else "faint").paint(painter, inside)
    painter.setPen(theme.colour("muted"))
    painter.drawText(number, Qt.AlignmentFlag.AlignCenter, branch_words(look))


def _paint_document(
    painter: QPainter, measures: RowMeasures, document: QTextDocument, marks: Sequence[Mark]
) -> None:
    theme = current_theme()
    context = QAbstractTextDocumentLayout.PaintContext()
    context.palette.setColor(QPalette.ColorRole.Text, theme.colour("text"))
    context.selections = [_selection(document, mark) for mark in marks]
    area = QRectF(0, 0, measures.text_width, document.size().height())
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    context.clip = painter.clipBoundingRect()
    document.documentLayout().draw(painter, context)


def _selection(document: QTextDocument, mark: Mark) -> QAbstractTextDocumentLayout.Selection:
    theme = current_theme()
    cursor = QTextCursor(document)
    last = document.characterCount() - 1
    cursor.setPosition(min(mark.start, last))
    cursor.setPosition(min(mark.end, last), QTextCursor.MoveMode.KeepAnchor)
    form = QTextCharFormat()
    form.setBackground(QColor(theme.colour(mark.ground)))
    form.setForeground(theme.colour(mark.ink))
    selection = QAbstractTextDocumentLayout.Selection()
    selection.cursor = cursor
    selection.format = form
    return selection


def _role_ink(role: Role) -> str:
    return {Role.USER: "accent", Role.ASSISTANT: "text"}.get(role, "muted")
