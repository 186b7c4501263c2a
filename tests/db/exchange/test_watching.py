"""A folder that is followed: what is new or grows in it is imported, once."""

import json
import os
import subprocess
import sys

import pytest

from db.cancel import CancelToken
from db.errors import (
    MalformedFileError,
    TakenBackError,
    UnreadableFileError,
    WorkCancelledError,
)
from db.exchange.choices import ImportChoices
from db.exchange.watching import (
    LONGEST_PAUSE_S,
    SHORTEST_PAUSE_S,
    Imported,
    Trouble,
    WatchedFolder,
    Watcher,
    keep_watched_folders,
    pause_after,
    watched_folders,
)
from db.incoming import BadRecords, Conflicts
from db.job_run import runs_of
from db.jobs import JobState
from db.maintenance.backups import Backups
from db.maintenance.folder import BackupError
from db.maintenance.manifest import BackupKind
from db.storage import open_storage
from tests.db.exchange import test_claude_code
from tests.db.factories import (
    ALL_TABLES,
    edit_task,
    import_files,
    make_task,
    opened,
    picture,
    tasks_of,
    write_json,
    write_lines,
)

LONG_AGO = 1_600_000_000


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "sessions"
    (folder / "project").mkdir(parents=True)
    return folder


@pytest.fixture
def watcher(storage, folder):
    return following(storage, folder)


def following(storage, path, **options):
    """Follow a folder whose files are taken for written at once."""
    return Watcher(storage, path, ImportChoices(**options), settle_s=0)


def put(path, *names, rest=""):
    return write_json(path, json.dumps([{"id": each, "title": each} for each in names]) + rest)


def names(storage):
    return sorted(task.external_id for task in tasks_of(storage))


def operations(storage):
    return storage.history.operations("import")


def test_new_files_are_imported_together_and_can_be_undone(storage, folder, watcher):
    put(folder / "a.json", "a")
    put(folder / "project" / "b.json", "b")

    (news,) = watcher.look()

    assert isinstance(news, Imported)
    assert news.report.files == ["a.json", "project/b.json"]
    assert names(storage) == ["a", "b"]
    storage.history.undo(news.outcome.operation.pk)
    assert names(storage) == []
    assert watcher.look() == [], "what was taken back stays away"


def test_there_is_a_backup_of_the_day_before_anything_is_taken_in(file_storage, folder):
    make_task(file_storage, "made here")
    watcher = following(file_storage, folder)
    for name in "ab":
        put(folder / f"{name}.json", name)
        watcher.look()

    (made,) = Backups(file_storage).all()
    assert made.manifest.kind is BackupKind.IMPORT
    with Backups(file_storage).opened(made) as before:
        assert [each.title for each in tasks_of(before)] == ["made here"]


def test_where_no_backup_can_be_made_nothing_is_taken_in_and_it_is_told_once(
    file_storage, folder, tmp_path
):
    make_task(file_storage, "made here")
    file_storage.backups_folder().write_text("in the way")
    put(folder / "a.json", "a")
    watcher = following(file_storage, folder)

    (trouble,) = watcher.look()

    assert isinstance(trouble.error, BackupError)
    assert watcher.look() == []
    file_storage.backups_folder().unlink()
    (news,) = watcher.look()
    assert news.report.files == ["a.json"]


@pytest.mark.parametrize("is_first", [True, False], ids=["the first", "the last"])
def test_what_was_taken_back_stays_away_also_when_its_file_grows(
    storage, folder, watcher, is_first
):
    put(folder / "a.json", "a")
    imports = [news.outcome.operation for news in watcher.look()]
    put(folder / "a.json", "a", "b")
    imports += [news.outcome.operation for news in watcher.look()]
    undone = imports[0 if is_first else 1]
    storage.history.undo(undone.pk)
    left = names(storage)
    put(folder / "a.json", "a", "b", "c")
    put(folder / "other.json", "x")

    told, news = watcher.look()

    assert isinstance(told.error, TakenBackError)
    assert "a.json was undone" in str(told.error)
    assert news.report.files == ["other.json"]
    assert watcher.look() == [], "it is told once"
    assert [type(each) for each in following(storage, folder).look()] == [Trouble]
    assert names(storage) == [*left, "x"]
    storage.history.redo(undone.pk)
    watcher.look()
    assert names(storage) == ["a", "b", "c", "x"], "it was asked for"


def test_a_file_that_was_taken_back_is_followed_again_once_it_is_imported_by_hand(
    storage, folder, watcher
):
    path = put(folder / "a.json", "a")
    watcher.look()
    storage.history.undo()
    put(path, "a", "b")
    import_files(storage, path)
    put(path, "a", "b", "c")

    watcher.look()

    assert names(storage) == ["a", "b", "c"]


def test_what_did_not_change_is_not_read_again(storage, folder, watcher):
    put(folder / "a.json", "a")
    watcher.look()
    before = picture(storage, ALL_TABLES)

    assert watcher.look() == []
    assert following(storage, folder).look() == [], "nor by who begins to follow"
    assert picture(storage, ALL_TABLES) == before


