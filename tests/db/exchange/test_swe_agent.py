"""SWE-agent: trajectories with their steps and history, and predictions."""

import json

import pytest

from db.exchange.formats.swe_preds import NO_PATCH
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Part, Role, Status
from tests.db.exchange.kinds import details_of
from tests.db.exchange.threads import conversations_of, messages_of
from tests.db.factories import (
    SHARED,
    batches_of,
    faults,
    import_files,
    opened,
    task_named,
    tasks_of,
    write_json,
    write_lines,
)

PATCH = "diff --git a/cog.py b/cog.py\r\n-1\r\n+2"


def step(action, observation, thought, **more):
    return {
        "action": action,
        "observation": observation,
        "response": f"{thought}\n```\n{action}\n```",
        "thought": thought,
        "state": {"working_dir": "/testbed"},
        **more,
    }


STEPS = [
    step("ls -F\n", "cog.py", "Look around", execution_time=0.10, query=[{"role": "system"}]),
    step("submit", PATCH, "Done", messages=[{"role": "system", "content": "again"}]),
]
CALL = {"type": "function", "id": "c-1", "function": {"name": "bash", "arguments": '{"a": 1}'}}
HISTORY = [
    {"role": "system", "content": "You program.", "agent": "main"},
    {
        "role": "user",
        "content": [{"type": "text", "text": "The cog is wrong"}],
        "is_demo": False,
    },
    {"role": "assistant", "content": "Look around", "tool_calls": [CALL], "action": "ls -F"},
    {"role": "tool", "content": "cog.py", "tool_call_ids": ["c-1"]},
    {"role": "assistant", "content": "Done\n```\nsubmit\n```", "tool_calls": None},
    {"role": "user", "content": PATCH},
]
TRAJECTORY = {
    "environment": "main",
    "trajectory": STEPS,
    "history": HISTORY,
    "info": {"exit_status": "submitted", "submission": PATCH, "model_stats": {"cost": 1.50}},
    "replay_config": json.dumps(
        {
            "agent": {"model": {"name": "claude"}},
            "problem_statement": {"text": "The cog\nis wrong", "id": "cogs__cog-1"},
        }
    ),
}


@pytest.fixture
def put(tmp_path):
    """Write the trajectory of an instance where its run lies."""

    def of(content, instance="cogs__cog-1", run="2026-03-01_claude"):
        folder = tmp_path / "experiments" / run / instance
        folder.mkdir(parents=True, exist_ok=True)
        return write_json(folder / f"{instance}.traj", content)

    return of


NAME = "experiments/2026-03-01_claude/cogs__cog-1"


def test_a_trajectory_is_a_task_of_its_run(storage, put):
    report = import_files(storage, put(TRAJECTORY))

    assert report.formats == ["swe-agent"]
    assert report.new == {"batch": 1, "task": 1, "run": 2, "conversation": 1, "message": 6}
    (batch,) = batches_of(storage)
    assert batch.title == "2026-03-01_claude"
    detail = task_named(storage, NAME)
    task = detail.record
    assert (task.title, task.status, task.status_word) == (
        "cogs__cog-1",
        Status.SUCCEEDED,
        "submitted",
    )
    assert detail.description.startswith("The cog\nis wrong")
    assert PATCH in detail.description
    rest = {key: TRAJECTORY[key] for key in ("environment", "info", "replay_config")}
    assert json.loads(detail.raw) == rest
    assert "1.5" in detail.raw
    assert faults(storage) == []


def test_each_step_is_a_run(storage, put):
    import_files(storage, put(TRAJECTORY))

    first, second = details_of(storage, Kind.EXECUTION).values()
    if first.record.turn == 2:
        first, second = second, first
    assert [(each.record.turn, each.record.step) for each in (first, second)] == [
        (1, "ls"),
        (2, "submit"),
    ]
    assert first.record.title == "Look around"
    assert "```\nls -F\n```" in first.description
    assert "```\ncog.py\n```" in first.description
    kept = {key: value for key, value in STEPS[0].items() if key != "query"}
    assert json.loads(first.raw) == kept
    assert first.record.task_title == "cogs__cog-1"


