"""What the blocks of a message say: in one line, as plain text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from db.records import Block, MessageDetail
from db.vocabulary import Part, Role
from desktop_app.look.text import local_time, size

ARGUMENT_CHARS: Final = 120
_PARSED_CHARS: Final = 64_000
"""A longer input of a tool is shown by its beginning, unparsed."""

_SPEAKERS: Final = {
    Role.USER: "You",
    Role.ASSISTANT: "Assistant",
    Role.SYSTEM: "System",
    Role.TOOL: "Tool",
}
_LANGUAGES: Final = {Part.TOOL_CALL: "json", Part.TOOL_RESULT: ""}


def speaker(role: Role) -> str:
    """Return who speaks, as a thread says it."""
    return _SPEAKERS[role]


def first_argument(text: str) -> str:
    """Return, in one line, the first thing a tool was called with."""
    return _one_line(_first_value(text))


def call_text(text: str) -> str:
    """Return the input of a tool as it is read: JSON over several lines."""
    if len(text) > _PARSED_CHARS:
        return text
    try:
        return msgspec.json.format(text, indent=2)
    except msgspec.DecodeError:
        return text


def first_words(text: str) -> str:
    """Return the first line that says something, cut where it is long."""
    head = text[: 8 * ARGUMENT_CHARS].lstrip()
    return _one_line(head.partition("\n")[0])


def length_words(text: str) -> str:
    """Return how long a text is, roughly: `2.1 kB`."""
    return size(len(text))


def image_words(block: Block) -> str:
    """Return what stands for an image, whose bytes stay in the original."""
    return f"[{block.name or 'image'}, kept in the original file]"


def plain_text(blocks: Iterable[Block]) -> str:
    """Return all that is said, each block headed by what it is unless it is text."""
    return "\n\n".join(filter(None, map(_plain, blocks)))


def markdown_text(detail: MessageDetail) -> str:
    """Return a message as Markdown, headed by who spoke and when."""
    record = detail.record
    head = f"**{speaker(record.role)}** · {local_time(record.created_at)}"
    return "\n\n".join([head, *filter(None, map(_markdown, detail.blocks))]) + "\n"


def _first_value(text: str) -> str:
    if len(text) > _PARSED_CHARS:
        return text[:ARGUMENT_CHARS]
    try:
        value: Any = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    while isinstance(value, dict | list) and value:
        value = next(iter(value.values())) if isinstance(value, dict) else value[0]
    return value if isinstance(value, str) else ("" if value in ({}, []) else str(value))


def _one_line(text: str) -> str:
    line = " ".join(text[: 4 * ARGUMENT_CHARS].split())
    return line if len(line) <= ARGUMENT_CHARS else f"{line[: ARGUMENT_CHARS - 1]}…"


def _plain(block: Block) -> str:
    match block.type:
        case Part.TOOL_CALL:
            return f"[{block.name or 'tool'}]\n{block.text}"
        case Part.TOOL_RESULT:
            return f"[{'error' if block.is_error else 'result'}]\n{block.text}"
        case Part.THINKING:
            return f"[thinking]\n{block.text}"
        case Part.IMAGE:
            return image_words(block)
    return block.text


def _markdown(block: Block) -> str:
    match block.type:
        case Part.TOOL_CALL:
            return f"Call of `{block.name or 'tool'}`:\n\n{_fenced(block)}"
        case Part.TOOL_RESULT:
            return f"{'Error' if block.is_error else 'Result'}:\n\n{_fenced(block)}"
        case Part.THINKING:
            return "\n".join(f"> {line}".rstrip() for line in block.text.split("\n"))
        case Part.IMAGE:
            return image_words(block)
    return block.text


def _fenced(block: Block) -> str:
    """Return a block as code, between fences longer than any run of backticks in it."""
    fence = "```"
    while fence in block.text:
        fence += "`"
    return f"{fence}{_LANGUAGES[block.type]}\n{block.text}\n{fence}"
