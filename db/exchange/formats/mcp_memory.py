"""What memory servers keep of a knowledge graph: entities with observations, and relations.

Each observation is something learned, tagged with the name of its entity. The raw text of
the batch is an array of the entities, without their observations, and of the relations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.json_reader import Value
from db.exchange.raw_object import RawObject
from db.exchange.shells import ShellReader
from db.incoming import IncomingBatch, IncomingRecord
from db.records import Kind
from db.times import parse_time

_BATCH: Final = "file"
_GRAPH: Final = ("entities", "relations")
_ENTITY: Final = frozenset({"name", "entityType", "observations"})
_RELATION: Final = frozenset({"from", "to", "relationType"})


class McpMemory(ReadOnly):
    """Reads the knowledge graph of an MCP memory server."""

    name = "mcp-memory"
    title = "MCP memory"

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        found = sample.objects
        if _is_graph(sample):
            found = _objects(sample.members.get("entities"))
        telling = [item for item in found if _is_memory(item)]
        return 0.9 * len(telling) / len(found) if any(map(_is_entity, found)) else 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the graph as one batch, and what is known of each entity."""
        batch = IncomingBatch(external_id=_BATCH, title=document.stem)
        yield batch
        around: list[str] = []
        for value in _values(document, around):
            if isinstance(value.data, dict) and _is_entity(value.data):
                entity = RawObject(value.raw)
                yield from _observations(value, value.data, entity)
                entity.set("observations", [])
                around.append(entity.text())
            else:
                around.append(value.raw)
        batch.raw = f"[{','.join(around)}]"
        yield batch


def _is_graph(sample: Sample) -> bool:
    return sample.shape == "object" and all(key in sample.members for key in _GRAPH)


def _values(document: Document, around: list[str]) -> Iterator[Value]:
    """Yield the entities and relations; keep what stands around those of one object."""
    if not _is_graph(document.sample):
        yield from document.records()
        return
    shell = ShellReader(_GRAPH)
    cursor = document.cursor()
    for _ in shell.walk(cursor):
        yield from cursor.values()
    cursor.end()
    around.append(shell.text())


def _objects(value: object) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else []
    return [item for item in listed if isinstance(item, dict)]


def _is_memory(item: dict[str, Any]) -> bool:
    return _is_entity(item) or item.keys() >= _RELATION


def _is_entity(item: dict[str, Any]) -> bool:
    return item.keys() >= _ENTITY


def _observations(
    value: Value, data: dict[str, Any], entity: RawObject
) -> Iterator[IncomingRecord]:
    """Yield what is known of an entity."""
    name = text_of(data["name"])
    for number, item in enumerate(entity.items("observations"), start=1):
        given = item.data if isinstance(item.data, dict) else {"text": item.data}
        text = text_of(given.get("text") or given.get("content"))
        moment = parse_time(given.get("timestamp"))
        yield IncomingRecord(
            kind=Kind.LEARNING,
            external_id=f"{name} #{number}",
            title=first_line(text) or name,
            description=text,
            fields={"category": text_of(data["entityType"])},
            refs={"batch": _BATCH},
            tags=(name,) if name else (),
            raw=item.raw,
            offset=value.offset,
            length=value.length,
            created_at=moment,
            updated_at=moment,
        )


MCP_MEMORY: Final = McpMemory()
