"""Files of bugs or of learnings alone, as agents leave them behind.

`{template, entries}` lists bugs; `{summary, learnings}` lists sentences.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, read_status, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.json_reader import Value
from db.exchange.shells import ShellReader
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
    """Reads bugs and learnings that stand in a file of their own."""

    name = "findings"
    title = "Bugs or learnings of an agent"

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if sample.shape == "object" and (_lists_bugs(sample) or _lists_learnings(sample)):
            return 0.9
        return 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the file as one batch, and what it lists."""
        sample = document.sample
        batch = IncomingBatch(
            external_id=_BATCH,
            title=document.stem,
            description=text_of(sample.members.get("summary")),
        )
        yield batch
        wanted, made = (_BUGS, _bug) if _lists_bugs(sample) else (_LEARNINGS, _learning)
        shell = ShellReader([wanted])
        cursor = document.cursor()
        for _ in shell.walk(cursor):
            for number, value in enumerate(cursor.values(), start=1):
                if record := made(value, number):
                    yield record
        cursor.end()
        batch.raw = shell.text()
        yield batch


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


def _objects(value: object) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else []
    return [item for item in listed if isinstance(item, dict)]


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
    text = text_of(value.data)
    return IncomingRecord(
        kind=Kind.LEARNING,
        external_id=f"#{number}",
        title=first_line(text),
        description=text,
        refs={"batch": _BATCH},
        raw=value.raw,
        offset=value.offset,
        length=value.length,
    )


FINDINGS: Final = Findings()
