"""Records, files and pictures of a storage, made in one line by the tests that need them."""

import json
from contextlib import contextmanager
from pathlib import Path

from db.exchange.importing import stage_import
from db.ports import IncomingBatch, IncomingTask
from db.query import EVERYWHERE, BatchQuery, TaskQuery
from db.records import Kind
from db.storage import open_storage
from db.vocabulary import Status

SHARED = Path(__file__).parents[3] / "shared" / "data"
RECORD_TABLES = ("batch", "task", "task_link")
ALL_TABLES = (
    *("upload", "batch", "task", "task_link"),
    *("operation", "audit_entry", "tombstone", "setting"),
)
EVERY_BATCH = BatchQuery(places=EVERYWHERE)
EVERY_TASK = TaskQuery(places=EVERYWHERE)


@contextmanager
def opened(uri="memory:"):
    """Open a storage and close it at the end."""
    storage = open_storage(str(uri))
    try:
        yield storage
    finally:
        storage.close()


def make_batch(storage, title="a batch", description=""):
    (pk,) = storage.batches.create(title, description=description).changed[Kind.BATCH]
    return storage.batches.get(pk).record


def make_task(storage, title="a task", **fields):
    (pk,) = storage.tasks.create({"title": title, **fields}).changed[Kind.TASK]
    return storage.tasks.get(pk).record


def edit_task(storage, pk, **fields):
    seen = storage.tasks.get(pk).record.version
    return storage.edit(Kind.TASK, pk, fields, seen_version=seen)


def a_task(external_id, title="imported", *, status=Status.QUEUED, raw=None, **fields):
    text = raw or json.dumps({"id": external_id, "title": title})
    return IncomingTask(
        external_id=external_id,
        title=title,
        status=status,
        raw=text,
        offset=0,
        length=len(text),
        **fields,
    )


def stage_records(storage, tasks=(), batches=("file",), *, origin="generic:here"):
    """Stage records as a format would hand them over."""
    staging = storage.stage("Import records")
    staging.begin_file(name="a.json", path="", format_name="generic", origin=origin)
    known = [
        each if isinstance(each, IncomingBatch) else IncomingBatch(external_id=each, title=each)
        for each in batches
    ]
    staging.add_batches(known)
    staging.add_tasks(list(tasks))
    staging.end_file(sha256="", size=0)
    return staging


def write_json(path, content):
    """Write a value as JSON, text as UTF-8, or bytes as they are; return the path."""
    if isinstance(content, str):
        content = content.encode()
    elif not isinstance(content, bytes):
        content = json.dumps(content, ensure_ascii=False).encode()
    path.write_bytes(content)
    return path


def write_lines(path, rows):
    return write_json(path, "".join(json.dumps(row) + "\n" for row in rows))


def import_files(storage, *paths, **options):
    """Import files and return the report of it."""
    staging = stage_import(storage, list(paths), **options)
    staging.commit()
    return staging.report


def batches_of(storage, query=EVERY_BATCH):
    return storage.fetch(Kind.BATCH, storage.ids(query))


def tasks_of(storage, query=EVERY_TASK):
    return storage.fetch(Kind.TASK, storage.ids(query))


def task_named(storage, external_id):
    """Return everything about the imported task of that name."""
    (found,) = [task for task in tasks_of(storage) if task.external_id == external_id]
    return storage.tasks.get(found.pk)


def picture(storage, tables=RECORD_TABLES, without=()):
    """Return every row of some tables, as the dump writes them."""
    return {
        table: [
            {key: value for key, value in json.loads(row).items() if key not in without}
            for row in storage.rows(table)
        ]
        for table in tables
    }


def recounted(storage):
    """Return, for each batch, the counts that its tasks give when they are counted."""
    counts = {batch.pk: [0] * len(Status) for batch in batches_of(storage)}
    for task in tasks_of(storage):
        if task.batch_pk is not None and task.trashed_at is None:
            counts[task.batch_pk][task.status] += 1
    return {pk: tuple(numbers) for pk, numbers in counts.items()}


def counts_of(storage):
    return {batch.pk: batch.counts for batch in batches_of(storage)}


def faults(storage):
    """Return what a check finds wrong."""
    return [finding for finding in storage.check() if not finding.ok]
