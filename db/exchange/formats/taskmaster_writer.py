"""Writing tasks as a Task Master file: what was imported comes back as it was.

Each task starts from the text it was imported from; only members whose value was changed
since are written anew.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

from db.exchange import sections
from db.exchange.fields import json_text
from db.exchange.formats import taskmaster_reader as taskmaster
from db.exchange.formats.base import Pieces, Selection
from db.exchange.raw_object import RawObject
from db.exchange.rewriting import Put, rewritten
from db.incoming import IncomingTask
from db.ports import Storage
from db.records import BatchDetail, TaskDetail
from db.vocabulary import LinkKind, Priority, Status

_STATUS_WORDS = {
    Status.QUEUED: "pending",
    Status.RUNNING: "in-progress",
    Status.REVIEW: "review",
    Status.BLOCKED: "blocked",
    Status.FAILED: "deferred",
    Status.SUCCEEDED: "done",
    Status.CANCELED: "cancelled",
}
_PRIORITY_WORDS = {
    Priority.HIGHEST: "critical",
    Priority.HIGH: "high",
    Priority.MEDIUM: "medium",
    Priority.LOW: "low",
    Priority.LOWEST: "low",
}


class TaskMasterWriter:
    """Writes one selection."""

    def __init__(self, storage: Storage, selection: Selection) -> None:
        self._storage = storage
        self._selection = selection
        self._wanted = frozenset(selection.tasks)
        self._numbers: dict[int, str] = {}
        self._names: set[str] = set()

    def pieces(self) -> Pieces:
        """Yield the file: a tag for each batch, and one for the tasks in none.

        The tasks of a file that had no tags go back into one.
        """
        details = list(self._storage.task_details(self._selection.tasks))
        self._names = {detail.record.external_id or "" for detail in details}
        by_batch: dict[int | None, list[TaskDetail]] = {}
        for detail in details:
            if detail.parent is None or detail.parent.pk not in self._wanted:
                by_batch.setdefault(detail.record.batch_pk, []).append(detail)
        self._number(by_batch)
        tags = [
            (None if pk is None else self._storage.batches.get(pk), tasks)
            for pk, tasks in by_batch.items()
        ]
        if len(tags) == 1 and _is_whole_file(tags[0][0]):
            yield f"{self._tag_text(*tags[0])}\n".encode(), len(details)
            return
        before = b"{"
        for batch, tasks in tags:
            yield before + f"\n  {json_text(_tag(batch))}: ".encode(), 0
            yield self._tag_text(batch, tasks).encode(), 0
            before = b","
        yield (b"\n}\n" if tags else b"{}\n"), len(details)

    def _number(self, by_batch: dict[int | None, list[TaskDetail]]) -> None:
        """Give each task its number: its own where it has one that is free in its tag."""
        for tasks in by_batch.values():
            taken: set[str] = set()
            highest = 0
            for detail in sorted(tasks, key=lambda each: each.raw is None):
                own = str(_data(detail).get("id", ""))
                number = own if own and own not in taken else str(highest + 1)
                taken.add(number)
                highest = max(highest, int(number) if number.isdecimal() else 0)
                self._numbers[detail.record.pk] = number

    def _tag_text(self, batch: BatchDetail | None, tasks: list[TaskDetail]) -> str:
        ordered = sorted(tasks, key=lambda each: each.record.pk)
        listed = ",\n      ".join(self._task(detail) for detail in ordered)
        listed = f"[\n      {listed}\n    ]"
        raw = batch.raw if batch is not None else None
        if raw == taskmaster.BARE_LIST:
            return listed
        if _is_whole_file(batch):
            shell = RawObject(raw or "")
            shell.set_text("tasks", listed)
            return shell.text()
        members = [f'"tasks": {listed}', *([raw[1:-1]] if raw else [])]
        return "{\n    " + ",\n    ".join(members) + "\n  }"

    def _task(self, detail: TaskDetail) -> str:
        new = RawObject()
        new.set("id", _bare(self._numbers.get(detail.record.pk, "1")))
        raw = rewritten(detail, taskmaster.NAME, partial(self._read, detail), _PUT, new)
        old = self._read(detail, raw) if raw is not new else None
        self._dependencies(raw, detail, old)
        children = [child.pk for child in detail.children if child.pk in self._wanted]
        if children or "subtasks" in raw:
            inside = [self._task(self._numbered(pk, number))
                      for number, pk in enumerate(children, start=1)]  # fmt: skip
            raw.set_text("subtasks", f"[{', '.join(inside)}]")
        return raw.text()

    def _numbered(self, pk: int, number: int) -> TaskDetail:
        detail = self._storage.tasks.get(pk)
        self._numbers[pk] = str(_data(detail).get("id", number))
        return detail

    def _read(self, detail: TaskDetail, found: RawObject) -> IncomingTask:
        record = detail.record
        parent = record.external_id and detail.parent and detail.parent.external_id
        name = record.external_id or ":"
        return taskmaster.to_task(name, found.data, "", 0, 0, parent or None, self._names)

    def _dependencies(
        self, raw: RawObject, detail: TaskDetail, old: IncomingTask | None
    ) -> None:
        """Write the dependencies where they changed; those on nothing known stay."""
        needed = self._needed(detail)
        listed = [] if old is None else [name for name, _, _ in old.links]
        if old is None or needed != self._names.intersection(listed):
            unknown = [name for name in listed if name not in self._names]
            raw.set("dependencies", [_bare(each) for each in [*unknown, *sorted(needed)]])

    def _needed(self, detail: TaskDetail) -> set[str]:
        """Return the names of the tasks that block this one."""
        return {
            link.task.external_id or self._numbers.get(link.task.pk, "")
            for link in detail.links
            if link.incoming and link.kind is LinkKind.BLOCKS
        } - {""}


def _is_whole_file(batch: BatchDetail | None) -> bool:
    """Whether a batch was all of a file without tags; see `taskmaster_reader`."""
    if batch is None or batch.record.source != taskmaster.NAME:
        return False
    return "tasks" in RawObject(batch.raw or "")


def _tag(batch: BatchDetail | None) -> str:
    if batch is None:
        return taskmaster.UNTAGGED
    record = batch.record
    is_own = record.source == taskmaster.NAME and record.external_id
    return record.external_id if is_own and record.external_id else record.title


def _data(detail: TaskDetail) -> dict[str, Any]:
    """Return the object a task was imported from, if Task Master wrote it."""
    if detail.raw is None or detail.record.source != taskmaster.NAME:
        return {}
    data = json.loads(detail.raw)
    return data if isinstance(data, dict) else {}


def _put_status(raw: RawObject, value: Status) -> None:
    raw.set("status", _STATUS_WORDS[value])


def _put_priority(raw: RawObject, value: Priority) -> None:
    raw.set("priority", _PRIORITY_WORDS[value])


def _put_description(raw: RawObject, value: str) -> None:
    for key, text in sections.split(value, taskmaster.SECTIONS).items():
        if text or key in raw:
            raw.set(key, text)


_PUT: Final[dict[str, Put]] = {
    "title": lambda raw, value: raw.set("title", value),
    "status": _put_status,
    "priority": _put_priority,
    "description": _put_description,
}


def _bare(name: str) -> int | str:
    """Return a dependency as Task Master writes it: `master:5` as 5, `master:5.2` as "5.2"."""
    number = name.rpartition(":")[2]
    return int(number) if number.isdecimal() else number


def write(storage: Storage, selection: Selection) -> Pieces:
    """Yield the pieces of a Task Master file, each with the records it completes."""
    return TaskMasterWriter(storage, selection).pieces()
