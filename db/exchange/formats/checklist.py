"""Checklists in Markdown: spec-kit's, Kiro's and OpenSpec's `tasks.md`, and plain ones.

A file is a batch, or several where it has several titles with items below them; an item is
a task, what is nested in it its parts, and the headings above it are its tags. The raw text
of a batch is the text itself, so that what stands between the items comes back too; that of
a task is a list of the headings and items it stands below, and its own lines.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from db.exchange.checklists import (
    Checklist,
    Item,
    described,
    line_starts,
    mark_of,
    one_line,
    quoted,
    written,
)
from db.exchange.companions import fetched
from db.exchange.document import Document, Sample
from db.exchange.encoding import encoded_size
from db.exchange.fields import json_text, read_priority
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.incoming import IncomingBatch, IncomingTask
from db.ports import Storage
from db.records import BatchDetail, Kind, TaskDetail, TaskRecord
from db.texts import storable
from db.vocabulary import LinkKind, Priority, Status

_FIRST: Final = "file"
_PIECE_LINES: Final = 1_000
_FEW_ITEMS: Final = 3
_SMALL_SHARE: Final = 0.1
_LARGE_SHARE: Final = 0.5
_MARK: Final = "\ufeff"
_UNSORTED: Final = "Tasks in no batch"
_USUAL_NAMES: Final = frozenset({"tasks", "todo", "todos", "checklist", "plan", "readme"})
_PRIORITY: Final = re.compile(r"\bPriority:?\s+(\w+)", re.IGNORECASE)
_NEEDS: Final = re.compile(
    r"\bdepends? on\s+((?:T\d{3,4}[a-z]?(?:\s*(?:,|and|&)\s*)?)+)", re.IGNORECASE
)
_NEEDED: Final = re.compile(r"T\d{3,4}[a-z]?")


class MarkdownChecklist:
    """Reads and writes Markdown with boxes to tick."""

    name = "checklist"
    title = "Markdown checklist"
    suffix = ".md"
    loses = (
        "states other than queued, running and succeeded, times, priorities, links, and tags"
        " of tasks that came from no checklist"
    )
    reads_text = True

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if sample.shape != "text" or "[" not in sample.text:
            return 0.0
        found = Checklist(sample.text)
        share = found.share()
        is_list = len(found.items) >= _FEW_ITEMS and share >= _SMALL_SHARE
        if not (is_list or share >= _LARGE_SHARE):
            return 0.0
        named = sum(1 for item in found.items if item.own_name)
        return 0.6 if named * 2 >= len(found.items) else 0.3

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield each part of the text as a batch, and its items as tasks."""
        text = document.text()
        size = document.mark_bytes
        for place, found in enumerate(_parts(text)):
            part = found.text
            title = found.title or _usual_title(document)
            name = _FIRST if place == 0 else f"{place + 1}: {title}"
            mark = _MARK if place == 0 and document.mark_bytes else ""
            length = encoded_size(part, document.encoding)
            yield IncomingBatch(
                external_id=name,
                title=title,
                description=found.intro,
                raw=json_text(mark + part),
                offset=size,
                length=length,
            )
            yield from _tasks(found, name, size, document.encoding)
            size += length

    def title_in(self, title: str) -> str:
        """Return the rest of a title that begins with a name or labels of its item."""
        found = Checklist(f"- [ ] {one_line(title)}").items
        return found[0].title if found else title

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield the text of each batch, one after the other, as its tasks are now."""
        by_batch: dict[int | None, array[int]] = {pk: array("q") for pk in selection.batches}
        for record in fetched(storage, Kind.TASK, selection.tasks):
            if isinstance(record, TaskRecord):
                by_batch.setdefault(record.batch_pk, array("q")).append(record.pk)
        before = ""
        for pk, tasks in by_batch.items():
            # The raw text of the batch must not stay beside what is made of it.
            writer = _BatchWriter(
                storage, None if pk is None else storage.batches.get(pk), sorted(tasks)
            )
            between = "" if before.endswith("\n") or not before else "\n"
            if not before:
                between = writer.mark
            elif not writer.is_part:
                between += f"# {one_line(writer.title)}\n\n" if writer.is_own else "\n"
            for piece in chain([between], writer.pieces()):
                before = piece or before
                yield piece.encode(), 0
            yield b"", len(tasks)


def _parts(text: str) -> Iterator[Checklist]:
    """Yield the parts of a text; together they are the text."""
    whole = Checklist(text)
    bounds = whole.parts()
    if len(bounds) == 1:
        yield whole
        return
    for start, end in bounds:
        ending = "\n" if end < len(whole.lines) else ""
        yield Checklist("\n".join(whole.lines[start:end]) + ending)


def _usual_title(document: Document) -> str:
    """Return the name of a file, or that of its folder where all files are named like it."""
    path = PurePosixPath((document.path or document.name).replace("\\", "/"))
    is_usual = document.stem.rpartition("/")[2].lower() in _USUAL_NAMES
    return path.parent.name if is_usual and path.parent.name else path.stem or document.stem


def _prefix(batch: str) -> str:
    """Return how the names begin of the tasks of a batch: the parts of a file may repeat."""
    return "" if batch == _FIRST else f"{batch}/"


def _tasks(found: Checklist, batch: str, offset: int, encoding: str) -> Iterator[IncomingTask]:
    starts = line_starts(found.lines, offset, encoding)
    newline = encoded_size("\n", encoding)
    prefix = _prefix(batch)
    for item in found.items:
        end = starts[item.last + 1] - newline
        yield IncomingTask(
            external_id=prefix + item.name,
            title=item.title,
            status=item.status,
            status_word=item.status_word,
            priority=_priority(item),
            description=found.description(item),
            parent=prefix + item.parent.name if item.parent else None,
            tags=tuple(dict.fromkeys((*item.labels, *filter(None, item.headings)))),
            links=tuple((prefix + name, LinkKind.BLOCKS.value, False) for name in _needs(item)),
            batch=batch,
            raw=json_text([*item.headings, *_above(item), _own_lines(found, item)]),
            offset=starts[item.first],
            length=end - starts[item.first],
        )


def _own_lines(found: Checklist, item: Item) -> str:
    return "\n".join(found.lines[number] for number in (item.first, *item.rest))


def _above(item: Item) -> list[str]:
    """Return the name of the item that an item stands below, if there is one."""
    return [item.parent.name] if item.parent else []


def _priority(item: Item) -> Priority:
    """Return the priority that a heading above an item tells, as spec-kit's do."""
    told = (found[1] for each in item.headings if (found := _PRIORITY.search(each)))
    return read_priority(next(told, None))


