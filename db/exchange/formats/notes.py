"""What agents note down in Markdown: Ralph's progress log, learnings, and plans.

Of a progress log each entry is a status update, each pattern and each thing learned a
learning; a document of learnings is one learning, a plan a design note.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from msgspec import Struct

from db.exchange import sections
from db.exchange.checklists import Checklist, line_starts
from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, json_text
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.front_matter import front_lines
from db.incoming import IncomingBatch, IncomingRecord
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Review

_FILE: Final = "file"
_LOG: Final = re.compile(r"# .*\bProgress Log\b", re.IGNORECASE)
_ENTRY: Final = re.compile(r"## .*\b[A-Z]{1,10}-\d{1,6}\b")
_PATTERNS: Final = "codebase patterns"
_LEARNED: Final = re.compile(r"(\s*)[-*] \*\*Learnings?\b", re.IGNORECASE)
_STAR: Final = re.compile(r"^\* ", re.MULTILINE)
_LEARNING: Final = re.compile(r"# Learnings?\b\s*:?\s*", re.IGNORECASE)
_PLAN: Final = re.compile(r"# (?:Implementation )?Plan\b\s*:?\s*", re.IGNORECASE)
_PLANS: Final = (".claude", "plans")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)?")
_STORY: Final = re.compile(r"\b[A-Z]{1,10}-\d{1,6}\b")
_NAME_CHARS: Final = 100
_LEVEL: Final = 2
_DATE_LINES: Final = 12


class Notes(ReadOnly):
    """Reads one file of notes."""

    name = "notes"
    title = "Notes in Markdown"
    reads_text = True

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if sample.shape != "text":
            return 0.0
        first = _first_heading(sample.text)
        if _is_log(sample.text, first):
            return 0.9
        if _LEARNING.match(first):
            return 0.8
        if PurePosixPath(sample.path.replace("\\", "/")).parts[-3:-1] == _PLANS:
            return 0.7 if first else 0.0
        return 0.2 if _PLAN.match(first) else 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the records of one file of notes."""
        text = document.text()
        first = _first_heading(text)
        if _is_log(text, first):
            yield from _log(text, document)
        elif learning := _LEARNING.match(first):
            title = first[learning.end() :].strip()
            yield _whole(text, document, Kind.LEARNING, title)
        else:
            plan = _PLAN.match(first)
            title = first[plan.end() :] if plan else first.removeprefix("# ")
            yield _whole(text, document, Kind.DESIGN_NOTE, title.strip())


def _first_heading(text: str) -> str:
    """Return the first heading of the first level with its sign, empty if there is none."""
    lines = text.split("\n")
    found = (line.rstrip() for line in lines[front_lines(lines) :] if line.startswith("# "))
    return next(found, "")


def _is_log(text: str, first: str) -> bool:
    if not (_LOG.match(first) or _PATTERNS in text.lower()):
        return False
    lines = text.split("\n")
    is_told = any(_LEARNED.match(line) for line in lines)
    has_entries = any(_ENTRY.match(line) for line in lines)
    return bool(_LOG.match(first)) or (is_told and has_entries)


def _whole(text: str, document: Document, kind: Kind, title: str) -> IncomingRecord:
    """Return the record that a whole file is."""
    lines = text.split("\n")
    days = (_DAY.search(line) for line in lines[:_DATE_LINES] if "date" in line.lower())
    moment = next((parse_time(day[0]) for day in days if day), None)
    fields = {"category": "", "confidence": 0.5, "review": Review.PENDING}
    return IncomingRecord(
        kind=kind,
        external_id=_FILE,
        title=title or document.stem,
        description=text.replace("\r\n", "\n").strip("\n"),
        fields=fields if kind is Kind.LEARNING else {},
        raw=json_text(text),
        offset=document.mark_bytes,
        length=len(text.encode(document.encoding, "replace")),
        created_at=moment,
        updated_at=moment,
    )


class _Section(Struct, frozen=True):
    """A part of a log: its heading, and its lines with the number of the first."""

    title: str
    first: int
    lines: list[str]

    @property
    def text(self) -> str:
        """What stands below the heading, the line that parts it from the next left out."""
        text = "\n".join(line.rstrip() for line in self.lines[1:]).strip("\n")
        return text.removesuffix("---").strip("\n")


def _log(text: str, document: Document) -> Iterator[Incoming]:
    title = PurePosixPath(document.path.replace("\\", "/")).parent.name
    yield IncomingBatch(
        external_id=_FILE,
        title=f"Progress of {title}" if title else "Progress log",
        raw=json_text(text),
    )
    lines = text.split("\n")
    starts = line_starts(lines, document.mark_bytes, document.encoding)
    taken: Counter[str] = Counter()
    for number, section in enumerate(_sections(lines), start=1):
        end = section.first + len(section.lines)
        offset, length = starts[section.first], starts[end] - starts[section.first]
        is_entry = section.title.lower() != _PATTERNS
        day = _DAY.search(section.title)
        moment = parse_time(day[0]) if day else None
        story = _STORY.findall(section.title)
        if is_entry:
            yield IncomingRecord(
                kind=Kind.STATUS_UPDATE,
                external_id=f"entry {number}: {section.title[:_NAME_CHARS]}",
                title=section.title,
                description="\n\n".join(filter(None, (section.title, section.text))),
                refs={"batch": _FILE},
                raw=json_text("\n".join(section.lines)),
                offset=offset,
                length=length,
                created_at=moment,
                updated_at=moment,
            )
        for learned in _learned(section, is_all=not is_entry):
            name = f"{'/'.join(story) or 'patterns'}: {learned[:_NAME_CHARS]}"
            taken[name] += 1
            yield IncomingRecord(
                kind=Kind.LEARNING,
                external_id=name if taken[name] == 1 else f"{name}~{taken[name]}",
                title=first_line(learned),
                description=learned,
                fields={
                    "category": "" if is_entry else "pattern",
                    "confidence": 0.5,
                    "review": Review.PENDING,
                },
                refs={"batch": _FILE},
                tags=tuple(story),
                raw=json_text(learned),
                offset=offset,
                length=length,
                created_at=moment,
                updated_at=moment,
            )


def _sections(lines: list[str]) -> Iterator[_Section]:
    heads = [each for each in Checklist("\n".join(lines)).headings if each.level == _LEVEL]
    bounds = [*(each.line for each in heads), len(lines)]
    for head, end in zip(heads, bounds[1:], strict=True):
        yield _Section(head.title, head.line, lines[head.line : end])


def _learned(section: _Section, *, is_all: bool) -> Iterator[str]:
    """Yield the items of a list of patterns, or those below an item that says `Learnings`."""
    lines = section.text.split("\n")
    listed = textwrap.dedent("\n".join(lines if is_all else _below(lines)))
    for text, _ in sections.bullets_in(_STAR.sub("- ", listed)):
        if text.strip():
            yield text.strip()


def _below(lines: list[str]) -> Iterator[str]:
    """Yield the lines that belong to the first item that says `Learnings`."""
    depth: int | None = None
    for line in lines:
        if depth is None:
            learned = _LEARNED.match(line)
            depth = len(learned[1]) if learned else None
        elif line.strip() and len(line) - len(line.lstrip()) <= depth:
            break
        else:
            yield line


NOTES: Final = Notes()
