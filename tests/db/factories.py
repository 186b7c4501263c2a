"""Records, files and pictures of a storage, made in one line by the tests that need them."""

import json
from contextlib import contextmanager
from pathlib import Path

from db.exchange.choices import ImportChoices
from db.exchange.importing import stage_import
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.ports import Gravity
from db.query import EVERYWHERE, QUERIES, BatchQuery, TaskQuery
from db.records import Block, Kind
from db.storage import open_storage
from db.vocabulary import Part, Review, Role, Severity, Status

SHARED = Path(__file__).parents[3] / "shared" / "data"
RECORD_TABLES = ("batch", "task", "task_link")
KIND_TABLES = (
    *("batch", "task", "execution", "status_update", "bug", "design_note"),
    *("conversation", "message", "learning"),
)
ALL_TABLES = (
    *("upload", *KIND_TABLES, "task_link"),
    *("operation", "audit_entry", "tombstone", "saved_view", "setting"),
    "set_aside",
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


def make(storage, kind, /, **fields):
    """Make a record of any kind but a message; return it as a list shows it."""
    (pk,) = storage.create(kind, fields).changed[kind]
    return storage.detail(kind, pk).record


def edit(storage, kind, pk, /, **fields):
    seen = storage.detail(kind, pk).record.version
    return storage.edit(kind, pk, fields, seen_version=seen)


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


def a_record(kind, external_id, title="imported", **fields):
    raw = json.dumps({"id": external_id, "title": title})
    fields = {"raw": raw, "offset": 0, "length": len(raw), **fields}
    return IncomingRecord(kind=kind, external_id=external_id, title=title, **fields)


def a_message(external_id, conversation, position, *blocks, parent=None, **fields):
    """Return a message that says some blocks, or the text `external_id`."""
    said = blocks or (Block(type=Part.TEXT, text=external_id),)
    parts = Part(0)
    for block in said:
        parts |= block.type
    own = {
        "position": position,
        "role": fields.pop("role", Role.USER),
        "parts": parts,
        "has_error": int(any(block.is_error for block in said)),
    }
    refs = {"conversation": conversation, **({"parent": parent} if parent else {})}
    return a_record(
        Kind.MESSAGE, external_id, said[0].text, fields=own, refs=refs, blocks=said, **fields
    )


def records_everywhere(changed="", moment=None):
    """Return a record or two of every kind that is neither batch nor task, tied together."""
    home = {"batch": "file", "task": "t1"}
    when = {"created_at": moment, "updated_at": moment}
    failed = Block(type=Part.TOOL_RESULT, text=f"boom{changed}", call_id="c", is_error=True)
    call = Block(type=Part.TOOL_CALL, text='{"ö": 1}', name="run", call_id="c")
    run = {"turn": 1, "step": "plan", "status": Status.SUCCEEDED, "decision": "GO"}
    found = {"category": "tests", "confidence": 0.1 + 0.2, "review": Review.PENDING}
    return [
        [
            a_record(
                Kind.CONVERSATION, "c1", f"talk{changed}", refs=home,
                fields={"model": "m", "project": "/p"}, **when,
            ),
            a_record(Kind.CONVERSATION, "c2", "part", refs={"parent": "c1"}, **when),
        ],
        [
            a_message("m1", "c1", 0, **when),
            a_message("m2", "c1", 1, call, parent="m1", role=Role.ASSISTANT, **when),
            a_message("m3", "c1", 2, failed, parent="m2", role=Role.TOOL, **when),
            a_message("m4", "c2", 0, **when),
        ],
        [
            a_record(
                Kind.EXECUTION, "r1", f"Turn 1{changed}", refs={"task": "t1"},
                description="# Done\n测试", fields={**run, "started_at": 1, "completed_at": 5},
                **when,
            ),
            a_record(
                Kind.EXECUTION, "r2", "Turn 2", refs={"task": "t1"},
                fields={**run, "turn": 2, "status": Status.RUNNING, "lease_until": 1}, **when,
            ),
        ],
        [a_record(Kind.STATUS_UPDATE, "s1", f"going well{changed}", refs=home,
                  fields={"actor": "agent"}, **when)],
        [
            a_record(
                Kind.BUG, "b1", f"crash{changed}", refs={"batch": "file"}, tasks=("t1", "t2"),
                fields={"status": Status.QUEUED, "severity": Severity.HIGH, "steps": "click"},
                **when,
            ),
        ],
        [
            a_record(Kind.DESIGN_NOTE, "d1", f"old way{changed}", refs=home | {
                "superseded_by": "d2"}, fields={"decision": "so"}, **when),
            a_record(Kind.DESIGN_NOTE, "d2", "new way", refs=home, **when),
        ],
        [
            a_record(Kind.LEARNING, "l1", f"learned{changed}", refs=home | {
                "superseded_by": "l2"}, fields=found, tags=("ä", "b"), evidence=("m3", "m1"),
                **when),
            a_record(Kind.LEARNING, "l2", "better", fields=found, **when),
        ],
    ]  # fmt: skip


def stage_everything(storage, changed="", moment=None, *, origin="generic:all"):
    """Stage two tasks in a batch and records of every other kind, as a format would."""
    staging = storage.stage("Import everything")
    staging.begin_file(name="all.json", path="", format_name="generic", origin=origin)
    staging.add_batches([IncomingBatch(external_id="file", title="file")])
    tasks = [a_task(name, f"{name}{changed}", batch="file", updated_at=moment)
             for name in ("t1", "t2")]  # fmt: skip
    staging.add_tasks(tasks)
    for records in records_everywhere(changed, moment):
        staging.add_records(records)
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
    staging = stage_import(storage, list(paths), ImportChoices(**options))
    staging.commit()
    return staging.report


def batches_of(storage, query=EVERY_BATCH):
    return storage.fetch(Kind.BATCH, storage.ids(query))


def tasks_of(storage, query=EVERY_TASK):
    return storage.fetch(Kind.TASK, storage.ids(query))


def records_of(storage, kind, query=None):
    """Return the records of a kind, in the trash as well."""
    return storage.fetch(kind, storage.ids(query or QUERIES[kind](places=EVERYWHERE)))


def named(storage, kind, external_id):
    """Return the imported record of that name."""
    (found,) = [each for each in records_of(storage, kind) if each.external_id == external_id]
    return found


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
    batches = {batch.pk: batch for batch in batches_of(storage)}
    counts = {pk: [0] * len(Status) for pk in batches}
    for task in tasks_of(storage):
        batch = batches.get(task.batch_pk)
        if batch is not None and (task.trashed_at is None) == (batch.trashed_at is None):
            counts[task.batch_pk][task.status] += 1
    return {pk: tuple(numbers) for pk, numbers in counts.items()}


def counts_of(storage):
    return {batch.pk: batch.counts for batch in batches_of(storage)}


def faults(storage):
    """Return what a check finds damaged."""
    return [
        finding
        for finding in storage.check()
        if not finding.ok and finding.gravity is Gravity.DAMAGE
    ]
