from types import SimpleNamespace

import pytest

from db.ports import IncomingBatch, IncomingTask
from db.query import BatchQuery, TaskQuery
from db.records import Kind
from db.vocabulary import Status
from desktop_app.lists.page import ListPage
from desktop_app.lists.views import VIEWS


@pytest.fixture
def add_tasks(storage):
    """Import so many tasks, `Task 0001` being the newest; return their pks, newest first."""

    def add(number, status=Status.QUEUED):
        staging = storage.stage("Import tasks.json")
        staging.begin_file(name="t.json", path="/t", format_name="generic", origin="made:1")
        staging.add_batches([IncomingBatch(external_id="b", title="Made")])
        moment = 1_700_000_000_000_000
        staging.add_tasks(
            [
                IncomingTask(
                    external_id=str(n),
                    title=f"Task {n:04}",
                    status=status,
                    raw="{}",
                    offset=0,
                    length=2,
                    batch="b",
                    created_at=moment - n * 1_000_000,
                    updated_at=moment - n * 1_000_000,
                )
                for n in range(1, number + 1)
            ]
        )
        staging.end_file(sha256="0" * 64, size=2)
        staging.commit()
        return list(storage.ids(TaskQuery()))

    return add


@pytest.fixture
def batch_pks(storage):
    return lambda: list(storage.ids(BatchQuery()))


@pytest.fixture
def add_batch(storage):
    def add(title):
        return storage.batches.create(title).changed[Kind.BATCH][0]

    return add


@pytest.fixture
def open_page(workspace, qtbot):
    def open_view(key):
        page = ListPage(workspace, VIEWS[key])
        qtbot.addWidget(page)
        page.resize(900, 600)
        with qtbot.waitSignal(page.presenter.ids_ready):
            page.show_query(page.view.query)
        page.show()
        page.table.setFocus()
        return page

    return open_view


@pytest.fixture
def tasks(add_tasks, open_page):
    """A list of 120 tasks, 50 to a page."""
    pks = add_tasks(120)
    return SimpleNamespace(pks=pks, page=open_page("tasks"))
