"""Which rows a list shows: the page at once, then all that match, then how many they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from db.cancel import CancelToken
from db.ports import Storage
from db.query import Query
from db.records import AnyRecord
from desktop_app.background import Request
from desktop_app.workspace import Workspace

PAGE_SIZE: Final = 50
COMPARED_IDS: Final = 100_000
"""Up to so many rows, new ones are told from old ones by id; beyond, by number alone."""


class PageOfRecords(Struct, frozen=True):
    """One page as it was read: pks in order, and the records that are still there."""

    number: int
    pks: Sequence[int]
    records: Mapping[int, AnyRecord]


class _News(Struct, frozen=True):
    ids: Sequence[int]
    fresh: int
    page: PageOfRecords


class ListPresenter(QObject):
    """Reads pages of a query; the newest question wins and the older ones fall silent.

    `page_ready` carries a page to show instead of the last one, `page_updated` the same
    rows as they stand now, `ids_ready` all pks once they are known, `news` how many rows
    another process added that are not shown yet, `busy_changed` whether a page is awaited.
    """

    page_ready = Signal(object)
    page_updated = Signal(object)
    ids_ready = Signal(object)
    news = Signal(int)
    busy_changed = Signal(bool)
    failed = Signal(object)

    def __init__(
        self, workspace: Workspace, query: Query, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._background = workspace.background
        self.query = query
        self.page_size = PAGE_SIZE
        self.page = PageOfRecords(0, (), {})
        self.ids: Sequence[int] | None = None
        self.total: int | None = None
        self._asked_page: Request | None = None
        self._asked_ids: Request | None = None

    @property
    def pages(self) -> int | None:
        """How many pages there are, or None while it is not known."""
        if self.total is None:
            return None
        return max(1, -(-self.total // self.page_size))

    def show(self, query: Query, page: int = 0) -> None:
        """Show what a query finds, from now on."""
        self.query = query
        self.total = None
        self._load(page)

    def refresh(self, page: int | None = None) -> None:
        """Read again what is shown, or another page; the rows stay until the new are there."""
        self._load(self.page.number if page is None else page)

    def turn(self, page: int) -> None:
        """Show another page of the same list: the one that was read, not a newer one."""
        self._ask_page(page, self.ids)

    def resize(self, page_size: int) -> None:
        """Show pages of another size, keeping the first row in sight."""
        first = self.page.number * self.page_size
        self.page_size = page_size
        self.turn(first // page_size)

    def cancel(self) -> None:
        """Give up what is being read; what is shown stays."""
        self._set_page_request(None)
        self._replace_ids_request(None)

    @property
    def is_busy(self) -> bool:
        """Whether a page or the list of all pks is awaited."""
        return self._asked_page is not None or self._asked_ids is not None

    @property
    def awaits_page(self) -> bool:
        """Whether other rows are being read than those that are shown."""
        return self._asked_page is not None

    def neighbour(self, pk: int, step: int) -> int | None:
        """Return the pk `step` rows below (above, if negative) another, or None."""
        ids = self.page.pks if self.ids is None else self.ids
        try:
            row = ids.index(pk) + step
        except ValueError:
            return None
        return ids[row] if 0 <= row < len(ids) else None

    def page_of(self, pk: int) -> int | None:
        """Return the number of the page that shows a record, or None."""
        if pk in self.page.pks:
            return self.page.number
        if self.ids is None or pk not in self.ids:
            return None
        return self.ids.index(pk) // self.page_size

    def look_for_news(self) -> None:
        """Bring the rows shown up to date, and see what the list would hold by now.

        Rows that are being read are not moved: what came since is only counted, unless
        the list would show the same rows.
        """
        if self.ids is None:
            self.refresh()
            return
        query, old, size, shown = self.query, self.ids, self.page_size, self.page

        def work(storage: Storage, token: CancelToken) -> _News:
            ids = storage.ids(query, token=token)
            page = _read_page(storage, token, query, shown.number, shown.pks)
            return _News(ids, _fresh(old, ids), page)

        def done(found: _News) -> None:
            self._asked_ids = None
            start = shown.number * size
            unmoved = list(found.ids[start : start + size]) == list(shown.pks)
            self.page = found.page
            self.page_updated.emit(found.page)
            if unmoved:
                self._take_ids(found.ids)
            elif not shown.pks:
                self.refresh()
            else:
                self.news.emit(found.fresh)

        self._replace_ids_request(self._background.read(work, done, self.failed.emit))

    def _load(self, page: int) -> None:
        self.ids = None
        self._replace_ids_request(None)
        self._ask_page(page, None)

    def _ask_page(self, number: int, ids: Sequence[int] | None) -> None:
        query, size = self.query, self.page_size
        start = number * size

        def work(storage: Storage, token: CancelToken) -> PageOfRecords:
            if ids is None:
                pks = storage.ids(query, size, start, token)
            else:
                pks = ids[start : start + size]
            return _read_page(storage, token, query, number, pks)

        self._set_page_request(
            self._background.read(work, self._take_page, self._fail),
        )

    def _take_page(self, page: PageOfRecords) -> None:
        self._set_page_request(None)
        self.page = page
        if page.pks or page.number == 0:
            self.page_ready.emit(page)
        if self.ids is not None:
            self._stay_inside()
        elif page.number == 0 and len(page.pks) < self.page_size:
            self._take_ids(page.pks)
        elif self._asked_ids is None:
            self._ask_ids()

    def _ask_ids(self) -> None:
        query = self.query

        def work(storage: Storage, token: CancelToken) -> Sequence[int]:
            return storage.ids(query, token=token)

        self._replace_ids_request(self._background.read(work, self._take_ids, self._fail))

    def _take_ids(self, ids: Sequence[int]) -> None:
        self._asked_ids = None
        self.ids = ids
        self.total = len(ids)
        self.ids_ready.emit(ids)
        self._stay_inside()

    def _stay_inside(self) -> None:
        """Go back to the last page when the one asked for is past it."""
        if self.pages is not None and self.page.number >= self.pages:
            self.turn(self.pages - 1)

    def _fail(self, error: object) -> None:
        self._set_page_request(None)
        self.failed.emit(error)

    def _set_page_request(self, request: Request | None) -> None:
        if self._asked_page is not None:
            self._asked_page.cancel()
        self._asked_page = request
        self.busy_changed.emit(request is not None)

    def _replace_ids_request(self, request: Request | None) -> None:
        if self._asked_ids is not None:
            self._asked_ids.cancel()
        self._asked_ids = request


def _read_page(
    storage: Storage, token: CancelToken, query: Query, number: int, pks: Sequence[int]
) -> PageOfRecords:
    records = storage.fetch(query.kind, pks, token)
    return PageOfRecords(number, pks, {record.pk: record for record in records})


def _fresh(old: Sequence[int], new: Sequence[int]) -> int:
    if len(old) + len(new) > COMPARED_IDS:
        return max(0, len(new) - len(old))
    return len(set(new).difference(old))