def _needs(item: Item) -> list[str]:
    return [name for told in _NEEDS.findall(item.title) for name in _NEEDED.findall(told)]


def _source_text(batch: BatchDetail | None) -> str | None:
    """Return the text that a batch was imported from, or None."""
    if batch is None or batch.record.source != MarkdownChecklist.name or not batch.raw:
        return None
    text = json.loads(batch.raw)
    return text if isinstance(text, str) else None


class _New(NamedTuple):
    """A task that is no item of the text yet; `above` is the pk of its parent."""

    status: Status
    title: str
    description: str
    above: int | None


class _BatchWriter:
    """Writes one batch: its text with what was changed since, or a new one.

    `is_own` tells that there is such a text, `is_part` that it begins with a title;
    `mark` is the byte-order mark it had.
    """

    def __init__(
        self, storage: Storage, batch: BatchDetail | None, tasks: Sequence[int]
    ) -> None:
        self._batch = None if batch is None else batch.record
        text = _source_text(batch)
        self.is_own = text is not None
        self.mark = _MARK if text and text.startswith(_MARK) else ""
        self._found = Checklist(_new_text(batch) if text is None else text.lstrip(_MARK))
        self.is_part = self.is_own and self._found.title_line >= 0
        self._ends = "\r" if any(line.endswith("\r") for line in self._found.lines) else ""
        self._storage = storage
        self._tasks = tasks
        prefix = _prefix((self._batch and self._batch.external_id) or _FIRST)
        self._names = {prefix + item.name: item for item in self._found.items}
        self._items: dict[int, Item] = {}
        self._new: dict[int, _New] = {}
        self._lines: dict[int, list[str]] = {}
        self._added: dict[int, list[str]] = {}
        self._ends_of: dict[int, int] = {}

    @property
    def title(self) -> str:
        """The title of the batch."""
        return _UNSORTED if self._batch is None else self._batch.title

    def pieces(self) -> Iterator[str]:
        """Yield the text, some lines at a time."""
        self._head()
        for detail in self._storage.task_details(self._tasks):
            self._take(detail)
        self._leave_out()
        self._add_new()
        lines: list[str] = []
        between = ""
        for number, line in enumerate(self._found.lines):
            if len(lines) >= _PIECE_LINES:
                yield between + "\n".join(lines)
                between = "\n"
                lines.clear()
            lines += self._lines.get(number, [line])
            lines += self._added.get(number, ())
        if lines:
            yield between + "\n".join(lines)

    def _head(self) -> None:
        """Write the title of the batch, if it was changed."""
        is_changed = self._batch is not None and self._batch.version > 1
        said = storable(self._found.title) or "Untitled"
        if self.is_part and is_changed and self.title != said:
            head = f"# {one_line(self.title)}{self._ends}"
            self._lines[self._found.title_line] = [head]

    def _take(self, detail: TaskDetail) -> None:
        """Bring the item up to date that a task is, or keep in mind a task that is none."""
        record = detail.record
        is_own = record.source == MarkdownChecklist.name
        item = self._names.get(record.external_id or "") if is_own else None
        if item is None:
            above = record.parent_pk
            self._new[record.pk] = _New(record.status, record.title, detail.description, above)
        else:
            self._items[record.pk] = item
            if record.version > 1:
                self._bring_up(detail, item)

    def _bring_up(self, detail: TaskDetail, item: Item) -> None:
        record = detail.record
        line = self._found.lines[item.first]
        mark = mark_of(record.status, item.mark)
        title = item.title
        if record.title != (storable(title) or "Untitled"):
            title = one_line(record.title)
        tail = line[item.end :]
        changed = line[: item.box] + mark + line[item.box + 1 : item.start] + title + tail
        self._lines[item.first] = [changed]
        if detail.description != storable(self._found.description(item)):
            self._lines[item.first] += self._ended(described(detail.description, item.inner))
            self._lines |= {number: [] for number in item.rest}

    def _leave_out(self) -> None:
        """Take out the items of which no task is among those to be written."""
        kept = {item.first for item in self._items.values()}
        for item in self._items.values():
            above = item.parent
            while above is not None:
                kept.add(above.first)
                above = above.parent
        for item in self._found.items:
            if item.first not in kept:
                self._lines |= {number: [] for number in (item.first, *item.rest)}

    def _add_new(self) -> None:
        """Add the tasks that no item is, each below its parent or behind the last item."""
        parts: dict[int | None, list[int]] = {}
        for pk, each in self._new.items():
            known = each.above in self._new or each.above in self._items
            parts.setdefault(each.above if known else None, []).append(pk)
        for above, item in self._items.items():
            if above in parts:
                lines = self._ended(self._nested(parts, above, item.inner))
                self._added.setdefault(self._end_of(item), []).extend(lines)
        if None in parts:
            self._append(self._ended(self._nested(parts, None, 0)))

    def _append(self, lines: list[str]) -> None:
        """Add items behind the last one, or else at the end of the text."""
        top = [item for item in self._found.items if item.parent is None]
        if top:
            self._added.setdefault(self._end_of(top[-1]), []).extend(lines)
            return
        last = len(self._found.lines) - 1
        self._lines[last] = [self._found.lines[last], *lines, ""][not self._found.lines[last] :]

    def _end_of(self, item: Item) -> int:
        """Return the number of the last line of an item and of all that is nested in it."""
        if not self._ends_of:
            for each in reversed(self._found.items):
                self._ends_of[each.first] = max(self._ends_of.get(each.first, 0), each.last)
                if each.parent is not None:
                    above = self._ends_of.get(each.parent.first, 0)
                    self._ends_of[each.parent.first] = max(above, self._ends_of[each.first])
        return self._ends_of[item.first]

    def _nested(
        self, parts: dict[int | None, list[int]], above: int | None, columns: int
    ) -> Iterator[str]:
        """Yield the lines of the tasks that have this one as parent, and of theirs."""
        waiting = [(pk, columns) for pk in reversed(parts.get(above, ()))]
        while waiting:
            pk, indent = waiting.pop()
            new = self._new[pk]
            yield from written(mark_of(new.status), new.title, new.description, indent)
            waiting += [(part, indent + 2) for part in reversed(parts.get(pk, ()))]

    def _ended(self, lines: Iterator[str]) -> list[str]:
        return [line + self._ends for line in lines]


def _new_text(batch: BatchDetail | None) -> str:
    """Return the text of a batch that came from no checklist, without its tasks."""
    title = _UNSORTED if batch is None else one_line(batch.record.title)
    intro = [] if batch is None else quoted(batch.description)
    return "\n".join([f"# {title}", "", *intro, *([""] if intro else []), ""])


CHECKLIST: Final = MarkdownChecklist()
