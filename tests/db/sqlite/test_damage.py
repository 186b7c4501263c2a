"""Damaged pages and logs, endless readers, a clock set back: nothing is half-done."""

import os
import random
import subprocess
import sys
import time
from contextlib import closing

import apsw
import pytest

from db.errors import StorageDamagedError, StorageUnavailableError
from db.maintenance import health
from db.query import BatchQuery, TaskQuery
from db.records import Kind
from db.storage import read_storage
from tests.db.factories import (
    counts_of,
    edit_task,
    faults,
    import_files,
    make_batch,
    make_task,
    opened,
    recounted,
    tasks_of,
    write_lines,
)

PAGE = 8192
LOGGED = 12

_WRITE_AND_DIE = """
import os, sys
from db.storage import open_storage
from tests.db.factories import make_task
storage = open_storage(sys.argv[1])
for number in range(int(sys.argv[2])):
    make_task(storage, f"task {number}", description="x" * 2000)
os._exit(0)
"""


@pytest.fixture
def crashed(path):
    """A file whose last changes are in its log alone, as its process died."""
    with opened(path) as storage:
        make_batch(storage, "old")
    command = [sys.executable, "-c", _WRITE_AND_DIE, str(path), str(LOGGED)]
    subprocess.run(command, check=True)
    return path


def log_of(path):
    return path.with_name(f"{path.name}-wal")


def cut_short(log, chance):
    os.truncate(log, chance.randrange(32, log.stat().st_size))


def with_garbage_behind(log, chance):
    with log.open("ab") as file:
        file.write(chance.randbytes(5000))


def with_a_bit_flipped(log, chance):
    content = bytearray(log.read_bytes())
    content[chance.randrange(32, len(content))] ^= 0x40
    log.write_bytes(content)


def without_its_beginning(log, _chance):
    with log.open("r+b") as file:
        file.write(bytes(32))


def gone(log, _chance):
    log.unlink()


@pytest.mark.parametrize(
    "harm", [cut_short, with_garbage_behind, with_a_bit_flipped, without_its_beginning, gone]
)
def test_of_a_damaged_log_the_changes_before_the_damage_are_kept(crashed, harm):
    harm(log_of(crashed), random.Random(harm.__name__))  # noqa: S311 - to be repeated
    crashed.with_name(f"{crashed.name}-shm").unlink()

    with opened(crashed) as storage:
        titles = sorted(
            (task.title for task in tasks_of(storage)), key=lambda title: int(title[5:])
        )
        assert titles == [f"task {number}" for number in range(len(titles))]
        if harm is with_garbage_behind:
            assert len(titles) == LOGGED
        assert faults(storage) == []
        assert counts_of(storage) == recounted(storage)
        make_task(storage, "still works")


def test_the_index_of_the_log_is_made_again_where_it_is_gone(crashed):
    crashed.with_name(f"{crashed.name}-shm").unlink()

    with opened(crashed) as storage:
        assert len(tasks_of(storage)) == LOGGED
        assert faults(storage) == []


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    path = folder / "work.sheaf"
    rows = [{"id": n, "title": f"number {n}", "text": "words " * 200} for n in range(300)]
    with opened(path) as storage:
        import_files(storage, write_lines(folder / "tasks.jsonl", rows))
    connection = apsw.Connection(str(path))
    used = connection.execute(
        "SELECT pageno FROM dbstat WHERE name IN ('task', 'task_body', 'task_updated')"
    ).fetchall()
    connection.close()
    return path.read_bytes(), [page for (page,) in used]


def zeroed(content, start, _other):
    content[start : start + PAGE] = bytes(PAGE)


def swapped(content, start, other):
    content[start : start + PAGE], content[other : other + PAGE] = (
        content[other : other + PAGE],
        content[start : start + PAGE],
    )


def truncated(content, start, _other):
    del content[start + 1000 :]


def flipped(content, start, other):
    content[start + other % PAGE] ^= 4


@pytest.mark.parametrize("harm", [zeroed, swapped, truncated, flipped])
def test_damaged_pages_are_found_and_never_end_the_program(large, path, harm):
    whole, pages = large
    chance = random.Random(harm.__name__)  # noqa: S311 - to be repeated
    for _ in range(5):
        content = bytearray(whole)
        one, other = chance.sample(pages, 2)
        harm(content, (one - 1) * PAGE, (other - 1) * PAGE)
        path.write_bytes(content)
        try:
            with opened(path) as storage:
                storage.count(TaskQuery(text="number"))
                is_found = any(each.is_told for each in health.check(storage))
        except StorageUnavailableError as error:
            is_found = bool(error.what and error.safe and error.advice)
        # A bit flipped inside a text is one that SQLite cannot know of.
        assert is_found or harm is flipped


