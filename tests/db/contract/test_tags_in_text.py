"""A record is found by its tags, whichever way it came by them."""

import pytest

from db.query import LearningQuery, TaskQuery
from db.records import Kind
from tests.db.factories import a_record, a_task, edit, faults, make, named, stage_records

QUERIES = {Kind.TASK: TaskQuery, Kind.LEARNING: LearningQuery}
TAGGED = pytest.mark.parametrize("kind", QUERIES, ids=lambda kind: kind.name)


def stage(storage, *records):
    staging = storage.stage("Import records")
    staging.begin_file(name="a.json", path="", format_name="generic", origin="generic:all")
    staging.add_records(list(records))
    staging.end_file(sha256="", size=0)
    return staging


def staged(storage, kind, *tags):
    """Stage one record of the same name once for each of some tags."""
    if kind is Kind.TASK:
        return stage_records(storage, [a_task("1", tags=(tag,), raw=tag) for tag in tags])
    return stage(storage, *(a_record(kind, "1", tags=(tag,), raw=tag) for tag in tags))


def found(storage, kind, text):
    return storage.count(QUERIES[kind](text=text))


@TAGGED
def test_a_record_is_found_by_its_tags_and_their_parts(storage, kind):
    make(storage, kind, title="one", tags=["flaky-Übung", "needsReview", "测试"])

    assert [
        found(storage, kind, text)
        for text in ("flaky-ubung", "ubung", "review", "测", '"one flaky"', "flak -needsreview")
    ] == [1, 1, 1, 1, 0, 0]


@TAGGED
def test_a_hit_by_a_tag_shows_the_tag(storage, kind):
    make(storage, kind, title="one", tags=["backend", "flaky"])

    (hit,) = storage.hits(QUERIES[kind](text="flaky"), 5)

    assert "".join(text for text, is_match in hit.snippet if is_match) == "flaky"


@TAGGED
def test_tags_that_are_given_and_taken_are_found_and_not_found(storage, kind):
    record = make(storage, kind, title="one", tags=["old"])

    edit(storage, kind, record.pk, tags=["fresh"])
    assert (found(storage, kind, "old"), found(storage, kind, "fresh")) == (0, 1)
    storage.history.undo()
    assert (found(storage, kind, "old"), found(storage, kind, "fresh")) == (1, 0)
    storage.history.undo()
    storage.history.redo()
    assert (found(storage, kind, "old"), found(storage, kind, "fresh")) == (1, 0)
    assert faults(storage) == []


@TAGGED
def test_imported_tags_are_found_new_changed_and_made_again(storage, kind):
    staged(storage, kind, "first", "second").commit()
    assert (found(storage, kind, "first"), found(storage, kind, "second")) == (0, 1)

    staged(storage, kind, "third").commit()
    assert (found(storage, kind, "second"), found(storage, kind, "third")) == (0, 1)
    storage.history.undo()
    storage.history.undo()
    assert found(storage, kind, "second") == 0
    storage.history.redo()
    assert found(storage, kind, "second") == 1
    assert named(storage, kind, "1").tags == ("second",)
    assert faults(storage) == []
