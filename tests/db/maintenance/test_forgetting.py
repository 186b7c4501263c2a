"""What is forgotten is in no table, index, original, backup or byte of the file any more."""

import gzip
import json
import subprocess
import sys

import pytest

from db import originals
from db.cancel import CancelToken
from db.errors import StorageFullError, StorageRejectedError, WorkCancelledError
from db.ids import new_id
from db.jobs import JobOrder
from db.maintenance import vacuuming
from db.maintenance.backups import Backups
from db.maintenance.certificate import as_text, document
from db.maintenance.forgetting import Forgetting, Wish, wanted_batch, wanted_records
from db.query import TaskQuery
from db.records import Kind, Place, SavedView
from db.traces import Needles, Wanted
from tests.db.factories import (
    edit_task,
    faults,
    import_files,
    make,
    make_batch,
    make_task,
    opened,
    records_of,
    tasks_of,
    write_lines,
)

NAME = "Zanzibar Qüxley"
WORD = "qwertzuiop"


def bytes_of(path):
    """Return all bytes of a storage's file and log, read by a process of its own."""
    script = (
        "import sys, pathlib\n"
        "for name in sys.argv[1:]:\n"
        "    path = pathlib.Path(name)\n"
        "    sys.stdout.buffer.write(path.read_bytes() if path.exists() else b'')\n"
    )
    names = [str(path), f"{path}-wal"]
    return subprocess.run(
        [sys.executable, "-c", script, *names], capture_output=True, check=True
    ).stdout


def unpacked(folder):
    return b"".join(gzip.decompress(each.read_bytes()) for each in folder.glob("*/*.gz"))


def hide_everywhere(storage, tmp_path, text):
    """Put a text wherever a storage keeps any; return what stays when it is forgotten."""
    stays = make_task(storage, "stays")
    make_task(storage, f"about {text.lower()}")
    make_task(storage, "long", description="x" * 20_000 + text + "y" * 20_000)
    make_task(storage, "tagged", tags=(text,))
    make(storage, Kind.BUG, title="a bug", steps=f"call {text.upper()}")
    changed = make_task(storage, f"once by {text}")
    edit_task(storage, changed.pk, title="renamed since")
    gone = make_task(storage, f"deleted long ago: {text}")
    storage.purge(Kind.TASK, [gone.pk], f"asked by {text}")
    rows = [{"id": "1", "title": "first"}, {"id": "2", "title": f"second, {text}"}]
    import_files(storage, write_lines(tmp_path / "rows.jsonl", rows))
    undone = write_lines(tmp_path / "undone.jsonl", [{"id": "9", "title": f"was {text}"}])
    import_files(storage, undone)
    storage.history.undo()
    view = SavedView(pk=0, id=new_id(), name="a view", kind=Kind.TASK, query=text)
    storage.views.save(view)
    storage.settings.put("followed", [f"/home/{text}", "/home/other"])
    storage.settings.put("noted", {"a": "b"})
    storage.jobs.enqueue([JobOrder(kind="call", payload={"who": text}), JobOrder(kind="stay")])
    return stays


@pytest.mark.parametrize("text", [NAME, WORD, 'a "quoted\\ path/to'])
def test_a_text_is_found_wherever_it_stands_and_no_byte_of_it_is_left(
    file_storage, path, tmp_path, text
):
    hide_everywhere(file_storage, tmp_path, text)
    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(Wanted(text=text))

    assert survey.found.chosen == {Kind.TASK: 4, Kind.BUG: 1}
    assert survey.found.others["history entries of records that stay"] == 1
    assert survey.found.others["saved views"] == 1
    assert survey.found.others["settings"] == 1
    assert survey.found.others["jobs"] == 1
    assert {each.name for each in survey.found.originals} == {"rows.jsonl", "undone.jsonl"}
    assert survey.file.found > 0

    certificate = forgetting.forget(survey, Wish())

    assert certificate.is_clean
    needles = Needles([text])
    assert needles.count(bytes_of(path)) == 0
    assert needles.count(unpacked(file_storage.originals_folder())) == 0
    left = {each.title for each in tasks_of(file_storage)}
    assert left == {"stays", "first", "renamed since"}
    assert file_storage.views.all() == ()
    assert file_storage.settings.get("followed") == ["/home/other"]
    assert file_storage.settings.get("noted") == {"a": "b"}
    assert [job.kind for job in file_storage.jobs.find()] == ["stay"]
    assert faults(file_storage) == []
    assert any(trace.name == "task" for trace in certificate.tables)


