"""A folder of batches: `batch.json`, `tasks/ID.json` and `results/ID.result.json` of each.

And the document that such a batch is exported as: its tasks, each with its result. A result
is a run of its task. The names are random, so all such folders share an origin.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Final

from db.errors import MalformedFileError
from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, json_text, read_status, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.json_reader import Value
from db.exchange.raw_object import RawObject
from db.exchange.shells import ShellReader
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Status

_ORIGIN: Final = "batches-folder:all"
_RESULT: Final = "result"
_RESULT_END: Final = ".result.json"
_RESULTS: Final = "results"
_TASK: Final = frozenset({"id", "batchId", "status", "payload"})
_BATCH: Final = frozenset({"id", "status", "counts", "createdAt"})
_SOURCES: Final = ("url", "originalName", "filename", "localPath")
_REPORTS: Final = ("markdown", "report", "text", "summary")
_MARKS: Final = ("grade", "score", "pass_probability")
_UNKNOWN: Final = ""
"""The raw text of a task of which only the result is known."""


class BatchesFolder(ReadOnly):
    """Reads one file of such a folder, or the export of a batch."""

    name = "batches-folder"
    title = "Folder of batches"
    leads = frozenset({"tasks"})

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        members = sample.members
        if sample.shape != "object":
            return 0.0
        if members.keys() >= _TASK and isinstance(members["payload"], dict):
            return 0.96
        if members.keys() >= _BATCH and isinstance(members["counts"], dict):
            return 0.96
        listed = members.get("tasks")
        if isinstance(members.get("batchId"), str) and isinstance(listed, list):
            return (
                0.96 if all(isinstance(each, dict) and "id" in each for each in listed) else 0
            )
        return 0.93 if _result_of(sample.path or sample.name) else 0.0

    def origin(self, sample: Sample) -> str | None:  # noqa: ARG002 - the same for all
        """Return the one origin of all such folders: their names are random."""
        return _ORIGIN

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield what the file holds, the batch before its tasks, the task before its run."""
        members = document.sample.members
        if isinstance(members.get("batchId"), str) and isinstance(members.get("tasks"), list):
            yield from _export(document)
            return
        (value,) = document.records()
        if not isinstance(value.data, dict):
            raise MalformedFileError("this is no object.", path=document.name)
        if value.data.keys() >= _TASK:
            yield _bare_batch(text_of(value.data["batchId"]))
            yield _task(value, value.data)
        elif value.data.keys() >= _BATCH:
            yield _batch(value, value.data)
        else:
            yield from _result_file(document, value)


def _result_of(path: str) -> tuple[str, str] | None:
    """Return the batch and the task that a file of that path is a result of, or None."""
    *above, name = PurePosixPath(path.replace("\\", "/")).parts or ("",)
    if not (name.endswith(_RESULT_END) and above[-1:] == [_RESULTS]):
        return None
    return (above[-2] if len(above) > 1 else ""), name.removesuffix(_RESULT_END)


def _export(document: Document) -> Iterator[Incoming]:
    name = text_of(document.sample.members["batchId"])
    yield _bare_batch(name)
    shell = ShellReader(["tasks"])
    cursor = document.cursor()
    for _ in shell.walk(cursor):
        for value in cursor.values():
            if not (isinstance(value.data, dict) and "id" in value.data):
                document.reject(value, "this is no task with an id")
                continue
            found = RawObject(value.raw)
            found.remove(_RESULT)
            task = text_of(value.data["id"])
            yield _task(_moved(found.text(), value), {**value.data, "batchId": name})
            if value.data.get(_RESULT) is not None:
                raw = dict(RawObject(value.raw).members())[_RESULT]
                yield _run(task, value.data[_RESULT], _moved(raw, value))
    cursor.end()


def _moved(raw: str, value: Value) -> Value:
    """Return a text that is a part of a value as one that stands in its place."""
    return Value(value.data, raw, value.offset, value.length, value.line, value.pointer)


def _bare_batch(name: str) -> IncomingBatch:
    """Return a batch of which only the name is known."""
    return IncomingBatch(external_id=name, title=name, merge=_known_batch)


def _known_batch(present: str) -> IncomingBatch:
    found = RawObject(present)
    return _batch(found.value, found.data)


def _batch(value: Value, data: dict[str, Any]) -> IncomingBatch:
    name = text_of(data["id"])
    return IncomingBatch(
        external_id=name,
        title=text_of(data.get("title")) or name,
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        created_at=parse_time(data.get("createdAt")),
        updated_at=parse_time(data.get("updatedAt")),
    )


def _task(value: Value, data: dict[str, Any]) -> IncomingTask:
    name = text_of(data["id"])
    status, word = read_status(data.get("status"))
    source = _source(data.get("payload"))
    error = text_of(data.get("error"))
    return IncomingTask(
        external_id=name,
        title=first_line(source) or name,
        status=status,
        status_word=word,
        kind=text_of(data.get("kind")) or "task",
        description=f"## Error\n\n{error}" if error else "",
        batch=text_of(data.get("batchId")),
        created_at=parse_time(data.get("createdAt")),
        updated_at=parse_time(data.get("updatedAt")),
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        merge=partial(_later_task, value, data),
    )


def _later_task(value: Value, data: dict[str, Any], present: str) -> IncomingTask:
    """Return a task that comes again, or the one that is there if that is the newer."""
    task = _task(value, data)
    known = RawObject(present)
    if (task.updated_at or 0) < (parse_time(known.data.get("updatedAt")) or 0):
        task = _task(known.value, {**data, **known.data})
    task.merge = None
    return task


def _source(payload: object) -> str:
    """Return what a task is about: an address, or the name of a file."""
    found = payload if isinstance(payload, dict) else {}
    told = (text_of(found.get(key)) for key in _SOURCES)
    return next(filter(None, told), "")


def _result_file(document: Document, value: Value) -> Iterator[Incoming]:
    known = _result_of(document.path or document.name)
    batch, task = known or ("", document.stem)
    if batch:
        yield _bare_batch(batch)
    yield IncomingTask(
        external_id=task,
        title=task,
        status=Status.SUCCEEDED,
        batch=batch,
        raw=_UNKNOWN,
        offset=value.offset,
        length=value.length,
        merge=partial(_present_task, task, batch),
    )
    yield _run(task, value.data, value)


def _present_task(task: str, batch: str, present: str) -> IncomingTask:
    """Return the task that is there already."""
    if present != _UNKNOWN:
        found = RawObject(present)
        return _later_task(found.value, {"batchId": batch, **found.data}, present)
    return IncomingTask(
        external_id=task,
        title=task,
        status=Status.SUCCEEDED,
        batch=batch,
        raw=present,
        offset=0,
        length=0,
    )


def _run(task: str, result: object, value: Value) -> IncomingRecord:
    told = result if isinstance(result, dict) else {}
    marks = [f"{key} {text_of(told[key])}" for key in _MARKS if told.get(key) is not None]
    reports = (told[key] for key in _REPORTS if isinstance(told.get(key), str))
    text = next(reports, None) or f"```json\n{json_text(result)}\n```"
    return IncomingRecord(
        kind=Kind.EXECUTION,
        external_id=f"{task}/{_RESULT}",
        title=", ".join(marks) or "Result",
        description=text,
        fields={
            "turn": 1,
            "step": _RESULT,
            "status": Status.FAILED if told.get("error") else Status.SUCCEEDED,
            "decision": text_of(told.get("grade"))[:100],
        },
        refs={"task": task},
        raw=value.raw,
        offset=value.offset,
        length=value.length,
    )


BATCHES_FOLDER: Final = BatchesFolder()
