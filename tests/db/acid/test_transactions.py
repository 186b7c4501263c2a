"""A write that fails leaves nothing behind, and no row points at one that is not there."""

import apsw
import pytest

from db.errors import InvalidEditError, SheafError
from db.query import QUERIES
from db.records import Kind, Place
from db.vocabulary import LinkKind
from tests.db.factories import (
    ALL_TABLES,
    KIND_TABLES,
    counts_of,
    edit,
    faults,
    make,
    named,
    opened,
    picture,
    records_of,
    recounted,
    stage_everything,
)

TABLE_OF = dict(zip(Kind, KIND_TABLES, strict=True))
MADE = [kind for kind in Kind if kind is not Kind.MESSAGE]


def create(storage, kind):
    task = {"task": records_of(storage, Kind.TASK)[0].id} if kind is Kind.EXECUTION else {}
    make(storage, kind, title="new", **task)


def change(storage, kind):
    edit(storage, kind, records_of(storage, kind)[0].pk, title="changed", description="anew")


def trash(storage, kind):
    storage.move(kind, QUERIES[kind](), Place.TRASHED)


def purge(storage, kind):
    storage.purge(kind, QUERIES[kind]())


def undo(storage, kind):
    storage.history.undo()


def bring(storage, kind):
    stage_everything(storage, " anew", moment=1 << 52).commit()


ACTS = {
    create: "AFTER INSERT ON {table}",
    change: "AFTER UPDATE OF title ON {table}",
    trash: "AFTER UPDATE OF trashed_at ON {table}",
    purge: "AFTER DELETE ON {table}",
    undo: "AFTER DELETE ON {table}",
    bring: "AFTER UPDATE OF title ON {table}",
}


def spoil(path, when):
    """Let the file itself refuse a step in the middle of a write."""
    raw = apsw.Connection(str(path))
    raw.execute(f"CREATE TRIGGER spoiled {when} BEGIN SELECT raise(ABORT, 'spoiled'); END")
    raw.close()


def damaged(storage):
    """Return what a check finds, but for the trigger that spoils the acts."""
    return {finding.check for finding in faults(storage)} - {"schema"}


def mend(path):
    raw = apsw.Connection(str(path))
    raw.execute("DROP TRIGGER spoiled")
    raw.close()


@pytest.mark.parametrize("kind", MADE, ids=lambda kind: kind.word)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_an_act_that_fails_in_the_middle_leaves_all_as_it_was(path, act, kind):
    if (act, kind) == (bring, Kind.BATCH):
        pytest.skip("an import does not rename a batch")
    with opened(path) as storage:
        stage_everything(storage).commit()
    spoil(path, ACTS[act].format(table=TABLE_OF[kind]))

    with opened(path) as storage:
        before = picture(storage, KIND_TABLES)
        with pytest.raises((SheafError, apsw.Error)):
            act(storage, kind)
        assert picture(storage, KIND_TABLES) == before
        assert counts_of(storage) == recounted(storage)
        assert damaged(storage) == set()

    mend(path)
    with opened(path) as storage:
        storage.recover()
        assert picture(storage, KIND_TABLES) == before
        act(storage, kind)
        assert picture(storage, KIND_TABLES) != before
        assert damaged(storage) == set()


@pytest.mark.parametrize("table", ["audit_entry", "operation"])
@pytest.mark.parametrize("kind", MADE, ids=lambda kind: kind.word)
def test_a_change_that_cannot_be_noted_is_not_made(path, kind, table):
    with opened(path) as storage:
        stage_everything(storage).commit()
    spoil(path, f"AFTER INSERT ON {table}")

    with opened(path) as storage:
        before = picture(storage, ALL_TABLES)
        for act in (create, change, trash):
            with pytest.raises((SheafError, apsw.Error)):
                act(storage, kind)
            assert picture(storage, ALL_TABLES) == before
        assert damaged(storage) == set()


def test_a_purge_that_can_leave_no_tombstone_deletes_nothing(path):
    with opened(path) as storage:
        stage_everything(storage).commit()
    spoil(path, "AFTER INSERT ON tombstone")

    with opened(path) as storage:
        before = picture(storage, ALL_TABLES)
        with pytest.raises((SheafError, apsw.Error)):
            purge(storage, Kind.CONVERSATION)
        assert picture(storage, ALL_TABLES) == before
        assert damaged(storage) == set()


def references():
    """Return the columns of each table that refer to records."""
    with opened() as storage, storage._pool.read() as session:
        tables = [*KIND_TABLES, "task_link", "bug_task", "learning_tag", "learning_evidence"]
        return [
            (table, column)
            for table in tables
            for _, _, _, column, *_ in session.rows(f"PRAGMA foreign_key_list({table})")
        ]


def point_elsewhere(storage, table, column):
    with storage._pool.write() as session:
        assert session.run(f"UPDATE {table} SET {column} = 9999") > 0  # noqa: S608


@pytest.mark.parametrize(("table", "column"), references())
def test_no_row_can_be_made_to_point_at_what_is_not_there(storage, table, column):
    stage_everything(storage).commit()
    links = [(named(storage, Kind.TASK, "t2").id, LinkKind.BLOCKS)]
    edit(storage, Kind.TASK, named(storage, Kind.TASK, "t1").pk, links=links)
    before = picture(storage, KIND_TABLES)

    with pytest.raises((SheafError, apsw.ConstraintError)):
        point_elsewhere(storage, table, column)

    assert picture(storage, KIND_TABLES) == before


def test_foreign_keys_are_on_for_those_who_read_and_those_who_write(storage):
    with storage._pool.read() as session:
        assert session.value("PRAGMA foreign_keys") == 1
    with storage._pool.write() as session:
        assert session.value("PRAGMA foreign_keys") == 1


def test_a_change_of_several_fields_of_which_one_is_wrong_changes_none(storage):
    stage_everything(storage).commit()
    before = picture(storage, ALL_TABLES)
    run = named(storage, Kind.EXECUTION, "r1")

    with pytest.raises(InvalidEditError):
        edit(storage, Kind.EXECUTION, run.pk, title="again", turn="no number")

    assert picture(storage, ALL_TABLES) == before


def test_two_runs_of_a_task_cannot_be_the_same_turn_step_and_attempt(storage):
    stage_everything(storage).commit()
    before = picture(storage, ALL_TABLES)
    run = named(storage, Kind.EXECUTION, "r1")
    task = named(storage, Kind.TASK, "t1")

    with pytest.raises(InvalidEditError):
        edit(storage, Kind.EXECUTION, run.pk, title="again", turn=2)
    with pytest.raises(InvalidEditError):
        make(storage, Kind.EXECUTION, task=task.id, turn=1, step="plan")

    assert picture(storage, ALL_TABLES) == before
    edit(storage, Kind.EXECUTION, run.pk, turn=2, attempt=2)
    make(storage, Kind.EXECUTION, task=task.id, turn=2, step="other")
    assert damaged(storage) == set()
