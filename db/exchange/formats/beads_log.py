"""What Beads writes about issues: comments, interactions, events, deletions and memories.

Backups list dependencies and labels in files of their own; what they say of an issue is
kept as status updates, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from db.exchange.fields import first_line, text_of
from db.incoming import IncomingRecord
from db.records import Kind
from db.times import parse_time

ISSUE: Final = "task"
"""The reference that names an issue; it finds nothing where the issue is no task."""

_INTERACTION: Final = "int-"
_NOTHING: Final = "nothing"
_Reader: TypeAlias = Callable[[dict[str, Any]], IncomingRecord]


def read_entry(data: dict[str, Any]) -> IncomingRecord | None:
    """Return what a line says of an issue, or None if it is no line of such a log."""
    found = _reader_of(data)
    return found(data) if found else None


def comments_of(issue: dict[str, Any]) -> Iterator[IncomingRecord]:
    """Yield the comments that stand in an issue."""
    listed = issue.get("comments")
    for number, data in enumerate(listed if isinstance(listed, list) else (), start=1):
        if isinstance(data, dict):
            yield _comment({"id": f"#{number}", **data, "issue_id": issue["id"]})


def _reader_of(data: dict[str, Any]) -> _Reader | None:
    if "kind" in data and text_of(data.get("id")).startswith(_INTERACTION):
        return _interaction
    return next((reader for keys, reader in _READERS.items() if keys <= data.keys()), None)


def _memory(data: dict[str, Any]) -> IncomingRecord:
    key = text_of(data["key"])
    return IncomingRecord(
        kind=Kind.LEARNING, external_id=key, title=key, description=text_of(data.get("value"))
    )


def _comment(data: dict[str, Any]) -> IncomingRecord:
    text = text_of(data.get("text"))
    name = f"{text_of(data['issue_id'])}/{text_of(data.get('id'))}"
    return _update(data, name, first_line(text) or "Empty comment", text)


def _event(data: dict[str, Any]) -> IncomingRecord:
    """Return one of the changes that a backup lists: fields by name, or a word about it."""
    new = text_of(data.get("new_value"))
    fields = _object(new)
    said = [f"{name}: {text_of(value)}" for name, value in fields.items()] or [new]
    said.append(text_of(data.get("comment")))
    text = "\n".join(filter(None, said))
    what = text_of(data["event_type"]).replace("_", " ")
    title = first_line(f"{what}: {text}" if text else what)
    return _update(data, f"event {text_of(data.get('id'))}", title, text)


def _object(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _interaction(data: dict[str, Any]) -> IncomingRecord:
    extra = data.get("extra")
    said = {**data, **(extra if isinstance(extra, dict) else {})}
    text = text_of(said.get("reason") or said.get("error"))
    match data["kind"]:
        case "field_change":
            old, new = (
                text_of(said.get(key)) or _NOTHING for key in ("old_value", "new_value")
            )
            title = f"{text_of(said.get('field'))}: {old} → {new}"
        case "llm_call":
            title = f"Call of {text_of(said.get('model')) or 'a model'}"
            prompt, answer = text_of(said.get("prompt")), text_of(said.get("response"))
            text = "\n\n".join(
                filter(None, (prompt, answer and f"## Response\n\n{answer}", text))
            )
        case "tool_call":
            title = f"Call of {text_of(said.get('tool_name')) or 'a tool'}"
            if said.get("exit_code"):
                title += f": exit code {text_of(said['exit_code'])}"
        case "label":
            title = f"Label {text_of(said.get('label'))}"
        case other:
            title = text_of(other).replace("_", " ")
    return _update(data, text_of(data["id"]), first_line(title), text)


def _dependency(data: dict[str, Any]) -> IncomingRecord:
    """Return a dependency that a backup lists apart from the issues."""
    issue, other = text_of(data["issue_id"]), text_of(data["depends_on_id"])
    kind = text_of(data.get("type")) or "blocks"
    entry = {**data, "actor": data.get("created_by")}
    return _update(entry, f"{issue} {kind} {other}", f"Depends on {other}: {kind}", "")


def _label(data: dict[str, Any]) -> IncomingRecord:
    """Return a label that a backup lists apart from the issues."""
    label = text_of(data["label"])
    return _update(data, f"{text_of(data['issue_id'])} {label}", f"Label {label}", "")


def _deletion(data: dict[str, Any]) -> IncomingRecord:
    issue = text_of(data.get("issue_id") or data.get("id"))
    when = data.get("deleted_at") or data.get("ts")
    reason = text_of(data.get("reason") or data.get("delete_reason"))
    entry = {
        "issue_id": issue,
        "actor": data.get("deleted_by") or data.get("by"),
        "created_at": when,
    }
    return _update(entry, f"{issue}/deleted", f"Deleted {issue}", reason)


def _update(data: dict[str, Any], name: str, title: str, text: str) -> IncomingRecord:
    moment = parse_time(data.get("created_at"))
    issue = text_of(data.get("issue_id"))
    return IncomingRecord(
        kind=Kind.STATUS_UPDATE,
        external_id=name,
        title=title,
        description=text,
        fields={"actor": text_of(data.get("actor") or data.get("author"))},
        refs={ISSUE: issue} if issue else {},
        created_at=moment,
        updated_at=moment,
    )


_READERS: Final[dict[frozenset[str], _Reader]] = {
    frozenset({"_type", "key", "value"}): _memory,
    frozenset({"issue_id", "author", "text"}): _comment,
    frozenset({"issue_id", "event_type"}): _event,
    frozenset({"issue_id", "deleted_at"}): _deletion,
    frozenset({"issue_id", "depends_on_id"}): _dependency,
    frozenset({"issue_id", "label"}): _label,
    frozenset({"id", "ts", "by"}): _deletion,
}
"""What reads a line, by the members that tell what it is."""
