import pytest

from db.records import Kind, SavedView
from db.storage import open_storage
from desktop_app.cli.layout import width_of
from tests.db.contract.test_hits import import_messages


def titles(ran):
    assert ran.code == 0, ran.err
    return [item["title"] for item in ran.document["items"]]


def test_batches_are_listed_newest_change_first(sheaf, filled):
    ran = sheaf("list", "batches", "--json")

    assert titles(ran) == ["At work", "Nothing in it", "Long ago"]
    assert ran.document["total"] == 3
    assert ran.err == ""


def test_a_batch_in_json_has_every_field_in_words_and_times_in_iso(sheaf, filled, ids):
    batch = sheaf("list", "batches", "--query", "at", "--json").document["items"][0]

    assert batch["id"] == ids["At work"]
    assert batch["status"] == "running"
    assert batch["counts"] == {
        "running": 1,
        "queued": 1,
        "review": 0,
        "blocked": 0,
        "failed": 1,
        "succeeded": 1,
        "canceled": 0,
    }
    assert (batch["total"], batch["done"], batch["finished"]) == (4, 1, 2)
    assert batch["version"] == 1
    assert (batch["origin"], batch["external_id"]) == ("taskmaster:plan", "work")
    assert (batch["source"], batch["place"]) == ("taskmaster", "live")
    assert batch["created_at"].endswith("Z")
    assert batch["archived_at"] is None
    assert "pk" not in batch


def test_a_task_in_json_names_its_batch_and_parent_by_id(sheaf, filled, ids):
    task = sheaf("list", "tasks", "--status", "running", "--json").document["items"][0]

    assert (task["batch"], task["batch_title"]) == (ids["At work"], "At work")
    assert task["parent"] == ids["Read the parser"]
    assert (task["status"], task["priority"], task["kind"]) == ("running", "high", "task")
    assert task["tags"] == ["core"]
    assert not [field for field in task if field.endswith("pk")]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--status", "failed,queued"], ["Fix the crash", "Ship"]),
        (["--status", "done", "--days", "7"], ["Read the parser"]),
        (["--query", "status:failed"], ["Fix the crash"]),
        (["--query", "pars -write"], ["Read the parser"]),
        (["--query", "kind:bug"], ["Fix the crash"]),
        (["--days", "2"], ["Write the parser", "Fix the crash"]),
        (["--sort", "title", "--limit", "2"], ["Fix the crash", "Old"]),
        (["--sort", "title:desc", "--limit", "1"], ["Write the parser"]),
        (["--sort", "updated", "--limit", "1", "--offset", "1"], ["Ship"]),
        (["--query", "nothing-like-that"], []),
    ],
)
def test_tasks_are_filtered_sorted_and_paged(sheaf, filled, options, expected):
    assert titles(sheaf("list", "tasks", *options, "--json")) == expected


def test_the_total_is_that_of_all_pages(sheaf, filled):
    document = sheaf("list", "tasks", "--limit", "2", "--offset", "4", "--json").document

    assert (len(document["items"]), document["total"]) == (1, 5)


def test_active_batches_are_those_at_work_or_just_finished(sheaf, filled):
    assert titles(sheaf("list", "batches", "--status", "active", "--json")) == ["At work"]
    active = sheaf("list", "batches", "--status", "active", "--days", "60", "--json")
    assert titles(active) == ["At work", "Long ago"]
    assert len(titles(sheaf("list", "batches", "--status", "all", "--json"))) == 3


@pytest.mark.parametrize(("archived", "expected"), [("no", 2), ("yes", 3), ("only", 1)])
def test_archived_batches_are_left_out_taken_in_or_alone(sheaf, ids, archived, expected):
    assert sheaf("archive", ids["Long ago"]).code == 0

    listed = sheaf("list", "batches", "--archived", archived, "--json")

    assert len(titles(listed)) == expected


def test_a_list_for_people_is_aligned_and_says_how_many_there_are(sheaf, filled):
    ran = sheaf("list", "tasks", "--sort", "title", "--limit", "2")

    heading, first, second, shown = ran.out.splitlines()
    place = heading.index("TITLE")
    assert (first[place:], second[place:]) == ("Fix the crash", "Old")
    assert shown == "1 to 2 of 5 tasks"
    assert "\033" not in ran.out


