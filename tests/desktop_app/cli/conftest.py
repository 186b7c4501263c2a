import json
from typing import NamedTuple

import pytest

from db.incoming import IncomingBatch, IncomingTask
from db.records import Kind
from db.storage import open_storage
from db.times import DAY_US, now_us
from db.vocabulary import LinkKind, Priority, Status
from desktop_app.command import main


@pytest.fixture(autouse=True)
def theme():
    """None: the command opens no window."""


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)

    @property
    def error(self):
        """The document of an error, which has to say what people read as well."""
        error = json.loads(self.out)["error"]
        assert self.err == f"sheaf: {error['what']} {error['safe']} {error['advice']}\n"
        return error


@pytest.fixture
def sheaf(capsys, monkeypatch, storage_path):
    """Run a command line in this process, on the storage of this test."""
    monkeypatch.setenv("SHEAF_STORAGE", str(storage_path))
    monkeypatch.delenv("COLUMNS", raising=False)

    def run(*words):
        code = main([str(word) for word in words])
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def storage_path(tmp_path):
    return tmp_path / "work.sheaf"


@pytest.fixture
def filled(storage_path):
    """Three batches: one at work, one finished long ago, one empty."""
    now = now_us()
    storage = open_storage(str(storage_path))
    staging = storage.stage("Import plan.json")
    staging.begin_file(
        name="plan.json",
        path="/in/plan.json",
        format_name="taskmaster",
        origin="taskmaster:plan",
    )
    staging.add_batches(
        [
            batch("work", "At work", now),
            batch("past", "Long ago", now - 40 * DAY_US),
            batch("none", "Nothing in it", now - 2 * DAY_US),
        ]
    )
    staging.add_tasks(
        [
            task("1", "Read the parser", Status.SUCCEEDED, updated=now - 3 * DAY_US),
            task("2", "Write the parser", Status.RUNNING, updated=now, parent="1"),
            task("3", "Fix the crash", Status.FAILED, updated=now - DAY_US, kind="bug"),
            task("4", "Ship", Status.QUEUED, updated=now - 9 * DAY_US, links=blocked_by("3")),
            task("5", "Old", Status.SUCCEEDED, updated=now - 40 * DAY_US, batch="past"),
        ]
    )
    staging.end_file(sha256="", size=0)
    staging.commit()
    storage.close()
    return storage_path


@pytest.fixture
def ids(filled):
    """Return the id of each record of `filled` by its title."""
    storage = open_storage(str(filled))
    try:
        return {
            record.title: record.id
            for kind in Kind
            for record in storage.fetch(kind, list(range(1, 20)))
        }
    finally:
        storage.close()


def batch(name, title, updated):
    return IncomingBatch(external_id=name, title=title, created_at=updated, updated_at=updated)


def task(name, title, status, *, updated, batch="work", **fields):
    return IncomingTask(
        external_id=name,
        title=title,
        status=status,
        priority=Priority.HIGH,
        raw="{}",
        offset=0,
        length=2,
        created_at=updated,
        updated_at=updated,
        batch=batch,
        tags=("core",),
        **fields,
    )


def blocked_by(name):
    return ((name, LinkKind.BLOCKS, False),)
