"""Uses the real window by mouse and keyboard; tells how long each act took to be painted.

Prints an object: for each act its times in milliseconds, from the event until the table
has painted what came of it; the times the event loop was blocked, by act; and the times
until the menu of a filter offered its values.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QToolButton, QWidget

from desktop_app.lists.page import ListPage
from desktop_app.lists.table import RecordTable
from desktop_app.program import Program
from tests.benchmarks import data
from tests.benchmarks.measure import MS
from tests.benchmarks.window_process import open_window

SETTLE_MS: Final = 350
"""Between two acts: a person's pause, in which the whole list and the counts are read."""
GIVE_UP_MS: Final = 30_000
BEAT_MS: Final = 1
ROUNDS: Final = 3
SESSION_S: Final = 60
"""At least so many rounds, and at least so long."""
NOTCH: Final = QPoint(0, -360)
"""Three notches of a mouse wheel, towards the person."""

Act = tuple[str, bool, Callable[[], object]]
"""The name, whether another page of rows comes of it, and what to do."""


class User(QObject):
    """Does one act after the other, each when the last has been painted and things settled."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.times: dict[str, list[float]] = {}
        self.blocked: dict[str, list[float]] = {}
        self.offered: dict[str, list[float]] = {}
        self._program = program
        self._acts = self._script()
        self._act: Act = ("start", False, lambda: None)
        self._asked = 0.0
        self._waiting = self._has_rows = False
        self._beat = time.perf_counter()
        self._pulse = QTimer(self, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._pulse.timeout.connect(self._take_beat)
        self._patience = QTimer(self, singleShot=True, interval=GIVE_UP_MS)
        self._patience.timeout.connect(self._give_up)

    def take_paint(self) -> None:
        """Take note that the table was painted, once the event loop goes on."""
        if not self._pulse.isActive():
            self._beat = time.perf_counter()
            self._pulse.start()
            self._listen()
            QTimer.singleShot(3000, self, self._next)
        elif self._waiting and self._has_rows:
            self._waiting = self._has_rows = False
            painted = QEvent(QEvent.Type.User)
            QCoreApplication.postEvent(self, painted, Qt.EventPriority.HighEventPriority.value)

    def customEvent(self, _event: QEvent) -> None:
        name = self._act[0]
        self.times.setdefault(name, []).append((time.perf_counter() - self._asked) * MS)
        self._patience.stop()
        QTimer.singleShot(SETTLE_MS, self, self._next)

    @property
    def page(self) -> ListPage:
        """The list that is shown."""
        assert self._program.window.pages is not None
        assert self._program.window.pages.list is not None
        return self._program.window.pages.list

    def _listen(self) -> None:
        self.page.presenter.page_ready.connect(self._on_rows)

    def _on_rows(self) -> None:
        self._has_rows = True

    def _next(self) -> None:
        try:
            self._act = next(self._acts)
        except StopIteration:
            self._program.window.close()
            return
        self._patience.start()
        _, brings_rows, do = self._act
        self._waiting, self._has_rows = True, not brings_rows
        self._asked = time.perf_counter()
        do()

    def _give_up(self) -> None:
        print(f"Nothing was painted after: {self._act[0]}", file=sys.stderr, flush=True)
        os._exit(1)

    def _take_beat(self) -> None:
        now = time.perf_counter()
        late = (now - self._beat) * MS - BEAT_MS
        self._beat = now
        self.blocked.setdefault(self._act[0], []).append(max(0.0, late))

    # What is done

    def _script(self) -> Iterator[Act]:
        end = time.perf_counter() + SESSION_S
        for number in itertools.count():
            if number >= ROUNDS and time.perf_counter() > end:
                return
            yield from self._keys()
            yield from self._pages()
            yield from self._sorts()
            yield from self._filters()
            yield from self._searches()
            yield from self._sizes()

    def _keys(self) -> Iterator[Act]:
        table = self.page.table
        for _ in range(5):
            yield "key Down", False, lambda: QTest.keyClick(table, Qt.Key.Key_Down)
        for _ in range(5):
            yield "mouse wheel", False, self._wheel
        yield "key Page Down", False, lambda: QTest.keyClick(table, Qt.Key.Key_PageDown)
        yield "key End", False, lambda: QTest.keyClick(table, Qt.Key.Key_End)
        control = Qt.KeyboardModifier.ControlModifier
        yield "Ctrl+A", False, lambda: QTest.keyClick(table, Qt.Key.Key_A, control)
        yield "key Home", False, lambda: QTest.keyClick(table, Qt.Key.Key_Home)
        yield "click on a row", False, lambda: self._click_row(3)

    def _wheel(self) -> None:
        viewport = self.page.table.viewport()
        place = viewport.rect().center()
        no_button, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        begins = Qt.ScrollPhase.NoScrollPhase
        where = place.toPointF(), viewport.mapToGlobal(place).toPointF()
        event = QWheelEvent(*where, QPoint(), NOTCH, no_button, no_key, begins, False)
        QCoreApplication.sendEvent(viewport, event)

    def _click_row(self, row: int) -> None:
        table = self.page.table
        place = table.visualRect(table.model().index(row, 1)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)

    def _pages(self) -> Iterator[Act]:
        for says in ("Next page", "Next page", "Last page", "Previous page", "First page"):
            yield says, True, lambda says=says: self._press(says)

    def _press(self, says: str) -> None:
        buttons = self.page.pager.findChildren(QToolButton)
        _click(next(button for button in buttons if button.accessibleName() == says))

    def _sorts(self) -> Iterator[Act]:
        for section, column in enumerate(self.page.model.columns, start=1):
            if column.sort is not None and not self.page.table.isColumnHidden(section):
                for _ in range(2):
                    yield (
                        f"sort by {column.key}",
                        True,
                        lambda section=section: self._click_header(section),
                    )
        yield "sort by updated", True, lambda: self._click_header(self._section("updated"))

    def _section(self, key: str) -> int:
        return self.page.model.section_of(key)

    def _click_header(self, section: int) -> None:
        header = self.page.table.horizontalHeader()
        x = header.sectionViewportPosition(section) + header.sectionSize(section) // 2
        place = header.viewport().rect().center()
        place.setX(x)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)

    def _filters(self) -> Iterator[Act]:
        for title, option in (
            ("Status", "Failed"),
            ("Status", "Running"),
            ("Kind", "bug"),
            ("Priority", "Highest"),
            ("Tag", data.COMMON_TAG),
            ("Batch", "Project"),
        ):
            self._open_menu(title)
            yield f"filter {title}: {option}", True, lambda option=option: _choose(option)
            yield "clear filters", True, self.page.clear_filters

    def _open_menu(self, title: str) -> None:
        chip = next(
            child
            for child in self.page.filters.findChildren(QWidget)
            if child.accessibleName().startswith(title)
        )
        asked = time.perf_counter()
        _click(chip)
        while _menu().actions()[0].text() == "Loading…":
            QTest.qWait(BEAT_MS)
        self.offered.setdefault(title, []).append((time.perf_counter() - asked) * MS)

    def _searches(self) -> Iterator[Act]:
        field = self._program.window.top.search
        for name, word in (
            ("common", data.COMMON),
            ("middling", data.MIDDLING),
            ("rare", data.RARE),
        ):
            yield f"search {name} word", True, lambda word=word: _type(field, word)
            yield "clear search", True, lambda: QTest.keyClick(field, Qt.Key.Key_Escape)

    def _sizes(self) -> Iterator[Act]:
        sizes = self.page.pager.findChild(QComboBox)
        for steps, key in ((2, Qt.Key.Key_Down), (2, Qt.Key.Key_Up)):
            for _ in range(steps):
                yield "rows per page", True, lambda key=key: QTest.keyClick(sizes, key)


def _click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def _menu() -> QMenu:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def _choose(option: str) -> None:
    menu = _menu()
    action = next(each for each in menu.actions() if each.text().startswith(option))
    action.trigger()
    menu.close()


def _type(field: QWidget, word: str) -> None:
    field.setFocus()
    field.setText(word)
    QTest.keyClick(field, Qt.Key.Key_Return)


if __name__ == "__main__":
    users: list[User] = []

    def _take_paint(_table: RecordTable) -> None:
        users[0].take_paint()

    open_window(sys.argv[1], lambda program: users.append(User(program)), _take_paint)
    user = users[0]
    print(json.dumps({"times": user.times, "blocked": user.blocked, "offered": user.offered}))
