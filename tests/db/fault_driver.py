"""Does one act many times, each on its own copy of a file, with a fault at another point.

    python -m tests.db.fault_driver ACT FAULT FOLDER POINT ...

`FOLDER/start` is copied to `FOLDER/POINT` for each point. Every act runs in a process of its
own; a line says how it ended: `POINT done`, `POINT killed`, or `POINT` and the error's name.
A point of 0 never comes; its line says how many points there are.
"""

import os
import shutil
import sys
import traceback
from pathlib import Path

from db.errors import SheafError
from db.exchange.choices import ImportChoices
from db.exchange.importing import stage_import
from db.exchange.watching import Watcher
from db.incoming import BadRecords, Conflicts
from db.maintenance.backups import Backups
from db.maintenance.manifest import BackupKind
from db.records import Kind
from db.sqlite import connection, images, migrate, storage
from db.storage import open_storage
from tests.db.factories import EVERY_BATCH
from tests.db.faulty_disk import FaultyDisk, die, full, input_output_error, read_error

LATER = migrate.Migration(
    version=len(migrate.known_migrations()) + 1,
    description="a later step",
    up="""
        CREATE TABLE later (pk INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT;
        INSERT INTO later SELECT pk, title FROM task;
        ALTER TABLE batch ADD COLUMN later INTEGER;
        UPDATE batch SET later = 1;
        CREATE INDEX later_title ON later (title);
    """,
    down="DROP TABLE later; ALTER TABLE batch DROP COLUMN later;",
)


def with_later_step():
    """Make this process one of a Sheaf that knows one more migration."""
    known = (*migrate.known_migrations(), LATER)
    migrate.known_migrations = storage.known_migrations = lambda: known


def import_file(folder):
    opened = open_storage(str(folder / "work.sheaf"))
    stage_import(opened, [folder / "tasks.jsonl"]).commit()
    opened.close()


def import_with(folder, name, **choices):
    opened = open_storage(str(folder / "work.sheaf"))
    opened.recover()
    stage_import(opened, [folder / name], ImportChoices(**choices)).commit()
    opened.close()


def import_archive(folder):
    import_with(folder, "all.zip")


def set_aside(folder):
    import_with(folder, "broken.zip", bad_records=BadRecords.SET_ASIDE)


def take_theirs(folder):
    import_with(folder, "theirs.jsonl", conflicts=Conflicts.THEIRS)


def keep_both(folder):
    import_with(folder, "theirs.jsonl", conflicts=Conflicts.BOTH)


def import_grown(folder):
    """Import a file that grew since, of which only the growth is kept."""
    with (folder / "live.jsonl").open("ab") as live:
        live.write((folder / "more.jsonl").read_bytes())
    import_with(folder, "live.jsonl")


def look(folder):
    """Import what a followed folder has."""
    opened = open_storage(str(folder / "work.sheaf"))
    opened.recover()
    Watcher(opened, folder / "sessions", ImportChoices(), settle_s=0).look()
    opened.close()


def migrate_up(folder):
    with_later_step()
    open_storage(str(folder / "work.sheaf")).close()


def purge(folder):
    opened = open_storage(str(folder / "work.sheaf"))
    opened.purge(Kind.BATCH, opened.ids(EVERY_BATCH))
    opened.close()


def undo(folder):
    opened = open_storage(str(folder / "work.sheaf"))
    opened.history.undo()
    opened.close()


def undo_in_parts(folder):
    images.PART_ROWS = 60
    undo(folder)


def back_up(folder):
    opened = open_storage(str(folder / "work.sheaf"))
    Backups(opened).make()
    opened.close()


def copy_then_verify(folder):
    opened = open_storage(str(folder / "work.sheaf"))
    backups = Backups(opened)
    backups.verify(backups.before(BackupKind.IMPORT, "import"))
    opened.close()


def restore_backup(folder):
    opened = open_storage(str(folder / "work.sheaf"))
    backups = Backups(opened)
    backups.restore(backups.all()[0])
    opened.close()


def restore_beside_another(folder):
    """Restore a backup into a file that is open elsewhere too, which is written over then."""
    other = open_storage(str(folder / "work.sheaf"))
    restore_backup(folder)
    other.close()


def redo_in_parts(folder):
    images.PART_ROWS = 60
    opened = open_storage(str(folder / "work.sheaf"))
    opened.history.redo()
    opened.close()


ACTS = {
    act.__name__: act
    for act in (
        *(import_file, migrate_up, purge, undo, undo_in_parts, redo_in_parts),
        *(back_up, copy_then_verify, restore_backup, restore_beside_another),
        *(import_archive, set_aside, take_theirs, keep_both, import_grown, look),
    )
}
FAULTS = {
    "kill": (die, False),
    "error": (input_output_error, False),
    "errors": (input_output_error, True),
    "full": (full, True),
    "unread": (read_error, False),
}


def close_without_errors(disk):
    """Let closing pass: SQLite keeps errors of it to itself, this layer could not."""

    def close(_database, handle):
        disk.point = -1
        handle.close()

    connection._Database._close = close


HEARD = frozenset({"open", "os.link", "os.mkdir", "os.remove", "os.rename"})


def count_originals(disk):
    """Count what is done to the files of the kept originals and of backups as well."""

    def hear(event, given):
        named = str(given[:2])
        if event in HEARD and (".originals" in named or ".backups" in named):
            disk.step()

    sys.addaudithook(hear)


def attempt(act, fault, folder, point):
    """Do an act on its copy of the file; return how it ended and the points passed."""
    make, lasting = FAULTS[fault]
    disk = FaultyDisk(make, point or -1, lasting=lasting, reading=make is read_error)
    if make is die:
        count_originals(disk)
    else:
        close_without_errors(disk)
    try:
        ACTS[act](folder)
    except SheafError as error:
        return type(error).__name__
    except BaseException:  # noqa: BLE001 - whatever it is, the test has to hear of it
        traceback.print_exc()
        return "traceback"
    return "done" if point else f"{disk.count}"


def main():
    act, fault, folder, *points = sys.argv[1:]
    for point in map(int, points):
        own = Path(folder, str(point))
        shutil.copytree(Path(folder, "start"), own)
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            os.write(writing, attempt(act, fault, own, point).encode())
            os._exit(0)
        os.close(writing)
        _, status = os.waitpid(pid, 0)
        said = os.read(reading, 1000).decode()
        os.close(reading)
        print(point, "killed" if os.WIFSIGNALED(status) else said, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
