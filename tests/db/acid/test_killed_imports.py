"""An import that is killed anywhere, on whatever way it is, happened whole or not at all."""

import json
import os
import shutil
import zipfile

import pytest

from db.exchange.growing import MARGIN_BYTES, SMALLEST_BYTES
from db.originals import is_kept, read_whole
from tests.db import fault_driver
from tests.db.exchange import test_claude_code
from tests.db.factories import (
    KIND_TABLES,
    counts_of,
    edit_task,
    faults,
    import_files,
    opened,
    picture,
    recounted,
    tasks_of,
    write_json,
    write_lines,
)
from tests.db.sqlite.test_faults import drive, spread

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are forked and killed")

POINTS = 10
ACTS = ["import_archive", "set_aside", "take_theirs", "keep_both", "import_grown", "look"]
ROWS = 60
WORDS = "cogs " * 2000


def rows(name, title="title"):
    return [
        {"id": f"{name} {n}", "title": f"{title} {n}", "tags": ["x"], "text": WORDS}
        for n in range(ROWS)
    ]


@pytest.fixture
def start(tmp_path):
    """A folder with a storage that has tasks, some edited by hand, and what is imported."""
    folder = tmp_path / "start"
    (folder / "sessions" / "project").mkdir(parents=True)
    live = write_lines(folder / "live.jsonl", rows("live") * 3)
    assert SMALLEST_BYTES < MARGIN_BYTES < live.stat().st_size
    theirs = write_lines(folder / "theirs.jsonl", rows("theirs"))
    with opened(folder / "work.sheaf") as storage:
        import_files(storage, live, theirs)
        for task in tasks_of(storage)[::7]:
            edit_task(storage, task.pk, title=f"mine {task.external_id}")
    write_lines(theirs, rows("theirs", "changed"))
    write_lines(folder / "more.jsonl", rows("more"))
    session = "".join(json.dumps(line) + "\n" for line in test_claude_code.TURN)
    broken = session.replace("\n", "\n{broken\n", 2)
    for name, talk in (("all.zip", session), ("broken.zip", broken)):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("project/session.jsonl", talk)
            archive.writestr("tasks.json", json.dumps(rows("zipped")))
    write_json(folder / "sessions" / "project" / "s.jsonl", session)
    write_lines(folder / "sessions" / "rows.jsonl", rows("followed"))
    return folder


def shown(storage):
    """Return what a storage shows, without ids and times, and what it has set aside."""
    found = {
        table: sorted(str((row["title"], row["external_id"])) for row in kept)
        for table, kept in picture(storage, KIND_TABLES).items()
    }
    found["set aside"] = sorted(each.text for each in storage.tray.items(100))
    found["operations"] = [each.title for each in storage.history.operations("import")]
    return found


def assert_sound(storage):
    assert faults(storage) == []
    assert counts_of(storage) == recounted(storage)
    folder = storage.originals_folder()
    for upload in storage.uploads():
        assert is_kept(folder, upload.sha256)
        assert sum(map(len, read_whole(folder, upload.sha256))) == upload.size
    assert not [*folder.glob("*.partial")]


@pytest.mark.parametrize("act", ACTS)
def test_an_import_that_is_killed_anywhere_is_there_whole_or_not_at_all(start, act):
    folder = start.parent
    points = spread(act, folder, POINTS)
    with opened(start / "work.sheaf") as storage:
        before = shown(storage)
    with opened(folder / "0" / "work.sheaf") as storage:
        after = shown(storage)
        assert_sound(storage)
    assert before != after

    ends = drive(act, "kill", folder, points)

    assert set(ends.values()) == {"killed"}
    for point in points:
        killed = folder / str(point)
        with opened(killed / "work.sheaf") as storage:
            found = shown(storage)
            assert found in (before, after), f"{point} of {points}"
            storage.recover()
            assert shown(storage) == found
            assert_sound(storage)
        if found == before:
            again(act, killed)
        with opened(killed / "work.sheaf") as storage:
            assert shown(storage) == after, f"{point} of {points}"
            assert_sound(storage)


def again(act, folder):
    """Do what was killed once more, in this process."""
    if act == "import_grown":
        shutil.copy(folder.parent / "start" / "live.jsonl", folder / "live.jsonl")
    fault_driver.ACTS[act](folder)
