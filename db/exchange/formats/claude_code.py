"""Claude Code sessions: JSONL with a line for each piece of a conversation.

Several lines make one reply where they share its id; results of tools stand in lines of
the user; lines that say nothing (progress, snapshots of files) only connect others. What a
sub-agent did is a conversation of its own: in the same file, told by `isSidechain`, or in a
file of its own with an `agentId`. The ids of sessions and lines are the same wherever they
stand, so the file of a session that went on updates what is there.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, json_text, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.json_reader import Kind, Value
from db.exchange.messages import conversations_first, incoming_message
from db.exchange.plans import Plan
from db.incoming import IncomingRecord
from db.records import Block
from db.records import Kind as RecordKind
from db.times import parse_time
from db.vocabulary import Part, Role, fold_role

HEAD_BYTES: Final = 4 << 20
"""So much of a file is read before its first conversation is handed on with its title."""

REPLY_LINES: Final = 64
"""So many lines may stand between two parts of one reply."""

REMEMBERED_LINES: Final = 50_000
"""Of so many lines is remembered which message they became."""

_LINES: Final = "loglines"
_SPEAKERS: Final = {"user", "assistant", "system"}
_TELLING: Final = {"parentUuid", "leafUuid"}
_OWN_TYPES: Final = {"file-history-snapshot", "queue-operation", "custom-title", "ai-title"}
_TITLES: Final = {"custom-title": "customTitle", "ai-title": "aiTitle", "summary": "summary"}
_COMMAND: Final = re.compile(r"<command-name>(.*?)</command-name>", re.DOTALL)
_ARGUMENTS: Final = re.compile(r"<command-args>(.*?)</command-args>", re.DOTALL)
_CALLS: Final = {"tool_use", "server_tool_use", "mcp_tool_use"}


class ClaudeCode(ReadOnly):
    """Reads what Claude Code writes of its sessions."""

    name = "claude-code"
    title = "Claude Code session"
    grows = frozenset({RecordKind.MESSAGE})

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        found = _objects(sample)
        if _LINES not in sample.members and not any(map(_is_unmistakable, found)):
            return 0.0
        telling = [item for item in found if _is_line(item)]
        return 0.96 * len(telling) / len(found) if found else 0.0

    def origin(self, sample: Sample) -> str | None:
        """Return the session, which the files of its sub-agents name too."""
        session = _first_session(sample)
        return f"{self.name}:{session}" if session else None

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield each conversation before its messages, which keep the order of the file.

        What a conversation planned comes last, when all of it is known.
        """
        if document.resumed is None:
            reader = _Reader(_first_session(document.sample) or document.stem)
        else:
            reader = document.resumed.reader
            reader.go_on()
        yield from conversations_first(_records(document, reader))
        yield from reader.plans()


def _records(document: Document, reader: _Reader) -> Iterator[IncomingRecord]:
    for number, value in document.numbered(_values(document)):
        if isinstance(value.data, dict):
            reader.take(number, value, value.data)
            yield from reader.ready()
    document.pause(reader, reader.told)
    yield from reader.rest()


def _objects(sample: Sample) -> list[dict[str, Any]]:
    lines = sample.members.get(_LINES)
    listed = lines if isinstance(lines, list) else sample.objects
    return [item for item in listed if isinstance(item, dict)]


def _is_unmistakable(item: dict[str, Any]) -> bool:
    return bool(_TELLING & item.keys()) or _name(item, "type") in _OWN_TYPES


def _is_line(item: dict[str, Any]) -> bool:
    kind = _name(item, "type")
    if kind in _SPEAKERS:
        return "message" in item or "sessionId" in item
    return bool(kind) and ("sessionId" in item or _is_unmistakable(item))


def _first_session(sample: Sample) -> str:
    return next(filter(None, (_name(item, "sessionId") for item in _objects(sample))), "")


def _values(document: Document) -> Iterator[Value]:
    if _LINES not in document.sample.members:
        yield from document.records()
        return
    cursor = document.cursor()
    for key in cursor.members():
        if key == _LINES and cursor.kind() is Kind.ARRAY:
            yield from cursor.values()
    cursor.end()


def _name(data: dict[str, Any], key: str) -> str:
    found = data.get(key)
    return text_of(found) if isinstance(found, str) else ""


