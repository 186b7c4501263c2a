"""ChatGPT exports: conversations, each a tree of messages with all its branches.

`conversations.json` and the numbered files that took its place are arrays; a single
conversation is read too. Ids are the same in every export of an account, so a newer export
updates an older one, whatever its files are called.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Any, Final

from msgspec import Struct

from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, json_text, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.json_reader import JsonCursor, Kind, Value
from db.exchange.messages import conversations_first, incoming_message
from db.incoming import IncomingRecord
from db.records import Block
from db.records import Kind as RecordKind
from db.times import parse_time
from db.vocabulary import Part, Role, fold_role

_ORIGIN: Final = "chatgpt:conversations"
_TELLING: Final = {"current_node", "conversation_id", "moderation_results", "create_time"}
_WANTED: Final = {
    "id", "conversation_id", "title", "create_time", "update_time", "default_model_slug",
    "is_archived", "gizmo_id",
}  # fmt: skip
_THINKING: Final = {"thoughts", "reasoning_recap"}
_UNREAD: Final = {"content_type", "language", "response_format_name", "tether_id", "domain"}
_MANIFEST: Final = {"manifest_file", "logical_files"}
_ASIDE: Final = (
    _MANIFEST,
    {"conversation_id", "is_anonymous"},
    {"conversation_id", "rating"},
    {"email", "chatgpt_plus_user"},
    {"user_id", "settings"},
)
"""What tells the files of an export that hold no conversations."""

_EVERYBODY: Final = {"", "all"}
_PROJECT: Final = "g-p-"


class ChatGPT(ReadOnly):
    """Reads the conversations of a ChatGPT export."""

    name = "chatgpt"
    title = "ChatGPT conversations"

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if _is_aside(sample):
            return 0.9
        found = sample.objects if sample.shape != "lines" else []
        telling = [item for item in found if _is_conversation(item)]
        return 0.97 * len(telling) / len(found) if found else 0.0

    def origin(self, sample: Sample) -> str | None:
        """Return the one origin of all conversations that have ids."""
        named = any(_name(item) for item in sample.objects if _is_conversation(item))
        return _ORIGIN if named else None

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield each conversation before its messages; nothing of what stands beside them."""
        return conversations_first(_conversations(document))


def _conversations(document: Document) -> Iterator[IncomingRecord]:
    if _is_aside(document.sample):
        return
    cursor = document.cursor()
    if cursor.kind() is Kind.ARRAY:
        for number in cursor.items():
            if cursor.kind() is Kind.OBJECT:
                yield from _read(cursor, f"{document.stem}#{number + 1}")
    else:
        yield from _read(cursor, document.stem)
    cursor.end()


def _is_aside(sample: Sample) -> bool:
    """Whether a file of an export tells of files, accounts or judgements only."""
    found = sample.objects if sample.shape != "lines" else []
    return bool(found) and all(
        "mapping" not in item and any(keys <= item.keys() for keys in _ASIDE) for item in found
    )


def _is_conversation(item: dict[str, object]) -> bool:
    return isinstance(item.get("mapping"), dict | None) and len(_TELLING & item.keys()) >= (
        1 if "mapping" in item else 2
    )


def _name(item: dict[str, Any]) -> str:
    name = item.get("conversation_id") or item.get("id")
    return text_of(name) if isinstance(name, str | int) else ""


def _time(value: object) -> int | None:
    """Return a time, which newer exports may write as a number in quotes."""
    if isinstance(value, str):
        try:
            return parse_time(float(value))
        except ValueError:
            return parse_time(value)
    return parse_time(value)


class _Node(Struct, kw_only=True):
    """A node of the tree. `time` is what its order among the others goes by."""

    name: str
    number: int
    message: dict[str, Any] | None
    parent: str | None
    children: list[str]
    offset: int
    length: int
    time: int = 0


def _read(cursor: JsonCursor, fallback_name: str) -> Iterator[IncomingRecord]:
    """Yield the conversation at the cursor and its messages."""
    offset = cursor.offset()
    about: dict[str, Any] = {}
    nodes: dict[str, _Node] = {}
    for key in cursor.members():
        if key == "mapping" and cursor.kind() is Kind.OBJECT:
            nodes = {
                name: _node(value, name, number)
                for number, name in enumerate(cursor.records())
                if (value := cursor.usable_value())
            }
        elif key in _WANTED and (value := cursor.usable_value()):
            about[key] = value.data
    length = cursor.offset() - offset
    if not nodes and not {"title", "id", "conversation_id"} & about.keys():
        return
    name = _name(about) or fallback_name
    begun = _time(about.get("create_time"))
    ended = _time(about.get("update_time"))
    archived = {"archived_at": ended or begun or 1} if about.get("is_archived") is True else {}
    messages = list(_messages(nodes, name, begun or ended, archived))
    yield IncomingRecord(
        kind=RecordKind.CONVERSATION,
        external_id=name,
        title=first_line(text_of(about.get("title"))) or _first_words(messages),
        fields={"model": _model(nodes, about), "project": _project(about), **archived},
        offset=offset,
        length=length,
        created_at=begun,
        updated_at=ended,
    )
    yield from messages


def _node(value: Value, name: str, number: int) -> _Node:
    data = value.data if isinstance(value.data, dict) else {}
    message, parent, children = (data.get(key) for key in ("message", "parent", "children"))
    return _Node(
        name=name,
        number=number,
        message=message if isinstance(message, dict) else None,
        parent=parent if isinstance(parent, str) else None,
        children=[each for each in children if isinstance(each, str)]
        if isinstance(children, list)
        else [],
        offset=value.offset,
        length=value.length,
    )


