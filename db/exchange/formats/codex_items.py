"""What a line of a Codex session says, whatever form of session it stands in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from db.exchange.fields import json_text, text_of
from db.records import Block
from db.vocabulary import Part, Role, fold_role

LINE_TYPES: Final = {
    "session_meta", "response_item", "event_msg", "turn_context", "compacted",
}  # fmt: skip
ITEM_TYPES: Final = {"message", "reasoning", "function_call", "function_call_output"}
STREAM_TYPES: Final = {
    "thread.started", "turn.started", "turn.completed", "turn.failed", "item.started",
    "item.updated", "item.completed", "error",
}  # fmt: skip

_EVENTS: Final = {
    "error", "stream_error", "warning", "turn_aborted", "entered_review_mode",
    "exited_review_mode", "thread_rolled_back", "compacted", "turn.failed",
}  # fmt: skip
"""Events that say what no item says; all others repeat an item, or count tokens."""

_FAULTS: Final = {"error", "stream_error", "turn_aborted", "turn.failed"}
_SILENT: Final = {"ghost_snapshot", "compaction", "compaction_summary", "other"}
_UNSAID: Final = {
    "type", "id", "status", "call_id", "result", "encrypted_content", "replacement_history",
}  # fmt: skip
_INJECTED: Final = re.compile(
    r"\s*(?:# AGENTS\.md instructions|<(?:environment_context|user_instructions|INSTRUCTIONS"
    r"|permissions instructions|collaboration_mode|personality_spec|skill|turn_aborted"
    r"|subagent_notification|user_shell_command)\b)"
)
_EXIT_CODE: Final = re.compile(
    r"(?:Exit code: |(?:.*\n){0,3}?Process exited with code )(-?\d+)"
)
_REQUEST: Final = "## My request for Codex:"


class Said(Struct, frozen=True, kw_only=True):
    """What a line says. `is_secret` if a part of it can only be read by the model."""

    role: Role
    blocks: list[Block]
    has_error: bool = False
    is_secret: bool = False


def said_in(item: dict[str, Any]) -> Said | None:
    """Return what an item or an event says, or None if that is nothing."""
    kind = text_of(item.get("type"))
    if kind in _EVENTS:
        return _event(kind, item)
    if kind == "message":
        return _message(item)
    if kind in _SILENT:
        return None
    if kind.endswith("_output"):
        return Said(role=Role.TOOL, blocks=list(_output(item, item.get("output"))))
    blocks = list(_done(kind, item))
    is_secret = bool(item.get("encrypted_content"))
    if not blocks and not is_secret:
        return None
    return Said(role=Role.ASSISTANT, blocks=blocks, is_secret=is_secret)


def request_in(text: str) -> str:
    """Return what a person asked, without what an editor put before it."""
    return text.partition(_REQUEST)[2] or text


def _event(kind: str, event: dict[str, Any]) -> Said | None:
    error = event.get("error")
    if isinstance(error, dict):
        error = error.get("message") or error
    words = text_of(event.get("message") or error or event.get("reason"))
    if not words:
        told = {key: each for key, each in event.items() if key not in _UNSAID and each}
        words = json_text(told) if told else kind.replace("_", " ").capitalize()
    is_fault = kind in _FAULTS
    block = Block(type=Part.TEXT, text=words, is_error=is_fault)
    return Said(role=Role.SYSTEM, blocks=[block], has_error=is_fault)


def _message(item: dict[str, Any]) -> Said | None:
    blocks = list(_contents(item.get("content"), Part.TEXT))
    if not blocks:
        return None
    role = fold_role(text_of(item.get("role")))
    if role is None or (role is Role.USER and all(map(_is_injected, blocks))):
        role = Role.SYSTEM
    return Said(role=role, blocks=blocks)


def _is_injected(block: Block) -> bool:
    return block.type is Part.TEXT and _INJECTED.match(block.text) is not None


def _contents(content: object, part: Part) -> Iterator[Block]:
    """Yield the texts and images of a content: a text, an object, or a list of them."""
    for each in content if isinstance(content, list) else [content]:
        if not isinstance(each, dict):
            text = text_of(each)
        elif "image" in text_of(each.get("type")):
            yield Block(type=Part.IMAGE, name=_media_type(each))
            continue
        else:
            text = text_of(each.get("text", each.get("refusal")))
            text = text or json_text({key: v for key, v in each.items() if key != "type"})
        if text.strip():
            yield Block(type=part, text=text)


def _media_type(image: dict[str, Any]) -> str:
    """Return the type of an image, which its address tells if its bytes stand in it."""
    address = text_of(image.get("image_url") or image.get("url"))
    return address[5:].partition(";")[0] if address.startswith("data:") else "image"


def _output(item: dict[str, Any], output: object) -> Iterator[Block]:
    """Yield the result of a tool as one text, and its images behind it."""
    text, is_error = output, False
    if isinstance(output, str):
        text, is_error = _shell_output(output)
    elif isinstance(output, dict):
        text = output.get("content", output.get("output", output))
        is_error = output.get("success") is False
    inside = list(_contents(text, Part.TEXT))
    yield Block(
        type=Part.TOOL_RESULT,
        call_id=text_of(item.get("call_id")),
        text="\n".join(each.text for each in inside if each.type is Part.TEXT),
        is_error=is_error,
    )
    yield from (each for each in inside if each.type is Part.IMAGE)


def _shell_output(text: str) -> tuple[str, bool]:
    """Return what a command printed and whether it failed; other tools' texts as they are."""
    if text.startswith('{"output":'):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = {}
        about = found.get("metadata")
        if isinstance(found.get("output"), str) and isinstance(about, dict):
            return text_of(found["output"]), about.get("exit_code", 0) != 0
    code = _EXIT_CODE.match(text)
    return text_of(text), code is not None and code[1] != "0"


