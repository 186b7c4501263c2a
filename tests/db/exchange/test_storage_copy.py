"""A copy of the storage is a whole storage, of one moment, while others go on writing."""

import json
import threading

import pytest

from db.cancel import CancelToken
from db.errors import (
    ExchangeError,
    StorageDamagedError,
    UnwritableFileError,
    WorkCancelledError,
)
from db.exchange.exporting import COPY, ExportOptions, export
from db.query import TaskQuery
from db.records import Kind
from tests.db.factories import (
    ALL_TABLES,
    faults,
    make_batch,
    make_task,
    opened,
    picture,
    stage_everything,
    stage_records,
    tasks_of,
)


def test_a_copy_holds_everything(storage, tmp_path):
    stage_everything(storage).commit()
    make_task(storage, "by hand", batch=make_batch(storage).id)
    target = tmp_path / "copy.sheaf"

    done = export(storage, COPY, target)

    assert done.written == done.verified == json.loads(done.manifest.read_text())["records"]
    assert sorted(path.name for path in tmp_path.glob("copy*")) == [
        "copy.sheaf",
        "copy.sheaf.manifest.json",
    ]
    with opened(target) as copy:
        assert picture(copy, ALL_TABLES) == picture(storage, ALL_TABLES)
        assert [each for each in faults(copy) if each.check != "originals"] == []
        assert copy.history.next_undo() is not None


def test_a_copy_is_readable_by_its_owner_only(file_storage, tmp_path):
    make_task(file_storage)

    export(file_storage, COPY, tmp_path / "copy.sheaf")

    assert (tmp_path / "copy.sheaf").stat().st_mode & 0o077 == 0


def test_others_may_write_while_a_copy_is_made(file_storage, tmp_path):
    for number in range(300):
        make_task(file_storage, f"{number}", description="x" * 20_000)
    stop = threading.Event()

    def write():
        while not stop.is_set():
            make_task(file_storage, "meanwhile")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = export(file_storage, COPY, tmp_path / "copy.sheaf")
    finally:
        stop.set()
        writer.join()

    with opened(tmp_path / "copy.sheaf") as copy:
        assert len(tasks_of(copy)) == done.verified >= 300
        assert not faults(copy)


def test_what_an_unfinished_import_holds_is_out_of_sight_in_the_copy(file_storage, tmp_path):
    make_task(file_storage, "shown")
    staging = stage_records(file_storage, [])

    done = export(file_storage, COPY, tmp_path / "copy.sheaf")

    staging.discard()
    assert done.written == 1
    with opened(tmp_path / "copy.sheaf") as copy:
        assert [task.title for task in tasks_of(copy)] == ["shown"]


def test_only_everything_can_be_copied(storage, tmp_path):
    make_task(storage)

    with pytest.raises(ExchangeError, match="cannot carry tasks alone"):
        export(storage, COPY, tmp_path / "copy.sheaf", query=TaskQuery())
    with pytest.raises(ExchangeError, match="nothing can be redacted"):
        export(storage, COPY, tmp_path / "copy.sheaf", options=ExportOptions(redact=True))

    assert not list(tmp_path.glob("copy*"))


def test_a_copy_that_is_not_whole_does_not_replace_another(path, tmp_path):
    with opened(path) as storage:
        for number in range(50):
            make_task(storage, f"{number}", description="x" * 20_000)
    data = bytearray(path.read_bytes())
    last = len(data) // 8192 - 1
    for page in range(last - 10, last):
        data[page * 8192 : page * 8192 + 64] = bytes(range(64))
    path.write_bytes(data)
    target = tmp_path / "copy.sheaf"
    target.write_text("before")

    with opened(path) as storage, pytest.raises(StorageDamagedError):
        export(storage, COPY, target)

    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.glob("*copy*")] == ["copy.sheaf"]


def test_a_copy_that_cannot_be_written_is_said(storage, tmp_path):
    with pytest.raises(UnwritableFileError):
        export(storage, COPY, tmp_path / "missing" / "copy.sheaf")


def test_a_cancelled_copy_leaves_no_file(file_storage, tmp_path):
    for number in range(20):
        make_task(file_storage, f"{number}", description="x" * 20_000)
    token = CancelToken()

    with pytest.raises(WorkCancelledError):
        export(
            file_storage,
            COPY,
            tmp_path / "copy.sheaf",
            token=token,
            on_progress=lambda _progress: token.cancel(),
        )

    assert not list(tmp_path.glob("*copy*"))


def test_the_copy_of_a_copy_is_the_same(storage, tmp_path):
    stage_everything(storage).commit()
    export(storage, COPY, tmp_path / "one.sheaf")
    with opened(tmp_path / "one.sheaf") as one:
        export(one, COPY, tmp_path / "two.sheaf")

        with opened(tmp_path / "two.sheaf") as two:
            assert picture(two, ALL_TABLES) == picture(one, ALL_TABLES)
            assert two.count(TaskQuery()) == len(two.ids(TaskQuery())) > 0
            assert two.fetch(Kind.TASK, two.ids(TaskQuery()))
