"""Opens large things in the views that show them; tells how long, and what that blocked.

Prints an object: the times from opening to the first screen in milliseconds, and the times
the event loop was blocked, each by what was read and what was done.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from db.query import ConversationQuery
from db.records import Kind
from db.storage import open_storage
from desktop_app.background import Background
from desktop_app.detail.long_text_view import LongTextView
from desktop_app.detail.seen import Seen
from desktop_app.look.theme import current_theme
from desktop_app.reading.thread_view import ThreadView
from tests.benchmarks import data
from tests.benchmarks.measure import MS

ROUNDS: Final = 5
BEAT_MS: Final = 1
KEY_MS: Final = 40
"""Between two keys: a page after the other, as fast as a held key repeats."""
KEYS: Final = 100
GIVE_UP_MS: Final = 60_000
TEXT_BYTES: Final = 50_000_000
LINE_BYTES: Final = 5_000_000

PREPARING: Final = "preparing"
SETTLE_MS: Final = 300

Step = tuple[str, int, Callable[[], object]]
"""What is being done, how long to wait after it in milliseconds, and the doing."""


class Reader(QObject):
    """Does one step after the other, and takes the time between the beats of the event loop."""

    def __init__(self, uri: str) -> None:
        super().__init__()
        self.opened: dict[str, list[float]] = {}
        self.blocked: dict[str, list[float]] = {}
        self._storage = open_storage(uri)
        self.background = Background(self._storage)
        self._markdown, self._line = _markdown(TEXT_BYTES), _one_line(LINE_BYTES)
        self._doing = PREPARING
        self._steps = self._script()
        self._beat = time.perf_counter()
        self._pulse = QTimer(self, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._pulse.timeout.connect(self._take_beat)
        self._pulse.start()
        QTimer.singleShot(0, self, self._next)

    def _take_beat(self) -> None:
        now = time.perf_counter()
        late = max(0.0, (now - self._beat) * MS - BEAT_MS)
        self._beat = now
        if self._doing != PREPARING:
            self.blocked.setdefault(self._doing, []).append(late)

    def _next(self) -> None:
        try:
            self._doing, pause, do = next(self._steps)
        except StopIteration:
            self.background.close()
            self._storage.close()
            QApplication.quit()
            return
        do()
        QTimer.singleShot(pause, self, self._next)

    def _script(self) -> Iterator[Step]:
        yield from self._conversation()
        for name, text, raw in (
            ("50 MB of Markdown", self._markdown, False),
            ("50 MB as plain text", self._markdown, True),
            ("5 MB of JSON in one line", self._line, True),
        ):
            yield from self._text(name, text, raw=raw)

    def _conversation(self) -> Iterator[Step]:
        (pk,) = self._storage.ids(ConversationQuery(), limit=1)
        seen = Seen(self._storage.detail(Kind.CONVERSATION, pk))
        what = f"a conversation of {seen.record.messages:,} messages"
        for _ in range(ROUNDS):
            yield PREPARING, SETTLE_MS, lambda: None
            view = _shown(ThreadView(self.background))
            yield PREPARING, SETTLE_MS, lambda: None
            is_there = lambda view=view: len(view.canvas.store) > 0  # noqa: E731
            is_whole = lambda view=view: self._is_whole(view, seen)  # noqa: E731
            yield from self._until(what, lambda view=view: view.show_seen(seen), view, is_there)
            yield from self._wait(f"{what}: open", is_whole)
        canvas = view.canvas
        keys = [Qt.Key.Key_PageDown] * KEYS + [Qt.Key.Key_End] + [Qt.Key.Key_PageUp] * KEYS
        for key in keys:
            yield f"{what}: scroll", KEY_MS, lambda key=key: QTest.keyClick(canvas, key)
        view.close()

    def _is_whole(self, view: ThreadView, seen: Seen) -> bool:
        thread = view.canvas.thread
        return thread is not None and len(thread.tree.entries) == seen.record.messages

    def _text(self, name: str, text: str, *, raw: bool) -> Iterator[Step]:
        yield PREPARING, SETTLE_MS, lambda: None
        view = _shown(LongTextView("Text", self.background))
        view.show_raw(raw)
        yield PREPARING, SETTLE_MS, lambda: None
        there: list[bool] = []
        view.laid_out.connect(lambda: there.append(True))
        bar = view.view.verticalScrollBar()
        is_full = lambda: bar.maximum() > 0 or bool(there)  # noqa: E731
        yield from self._until(name, lambda: view.show_text(text), view, is_full)
        yield from self._wait(f"{name}: open", lambda: bool(there))
        for number in range(KEYS):
            place = round(number / KEYS * bar.maximum())
            yield f"{name}: scroll", KEY_MS, lambda place=place: bar.setValue(place)
        view.close()

    def _until(
        self, what: str, do: Callable[[], object], view: QWidget, is_there: Callable[[], bool]
    ) -> Iterator[Step]:
        """Open something and wait, beat by beat, until it is there and painted."""
        started: list[float] = []

        def begin() -> None:
            started.append(time.perf_counter())
            do()

        yield f"{what}: open", 0, begin
        yield from self._wait(f"{what}: open", is_there)
        yield f"{what}: open", 0, view.repaint
        self.opened.setdefault(what, []).append(_since(started))

    def _wait(self, doing: str, is_there: Callable[[], bool]) -> Iterator[Step]:
        """Wait, beat by beat, until something is there."""
        since = [time.perf_counter()]
        while not is_there() and _since(since) < GIVE_UP_MS:
            yield doing, BEAT_MS, lambda: None


def _since(started: list[float]) -> float:
    return (time.perf_counter() - started[0]) * MS


def _shown(view: QWidget) -> QWidget:
    view.resize(1000, 800)
    view.show()
    return view


def _markdown(size: int) -> str:
    words = " ".join(data.words()[:2000])
    paragraph = f"## Some heading\n\n{words[:700]}\n\n- one `thing`\n- **another**\n\n"
    return paragraph * (size // len(paragraph))


def _one_line(size: int) -> str:
    item = json.dumps({"id": 1, "title": "some title", "tags": ["a", "b"]})
    return "[" + ",".join([item] * (size // len(item))) + "]"


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    current_theme().apply(app)
    reader = Reader(sys.argv[1])
    app.exec()
    print(json.dumps({"opened": reader.opened, "blocked": reader.blocked}))
