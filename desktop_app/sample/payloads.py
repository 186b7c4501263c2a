"""What the tools of the sample would have written for a task, in each one's own shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from db.times import to_iso
from db.vocabulary import Priority, Status

if TYPE_CHECKING:
    from random import Random

    from db.incoming import IncomingTask

_WORDS: Final[dict[str, dict[Status, str]]] = {
    "taskmaster": {
        Status.SUCCEEDED: "done",
        Status.RUNNING: "in-progress",
        Status.QUEUED: "pending",
        Status.CANCELED: "cancelled",
    },
    "beads": {
        Status.SUCCEEDED: "closed",
        Status.RUNNING: "in_progress",
        Status.QUEUED: "open",
        Status.CANCELED: "tombstone",
    },
    "github": {
        Status.SUCCEEDED: "closed",
        Status.RUNNING: "in progress",
        Status.QUEUED: "open",
        Status.CANCELED: "won't do",
    },
    "openai-batch": {Status.SUCCEEDED: "completed"},
    "claude-code": {Status.SUCCEEDED: "completed", Status.RUNNING: "in_progress"},
    "codex": {Status.SUCCEEDED: "completed", Status.RUNNING: "in_progress"},
    "ralph": {Status.SUCCEEDED: "passes", Status.QUEUED: "todo"},
}
_PEOPLE: Final = ("amina-k", "jonas", "noor", "yuki-t", "marta.s", "tomasz", "li-wei", "oriol")
_MODELS: Final = {
    "claude-code": ("sonnet", "opus", "haiku"),
    "codex": ("codex-large", "codex-mini"),
    "openai-batch": ("large-2025-08", "small-2025-08"),
}
_FOLDERS: Final = ("api", "core", "jobs", "store", "web", "tools")
_FILES: Final = ("reader.py", "writer.py", "schema.sql", "index.ts", "queue.py", "view.tsx")


def word_of(source: str, status: Status) -> str | None:
    """Return a source's own word for a state, or None where it is ours."""
    return _WORDS[source].get(status)


def payload_of(random: Random, source: str, project: str, task: IncomingTask) -> dict[str, Any]:
    """Return a task in the shape its source would have written it."""
    status = Status(task.status)
    shapes = {
        "taskmaster": _taskmaster,
        "beads": _beads,
        "github": _github,
        "ralph": _ralph,
        "openai-batch": _openai,
    }
    return shapes.get(source, _session)(
        random, project, task, _WORDS[source].get(status, status.word)
    )


def _taskmaster(random: Random, project: str, task: IncomingTask, word: str) -> dict[str, Any]:
    return {
        "id": task.external_id,
        "tag": project,
        "title": task.title,
        "description": _first_line(task),
        "details": task.description,
        "testStrategy": "One test for each line under “Done when”.",
        "status": word,
        "priority": Priority(task.priority).word,
        "dependencies": _dependencies(task),
        "complexity": random.randint(2, 9),
    }


def _beads(random: Random, _project: str, task: IncomingTask, word: str) -> dict[str, Any]:
    return {
        "id": task.external_id,
        "title": task.title,
        "description": task.description,
        "status": word,
        "priority": task.priority,
        "issue_type": task.kind,
        "assignee": random.choice(_PEOPLE),
        "labels": list(task.tags),
        "created_at": _iso(task.created_at),
        "updated_at": _iso(task.updated_at),
        "dependencies": [
            {"depends_on_id": name, "type": "blocks"} for name in _dependencies(task)
        ],
    }


def _github(random: Random, project: str, task: IncomingTask, word: str) -> dict[str, Any]:
    number = int(task.external_id.rpartition("#")[2])
    return {
        "number": number,
        "title": task.title,
        "body": task.description,
        "state": "closed" if word in {"closed", "won't do"} else "open",
        "user": {"login": random.choice(_PEOPLE)},
        "labels": [{"name": name} for name in (task.kind, *task.tags)],
        "comments": random.randint(0, 14),
        "reactions": {"+1": random.randint(0, 9), "eyes": random.randint(0, 3)},
        "created_at": _iso(task.created_at),
        "updated_at": _iso(task.updated_at),
        "repository": f"example/{project}",
    }


def _ralph(random: Random, _project: str, task: IncomingTask, word: str) -> dict[str, Any]:
    return {
        "id": task.external_id,
        "title": task.title,
        "description": _first_line(task),
        "acceptanceCriteria": [
            line.removeprefix("- ")
            for line in task.description.splitlines()
            if line[:2] == "- "
        ],
        "priority": task.priority + 1,
        "passes": word == "passes",
        "rounds": random.randint(1, 6),
        "notes": "",
    }


def _openai(random: Random, _project: str, task: IncomingTask, word: str) -> dict[str, Any]:
    custom_id, _, question = task.title.partition(" ")
    asked = random.randint(180, 2400)
    answered = random.randint(20, 480)
    answer: dict[str, Any] = {
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": task.description}}
        ],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": answered,
            "total_tokens": asked + answered,
        },
    }
    if word == Status.FAILED.word:
        answer = {"error": {"type": "rate_limit_exceeded", "message": "Too many requests"}}
    return {
        "custom_id": custom_id,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": random.choice(_MODELS["openai-batch"]),
            "temperature": 0,
            "messages": [{"role": "user", "content": question}],
        },
        "response": {"status_code": 429 if "error" in answer else 200, "body": answer},
        "error": None,
    }


def _session(random: Random, project: str, task: IncomingTask, word: str) -> dict[str, Any]:
    source = "codex" if task.external_id.startswith("run") else "claude-code"
    turns = random.randint(3, 70)
    return {
        "id": task.external_id,
        "title": task.title,
        "status": word,
        "cwd": f"/home/amina/src/{project}",
        "branch": f"{task.kind}/{task.tags[0]}",
        "model": random.choice(_MODELS[source]),
        "turns": turns,
        "tokens": {
            "input": turns * random.randint(2000, 9000),
            "output": turns * random.randint(90, 800),
            "cached": turns * random.randint(1000, 2000),
        },
        "duration_ms": turns * random.randint(4000, 21_000),
        "files_changed": sorted(
            {
                f"src/{random.choice(_FOLDERS)}/{random.choice(_FILES)}"
                for _ in range(random.randint(1, 5))
            }
        ),
        "started_at": _iso(task.created_at),
        "ended_at": _iso(task.updated_at),
    }


def _dependencies(task: IncomingTask) -> list[str]:
    return [name for name, _kind, outgoing in task.links if not outgoing]


def _first_line(task: IncomingTask) -> str:
    return task.description.partition("\n")[0]


def _iso(moment: int | None) -> str | None:
    return None if moment is None else to_iso(moment)