def test_a_list_fits_the_terminal(sheaf, filled, monkeypatch):
    monkeypatch.setenv("COLUMNS", "72")

    ran = sheaf("list", "tasks")

    assert max(map(width_of, ran.out.splitlines())) <= 72


def test_what_a_list_shows_of_ids_names_each_of_its_records(sheaf, filled, ids, monkeypatch):
    assert len({id_[:13] for id_ in ids.values()}) < len(ids)  # made in one moment
    monkeypatch.setenv("COLUMNS", "72")
    _heading, *rows, _shown = sheaf("list", "tasks").out.splitlines()
    shown = [row.split()[0] for row in rows]

    assert len({*shown}) == 5
    assert {sheaf("show", id_, "--json").document["id"] for id_ in shown} <= {*ids.values()}
    whole = ids["Ship"]
    for part in (whole, whole[-8:], whole[-12:].upper(), whole[-17:]):
        assert sheaf("show", part, "--json").document["title"] == "Ship"
    assert sheaf("show", whole[-7:]).code == 1
    many = sheaf("show", whole[:13], "--json")
    assert many.code == 1
    assert "last 12 signs" in many.error["advice"]


def test_a_query_names_a_batch_as_lists_show_it(sheaf, filled, ids):
    query = f"batch:{ids['Long ago'][-12:]}"

    listed = sheaf("list", "tasks", "--query", query, "--json").document

    assert [each["title"] for each in listed["items"]] == ["Old"]


def test_an_empty_list_says_so(sheaf, filled):
    assert sheaf("list", "tasks", "--query", "zebra").out == "Nothing found.\n"
    beyond = sheaf("list", "tasks", "--offset", "90").out
    assert beyond == "No tasks here: 5 tasks match.\n"


def test_show_tells_everything_about_a_task(sheaf, ids):
    ran = sheaf("show", ids["Fix the crash"], "--json")

    assert ran.code == 0
    task = ran.document
    assert (task["record"], task["title"], task["raw"]) == ("task", "Fix the crash", "{}")
    assert task["source_range"] == {"name": "plan.json", "offset": 0, "length": 2}
    assert task["links"] == [
        {
            "kind": "blocks",
            "direction": "outgoing",
            "id": ids["Ship"],
            "title": "Ship",
            "status": "queued",
        }
    ]
    assert task["history"][0]["operation"] == "Import plan.json"


def test_show_lists_the_subtasks(sheaf, ids):
    shown = sheaf("show", ids["Read the parser"])

    assert "Subtasks\n  running    Write the parser" in shown.out
    document = sheaf("show", ids["Read the parser"], "--json").document
    assert [child["id"] for child in document["children"]] == [ids["Write the parser"]]


def test_show_takes_the_start_of_an_id_and_the_id_at_the_source(sheaf, ids):
    assert sheaf("show", ids["Ship"][:-2], "--json").document["title"] == "Ship"
    assert sheaf("show", "past", "--json").document["record"] == "batch"


def test_show_of_what_is_not_there_is_refused(sheaf, filled):
    ran = sheaf("show", "no-such-id", "--json")

    assert ran.code == 1
    assert ran.error["type"] == "RecordNotFoundError"
    assert set(ran.error) == {"type", "what", "safe", "advice", "code"}


def test_the_kinds_of_storage_are_listed_with_the_one_in_use(sheaf, storage_path):
    document = sheaf("storages", "--json").document

    assert {"sqlite", "memory"} <= {kind["scheme"] for kind in document["storages"]}
    assert document["current"] == f"sqlite://{storage_path.as_posix()}"
    assert not storage_path.exists()


def test_what_is_not_for_a_terminal_has_whole_ids(sheaf, ids):
    assert ids["Ship"] in sheaf("list", "tasks").out


