"""The order in which Tab goes through a window: as one reads it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QSplitter, QWidget


def move_focus(window: QWidget, *, forward: bool) -> bool:
    """Give the focus to what comes next, or before, where one reads; return whether.

    Qt goes by the order in which the parts were made, and many are made late. To it is left
    where the focus goes from what is being hidden or disabled, which has no place any more.
    """
    order = list(in_order(window))
    focused = window.focusWidget()
    is_leaving = focused is not None and not (focused.isVisible() and focused.isEnabled())
    if is_leaving or not order:
        return False
    step = 1 if forward else -1
    if focused in order:
        wanted = order[(order.index(focused) + step) % len(order)]
    else:
        inner = [each for each in order if focused is not None and focused.isAncestorOf(each)]
        outer = [each for each in order if focused is not None and each.isAncestorOf(focused)]
        if inner:
            wanted = inner[0 if forward else -1]
        elif outer:
            wanted = order[(order.index(outer[-1]) + step) % len(order)]
        else:
            wanted = order[0 if forward else -1]
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    wanted.setFocus(reason)
    _bring_into_sight(wanted)
    return True


def in_order(part: QWidget) -> Iterator[QWidget]:
    """Yield what Tab reaches in a part of a window, from its beginning to its end."""
    return filter(_takes_tab, parts_in_order(part))


def parts_in_order(part: QWidget) -> Iterator[QWidget]:
    """Yield a part of a window, and what is to be seen in it, in the order one reads."""
    yield part
    for child in _children(part):
        yield from parts_in_order(child)


def _takes_tab(part: QWidget) -> bool:
    policy = part.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(policy) and part.isEnabled() and part.focusProxy() is None


def _children(part: QWidget) -> list[QWidget]:
    """Return the visible parts of a part: in the order of its layout, else by their places."""
    direct = [
        child
        for child in part.findChildren(QWidget, options=_DIRECT)
        if child.isVisible() and not child.isWindow()
    ]
    if isinstance(part, QSplitter):
        return sorted(direct, key=part.indexOf)
    layout = part.layout()
    laid_out = [] if layout is None else list(_laid_out(layout))
    rest = [child for child in direct if child not in laid_out]
    rest.sort(key=lambda child: (child.y(), child.x()))
    return [child for child in laid_out if child in direct] + rest


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            yield widget
        elif inner is not None:
            yield from _laid_out(inner)


def _bring_into_sight(part: QWidget) -> None:
    above = part.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(part)
        above = above.parentWidget()


_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly
