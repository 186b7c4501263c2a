"""What the files of a DeeSpec folder hold: items with specification, reports and journal.

A specification item (SBI) is a task, made of all the files in its folder; product items and
epics (PBI, EPIC) are batches, reports runs, the lines of the journal status updates. The
raw text of a task and of a batch is the list of its files, each with its path and its text.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Final, TypeAlias

from msgspec import Struct

from db.errors import MalformedFileError
from db.exchange import sections
from db.exchange.checklists import Checklist
from db.exchange.document import Document
from db.exchange.fields import first_line, json_text, read_priority, read_status, text_of
from db.exchange.formats.base import Incoming
from db.exchange.front_matter import Members, read_members, text_in, words_in
from db.exchange.json_reader import Value, read_lines
from db.exchange.raw_object import RawObject
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.records import Kind
from db.times import parse_time
from db.vocabulary import LinkKind, Status, fold_status

NAME: Final = "deespec"
PROJECT: Final = "project"
JOURNAL: Final = "var/journal.ndjson"
ARRAY: Final = "array"
SPEC: Final = "spec.md"
META_NAMES: Final = ("meta.yaml", "meta.yml")
STATE: Final = "state.json"
NOTE: Final = "note"
"""The step of an entry that a person made: its message is all it says."""

_YAML: Final = (".yaml", ".yml")
_NO_ITEM: Final = frozenset({"", "0", "null"})
_HOMES: Final = frozenset({".deespec", "deespec"})
_SLUG: Final = re.compile(r"([^_]+)_[a-z0-9_-]+")
_REPORT: Final = re.compile(r"([A-Za-z][\w-]*?)_(\d{1,9})(?:\.attempt-(\d{1,9}))?\.md")
_STEPS: Final = frozenset({"plan", "implement", "test", "review", "done"})
_DECISION: Final = re.compile(
    r"^[^\w\n]*DECISION[^\w\n]+([A-Za-z_]+)", re.IGNORECASE | re.MULTILINE
)
_ENTRY: Final = frozenset({"turn", "step", "decision"})
_TOLD: Final = 500

Files: TypeAlias = dict[str, str]
"""The text of each file of an item, by its path inside the DeeSpec folder."""


class Place(Struct, frozen=True):
    """Where a file stands in a DeeSpec folder: what it is of, and whose it is.

    `kind` is `sbi`, `pbi`, `epic`, `report` or `var`; `path` is that inside the folder,
    `home` that of the folder itself.
    """

    kind: str
    home: str
    path: str
    item: str = ""

    @property
    def name(self) -> str:
        """The name of the file."""
        return PurePosixPath(self.path).name


def place_of(path: str) -> Place | None:
    """Return where a file stands in a DeeSpec folder, or None if it is in none."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    for start in range(len(parts) - 2, -1, -1):
        inside = parts[start:]
        found = _kind(inside)
        if found is not None:
            home = str(PurePosixPath(*parts[:start])) if start else ""
            return Place(found, home, "/".join(inside), _item(inside))
    return None


def _kind(inside: tuple[str, ...]) -> str | None:
    match inside:
        case ("specs", "sbi" | "pbi" | "epic" as kind, _, name):
            return "report" if kind == "sbi" and _is_report(name) else kind
        case ("specs", "sbi" | "pbi" | "epic" as kind, name) if name.endswith((".md", *_YAML)):
            return None if name.lower().startswith("readme") else kind
        case ("reports", "sbi", _, name) if _REPORT.fullmatch(name):
            return "report"
        case ("var", "journal.ndjson" | "state.json"):
            return "var"
    return None


def _is_report(name: str) -> bool:
    found = _REPORT.fullmatch(name)
    return found is not None and found[1] in _STEPS


def _item(inside: tuple[str, ...]) -> str:
    """Return the id of an item by its folder, whose name may go on with its title."""
    if inside[0] == "var":
        return ""
    name = inside[2].removesuffix(".md")
    for end in _YAML:
        name = name.removesuffix(end)
    slug = _SLUG.fullmatch(name)
    return slug[1] if slug else name