def test_show_of_a_task_lists_what_belongs_to_it(sheaf, ids):
    task = ids["Ship"]
    for number in range(22):
        sheaf("new", "run", "--title", f"Try {number}", "--field", f"task={task}")
    for kind, field in (("bug", "tasks"), ("learning", "task"), ("status-update", "task"),
                        ("design-note", "task"), ("conversation", "task")):  # fmt: skip
        assert (
            sheaf("new", kind, "--title", f"A {kind}", "--field", f"{field}={task}").code == 0
        )

    shown = sheaf("show", task, "--json").document
    text = sheaf("show", task).out

    assert [len(shown["related"][name]) for name in ("runs", "bugs", "learnings")] == [20, 1, 1]
    assert shown["related"]["runs"][0]["title"] == "Try 21"
    assert (shown["related_totals"]["runs"], shown["related_totals"]["bugs"]) == (22, 1)
    for name in ("Status updates", "Design notes", "Conversations", "Bugs", "Learnings"):
        assert f"{name}\n" in text
    assert f'and 2 more; sheaf list runs --query "task:{task} is:kept"' in text
    listed = sheaf("list", "runs", "--query", shown["related_query"], "--json").document
    assert listed["total"] == 22


@pytest.mark.parametrize("verb", [None, "archive", "trash"])
def test_show_of_a_batch_lists_its_tasks_wherever_it_is(sheaf, ids, verb):
    if verb is not None:
        sheaf(verb, ids["At work"])

    shown = sheaf("show", ids["At work"], "--json").document

    assert [task["title"] for task in shown["related"]["tasks"]] == [
        "Write the parser", "Fix the crash", "Read the parser", "Ship",
    ]  # fmt: skip
    listed = sheaf("list", "tasks", "--query", shown["related_query"], "--json").document
    assert listed["total"] == shown["related_totals"]["tasks"] == 4
    assert "Tasks\n  running    Write the parser" in sheaf("show", ids["At work"]).out


def test_show_of_a_conversation_lists_its_messages_in_order(sheaf, storage_path, filled):
    storage = open_storage(str(storage_path))
    try:
        import_messages(storage, "Hello", "Good-bye")
    finally:
        storage.close()
    (conversation,) = sheaf("list", "conversations", "--json").document["items"]

    shown = sheaf("show", conversation["id"], "--json").document

    titles = [message["title"] for message in shown["related"]["messages"]]
    assert titles == ["Message 0", "Message 1"]
    assert "Messages\n  user" in sheaf("show", conversation["id"]).out


def test_an_id_may_be_in_capitals_and_none_is_said_to_be_missing(sheaf, ids):
    assert sheaf("show", ids["Ship"].upper(), "--json").document["title"] == "Ship"
    assert sheaf("show", ids["Ship"][:-2].upper(), "--json").document["title"] == "Ship"

    ran = sheaf("show", "", "--json")

    assert (ran.code, ran.error["what"]) == (1, "There is no id given.")


def test_what_failed_is_not_counted_as_done(sheaf, filled):
    listed = sheaf("list", "batches", "--query", "at").out
    assert "1/4" in listed


def test_saved_views_are_listed_and_shown(sheaf, filled, storage_path):
    storage = open_storage(str(storage_path))
    layout = {"sort": "title", "descending": False, "columns": {"order": ["title", "status"]}}
    storage.views.save(
        SavedView(
            pk=0, id="", name="Broken", kind=Kind.TASK, query="status:failed", layout=layout
        )
    )
    storage.close()

    (item,) = sheaf("list", "views", "--json").document["items"]
    assert (item["name"], item["kind"], item["query"]) == ("Broken", "tasks", "status:failed")
    assert item["columns"] == ["title", "status"]
    assert "status:failed" in sheaf("list", "views").out
    shown = sheaf("show", "Broken")
    assert "title, ascending" in shown.out
    assert "sheaf list tasks --query status:failed" in shown.out
    assert sheaf("show", item["id"], "--json").document == item


@pytest.mark.parametrize(
    "layout",
    [{"sort": 5, "columns": {"order": ["title", 5], "hidden": 7}}, {"columns": []}, []],
)
def test_a_saved_view_is_shown_whatever_its_layout_holds(sheaf, storage_path, layout):
    storage = open_storage(str(storage_path))
    storage.views.save(
        SavedView(pk=0, id="", name="Odd", kind=Kind.TASK, query="status:", layout=layout)
    )
    storage.close()

    (item,) = sheaf("list", "views", "--json").document["items"]
    assert set(item["columns"]) <= {"title"}
    assert "Odd" in sheaf("list", "views").out
    assert "status:" in sheaf("show", "Odd").out


def test_runs_may_be_named_where_runs_are_listed(sheaf, filled):
    ran = sheaf("list", "runs", "--query", "in:runs", "--json")
    assert (ran.code, ran.err) == (0, "")
