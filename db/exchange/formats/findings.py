"""Files of bugs or of learnings alone, as agents leave them behind.

`{template, entries}` lists bugs; `{summary, learnings}` lists sentences; JSONL of entities
with observations is what memory servers keep of a knowledge graph: each observation is
something learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, read_status, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.json_reader import Kind as JsonKind
from db.exchange.json_reader import Value
from db.incoming import IncomingBatch, IncomingRecord
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Severity, fold_severity

_BATCH: Final = "file"
_BUGS: Final = "entries"
_LEARNINGS: Final = "learnings"
_BUG_KEYS: Final = frozenset(
    {"reproduction", "recommendation", "expected_behavior", "actual_behavior", "component"}
)
_SECTIONS: Final = {
    "expected_behavior": "Expected",
    "actual_behavior": "Actual",
    "impact": "Impact",
    "component": "Component",
    "type": "Type",
    "agent": "Found by",
}


class Findings(ReadOnly):
    """Reads bugs, learnings and memories that stand in a file of their own."""

    name = "findings"
    title = "Bugs, learnings or memories of an agent"

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if sample.shape == "object" and (_lists_bugs(sample) or _lists_learnings(sample)):
            return 0.9
        found = sample.objects
        telling = [item for item in found if _is_memory(item)]
        return 0.9 * len(telling) / len(found) if any(map(_is_entity, found)) else 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the file as one batch, and what it lists."""
        sample = document.sample
        yield IncomingBatch(
            external_id=_BATCH,
            title=document.stem,
            description=text_of(sample.members.get("summary")),
        )
        if _lists_bugs(sample):
            yield from _listed(document, _BUGS, _bug)
        elif _lists_learnings(sample):
            yield from _listed(document, _LEARNINGS, _learning)
        else:
            for value in document.records():
                if isinstance(value.data, dict) and _is_entity(value.data):
                    yield from _observations(value, value.data)


def _lists_bugs(sample: Sample) -> bool:
    found = _objects(sample.members.get(_BUGS))
    return bool(found) and all(
        {"title", "severity"} <= each.keys() and not _BUG_KEYS.isdisjoint(each)
        for each in found
    )


def _lists_learnings(sample: Sample) -> bool:
    listed = sample.members.get(_LEARNINGS)
    return (
        isinstance(listed, list)
        and bool(listed)
        and all(isinstance(each, str) for each in listed)
    )


def _is_memory(item: dict[str, Any]) -> bool:
    return _is_entity(item) or {"from", "to", "relationType"} <= item.keys()


def _is_entity(item: dict[str, Any]) -> bool:
    return {"name", "entityType", "observations"} <= item.keys()


def _objects(value: object) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else []
    return [item for item in listed if isinstance(item, dict)]


def _listed(
    document: Document, wanted: str, made: Callable[[Value, int], IncomingRecord | None]
) -> Iterator[IncomingRecord]:
    """Yield what the elements of one member of an object make."""
    cursor = document.cursor()
    for key in cursor.members():
        if key == wanted and cursor.kind() is JsonKind.ARRAY:
            for index in cursor.items():
                if record := made(cursor.value(), index + 1):
                    yield record
    cursor.end()


def _bug(value: Value, number: int) -> IncomingRecord | None:
    data = value.data
    if not isinstance(data, dict):
        return None
    name = text_of(data.get("id")) or f"#{number}"
    status, word = read_status(data.get("status"))
    severity = fold_severity(text_of(data.get("severity")))
    parts = [text_of(data.get("description"))]
    for key, heading in _SECTIONS.items():
        if text := text_of(data.get(key)):
            parts.append(f"## {heading}\n\n{text}")
    return IncomingRecord(
        kind=Kind.BUG,
        external_id=name,
        title=text_of(data.get("title")) or name,
        description="\n\n".join(filter(None, parts)),
        fields={
            "status": status.value,
            "status_word": word,
            "severity": (Severity.MEDIUM if severity is None else severity).value,
            "steps": text_of(data.get("reproduction")),
            "proposed_fix": text_of(data.get("recommendation")),
        },
        refs={"batch": _BATCH},
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        created_at=parse_time(data.get("created_at")),
        updated_at=parse_time(data.get("updated_at") or data.get("created_at")),
    )


def _learning(value: Value, number: int) -> IncomingRecord | None:
    if not isinstance(value.data, str):
        return None
    return _learned(f"#{number}", text_of(value.data), value, raw=value.raw)


def _observations(value: Value, data: dict[str, Any]) -> Iterator[IncomingRecord]:
    """Yield what is known of an entity, each observation tagged with its name."""
    name = text_of(data["name"])
    listed = data["observations"]
    for number, item in enumerate(listed if isinstance(listed, list) else (), start=1):
        given = item if isinstance(item, dict) else {"text": item}
        record = _learned(f"{name} #{number}", text_of(given.get("text")), value)
        record.fields = {"category": text_of(data["entityType"])}
        record.tags = (name,)
        record.created_at = record.updated_at = parse_time(given.get("timestamp"))
        yield record


def _learned(name: str, text: str, value: Value, raw: str | None = None) -> IncomingRecord:
    return IncomingRecord(
        kind=Kind.LEARNING,
        external_id=name,
        title=first_line(text),
        description=text,
        refs={"batch": _BATCH},
        raw=raw,
        offset=value.offset,
        length=value.length,
    )


FINDINGS: Final = Findings()