def is_entry(item: object) -> bool:
    """Whether an object is an entry of a journal, of either version."""
    return (
        isinstance(item, dict)
        and item.keys() >= _ENTRY
        and ("ts" in item or "timestamp" in item)
    )


def is_state(members: Mapping[str, object]) -> bool:
    """Whether an object is the state of a DeeSpec folder."""
    return "turn" in members and "current" in members and ("wip" in members)


def project_name(home: str) -> str:
    """Return what the project is called whose DeeSpec folder this is."""
    path = PurePosixPath(home)
    return (path.parent.name if path.name in _HOMES else path.name) or "DeeSpec"


def project(home: str, journal: str = "") -> IncomingBatch:
    """Return the batch of what belongs to no product item.

    `journal` is `array` where the journal is one; that is all its raw text tells.
    """
    title = project_name(home)
    return IncomingBatch(
        external_id=PROJECT,
        title=title,
        raw=json_text({"journal": journal}) if journal else None,
        merge=lambda present: IncomingBatch(external_id=PROJECT, title=title, raw=present),
    )


def files_in(raw: str | None) -> Files:
    """Return the files that a raw text is the list of."""
    try:
        listed = json.loads(raw or "[]")
    except ValueError:
        return {}
    return {
        each["file"]: each.get("text", "")
        for each in listed
        if isinstance(each, dict) and isinstance(each.get("file"), str)
    }


def raw_of(files: Files) -> str:
    """Return the raw text of an item with these files."""
    return json_text([{"file": path, "text": files[path]} for path in sorted(files)])


def members_of(files: Files) -> Members:
    """Return the members of an item's YAML file; none if it has no such file."""
    text = next((text for path, text in files.items() if path.endswith(_YAML)), "")
    return read_members(text.split("\n"))


def headings_of(files: Files) -> dict[str, str]:
    """Return the names of the texts that stand below the specification, by their paths."""
    names = {path: PurePosixPath(path).name for path in files}
    main = main_text(files)
    return {
        path: names[path] for path in sorted(files) if path.endswith(".md") and path != main
    }


def main_text(files: Files) -> str:
    """Return the path of the text that describes an item, empty if there is none."""
    texts = sorted(path for path in files if path.endswith(".md"))
    for name in (SPEC, "pbi.md", "epic.md", "instruction.md", "requirement.md"):
        for path in texts:
            if path.endswith(f"/{name}"):
                return path
    return texts[0] if texts else ""


def headed(text: str) -> tuple[str, str]:
    """Return the heading that a text begins with, as it is written, and the rest."""
    lead = text[: len(text) - len(text.lstrip())]
    first, newline, rest = text.lstrip().partition("\n")
    if not first.startswith("# "):
        return "", text
    space = rest[: len(rest) - len(rest.lstrip("\r\n"))]
    return lead + first + newline + space, rest[len(space) :]


def described(files: Files, title: str) -> str:
    """Return the texts of an item as one, its own title left out."""
    headings = headings_of(files)
    main = main_text(files)
    texts = {path: files[path].strip("\r\n") for path in headings}
    head, rest = headed(files.get(main, ""))
    is_title = head.strip().removeprefix("# ").strip() == title
    texts[sections.DESCRIPTION] = (rest if is_title else files.get(main, "")).strip("\r\n")
    if not main:
        texts[sections.DESCRIPTION] = text_in(members_of(files), "description")
    return sections.joined(texts, headings)


def _title(files: Files, members: Members, item: str) -> str:
    return text_in(members, "title") or Checklist(files.get(main_text(files), "")).title or item


def read_state(word: str) -> tuple[Status, str | None]:
    """Return the state that a word means; of `REVIEW&WIP` the first part decides."""
    status, own = read_status(word)
    first = fold_status(word.partition("&")[0])
    return (first, word) if "&" in word and first is not None else (status, own)


