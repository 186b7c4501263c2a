"""Messages of conversations, as every format that reads them hands them over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from db.exchange.fields import first_line
from db.incoming import IncomingRecord
from db.records import Block, Kind
from db.vocabulary import Part, Role

STRETCH_MESSAGES: Final = 5000
STRETCH_CHARS: Final = 4 << 20
_WRAPPER: Final = re.compile(r"\s*<([A-Za-z]+(?:[_-][A-Za-z]+)+)>")
_TAG: Final = re.compile(r"</?[A-Za-z][\w-]*>")
_LOOKED_AT: Final = 4096
_TITLED_BY: Final = (Part.TEXT, Part.THINKING, Part.TOOL_CALL, Part.TOOL_RESULT, Part.IMAGE)


def conversations_first(records: Iterable[IncomingRecord]) -> Iterator[IncomingRecord]:
    """Yield records in stretches, the conversations of each before all its messages.

    Records are stored in chunks of one kind: of short conversations, one after the other,
    each would be a chunk.
    """
    conversations: list[IncomingRecord] = []
    messages: list[IncomingRecord] = []
    chars = 0
    for record in records:
        if record.kind is Kind.CONVERSATION:
            conversations.append(record)
        else:
            messages.append(record)
            chars += sum(len(block.text) for block in record.blocks)
        if len(messages) >= STRETCH_MESSAGES or chars >= STRETCH_CHARS:
            yield from conversations
            yield from messages
            conversations, messages, chars = [], [], 0
    yield from conversations
    yield from messages


def incoming_message(
    external_id: str,
    *,
    conversation: str,
    parent: str | None,
    position: int,
    role: Role,
    blocks: Sequence[Block],
    title: str = "",
    has_error: bool = False,
    **more: Any,
) -> IncomingRecord:
    """Return a message; `more` are other fields of `IncomingRecord`.

    Without a title it has the first line of what it says; it has an error if a block does.
    """
    parts = 0
    for block in blocks:
        parts |= block.type.value
    refs = {"conversation": conversation}
    if parent is not None:
        refs["parent"] = parent
    extra = more.pop("fields", {})
    return IncomingRecord(
        kind=Kind.MESSAGE,
        external_id=external_id,
        title=title or _title(blocks),
        fields={
            "position": position,
            "role": role.value,
            "parts": parts,
            "has_error": int(has_error or any(block.is_error for block in blocks)),
            **extra,
        },
        refs=refs,
        blocks=tuple(blocks),
        **more,
    )


def _title(blocks: Sequence[Block]) -> str:
    for wanted in _TITLED_BY:
        for block in blocks:
            if block.type is wanted and (words := _words(block)):
                return words
    return "Empty message"


def _words(block: Block) -> str:
    if block.type is Part.IMAGE:
        return "Image"
    if block.type is Part.TOOL_CALL and block.name:
        return block.name
    return _first_words(block.text)


def _first_words(text: str) -> str:
    """Return the first line of a text; what a program put into tags is named by the first."""
    wrapper = _WRAPPER.match(text)
    if wrapper is None:
        return first_line(text)
    name = re.sub("[_-]", " ", wrapper[1]).capitalize()
    inside = first_line(_TAG.sub(" ", text[:_LOOKED_AT]))
    return first_line(f"{name}: {' '.join(inside.split())}") if inside else name
