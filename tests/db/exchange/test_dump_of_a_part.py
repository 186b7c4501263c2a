"""Records of one kind alone are dumped with what they cannot be without."""

import pytest

from db.exchange.exporting import ExportOptions, export
from db.query import QUERIES
from db.records import Kind
from tests.db.factories import (
    KIND_TABLES,
    faults,
    import_files,
    make_task,
    named,
    opened,
    picture,
    records_of,
    stage_everything,
)

WITH = {
    Kind.EXECUTION: {Kind.BATCH, Kind.TASK},
    Kind.CONVERSATION: {Kind.MESSAGE},
    Kind.MESSAGE: {Kind.CONVERSATION},
}
REFERENCES = ("batch", "task", "tasks", "upload", "evidence", "byte_offset", "byte_length")


@pytest.mark.parametrize("format_name", ["sheaf", "sheaf-jsonl"])
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind > Kind.TASK])
def test_records_of_any_kind_come_back_from_a_dump_of_them(tmp_path, kind, format_name):
    with opened() as storage, opened() as other:
        stage_everything(storage).commit()
        target = tmp_path / "out.json"

        done = export(storage, format_name, target, query=QUERIES[kind]())
        import_files(other, target)

        assert done.written == done.verified
        came = {each for each in Kind if records_of(other, each)}
        assert came - {Kind.BATCH} == ({kind} | WITH.get(kind, set())) - {Kind.BATCH}
        table = kind.name.lower()
        before, after = (
            sorted(picture(each, KIND_TABLES, without=REFERENCES)[table], key=lambda r: r["id"])
            for each in (storage, other)
        )
        assert before == after
        assert [each for each in faults(other) if each.check != "originals"] == []


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind > Kind.TASK])
def test_a_dump_of_a_part_changes_nothing_where_it_came_from(storage, tmp_path, kind):
    stage_everything(storage).commit()
    before = picture(storage, KIND_TABLES)
    target = tmp_path / "out.json"
    export(storage, "sheaf", target, query=QUERIES[kind]())

    report = import_files(storage, target)

    assert (report.new, report.changed) == ({}, {})
    assert picture(storage, KIND_TABLES) == before


@pytest.mark.parametrize("kind", Kind)
def test_what_would_be_deleted_with_a_record_is_in_a_dump_of_all_that_is_tied_to_it(
    tmp_path, kind
):
    with opened() as storage, opened() as other:
        stage_everything(storage).commit()
        part_of = named(storage, Kind.TASK, "t1")
        make_task(storage, "of another batch", parent=make_task(storage, parent=part_of.id).id)
        first, *_ = records_of(storage, kind)
        going = storage.with_contents(kind, [first.pk])
        target = tmp_path / "out.json"

        export(
            storage,
            "sheaf",
            target,
            pks=[first.pk],
            kind=kind,
            options=ExportOptions(related=True),
        )
        import_files(other, target)

        for each, pks in going.items():
            there = {record.id for record in records_of(other, each)}
            assert {record.id for record in storage.fetch(each, pks)} <= there