def to_task(item: str, files: Files) -> IncomingTask:
    """Return the task that an item with these files is."""
    members = members_of(files)
    state = _state(files)
    title = _title(files, members, item)
    status, word = read_state(
        text_of(state.get("status"))
        or text_of(state.get("current"))
        or text_in(members, "status")
    )
    parent = text_in(members, "parent")
    return IncomingTask(
        external_id=item,
        title=title,
        status=status,
        status_word=word,
        kind="sbi",
        priority=read_priority(text_in(members, "priority")),
        description=described(files, title),
        parent=None if parent in _NO_ITEM else parent,
        tags=tuple(words_in(members, "labels")),
        links=tuple(
            (each, LinkKind.BLOCKS.value, False) for each in words_in(members, "depends_on")
        ),
        batch=home_of(members) or PROJECT,
        created_at=parse_time(text_in(members, "created_at")),
        updated_at=parse_time(text_in(members, "updated_at")),
        raw=raw_of(files) if files else "",
        offset=0,
        length=0,
    )


def home_of(members: Members) -> str:
    """Return the product item that an item belongs to, empty if to none."""
    told = (text_in(members, key) for key in ("pbi_id", "parent_pbi", "epic_id"))
    return next((each for each in told if each not in _NO_ITEM), "")


def _state(files: Files) -> dict[str, Any]:
    text = next((text for path, text in files.items() if path.endswith(f"/{STATE}")), "")
    return RawObject(text).data if _is_object(text) else {}


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict) if text.startswith("{") else False
    except (ValueError, RecursionError):
        return False


def to_batch(item: str, files: Files) -> IncomingBatch:
    """Return the batch that a product item or an epic is."""
    members = members_of(files)
    title = _title(files, members, item)
    return IncomingBatch(
        external_id=item,
        title=title,
        description=described(files, title),
        raw=raw_of(files),
        created_at=parse_time(text_in(members, "created_at")),
        updated_at=parse_time(text_in(members, "updated_at")),
    )


def _bare_batch(item: str) -> IncomingBatch:
    return IncomingBatch(
        external_id=item, title=item, merge=lambda present: to_batch(item, files_in(present))
    )


def read_item(document: Document, place: Place) -> Iterator[Incoming]:
    """Yield the batch or the task that a file is a part of."""
    text = document.text()
    files = {place.path: text}
    length = len(text.encode(document.encoding, "replace"))
    if place.kind != "sbi":
        batch = to_batch(place.item, files)
        batch.offset, batch.length = document.mark_bytes, length
        batch.merge = partial(_joined_batch, place.item, files)
        yield batch
        return
    yield project(place.home)
    task = to_task(place.item, files)
    if task.batch != PROJECT:
        yield _bare_batch(task.batch)
    task.offset, task.length = document.mark_bytes, length
    task.merge = partial(_joined_task, place.item, files, task.offset, task.length)
    yield task


def _joined_batch(item: str, files: Files, present: str) -> IncomingBatch:
    return to_batch(item, files_in(present) | files)


def _joined_task(
    item: str, files: Files, offset: int, length: int, present: str
) -> IncomingTask:
    """Return a task with one of its files anew, unless that says of itself that it is older."""
    before = files_in(present)
    task, known = to_task(item, before | files), to_task(item, before)
    if (task.updated_at or 0) < (known.updated_at or 0):
        task = known
    task.offset, task.length = offset, length
    return task


def read_report(document: Document, place: Place) -> Iterator[Incoming]:
    """Yield the report of a turn as a run, and the task it is of, which may be known."""
    text = document.text()
    found = _REPORT.fullmatch(place.name)
    assert found is not None
    step, turn, attempt = found[1], int(found[2]), int(found[3] or 1)
    yield project(place.home)
    task = to_task(place.item, {})
    task.merge = partial(_joined_task, place.item, {}, 0, 0)
    yield task
    decisions: list[str] = _DECISION.findall(text)
    decision = decisions[-1] if decisions else ""
    yield IncomingRecord(
        kind=Kind.EXECUTION,
        external_id=f"{place.item}/{place.name.removesuffix('.md')}",
        title=first_line(text) or f"{step} {turn}",
        description=text,
        fields={
            "turn": turn,
            "step": step,
            "attempt": max(attempt, 1),
            "status": Status.FAILED if decision.upper() == "FAILED" else Status.SUCCEEDED,
            "decision": decision,
        },
        refs={"task": place.item},
        raw=json_text({"file": place.path}),
        offset=document.mark_bytes,
        length=len(text.encode(document.encoding, "replace")),
    )