def test_the_history_is_a_conversation_of_the_task(storage, put):
    import_files(storage, put(TRAJECTORY))

    (found,) = conversations_of(storage).values()
    assert (found.title, found.model, found.task_title) == (
        "cogs__cog-1",
        "claude",
        "cogs__cog-1",
    )
    told = messages_of(storage, found)
    assert [each.record.role for each in told] == [
        *(Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL, Role.ASSISTANT, Role.TOOL),
    ]
    called, answered = told[2].blocks[-1], told[3].blocks[0]
    assert (called.type, called.name, called.call_id) == (Part.TOOL_CALL, "bash", "c-1")
    assert (answered.type, answered.call_id) == (Part.TOOL_RESULT, "c-1")


def test_the_instances_of_a_run_share_its_batch(storage, put, tmp_path):
    put(TRAJECTORY)
    put({**TRAJECTORY, "replay_config": None}, instance="cogs__cog-2")

    report = import_files(storage, tmp_path)

    assert report.new["task"] == 2
    (batch,) = batches_of(storage)
    assert batch.total == 2
    assert import_files(storage, tmp_path).effective == 0


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("submitted (exit_cost)", Status.SUCCEEDED),
        ("Submitted", Status.SUCCEEDED),
        ("exit_context", Status.FAILED),
        ("LimitsExceeded", Status.FAILED),
        (None, Status.QUEUED),
        ("skipped", Status.CANCELED),
    ],
)
def test_how_it_ended_is_told_by_the_exit_status(storage, put, word, status):
    import_files(storage, put({**TRAJECTORY, "info": {"exit_status": word}}))

    task = task_named(storage, NAME).record
    assert (task.status, task.status_word) == (status, word)


MINI = {
    "info": {"exit_status": "Submitted", "submission": PATCH, "mini_version": "2.0.0",
             "config": {"model": {"model_name": "gpt-5"}}},
    "messages": [
        {"role": "system", "content": "You program."},
        {"role": "user", "content": "The cog is wrong"},
        {"role": "assistant", "content": "Look\n```bash\nls -F\n```",
         "extra": {"actions": [{"command": "ls -F"}], "timestamp": 1_772_000_000.5}},
        {"role": "user", "content": "cog.py"},
        {"role": "assistant", "content": "Well done", "reasoning_content": "Hm"},
        {"role": "exit", "content": ""},
    ],
    "trajectory_format": "mini-swe-agent-1.1",
}  # fmt: skip


def test_a_trajectory_of_messages_alone_is_read(storage, put):
    report = import_files(storage, put(MINI))

    assert report.formats == ["swe-agent"]
    (run,) = details_of(storage, Kind.EXECUTION).values()
    assert (run.record.turn, run.record.step) == (1, "ls")
    assert run.record.started_at == parse_time(1_772_000_000.5)
    assert "```\ncog.py\n```" in run.description
    detail = task_named(storage, NAME)
    assert detail.description.startswith("The cog is wrong")
    (found,) = conversations_of(storage).values()
    assert (found.model, found.messages) == ("gpt-5", 6)


def test_a_bare_list_of_messages_is_read(storage, tmp_path):
    report = import_files(
        storage, write_json(tmp_path / "github_issue.traj.json", MINI["messages"][:5])
    )

    assert report.formats == ["swe-agent"]
    assert [each.title for each in tasks_of(storage)] == ["github_issue"]
    (found,) = conversations_of(storage).values()
    assert found.messages == 5


@pytest.mark.parametrize(
    "broken",
    [
        {**TRAJECTORY, "trajectory": [*STEPS, 5, {}, {"action": None, "observation": [1]}]},
        {**TRAJECTORY, "history": [5, {}, {"role": 5, "content": {"a": 1}}]},
        {**TRAJECTORY, "replay_config": "{no", "info": {"exit_status": 5}},
        {**MINI, "messages": [{"role": "assistant", "content": 5, "tool_calls": [5, {}]}]},
    ],
)
def test_odd_values_are_no_hindrance(storage, put, broken):
    report = import_files(storage, put(broken))

    assert report.new["task"] == 1
    assert faults(storage) == []


