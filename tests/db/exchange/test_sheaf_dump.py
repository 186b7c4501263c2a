"""The dump holds every row of every table, and makes an equal storage of it."""

import json
from itertools import product

import pytest

from db.exchange.exporting import export
from db.exchange.importing import stage_import
from db.jobs import JobOrder
from db.query import TaskQuery
from db.records import Kind, Place, SavedView
from db.vocabulary import LinkKind
from tests.db.exchange.test_taskmaster import TAGGED
from tests.db.factories import (
    ALL_TABLES,
    KIND_TABLES,
    counts_of,
    edit,
    edit_task,
    faults,
    import_files,
    make,
    make_batch,
    make_task,
    opened,
    picture,
    records_of,
    recounted,
    stage_everything,
    task_named,
    tasks_of,
    write_json,
)

FORMATS = ["sheaf", "sheaf-jsonl"]


def fill(storage, folder):
    """Use everything a storage can hold: all of it has to be in the dump."""
    import_files(storage, write_json(folder / "tasks.json", TAGGED))
    import_files(
        storage, write_json(folder / "a.json", '[{"id": 1, "v": 1e400, "t": "\\ud800"}]')
    )
    batch = make_batch(storage, "mine", "described")
    first = make_task(storage, "first", batch=batch.id, tags=["ä", "b"], kind="bug")
    other = make_task(storage, "第二", parent=first.id, links=[(first.id, LinkKind.RELATES)])
    edit_task(storage, first.pk, title="renamed", batch=None, tags=[], links=[])
    edit_task(storage, first.pk, batch=batch.id, links=[(other.id, LinkKind.TRACKS)])
    storage.edit_many(Kind.TASK, TaskQuery(text="task"), {"status": "failed", "priority": 0})
    imported = task_named(storage, "master:1").record
    edit_task(storage, imported.pk, description="edited")
    storage.move(Kind.TASK, [other.pk], Place.ARCHIVED)
    storage.move(Kind.TASK, [imported.pk], Place.TRASHED)
    storage.purge(Kind.TASK, [make_task(storage, "gone").pk], "because")
    edit_task(storage, first.pk, title="taken back")
    storage.history.undo()
    storage.settings.put("thread.visible", 5)
    fill_other_kinds(storage, first)
    return storage


def fill_other_kinds(storage, task):
    stage_everything(storage).commit()
    run = make(storage, Kind.EXECUTION, task=task.id, step="try", description="x" * 100_000)
    edit(storage, Kind.EXECUTION, run.pk, status="failed", completed_at=7, turn=3)
    update = make(storage, Kind.STATUS_UPDATE, description="so far", task=task.id)
    storage.move(Kind.STATUS_UPDATE, [update.pk], Place.ARCHIVED)
    bug = make(storage, Kind.BUG, title="a bug", tasks=[task.id], severity="low")
    edit(storage, Kind.BUG, bug.pk, tasks=[], batch=None, steps="none")
    notes = [make(storage, Kind.DESIGN_NOTE, title=title) for title in ("one", "two")]
    edit(storage, Kind.DESIGN_NOTE, notes[0].pk, superseded_by=notes[1].id, context="why")
    learning = make(storage, Kind.LEARNING, title="mine", confidence=1, tags=["b", "mine"])
    evidence = [message.id for message in records_of(storage, Kind.MESSAGE)]
    edit(storage, Kind.LEARNING, learning.pk, evidence=evidence, review="approved")
    make(storage, Kind.LEARNING, title="taken back", evidence=evidence[:1], tags=["back"])
    storage.history.undo()
    storage.purge(Kind.LEARNING, [make(storage, Kind.LEARNING, title="gone").pk])
    view = SavedView(pk=0, id="", name="Mine", kind=Kind.BUG, query="is:live", is_default=True)
    storage.views.save(view)


def dumped(storage, path, format_name):
    export(storage, format_name, path)
    return path


def wrong_in(storage):
    """Return what a check finds to be damaged; originals that no dump has inside are not."""
    return faults(storage)


def imported_rows(pictured, import_id):
    """Leave out what the import of a dump adds of its own."""
    uploads = {row["id"] for row in pictured["upload"] if row["format"].startswith("sheaf")}
    return {
        table: [
            row
            for row in rows
            if row.get("id") not in {import_id, *uploads} and row.get("operation") != import_id
        ]
        for table, rows in pictured.items()
    }


