"""Names, facets, settings, and what a storage says of itself."""

import pytest

from db.errors import InvalidQueryError, RecordNotFoundError
from db.query import TaskQuery
from db.records import Kind, Place
from tests.db.factories import (
    a_task,
    edit_task,
    make_batch,
    make_task,
    stage_records,
    task_named,
)


def test_a_record_is_found_by_its_id_and_by_the_start_of_it(storage):
    batch = make_batch(storage)

    assert storage.resolve(batch.id) == (Kind.BATCH, batch.pk)
    assert storage.resolve(batch.id[:6]) == (Kind.BATCH, batch.pk)
    with pytest.raises(RecordNotFoundError):
        storage.resolve(batch.id[:5])


def test_a_start_that_several_ids_have_is_refused(storage):
    first, second = make_task(storage), make_batch(storage)
    shared = first.id[:8]
    assert second.id.startswith(shared), "made within a minute of each other"

    with pytest.raises(RecordNotFoundError, match="More than one"):
        storage.resolve(shared)


def test_a_record_is_found_by_its_name_in_the_file_it_came_from(storage):
    stage_records(storage, [a_task("PROJ-7")]).commit()

    assert storage.resolve("PROJ-7") == (Kind.TASK, task_named(storage, "PROJ-7").record.pk)
    with pytest.raises(RecordNotFoundError):
        storage.resolve("PROJ-8")


def test_a_name_that_several_files_use_is_refused(storage):
    stage_records(storage, [a_task("7")], origin="generic:one").commit()
    stage_records(storage, [a_task("7")], origin="generic:two").commit()

    with pytest.raises(RecordNotFoundError, match="More than one"):
        storage.resolve("7")


def test_a_name_is_found_while_imports_with_the_same_name_wait(storage):
    stage_records(storage, [a_task("7")], origin="taskmaster:one").commit()
    for other in ("generic:two", "generic:three"):
        stage_records(storage, [a_task("7")], origin=other)

    assert storage.resolve("7")[0] is Kind.TASK


def test_facets_count_live_tasks_by_tag_kind_and_source(storage):
    stage_records(storage, [a_task("1", tags=("ui", "db")), a_task("2", kind="bug")]).commit()
    made = make_task(storage, kind="bug", tags=["ui"])
    trashed = make_task(storage, kind="idea", tags=["x"])
    storage.move(Kind.TASK, [trashed.pk], Place.TRASHED)

    def facets(field):
        return [(facet.value, facet.count) for facet in storage.facets(TaskQuery(), field)]

    assert facets("tag") == [("ui", 2), ("db", 1)]
    assert facets("kind") == [("bug", 2), ("task", 1)]
    assert facets("source") == [("generic", 2)]
    edit_task(storage, made.pk, tags=[])
    assert facets("tag") == [("db", 1), ("ui", 1)]
    with pytest.raises(InvalidQueryError):
        storage.facets(TaskQuery(), "colour")


@pytest.mark.parametrize("archived", [1, 4])
def test_tags_are_counted_whether_few_or_most_tasks_are_live(storage, archived):
    made = [make_task(storage, tags=["all", f"n{number}"]) for number in range(5)]
    stage_records(storage, [a_task("waiting", tags=("all", "n4"))])
    storage.move(Kind.TASK, [task.pk for task in made[:archived]], Place.ARCHIVED)

    found = [(facet.value, facet.count) for facet in storage.facets(TaskQuery(), "tag")]

    live = range(archived, 5)
    singles = [(f"n{number}", 1) for number in live]
    assert found == sorted([("all", len(live)), *singles], key=lambda each: (-each[1], each[0]))


def test_a_setting_is_kept_until_it_is_put_anew(storage):
    assert storage.settings.get("columns") is None
    for value in ({"a": [1, None, "é"]}, [], "text", 0.5, False):
        storage.settings.put("columns", value)
        assert storage.settings.get("columns") == value
    assert storage.settings.get("other") is None


def test_the_version_by_others_stays_whatever_is_done_here(storage):
    seen = storage.others_version()

    make_task(storage)
    storage.settings.put("key", 1)
    storage.history.undo()

    assert storage.others_version() == seen