def destroy(path, pages):
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * PAGE)
            file.write(bytes(PAGE))


def read_all(storage):
    for pk in storage.ids(TaskQuery()):
        storage.detail(Kind.TASK, pk)


def write_all(storage):
    pks = storage.ids(TaskQuery())
    storage.edit_many(Kind.TASK, pks, {"priority": 1})


@pytest.mark.parametrize("meet", [read_all, write_all])
def test_a_file_that_is_seen_to_be_damaged_is_not_written_to_any_more(large, path, meet):
    path.write_bytes(large[0])
    with opened(path) as storage:
        make_batch(storage, "kept")
        destroy(path, large[1])
        before = [path.read_bytes(), log_of(path).read_bytes()]

        with pytest.raises(StorageDamagedError) as met:
            meet(storage)
        with pytest.raises(StorageDamagedError) as refused:
            storage.settings.put("key", 1)

        assert "nothing more is written" in met.value.safe
        assert refused.value.safe == "Nothing was changed."
        assert storage.damage.what == met.value.what
    assert [path.read_bytes(), log_of(path).read_bytes()] == before
    with closing(read_storage(str(path))) as storage:
        titles = [each.title for each in storage.fetch(Kind.BATCH, storage.ids(BatchQuery()))]
    assert "kept" in titles


def test_pages_in_use_that_are_listed_as_free_are_found(large, path):
    content = bytearray(large[0])
    content[32:40] = bytes([0, 0, 0, large[1][0], 0, 0, 0, 9])
    path.write_bytes(content)
    with opened(path) as storage:
        assert not storage.quick_check().ok
        assert not storage.check()[0].ok


def test_a_text_that_is_no_text_any_more_is_damage(large, path):
    path.write_bytes(
        large[0].replace(b"words words words", b"words \xff\xfe\xfd\xff\xff words")
    )
    with opened(path) as storage:
        with pytest.raises(StorageDamagedError, match="a text in it cannot be read"):
            read_all(storage)
        assert storage.damage is not None
    with opened(path) as storage:
        assert [each.check for each in health.check(storage) if not each.ok]


def test_a_check_that_finds_damage_ends_the_writing(large, path):
    whole, pages = large
    path.write_bytes(whole)
    with opened(path) as storage:
        assert storage.damage is None
        destroy(path, pages)
        assert not storage.quick_check().ok
        with pytest.raises(StorageDamagedError):
            make_task(storage, "new")


def test_a_reader_that_does_not_end_holds_up_nobody_and_its_log_is_folded_in_later(path):
    with opened(path) as storage:
        make_task(storage, "seen")
        reader = apsw.Connection(str(path))
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM task").fetchone() == (1,)
        for number in range(40):
            make_task(storage, f"task {number}", description=str(number) * 50_000)
        held_bytes = log_of(path).stat().st_size

        assert reader.execute("SELECT count(*) FROM task").fetchone() == (1,)
        assert held_bytes > 2_000_000
        assert len(tasks_of(storage)) == 41
        reader.close()
    assert not log_of(path).exists()
    with opened(path) as storage:
        assert len(tasks_of(storage)) == 41


def test_a_clock_that_is_set_back_changes_no_order(path, monkeypatch):
    now = time.time_ns
    with opened(path) as storage:
        task = make_task(storage, "first")
        edit_task(storage, task.pk, title="second")
        before = storage.tasks.get(task.pk).record
        monkeypatch.setattr(time, "time_ns", lambda: now() - 6 * 365 * 86_400 * 10**9)

        edit_task(storage, task.pk, title="third")
        other = make_task(storage, "made in the past")

        after = storage.tasks.get(task.pk).record
        assert after.updated_at > before.updated_at
        assert after.version == before.version + 1
        assert other.id > task.id
        assert [each.verb for each in storage.history.operations()[:2]] == ["create", "edit"]
        storage.history.undo()
        storage.history.undo()
        assert storage.tasks.get(task.pk).record.title == "second"
        storage.history.redo()
        assert storage.tasks.get(task.pk).record.title == "third"
        assert faults(storage) == []
        assert storage.check()[0].ok
        assert len(storage.fetch(Kind.TASK, [other.pk])) == 0
