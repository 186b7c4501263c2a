"""What is derived is checked against what it is derived from, and made anew."""

import shutil

import apsw
import pytest

from db.exchange.exporting import export
from db.maintenance import health
from db.query import TaskQuery
from db.records import Kind
from tests.db.factories import (
    KIND_TABLES,
    a_message,
    a_task,
    counts_of,
    faults,
    import_files,
    make_batch,
    make_task,
    opened,
    records_of,
    recounted,
    stage_everything,
    stage_records,
    write_json,
)


@pytest.fixture
def filled(path):
    with opened(path) as storage:
        batch = make_batch(storage, "batch")
        for number in range(3):
            make_task(storage, f"task {number}", batch=batch.id)
        stage_everything(storage).commit()
    return path


def change(path, *statements):
    raw = apsw.Connection(str(path))
    for statement in statements:
        raw.execute(statement)
    raw.close()


DAMAGE = {
    "counts": "UPDATE batch SET queued = 7",
    "references": "UPDATE task SET batch_pk = 99 WHERE pk = 1",
    "messages": "UPDATE conversation SET errors = 7 WHERE pk = 2",
    **{
        f"search-{kind.word}": f"DELETE FROM {table}_search WHERE rowid = 1"  # noqa: S608
        for kind, table in zip(Kind, KIND_TABLES, strict=True)
    },
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_is_wrong_is_found_and_named(filled, name):
    change(filled, DAMAGE[name])

    with opened(filled) as storage:
        found = {finding.check: finding for finding in faults(storage)}

    assert name in found
    assert found[name].rows >= 1
    assert found[name].examples


@pytest.mark.parametrize("name", [name for name in DAMAGE if name != "references"])
def test_what_is_derived_is_mended_and_the_second_check_finds_nothing(filled, name):
    change(filled, DAMAGE[name])

    with opened(filled) as storage:
        health.mend(storage, storage.check())

        assert faults(storage) == []
        assert counts_of(storage) == recounted(storage)
        assert storage.count(TaskQuery(text="task")) == 3
        assert [each.errors for each in records_of(storage, Kind.CONVERSATION)] == [0, 1]


def test_a_row_too_many_in_the_index_is_found_and_mended(filled):
    change(filled, "INSERT INTO task_search (rowid, title) VALUES (99, 'ghost')")

    with opened(filled) as storage:
        (finding,) = faults(storage)
        assert (finding.check, finding.rows) == ("search-task", 1)
        health.mend(storage, [finding])
        assert faults(storage) == []


def test_a_tag_that_is_not_in_the_index_is_found_and_mended(filled):
    change(
        filled,
        "INSERT INTO tag (pk, name) VALUES (99, 'some, ghost')",
        "INSERT INTO task_tag VALUES (1, 99)",
    )

    with opened(filled) as storage:
        (finding,) = faults(storage)
        assert (finding.check, finding.examples) == ("search-task", ("1 not found by a tag",))
        health.mend(storage, [finding])
        assert faults(storage) == []
        assert storage.count(TaskQuery(text="ghost")) == 1


def test_messages_that_wait_behind_the_curtain_are_not_counted(storage):
    stage_everything(storage).commit()
    staging = storage.stage("More of it")
    staging.begin_file(name="b.json", path="", format_name="generic", origin="generic:all")
    staging.add_records([a_message("m9", "c1", 9)])

    assert faults(storage) == []
    (talk, *_) = [each for each in records_of(storage, Kind.CONVERSATION) if each.messages > 1]
    assert talk.messages == 3


def test_mending_a_sound_file_changes_nothing(filled):
    with opened(filled) as storage, opened(filled) as other:
        health.mend(storage, storage.check())
        seen = other.others_version()
        health.mend(storage, storage.check())
        assert other.others_version() == seen


def test_an_import_that_waits_is_no_fault(storage):
    staging = stage_records(storage, [a_task("1", batch="file")])
    assert faults(storage) == []

    staging.discard()

    assert faults(storage) == []


def test_an_import_that_never_got_into_the_index_is_no_fault(storage):
    staging = storage.stage("Import records")
    staging.begin_file(name="a.json", path="", format_name="generic", origin="generic:here")
    staging.add_tasks([a_task("1"), a_task("2")])

    assert faults(storage) == []


def test_the_structure_alone_is_checked_quickly(filled):
    with opened(filled) as storage:
        finding = storage.quick_check()

    assert (finding.check, finding.ok, finding.rows) == ("integrity", True, 0)


def test_originals_that_are_gone_are_named(file_storage, tmp_path):
    import_files(file_storage, write_json(tmp_path / "a.json", [{"id": 1, "x": 1}]))
    assert faults(file_storage) == []
    shutil.rmtree(file_storage.originals_folder())

    (finding,) = faults(file_storage)

    assert (finding.check, finding.rows, finding.examples) == ("originals", 1, ("a.json",))


def test_originals_that_a_dump_did_not_bring_are_told_from_those_that_were_lost(
    file_storage, tmp_path
):
    with opened() as source:
        import_files(source, write_json(tmp_path / "a.json", [{"id": 1, "x": 1}]))
        export(source, "sheaf", tmp_path / "dump.json")
    import_files(file_storage, tmp_path / "dump.json")
    import_files(file_storage, write_json(tmp_path / "b.json", [{"id": 2, "x": 1}]))
    assert faults(file_storage) == []
    shutil.rmtree(file_storage.originals_folder())

    found = {finding.check: finding for finding in file_storage.check() if finding.rows}

    assert found["originals"].examples == ("dump.json", "b.json")
    assert found["originals-of-dumps"].examples == ("a.json",)
    assert found["originals-of-dumps"].ok
