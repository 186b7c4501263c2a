"""One of several processes at work on the same file: `python -m tests.db.acid.worker ACT PATH`.

Says `ready` when the file is open, begins when a line comes in, and says a line for
everything that it has finished.
"""

import itertools
import sys

from db.errors import VersionConflictError
from db.query import BatchQuery, TaskQuery
from db.records import Kind, Place
from db.storage import open_storage
from db.vocabulary import Status
from tests.db.factories import edit, make, records_of, stage_everything

LIVE_AND_BACK = (Place.ARCHIVED, Place.LIVE)


def first_of(storage, kind):
    """Return the record of a kind that was made first: the same for every process."""
    return min(records_of(storage, kind), key=lambda record: record.pk)


def append(storage, kind, pk, line):
    """Add a line to a record's text; once more if somebody else was faster."""
    while True:
        seen = storage.detail(kind, pk)
        text = f"{seen.description}\n{line}"
        try:
            storage.edit(kind, pk, {"description": text}, seen_version=seen.record.version)
        except VersionConflictError:
            continue
        return


def add_lines(storage, name, number):
    """Add lines to one record of each kind that other processes add lines to as well."""
    kinds = [kind for kind in Kind if kind is not Kind.MESSAGE]
    shared = [(kind, first_of(storage, kind).pk) for kind in kinds]
    for count in range(int(number)):
        for kind, pk in shared:
            append(storage, kind, pk, f"{name} {count}")
            yield count


def make_records(storage, name, number):
    """Make records of each kind, and tasks that change a batch's counts."""
    batch, task = first_of(storage, Kind.BATCH), first_of(storage, Kind.TASK)
    for count in range(int(number)):
        title = f"{name} {count}"
        made = make(storage, Kind.TASK, title=title, batch=batch.id, tags=[f"n{count}"])
        edit(storage, Kind.TASK, made.pk, status="failed")
        make(storage, Kind.BUG, title=title, tasks=[task.id, made.id])
        make(storage, Kind.LEARNING, title=title, tags=[f"n{count}"])
        make(storage, Kind.EXECUTION, task=task.id)
        yield count


def bring_in(storage, name, number):
    """Import records of every kind from other files."""
    for count in range(int(number)):
        stage_everything(storage, origin=f"generic:{name} {count}").commit()
        yield count


def turn_over(storage, name, number):
    """Change all tasks at once, and move their batch, over and over."""
    (batch,) = storage.ids(BatchQuery())
    for _, status, place in zip(
        range(int(number)),
        itertools.cycle([Status.FAILED, Status.QUEUED]),
        itertools.cycle(LIVE_AND_BACK),
    ):
        storage.edit_many(Kind.TASK, storage.ids(TaskQuery()), {"status": status})
        storage.move(Kind.BATCH, [batch], place)
        yield place


def everything(storage, name):
    """Do all there is to do without end; say the id of each record that is to stay."""
    for count in itertools.count():
        stage_everything(storage, origin=f"generic:{count}").commit()
        made = make(storage, Kind.LEARNING, title=f"{name} {count}", tags=["kept"])
        yield made.id
        edit(storage, Kind.LEARNING, made.pk, title="renamed", confidence=0.9)
        gone = make(storage, Kind.BATCH, title="gone")
        task = make(storage, Kind.TASK, title="gone", batch=gone.id)
        make(storage, Kind.EXECUTION, task=task.id)
        storage.move(Kind.BATCH, [gone.pk], Place.TRASHED)
        storage.history.undo()
        storage.purge(Kind.BATCH, [gone.pk])
        stage_everything(storage, origin=f"generic:{count} discarded").discard()


def claim_jobs(storage, name, number, lease_s="600"):
    """Claim jobs and finish every other one; say the id of each."""
    for count in range(int(number)):
        job = storage.jobs.claim(["a", "b"], name, float(lease_s))
        if count % 2:
            storage.jobs.complete(job.token, name)
        yield job.id


def do_jobs(storage, name, lease_s):
    """Do jobs until there is none left, with a line for each when it is done."""
    while (job := storage.jobs.claim(["a"], name, float(lease_s))) is not None:
        storage.jobs.heartbeat(job.token, float(lease_s), lines=[name])
        storage.jobs.complete(job.token, job.given)
        yield job.id


def main():
    act, path, *rest = sys.argv[1:]
    storage = open_storage(path)
    print("ready", flush=True)
    sys.stdin.readline()
    for done in globals()[act](storage, *rest):
        print(done, flush=True)
    storage.close()


if __name__ == "__main__":
    main()