def test_a_record_stays_of_which_only_the_history_holds_it(file_storage, path):
    task = make_task(file_storage, f"once by {WORD}")
    edit_task(file_storage, task.pk, title="normal again")
    edit_task(file_storage, task.pk, title="and again")
    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(Wanted(text=WORD))
    assert survey.found.records == {}
    assert survey.found.others["history entries of records that stay"] == 1
    assert "history entries" not in survey.found.others

    assert forgetting.forget(survey, Wish()).is_clean

    assert [each.title for each in tasks_of(file_storage)] == ["and again"]
    assert Needles([WORD]).count(bytes_of(path)) == 0
    file_storage.history.undo()
    assert [each.title for each in tasks_of(file_storage)] == ["normal again"]
    assert faults(file_storage) == []


def test_the_index_holds_no_word_of_it_any_more(file_storage):
    make_task(file_storage, f"by {WORD}")
    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(Wanted(text=WORD))
    found = file_storage.upkeep.search(Needles([WORD]))
    assert {each.name for each in found if each.found} >= {"task", "task_search"}
    certificate = forgetting.forget(survey, Wish())
    assert [each.found for each in certificate.tables if each.name == "task_search"] == [0]


def test_a_survey_changes_nothing(file_storage, tmp_path):
    hide_everywhere(file_storage, tmp_path, NAME)
    before = file_storage.mark()
    survey = Forgetting(file_storage).survey(Wanted(text=NAME))
    assert not survey.is_empty
    assert file_storage.mark() == before


def test_what_stands_nowhere_is_said_to(file_storage):
    make_task(file_storage)
    assert Forgetting(file_storage).survey(Wanted(text=NAME)).is_empty


@pytest.mark.parametrize("text", ["", "  ", "ab"])
def test_a_text_that_is_found_everywhere_is_refused(file_storage, text):
    with pytest.raises(StorageRejectedError):
        Forgetting(file_storage).survey(Wanted(text=text or " "))


def test_a_batch_goes_with_all_that_belongs_to_it(file_storage, path):
    batch = make_batch(file_storage, "the project of somebody", "described at some length")
    inside = make_task(file_storage, "one of its tasks, by name", batch=batch.id)
    make(file_storage, Kind.EXECUTION, task=inside.id, title="a run of that task")
    make(file_storage, Kind.STATUS_UPDATE, batch=batch.id, description="news of the project")
    stays = make_task(file_storage, "stays as it is")

    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(wanted_batch(file_storage, batch.id))
    assert survey.found.chosen == {Kind.BATCH: 1}
    assert survey.found.number == 4
    certificate = forgetting.forget(survey, Wish())

    assert certificate.is_clean
    assert [task.pk for task in tasks_of(file_storage)] == [stays.pk]
    left = bytes_of(path)
    for text in (b"the project of", b"described at", b"one of its", b"a run of", b"news of"):
        assert text not in left
    assert any("ids of the 4 records" in each for each in certificate.remains)


def test_a_record_that_is_no_batch_is_not_taken_for_one(file_storage):
    task = make_task(file_storage)
    with pytest.raises(StorageRejectedError, match="not a batch"):
        wanted_batch(file_storage, task.id)


def test_records_go_by_their_ids_and_reports_name_them_no_more(file_storage, path, tmp_path):
    rows = [{"id": str(n), "title": f"the row with number {n}{n}{n}"} for n in range(3)]
    import_files(file_storage, write_lines(tmp_path / "rows.jsonl", rows))
    task = next(each for each in tasks_of(file_storage) if each.external_id == "1")
    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(wanted_records(file_storage, [task.id]))

    (original,) = survey.found.originals
    assert (original.name, original.staying > 1) == ("rows.jsonl", True)
    forgetting.forget(survey, Wish())
    assert len(tasks_of(file_storage)) == 2
    assert b"number 111" not in bytes_of(path) + unpacked(file_storage.originals_folder())


