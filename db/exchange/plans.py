"""The lists of things to do that agents keep by calling a tool, as tasks.

A plan is the batch of its conversation. What a newer list says of the same thing counts;
what it no longer names, and was not finished, was taken off the list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from db.exchange.fields import first_line, json_text, read_priority, read_status, text_of
from db.incoming import IncomingBatch, IncomingTask
from db.records import Block
from db.vocabulary import UNFINISHED, LinkKind, Part, Status

REMOVED: Final = "removed"
"""The word for what was taken off a list before it was done."""

_LISTS: Final = {"TodoWrite": "todos", "update_plan": "plan", "todo_list": "items"}
"""The tools that write a whole list, and where it stands in what they are given."""

_CREATE: Final = "TaskCreate"
_UPDATE: Final = "TaskUpdate"
_TOOLS: Final = frozenset({*_LISTS, _CREATE, _UPDATE})
_CREATED: Final = re.compile(r"Task #(\S+) created")
_LINKS: Final = {"addBlockedBy": False, "addBlocks": True}
"""Which links an update adds, and whether they go out from its task."""


class _Item(Struct, kw_only=True):
    """One thing to do. `raw` is what was said of it last."""

    name: str
    title: str
    status: Status = Status.QUEUED
    word: str | None = None
    description: str = ""
    priority: object = None
    raw: str = "{}"
    is_listed: bool
    links: list[tuple[str, int, bool]] = []
    created_at: int | None
    updated_at: int | None
    offset: int
    length: int


class Plan:
    """What a conversation has planned so far, told by its calls of tools."""

    def __init__(self, conversation: str) -> None:
        self._conversation = conversation
        self._items: dict[str, _Item] = {}
        self._numbered: dict[str, _Item] = {}

    def __bool__(self) -> bool:
        return bool(self._items)

    def see(self, block: Block, moment: int | None, offset: int, length: int) -> None:
        """Take note of a block, if it is a call that plans, or the answer to one."""
        place = (moment, offset, length)
        if block.type is Part.TOOL_RESULT:
            created = self._items.get(block.call_id)
            if created and (number := _CREATED.search(block.text)):
                self._numbered[number[1]] = created
        elif block.type is Part.TOOL_CALL and block.name in _TOOLS:
            given = _object(block.text)
            if block.name in _LISTS:
                listed = given.get(_LISTS[block.name])
                self._list(listed if isinstance(listed, list) else [], *place)
            elif block.name == _CREATE:
                self._create(block.call_id, given, *place)
            else:
                self._update(given, *place)

    def records(self, title: str) -> Iterator[IncomingBatch | IncomingTask]:
        """Yield the plan as a batch of that title, and each thing to do as a task."""
        if not self._items:
            return
        begun = [item.created_at for item in self._items.values() if item.created_at]
        ended = [item.updated_at for item in self._items.values() if item.updated_at]
        yield IncomingBatch(
            external_id=self._conversation,
            title=title,
            created_at=min(begun, default=None),
            updated_at=max(ended, default=None),
        )
        for item in self._items.values():
            yield IncomingTask(
                external_id=item.name,
                title=item.title,
                status=item.status,
                status_word=item.word,
                kind="todo",
                priority=read_priority(item.priority),
                description=item.description,
                raw=item.raw,
                offset=item.offset,
                length=item.length,
                batch=self._conversation,
                links=tuple(dict.fromkeys(item.links)),
                created_at=item.created_at,
                updated_at=item.updated_at,
            )

    def _list(self, listed: list[Any], moment: int | None, offset: int, length: int) -> None:
        told: set[str] = set()
        for given in listed:
            entry = given if isinstance(given, dict) else {"content": given}
            content = entry.get("content") or entry.get("step") or entry.get("text")
            if not (key := text_of(content).strip()):
                continue
            told.add(key)
            item = self._item(key, key, moment, offset, length, is_listed=True)
            item.priority = entry.get("priority")
            item.description = "" if key == item.title else key
            _change(item, entry, entry.get("status", entry.get("completed")), moment)
        for key, item in self._items.items():
            if item.is_listed and key not in told and item.status in UNFINISHED:
                _change(item, {**_object(item.raw), "status": REMOVED}, None, moment)
                item.status, item.word = Status.CANCELED, REMOVED

    def _create(
        self, call_id: str, given: dict[str, Any], moment: int | None, offset: int, length: int
    ) -> None:
        title = text_of(given.get("subject"))
        item = self._item(call_id, title, moment, offset, length, is_listed=False)
        item.description = text_of(given.get("description"))
        _change(item, given, given.get("status", "pending"), moment)

    def _update(
        self, given: dict[str, Any], moment: int | None, offset: int, length: int
    ) -> None:
        item = self._numbered.get(text_of(given.get("taskId")))
        if item is None:
            return
        item.offset, item.length = offset, length
        item.title = first_line(text_of(given.get("subject"))) or item.title
        item.description = text_of(given.get("description")) or item.description
        for key, outgoing in _LINKS.items():
            others = given.get(key)
            for number in others if isinstance(others, list) else []:
                if other := self._numbered.get(text_of(number)):
                    item.links = [*item.links, (other.name, LinkKind.BLOCKS.value, outgoing)]
        _change(item, {**_object(item.raw), **given}, given.get("status"), moment)

    def _item(
        self, key: str, title: str, moment: int | None, offset: int, length: int,
        *, is_listed: bool,
    ) -> _Item:  # fmt: skip
        if key not in self._items:
            self._items[key] = _Item(
                name=f"{self._conversation}/todo-{len(self._items) + 1}",
                title=first_line(title) or "Untitled",
                is_listed=is_listed,
                created_at=moment,
                updated_at=moment,
                offset=offset,
                length=length,
            )
        item = self._items[key]
        item.offset, item.length = offset, length
        return item


def _change(item: _Item, given: dict[str, Any], status: object, moment: int | None) -> None:
    """Give an item what was said of it, if that is anything new."""
    raw = json_text(given)
    if raw == item.raw:
        return
    item.raw = raw
    item.updated_at = moment or item.updated_at
    if status is not None:
        item.status, item.word = read_status(status)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