def without_order(pictured):
    return {table: sorted(json.dumps(row) for row in rows) for table, rows in pictured.items()}


@pytest.mark.parametrize(("first", "second"), [*product(FORMATS, FORMATS)])
def test_a_dump_of_a_dump_is_equal_but_for_the_import_itself(storage, tmp_path, first, second):
    before = picture(fill(storage, tmp_path), ALL_TABLES)
    path = dumped(storage, tmp_path / "dump", first)

    with opened(tmp_path / "other.sheaf") as other:
        report = import_files(other, path)
        import_id = other.history.operations("import", 1)[0].id
        after = imported_rows(picture(other, ALL_TABLES), import_id)
        assert (report.formats, report.without_originals) == ([first], [path.name])
        assert faults(other) == []
        (note,) = [each for each in other.check() if each.check == "originals-of-dumps"]
        assert note.ok
        assert "were not inside the dump" in note.title
        assert note.rows == len(note.examples) > 0
        assert without_order(after) == without_order(before)
        assert counts_of(other) == recounted(other)
        assert wrong_in(other) == []
        assert other.count(TaskQuery(text="第二", places=frozenset(Place))) == 1
        again = dumped(other, tmp_path / "again", second)
        with opened() as third:
            import_files(third, again)
            third_id = third.history.operations("import", 1)[0].id
            end = imported_rows(picture(third, ALL_TABLES), third_id)
    known = {table: [row for row in rows if row.get("id") != import_id
                     and row.get("operation") != import_id]
             for table, rows in end.items()}  # fmt: skip
    assert without_order(known) == without_order(before)


LEFT_OUT = {
    "schema_version": "of the file itself",
    "curtain": "what unfinished imports hide",
    "job": "of the machine",
    "job_line": "of the machine",
}
WITH_ANOTHER = {
    *("tag", "task_body", "execution_body", "message_body", "task_tag", "learning_tag"),
    *("learning_evidence", "bug_task"),
}
"""Tables whose rows are dumped as part of the rows of another."""


def test_every_table_is_in_the_dump_or_known_to_be_left_out(file_storage):
    with file_storage._pool.read() as session:
        tables = {name for (name,) in session.rows("SELECT name FROM sqlite_schema")}
        plain = session.rows(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        )
    assert {*LEFT_OUT, *WITH_ANOTHER} <= tables
    assert {name for (name,) in plain if not name.startswith("sqlite_")} == {
        *ALL_TABLES,
        *LEFT_OUT,
        *WITH_ANOTHER,
    }


@pytest.mark.parametrize("format_name", FORMATS)
def test_jobs_stay_where_they_are(storage, tmp_path, format_name):
    storage.jobs.enqueue([JobOrder(kind="build")])
    path = dumped(fill(storage, tmp_path), tmp_path / "dump", format_name)
    with opened(tmp_path / "other.sheaf") as other:
        import_files(other, path)
        assert other.jobs.find() == ()


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_history_that_came_in_a_dump_can_be_undone(storage, tmp_path, format_name):
    path = dumped(fill(storage, tmp_path), tmp_path / "dump", format_name)
    with opened() as other:
        import_files(other, path)
        edited = task_named(other, "master:1").record
        history = other.history.of_record(Kind.TASK, edited.pk)
        assert "edited" in [entry.after.get("description") for entry in history]
        trash = next(each for each in other.history.operations("trash"))

        other.history.undo(trash.pk)

        assert other.tasks.get(edited.pk).record.place is Place.LIVE
        assert counts_of(other) == recounted(other)
        assert wrong_in(other) == []


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_dump_brought_in_again_changes_nothing(storage, tmp_path, format_name):
    fill(storage, tmp_path)
    before = picture(storage, ALL_TABLES)

    report = import_files(storage, dumped(storage, tmp_path / "dump", format_name))

    assert report.effective == 0
    there = {kind.word: len(records_of(storage, kind)) for kind in Kind}
    assert report.identical == there
    after = picture(storage, ALL_TABLES)
    own = {row["id"] for row in after["operation"]} - {row["id"] for row in before["operation"]}
    after = imported_rows(after, next(iter(own), ""))
    assert without_order(after) == without_order(before)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_newer_dump_updates_what_an_older_one_brought(storage, tmp_path, format_name):
    fill(storage, tmp_path)
    old = dumped(storage, tmp_path / "old", format_name)
    pk = task_named(storage, "master:2").record.pk
    edit_task(storage, pk, title="newer", priority="lowest")
    new = dumped(storage, tmp_path / "new", format_name)

    with opened() as other:
        import_files(other, old)
        report = import_files(other, new)
        assert report.changed == {"task": 1}
        assert task_named(other, "master:2").record.title == "newer"
        assert task_named(other, "master:2").record.priority == 4
        report = import_files(other, old)
        assert (report.older, report.changed) == ({"task": 1}, {})
        assert task_named(other, "master:2").record.title == "newer"
        assert wrong_in(other) == []


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_newer_dump_names_what_was_edited_here_and_nothing_else(
    storage, tmp_path, format_name
):
    mine, theirs = (make_task(storage, title) for title in ("mine", "theirs"))
    edit_task(storage, theirs.pk, title="theirs, edited there")
    old = dumped(storage, tmp_path / "old", format_name)
    with opened() as other:
        import_files(other, old)
        here = other.resolve(mine.id)[1]
        edit_task(other, here, title="edited here")
        for task in (mine, theirs):
            edit_task(storage, task.pk, title="newer")

        report = import_files(other, dumped(storage, tmp_path / "new", format_name))

        assert report.changed == {"task": 2}
        assert report.overwritten == {"task": 1}
        assert report.overwritten_examples == ["edited here"]


