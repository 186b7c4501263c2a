"""Trajectories of SWE-agent and mini-SWE-agent: what was done for one instance.

The folder of the run is the batch, the instance a task, each step a run of it, and the
history a conversation. mini-SWE-agent keeps messages alone: a step there is a message of
the model that does something, with the answers to it. What a step repeats of the history
is left to the history.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, Final

from msgspec import Struct

from db.errors import MalformedFileError
from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, json_text, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.json_reader import JsonCursor, Kind, Value
from db.exchange.messages import conversations_first
from db.exchange.thread import Thread
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.records import Block
from db.records import Kind as RecordKind
from db.times import parse_time
from db.vocabulary import Part, Role, Status, fold_role, fold_status

MAX_CHARS: Final = 96 << 20
"""So much text a trajectory may have, what steps repeat left out: it waits for its end."""

_ORIGIN: Final = "swe-agent:runs"
_STEPS: Final = "trajectory"
_HISTORIES: Final = ("history", "messages")
_FORMAT: Final = "trajectory_format"
_REPEATED: Final = {"messages", "query"}
_STEP_KEYS: Final = {"action", "observation", "thought", "response", "state"}
_INFO_KEYS: Final = {"exit_status", "submission", "model_stats", "mini_version"}
_SHELVES: Final = {"trajs", "trajectories", "output", "outputs", "results"}
_WORD: Final = re.compile(r"[A-Za-z_][\w.-]{0,39}")
_COMMAND: Final = re.compile(r"```(?:\w[\w-]*)?\n(.*?)\n?```", re.DOTALL)


class SweAgent(ReadOnly):
    """Reads the trajectory of one instance."""

    name = "swe-agent"
    title = "SWE-agent trajectory"

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if sample.shape == "array":
            return 0.5 if sample.items and all(map(_is_message, sample.items)) else 0.0
        members = sample.members
        if text_of(members.get(_FORMAT)).startswith("mini-swe-agent"):
            return 0.98
        steps, info = members.get(_STEPS), members.get("info")
        if isinstance(steps, list) and any(map(_is_step, steps)):
            return 0.97
        about = info if isinstance(info, dict) else {}
        is_told = any(isinstance(members.get(key), list) for key in (_STEPS, *_HISTORIES))
        return 0.9 if is_told and not _INFO_KEYS.isdisjoint(about) else 0.0

    def origin(self, sample: Sample) -> str | None:  # noqa: ARG002 - the same for all
        """Return the one origin of all trajectories: their names tell the run."""
        return _ORIGIN

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the run, the instance, its steps and its history."""
        reader = _Reader(document)
        history = list(conversations_first(reader.history()))
        yield from reader.records()
        yield from history


def _is_step(item: object) -> bool:
    return isinstance(item, dict) and len(_STEP_KEYS & item.keys()) > 1


def _is_message(item: object) -> bool:
    return (
        isinstance(item, dict)
        and {"role", "content"} <= item.keys()
        and fold_role(text_of(item["role"])) is not None
    )


def _run(document: Document, instance: str) -> str:
    """Return the folder of the run, which may have one for each instance."""
    parts = [*PurePath(document.path.replace("\\", "/")).parts[:-1]]
    while parts and (parts[-1] in _SHELVES or parts[-1] == instance):
        parts.pop()
    named = [part.strip("/") for part in parts[-2:]]
    return "/".join(filter(None, named)) or instance


class _Step(Struct, kw_only=True):
    """What was done and what came of it."""

    thought: str = ""
    action: str = ""
    observation: str = ""
    started: int | None = None
    raw: str
    offset: int
    length: int


