"""Gemini CLI sessions: one JSON object with its messages, or JSONL that goes on.

In JSONL the first line tells about the session; a line with `$set` tells more of it, one
with `$rewindTo` that the conversation went on from an earlier message. A message that is
written again is the same one, further on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, json_text, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.json_reader import Kind, Value
from db.exchange.messages import conversations_first
from db.exchange.thread import Thread
from db.incoming import IncomingRecord
from db.records import Block
from db.times import parse_time
from db.vocabulary import Part, Role

_ORIGIN: Final = "gemini:sessions"
_SESSION: Final = "sessionId"
_HEAD: Final = {_SESSION, "projectHash"}
_MESSAGES: Final = "messages"
_SET: Final = "$set"
_REWIND: Final = "$rewindTo"
_ROLES: Final = {"user": Role.USER, "gemini": Role.ASSISTANT}
_FAILED: Final = {"error", "cancelled"}


class Gemini(ReadOnly):
    """Reads what Gemini CLI keeps of its sessions."""

    name = "gemini"
    title = "Gemini CLI session"

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if sample.shape == "lines":
            return 0.97 if sample.objects[0].keys() >= _HEAD else 0.0
        is_session = sample.members.keys() >= _HEAD and _MESSAGES in sample.members
        return 0.97 if is_session else 0.0

    def origin(self, sample: Sample) -> str | None:
        """Return the one origin of all sessions."""
        return _ORIGIN if any(text_of(each.get(_SESSION)) for each in sample.objects) else None

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the session before its messages."""
        return conversations_first(_Reader(document).records())


class _Reader:
    """Makes messages of a session, whose name stands at its beginning."""

    def __init__(self, document: Document) -> None:
        self._document = document
        named = (text_of(each.get(_SESSION)) for each in document.sample.objects)
        self._thread = Thread(next(filter(None, named), document.stem))
        self._rewound: str | None = None

    def records(self) -> Iterator[IncomingRecord]:
        """Yield the conversation and its messages."""
        if self._document.sample.shape == "lines":
            for value in self._document.records():
                yield from self._line(value)
        else:
            yield from self._object()
        yield from self._thread.rest()

    def _line(self, value: Value) -> Iterator[IncomingRecord]:
        data = value.data
        if not isinstance(data, dict):
            return
        if _SESSION in data:
            self._place(value.offset, value.length)
            self._describe(data)
        elif isinstance(data.get(_SET), dict):
            self._describe(data[_SET])
        elif _REWIND in data:
            self._rewound = self._message_name(text_of(data[_REWIND]))
        else:
            yield from self._message(value, data)

    def _object(self) -> Iterator[IncomingRecord]:
        cursor = self._document.cursor()
        offset = cursor.offset()
        for key in cursor.members():
            if key != _MESSAGES or cursor.kind() is not Kind.ARRAY:
                if other := cursor.usable_value():
                    self._describe({key: other.data})
                continue
            self._place(offset, cursor.offset() - offset)
            for value in cursor.values():
                if isinstance(value.data, dict):
                    yield from self._message(value, value.data)
        self._place(offset, cursor.offset() - offset)
        cursor.end()

    def _place(self, offset: int, length: int) -> None:
        self._thread.offset, self._thread.length = offset, length

    def _describe(self, about: dict[str, Any]) -> None:
        """Note what is told of the session."""
        thread = self._thread
        thread.title = first_line(text_of(about.get("summary"))) or thread.title
        thread.project = thread.project or text_of(about.get("projectHash"))
        folders = about.get("directories")
        if isinstance(folders, list) and folders:
            thread.project = text_of(folders[0])
        for key in ("startTime", "lastUpdated"):
            thread.date(parse_time(about.get(key)))

    def _message_name(self, name: str) -> str:
        return f"{self._thread.name}/{name}"

    def _message(self, value: Value, data: dict[str, Any]) -> Iterator[IncomingRecord]:
        blocks = list(_blocks(data))
        name = text_of(data.get("id"))
        kind = text_of(data.get("type"))
        if not blocks and not name:
            return
        self._thread.model = self._thread.model or text_of(data.get("model"))
        self._thread.say(
            _ROLES.get(kind, Role.SYSTEM),
            blocks,
            name=self._message_name(name) if name else "",
            answers=self._rewound,
            moment=parse_time(data.get("timestamp")),
            has_error=kind == "error",
            offset=value.offset,
            length=value.length,
        )
        self._rewound = None
        yield from self._thread.ready()


def _blocks(data: dict[str, Any]) -> Iterator[Block]:
    """Yield what a message thinks, says and does, each call with its result."""
    for thought in _listed(data.get("thoughts")):
        words = [text_of(thought.get(key)) for key in ("subject", "description")]
        yield Block(type=Part.THINKING, text="\n\n".join(filter(None, words)))
    yield from _parts(data.get("content"))
    for call in _listed(data.get("toolCalls")):
        call_id, name = text_of(call.get("id")), text_of(call.get("name"))
        given = json_text(call.get("args"))
        yield Block(type=Part.TOOL_CALL, name=name, call_id=call_id, text=given)
        texts = [block.text for block in _parts(call.get("result"))]
        yield Block(
            type=Part.TOOL_RESULT,
            name=name,
            call_id=call_id,
            text="\n".join(texts) or text_of(call.get("resultDisplay")),
            is_error=text_of(call.get("status")) in _FAILED,
        )


def _listed(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _parts(content: object) -> Iterator[Block]:
    """Yield the texts and images of a content: a text, a part, or a list of them."""
    for part in content if isinstance(content, list) else [content]:
        if not isinstance(part, dict):
            text = text_of(part)
        elif isinstance(data := part.get("inlineData"), dict):
            yield Block(type=Part.IMAGE, name=text_of(data.get("mimeType")) or "image")
            continue
        elif isinstance(answer := part.get("functionResponse"), dict):
            text = _response(answer)
        else:
            text = text_of(part["text"]) if "text" in part else json_text(part)
        if text.strip():
            yield Block(type=Part.TEXT, text=text)


def _response(answer: dict[str, Any]) -> str:
    found = answer.get("response")
    if isinstance(found, dict) and found.keys() <= {"output", "error"}:
        return text_of(found.get("output") or found.get("error"))
    return json_text(found)


GEMINI: Final = Gemini()