def _done(kind: str, item: dict[str, Any]) -> Iterator[Block]:
    """Yield what the model thought, said or did."""
    if kind in {"reasoning", "agent_message", "plan"}:
        part = Part.THINKING if kind == "reasoning" else Part.TEXT
        for key in ("summary", "content", "text"):
            yield from _contents(item.get(key), part)
    elif kind == "command_execution":
        yield _call(item, "shell", text_of(item.get("command")))
        is_failed = text_of(item.get("exit_code")) not in {"", "0"}
        yield _result(item, item.get("aggregated_output"), is_error=is_failed)
    elif kind == "mcp_tool_call":
        name = f"{text_of(item.get('server'))}.{text_of(item.get('tool'))}"
        yield _call(item, name, json_text(item.get("arguments")))
        error = item.get("error")
        result = item.get("result")
        content = result.get("content", result) if isinstance(result, dict) else result
        yield _result(item, error or content, is_error=bool(error))
    elif kind.endswith("_call"):
        given = item.get("arguments", item.get("input", item.get("action")))
        told = {key: each for key, each in item.items() if key not in _UNSAID}
        name = text_of(item.get("name")) or kind.removesuffix("_call")
        text = text_of(given) if isinstance(given, str) else json_text(given or told)
        yield _call(item, name, text)
    elif kind in {"todo_list", "file_change", "web_search"}:
        told = {key: each for key, each in item.items() if key not in _UNSAID}
        yield _call(item, kind, json_text(told))


def _call(item: dict[str, Any], name: str, text: str) -> Block:
    call_id = text_of(item.get("call_id") or item.get("id"))
    return Block(type=Part.TOOL_CALL, name=name, call_id=call_id, text=text)


def _result(item: dict[str, Any], content: object, *, is_error: bool) -> Block:
    texts = [each.text for each in _contents(content, Part.TEXT)]
    return Block(
        type=Part.TOOL_RESULT,
        call_id=text_of(item.get("call_id") or item.get("id")),
        text="\n".join(texts),
        is_error=is_error,
    )