def tangle(storage):
    """Make two tasks, one a tagged part of the other, with links between them."""
    whole = make_task(storage, "whole", tags=["keep", "drop"])
    part = make_task(storage, "part", parent=whole.id, links=[(whole.id, LinkKind.BLOCKS)])
    other = make_task(storage, "other", links=[(part.id, LinkKind.TRACKS)])
    return whole, part, other


def lists_of(storage):
    """What each task is tagged with, a part of, and linked to."""
    titles = {row["id"]: row["title"] for row in map(json.loads, storage.rows("task"))}
    links = [json.loads(row) for row in storage.rows("task_link")]
    return {
        row["title"]: (
            row["tags"],
            titles.get(row["parent"]),
            sorted(
                (titles[each["to"]], each["kind"])
                for each in links
                if each["from"] == row["id"]
            ),
        )
        for row in map(json.loads, storage.rows("task"))
    }


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_newer_dump_changes_tags_parents_and_links(storage, tmp_path, format_name):
    whole, part, other = tangle(storage)
    old = dumped(storage, tmp_path / "old", format_name)
    before = lists_of(storage)
    edit_task(storage, whole.pk, tags=["keep", "new"])
    later = make_task(storage, "later")
    edit_task(storage, part.pk, parent=later.id, links=[(later.id, LinkKind.RELATES)])
    edit_task(storage, other.pk, links=[])
    new = dumped(storage, tmp_path / "new", format_name)

    with opened() as storage_of_another:
        import_files(storage_of_another, old)
        report = import_files(storage_of_another, new)

        assert (report.changed, report.new) == ({"task": 3}, {"task": 1})
        assert lists_of(storage_of_another) == lists_of(storage)
        assert lists_of(storage)["part"] == ([], "later", [("later", LinkKind.RELATES)])
        assert wrong_in(storage_of_another) == []
        storage_of_another.history.undo()
        assert lists_of(storage_of_another) == before
        storage_of_another.history.redo()
        assert lists_of(storage_of_another) == lists_of(storage)


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_older_dump_leaves_tags_parents_and_links(storage, tmp_path, format_name):
    whole, part, _ = tangle(storage)
    old = dumped(storage, tmp_path / "old", format_name)
    edit_task(storage, whole.pk, tags=[])
    edit_task(storage, part.pk, parent=None, links=[])
    now = lists_of(storage)

    report = import_files(storage, old)

    assert (report.older, report.effective) == ({"task": 2}, 0)
    assert lists_of(storage) == now


