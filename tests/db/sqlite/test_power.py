"""When the power fails, what was acknowledged is kept, and nothing is half-done."""

import os
import random
import subprocess
import sys

import pytest

from db.errors import StorageUnavailableError
from db.maintenance.backups import Backups
from tests.db.factories import (
    counts_of,
    faults,
    import_files,
    make_batch,
    opened,
    recounted,
    tasks_of,
    write_lines,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are forked")

OLD = 20
NEW = 40


@pytest.fixture
def start(tmp_path):
    folder = tmp_path / "start"
    folder.mkdir()
    old, new = ([{"id": f"{name} {n}"} for n in range(size)] for name, size in
                (("old", OLD), ("new", NEW)))  # fmt: skip
    with opened(folder / "work.sheaf") as storage:
        import_files(storage, write_lines(tmp_path / "old.jsonl", old))
    write_lines(folder / "tasks.jsonl", new)
    return folder


def cut_power(work, start, disk, points):
    """Return what was acknowledged, by the point at which the power failed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.db.power_driver", work, str(start.parent), disk]
        + [str(point) for point in points],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (line.split() for line in done.stdout.splitlines())
    return {int(point): said for point, *said in lines}


def after(start, point):
    return start.parent / str(point) / "after" / "work.sheaf"


POINTS = (5, 60, 97, 203, 270, 340, 430)


def test_no_acknowledged_change_is_lost_when_the_power_fails(start):
    acknowledged = cut_power("change", start, "HONEST", POINTS)

    assert len({len(said) for said in acknowledged.values()}) > 4
    for point, said in acknowledged.items():
        with opened(after(start, point)) as storage:
            storage.recover()
            ids = {task.id for task in tasks_of(storage)}
            made = [id_ for id_ in said if id_ != "import"]
            assert ids.issuperset(made), f"cut at {point}"
            imported = len([t for t in tasks_of(storage) if (t.external_id or "")[:3] == "new"])
            assert imported in ({NEW} if "import" in said else {0, NEW})
            assert len(ids) - imported - OLD - len(made) in {0, 1}
            # What is in another folder than the disk that was cut is not there.
            assert [each for each in faults(storage) if "original" not in each.check] == []
            assert counts_of(storage) == recounted(storage)
            make_batch(storage, "still works")


def test_a_disk_that_lies_about_syncing_does_lose_what_was_acknowledged(start):
    """The control: it is the syncing that keeps it."""
    acknowledged = cut_power("change", start, "LYING", POINTS[3:])

    lost = 0
    for point, said in acknowledged.items():
        try:
            with opened(after(start, point)) as storage:
                ids = {task.id for task in tasks_of(storage)}
                lost += not ids.issuperset(id_ for id_ in said if id_ != "import")
        except StorageUnavailableError:
            lost += 1
    assert lost


@pytest.mark.parametrize("work", ["restore", "restore_beside_another"])
def test_a_restore_is_whole_or_not_there_when_the_power_fails(start, work):
    with opened(start / "work.sheaf") as storage:
        Backups(storage).make()
        import_files(storage, start / "tasks.jsonl")
    ((_said, total),) = cut_power(work, start, "HONEST", [0]).values()
    points = sorted(random.sample(range(1, int(total)), 8))

    acknowledged = cut_power(work, start, "HONEST", points)

    for point, said in acknowledged.items():
        with opened(after(start, point)) as storage:
            storage.recover()
            found = len(tasks_of(storage))
            assert found in ({OLD} if said else {OLD, OLD + NEW}), f"{point} of {points}"
            assert [each for each in faults(storage) if "original" not in each.check] == []
            backups = Backups(storage)
            if found == OLD:
                backups.restore(backups.all()[-1])
                assert len(tasks_of(storage)) == OLD + NEW
