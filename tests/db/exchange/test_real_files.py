"""Real files that other tools wrote: every record arrives, and comes back as it was."""

import io
import json
from functools import cache

import pytest

from db.errors import ExchangeError, MalformedFileError
from db.exchange.document import Document
from db.exchange.exporting import export
from db.exchange.importing import recognise, stage_import
from tests.db.factories import SHARED, batches_of, faults, import_files, opened, tasks_of


def found(*patterns):
    return [path for pattern in patterns for path in sorted(SHARED.glob(pattern))]


TASK_MASTER = found("taskmaster/*.json", "taskmaster_legacy/A*.json")
OPENAI = found("openai_batch/*.jsonl")
GENERIC = found(
    "feature_list/*.json",
    "ralph_prd/*.json",
    "github_issues/*.json",
    "other_task_stores/*.jsonl",
    "taskwarrior/*.json",
    "audit/*.jsonl",
)
OF_TOOLS = [
    path
    for path in found("**/*.json", "**/*.jsonl")
    if {"json_test_suite", "dirty"}.isdisjoint(path.parts)
]
IGNORED = {"tag", "_rawTaggedData"}

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the real files are not there")


def name_of(path):
    return f"{path.parent.name}/{path.name}"


@cache
def loaded(path):
    """Return the content of a file, or None where it is no JSON."""
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None


@pytest.fixture
def valid(path):
    if loaded(path) is None:
        with opened() as storage, pytest.raises(MalformedFileError, match="line"):
            stage_import(storage, [path])
        pytest.skip("refused, as Python's reader does")


def tags_of(content):
    if "tasks" in content:
        return {"master": content}
    tags = {key: value for key, value in content.items() if key not in IGNORED}
    return {
        key: value if isinstance(value, dict) else {"tasks": value}
        for key, value in tags.items()
    }


def names_in(content):
    """Count the tasks and subtasks with different names, in plain Python."""
    names = set()
    for tag, value in tags_of(content).items():
        for task in value["tasks"]:
            names |= {(tag, name) for name in names_of(task, str(task["id"]))}
    return names


def names_of(task, name):
    yield name
    for part in task.get("subtasks") or []:
        own = str(part["id"])
        yield from names_of(part, own if own.startswith(f"{name}.") else f"{name}.{own}")


@pytest.mark.parametrize("path", TASK_MASTER, ids=name_of)
def test_a_task_master_file_is_read_whole(path, valid):
    wanted = names_in(loaded(path))
    with opened() as storage:
        report = import_files(storage, path)

        assert report.formats == ["taskmaster"]
        assert len(tasks_of(storage)) == len(wanted)
        names = {tuple(task.external_id.split(":", 1)) for task in tasks_of(storage)}
        assert names == wanted
        assert {batch.external_id for batch in batches_of(storage)} == set(
            tags_of(loaded(path))
        )
        assert faults(storage) == []
        assert import_files(storage, path).effective == 0


def without_empty_tags(tags):
    return {tag: value for tag, value in tags.items() if value["tasks"]}


@pytest.mark.parametrize("path", TASK_MASTER, ids=name_of)
def test_a_task_master_file_comes_back_equal(path, valid):
    out = io.BytesIO()
    with opened() as storage:
        import_files(storage, path)
        export(storage, "taskmaster", out)

    back = json.loads(out.getvalue())

    content = loaded(path)
    wanted = without_empty_tags(tags_of(content))
    for value in wanted.values():
        for key in IGNORED & set(value):
            del value[key]
    assert back == (wanted["master"] if isinstance(content.get("tasks"), list) else wanted)


def lines_of(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


@pytest.mark.parametrize("path", OPENAI, ids=name_of)
def test_an_openai_batch_file_is_read_whole(path):
    rows = lines_of(path)
    with opened() as storage:
        report = import_files(storage, path)

        assert report.formats == ["openai-batch"]
        tasks = tasks_of(storage)
        assert {task.external_id for task in tasks} == {row["custom_id"] for row in rows}
        failed = {
            row["custom_id"]
            for row in rows
            if row.get("error")
            or (row.get("response") and not 200 <= row["response"]["status_code"] < 300)
        }
        assert {task.external_id for task in tasks if task.status.word == "failed"} == failed
        out = io.BytesIO()
        export(storage, "openai-batch", out)
        back = sorted(json.dumps(json.loads(line)) for line in out.getvalue().splitlines())
        assert back == sorted({row["custom_id"]: json.dumps(row) for row in rows}.values())


def test_requests_and_answers_of_one_batch_are_joined():
    both = [path for path in OPENAI if path.stem.endswith(("input", "output"))]
    if len(both) != 2:
        pytest.skip("there is no such pair")
    ids = {row["custom_id"] for path in both for row in lines_of(path)}
    with opened() as storage:
        import_files(storage, *both)

        assert len(tasks_of(storage)) == len(ids)
        assert len(batches_of(storage)) == 1


@pytest.mark.parametrize("path", GENERIC, ids=name_of)
def test_a_list_of_objects_comes_back_equal(path):
    out = io.BytesIO()
    with opened() as storage:
        report = import_files(storage, path, format_name="generic")
        number = report.new["task"]
        assert number == len(tasks_of(storage)) > 0
        export(storage, "generic", out)

    back = json.loads(out.getvalue())

    content = loaded(path) if path.suffix == ".json" else lines_of(path)
    if isinstance(back, dict):
        assert json.dumps(back) == json.dumps(content)
        return
    assert len(back) == number
    if isinstance(content, list) and len(content) == number:
        assert json.dumps(back) == json.dumps(content)


@pytest.mark.parametrize("path", OF_TOOLS, ids=name_of)
def test_a_format_is_told_by_content_and_not_by_name(path):
    expected = {
        **dict.fromkeys(OF_TOOLS, "generic"),
        **dict.fromkeys(TASK_MASTER, "taskmaster"),
        **dict.fromkeys(OPENAI, "openai-batch"),
        **dict.fromkeys(found("claude_code/*.jsonl"), "claude-code"),
        **dict.fromkeys(found("chatgpt/*.json"), "chatgpt"),
        **dict.fromkeys(found("claude_ai/*.json"), "claude-ai"),
        **dict.fromkeys(found("codex/*.jsonl"), "codex"),
        **dict.fromkeys(found("swe_agent/*.json"), "swe-agent"),
        **dict.fromkeys(found("swe_bench_preds/*.jsonl"), "swe-preds"),
        **dict.fromkeys(found("beads/*.jsonl"), "beads"),
        **dict.fromkeys(found("bugs_findings/*.json", "learnings/*.json"), "findings"),
        **dict.fromkeys(found("ralph_prd/*.json"), "ralph"),
        **dict.fromkeys(found("github_issues/*.json"), "github"),
        **dict.fromkeys(found("taskwarrior/*.json"), "taskwarrior"),
        **dict.fromkeys(found("trello/*.json"), "trello"),
        **dict.fromkeys(found("feature_list/*.json"), "features"),
    }
    try:
        with path.open("rb") as stream:
            format_name = recognise(Document(stream, name="file.txt"), None, {}).name
    except ExchangeError:
        assert loaded(path) is None or expected[path] == "generic"
    else:
        assert format_name == expected[path]
