"""Claude.ai exports: conversations, and the projects and memories that come with them.

`conversations.json` is an array; a single conversation is read too. Projects become
batches, their documents design notes, and what is remembered of a person learnings. Ids are
the same in every export of an account, so a newer export updates an older one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, json_text, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.json_reader import JsonCursor, Kind, Value
from db.exchange.messages import conversations_first
from db.exchange.thread import Thread
from db.incoming import IncomingBatch, IncomingRecord
from db.records import Block
from db.records import Kind as RecordKind
from db.times import parse_time
from db.vocabulary import Part, Role, fold_role

_ORIGIN: Final = "claude-ai:account"
_MESSAGES: Final = "chat_messages"
_USER_KEYS: Final = {"full_name", "email_address"}
_PROJECT_KEYS: Final = {"docs", "prompt_template", "is_starter_project"}
_MEMORY: Final = "conversations_memory"
_MEMORIES: Final = "project_memories"
_TITLE_CHARS: Final = 200
_SILENT: Final = {"token_budget", "redacted_thinking", "flag"}


class ClaudeAI(ReadOnly):
    """Reads the files of a Claude.ai export."""

    name = "claude-ai"
    title = "Claude.ai conversations"

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        found = sample.objects if sample.shape != "lines" else []
        telling = [item for item in found if _is_known(item)]
        return 0.97 * len(telling) / len(found) if found else 0.0

    def origin(self, sample: Sample) -> str | None:
        """Return the one origin of all that has an id."""
        named = any(_name(each) or _is_memory(each) for each in sample.objects)
        return _ORIGIN if named else None

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield conversations before their messages, or what another file holds.

        The list of users is read to its end, but holds no records.
        """
        if any(map(_is_conversation, document.sample.objects)):
            return conversations_first(_conversations(document))
        return _others(document)


def _is_known(item: dict[str, Any]) -> bool:
    return _is_conversation(item) or _is_project(item) or _is_memory(item) or _is_user(item)


def _is_conversation(item: dict[str, Any]) -> bool:
    return isinstance(item.get(_MESSAGES), list) and ("uuid" in item or "name" in item)


def _is_project(item: dict[str, Any]) -> bool:
    return "uuid" in item and "name" in item and not _PROJECT_KEYS.isdisjoint(item)


def _is_memory(item: dict[str, Any]) -> bool:
    return _MEMORY in item or (_MEMORIES in item and "account_uuid" in item)


def _is_user(item: dict[str, Any]) -> bool:
    return "uuid" in item and item.keys() >= _USER_KEYS


def _name(item: dict[str, Any]) -> str:
    found = item.get("uuid")
    return text_of(found) if isinstance(found, str) else ""


def _conversations(document: Document) -> Iterator[IncomingRecord]:
    cursor = document.cursor()
    if cursor.kind() is Kind.ARRAY:
        for number in cursor.items():
            if cursor.kind() is Kind.OBJECT:
                yield from _conversation(cursor, f"{document.stem}#{number + 1}")
    else:
        yield from _conversation(cursor, document.stem)
    cursor.end()


def _conversation(cursor: JsonCursor, fallback_name: str) -> Iterator[IncomingRecord]:
    """Yield the conversation at the cursor and its messages.

    Its name stands before its messages in every export; where it does not, they have to
    wait for it.
    """
    offset = cursor.offset()
    about: dict[str, Any] = {}
    waiting: list[Value] = []
    thread: Thread | None = None
    for key in cursor.members():
        if key != _MESSAGES or cursor.kind() is not Kind.ARRAY:
            if other := cursor.usable_value():
                about[key] = other.data
            continue
        if _name(about):
            thread = Thread(_name(about))
            thread.offset, thread.length = offset, cursor.offset() - offset
            _describe(thread, about)
        for value in cursor.values():
            if thread is None:
                waiting.append(value)
            else:
                _say(thread, value)
                yield from thread.ready()
    thread = thread or Thread(_name(about) or fallback_name)
    _describe(thread, about)
    for value in waiting:
        _say(thread, value)
    thread.offset, thread.length = offset, cursor.offset() - offset
    yield from thread.rest()


def _describe(thread: Thread, about: dict[str, Any]) -> None:
    """Note what is told of a conversation."""
    thread.title = first_line(text_of(about.get("name")))
    thread.model = text_of(about.get("model"))
    thread.description = text_of(about.get("summary"))
    for key in ("created_at", "updated_at"):
        thread.date(parse_time(about.get(key)))
    project = about.get("project")
    named = project if isinstance(project, dict) else {"uuid": about.get("project_uuid")}
    thread.project = text_of(named.get("name"))
    if _name(named):
        thread.refs["batch"] = _name(named)


def _say(thread: Thread, value: Value) -> None:
    if not isinstance(value.data, dict):
        return
    data = value.data
    name, parent = _name(data), text_of(data.get("parent_message_uuid"))
    role = fold_role(text_of(data.get("sender")))
    thread.say(
        Role.SYSTEM if role is None else role,
        list(_said(data)),
        name=f"{thread.name}/{name}" if name else "",
        answers=f"{thread.name}/{parent}" if parent and not _is_root(parent) else None,
        moment=parse_time(data.get("created_at")),
        offset=value.offset,
        length=value.length,
    )


