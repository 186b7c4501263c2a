"""Ralph's `prd.json`: a project and its user stories, which pass or do not pass yet.

Read from real files: an object with `userStories`, whose acceptance criteria are sentences
or objects with a test each, and a bare array of stories. The raw text of the batch is what
stands around the stories.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from db.exchange import sections
from db.exchange.companions import fetched
from db.exchange.document import Document, Sample
from db.exchange.fields import json_text, read_status, text_of
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.exchange.json_reader import Value
from db.exchange.raw_object import RawObject
from db.exchange.rewriting import Put, member, rewritten
from db.exchange.shells import (
    BARE_LIST,
    ShellReader,
    array_pieces,
    objects_of,
    shell_pieces,
)
from db.incoming import IncomingBatch, IncomingTask
from db.ports import Storage
from db.records import BatchDetail, Kind, TaskDetail
from db.vocabulary import Priority, Status

_BATCH: Final = "file"
_STORIES: Final = "userStories"
_CRITERIA: Final = "acceptanceCriteria"
_SECTIONS: Final = {_CRITERIA: "Acceptance criteria", "notes": "Notes"}
_STORY: Final = frozenset({"id", "title", "passes"})
_NUMBERED: Final = re.compile(r"US-0*(\d{1,9})")


class Ralph:
    """Reads and writes the list of stories that Ralph works off."""

    name = "ralph"
    title = "Ralph prd.json"
    suffix = ".json"
    loses = (
        "times, tags, links and parents of tasks, states other than passed or not,"
        " which batch a task is in where there are several, and ids that stories of several"
        " files share: the first keeps it"
    )

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if sample.shape == "object":
            listed = sample.members.get(_STORIES)
            stories = listed if isinstance(listed, list) else []
            telling = [each for each in stories if isinstance(each, dict) and "title" in each]
            if "project" in sample.members and listed == []:
                return 0.9
            return 0.97 * len(telling) / len(stories) if stories else 0.0
        if sample.shape != "array" or not sample.items:
            return 0.0
        return 0.9 if all(map(_is_story, sample.items)) else 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the project as one batch, and each story as a task."""
        members = document.sample.members
        batch = IncomingBatch(
            external_id=_BATCH,
            title=text_of(members.get("project")) or document.stem,
            description=text_of(members.get("description")),
        )
        yield batch
        if document.sample.shape != "object":
            yield from _stories(document.objects())
            batch.raw = BARE_LIST
        else:
            shell = ShellReader([_STORIES])
            cursor = document.cursor()
            for _ in shell.walk(cursor):
                yield from _stories(objects_of(document, cursor.values()))
            cursor.end()
            batch.raw = shell.text()
            batch.description = text_of(shell.data.get("description"))
        yield batch

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield one project with all the tasks as stories."""
        names = _Names(storage, selection.tasks)
        stories = (_object(each, names) for each in storage.task_details(selection.tasks))
        batches = [storage.batches.get(pk) for pk in selection.batches]
        if len(batches) == 1 and _raw(batches[0]) == BARE_LIST:
            yield from array_pieces(stories)
            yield b"\n", 0
        else:
            yield from shell_pieces(_shell(batches), {_STORIES: stories})


def _is_story(item: object) -> bool:
    return (
        isinstance(item, dict)
        and item.keys() >= _STORY
        and isinstance(item["passes"], bool)
        and ("priority" in item or _CRITERIA in item)
    )


def _stories(values: Iterator[Value]) -> Iterator[IncomingTask]:
    for number, value in enumerate(values, start=1):
        assert isinstance(value.data, dict)
        yield _to_task(value, value.data, f"#{number}")


def _to_task(value: Value, data: dict[str, Any], fallback: str) -> IncomingTask:
    name = text_of(data.get("id")) or fallback
    status, word = read_status(data["status"] if data.get("status") else data.get("passes"))
    texts = {key: text_of(data.get(key)) for key in ("description", "notes")}
    texts[_CRITERIA] = sections.bulleted(map(_criterion, _listed(data)))
    return IncomingTask(
        external_id=name,
        title=text_of(data.get("title")) or name,
        status=status,
        status_word=word,
        kind="story",
        priority=_priority(data.get("priority")),
        description=sections.joined(texts, _SECTIONS),
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        batch=_BATCH,
    )


def _listed(data: dict[str, Any]) -> list[object]:
    found = data.get(_CRITERIA)
    return found if isinstance(found, list) else [found] if found else []


def _criterion(item: object) -> tuple[str, bool | None]:
    """Return the text of a criterion, and whether it passes where it says so."""
    if not isinstance(item, dict):
        return text_of(item), None
    passes = item.get("passes")
    text = text_of(item.get("text") or item.get("description")) or json_text(item)
    return text, passes if isinstance(passes, bool) else None


def _priority(value: object) -> Priority:
    """Return what a story's place in the order means: the first is the highest."""
    if isinstance(value, bool) or not isinstance(value, int):
        return Priority.MEDIUM
    return Priority(min(max(value - 1, Priority.HIGHEST), Priority.LOWEST))


