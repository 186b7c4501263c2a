"""Work off the window's thread: readers, one writer and one thread for long jobs."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum, auto
from typing import Any, Final, Generic, TypeAlias, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from db.cancel import CancelToken
from db.errors import SheafError, WorkCancelledError

log = logging.getLogger("desktop_app.background")

READER_THREADS: Final = 4
PROGRESS_INTERVAL_S: Final = 0.1

C = TypeVar("C")
T = TypeVar("T")
Report: TypeAlias = Callable[[Any], None]
OnFailed: TypeAlias = Callable[[SheafError], None]


class _News(Enum):
    DONE = auto()
    FAILED = auto()
    CANCELLED = auto()
    PROGRESS = auto()


class Request:
    """Work under way. After `cancel` none of its callbacks is called again.

    Work that ends because its token was cancelled from elsewhere calls `on_cancelled`.
    It holds its callbacks, and what they hold, only until it has ended. Without `__slots__`,
    as Qt can let go of a method it is to call only where that can be weakly referred to.
    """

    def __init__(
        self,
        on_done: Callable[[Any], None] | None,
        on_failed: OnFailed | None,
        on_progress: Report | None = None,
        on_cancelled: Callable[[], None] | None = None,
        *,
        finishes: bool = False,
    ) -> None:
        self.token = CancelToken()
        self._is_withdrawn = False
        self._on_cancelled = on_cancelled
        self.finishes = finishes
        self._on_done = on_done
        self._on_failed = on_failed
        self._on_progress = on_progress

    def cancel(self) -> None:
        """Withdraw the request; a statement that runs for it ends within milliseconds."""
        self.token.cancel()
        self._is_withdrawn = True
        self._forget_callbacks()

    def hear(self, news: _News, value: Any) -> None:
        """Take what the thread said, on the thread of the window."""
        if self._is_withdrawn:
            return
        if news is _News.PROGRESS:
            if self._on_progress is not None:
                self._on_progress(value)
            return
        on_done, on_failed, on_cancelled = self._on_done, self._on_failed, self._on_cancelled
        self._forget_callbacks()
        if news is _News.DONE and on_done is not None:
            on_done(value)
        elif news is _News.FAILED:
            _fail(value, on_failed)
        elif news is _News.CANCELLED and on_cancelled is not None:
            on_cancelled()

    def _forget_callbacks(self) -> None:
        self._on_done = self._on_failed = self._on_progress = self._on_cancelled = None


def _fail(error: BaseException, on_failed: OnFailed | None) -> None:
    if not isinstance(error, SheafError):
        raise error
    log.warning("request failed: %s", error)
    if on_failed is not None:
        on_failed(error)


class Background(QObject, Generic[C]):
    """Runs `work(context, token)` on threads that Python made; the context is the storage.

    Callbacks run on the thread this object lives in. A `SheafError` goes to `on_failed`;
    any other exception is a bug and is raised again there, into the excepthook.

    The threads never hold a callback, so no widget can end its life on one of them.
    """

    _told = Signal(int, object, object)

    def __init__(self, context: C, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._closed = False
        self._numbers = itertools.count()
        self._requests: dict[int, Request] = {}
        self._readers = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="sheaf-read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="sheaf-write")
        self._jobs = ThreadPoolExecutor(1, thread_name_prefix="sheaf-job")
        self._follower = ThreadPoolExecutor(1, thread_name_prefix="sheaf-follow")
        self._told.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def read(
        self,
        work: Callable[[C, CancelToken], T],
        on_done: Callable[[T], None] | None = None,
        on_failed: OnFailed | None = None,
    ) -> Request:
        """Run `work` on a reader thread and hand its result to `on_done`."""
        return self._submit(self._readers, work, Request(on_done, on_failed))

    def write(
        self,
        work: Callable[[C, CancelToken], T],
        on_done: Callable[[T], None] | None = None,
        on_failed: OnFailed | None = None,
    ) -> Request:
        """Run `work` on the writer thread, after the writes asked for before."""
        return self._submit(self._writer, work, Request(on_done, on_failed, finishes=True))

    def write_long(
        self,
        work: Callable[[C, CancelToken, Report], T],
        on_done: Callable[[T], None] | None = None,
        on_failed: OnFailed | None = None,
        on_progress: Report | None = None,
    ) -> Request:
        """Run `work(context, token, report)` on the writer thread, like `write`."""
        request = Request(on_done, on_failed, on_progress, finishes=True)
        return self._submit_reporting(self._writer, work, request)

    def job(
        self,
        work: Callable[[C, CancelToken, Report], T],
        on_done: Callable[[T], None] | None = None,
        on_failed: OnFailed | None = None,
        on_progress: Report | None = None,
        on_cancelled: Callable[[], None] | None = None,
    ) -> Request:
        """Run long `work(context, token, report)` after the jobs asked for before.

        `report` may be called as often as the work likes; ten a second are passed on.
        """
        request = Request(on_done, on_failed, on_progress, on_cancelled)
        return self._submit_reporting(self._jobs, work, request)

    def follow(
        self,
        work: Callable[[C, CancelToken, Report], T],
        on_done: Callable[[T], None] | None = None,
        on_failed: OnFailed | None = None,
        on_progress: Report | None = None,
    ) -> Request:
        """Run `work(context, token, report)` on a thread that nothing else waits for."""
        return self._submit_reporting(
            self._follower, work, Request(on_done, on_failed, on_progress)
        )

    def close(self) -> None:
        """Finish the writes asked for, withdraw all else, and wait for the threads to end.

        What is asked for after that is never done.
        """
        self._closed = True
        for request in self._requests.values():
            if not request.finishes:
                request.cancel()
        self._requests.clear()
        for pool in (self._readers, self._writer, self._jobs, self._follower):
            pool.shutdown(wait=True)

    def _submit_reporting(
        self,
        pool: ThreadPoolExecutor,
        work: Callable[[C, CancelToken, Report], T],
        request: Request,
    ) -> Request:
        number = next(self._numbers)
        return self._submit(
            pool,
            lambda context, token: work(context, token, self._reporter(number)),
            request,
            number,
        )

    def _submit(
        self,
        pool: ThreadPoolExecutor,
        work: Callable[[C, CancelToken], T],
        request: Request,
        number: int | None = None,
    ) -> Request:
        if self._closed:
            request.cancel()
            return request
        number = next(self._numbers) if number is None else number
        self._requests[number] = request
        future = pool.submit(self._run, work, request.token)
        future.add_done_callback(lambda settled: self._tell(number, settled))
        return request

    def _run(self, work: Callable[[C, CancelToken], T], token: CancelToken) -> T:
        token.check()
        return work(self._context, token)

    def _tell(self, number: int, settled: Future[Any]) -> None:
        error = settled.exception()
        if error is None:
            self._told.emit(number, _News.DONE, settled.result())
        elif isinstance(error, WorkCancelledError):
            self._told.emit(number, _News.CANCELLED, None)
        else:
            self._told.emit(number, _News.FAILED, error)

    def _reporter(self, number: int) -> Report:
        told_at = 0.0

        def report(progress: Any) -> None:
            nonlocal told_at
            now = time.monotonic()
            if now - told_at >= PROGRESS_INTERVAL_S:
                told_at = now
                self._told.emit(number, _News.PROGRESS, progress)

        return report

    def _deliver(self, number: int, news: _News, value: object) -> None:
        ended = news is not _News.PROGRESS
        request = self._requests.pop(number, None) if ended else self._requests.get(number)
        if request is not None:
            request.hear(news, value)
