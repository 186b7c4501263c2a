"""Cuts the power at several points of one piece of work, and prints what was acknowledged.

    python -m tests.db.power_driver WORK FOLDER HONEST|LYING POINT ...

`FOLDER/start` is copied to `FOLDER/POINT` for each point, and worked on there; what the disk
holds afterwards is in `FOLDER/POINT/after`. A line is the point and how many records the
program was told to be kept.
"""

import shutil
import sys
from functools import partial
from pathlib import Path

from db.exchange.importing import stage_import
from db.maintenance.backups import Backups
from db.records import Kind
from db.sqlite import connection
from db.storage import open_storage
from tests.db.factories import make_task
from tests.db.power_disk import cut

TASKS = 12


def change(folder, say):
    # The log is folded into the file every few pages, so that this is cut short too.
    connection._WRITER_PRAGMAS += ("PRAGMA wal_autocheckpoint = 30", "PRAGMA cache_size = 20")
    storage = open_storage(str(folder / "work.sheaf"))
    for number in range(TASKS):
        task = make_task(storage, f"task {number}", description="x" * 3000)
        say(task.id)
        if number % 4 == 3:
            storage.edit(Kind.TASK, task.pk, {"title": "edited"}, seen_version=task.version)
    stage_import(storage, [folder / "tasks.jsonl"]).commit()
    say("import")
    storage.close()


def restore(folder, say):
    storage = open_storage(str(folder / "work.sheaf"))
    backups = Backups(storage)
    backups.restore(backups.all()[0])
    say("restored")
    storage.close()


def restore_beside_another(folder, say):
    other = open_storage(str(folder / "work.sheaf"))
    restore(folder, say)
    other.close()


WORKS = {work.__name__: work for work in (change, restore, restore_beside_another)}


def main():
    work, folder, disk, *points = sys.argv[1:]
    for point in map(int, points):
        own = Path(folder, str(point))
        shutil.copytree(Path(folder, "start"), own)
        said = cut(partial(WORKS[work], own), own, point, lies=disk == "LYING")
        print(point, *said, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