def _first_words(messages: list[IncomingRecord]) -> str:
    asked = (each.title for each in messages if each.fields["role"] == Role.USER)
    return next(asked, "")


def _project(about: dict[str, Any]) -> str:
    """Return the project, whose ids differ from those of custom assistants."""
    gizmo = text_of(about.get("gizmo_id"))
    return gizmo if gizmo.startswith(_PROJECT) else ""


def _model(nodes: dict[str, _Node], about: dict[str, Any]) -> str:
    """Return the model that wrote last, or else the one that was chosen."""
    used = [
        (node.time, node.number, slug)
        for node in nodes.values()
        if node.message and (slug := _metadata(node.message).get("model_slug"))
    ]
    return text_of(max(used)[2] if used else about.get("default_model_slug"))


def _metadata(message: dict[str, Any]) -> dict[str, Any]:
    found = message.get("metadata")
    return found if isinstance(found, dict) else {}


def _messages(
    nodes: dict[str, _Node], conversation: str, begun: int | None, archived: dict[str, int]
) -> Iterator[IncomingRecord]:
    """Yield the messages by time, each behind the one it answers."""
    answered: dict[str, str | None] = {}
    position = 0
    for node, parent in _in_order(nodes, begun or 0):
        before = answered.get(parent) if parent is not None else None
        if node.message is None:
            answered[node.name] = before
            continue
        answered[node.name] = name = f"{conversation}/{node.name}"
        role = _role(node.message)
        yield incoming_message(
            name,
            conversation=conversation,
            parent=before,
            position=position,
            role=role,
            blocks=list(_blocks(node.message, role)),
            fields=archived,
            offset=node.offset,
            length=node.length,
            created_at=node.time or None,
        )
        position += 1


def _in_order(nodes: dict[str, _Node], begun: int) -> Iterator[tuple[_Node, str | None]]:
    """Yield all nodes with their parents, by time, but none before its parent."""
    above = _parents(nodes)
    below: dict[str, list[_Node]] = {}
    for child, parent in above.items():
        below.setdefault(parent, []).append(nodes[child])
    waiting = [_timed(node, begun) for node in nodes.values() if node.name not in above]
    heapify(waiting)
    while waiting:
        time, _, name = heappop(waiting)
        yield nodes[name], above.get(name)
        for node in below.get(name, ()):
            heappush(waiting, _timed(node, time))


def _timed(node: _Node, time: int) -> tuple[int, int, str]:
    """Return what a node is ordered by; without a time of its own it has its parent's."""
    node.time = _time((node.message or {}).get("create_time")) or time
    return node.time, node.number, node.name


def _parents(nodes: dict[str, _Node]) -> dict[str, str]:
    """Return the parents of nodes, by name; circles are opened."""
    above = {
        child: node.name for node in nodes.values() for child in node.children if child in nodes
    }
    above |= {
        node.name: node.parent
        for node in nodes.values()
        if node.parent is not None and node.parent in nodes
    }
    rooted: set[str] = set()
    for name in nodes:
        path: set[str] = set()
        each: str | None = name
        while each is not None and each not in rooted:
            path.add(each)
            if above.get(each) in path:
                del above[each]
            each = above.get(each)
        rooted |= path
    return above


def _role(message: dict[str, Any]) -> Role:
    author = message.get("author")
    word = author.get("role") if isinstance(author, dict) else None
    folded = fold_role(text_of(word))
    return Role.SYSTEM if folded is None else folded


def _is_failed(message: dict[str, Any]) -> bool:
    result = _metadata(message).get("aggregate_result")
    status = text_of(result.get("status")) if isinstance(result, dict) else ""
    return (
        status.startswith("failed") or _content(message).get("content_type") == "system_error"
    )


def _content(message: dict[str, Any]) -> dict[str, Any]:
    found = message.get("content")
    if isinstance(found, dict):
        return found
    return {"parts": found if isinstance(found, list) else [text_of(found)]}


def _blocks(message: dict[str, Any], role: Role) -> Iterator[Block]:
    """Yield what a message says: in a call to a tool and its answer, as such."""
    content = _content(message)
    author = message.get("author")
    recipient = text_of(message.get("recipient"))
    kind, name = Part.TEXT, ""
    if text_of(content.get("content_type")) in _THINKING:
        kind = Part.THINKING
    elif role is Role.TOOL:
        kind = Part.TOOL_RESULT
        name = text_of(author.get("name")) if isinstance(author, dict) else ""
    elif role is Role.ASSISTANT and recipient not in _EVERYBODY:
        kind, name = Part.TOOL_CALL, recipient
    is_error = _is_failed(message)
    for part in _parts(content):
        if isinstance(part, Block):
            yield part
        elif part.strip():
            yield Block(type=kind, text=part, name=name, is_error=is_error)


def _parts(content: dict[str, Any]) -> Iterator[str | Block]:
    """Yield the texts and images of a content, whatever its type."""
    for key in ("parts", "thoughts"):
        listed = content.get(key)
        if isinstance(listed, list):
            for part in listed:
                yield _part(part)
            return
    yield _words(content)


def _part(part: object) -> str | Block:
    if not isinstance(part, dict):
        return text_of(part)
    if "image" in text_of(part.get("content_type")):
        media_type = text_of(part.get("mime_type")) or "image"
        return Block(type=Part.IMAGE, name=media_type, text=text_of(part.get("asset_pointer")))
    return _words(part)


def _words(value: dict[str, Any]) -> str:
    """Return all that an object says in words, or else the object as JSON."""
    told = {key: each for key, each in value.items() if key not in _UNREAD and each}
    words = [text_of(each) for each in told.values() if isinstance(each, str)]
    return "\n\n".join(words) or (json_text(told) if told else "")


CHATGPT: Final = ChatGPT()