class _Conversation(Struct, kw_only=True):
    """A conversation as far as it was read. `told` is what was handed on of it.

    `is_introduced` says that it was in this reading, and not only in one before.
    """

    name: str
    parent: str
    titles: dict[str, str]
    model: str = ""
    project: str = ""
    begun: int | None = None
    ended: int | None = None
    offset: int
    length: int
    messages: int = 0
    plan: Plan
    told: IncomingRecord | None = None
    is_introduced: bool = False

    def date(self, moment: int | None) -> None:
        """Take note of the time of a line; lines are not sorted by it."""
        if moment is not None:
            self.begun = min(moment, self.begun or moment)
            self.ended = max(moment, self.ended or moment)

    @property
    def title(self) -> str:
        """The best title: a person's, a written summary, what was asked, or what there is."""
        ranked = ["custom-title", "ai-title", "summary", "prompt", "command", "slug"]
        if self.parent:
            ranked.remove("slug")
        return next((self.titles[each] for each in ranked if self.titles.get(each)), self.name)

    @property
    def refs(self) -> dict[str, str]:
        """What it belongs to: the conversation that called it, and its own plan."""
        refs = {"parent": self.parent} if self.parent else {}
        return {**refs, "batch": self.name} if self.plan else refs

    def record(self) -> IncomingRecord:
        return IncomingRecord(
            kind=RecordKind.CONVERSATION,
            external_id=self.name,
            title=self.title,
            fields={"model": self.model, "project": self.project},
            refs=self.refs,
            parts="" if self.parent else _agent_name(self.name, ""),
            offset=self.offset,
            length=self.length,
            created_at=self.begun,
            updated_at=self.ended,
        )


class _Message(Struct, kw_only=True):
    """A message whose further parts may follow. `last_line` is the number of its last one."""

    name: str
    conversation: _Conversation
    position: int
    parent: str
    reply: str
    role: Role
    blocks: list[Block]
    lines: set[str]
    has_error: bool
    created_at: int | None
    offset: int
    end: int
    last_line: int


