"""Tables hold every field of every record, and nothing that a spreadsheet would run."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.exchange.exporting import CsvStyle, ExportOptions, export
from db.query import QUERIES, BatchQuery, TaskQuery
from db.records import Kind
from db.times import to_iso
from tests.db.factories import (
    make,
    make_batch,
    make_task,
    opened,
    records_of,
    stage_everything,
    tasks_of,
)


def exported(storage, *, mark=False, formulas=False, **options):
    """Return the text of a table."""
    out = io.BytesIO()
    style = ExportOptions(csv=CsvStyle(mark=mark, formulas=formulas))
    export(storage, "csv", out, options=style, **options)
    return out.getvalue().decode()


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_a_task_has_its_fields_in_words(storage):
    batch = make_batch(storage, "Release, “one”")
    parent = make_task(storage, "parent", batch=batch.id)
    task = make_task(
        storage,
        'say "no", twice',
        batch=batch.id,
        parent=parent.id,
        status="in progress",
        priority="high",
        tags=["a", "b"],
        description="one\ntwo\r\n, é 中",
    )

    text = exported(storage, query=TaskQuery(text="twice"))

    [row] = rows_of(text)
    assert text.count("\r\n") == 3
    assert {name: row[name] for name in ("record", "id", "title", "status", "priority")} == {
        "record": "task",
        "id": task.id,
        "title": 'say "no", twice',
        "status": "running",
        "priority": "high",
    }
    assert (row["batch"], row["batch_title"], row["parent"]) == (
        batch.id,
        batch.title,
        parent.id,
    )
    assert (row["tags"], row["description"]) == ("a, b", "one\ntwo\r\n, é 中")
    assert row["created_at"] == to_iso(task.created_at)


def test_batches_bring_their_tasks_and_tasks_no_batches(storage):
    batch = make_batch(storage, "b")
    make_task(storage, "t", batch=batch.id)
    make_task(storage, "loose")

    batches = rows_of(exported(storage, query=BatchQuery()))
    tasks = rows_of(exported(storage, query=TaskQuery()))

    assert [(row["record"], row["title"]) for row in batches] == [("batch", "b"), ("task", "t")]
    assert batches[0]["queued"] == "1"
    assert {row["record"] for row in tasks} == {"task"}
    assert len(tasks) == 2


def test_of_a_batch_it_says_how_many_tasks_are_in_review(storage):
    batch = make_batch(storage, "b")
    for number in range(5):
        make_task(storage, f"t{number}", batch=batch.id, status="review")

    first, *_tasks = rows_of(exported(storage, query=BatchQuery()))

    assert (first["record"], first["review"]) == ("batch", "5")


def test_everything_is_in_one_table(storage):
    stage_everything(storage).commit()

    rows = rows_of(exported(storage))

    for kind in Kind:
        mine = {row["id"] for row in rows if row["record"] == kind.word}
        assert mine == {record.id for record in records_of(storage, kind)}


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind > Kind.TASK])
def test_every_other_kind_can_be_a_table_alone(storage, kind):
    stage_everything(storage).commit()

    rows = rows_of(exported(storage, query=QUERIES[kind]()))

    assert [row["id"] for row in rows] == [
        record.id for record in storage.fetch(kind, storage.ids(QUERIES[kind]()))
    ]
    assert all(row["title"] for row in rows)


def test_a_message_has_what_was_said(storage):
    stage_everything(storage).commit()

    rows = rows_of(exported(storage, query=QUERIES[Kind.MESSAGE]()))

    assert {"m1", '{"ö": 1}', "boom"} <= {row["text"] for row in rows}
    assert {row["role"] for row in rows} == {"user", "assistant", "tool"}


@pytest.mark.parametrize(
    "formula",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\uff1d1+1", "=HYPERLINK(\"http://x\",\"y\")", "-x"],
)  # fmt: skip
def test_a_cell_that_would_be_run_is_not(storage, formula):
    make_task(storage, formula, description=f"\t{formula}")

    [guarded] = rows_of(exported(storage))
    [kept] = rows_of(exported(storage, formulas=True))

    assert (guarded["title"], guarded["description"]) == (f"'{formula}", f"'\t{formula}")
    assert (kept["title"], kept["description"]) == (formula, f"\t{formula}")


@pytest.mark.parametrize("harmless", ["-12", "+3.5", "a=b", "1-2", "'x"])
def test_numbers_and_the_like_stay_as_they_are(storage, harmless):
    make_task(storage, harmless)

    assert rows_of(exported(storage))[0]["title"] == harmless


def test_the_byte_order_mark_can_be_left_out(storage):
    make_task(storage)

    assert exported(storage, mark=True) == "\ufeff" + exported(storage)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_comes_back_from_a_table(title, description):
    with opened() as storage:
        task = make_task(storage, f"t {title}", description=description)
        kept = storage.tasks.get(task.pk)

        [row] = rows_of(exported(storage, formulas=True))

        assert (row["title"], row["description"]) == (kept.record.title, kept.description)
        assert len(tasks_of(storage)) == 1


def test_a_status_update_shows_where_it_belongs(storage):
    batch = make_batch(storage, "home")
    make(storage, Kind.STATUS_UPDATE, description="done", actor="me", batch=batch.id)

    [row] = rows_of(exported(storage, query=QUERIES[Kind.STATUS_UPDATE]()))

    assert (row["batch"], row["batch_title"], row["actor"]) == (batch.id, "home", "me")
