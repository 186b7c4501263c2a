from types import SimpleNamespace

import pytest

from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.query import BatchQuery, ConversationQuery, MessageQuery, TaskQuery
from db.records import Block, Kind
from db.vocabulary import Part, Status
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
            page.show_query(page.view.filters, page.view.text)
        page.show()
        page.table.setFocus()
        return page

    return open_view


@pytest.fixture
def tasks(add_tasks, open_page):
    """A list of 120 tasks, 50 to a page."""
    pks = add_tasks(120)
    return SimpleNamespace(pks=pks, page=open_page("tasks"))


@pytest.fixture
def learn(storage):
    """Make a learning; return its pk."""

    def make(title, **fields):
        made = storage.create(Kind.LEARNING, {"title": title, **fields})
        return made.changed[Kind.LEARNING][0]

    return make


@pytest.fixture
def one_of_each(storage, learn):
    """One record of each kind; return the pks by kind."""
    batch = storage.batches.create("Batch one").changed[Kind.BATCH][0]
    batch_id = storage.fetch(Kind.BATCH, [batch])[0].id
    pks = {Kind.BATCH: batch, Kind.LEARNING: learn("Pin the compiler", confidence=0.85)}

    def make(kind, **fields):
        pks[kind] = storage.create(kind, fields).changed[kind][0]

    make(Kind.TASK, title="Task one", batch=batch_id)
    task_id = storage.fetch(Kind.TASK, [pks[Kind.TASK]])[0].id
    make(
        Kind.EXECUTION,
        task=task_id,
        status="running",
        step="implement",
        started_at=1_000_000,
        completed_at=450_000_000,
        lease_until=2_000_000,
    )
    make(Kind.STATUS_UPDATE, description="Half of it is done", actor="ann", task=task_id)
    make(Kind.BUG, title="It breaks", severity="critical", batch=batch_id)
    make(Kind.DESIGN_NOTE, title="One way to do it", task=task_id)
    staging = storage.stage("Import chat.json")
    staging.begin_file(name="c.json", path="/c", format_name="chatgpt", origin="chatgpt:1")
    staging.add_records(
        [
            IncomingRecord(
                kind=Kind.CONVERSATION,
                external_id="c",
                title="A talk",
                fields={"project": "/home/ann/parser", "model": "model-1"},
            )
        ]
    )
    staging.add_records(
        [
            IncomingRecord(
                kind=Kind.MESSAGE,
                external_id=f"m{number}",
                title=f"Message {number}",
                refs={"conversation": "c"},
                fields={
                    "position": number,
                    "role": number % 2,
                    "parts": 1,
                    "has_error": number == 2,
                },
                blocks=(Block(type=Part.TEXT, text=f"Message {number}"),),
            )
            for number in range(3)
        ]
    )
    staging.end_file(sha256="0" * 64, size=2)
    staging.commit()
    pks[Kind.CONVERSATION] = storage.ids(ConversationQuery())[0]
    pks[Kind.MESSAGE] = storage.ids(MessageQuery())[0]
    return pks