def _said(data: dict[str, Any]) -> Iterator[Block]:
    """Yield what a message says: its blocks, or its text where these say nothing."""
    content = data.get("content")
    found = [
        block
        for item in (content if isinstance(content, list) else [content])
        for block in _blocks(item)
    ]
    text = text_of(data.get("text"))
    if not found and text.strip():
        found = [Block(type=Part.TEXT, text=text)]
    yield from found
    for key in ("attachments", "files"):
        listed = data.get(key)
        for item in listed if isinstance(listed, list) else []:
            if isinstance(item, dict):
                yield _attached(item)


def _blocks(item: object) -> Iterator[Block]:
    if not isinstance(item, dict):
        item = {"type": "text", "text": item}
    kind = text_of(item.get("type"))
    if kind == "tool_use":
        yield Block(
            type=Part.TOOL_CALL,
            name=text_of(item.get("name")),
            call_id=text_of(item.get("id")),
            text=json_text(item.get("input")),
        )
    elif kind == "tool_result":
        yield from _result(item)
    elif kind == "image":
        yield Block(type=Part.IMAGE, name="image", text=text_of(item.get("file_uuid")))
    elif kind not in _SILENT:
        part = Part.THINKING if kind == "thinking" else Part.TEXT
        words = (text_of(item.get(key)) for key in (kind, "text", "content", "message"))
        text = next(filter(str.strip, words), "")
        if text:
            yield Block(type=part, text=text)


def _result(item: dict[str, Any]) -> Iterator[Block]:
    """Yield the result of a tool as one text, and its images behind it."""
    content = item.get("content")
    inside = [
        block
        for each in (content if isinstance(content, list) else [content])
        for block in _blocks(each)
    ]
    yield Block(
        type=Part.TOOL_RESULT,
        name=text_of(item.get("name")),
        call_id=text_of(item.get("tool_use_id")),
        text="\n".join(block.text for block in inside if block.type is not Part.IMAGE),
        is_error=item.get("is_error") is True,
    )
    yield from (block for block in inside if block.type is Part.IMAGE)


def _attached(item: dict[str, Any]) -> Block:
    """Return a file that a message carries, with its text if the export has that."""
    name = text_of(item.get("file_name")) or "file"
    if item.get("file_kind") == "image":
        return Block(type=Part.IMAGE, name="image", text=text_of(item.get("file_uuid")))
    text = text_of(item.get("extracted_content"))
    return Block(type=Part.TEXT, text=f"Attachment: {name}\n\n{text}".rstrip())


def _others(document: Document) -> Iterator[Incoming]:
    for number, value in enumerate(document.records(), start=1):
        if not isinstance(value.data, dict):
            continue
        if _is_project(value.data):
            yield from _project(value, value.data)
        elif _is_memory(value.data):
            yield from _memories(value, value.data, f"memory-{number}")


def _project(value: Value, data: dict[str, Any]) -> Iterator[Incoming]:
    """Yield a project as a batch, and its documents as design notes."""
    texts = [text_of(data.get(key)) for key in ("description", "prompt_template")]
    yield IncomingBatch(
        external_id=_name(data),
        title=first_line(text_of(data.get("name"))) or "Untitled project",
        description="\n\n".join(filter(None, texts)),
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        created_at=parse_time(data.get("created_at")),
        updated_at=parse_time(data.get("updated_at")),
    )
    docs = data.get("docs")
    for number, doc in enumerate(docs if isinstance(docs, list) else [], start=1):
        if isinstance(doc, dict):
            yield IncomingRecord(
                kind=RecordKind.DESIGN_NOTE,
                external_id=_name(doc) or f"{_name(data)}#{number}",
                title=first_line(text_of(doc.get("filename"))) or "Untitled document",
                description=text_of(doc.get("content")),
                refs={"batch": _name(data)},
                offset=value.offset,
                length=value.length,
                created_at=parse_time(doc.get("created_at")),
            )


def _memories(value: Value, data: dict[str, Any], name: str) -> Iterator[IncomingRecord]:
    """Yield what is remembered of a person, and of each project."""
    about = data.get(_MEMORIES)
    projects = about if isinstance(about, dict) else {}
    owner = text_of(data.get("account_uuid")) or name
    for project, memory in {"": data.get(_MEMORY), **projects}.items():
        text = text_of(memory)
        if text.strip():
            yield IncomingRecord(
                kind=RecordKind.LEARNING,
                external_id=f"{owner}/{project}" if project else owner,
                title=first_line(text, _TITLE_CHARS).strip("*# "),
                description=text,
                fields={"category": "memory"},
                refs={"batch": project} if project else {},
                offset=value.offset,
                length=value.length,
            )


def _is_root(name: str) -> bool:
    """Whether a name stands for the beginning of every conversation."""
    return name.startswith("00000000-0000-")


CLAUDE_AI: Final = ClaudeAI()
