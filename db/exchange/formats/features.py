"""`feature_list.json`: features that pass or do not pass yet, in no agreed shape.

Read from real files: an array of `{category, description, steps, passes}`, and an object
with a list of features, which have ids, states and evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from db.exchange import sections
from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, names_in, read_priority, read_status, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.json_reader import Value
from db.exchange.shells import ShellReader
from db.incoming import IncomingBatch, IncomingTask
from db.times import parse_time
from db.vocabulary import LinkKind

_BATCH: Final = "file"
_FEATURES: Final = "features"
_NAMES: Final = ("title", "name", "feature", "description")
_STATES: Final = ("status", "passes", "passing", "done", "completed")
_STEPS: Final = ("steps", "category", "verification", "acceptance_criteria")
_SECTIONS: Final = {
    "steps": "Steps",
    "acceptance_criteria": "Acceptance criteria",
    "verification": "Verification",
    "evidence": "Evidence",
    "notes": "Notes",
}


class Features(ReadOnly):
    """Reads lists of features that agents tick off."""

    name = "features"
    title = "Feature list"

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if sample.shape == "object":
            listed = sample.members.get(_FEATURES)
            found = listed if isinstance(listed, list) else []
            telling = [item for item in found if _is_feature(item)]
        else:
            found = sample.items if sample.shape == "array" else []
            telling = [item for item in found if _is_bare_feature(item)]
        return 0.9 * len(telling) / len(found) if found else 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the file as one batch, and each feature as a task."""
        batch = IncomingBatch(external_id=_BATCH, title=document.stem)
        members = document.sample.members
        batch.title = _first(members, ("project", "title", "name")) or document.stem
        batch.created_at = parse_time(members.get("timestamp") or members.get("created_at"))
        yield batch
        if document.sample.shape != "object":
            yield from _features(document.records())
            return
        shell = ShellReader([_FEATURES])
        cursor = document.cursor()
        for _ in shell.walk(cursor):
            yield from _features(cursor.values())
        cursor.end()
        batch.description = text_of(shell.data.get("description"))
        batch.raw = shell.text()
        yield batch


def _is_feature(item: object) -> bool:
    return (
        isinstance(item, dict)
        and any(key in item for key in _NAMES)
        and any(key in item for key in _STATES)
    )


def _is_bare_feature(item: object) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("passes"), bool)
        and "description" in item
        and any(key in item for key in _STEPS)
    )


def _first(data: dict[str, Any], keys: tuple[str, ...]) -> str:
    found = (data.get(key) for key in keys)
    return next((first_line(text) for text in found if isinstance(text, str) and text), "")


def _features(values: Iterator[Value]) -> Iterator[IncomingTask]:
    for number, value in enumerate(values, start=1):
        data = value.data if isinstance(value.data, dict) else {"title": text_of(value.data)}
        yield _to_task(value, data, f"#{number}")


def _to_task(value: Value, data: dict[str, Any], fallback: str) -> IncomingTask:
    name = text_of(data.get("id")) or fallback
    title = _first(data, _NAMES) or name
    status, word = read_status(next((data[key] for key in _STATES if key in data), None))
    texts = {key: _text(data.get(key)) for key in ("description", *_SECTIONS)}
    if texts["description"] == title:
        texts["description"] = ""
    needs = names_in(data.get("depends_on") or data.get("dependencies"))
    return IncomingTask(
        external_id=name,
        title=title,
        status=status,
        status_word=word,
        kind="feature",
        priority=read_priority(data.get("priority")),
        description=sections.joined(texts, _SECTIONS),
        created_at=parse_time(data.get("created_at") or data.get("createdAt")),
        updated_at=parse_time(data.get("updated_at") or data.get("updatedAt")),
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        batch=_BATCH,
        tags=tuple(
            dict.fromkeys((*names_in(data.get("category")), *names_in(data.get("tags"))))
        ),
        links=tuple((each, LinkKind.BLOCKS.value, False) for each in needs),
    )


def _text(value: object) -> str:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return sections.bulleted((text_of(each), None) for each in value)
    return text_of(value)


FEATURES: Final = Features()
