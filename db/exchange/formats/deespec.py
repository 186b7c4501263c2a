"""DeeSpec: a folder of specifications, reports, a journal and a state.

Free text is told by where it stands in the folder, everything else by its content.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from db.exchange import companions
from db.exchange.document import Document, Sample
from db.exchange.formats.base import Files, Incoming, ReadOnly, Selection
from db.exchange.formats.deespec_reader import (
    META_NAMES,
    NAME,
    SPEC,
    Place,
    is_entry,
    is_state,
    place_of,
    read_folder_state,
    read_item,
    read_journal,
    read_report,
)
from db.exchange.formats.deespec_writer import KINDS, DeeSpecWriter
from db.exchange.front_matter import read_members, text_in
from db.ports import Storage
from db.records import Kind

_OWN_KEYS: Final = frozenset({"pbi_id", "session_affinity", "spec_path"})
_HERE: Final = "specs/sbi"


class DeeSpec(ReadOnly):
    """Reads one file of a DeeSpec folder, and writes such folders."""

    name = NAME
    title = "DeeSpec folder"
    loses = (
        "priorities, links and parents of tasks, states and times of runs, changes of the"
        " journal, and records that are neither tasks, runs nor status updates"
    )
    counts = frozenset({Kind.TASK, *KINDS})
    reads_text = True
    leads = frozenset({"specs", "epic", "pbi", *META_NAMES, SPEC})

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        place = place_of(sample.path or sample.name)
        if sample.shape == "text":
            if place is not None and place.kind != "var":
                return 0.95
            return 0.8 if _meta(sample) or (place and place.name != "state.json") else 0.0
        if sample.shape == "object" and is_state(sample.members):
            return 0.95
        if place is not None and place.kind == "sbi" and sample.shape == "object":
            return 0.95
        items = sample.objects
        entries = sum(map(is_entry, items))
        return 0.95 if entries and entries * 2 >= len(items) else 0.0

    def origin(self, sample: Sample) -> str | None:
        """Return the one origin of all files of a folder."""
        place = place_of(sample.path)
        return f"{NAME}:{place.home}" if place else None

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield what one file holds."""
        sample = document.sample
        place = place_of(document.path or document.name)
        if place is not None and place.kind == "report":
            yield from read_report(document, place)
        elif place is not None and place.kind != "var":
            yield from read_item(document, place)
        elif sample.shape == "object" and is_state(sample.members):
            yield from read_folder_state(document, place.home if place else "")
        elif name := _meta(sample):
            yield from read_item(document, Place("sbi", "", f"{_HERE}/{name}/meta.yaml", name))
        else:
            yield from read_journal(document, place.home if place else "")

    def size(self, storage: Storage, selection: Selection) -> int:
        """Return how many tasks, runs and status updates are written."""
        return companions.count(storage, selection, KINDS)

    def files(self, storage: Storage, selection: Selection) -> Files:
        """Yield the files of a DeeSpec folder."""
        return DeeSpecWriter(storage, selection).files()


def _meta(sample: Sample) -> str:
    """Return the id that a text gives, if it is the description of an item."""
    if sample.shape != "text":
        return ""
    members = read_members(sample.text.split("\n"))
    is_meta = "title" in members and not _OWN_KEYS.isdisjoint(members)
    return text_in(members, "id") if is_meta else ""


DEESPEC: Final = DeeSpec()