class _Reader:
    """Reads a trajectory from front to back; what it is of is only known at its end."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._instance = document.stem.removesuffix(".traj")
        self._run = _run(document, self._instance)
        self._name = f"{self._run}/{self._instance}"
        self._thread = Thread(self._name)
        self._thread.title = self._instance
        self._thread.refs = {"batch": self._run, "task": self._name}
        self._about: dict[str, Value] = {}
        self._steps: list[_Step] = []
        self._said: list[_Step] = []
        self._asked = ""
        self._length = 0
        self._chars = 0

    def history(self) -> Iterator[IncomingRecord]:
        """Yield the conversation, if there is one, and keep what else the file holds."""
        cursor = self._document.cursor()
        if cursor.kind() is Kind.ARRAY:
            self._read_history(cursor)
        else:
            for key in cursor.members():
                is_list = key in {_STEPS, *_HISTORIES} and cursor.kind() is Kind.ARRAY
                if key == _STEPS and is_list:
                    for _ in cursor.items():
                        step = _read_step(cursor)
                        self._count(len(step.raw))
                        self._steps.append(step)
                elif is_list:
                    self._read_history(cursor)
                elif value := cursor.usable_value():
                    self._about[key] = value
        self._length = cursor.offset()
        cursor.end()
        self._thread.model = self._model()
        self._thread.offset, self._thread.length = 0, self._length
        if self._thread.messages:
            yield from self._thread.rest()

    def records(self) -> Iterator[Incoming]:
        """Yield the run as a batch, the instance as a task, and its steps."""
        run = self._run.rpartition("/")[2]
        yield IncomingBatch(external_id=self._run, title=run)
        yield self._task()
        for number, step in enumerate(self._steps or self._said, start=1):
            yield self._execution(step, number)

    def _count(self, chars: int) -> None:
        self._chars += chars
        if self._chars > MAX_CHARS:
            raise MalformedFileError(
                f"the trajectory has steps and messages of more than {MAX_CHARS:,} characters.",
                path=self._document.name,
            )

    def _read_history(self, cursor: JsonCursor) -> None:
        is_begun = False
        for value in cursor.values():
            if not isinstance(value.data, dict):
                continue
            role = fold_role(text_of(value.data.get("role")))
            if value.data.get("is_demo") is True or role is None:
                role = Role.SYSTEM
            is_begun |= role is Role.ASSISTANT
            if is_begun and role is Role.USER:
                # Nobody sits there: what follows the model's first words is the machine's.
                role = Role.TOOL
            self._say(role, value, value.data)

    def _say(self, role: Role, value: Value, data: dict[str, Any]) -> None:
        blocks = list(_blocks(role, data))
        more = data.get("extra")
        extra = more if isinstance(more, dict) else {}
        moment = parse_time(extra.get("timestamp", data.get("timestamp")))
        if role is Role.USER and not self._asked:
            self._asked = "\n\n".join(block.text for block in blocks)
        self._thread.say(role, blocks, moment=moment, offset=value.offset, length=value.length)
        self._count(value.length)
        if self._steps:
            return
        if role is Role.ASSISTANT and (action := _action(data, extra)):
            step = _Step(
                thought=text_of(_text(data.get("content"))),
                action=action,
                started=moment,
                raw=value.raw,
                offset=value.offset,
                length=value.length,
            )
            self._said.append(step)
        elif role is Role.TOOL and self._said:
            last = self._said[-1]
            told = [last.observation, *(block.text for block in blocks)]
            last.observation = "\n".join(filter(None, told))

    def _value(self, *path: str) -> object:
        """Return what the file says at a place outside its steps and its history."""
        kept = self._about.get(path[0])
        found: object = kept.data if kept else None
        for key in path[1:]:
            if isinstance(found, str):
                found = _parsed(found)
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def _model(self) -> str:
        places = (
            ("replay_config", "agent", "model", "name"),
            ("info", "config", "model", "model_name"),
            ("info", "model"),
        )
        return next(filter(None, (text_of(self._value(*place)) for place in places)), "")

    def _task(self) -> IncomingTask:
        word = text_of(self._value("info", "exit_status")).strip()
        patch = text_of(self._value("info", "submission")).strip("\r\n")
        asked = text_of(self._value("replay_config", "problem_statement", "text"))
        parts = [asked or self._asked]
        if patch:
            parts.append(f"## Submission\n\n{fenced(patch, 'diff')}")
        named = self._value("replay_config", "problem_statement", "id")
        title = text_of(named or self._value("instance_id")) or self._instance
        status = _status(word)
        members = (f"{json_text(key)}: {value.raw}" for key, value in self._about.items())
        return IncomingTask(
            external_id=self._name,
            title=title,
            status=status,
            status_word=None if word in {"", status.word} else word,
            kind="instance",
            description="\n\n".join(filter(None, parts)),
            raw="{" + ", ".join(members) + "}",
            offset=0,
            length=self._length,
            batch=self._run,
            created_at=self._thread.begun,
            updated_at=self._thread.ended,
        )

    def _execution(self, step: _Step, number: int) -> IncomingRecord:
        parts = [step.thought]
        if step.action and step.action not in step.thought:
            parts.append(fenced(step.action))
        if step.observation:
            parts.append(f"## Observation\n\n{fenced(step.observation)}")
        word = _WORD.match(step.action)
        return IncomingRecord(
            kind=RecordKind.EXECUTION,
            external_id=f"{self._name}#{number}",
            title=first_line(step.thought) or first_line(step.action) or f"Step {number}",
            description="\n\n".join(filter(None, parts)),
            fields={
                "turn": number,
                "step": word[0] if word else "",
                "status": Status.SUCCEEDED.value,
                "started_at": step.started,
            },
            refs={"task": self._name},
            raw=step.raw,
            offset=step.offset,
            length=step.length,
            created_at=step.started,
        )


def _read_step(cursor: JsonCursor) -> _Step:
    """Take a step, but for what it repeats of the history."""
    offset = cursor.offset()
    found: dict[str, Value] = {}
    if cursor.kind() is Kind.OBJECT:
        for key in cursor.members():
            is_repeated = key in _REPEATED and cursor.kind() is Kind.ARRAY
            if not is_repeated and (value := cursor.usable_value()):
                found[key] = value
    elif value := cursor.usable_value():
        found["action"] = value
    texts = {key: text_of(_text(value.data)) for key, value in found.items()}
    members = (f"{json_text(key)}: {value.raw}" for key, value in found.items())
    return _Step(
        thought=texts.get("thought") or texts.get("response", ""),
        action=texts.get("action", "").strip("\r\n"),
        observation=texts.get("observation", ""),
        raw="{" + ", ".join(members) + "}",
        offset=offset,
        length=cursor.offset() - offset,
    )


def _status(word: str) -> Status:
    """Return how an instance stands by its exit status; without one, it is not done."""
    if not word:
        return Status.QUEUED
    if word.lower().startswith("submitted"):
        return Status.SUCCEEDED
    folded = fold_status(word)
    return Status.FAILED if folded is None else folded


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(content: object) -> object:
    """Return the text of a content, which may be a list of parts."""
    if not isinstance(content, list):
        return content
    texts = (text_of(each.get("text")) for each in content if isinstance(each, dict))
    return "\n".join(filter(None, texts)) or (content or None)


def _action(data: dict[str, Any], extra: dict[str, Any]) -> str:
    """Return what a message of the model does: a command, or a call of tools."""
    listed = extra.get("actions")
    if isinstance(listed, list) and listed:
        commands = (each.get("command", each) if isinstance(each, dict) else each
                    for each in listed)  # fmt: skip
        return "\n".join(map(text_of, commands))
    if calls := _calls(data):
        return "\n".join(f"{call.name} {call.text}" for call in calls)
    command = _COMMAND.search(text_of(_text(data.get("content"))))
    return text_of(data.get("action")) or (command[1] if command else "")


def _calls(data: dict[str, Any]) -> list[Block]:
    listed = data.get("tool_calls")
    found: list[Block] = []
    for call in listed if isinstance(listed, list) else []:
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            found.append(
                Block(
                    type=Part.TOOL_CALL,
                    name=text_of(function.get("name")),
                    call_id=text_of(call.get("id")),
                    text=text_of(function.get("arguments")),
                )
            )
    return found


def _blocks(role: Role, data: dict[str, Any]) -> Iterator[Block]:
    """Yield what a message of the history says."""
    thinking = text_of(data.get("reasoning_content"))
    if thinking.strip():
        yield Block(type=Part.THINKING, text=thinking)
    text = text_of(_text(data.get("content")))
    if role is Role.TOOL:
        ids = data.get("tool_call_ids")
        call_id = data.get("tool_call_id") or (ids[0] if isinstance(ids, list) and ids else "")
        yield Block(type=Part.TOOL_RESULT, call_id=text_of(call_id), text=text)
    elif text.strip():
        yield Block(type=Part.TEXT, text=text)
    yield from _calls(data)


def fenced(text: str, language: str = "") -> str:
    """Return a text as a block of code, whatever fences stand in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


SWE_AGENT: Final = SweAgent()
