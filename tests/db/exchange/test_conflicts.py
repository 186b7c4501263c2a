"""Records that a person and a file both changed: which side wins, and who decides."""

import json

import pytest

from db.errors import UndecidedError
from db.exchange.choices import Decision, ImportChoices
from db.exchange.importing import stage_import
from db.incoming import Conflicts
from db.records import Kind
from db.times import now_us, to_iso
from tests.db.factories import edit_task, import_files, tasks_of

FUTURE = 10**12
PAST = -(10**12)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "tasks.json"


def write(file, title="first", status="pending", at=None):
    row = {"id": 1, "title": title, "status": status}
    if at is not None:
        row["updatedAt"] = to_iso(now_us() + at)
    file.write_text(json.dumps([row]))
    return file


def only(storage):
    (task,) = tasks_of(storage)
    return task


def edited(storage, file, **fields):
    import_files(storage, file)
    edit_task(storage, only(storage).pk, **fields)


def test_what_only_the_person_changed_stays(storage, file):
    edited(storage, write(file), title="mine")

    report = import_files(storage, write(file, status="done"))

    assert report.changed == {"task": 1}
    assert (only(storage).title, only(storage).status.word) == ("mine", "succeeded")
    assert (report.overwritten, report.kept, report.undecided) == ({}, {}, {})


def test_without_times_nothing_decides(storage, file):
    edited(storage, write(file), title="mine")

    staging = stage_import(storage, [write(file, title="theirs")])
    assert staging.report.undecided == {"task": 1}
    (conflict,) = staging.report.conflicts
    assert conflict.fields == {"title": ("mine", "theirs")}
    with pytest.raises(UndecidedError):
        staging.commit()
    staging.discard()
    assert only(storage).title == "mine"


def test_the_newer_side_wins(storage, file):
    edited(storage, write(file, at=PAST), title="mine")

    report = import_files(storage, write(file, title="theirs", at=FUTURE))
    assert report.overwritten == {"task": 1}
    assert only(storage).title == "theirs"


def test_an_older_file_takes_nothing_from_a_newer_edit(storage, file):
    edited(storage, write(file, at=2 * PAST), title="mine")

    report = import_files(storage, write(file, title="theirs", status="done", at=PAST))
    assert report.kept == {"task": 1}
    assert (only(storage).title, only(storage).status.word) == ("mine", "succeeded")


@pytest.mark.parametrize("policy", [each for each in Conflicts if each is not Conflicts.PAST])
def test_an_older_file_never_wins_over_a_newer_import(storage, file, policy):
    import_files(storage, write(file, title="new", at=0))

    report = import_files(storage, write(file, title="old", at=PAST), conflicts=policy)

    assert report.older == {"task": 1}
    assert only(storage).title == "new"


@pytest.mark.parametrize(
    ("policy", "title"), [(Conflicts.MINE, "mine"), (Conflicts.THEIRS, "theirs")]
)
def test_a_side_can_be_chosen(storage, file, policy, title):
    edited(storage, write(file), title="mine")

    import_files(storage, write(file, title="theirs", status="done"), conflicts=policy)

    assert (only(storage).title, only(storage).status.word) == (title, "succeeded")


def test_both_can_be_kept_and_are_known_again(storage, file):
    edited(storage, write(file), title="mine")
    write(file, title="theirs")

    import_files(storage, file, conflicts=Conflicts.BOTH)
    assert {task.title for task in tasks_of(storage)} == {"mine", "theirs"}

    again = import_files(storage, file, conflicts=Conflicts.BOTH)
    assert again.effective == 0
    storage.history.undo()
    assert only(storage).title == "mine"


def test_stopping_leaves_every_conflict_to_somebody(storage, file):
    edited(storage, write(file, at=PAST), title="mine")

    staging = stage_import(
        storage,
        [write(file, title="theirs", at=FUTURE)],
        ImportChoices(conflicts=Conflicts.STOP),
    )
    with pytest.raises(UndecidedError):
        staging.commit()
    staging.discard()


def test_records_of_every_kind_meet_in_the_same_way(storage, tmp_path):
    path = tmp_path / "bugs.json"

    def bugs(title):
        entry = {"id": "B1", "title": title, "severity": "low", "component": "x"}
        path.write_text(json.dumps({"template": {}, "entries": [entry]}))
        return path

    import_files(storage, bugs("first"))
    pk = storage.resolve("B1")[1]
    (bug,) = storage.fetch(Kind.BUG, [pk])
    storage.edit(Kind.BUG, pk, {"title": "mine"}, seen_version=bug.version)

    staging = stage_import(storage, [bugs("theirs")])
    assert staging.report.undecided == {"bug": 1}
    staging.discard()

    import_files(storage, path, conflicts=Conflicts.THEIRS)
    assert storage.fetch(Kind.BUG, [pk])[0].title == "theirs"


def test_single_records_are_decided_against_the_rule(storage, file):
    rows = [{"id": n, "title": f"first {n}", "status": "pending"} for n in range(4)]
    file.write_text(json.dumps(rows))
    import_files(storage, file)
    pks = {task.external_id: task.pk for task in tasks_of(storage)}
    for pk in pks.values():
        edit_task(storage, pk, title="mine")
    file.write_text(json.dumps([{**row, "title": f"theirs {row['id']}"} for row in rows]))
    decisions = (
        Decision("task", pks["0"], Conflicts.MINE),
        Decision("task", pks["1"], Conflicts.THEIRS),
        Decision("task", pks["2"], Conflicts.BOTH),
    )

    staging = stage_import(storage, [file], ImportChoices(decisions=decisions))
    assert staging.report.undecided == {"task": 1}
    winners = {conflict.pk: conflict.winner for conflict in staging.report.conflicts}
    assert winners == {
        pks["0"]: Conflicts.MINE,
        pks["1"]: Conflicts.THEIRS,
        pks["2"]: Conflicts.BOTH,
        pks["3"]: None,
    }
    staging.discard()
    last = Decision("task", pks["3"], Conflicts.MINE)
    import_files(storage, file, decisions=(*decisions, last))

    titles = sorted(task.title for task in tasks_of(storage))
    assert titles == ["mine", "mine", "mine", "theirs 1", "theirs 2"]


@pytest.mark.parametrize("policy", [Conflicts.NEWER, Conflicts.STOP, Conflicts.THEIRS])
def test_a_file_of_which_both_were_kept_holds_nothing_new(storage, file, policy):
    edited(storage, write(file), title="mine")
    import_files(storage, write(file, title="theirs"), conflicts=Conflicts.BOTH)

    again = import_files(storage, file, conflicts=policy)

    assert (again.identical, again.undecided, again.effective) == (
        {"batch": 1, "task": 1},
        {},
        0,
    )
    assert {task.title for task in tasks_of(storage)} == {"mine", "theirs"}


def test_what_is_kept_is_not_called_changed(storage, file):
    edited(storage, write(file), title="mine")

    report = import_files(storage, write(file, title="theirs"), conflicts=Conflicts.MINE)

    assert (report.kept, report.changed, report.examples) == ({"task": 1}, {}, [])
    assert only(storage).title == "mine"
    again = import_files(storage, file)
    assert (again.kept, again.undecided) == ({}, {})
