"""What agents plan by calling tools becomes tasks of their conversation."""

import json

import pytest

from db.exchange.plans import REMOVED, Plan
from db.query import EVERYWHERE, TaskQuery
from db.records import Block
from db.times import parse_time
from db.vocabulary import LinkKind, Part, Priority, Status
from tests.db.exchange.test_claude_code import (
    PROMPT,
    START,
    call,
    import_lines,
    reply,
    result,
    user,
)
from tests.db.exchange.threads import conversations_of
from tests.db.factories import SHARED, batches_of, faults, import_files, opened, tasks_of

LATER = "2026-03-01T12:00:00.000Z"


def todos(*entries, call_id="t"):
    listed = [
        {"content": content, "status": status, **more} for content, status, more in entries
    ]
    return call("TodoWrite", call_id, todos=listed)


def written(number, block, **more):
    return reply(f"a{number}", "u1", block, f"m{number}", **more)


FIRST = todos(
    ("Find the cogs", "in_progress", {"priority": "high", "id": "1"}),
    ("Count them\nall", "pending", {"activeForm": "Counting"}),
    ("Dance", "pending", {}),
)
SECOND = todos(
    ("Find the cogs", "completed", {"priority": "high", "id": "1"}),
    ("Count them\nall", "in_progress", {"activeForm": "Counting"}),
    ("Oil them", "pending", {}),
)


def told(storage):
    return {
        each.title: (each.status, each.status_word)
        for each in tasks_of(storage, TaskQuery(places=EVERYWHERE))
    }


def test_the_newest_list_counts_and_what_it_lacks_was_removed(storage, tmp_path):
    lines = [PROMPT, written(1, FIRST), written(2, SECOND, timestamp=LATER)]

    report = import_lines(storage, tmp_path, lines)

    assert told(storage) == {
        "Find the cogs": (Status.SUCCEEDED, "completed"),
        "Count them": (Status.RUNNING, "in_progress"),
        "Dance": (Status.CANCELED, REMOVED),
        "Oil them": (Status.QUEUED, "pending"),
    }
    assert (report.new["batch"], report.new["task"]) == (1, 4)
    (batch,) = batches_of(storage)
    assert (batch.created_at, batch.updated_at) == (parse_time(START), parse_time(LATER))
    assert faults(storage) == []
    assert import_lines(storage, tmp_path, lines).effective == 0


def test_a_plan_belongs_to_its_conversation(storage, tmp_path):
    import_lines(storage, tmp_path, [PROMPT, written(1, FIRST)])

    (batch,) = batches_of(storage)
    (talk,) = conversations_of(storage).values()
    assert (batch.title, talk.batch_pk, batch.total) == (talk.title, batch.pk, 3)
    found = {each.title: each for each in tasks_of(storage)}
    assert found["Find the cogs"].priority is Priority.HIGH
    detail = storage.tasks.get(found["Count them"].pk)
    assert detail.description == "Count them\nall"
    assert json.loads(detail.raw)["activeForm"] == "Counting"
    assert detail.source_range is not None


def test_a_session_that_went_on_changes_its_plan(storage, tmp_path):
    import_lines(storage, tmp_path, [PROMPT, written(1, FIRST)])

    report = import_lines(
        storage, tmp_path, [PROMPT, written(1, FIRST), written(2, SECOND, timestamp=LATER)]
    )

    assert (report.new["task"], report.changed["task"]) == (1, 3)
    assert told(storage)["Dance"] == (Status.CANCELED, REMOVED)


def test_what_comes_back_to_the_list_is_to_be_done_again(storage, tmp_path):
    lines = [PROMPT, written(1, FIRST), written(2, SECOND), written(3, FIRST)]

    import_lines(storage, tmp_path, lines)

    assert told(storage)["Dance"] == (Status.QUEUED, "pending")


def test_tasks_are_created_and_updated_by_number(storage, tmp_path):
    create = [
        call("TaskCreate", f"c{n}", subject=title, description="All of it", activeForm="…")
        for n, title in enumerate(("Look", "Count", "Rest"), start=1)
    ]
    lines = [PROMPT]
    for number, each in enumerate(create, start=1):
        answer = f"Task #{number} created successfully: it"
        lines += [
            written(number, each),
            user(f"r{number}", f"a{number}", [result(f"c{number}", answer)]),
        ]
    lines += [
        written(8, call("TaskUpdate", "d", taskId="2", addBlockedBy=["1", "9"])),
        written(9, call("TaskUpdate", "e", taskId="1", status="completed"), timestamp=LATER),
        written(10, call("TaskUpdate", "f", taskId="3", status="deleted", subject="Sleep")),
    ]

    import_lines(storage, tmp_path, lines)

    assert told(storage) == {
        "Look": (Status.SUCCEEDED, "completed"),
        "Count": (Status.QUEUED, "pending"),
        "Sleep": (Status.CANCELED, "deleted"),
    }
    tasks = {each.title: each for each in tasks_of(storage)}
    assert tasks["Look"].updated_at == parse_time(LATER)
    detail = storage.tasks.get(tasks["Count"].pk)
    assert detail.description == "All of it"
    assert [(each.kind, each.incoming, each.task.title) for each in detail.links] == [
        (LinkKind.BLOCKS, True, "Look")
    ]


@pytest.mark.parametrize(
    "given",
    ["", "{", "5", "[]", '{"todos": 5}', '{"todos": [5, {}, null, {"content": ""}]}',
     '{"todos": [{"content": {"a": 1}, "status": []}]}'],
)  # fmt: skip
@pytest.mark.parametrize("tool", ["TodoWrite", "TaskCreate", "TaskUpdate", "update_plan"])
def test_a_call_that_makes_no_sense_is_no_hindrance(tool, given):
    plan = Plan("c")

    plan.see(Block(type=Part.TOOL_CALL, name=tool, call_id="x", text=given), None, 0, 5)
    plan.see(Block(type=Part.TOOL_RESULT, call_id="x", text="Task #1 created"), None, 0, 5)

    assert len(list(plan.records("T"))) <= 3


TODO_FILES = sorted(SHARED.glob("claude_code/*todowrite*.jsonl"))


@pytest.mark.parametrize("path", TODO_FILES, ids=lambda path: path.name)
def test_the_todos_of_a_real_session_become_tasks(path):
    wanted = {}
    for line in path.read_text("utf-8").splitlines():
        content = json.loads(line).get("message", {}).get("content")
        for block in content if isinstance(content, list) else []:
            if block.get("name") == "TodoWrite":
                entries = block["input"]["todos"]
                wanted |= {each["content"]: each["status"] for each in entries}
    with opened() as storage:
        import_files(storage, path)

        found = {each.title: each.status_word for each in tasks_of(storage)}
        assert {title: word for title, word in found.items() if word != REMOVED} == {
            title: status for title, status in wanted.items() if found[title] != REMOVED
        }
        assert set(found) == set(wanted)
        assert faults(storage) == []