def test_an_original_that_others_came_from_stays_where_that_is_wanted(file_storage, tmp_path):
    rows = [{"id": "1", "title": "stays"}, {"id": "2", "title": f"by {WORD}"}]
    import_files(file_storage, write_lines(tmp_path / "rows.jsonl", rows))
    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(Wanted(text=WORD))
    (shared,) = survey.shared

    certificate = forgetting.forget(survey, Wish(keep_shared=True))

    assert originals.is_kept(file_storage.originals_folder(), shared.sha256)
    assert not certificate.is_clean
    assert certificate.originals.found == 1
    assert any(shared.sha256 in each for each in certificate.remains)


def test_what_a_file_grew_by_goes_with_the_file_it_grew_from(file_storage, tmp_path):
    source = tmp_path / "rows.jsonl"
    rows = [{"id": "1", "title": f"by {WORD}"}]
    import_files(file_storage, write_lines(source, rows))
    import_files(file_storage, write_lines(source, [*rows, {"id": "2", "title": "later"}]))
    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(Wanted(text=WORD))
    assert len(survey.found.originals) == 2
    assert forgetting.forget(survey, Wish()).is_clean
    assert unpacked(file_storage.originals_folder()) == b""
    assert {task.title for task in tasks_of(file_storage)} == {"later"}


@pytest.mark.parametrize("is_packed", [False, True])
def test_each_backup_says_whether_it_holds_it_and_goes_where_that_is_wanted(
    file_storage, tmp_path, is_packed
):
    backups = Backups(file_storage)
    clean = backups.make()
    make_task(file_storage, f"by {WORD}")
    path = write_lines(tmp_path / "rows.jsonl", [{"id": "1", "title": f"{WORD} again"}])
    import_files(file_storage, path)
    holding = backups.make()
    if is_packed:
        for each in backups.all():
            backups.folder.pack(each, CancelToken())

    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(Wanted(text=WORD))
    assert {each.name: each.holds for each in survey.backups} == {
        clean.name: False,
        holding.name: True,
    }
    kept = forgetting.forget(survey, Wish())
    assert any(holding.name in each for each in kept.remains)

    survey = forgetting.survey(Wanted(text=WORD))
    assert (survey.found.number, survey.is_empty) == (0, False)
    certificate = forgetting.forget(survey, Wish(remove_backups=True))
    assert certificate.removed.backups == (holding.name,)
    assert [each.name for each in backups.all()] == [clean.name]
    assert WORD.encode() not in unpacked(backups.folder.path / "originals")
    assert Backups(file_storage).prove(backups.find(clean.name)).manifest.trouble == ""


def test_backups_are_searched_by_the_ids_of_a_batch(file_storage):
    batch = make_batch(file_storage, "a project")
    backups = Backups(file_storage)
    holding = backups.make()
    survey = Forgetting(file_storage).survey(wanted_batch(file_storage, batch.id))
    assert [(each.name, each.holds) for each in survey.backups] == [(holding.name, True)]


def test_a_backup_that_cannot_be_read_counts_as_one_that_holds_it(file_storage):
    make_task(file_storage, f"by {WORD}")
    made = Backups(file_storage).make()
    made.path.chmod(0o600)
    made.path.write_bytes(b"no database" * 1000)
    (trace,) = Forgetting(file_storage).survey(Wanted(text=WORD)).backups
    assert trace.holds
    assert trace.trouble


def test_the_certificate_says_all_and_the_operation_keeps_it_without_the_words(
    file_storage, tmp_path
):
    make_task(file_storage, f"by {WORD}")
    log = write_lines(tmp_path / "sheaf.log", [WORD])
    forgetting = Forgetting(file_storage, [log, tmp_path / "not there"])
    certificate = forgetting.forget(forgetting.survey(Wanted(text=WORD)), Wish())

    told = document(certificate)
    assert told["sought"]["words"] == WORD
    assert [each["found"] for each in told["files"]] == [1]
    text = as_text(told)
    assert "CERTIFICATE" in text
    assert "task: 1" in text
    assert "Nothing of it is in the workspace any more." in text
    operation = file_storage.history.operations()[0]
    assert (operation.verb, operation.undoable) == ("purge", False)
    kept = json.loads(operation.report)
    assert kept["sought"] == {**told["sought"], "words": None}
    assert WORD not in operation.report
    assert WORD not in operation.title


