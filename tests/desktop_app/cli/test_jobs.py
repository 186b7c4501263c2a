import json

import pytest

from tests.db.factories import opened


def token_of(ran):
    assert ran.code == 0, ran.err
    return ran.out.splitlines()[0]


@pytest.fixture
def queued(sheaf):
    (id_,) = sheaf("jobs", "add", "build", "--title", "Build it", "--json").document["ids"]
    return id_


def job(sheaf, id_):
    return sheaf("jobs", "show", id_, "--json").document


def test_a_script_puts_work_in_and_a_worker_does_it(sheaf):
    payload = '{"size": 1e400, "digits": 0.1000}'
    id_ = sheaf("jobs", "add", "build", "--title", "Build it", "--payload", payload).out.strip()

    claimed = sheaf("jobs", "claim", "build", "test", "--worker", "me")
    token = token_of(claimed)
    assert claimed.out.splitlines()[1] == payload
    beat = ("jobs", "heartbeat", token, "--done", 3, "--total", 9, "--log", "at three")
    assert sheaf(*beat).code == 0
    running = job(sheaf, id_)
    assert (running["state"], running["worker"], running["done"]) == ("running", "me", 3)
    assert [line["text"] for line in running["log"]] == ["at three"]
    assert token.rpartition(".")[2] not in sheaf("jobs", "list", "--json").out

    assert sheaf("jobs", "complete", token, "--result", "[1, 2]").code == 0
    assert (job(sheaf, id_)["state"], job(sheaf, id_)["result"]) == ("done", [1, 2])
    assert sheaf("jobs", "complete", token, "--json").error["type"] == "LeaseLostError"


def test_there_may_be_nothing_to_do(sheaf, queued):
    assert queued
    ran = sheaf("jobs", "claim", "test", "--json")
    assert (ran.code, ran.document) == (1, {"job": None})


def test_a_worker_can_wait_for_a_job_that_is_due_later(sheaf):
    sheaf("jobs", "add", "build", "--in", 1)
    assert sheaf("jobs", "claim", "build").code == 1
    assert sheaf("jobs", "claim", "build", "--wait", 30).code == 0


def test_a_job_is_not_given_to_anyone_before_its_time(sheaf):
    past, future = "2020-02-03T04:05:06+02:00", "2999-01-01"
    (due,) = sheaf("jobs", "add", "build", "--run-at", past, "--json").document["ids"]
    (later,) = sheaf("jobs", "add", "build", "--run-at", future, "--json").document["ids"]
    assert job(sheaf, due)["run_at"] == "2020-02-03T02:05:06Z"
    assert job(sheaf, later)["run_at"] == "2999-01-01T00:00:00Z"
    assert sheaf("jobs", "claim", "build", "--json").document["job"]["id"] == due
    assert sheaf("jobs", "claim", "build").code == 1
    assert sheaf("jobs", "add", "build", "--run-at", "soon").code == 2
    assert sheaf("jobs", "add", "build", "--run-at", past, "--in", "3").code == 2


def test_many_jobs_are_read_from_lines_the_most_urgent_first(sheaf, tmp_path, queued):
    path = tmp_path / "jobs.jsonl"
    path.write_text('{"n": 1}\n\n{"n": 2}\n')
    added = sheaf("jobs", "add", "build", "--lines", path, "--priority", "high", "--json")
    ids = added.document["ids"]
    listed = sheaf("jobs", "list", "--json").document
    assert [item["id"] for item in listed["items"]] == [*ids, queued]
    assert listed["counts"] == {"build": {"queued": 3}}
    assert sheaf("jobs", "claim", "build", "--json").document["job"]["payload"] == {"n": 1}


@pytest.mark.parametrize("payload", ["{", "NaN", "{'a': 1}"])
def test_a_payload_has_to_be_json(sheaf, payload):
    ran = sheaf("jobs", "add", "build", "--payload", payload, "--json")
    assert ran.code == 2
    assert "not JSON" in ran.error["what"]


def test_a_failed_job_is_tried_again_and_then_waits_to_be_retried(sheaf, queued):
    fail = ("--error", "no disk", "--json")
    first = sheaf("jobs", "fail", token_of(sheaf("jobs", "claim", "build")), *fail)
    assert first.document == {"state": "queued"}
    token = token_of(sheaf("jobs", "claim", "build", "--wait", 30))
    last = sheaf("jobs", "fail", token, "--no-retry", *fail)
    assert last.document == {"state": "failed"}
    assert job(sheaf, queued)["error"] == "no disk"

    retried = sheaf("jobs", "retry", "--state", "failed", "--json")
    assert retried.document == {"changed": 1}
    assert sheaf("jobs", "claim", "build").code == 0


def test_a_running_job_is_canceled_by_its_next_heartbeat(sheaf, queued):
    token = token_of(sheaf("jobs", "claim", "build"))
    assert sheaf("jobs", "cancel", queued).code == 0
    ran = sheaf("jobs", "heartbeat", token, "--json")
    assert (ran.code, ran.document) == (1, {"goes_on": False})
    assert job(sheaf, queued)["state"] == "canceled"