def test_a_file_that_grew_brings_what_is_new(storage, folder, watcher):
    session = folder / f"{test_claude_code.SESSION}.jsonl"
    write_lines(session, test_claude_code.TURN[:4])
    watcher.look()
    write_lines(session, test_claude_code.TURN)

    (news,) = watcher.look()

    assert news.report.new == {"message": 2}


def test_a_last_line_that_is_being_written_is_read_when_it_is_whole(storage, folder, watcher):
    session = folder / "live.jsonl"
    write_json(session, '{"id": "a", "title": "a"}\n{"id": "b", "ti')
    watcher.look()
    assert names(storage) == ["a"]
    write_json(session, '{"id": "a", "title": "a"}\n{"id": "b", "title": "b"}\n')
    watcher.look()
    assert names(storage) == ["a", "b"]


def test_a_file_that_was_changed_just_now_waits_until_it_rests(storage, folder):
    watcher = Watcher(storage, folder, ImportChoices(), settle_s=1000)
    put(folder / "a.json", "a")
    assert watcher.look() == []
    assert names(storage) == []
    old = put(folder / "b.json", "b")
    os.utime(old, (LONG_AGO, LONG_AGO))
    watcher.look()
    assert names(storage) == ["b"]


def test_a_file_that_ends_too_early_is_tried_again_before_it_is_named(storage, folder, watcher):
    put(folder / "good.json", "good")
    half = write_json(folder / "half.json", '[{"id": "a", "title": "a"},')
    (news,) = watcher.look()
    assert isinstance(news, Imported)
    assert names(storage) == ["good"]
    put(half, "a")
    watcher.look()
    assert names(storage) == ["a", "good"]


def test_a_file_that_stays_too_short_is_named(folder, watcher):
    half = write_json(folder / "half.json", '[{"id": "a", "title": "a"},')
    os.utime(half, (LONG_AGO, LONG_AGO))

    (trouble,) = watcher.look()

    assert trouble.path == str(half)
    assert isinstance(trouble.error, MalformedFileError)


