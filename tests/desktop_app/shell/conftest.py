import pytest

from db.ports import IncomingBatch, IncomingTask
from db.query import BatchQuery, TaskQuery
from db.records import Kind
from db.storage import open_storage
from db.vocabulary import Status
from desktop_app.look.theme import Scheme, Theme
from desktop_app.workspace import Workspace


@pytest.fixture(autouse=True)
def theme(qapp):
    worn = Theme(Scheme.LIGHT)
    worn.apply(qapp)
    return worn


@pytest.fixture
def storage():
    return open_storage("memory:")


@pytest.fixture
def workspace(qapp, storage):
    opened = Workspace(storage)
    yield opened
    opened.close()


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