def test_jobs_are_deleted_by_what_is_said_of_them(sheaf, queued):
    sheaf("jobs", "add", "test")
    for verb in ("retry", "cancel", "delete"):
        assert sheaf("jobs", verb).code == 2, "nothing was said"
    assert sheaf("jobs", "delete", "--kind", "test", "--json").document == {"changed": 1}
    assert sheaf("jobs", "delete", "--older-than", 1, "--json").document == {"changed": 0}
    (left,) = sheaf("jobs", "list", "--json").document["items"]
    assert left["id"] == queued
    assert "Build it" in sheaf("jobs", "list").out
    assert "Build it" in sheaf("jobs", "show", queued).out
    sheaf("jobs", "delete", "--all")
    assert sheaf("jobs", "list").out == "There are no jobs.\n"


@pytest.mark.parametrize("verb", ["add", "claim"])
def test_sheafs_own_work_is_not_for_scripts(sheaf, queued, verb):
    assert queued
    ran = sheaf("jobs", verb, "sheaf.import", "--json")
    assert (ran.code, ran.error["type"]) == (1, "InvalidEditError")


@pytest.mark.parametrize("verb", ["list", "claim"])
def test_a_worker_needs_a_verb_and_a_storage_that_is_there(sheaf, verb):
    assert sheaf("jobs").code == 2
    assert sheaf("jobs", verb, *["build"] * (verb == "claim")).code == 4


@pytest.mark.parametrize("verb", ["retry", "cancel", "delete"])
def test_a_job_that_is_not_there_is_told_and_the_others_stay(sheaf, queued, verb):
    ran = sheaf("jobs", verb, queued, "nowhere", "--json")
    assert (ran.code, ran.error["type"]) == (1, "RecordNotFoundError")
    assert job(sheaf, queued)["state"] == "queued"


def test_sheafs_own_long_work_is_in_the_list(sheaf, tmp_path):
    path = tmp_path / "tasks.json"
    path.write_text('[{"id": 1, "title": "one"}]')
    sheaf("import", path, "--dry-run")
    assert sheaf("import", path).code == 0
    sheaf("export", "--format", "generic", "--output", tmp_path / "out.json")
    sheaf("check")
    items = sheaf("jobs", "list", "--json").document["items"]
    assert [(item["kind"], item["state"]) for item in items] == [
        ("sheaf.check", "done"),
        ("sheaf.export", "done"),
        ("sheaf.import", "done"),
    ]
    assert items[-1]["payload"]["paths"] == [str(path)]


def test_an_import_that_failed_says_why_in_the_list(sheaf, filled, tmp_path):
    path = tmp_path / "bad.json"
    path.write_text('[{"id": ]')
    assert sheaf("import", path).code == 1
    (item,) = sheaf("jobs", "list", "--json").document["items"]
    assert item["state"] == "failed"
    assert "bad.json, line 1" in item["error"]


@pytest.fixture
def many(sheaf, tmp_path):
    """A batch of a thousand tasks."""
    path = tmp_path / "many.json"
    path.write_text(json.dumps([{"id": each, "title": f"task {each}"} for each in range(1000)]))
    sheaf("import", path)
    (batch,) = sheaf("list", "batches", "--json").document["items"]
    sheaf("jobs", "delete", "--all")
    return batch["id"]


def test_what_many_records_go_along_with_is_a_job_and_so_is_taking_it_back(sheaf, many):
    (task, *_) = sheaf("list", "tasks", "--json").document["items"]
    sheaf("archive", task["id"])
    assert sheaf("jobs", "list", "--json").document["items"] == []

    sheaf("archive", many)
    sheaf("undo")
    sheaf("trash", many)
    sheaf("purge", many, "--yes")
    items = sheaf("jobs", "list", "--json").document["items"]
    assert [(item["kind"], item["state"]) for item in items] == [
        ("sheaf.purge", "done"),
        ("sheaf.change", "done"),
        ("sheaf.undo", "done"),
        ("sheaf.change", "done"),
    ]
    assert [items[0]["title"], items[3]["title"]] == [
        "Delete 1 batch permanently",
        "Archive 1 batch",
    ]


def test_trying_again_what_was_set_aside_is_a_job_where_it_is_much(
    sheaf, tmp_path, storage_path
):
    path = tmp_path / "many.jsonl"
    bad = [f'{{"id": {each}, "title": x}}' for each in range(1000)]
    path.write_text("\n".join(['{"id": "first", "title": "first"}', *bad]) + "\n")
    assert sheaf("import", path, "--bad-records", "set-aside").code == 3
    sheaf("jobs", "delete", "--all")
    with opened(str(storage_path)) as storage:
        for item in storage.tray.items(1000):
            storage.tray.mend(item.pk, item.text.replace("x}", '"mended"}'))
    assert sheaf("set-aside", "retry", "--all").code == 0
    (job,) = sheaf("jobs", "list", "--json").document["items"]
    assert (job["kind"], job["state"]) == ("sheaf.import", "done")
    assert job["title"] == "Import 1,000 records that were set aside"
