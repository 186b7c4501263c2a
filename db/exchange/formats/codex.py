"""Codex sessions: rollout files in their old and new forms, and what `codex exec` prints.

Each line of a new rollout wraps an item in a type and a time; old ones are the items alone,
behind a line about the session. Events repeat what the items say, so only those count that
say something else. What the model does between two answers of tools is one message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.formats.codex_items import (
    ITEM_TYPES,
    LINE_TYPES,
    STREAM_TYPES,
    Said,
    request_in,
    said_in,
)
from db.exchange.json_reader import Kind, Value
from db.exchange.messages import conversations_first
from db.exchange.plans import Plan
from db.exchange.thread import Thread
from db.incoming import IncomingRecord
from db.records import Block
from db.records import Kind as RecordKind
from db.times import parse_time
from db.vocabulary import Part, Role

REPLY_LINES: Final = 64
"""So many lines make one message of the model at most."""

BEGUN_ITEMS: Final = 1000
"""So many items that were begun are waited for until they are done."""

_ORIGIN: Final = "codex:sessions"
_ITEMS: Final = "items"
_STATE: Final = "record_type"
_OLD_HEAD: Final = {"id", "timestamp", "instructions"}
_BEGINNINGS: Final = {"item.started", "item.updated"}
_NAMED: Final = "thread_name_updated"
_FOLDER: Final = re.compile(r"<cwd>(.*?)</cwd>", re.DOTALL)


class Codex(ReadOnly):
    """Reads what Codex writes of its sessions."""

    name = "codex"
    title = "Codex session"
    grows = frozenset({RecordKind.MESSAGE})

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if _is_single(sample):
            return 0.97
        found = sample.objects if sample.shape == "lines" else []
        if not any(map(_is_unmistakable, found)):
            return 0.0
        return 0.97 * sum(map(_is_line, found)) / len(found)

    def origin(self, sample: Sample) -> str | None:
        """Return the one origin of all sessions, whose ids are the same in any file.

        What `codex exec` prints has none: it counts its items anew each time.
        """
        return _ORIGIN if _session(sample).get("id") else None

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the session before its messages, and what it planned after them."""
        if document.resumed is None:
            reader = _Reader(document)
        else:
            reader = document.resumed.reader
            reader.go_on()
        yield from conversations_first(reader.records(document))
        yield from reader.planned()


def _is_single(sample: Sample) -> bool:
    """Whether a file is of the oldest kind: one object with the session and its items."""
    session, items = sample.members.get("session"), sample.members.get(_ITEMS)
    return isinstance(session, dict) and "id" in session and isinstance(items, list)


def _is_unmistakable(item: dict[str, Any]) -> bool:
    return (
        (isinstance(item.get("payload"), dict) and text_of(item.get("type")) in LINE_TYPES)
        or item.get(_STATE) == "state"
        or _is_old_head(item)
        or (item.get("type") == "thread.started" and "thread_id" in item)
    )


def _is_old_head(item: dict[str, Any]) -> bool:
    return item.keys() >= _OLD_HEAD and "type" not in item


def _is_line(item: dict[str, Any]) -> bool:
    kind = text_of(item.get("type"))
    return (
        _is_unmistakable(item)
        or isinstance(item.get("payload"), dict)
        or kind in ITEM_TYPES | STREAM_TYPES
        or kind.endswith(("_call", "_call_output"))
    )


def _session(sample: Sample) -> dict[str, Any]:
    """Return what the start of a file tells about the session; the first telling counts."""
    found = [sample.members] if _is_single(sample) else sample.objects
    return next(filter(None, map(_told, found)), {})


def _told(item: dict[str, Any]) -> dict[str, Any]:
    """Return what a line tells about the session, if it does."""
    if _is_old_head(item):
        return item
    if item.get("type") == "thread.started":
        return {"thread_id": item.get("thread_id")}
    about = item.get("payload") if item.get("type") == "session_meta" else item.get("session")
    return about if isinstance(about, dict) else {}


def _values(document: Document) -> Iterator[Value]:
    if not _is_single(document.sample):
        yield from document.records()
        return
    cursor = document.cursor()
    for key in cursor.members():
        if key == _ITEMS and cursor.kind() is Kind.ARRAY:
            yield from cursor.values()
    cursor.end()


def _item(data: dict[str, Any]) -> dict[str, Any]:
    """Return what a line wraps: an item, an event, what the turn is about."""
    payload = data.get("payload")
    if isinstance(payload, dict):
        kind = text_of(data.get("type"))
        return payload if kind in {"response_item", "event_msg"} else {**payload, "type": kind}
    item = data.get("item")
    if isinstance(item, dict):
        return item
    return data


class _Reply(Struct, kw_only=True):
    """What the model thinks, says and does before something else follows."""

    name: str
    moment: int | None
    offset: int
    end: int = 0
    blocks: list[Block] = []
    lines: list[str] = []
    is_secret: bool = False