class _Reader:
    """Makes messages of lines, holding back those that further lines may belong to."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._conversations: dict[str, _Conversation] = {}
        self._waiting: deque[_Message] = deque()
        self._replies: dict[tuple[str, str], _Message] = {}
        self._summaries: dict[str, str] = {}
        self._titles: dict[str, dict[str, str]] = {}
        self._places: dict[str, tuple[_Conversation, str]] = {}
        self._number = 0
        self._bytes = 0

    @property
    def told(self) -> int:
        """How many messages were handed on."""
        begun = sum(each.messages for each in self._conversations.values())
        return begun - len(self._waiting)

    def go_on(self) -> None:
        """Begin another reading, of what stands behind what was read so far."""
        for each in self._conversations.values():
            each.is_introduced = False

    def take(self, number: int, value: Value, data: dict[str, Any]) -> None:
        """Take the next line."""
        self._number = number
        self._bytes += value.length
        line, parent = _name(data, "uuid"), _name(data, "parentUuid")
        self._session = _name(data, "sessionId") or self._session
        if _name(data, "type") in _TITLES:
            self._note_title(data)
            return
        conversation = self._conversation_of(data, line or f"#{number}", parent, value)
        role, blocks = _read_line(data)
        moment = parse_time(data.get("timestamp"))
        message = self._begun_reply(conversation, _reply(data))
        if role is None or not blocks:
            meant = message.name if message else self._answered(conversation, parent)
            self._remember(line, conversation, meant)
            return
        conversation.date(moment)
        _describe(conversation, data, role, blocks)
        if message is None:
            message = _Message(
                name=line or f"{conversation.name}#{number}",
                conversation=conversation,
                position=conversation.messages,
                parent=parent,
                reply=_reply(data),
                role=role,
                blocks=[],
                lines=set(),
                has_error=False,
                created_at=moment or conversation.ended,
                offset=value.offset,
                end=0,
                last_line=number,
            )
            conversation.messages += 1
            self._waiting.append(message)
            if message.reply:
                self._replies[conversation.name, message.reply] = message
        if not line or line not in message.lines:
            message.blocks += blocks
            for block in blocks:
                conversation.plan.see(block, moment, value.offset, value.length)
        message.lines.add(line)
        message.has_error |= _is_failed(data)
        message.end = value.offset + value.length
        message.last_line = number
        self._remember(line, conversation, message.name)

    def ready(self) -> Iterator[IncomingRecord]:
        """Yield what no further line can change, once the beginning has been read."""
        while (
            self._bytes > HEAD_BYTES
            and self._waiting
            and self._waiting[0].last_line + REPLY_LINES < self._number
        ):
            yield from self._told(self._waiting.popleft())

    def rest(self) -> Iterator[IncomingRecord]:
        """Yield what is left, and again what was learned of conversations since."""
        while self._waiting:
            yield from self._told(self._waiting.popleft())
        for conversation in self._conversations.values():
            now = conversation.record()
            if conversation.told is not None and conversation.told != now:
                yield now

    def plans(self) -> Iterator[Incoming]:
        """Yield what the conversations planned, once all is read."""
        for conversation in self._conversations.values():
            yield from conversation.plan.records(conversation.title)

    def _told(self, message: _Message) -> Iterator[IncomingRecord]:
        if self._replies.get((message.conversation.name, message.reply)) is message:
            del self._replies[message.conversation.name, message.reply]
        yield from self._introduced(message.conversation)
        parent = self._answered(message.conversation, message.parent)
        yield incoming_message(
            message.name,
            conversation=message.conversation.name,
            parent=parent if parent and parent != message.name else None,
            position=message.position,
            role=message.role,
            blocks=message.blocks,
            title=_prompt(message.blocks) if message.role is Role.USER else "",
            has_error=message.has_error,
            offset=message.offset,
            length=message.end - message.offset,
            created_at=message.created_at,
        )

    def _introduced(self, conversation: _Conversation) -> Iterator[IncomingRecord]:
        """Yield a conversation, the one that called it first, unless that was done."""
        if conversation.is_introduced:
            return
        caller = self._conversations.get(conversation.parent)
        if caller is not None and caller.messages:
            yield from self._introduced(caller)
        conversation.is_introduced = True
        conversation.told = conversation.record()
        yield conversation.told

    def _conversation_of(
        self, data: dict[str, Any], line: str, parent: str, value: Value
    ) -> _Conversation:
        if data.get("isSidechain") is not True:
            return self._named(self._session, "", value)
        agent = _name(data, "agentId")
        if not agent:
            before = self._places.get(parent)
            if before is not None and before[0].parent == self._session:
                return before[0]
            agent = line
        return self._named(_agent_name(self._session, agent), self._session, value)

    def _named(self, name: str, parent: str, value: Value) -> _Conversation:
        if name not in self._conversations:
            self._conversations[name] = _Conversation(
                name=name,
                parent=parent,
                titles=self._titles.setdefault(name, {}),
                plan=Plan(name),
                offset=value.offset,
                length=value.length,
            )
        return self._conversations[name]

    def _begun_reply(self, conversation: _Conversation, reply: str) -> _Message | None:
        """Return the message that a part of a reply belongs to, if it is still held back."""
        found = self._replies.get((conversation.name, reply)) if reply else None
        near = found is not None and self._number - found.last_line <= REPLY_LINES
        return found if near else None

    def _remember(self, line: str, conversation: _Conversation, message: str) -> None:
        """Note which message a line became, or stands behind."""
        if not line:
            return
        if summary := self._summaries.pop(line, ""):
            conversation.titles["summary"] = summary
        self._places[line] = (conversation, message)
        if len(self._places) > REMEMBERED_LINES:
            del self._places[next(iter(self._places))]

    def _answered(self, conversation: _Conversation, line: str) -> str:
        """Return the message of the same conversation that a line became."""
        place = self._places.get(line)
        if place is None:
            return line
        return place[1] if place[0] is conversation else ""

    def _note_title(self, data: dict[str, Any]) -> None:
        """Take a title; a summary is that of the conversation its last line is in."""
        kind, leaf = data["type"], _name(data, "leafUuid")
        title = first_line(_name(data, _TITLES[kind]))
        place = self._places.get(leaf)
        if place is not None:
            place[0].titles[kind] = title
        elif leaf:
            if len(self._summaries) < REMEMBERED_LINES:
                self._summaries[leaf] = title
        else:
            self._titles.setdefault(self._session, {})[kind] = title


def _agent_name(session: str, agent: str) -> str:
    """Return the name of a sub-agent's conversation, which begins with its session's."""
    return f"{session}/{agent}"


def _describe(
    conversation: _Conversation, data: dict[str, Any], role: Role, blocks: list[Block]
) -> None:
    """Note what a line tells of its conversation."""
    titles = conversation.titles
    if slug := _name(data, "slug"):
        titles["slug"] = slug
    if role is Role.USER and "prompt" not in titles and (prompt := _prompt(blocks)):
        is_bare = prompt.startswith("/") and " " not in prompt
        titles.setdefault("command" if is_bare else "prompt", prompt)
    conversation.project = conversation.project or _name(data, "cwd")
    message = data.get("message")
    model = _name(message, "model") if isinstance(message, dict) else ""
    if not conversation.model and not model.startswith("<"):
        conversation.model = model


def _prompt(blocks: list[Block]) -> str:
    """Return the beginning of what a person asked, not what the program put around it."""
    for block in blocks:
        if command := _COMMAND.search(block.text):
            arguments = _ARGUMENTS.search(block.text)
            return first_line(f"{command[1]} {arguments[1] if arguments else ''}")
        if block.type is Part.TEXT and not block.text.lstrip().startswith(("<", "Caveat: ")):
            return first_line(block.text)
    return ""


def _reply(data: dict[str, Any]) -> str:
    """Return the id that the lines of one reply share."""
    message = data.get("message")
    if data.get("type") != "assistant" or not isinstance(message, dict):
        return ""
    return _name(message, "id")


def _read_line(data: dict[str, Any]) -> tuple[Role | None, list[Block]]:
    """Return who speaks in a line, and what is said; nobody where it is no message."""
    kind = _name(data, "type")
    if kind not in _SPEAKERS:
        return None, []
    if kind == "system":
        return Role.SYSTEM, list(_notice(data))
    message = data.get("message")
    content = message.get("content") if isinstance(message, dict) else message
    blocks = list(_blocks(content))
    if kind == "user" and any(block.type is Part.TOOL_RESULT for block in blocks):
        return Role.TOOL, blocks
    if data.get("isMeta") is True or data.get("isCompactSummary") is True:
        return Role.SYSTEM, blocks
    return fold_role(kind), blocks


def _notice(data: dict[str, Any]) -> Iterator[Block]:
    """Yield what the program says: a text, a fault, or the faults of hooks."""
    faults = data.get("hookErrors")
    words = [
        text_of(data.get("content")),
        _fault(data.get("error")),
        *(text_of(each) for each in (faults if isinstance(faults, list) else [])),
    ]
    for each in words:
        if each.strip():
            yield Block(type=Part.TEXT, text=each)


def _fault(error: object) -> str:
    """Return the message of an error, which may lie inside others."""
    if not isinstance(error, dict):
        return text_of(error)
    inner: object = error
    while isinstance(inner, dict):
        if message := _name(inner, "message"):
            status = text_of(error.get("status"))
            return f"{status} {message}".strip()
        inner = inner.get("error") or inner.get("cause")
    return json_text(error)


def _is_failed(data: dict[str, Any]) -> bool:
    if data.get("type") == "system":
        is_error = data.get("level") == "error" or data.get("subtype") == "api_error"
        return is_error or bool(data.get("hookErrors"))
    return data.get("isApiErrorMessage") is True


def _blocks(content: object) -> Iterator[Block]:
    for item in content if isinstance(content, list) else [content]:
        yield from _block(item)


def _block(item: object) -> Iterator[Block]:
    """Yield the blocks that a piece of a message becomes: none if it says nothing."""
    if not isinstance(item, dict):
        item = {"type": "text", "text": text_of(item)}
    kind = text_of(item.get("type"))
    if kind in {"text", "thinking"}:
        if (text := text_of(item.get(kind))).strip():
            yield Block(type=Part.TEXT if kind == "text" else Part.THINKING, text=text)
    elif kind in _CALLS:
        yield Block(
            type=Part.TOOL_CALL,
            name=text_of(item.get("name")),
            call_id=text_of(item.get("id")),
            text=json_text(item.get("input")),
        )
    elif kind.endswith("tool_result"):
        yield from _result(item)
    elif kind == "image":
        yield Block(type=Part.IMAGE, name=_media_type(item))
    elif kind != "redacted_thinking":
        yield Block(type=Part.TEXT, text=json_text(_without_data(item)))


def _result(item: dict[str, Any]) -> Iterator[Block]:
    """Yield the result of a tool as one text, and its images behind it."""
    inside = list(_blocks(item.get("content")))
    yield Block(
        type=Part.TOOL_RESULT,
        call_id=text_of(item.get("tool_use_id")),
        text="\n".join(block.text for block in inside if block.type is Part.TEXT),
        is_error=item.get("is_error") is True,
    )
    yield from (block for block in inside if block.type is Part.IMAGE)


def _media_type(item: dict[str, Any]) -> str:
    source = item.get("source")
    return (_name(source, "media_type") if isinstance(source, dict) else "") or "image"


def _without_data(item: dict[str, Any]) -> dict[str, Any]:
    """Return a piece without the bytes of the file that it may carry."""
    source = item.get("source")
    if not isinstance(source, dict):
        return item
    return {**item, "source": {key: each for key, each in source.items() if key != "data"}}


CLAUDE_CODE: Final = ClaudeCode()