def test_it_can_not_be_taken_back(file_storage):
    task = make_task(file_storage, f"by {WORD}")
    edit_task(file_storage, task.pk, title=f"other by {WORD}")
    forgetting = Forgetting(file_storage)
    forgetting.forget(forgetting.survey(Wanted(text=WORD)), Wish())
    assert file_storage.history.next_undo() is None
    assert tasks_of(file_storage) == []


def test_other_records_than_were_shown_are_not_removed(file_storage):
    make_task(file_storage, f"by {WORD}")
    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(Wanted(text=WORD))
    make_task(file_storage, f"later, by {WORD}")
    with pytest.raises(StorageRejectedError, match="2 records now, not 1"):
        forgetting.forget(survey, Wish())
    assert len(tasks_of(file_storage)) == 2


def test_nothing_is_forgotten_while_an_import_waits(file_storage):
    make_task(file_storage, f"by {WORD}")
    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(Wanted(text=WORD))
    staging = file_storage.stage("Import")
    with pytest.raises(StorageRejectedError, match="import"):
        forgetting.forget(survey, Wish())
    staging.discard()
    assert forgetting.forget(survey, Wish()).is_clean


def test_it_is_refused_before_anything_goes_where_the_disk_has_no_room(
    file_storage, monkeypatch
):
    make_task(file_storage, f"by {WORD}")
    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(Wanted(text=WORD))
    monkeypatch.setattr(vacuuming, "COPIES", 1 << 40)
    with pytest.raises(StorageFullError):
        forgetting.forget(survey, Wish())
    assert len(tasks_of(file_storage)) == 1


def test_it_can_be_stopped_before_anything_goes(file_storage):
    make_task(file_storage, f"by {WORD}")
    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(Wanted(text=WORD))
    token = CancelToken()
    token.cancel()
    with pytest.raises(WorkCancelledError):
        forgetting.forget(survey, Wish(), token)
    with pytest.raises(WorkCancelledError):
        forgetting.survey(Wanted(text=WORD), token)
    assert len(tasks_of(file_storage)) == 1


def test_what_is_in_the_trash_or_archived_goes_too(file_storage):
    for place in (Place.TRASHED, Place.ARCHIVED):
        task = make_task(file_storage, f"by {WORD}")
        file_storage.move(Kind.TASK, [task.pk], place)
    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(Wanted(text=WORD))
    assert survey.found.number == 2
    forgetting.forget(survey, Wish())
    assert records_of(file_storage, Kind.TASK) == []


def test_a_forgetting_that_was_cut_short_is_ended_by_another(file_storage, path):
    make_task(file_storage, f"by {WORD}")
    forgetting = Forgetting(file_storage)
    found = forgetting.survey(Wanted(text=WORD)).found
    file_storage.upkeep.erase(Wanted(text=WORD), found.number, [])

    survey = forgetting.survey(Wanted(text=WORD))
    assert (survey.found.number, survey.is_empty) == (0, False)
    assert forgetting.forget(survey, Wish()).is_clean
    assert Needles([WORD]).count(bytes_of(path)) == 0
    assert forgetting.survey(Wanted(text=WORD)).is_empty


def test_a_backup_made_meanwhile_is_searched_as_well(file_storage):
    make_task(file_storage, f"by {WORD}")
    forgetting = Forgetting(file_storage)
    survey = forgetting.survey(Wanted(text=WORD))
    made = Backups(file_storage).make()
    certificate = forgetting.forget(survey, Wish())
    assert [(each.name, each.holds) for each in certificate.backups] == [(made.name, True)]
    assert any(made.name in each for each in certificate.remains)


def test_a_workspace_in_memory_forgets_as_well():
    with opened() as storage:
        make_task(storage, f"by {WORD}")
        forgetting = Forgetting(storage)
        certificate = forgetting.forget(forgetting.survey(Wanted(text=WORD)), Wish())
        assert certificate.is_clean
        assert storage.count(TaskQuery()) == 0


def test_another_window_sees_what_is_left_and_goes_on(file_storage, path):
    make_task(file_storage, f"by {WORD}")
    make_task(file_storage, "stays")
    with opened(path) as other:
        forgetting = Forgetting(file_storage)
        certificate = forgetting.forget(forgetting.survey(Wanted(text=WORD)), Wish())
        assert certificate.is_clean
        assert [task.title for task in tasks_of(other)] == ["stays"]
        make_task(other, "made there")
    assert {task.title for task in tasks_of(file_storage)} == {"stays", "made there"}