def read_journal(document: Document, home: str) -> Iterator[Incoming]:
    """Yield the entries of a journal as status updates, those that are no JSON too."""
    is_array = document.sample.shape == "array"
    yield project(home, ARRAY if is_array else "")
    values = document.records() if is_array else _entries(document)
    for number, value in enumerate(values, start=1):
        yield to_update(value, number)


def _entries(document: Document) -> Iterator[Value]:
    text = document.text()
    if not text.strip():
        return
    is_utf_8 = document.encoding == "utf-8"
    faults: list[Value] = []
    try:
        for value in read_lines(
            io.BytesIO(text.encode()), on_fault=lambda _error, value: faults.append(value)
        ):
            yield from _moved(faults, document.mark_bytes, is_known=is_utf_8)
            faults.clear()
            yield from _moved([value], document.mark_bytes, is_known=is_utf_8)
    except MalformedFileError as error:
        if not error.is_cut_off:
            raise error.located(document.name) from error
        document.is_unfinished = True
    yield from _moved(faults, document.mark_bytes, is_known=is_utf_8)


def _moved(values: list[Value], mark: int, *, is_known: bool) -> Iterator[Value]:
    """Yield values with their place in the file, where that is known."""
    for value in values:
        data = value.data if isinstance(value.data, dict) else None
        raw = value.raw if data is not None else json_text(value.raw)
        offset, length = (value.offset + mark, value.length) if is_known else (0, 0)
        yield Value(data, raw, offset, length, value.line, "")


def to_update(value: Value, number: int) -> IncomingRecord:
    """Return the status update that an entry of the journal is, counted from 1."""
    data = value.data if isinstance(value.data, dict) else {}
    told = [text_of(data.get(key)) for key in ("decision", "status")]
    turn, step = text_of(data.get("turn")), text_of(data.get("step"))
    message = text_of(data.get("message"))
    title = (
        text_of(data.get("title"))
        or (first_line(message) if step == NOTE else "")
        or f"Turn {turn}, {step}: {next(filter(None, told), '')}".removesuffix(": ")
    )
    said = filter(None, (title, text_of(data.get("error"))))
    moment = parse_time(data.get("ts") or data.get("timestamp"))
    task = _task_of(data)
    return IncomingRecord(
        kind=Kind.STATUS_UPDATE,
        external_id=f"{JOURNAL}#{number}",
        title=title if data else f"Line {number} is no entry",
        description=(message or "\n\n".join(said)) if data else value.raw[:_TOLD],
        fields={"actor": text_of(data.get("actor"))},
        refs={"batch": PROJECT, **({"task": task} if task else {})},
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        created_at=moment,
        updated_at=moment,
    )


def _task_of(data: dict[str, Any]) -> str:
    """Return the item that an entry is about: its own, or the first of its artifacts."""
    if own := text_of(data.get("sbi_id")):
        return own
    listed = data.get("artifacts")
    items = listed if isinstance(listed, list) else []
    told = (text_of(each.get("id")) for each in items if isinstance(each, dict))
    return next(filter(None, told), "")


def read_folder_state(document: Document, home: str) -> Iterator[Incoming]:
    """Yield the state of the folder as a status update about the item that is worked on."""
    yield project(home)
    for value in document.objects():
        data: dict[str, Any] = value.data  # type: ignore[assignment]
        item = text_of(data.get("wip"))
        meta = data.get("meta")
        moment = parse_time(meta.get("updated_at")) if isinstance(meta, dict) else None
        title = f"Turn {text_of(data.get('turn'))}, {text_of(data.get('current'))}"
        yield IncomingRecord(
            kind=Kind.STATUS_UPDATE,
            external_id=f"var/{STATE}",
            title=": ".join(filter(None, (title, text_of(data.get("status"))))),
            description=value.raw,
            refs={"batch": PROJECT, **({"task": item} if item else {})},
            raw=value.raw,
            offset=value.offset,
            length=value.length,
            created_at=moment,
            updated_at=moment,
        )