def test_a_file_that_cannot_be_used_is_named_once_and_holds_up_no_other(
    storage, folder, watcher
):
    bad = write_json(folder / "bad.json", '[{"id": 1} {"id": 2}]')
    put(folder / "good.json", "good")

    told = watcher.look()

    assert [each.path for each in told if isinstance(each, Trouble)] == [str(bad)]
    assert names(storage) == ["good"]
    assert watcher.look() == []
    put(bad, "mended")
    assert isinstance(watcher.look()[0], Imported)
    assert names(storage) == ["good", "mended"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_may_not_be_read_is_read_when_it_may(storage, folder, watcher):
    locked = put(folder / "a.json", "a")
    os.utime(locked, (LONG_AGO, LONG_AGO))
    locked.chmod(0)
    (trouble,) = watcher.look()
    assert isinstance(trouble.error, UnreadableFileError)
    assert watcher.look() == []
    locked.chmod(0o600)
    watcher.look()
    assert names(storage) == ["a"]


def test_a_file_in_no_known_format_is_passed_over_silently(storage, folder, watcher):
    write_json(folder / "notes.txt", "Dear diary")

    assert watcher.look() == []
    assert operations(storage) == ()


def test_a_folder_that_is_not_there_is_named_once_and_followed_when_it_comes(storage, folder):
    later = folder / "later"
    watcher = following(storage, later)
    (trouble,) = watcher.look()
    assert isinstance(trouble.error, UnreadableFileError)
    assert watcher.look() == []
    later.mkdir()
    put(later / "a.json", "a")
    watcher.look()
    assert names(storage) == ["a"]


def test_a_single_file_is_followed(storage, folder):
    put(folder / "other.json", "other")
    watcher = following(storage, put(folder / "a.json", "a"))
    watcher.look()
    assert names(storage) == ["a"]


def test_bad_records_are_set_aside_where_that_is_wanted(storage, folder):
    write_json(folder / "a.jsonl", '{"id": "a"}\n{"id": }\n{"id": "b"}\n')
    (news,) = following(storage, folder, bad_records=BadRecords.SET_ASIDE).look()
    assert news.report.set_aside == 1
    assert names(storage) == ["a", "b"]


def test_a_conflict_nobody_decides_is_named_and_changes_nothing(storage, folder):
    file = write_json(folder / "a.json", [{"id": "a", "title": "first"}])
    watcher = following(storage, folder, conflicts=Conflicts.STOP)
    watcher.look()
    (task,) = tasks_of(storage)
    edit_task(storage, task.pk, title="mine")
    write_json(file, [{"id": "a", "title": "theirs"}])
    (trouble,) = watcher.look()
    assert trouble.path == str(file)
    assert [each.title for each in tasks_of(storage)] == ["mine"]


def test_a_look_that_is_called_off_leaves_nothing(storage, folder, watcher):
    put(folder / "a.json", "a")
    token = CancelToken()
    token.cancel()
    before = picture(storage, ALL_TABLES)
    with pytest.raises(WorkCancelledError):
        watcher.look(token)
    assert picture(storage, ALL_TABLES) == before


def test_two_programs_that_follow_one_folder_import_each_file_once(path, folder):
    for number in range(20):
        put(folder / f"{number}.json", *(f"{number}-{each}" for each in range(50)))
    command = [sys.executable, "-m", "tests.db.exchange.follower", str(path), str(folder)]
    opened_first = open_storage(str(path))
    opened_first.close()
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [each.communicate(timeout=120)[0] for each in running]

    assert [each.returncode for each in running] == [0, 0, 0]
    assert sum(int(each) for each in said) == 1
    with opened(path) as storage:
        assert len(names(storage)) == 1000
        assert len(set(names(storage))) == 1000
        assert len(operations(storage)) == 1
        assert len(storage.uploads()) == 20


def test_which_folders_are_followed_is_kept(path):
    folders = (WatchedFolder("/home/ada/sessions"), WatchedFolder("/srv/é", is_paused=True))
    with opened(path) as storage:
        assert watched_folders(storage) == ()
        keep_watched_folders(storage, folders)
    with opened(path) as storage:
        assert watched_folders(storage) == folders


def test_looks_become_rarer_while_nothing_happens():
    pauses = [SHORTEST_PAUSE_S]
    for _ in range(20):
        pauses.append(pause_after(pauses[-1], 0.01, found=False))

    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_S
    assert pause_after(pauses[-1], 0.01, found=True) == SHORTEST_PAUSE_S
    assert pause_after(SHORTEST_PAUSE_S, 3, found=True) == LONGEST_PAUSE_S


def put_large(path):
    """Write more than a million bytes of records, and return how many they are."""
    text = "word " * 200
    rows = [{"id": each, "title": f"task {each}", "description": text} for each in range(1200)]
    write_json(path, rows)
    return len(rows)


def test_a_large_file_is_imported_as_a_job_and_a_small_one_is_none(storage, folder, watcher):
    put(folder / "small.json", "a")
    watcher.look()
    assert storage.jobs.find() == ()

    number = put_large(folder / "large.json")
    watcher.look()
    (job,) = storage.jobs.find()
    assert (job.kind, job.title, job.state) == (
        "sheaf.import",
        "Import large.json",
        JobState.DONE,
    )
    assert job.outcome["operation"] == operations(storage)[0].pk
    assert job.given == {"folder": str(folder)}
    assert len(tasks_of(storage)) == number + 1


def test_calling_off_the_import_of_one_file_follows_the_folder_on(storage, folder, watcher):
    put_large(folder / "large.json")

    def stop_it(_progress):
        (run,) = runs_of(storage.jobs)
        run.cancel()

    (news,) = watcher.look(on_progress=stop_it)
    assert isinstance(news, Trouble)
    assert "called off" in str(news.error)
    assert [job.state for job in storage.jobs.find()] == [JobState.CANCELED]
    assert (watcher.look(), tasks_of(storage)) == ([], [])

    put(folder / "b.json", "b")
    watcher.look()
    assert names(storage) == ["b"]


def test_a_file_that_cannot_be_read_is_told_also_beside_one_that_can(storage, folder):
    write_json(folder / "bad.json", "{still broken")
    put(folder / "good.json", "a")
    watcher = following(storage, folder, bad_records=BadRecords.SET_ASIDE)

    imported, trouble = watcher.look()

    assert imported.report.files == ["good.json"]
    assert trouble.path == str(folder / "bad.json")
    assert watcher.look() == []
    assert following(storage, folder).look()[0].path == trouble.path, "it is not taken for read"


def test_what_cannot_be_read_stays_known_until_it_is_read_or_gone(storage, folder):
    bad, worse = (
        write_json(folder / name, "{still broken") for name in ("bad.json", "worse.json")
    )
    watcher = following(storage, folder, bad_records=BadRecords.SET_ASIDE)
    watcher.look()
    put(folder / "good.json", "a")
    watcher.look()
    assert ["bad.json" in said for said in watcher.troubles] == [True, False]
    put(bad, "b")
    watcher.look()
    (left,) = watcher.troubles
    assert "worse.json" in left
    worse.unlink()
    watcher.look()
    assert watcher.troubles == []
    assert names(storage) == ["a", "b"]


def test_what_was_undone_is_mentioned_until_something_is_imported(storage, folder, watcher):
    put(folder / "a.json", "a")
    watcher.look()
    storage.history.undo()
    put(folder / "a.json", "a", "b")
    watcher.look()
    assert len(watcher.troubles) == 1
    put(folder / "c.json", "c")
    watcher.look()
    assert watcher.troubles == []


def test_a_file_without_a_known_name_is_followed_if_it_begins_like_records(
    storage, folder, watcher
):
    put(folder / "noext", "a")
    (folder / "pic.png").write_bytes(b"\x89PNG")
    watcher.look()
    assert names(storage) == ["a"]
    put(folder / "pic.png", "b")
    watcher.look()
    assert names(storage) == ["a", "b"]
    assert folder / "pic.png" in watcher.hints