class _Reader:
    """Makes messages of lines."""

    def __init__(self, document: Document) -> None:
        about = _session(document.sample)
        name = text_of(about.get("id") or about.get("thread_id")) or document.stem
        self._thread = Thread(name)
        self._thread.project = text_of(about.get("cwd"))
        self._thread.date(parse_time(about.get("timestamp")))
        self._thread.parts_say = _called_by(name)
        if parent := _caller(about):
            self._thread.refs["parent"] = parent
            self._thread.description = _called_by(parent)
        self._plan = Plan(name)
        self._reply: _Reply | None = None
        self._begun: dict[str, tuple[str, Value, dict[str, Any]]] = {}

    def go_on(self) -> None:
        """Begin another reading, of what stands behind what was read so far."""
        self._thread.go_on()

    def records(self, document: Document) -> Iterator[IncomingRecord]:
        """Yield the conversation and its messages."""
        for number, value in document.numbered(_values(document)):
            if not isinstance(value.data, dict):
                continue
            if self._thread.offset is None:
                self._thread.offset, self._thread.length = value.offset, value.length
            name = f"{self._thread.name}#{number}"
            if not self._is_begun(name, value, value.data):
                self._take(name, value, value.data)
            yield from self._thread.ready()
        document.pause(self, self._thread.told)
        for begun in self._begun.values():
            self._take(*begun)
        self._end_reply()
        yield from self._thread.rest()

    def planned(self) -> Iterator[Incoming]:
        """Yield what the session planned, once all is read."""
        return self._plan.records(self._thread.shown_title)

    def _is_begun(self, name: str, value: Value, data: dict[str, Any]) -> bool:
        """Whether a line tells of an item that a later line will tell of when it is done."""
        item = data.get("item")
        key = text_of(item.get("id")) if isinstance(item, dict) else ""
        if text_of(data.get("type")) not in _BEGINNINGS or not key:
            self._begun.pop(key, None)
            return False
        if key not in self._begun and len(self._begun) >= BEGUN_ITEMS:
            return False
        self._begun[key] = (name, value, data)
        return True

    def _take(self, name: str, value: Value, data: dict[str, Any]) -> None:
        moment = parse_time(data.get("timestamp"))
        item = _item(data)
        self._describe(item)
        said = said_in(item) if data.get(_STATE) is None else None
        if said is None or (data.get("type") == "event_msg" and said.role is Role.ASSISTANT):
            return
        for block in said.blocks:
            self._plan.see(block, moment or self._thread.ended, value.offset, value.length)
        if self._plan:
            self._thread.refs["batch"] = self._thread.name
        if said.role is Role.ASSISTANT:
            self._add(said, name, moment, value)
            return
        self._end_reply()
        self._thread.say(
            said.role,
            said.blocks,
            name=name,
            moment=moment,
            title=_prompt(said),
            has_error=said.has_error,
            offset=value.offset,
            length=value.length,
        )

    def _add(self, said: Said, name: str, moment: int | None, value: Value) -> None:
        """Add to the reply, which ends where a result is told along with its call."""
        if self._reply is None:
            self._reply = _Reply(name=name, moment=moment, offset=value.offset)
        reply = self._reply
        reply.blocks = [*reply.blocks, *said.blocks]
        reply.lines = [*reply.lines, value.raw]
        reply.is_secret |= said.is_secret
        reply.end = value.offset + value.length
        is_answered = any(block.type is Part.TOOL_RESULT for block in said.blocks)
        if is_answered or len(reply.lines) >= REPLY_LINES:
            self._end_reply()

    def _end_reply(self) -> None:
        """Hand on the reply; the lines stay with it where not all of them can be shown."""
        reply, self._reply = self._reply, None
        if reply is None:
            return
        self._thread.say(
            Role.ASSISTANT,
            reply.blocks,
            name=reply.name,
            moment=reply.moment,
            raw=f"[{', '.join(reply.lines)}]" if reply.is_secret else None,
            title="" if reply.blocks else "Encrypted reasoning",
            offset=reply.offset,
            length=reply.end - reply.offset,
        )

    def _describe(self, item: dict[str, Any]) -> None:
        """Note what a line tells of its conversation."""
        thread, kind = self._thread, item.get("type")
        if kind == "turn_context":
            thread.model = thread.model or text_of(item.get("model"))
            thread.project = thread.project or text_of(item.get("cwd"))
        elif kind == _NAMED:
            thread.title = first_line(text_of(item.get("thread_name")))
        elif kind == "message" and not thread.project:
            folder = _FOLDER.search(text_of(item.get("content")))
            thread.project = folder[1].strip() if folder else ""


def _caller(about: dict[str, Any]) -> str:
    """Return the session that a sub-agent was called by."""
    found: object = about.get("source")
    for key in ("subagent", "thread_spawn", "parent_thread_id"):
        found = found.get(key) if isinstance(found, dict) else None
    return text_of(found)


def _called_by(session: str) -> str:
    """Return the description of a sub-agent's session: by it, its caller's finds it."""
    return f"Sub-agent of session {session}"


def _prompt(said: Said) -> str:
    """Return the beginning of what a person asked."""
    if said.role is not Role.USER:
        return ""
    texts = (block.text for block in said.blocks if block.type is Part.TEXT)
    return first_line(request_in(next(texts, "")))


CODEX: Final = Codex()
