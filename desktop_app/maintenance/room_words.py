"""How what takes room reads: its parts, the largest batches, and what compacting brings."""

from __future__ import annotations

from db.maintenance.storage_map import StorageMap
from db.maintenance.vacuuming import Gain
from db.query import EVERYWHERE, QUERIES
from db.records import Kind
from desktop_app.look import text
from desktop_app.maintenance.room_card import Room
from desktop_app.overview.targets import ListTarget, PageTarget, RecordTarget, Target

PART_COLUMNS = ("Part", "Size", "Data", "Indexes", "Search")
BATCH_COLUMNS = ("Batch", "Texts", "Records")
_PAGES = {"History": "history", "Imports": "imports"}
_HERE = PageTarget("storage")


def part_rooms(found: StorageMap) -> list[Room]:
    """Return the parts of all that there is, the largest first."""
    rooms = [
        Room(
            part.name,
            part.size,
            (text.size(part.data), text.size(part.indexes), text.size(part.search)),
            _target(part.kind, part.name),
        )
        for part in found.sizes.parts
    ]
    rooms += [
        Room(name, size, ("", "", ""), target)
        for name, size, target in (
            ("Free pages", found.sizes.free, _HERE),
            ("Log of the latest changes", found.sizes.log, _HERE),
            ("Kept originals", found.originals.size, PageTarget("imports")),
            ("Backups", found.backups.size, PageTarget("backups")),
        )
        if size
    ]
    return sorted(rooms, key=lambda room: -room.size)


def _target(kind: Kind | None, name: str) -> Target:
    if kind is not None:
        return ListTarget(QUERIES[kind](places=EVERYWHERE))
    return PageTarget(_PAGES[name]) if name in _PAGES else _HERE


def batch_rooms(found: StorageMap) -> list[Room]:
    """Return the largest batches."""
    return [
        Room(
            each.title if each.pk is not None else "(in no batch)",
            each.size,
            (text.count(each.records),),
            PageTarget("batches")
            if each.pk is None
            else RecordTarget(Kind.BATCH, each.pk, each.place),
        )
        for each in found.sizes.batches
    ]


def whole_words(found: StorageMap) -> str:
    """Return how much there is in all, in a sentence."""
    size = found.sizes
    said = f"{text.size(found.total)} in all: the file {text.size(size.total + size.log)}"
    originals = text.counted(found.originals.number, "kept original", "kept originals")
    backups = text.counted(found.backups.number, "backup", "backups")
    return (
        f"{said}, {originals} {text.size(found.originals.size)},"
        f" {backups} {text.size(found.backups.size)}."
    )


def parts_words(rooms: list[Room]) -> str:
    """Return what takes the most, in a sentence."""
    if not rooms:
        return "There is nothing yet."
    total = sum(room.size for room in rooms) or 1
    first = rooms[0]
    return f"Most of it: {first.name}, {text.size(first.size)}, {_share(first.size, total)}."


def batches_words(rooms: list[Room]) -> str:
    """Return which batch is the largest, in a sentence."""
    if not rooms:
        return "There are no texts of records yet."
    return (
        f"By the texts of their records. The largest is “{' '.join(rooms[0].name.split())}”:"
        f" {text.size(rooms[0].size)}."
    )


def _share(size: int, total: int) -> str:
    return f"{size * 100 // total} %"


def gain_words(gain: Gain) -> str:
    """Return what compacting would bring and take: whether there is room for it."""
    is_ok = "ok" if gain.has_room else "too little"
    needs, has = text.size(gain.needs), text.size(gain.has)
    return (
        f"It frees about {text.size(gain.frees)} of {text.size(gain.size)}. It needs {needs}"
        f" free for a while, and there are {has}: {is_ok}."
    )