def test_a_dump_of_a_part_leaves_the_links_it_does_not_hold(storage, tmp_path):
    _, part, _ = tangle(storage)
    edit_task(storage, part.pk, tags=["new"])
    path = tmp_path / "part"
    export(storage, "sheaf", path, query=TaskQuery(text="part"))
    now = lists_of(storage)

    report = import_files(storage, path)

    assert report.effective == 0
    assert lists_of(storage) == now


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_dump_can_be_taken_back_and_done_again(storage, tmp_path, format_name):
    path = dumped(fill(storage, tmp_path), tmp_path / "dump", format_name)
    with opened() as other:
        import_files(other, path)
        tables = ("batch", "task", "task_link", "audit_entry")
        operations = other.history.operations()
        before = picture(other, tables)

        other.history.undo()
        assert tasks_of(other) == []
        assert len(other.history.operations()) < len(operations)
        assert other.history.next_undo() is None
        other.history.redo()

        assert without_order(picture(other, tables[:3])) == without_order(
            {table: before[table] for table in tables[:3]}
        )
        assert {each.id for each in other.history.operations()} == {
            each.id for each in operations
        }
        assert counts_of(other) == recounted(other)
        assert wrong_in(other) == []


def test_what_was_made_and_taken_back_can_be_done_again_from_a_dump(storage, tmp_path):
    make_task(storage, "taken back")
    storage.history.undo()
    path = dumped(storage, tmp_path / "dump", "sheaf")

    with opened() as other:
        import_files(other, path)
        other.history.redo(other.history.operations("create")[0].pk)
        assert [task.title for task in tasks_of(other)] == ["taken back"]


@pytest.mark.parametrize("format_name", FORMATS)
def test_nothing_of_a_dump_is_seen_before_commit_or_after_discard(tmp_path, format_name):
    with opened() as storage:
        path = dumped(fill(storage, tmp_path), tmp_path / "dump", format_name)
    nothing = {table: [] for table in ALL_TABLES}
    with opened() as other:
        staging = stage_import(other, [path])
        assert picture(other, ALL_TABLES) == nothing
        assert other.history.operations() == ()
        assert other.history.next_undo() is None
        assert other.uploads() == ()
        staging.discard()
        assert picture(other, ALL_TABLES) == nothing
        assert wrong_in(other) == []


def test_a_part_of_the_records_is_dumped_without_the_history(storage, tmp_path):
    fill(storage, tmp_path)
    path = tmp_path / "part"
    export(storage, "sheaf", path, query=TaskQuery(text="renamed"))

    tables = json.loads(path.read_text())["tables"]

    assert sorted(tables) == ["batch", "task"]
    assert [row["title"] for row in tables["task"]] == ["renamed"]
    assert [row["title"] for row in tables["batch"]] == ["mine"]


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("table", KIND_TABLES)
def test_a_newer_dump_changes_records_of_each_kind_and_an_older_one_leaves_them(
    tmp_path, format_name, table
):
    def seen(storage):
        return without_order(picture(storage, (table,), {"version", "upload"}))

    with opened() as storage:
        stage_everything(storage, moment=1).commit()
        old = dumped(storage, tmp_path / "old", format_name)
        stage_everything(storage, " anew", moment=2).commit()
        new = dumped(storage, tmp_path / "new", format_name)
        wanted = seen(storage)
    with opened() as other:
        import_files(other, old)
        first = seen(other)
        changed = import_files(other, new).changed
        assert seen(other) == wanted
        again = import_files(other, old)
        assert (again.effective, again.older) == (0, changed)
        assert wrong_in(other) == []
        other.history.undo()
        assert seen(other) == first
        other.history.redo()
        assert seen(other) == wanted


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_view_that_is_here_keeps_its_own_query_when_a_dump_has_one_of_its_name(
    storage, tmp_path, format_name
):
    def view(name, query, *, default=False):
        return SavedView(pk=0, id="", name=name, kind=Kind.BUG, query=query, is_default=default)

    storage.views.save(view("Mine", "theirs", default=True))
    storage.views.save(view("Other", "other"))
    make_batch(storage)
    path = dumped(storage, tmp_path / "dump", format_name)
    with opened() as other:
        other.views.save(view("Mine", "mine"))
        other.views.save(view("First", "", default=True))

        import_files(other, path)

        assert {each.name: (each.query, each.is_default) for each in other.views.all()} == {
            "First": ("", True),
            "Mine": ("mine", False),
            "Other": ("other", False),
        }


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_dump_does_not_turn_on_what_the_program_does_by_itself(
    storage, tmp_path, format_name
):
    make_batch(storage)
    for key in ("watched folders", "import/recent", "backups", "health.ignored", "new one"):
        storage.settings.put(key, ["//elsewhere/share"])
    storage.settings.put("thread.visible", 3)
    path = dumped(storage, tmp_path / "dump", format_name)

    with opened() as other:
        import_files(other, path)
        assert other.settings.keys() == ("thread.visible",)