TRAJECTORIES = sorted(SHARED.glob("swe_agent/*.json"))


@pytest.mark.parametrize("path", TRAJECTORIES, ids=lambda path: path.name)
def test_a_real_trajectory_is_read_whole(path):
    content = json.loads(path.read_bytes())
    with opened() as storage:
        report = import_files(storage, path)

        assert report.formats == ["swe-agent"]
        runs = details_of(storage, Kind.EXECUTION).values()
        assert len(runs) == len(content["trajectory"])
        by_turn = {run.record.turn: run for run in runs}
        for turn, step_ in enumerate(content["trajectory"], start=1):
            assert step_["observation"] in by_turn[turn].description
            assert step_["action"].strip() in by_turn[turn].description
        (found,) = conversations_of(storage).values()
        assert found.messages == len(content["history"])
        (task,) = tasks_of(storage)
        assert task.status is Status.SUCCEEDED
        assert content["info"]["submission"].strip() in storage.tasks.get(task.pk).description
        assert faults(storage) == []
        assert import_files(storage, path).effective == 0


def prediction(instance, patch, model="claude"):
    return {"model_name_or_path": model, "instance_id": instance, "model_patch": patch}


PREDICTIONS = [
    prediction("a-1", PATCH),
    prediction("a-2", None),
    prediction("a-1", "+3", "gpt"),
]
SHAPES = {
    "lines": "".join(json.dumps(each) + "\n" for each in PREDICTIONS),
    "array": json.dumps(PREDICTIONS),
    "object": json.dumps({str(n): each for n, each in enumerate(PREDICTIONS)}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_predictions_of_every_shape_are_read(storage, tmp_path, shape):
    path = write_json(tmp_path / "all_preds.json", SHAPES[shape])

    report = import_files(storage, path)

    assert (report.formats, report.repeated) == (["swe-preds"], {})
    (batch,) = batches_of(storage)
    assert (batch.title, batch.total) == ("all_preds", 3)
    told = {each.external_id: each for each in tasks_of(storage)}
    assert {name: (each.status.word, each.status_word) for name, each in told.items()} == {
        "claude/a-1": ("succeeded", None),
        "claude/a-2": ("failed", NO_PATCH),
        "gpt/a-1": ("succeeded", None),
    }
    detail = task_named(storage, "claude/a-1")
    assert detail.description == f"```diff\n{PATCH}\n```"
    assert json.loads(detail.raw) == PREDICTIONS[0]
    assert detail.record.tags == ("claude",)
    assert import_files(storage, path).effective == 0


def test_a_patch_with_fences_is_shown_whole(storage, tmp_path):
    patch = "+```python\n+1\n+```"
    path = write_lines(tmp_path / "p.jsonl", [prediction("a", patch), prediction("b", "")])

    import_files(storage, path)

    assert task_named(storage, "claude/a").description == f"````diff\n{patch}\n````"


PREDS = sorted(SHARED.glob("swe_bench_preds/*.jsonl"))


@pytest.mark.parametrize("path", PREDS, ids=lambda path: path.name)
def test_real_predictions_are_read_whole(path):
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    with opened() as storage:
        report = import_files(storage, path)

        assert report.formats == ["swe-preds"]
        tasks = {task.title: task for task in tasks_of(storage)}
        assert {name: task.status for name, task in tasks.items()} == {
            row["instance_id"]: Status.SUCCEEDED if row["model_patch"] else Status.FAILED
            for row in rows
        }
        for row in rows:
            patch = (row["model_patch"] or "").strip("\r\n")
            assert patch in storage.tasks.get(tasks[row["instance_id"]].pk).description
        assert faults(storage) == []
        assert import_files(storage, path).effective == 0