class _Names:
    """The ids of stories: their own where no other has it, else the next free number."""

    def __init__(self, storage: Storage, pks: Sequence[int]) -> None:
        self._own: dict[str, int] = {}
        for record in fetched(storage, Kind.TASK, pks):
            if record.source == Ralph.name and record.external_id:
                self._own.setdefault(record.external_id, record.pk)
        numbers = (found for name in self._own if (found := _NUMBERED.fullmatch(name)))
        self._last = max((int(found[1]) for found in numbers), default=0)

    def of(self, detail: TaskDetail) -> str | None:
        """Return a new id for a task, or None if it keeps its own."""
        if self._own.get(detail.record.external_id or "") == detail.record.pk:
            return None
        self._last += 1
        return f"US-{self._last:03}"


def _object(detail: TaskDetail, names: _Names) -> str:
    new = RawObject()
    if (name := names.of(detail)) is not None:
        new.set("id", name)
    found = rewritten(detail, Ralph.name, _read, _PUT, new)
    if name is not None:
        found.set("id", name)
    return found.text()


def _read(found: RawObject) -> IncomingTask:
    return _to_task(found.value, found.data, "")


def _put_status(found: RawObject, value: Status) -> None:
    found.set("passes", value is Status.SUCCEEDED)
    if "status" in found:
        found.set("status", value.word)


def _put_description(found: RawObject, value: str) -> None:
    texts = sections.split(value, _SECTIONS)
    _put_criteria(found, texts.pop(_CRITERIA))
    for key, text in texts.items():
        if text != text_of(found.data.get(key)) or not found.data:
            found.set(key, text)


def _put_criteria(found: RawObject, text: str) -> None:
    """Write the criteria, each that was there before as it was, but for its passing."""
    before = found.items(_CRITERIA)
    present = {_criterion(each.data)[0]: each for each in before}
    made: list[str] = []
    for words, is_done in sections.bullets_in(text):
        old = present.get(words)
        if old is None and not any(isinstance(each.data, dict) for each in before):
            made.append(json_text(words))
        elif old is None:
            made.append(json_text({"text": words, "passes": bool(is_done)}))
        elif _criterion(old.data)[1] == is_done:
            made.append(old.raw)
        else:
            item = RawObject(old.raw)
            item.set("passes", bool(is_done))
            made.append(item.text())
    if made != [each.raw for each in before] or not found.data:
        found.set_items(_CRITERIA, made)


_PUT: Final[dict[str, Put]] = {
    "title": member("title"),
    "status": _put_status,
    "priority": lambda found, value: found.set("priority", value + 1),
    "description": _put_description,
}


def _raw(batch: BatchDetail) -> str | None:
    return batch.raw if batch.record.source == Ralph.name else None


def _shell(batches: Sequence[BatchDetail]) -> RawObject:
    """Return what stands around the stories: that of the file they came from, or a new one."""
    whole = next((each for each in batches if (_raw(each) or "").startswith("{")), None)
    if whole is not None:
        shell = RawObject(whole.raw or "")
        if whole.record.version > 1:
            said = {"project": whole.record.title, "description": whole.description}
            for key, text in said.items():
                if key in shell and text != text_of(shell.data.get(key)):
                    shell.set(key, text)
        return shell
    title = batches[0].record.title if batches else "Sheaf"
    shell = RawObject()
    shell.set("project", title)
    shell.set("branchName", "ralph/" + ("-".join(re.findall(r"\w+", title.lower())) or "work"))
    shell.set("description", batches[0].description if batches else "")
    shell.set(_STORIES, [])
    return shell


RALPH: Final = Ralph()
