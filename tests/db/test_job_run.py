"""Sheaf's own work as jobs: it is seen while it is done, and how it ended afterwards."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from db.cancel import CancelToken
from db.errors import InvalidEditError, SheafError, WorkCancelledError
from db.exchange.importing import stage_import
from db.job_run import ImportRun, recorded, recorded_turn, run_named, runs_of
from db.jobs import JobFilter, JobOrder, JobState
from db.maintenance.backups import Backups
from db.maintenance.verifying import wait_for_all
from db.records import TurnProgress
from tests.db.factories import make_task, opened, tasks_of, write_json

ROOT = Path(__file__).parents[2]
EXPORT = JobOrder(kind="sheaf.export", title="Export", payload={"path": "/x"})
PLENTY_S = 30


def only_job(storage):
    (job,) = storage.jobs.find()
    return job


def wait_for(storage, wanted):
    """Return the only job as soon as it is as wanted: it is written on a thread."""
    clock = threading.Event()
    for _ in range(PLENTY_S * 20):
        job = only_job(storage)
        if wanted(job):
            return job
        clock.wait(0.05)
    raise AssertionError(job)


def test_work_is_seen_while_it_is_done(storage):
    with recorded(storage.jobs, EXPORT) as run:
        assert only_job(storage).state is JobState.RUNNING
        run.progress(TurnProgress("", False, 3, 9), "records")
        run.say("three are written")
        job = wait_for(storage, lambda job: job.done)
        assert (job.done, job.total, job.unit) == (3, 9, "records")
        assert [run.id for run in runs_of(storage.jobs)] == [job.id]
        run.note({"path": "/x"})
    assert (only_job(storage).state, only_job(storage).outcome) == (
        JobState.DONE,
        {"path": "/x"},
    )
    assert storage.jobs.get(job.id).lines[0].text == "three are written"
    assert runs_of(storage.jobs) == []
    assert run_named(job.id) is None


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (InvalidEditError("no"), JobState.FAILED),
        (ZeroDivisionError("no"), JobState.FAILED),
        (WorkCancelledError(), JobState.CANCELED),
    ],
)
def test_what_is_raised_says_how_it_ended(storage, error, state):
    with pytest.raises(type(error)), recorded(storage.jobs, EXPORT):
        raise error
    assert only_job(storage).state is state
    if state is JobState.FAILED:
        assert "no" in only_job(storage).error


def test_another_process_can_ask_to_stop(path):
    asked = threading.Event()
    with opened(path) as storage:
        with recorded(storage.jobs, EXPORT, asked.set) as run:
            cancel = ["-m", "desktop_app", "jobs", "cancel", run.id, "--storage", str(path)]
            subprocess.run([sys.executable, *cancel], cwd=ROOT, check=True, capture_output=True)
            assert asked.wait(PLENTY_S)
            run.stop()
        assert only_job(storage).state is JobState.CANCELED


def an_import(path):
    return ImportRun("Import a.json", {"paths": [str(path)]}, lambda: None)


def staged(storage, path, token=None):
    return an_import(path).stage(
        storage, lambda tell: stage_import(storage, [path], token=token, on_progress=tell)
    )


@pytest.fixture
def a_file(tmp_path):
    return write_json(tmp_path / "a.json", [{"id": 1, "title": "one"}])


def test_an_import_is_under_way_until_it_is_decided(storage, a_file):
    staging = staged(storage, a_file)
    assert only_job(storage).state is JobState.RUNNING
    outcome = staging.commit()
    assert only_job(storage).state is JobState.DONE
    told = only_job(storage).outcome
    assert told["operation"] == outcome.operation.pk
    assert "1 new" in told["said"] or "2 new" in told["said"]
    assert len(tasks_of(storage)) == 1


def test_what_was_there_before_an_import_is_copied_first_and_verified_beside_it(path, a_file):
    with opened(path) as storage:
        make_task(storage, "before")

        staged(storage, a_file).commit()
        wait_for_all()

        (backup,) = Backups(storage).all()
        assert backup.manifest.kind == "before-import"
        assert backup.manifest.is_verified
        assert backup.manifest.tables["task"].rows == 1


def test_an_import_goes_on_while_another_verifies_what_was_there(path, a_file):
    with opened(path) as storage:
        make_task(storage, "before")
        backups = Backups(storage)

        with backups.folder.verifying(CancelToken()):
            staged(storage, a_file).commit()
            assert len(tasks_of(storage)) == 2
            (backup,) = backups.pending()
            assert not backup.manifest.is_verified
        wait_for_all()

        assert backups.pending() == []
        assert backups.find(backup.name).manifest.is_verified


def test_an_import_that_is_given_up_is_canceled(storage, a_file):
    staged(storage, a_file).discard()
    job = only_job(storage)
    assert job.state is JobState.CANCELED
    assert storage.jobs.get(job.id).lines[-1].text == "Nothing was imported."


def test_an_import_that_brings_nothing_new_is_done(storage, a_file):
    staged(storage, a_file).commit()
    staged(storage, a_file).commit()
    assert {job.state for job in storage.jobs.find()} == {JobState.DONE}


def test_an_import_that_is_read_again_in_another_way_is_the_same_job(storage, a_file):
    run = an_import(a_file)
    former = []
    for _ in range(3):
        staging = run.stage(
            storage, lambda tell: stage_import(storage, [a_file], on_progress=tell), former
        )
        former = [staging]
        assert only_job(storage).state is JobState.RUNNING
    staging.commit()
    assert only_job(storage).state is JobState.DONE
    assert len(tasks_of(storage)) == 1


def test_an_import_that_cannot_be_read_has_failed(storage, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text('[{"id": 1}, {"id": ]')
    with pytest.raises(SheafError):
        staged(storage, bad)
    job = only_job(storage)
    assert (job.state, job.given) == (JobState.FAILED, {"paths": [str(bad)]})
    assert "bad.json" in job.error


def test_an_import_that_is_stopped_while_it_is_read_is_canceled(storage, a_file):
    token = CancelToken()
    token.cancel()
    with pytest.raises(WorkCancelledError):
        staged(storage, a_file, token)
    assert only_job(storage).state is JobState.CANCELED


def test_a_small_undo_is_no_job(storage):
    make_task(storage, "one")
    recorded_turn(storage, lambda tell: storage.history.undo(None, tell), lambda _far: None)
    assert storage.jobs.find() == ()


def test_a_large_undo_is_a_job_from_its_first_part_on(storage):
    told = []

    def undo(tell):
        tell(TurnProgress("Import", False, 0, 2))
        assert only_job(storage).title == "Undo: Import"
        return storage.history.undo(None, tell)

    make_task(storage, "one")
    recorded_turn(storage, undo, told.append)
    assert told == [TurnProgress("Import", False, 0, 2)]
    job = only_job(storage)
    assert (job.kind, job.state) == ("sheaf.undo", JobState.DONE)


def test_an_import_whose_process_is_killed_is_interrupted_and_leaves_nothing(path, a_file):
    script = (
        "import sys, time; from tests.db.factories import opened\n"
        "from tests.db.test_job_run import staged\n"
        "from pathlib import Path\n"
        "with opened(sys.argv[1]) as storage:\n"
        "    staged(storage, Path(sys.argv[2])); print('ready', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path), str(a_file)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout.readline() == b"ready\n"
        child.kill()
    with opened(path) as storage:
        storage.recover()
        job = only_job(storage)
        assert job.state is JobState.INTERRUPTED
        assert job.given == {"paths": [str(a_file)]}
        assert "Nothing of it was kept" in storage.jobs.get(job.id).lines[-1].text
        assert tasks_of(storage) == []
        assert storage.jobs.counts(JobFilter(own=True)) == {
            ("sheaf.import", JobState.INTERRUPTED): 1
        }
