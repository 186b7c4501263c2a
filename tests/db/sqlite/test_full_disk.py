"""On a disk that is really full: a worded error, nothing half-done, and life after it."""

import os
import subprocess
from contextlib import suppress

import pytest

from db.errors import SheafError, StorageFullError
from db.exchange.importing import stage_import
from db.maintenance import health
from db.records import Kind
from db.storage import open_storage
from tests.db.factories import (
    EVERY_BATCH,
    EVERY_TASK,
    RECORD_TABLES,
    faults,
    import_files,
    make_batch,
    opened,
    picture,
    tasks_of,
    write_lines,
)

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make a small disk"
)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of eight megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)],  # noqa: S607
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("this machine does not let us mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S607


@pytest.fixture
def storage(small_disk):
    with opened(small_disk / "work.sheaf") as storage:
        yield storage


def write_rows(path, number, size):
    noise = os.urandom(size * number // 2).hex()
    rows = [
        {"id": n, "title": f"row {n}", "text": noise[n * size : (n + 1) * size]}
        for n in range(number)
    ]
    return write_lines(path, rows)


def fill_up(storage, path):
    for _ in range(100):
        stage_import(storage, [write_rows(path, 300, 4000)]).commit()


def test_an_import_that_does_not_fit_leaves_nothing(storage, small_disk, tmp_path):
    import_files(storage, write_rows(tmp_path / "small.jsonl", 10, 100))

    for _ in range(2):
        with pytest.raises(StorageFullError) as caught:
            stage_import(storage, [write_rows(tmp_path / "big.jsonl", 4000, 4000)])
        assert all((caught.value.what, caught.value.safe, caught.value.advice))
        assert len(tasks_of(storage)) == 10
        assert len(storage.uploads()) == 1

    assert faults(storage) == []


def test_after_room_was_made_everything_works(storage, small_disk, tmp_path):
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\x00" * 4_800_000)
    with pytest.raises(SheafError):
        fill_up(storage, tmp_path / "big.jsonl")
    known = len(tasks_of(storage))

    ballast.unlink()

    make_batch(storage, "fits")
    report = import_files(storage, write_rows(tmp_path / "other.jsonl", 10, 100))
    assert report.new["task"] == 10
    assert len(tasks_of(storage)) == known + 10
    assert faults(storage) == []


def test_an_original_that_does_not_fit_is_not_kept(storage, small_disk, tmp_path):
    (small_disk / "ballast").write_bytes(b"\x00" * 5_000_000)

    with pytest.raises(SheafError) as caught:
        stage_import(storage, [write_rows(tmp_path / "noise.jsonl", 1000, 2000)])

    assert caught.value.advice
    left = [file for file in storage.originals_folder().rglob("*") if file.is_file()]
    assert left == []
    assert tasks_of(storage) == []


def fill_to_the_brim(folder):
    """Fill the disk of a folder up to its last byte; return what fills it."""
    ballast = folder / "ballast"
    for size in (1 << 16, 1):
        with ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(size))
    return ballast


ACTS = {
    "purge": lambda storage, _folder: storage.purge(Kind.TASK, storage.ids(EVERY_TASK)),
    "edit": lambda storage, _folder: storage.edit_many(
        Kind.TASK, EVERY_TASK, {"status": "failed"}
    ),
    "undo": lambda storage, _folder: storage.history.undo(),
    "copy": lambda storage, folder: storage.copy_to(folder / "copy.sheaf"),
    "mend": lambda storage, _folder: health.mend(storage, storage.check()),
}


@pytest.mark.parametrize("act", ACTS)
def test_on_a_disk_without_a_byte_left_an_act_is_refused_in_words_or_done(
    storage, small_disk, tmp_path, act
):
    import_files(storage, write_rows(tmp_path / "some.jsonl", 200, 1000))
    ballast = fill_to_the_brim(small_disk)
    before = picture(storage, RECORD_TABLES)
    refused = None
    try:
        ACTS[act](storage, small_disk)
    except SheafError as error:
        refused = error
    if refused is not None:
        assert all((refused.what, refused.safe, refused.advice))
        assert picture(storage, RECORD_TABLES) == before
    ballast.unlink()
    (small_disk / "copy.sheaf").unlink(missing_ok=True)

    assert faults(storage) == []
    make_batch(storage, "fits")


def test_a_file_on_a_disk_without_a_byte_left_is_refused_in_words_and_opens_later(small_disk):
    path = small_disk / "work.sheaf"
    with opened(path) as storage:
        make_batch(storage, "old")
    ballast = fill_to_the_brim(small_disk)
    content = path.read_bytes()

    with pytest.raises(StorageFullError) as caught:
        open_storage(str(path))

    assert "work.sheaf" in caught.value.what
    assert path.read_bytes() == content
    ballast.unlink()
    with opened(path) as again:
        assert len(again.ids(EVERY_BATCH)) == 1
        assert faults(again) == []


def test_the_check_tells_that_the_disk_is_nearly_full(storage):
    (room,) = [each for each in health.quick_check(storage) if each.check == "room"]

    assert room.is_told
    assert "MB are left" in room.examples[0]
