"""Writing tasks as a Task Master file: what was imported comes back as it was.

Each task starts from the text it was imported from; only members whose value was changed
since are written anew.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice
from operator import lt
from typing import Final

from db.exchange import sections
from db.exchange.companions import fetched
from db.exchange.fields import json_text
from db.exchange.formats import taskmaster_reader as taskmaster
from db.exchange.formats.base import Pieces, Selection
from db.exchange.raw_object import RawObject
from db.exchange.rewriting import Put, name_in, rewritten
from db.exchange.verifying import Names
from db.incoming import IncomingTask
from db.ports import Storage
from db.records import AnyRecord, BatchDetail, Kind, TaskDetail, TaskRecord
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
_MOST_DIGITS: Final = 18
_PLAIN: Final = re.compile("0|[1-9][0-9]{0,6}").fullmatch


class _Numbers:
    """The numbers that are taken in a tag: a byte for each, but for odd ones."""

    def __init__(self) -> None:
        self._taken = bytearray()
        self._odd: set[str] = {""}
        self.highest = 0

    def take(self, name: str) -> bool:
        """Take a number; return whether it was free."""
        if name.isdecimal() and len(name) <= _MOST_DIGITS:
            self.highest = max(self.highest, int(name))
        if not _PLAIN(name):
            is_free = name not in self._odd
            self._odd.add(name)
            return is_free
        number = int(name)
        self._taken.extend(bytes(max(0, number + 1 - len(self._taken))))
        is_free = not self._taken[number]
        self._taken[number] = True
        return is_free


class TaskMasterWriter:
    """Writes one selection."""

    def __init__(self, storage: Storage, selection: Selection) -> None:
        self._storage = storage
        self._selection = selection
        self._wanted = frozenset(() if selection.complete else selection.tasks)
        self._numbers: dict[int, str] = {}
        self._names = Names()
        self._written = 0

    def pieces(self) -> Pieces:
        """Yield the file: a tag for each batch, and one for the tasks in none.

        The tasks of a file that had no tags go back into one.
        """
        by_batch = self._sorted_in()
        if len(by_batch) == 1:
            ((pk, tasks),) = by_batch.items()
            batch = None if pk is None else self._storage.batches.get(pk)
            if _is_whole_file(batch):
                yield from self._tag_pieces(batch, tasks)
                yield b"\n", 0
                return
        taken = {*taskmaster.IGNORED}
        before = "{"
        for pk, tasks in by_batch.items():
            batch = None if pk is None else self._storage.batches.get(pk)
            yield f"{before}\n  {json_text(_free(_tag(batch), taken))}: ".encode(), 0
            yield from self._tag_pieces(batch, tasks)
            before = ","
        yield (b"\n}\n" if by_batch else b"{}\n"), 0

    def _sorted_in(self) -> dict[int | None, array[int]]:
        """Return the tasks that are parts of none, by batch."""
        by_batch: dict[int | None, array[int]] = {}
        for record in fetched(self._storage, Kind.TASK, self._selection.tasks):
            assert isinstance(record, TaskRecord)
            if name := name_in(taskmaster.NAME, record):
                self._names.add(name)
            if not self._is_wanted(record.parent_pk):
                by_batch.setdefault(record.batch_pk, array("q")).append(record.pk)
        return {pk: _in_order(tasks) for pk, tasks in by_batch.items()}

    def _is_wanted(self, pk: int | None) -> bool:
        return pk is not None and (self._selection.complete or pk in self._wanted)

    def _number(self, records: Iterable[AnyRecord]) -> None:
        """Give a new number to each record that has none, or one that is taken."""
        taken = _Numbers()
        new = [each.pk for each in records if not taken.take(_own_number(each))]
        for number, pk in enumerate(new, start=taken.highest + 1):
            self._numbers[pk] = str(number)

    def _tag_pieces(self, batch: BatchDetail | None, tasks: Sequence[int]) -> Pieces:
        self._numbers.clear()
        self._number(fetched(self._storage, Kind.TASK, tasks))
        head, tail = _around(batch)
        before = f"{head}["
        for detail in self._storage.task_details(tasks):
            done = self._written
            text = self._task(detail)
            yield f"{before}\n      {text}".encode(), self._written - done
            before = ","
        yield (f"\n    ]{tail}" if before == "," else f"{before}]{tail}").encode(), 0

    def _task(self, detail: TaskDetail) -> str:
        self._written += 1
        number = self._numbers.get(detail.record.pk)
        new = RawObject()
        new.set("id", _bare(number or _own_number(detail.record)))
        raw = rewritten(detail, taskmaster.NAME, partial(self._read, detail), _PUT, new)
        old = self._read(detail, raw) if raw is not new else None
        if number is not None and raw is not new:
            raw.set("id", _bare(number))
        self._dependencies(raw, detail, old)
        children = [child for child in detail.children if self._is_wanted(child.pk)]
        if children or "subtasks" in raw:
            self._number(children)
            inside = [self._task(self._storage.tasks.get(child.pk)) for child in children]
            raw.set_text("subtasks", f"[{', '.join(inside)}]")
        return raw.text()

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
        if old is None or needed != {name for name in listed if name in self._names}:
            unknown = [name for name in listed if name not in self._names]
            raw.set("dependencies", [_bare(each) for each in [*unknown, *sorted(needed)]])

    def _name(self, task: TaskRecord) -> str:
        """Return the name of a task, or its new number in its tag; empty if it has none."""
        own, new = name_in(taskmaster.NAME, task) or "", self._numbers.get(task.pk, "")
        return own or new if task.parent_pk else new or own

    def _needed(self, detail: TaskDetail) -> set[str]:
        """Return the names of the tasks that block this one; others only within its tag."""
        blocking = (
            link.task for link in detail.links if link.incoming and link.kind is LinkKind.BLOCKS
        )
        return {
            self._name(task)
            for task in blocking
            if task.source == taskmaster.NAME or task.batch_pk == detail.record.batch_pk
        } - {""}


def _in_order(pks: array[int]) -> array[int]:
    """Return pks in the order in which their records came; mostly they are."""
    is_so = all(map(lt, pks, islice(pks, 1, None)))
    return pks if is_so else array("q", sorted(pks))


def _own_number(record: AnyRecord) -> str:
    """Return the number that a task has in its tag, or a subtask in its task; empty if none."""
    number = (name_in(taskmaster.NAME, record) or "").partition(":")[2]
    is_part = isinstance(record, TaskRecord) and record.parent_pk is not None
    return number.rpartition(".")[2] if is_part else number


def _own_raw(batch: BatchDetail | None) -> str:
    """Return what stood around the tasks of a batch that came from Task Master, or nothing."""
    if batch is None or batch.record.source != taskmaster.NAME:
        return ""
    return batch.raw or ""


def _is_whole_file(batch: BatchDetail | None) -> bool:
    """Whether a batch was all of a file without tags; see `taskmaster_reader`."""
    return "tasks" in RawObject(_own_raw(batch))


def _around(batch: BatchDetail | None) -> tuple[str, str]:
    """Return the texts before and behind the list of a batch's tasks."""
    raw = _own_raw(batch)
    if raw == taskmaster.BARE_LIST:
        return "", ""
    if not _is_whole_file(batch):
        others = f",\n    {raw[1:-1]}" if raw else ""
        return '{\n    "tasks": ', f"{others}\n  }}"
    shell = RawObject(raw)
    # No JSON text holds this sign.
    shell.set_text("tasks", "\0")
    head, _, tail = shell.text().partition("\0")
    return head, tail


def _tag(batch: BatchDetail | None) -> str:
    if batch is None:
        return taskmaster.UNTAGGED
    return name_in(taskmaster.NAME, batch.record) or batch.record.title


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no other tag has, like another, and take it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free


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
