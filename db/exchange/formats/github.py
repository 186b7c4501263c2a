"""GitHub issues, as its command line, its REST interface and scripts that make them list them.

The command line writes camelCase and only the keys it was asked for, REST snake_case; lists
for scripts have a title, a body and labels. An issue labelled as a bug is one, comments are
status updates. Pull requests are tasks of a kind of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from db.exchange import companions
from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, json_text, names_in, text_of
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.exchange.json_reader import Value
from db.exchange.raw_object import RawObject
from db.exchange.remarks import Remarks, Shape
from db.exchange.rewriting import Entry, Put, member, moment, name_in, rewritten
from db.exchange.shells import (
    BARE_LIST,
    ShellReader,
    array_pieces,
    objects_of,
    shell_pieces,
)
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.ports import Storage
from db.records import AnyRecord, BatchDetail, BugRecord, Kind, RecordDetail, TaskRecord
from db.times import parse_time, to_iso
from db.vocabulary import (
    Priority,
    Severity,
    Status,
    fold_priority,
    fold_severity,
    fold_status,
)

_NAME: Final = "github"
_BATCH: Final = "file"
_LISTS: Final = ("items", "issues", "pullRequests", "pull_requests", "nodes")
_PULL: Final = frozenset({"pull_request", "headRefName", "mergedAt", "merged_at", "isDraft"})
_KEPT: Final = (Kind.BUG,)
_ISSUE: Final = "issue"
_PULL_REQUEST: Final = "pull request"
_REPO: Final = re.compile(r"github\.com/(?:repos/)?([^/\s]+/[^/\s]+)")
_LABEL_PARTS: Final = re.compile(r"[/:\s]+")
_NOT_DONE: Final = frozenset({"not_planned", "duplicate"})
_CLOSING: Final = frozenset({Status.SUCCEEDED, Status.CANCELED})


class GitHub:
    """Reads and writes lists of issues."""

    name = _NAME
    title = "GitHub issues"
    suffix = ".json"
    loses = (
        "links and parents of tasks, states other than open and closed, steps and proposed"
        " fixes of bugs made in Sheaf, status updates that are of no task, and numbers that"
        " issues of several lists without addresses share: the first keeps it"
    )
    kinds = frozenset({Kind.BATCH, Kind.TASK, Kind.BUG})

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        found = _listed(sample)
        telling = [item for item in found if _is_issue(item)]
        return 0.95 * len(telling) / len(found) if found else 0.0

    def origin(self, sample: Sample) -> str | None:
        """Return the repository, where the issues have addresses."""
        repo = _repo_in(sample)
        return f"{_NAME}:{repo}" if repo else None

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the repository as one batch, its issues and their comments."""
        repo = _repo_in(document.sample)
        batch = IncomingBatch(external_id=_BATCH, title=repo or document.stem)
        yield batch
        if not _list_key(document.sample):
            if document.sample.shape == "array":
                batch.raw = BARE_LIST
            yield from _records(document.objects(), repo)
        else:
            shell = ShellReader([_list_key(document.sample)])
            cursor = document.cursor()
            for _ in shell.walk(cursor):
                yield from _records(objects_of(document, cursor.values()), repo)
            cursor.end()
            batch.raw = shell.text()
        yield batch

    def size(self, storage: Storage, selection: Selection) -> int:
        """Return how many records `write` counts: issues."""
        return companions.count(storage, selection, _KEPT)

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield an array of issues, or what the one file had around its own."""
        writer = _Writer(storage, selection)
        details = companions.in_file_order(storage, selection, _KEPT)
        texts = map(writer.text, details)
        batches = [storage.batches.get(pk) for pk in selection.batches]
        shell = RawObject(_raw(batches[0]) if len(batches) == 1 else "")
        lists = [key for key in _LISTS if shell.data.get(key) == []]
        if lists:
            yield from shell_pieces(shell, {lists[0]: texts})
        else:
            yield from array_pieces(texts)
            yield b"\n", 0


def _raw(batch: BatchDetail) -> str:
    return (batch.raw or "") if batch.record.source == _NAME else ""


def _is_issue(item: object) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("title"), str):
        return False
    if isinstance(item.get("number"), int):
        return isinstance(item.get("labels"), list) or "state" in item or "body" in item
    return isinstance(item.get("body"), str) and isinstance(item.get("labels"), list)


def _listed(sample: Sample) -> list[dict[str, Any]]:
    key = _list_key(sample)
    listed = sample.members.get(key) if key else sample.objects
    return (
        [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    )


def _list_key(sample: Sample) -> str:
    """Return the member that holds the issues, or nothing if the document is the list."""
    for key in _LISTS:
        found = sample.members.get(key)
        if isinstance(found, list) and any(map(_is_issue, found)):
            return key
    return ""


def _repo_in(sample: Sample) -> str:
    return next(filter(None, map(_repo_of, _listed(sample))), "")


def _repo_of(item: dict[str, Any]) -> str:
    """Return the repository that an issue says it is in, or nothing."""
    repository = item.get("repository")
    named = repository.get("nameWithOwner") if isinstance(repository, dict) else None
    if named:
        return text_of(named)
    for key in ("repository_url", "html_url", "url"):
        if found := _REPO.search(text_of(item.get(key))):
            return found[1]
    return ""


def _records(values: Iterator[Value], repo: str) -> Iterator[Incoming]:
    for number, value in enumerate(values, start=1):
        assert isinstance(value.data, dict)
        record = _to_record(value, value.data, repo, f"#{number}")
        yield record
        yield from _comments(record, value, value.data)


def _name(data: dict[str, Any], repo: str, fallback: str) -> str:
    number = data.get("number")
    if not isinstance(number, int):
        return text_of(data.get("id")) or fallback
    own = _repo_of(data)
    return str(number) if own in {"", repo} else f"{own}#{number}"


def _to_record(
    value: Value, data: dict[str, Any], repo: str, fallback: str
) -> IncomingTask | IncomingRecord:
    name = _name(data, repo, fallback)
    labels = names_in(data.get("labels"))
    created_at = parse_time(data.get("createdAt") or data.get("created_at"))
    changed = (data.get(key) for key in ("updatedAt", "updated_at", "closedAt", "closed_at"))
    updated_at = next((found for each in changed if (found := parse_time(each))), created_at)
    title = text_of(data.get("title")) or name
    body = text_of(data.get("body"))
    status, word = _status(data)
    if not _PULL.isdisjoint(data) or not any(map(_is_bug, labels)):
        return IncomingTask(
            external_id=name,
            title=title,
            status=status,
            status_word=word,
            kind=_ISSUE if _PULL.isdisjoint(data) else _PULL_REQUEST,
            priority=_priority(data, labels),
            description=body,
            created_at=created_at,
            updated_at=updated_at,
            raw=value.raw,
            offset=value.offset,
            length=value.length,
            batch=_BATCH,
            tags=labels,
        )
    return IncomingRecord(
        kind=Kind.BUG,
        external_id=name,
        title=title,
        description=body,
        fields={
            "status": status.value,
            "status_word": word,
            "severity": _severity(data, labels).value,
        },
        refs={"batch": _BATCH},
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        created_at=created_at,
        updated_at=updated_at,
    )


def _parts(label: str) -> list[str]:
    return [part for part in _LABEL_PARTS.split(label.lower()) if part]


def _is_bug(label: str) -> bool:
    return "bug" in _parts(label)


def _status(data: dict[str, Any]) -> tuple[Status, str | None]:
    state = text_of(data.get("state"))
    pull = data.get("pull_request")
    merged = data.get("mergedAt") or data.get("merged_at")
    if isinstance(pull, dict):
        merged = merged or pull.get("merged_at")
    if merged or state.lower() == "merged":
        return Status.SUCCEEDED, state or None
    reason = text_of(data.get("stateReason") or data.get("state_reason")).lower()
    status = fold_status(state)
    is_given_up = reason in _NOT_DONE or (
        state.lower() == "closed" and not _PULL.isdisjoint(data) and _tells_merging(data)
    )
    if is_given_up:
        return Status.CANCELED, reason or state
    word = state[:200] if status is None or state != status.word else ""
    return status or Status.QUEUED, word or None


def _tells_merging(data: dict[str, Any]) -> bool:
    pull = data.get("pull_request")
    own = pull.keys() if isinstance(pull, dict) else ()
    return not {"mergedAt", "merged_at"}.isdisjoint([*data, *own])


def _priority(data: dict[str, Any], labels: Sequence[str]) -> Priority:
    words = [text_of(data.get("priority")), *("".join(_parts(each)[-1:]) for each in labels)]
    found = (priority for word in words if (priority := fold_priority(word)) is not None)
    return next(found, Priority.MEDIUM)


def _severity(data: dict[str, Any], labels: Sequence[str]) -> Severity:
    words = [text_of(data.get("severity")), *("".join(_parts(each)[-1:]) for each in labels)]
    found = (severity for word in words if (severity := fold_severity(word)) is not None)
    return next(found, Severity.MEDIUM)


def _comments(
    of: IncomingTask | IncomingRecord, value: Value, data: dict[str, Any]
) -> Iterator[IncomingRecord]:
    listed = data.get("comments")
    for number, item in enumerate(listed if isinstance(listed, list) else (), start=1):
        if isinstance(item, dict):
            record = _to_comment(item)
            record.external_id = _comment_name(of.external_id, number, item)
            record.refs = {"batch": _BATCH}
            if isinstance(of, IncomingTask):
                record.refs["task"] = of.external_id
            record.offset, record.length = value.offset, value.length
            yield record


def _comment_name(issue: str, number: int, data: Mapping[str, Any]) -> str:
    return f"{issue}/{text_of(data.get('id')) or f'#{number}'}"


def _to_comment(data: dict[str, Any]) -> IncomingRecord:
    text = text_of(data.get("body"))
    author = data.get("author") or data.get("user")
    login = author.get("login") if isinstance(author, dict) else author
    moment = parse_time(data.get("createdAt") or data.get("created_at"))
    return IncomingRecord(
        kind=Kind.STATUS_UPDATE,
        external_id="",
        title=first_line(text) or "Empty comment",
        description=text,
        fields={"actor": text_of(login)},
        created_at=moment,
        updated_at=moment,
    )


class _Writer:
    """Writes the issues of one selection."""

    def __init__(self, storage: Storage, selection: Selection) -> None:
        self._remarks = Remarks(storage, selection, _COMMENTS)
        self._last = 0
        self._again: set[str] = set()
        taken: set[str] = set()
        others: list[tuple[str, str]] = []
        for kind in (Kind.TASK, Kind.BUG):
            pks = selection.tasks if kind is Kind.TASK else ()
            pks = pks or companions.companions(storage, selection, kind)
            for record in companions.fetched(storage, kind, pks):
                number = (name_in(_NAME, record) or "").rpartition("#")[2]
                if not number.isdecimal():
                    continue
                self._last = max(self._last, int(number))
                if "/" in (record.origin or ""):
                    taken.add(number)
                else:
                    others.append((record.id, number))
        for id_, number in others:
            if number in taken:
                self._again.add(id_)
            taken.add(number)

    def text(self, detail: Entry) -> str:
        """Return a task or a bug as an issue."""
        record = detail.record
        new = RawObject()
        put: dict[str, Put] = {**_PUT, "status": partial(_put_status, record)}
        found = rewritten(detail, _NAME, _read, put, new)
        if found is new or (record.id in self._again and not _repo_of(found.data)):
            self._last += 1
            found.set("number", self._last)
        if found is new:
            if isinstance(record, BugRecord):
                labels = [{"name": "bug"}, {"name": f"severity: {record.severity.word}"}]
                new.set("labels", labels)
            elif isinstance(record, TaskRecord) and record.priority is not Priority.MEDIUM:
                labels = [{"name": tag} for tag in record.tags]
                new.set("labels", [*labels, {"name": f"priority: {record.priority.word}"}])
        self._remarks.put_into(found, record, name_in(_NAME, record) or "")
        return found.text()


def _read(found: RawObject) -> IncomingTask | IncomingRecord:
    return _to_record(found.value, found.data, _repo_of(found.data), "")


def _is_rest(found: RawObject) -> bool:
    return "created_at" in found or text_of(found.data.get("state")).islower()


def _put_status(record: AnyRecord, found: RawObject, value: Status) -> None:
    is_rest = _is_rest(found)
    state = "closed" if value in _CLOSING else "open"
    found.set("state", state if is_rest else state.upper())
    closed, reason = ("closed_at", "state_reason") if is_rest else ("closedAt", "stateReason")
    if value in _CLOSING:
        found.set(closed, to_iso(record.updated_at))
    elif closed in found:
        found.set(closed, None)
    if value is Status.CANCELED:
        found.set(reason, "not_planned" if is_rest else "NOT_PLANNED")
    elif reason in found:
        found.remove(reason)


def _put_labels(found: RawObject, value: list[str]) -> None:
    """Write labels, those that were there before as they were."""
    before = found.items("labels")
    kept = [item for item in before if {*names_in([item.data])} & {*value}]
    known = {name for item in kept for name in names_in([item.data])}
    is_text = any(isinstance(item.data, str) for item in before)
    added = [name for name in value if name not in known]
    texts = [json_text(name if is_text else {"name": name}) for name in added]
    found.set_items("labels", [*(item.raw for item in kept), *texts])


def _put_word(key: str) -> Put:
    """Return what writes a word over another, for members that only some lists have."""

    def put(found: RawObject, value: Priority | Severity) -> None:
        if key in found.data:
            found.set(key, value.word)

    return put


def _put_moment(camel: str, snake: str) -> Put:
    def put(found: RawObject, value: int) -> None:
        if not found.data or not {camel, snake}.isdisjoint(found.data):
            moment(snake if _is_rest(found) else camel)(found, value)

    return put


def _new_comment(_issue: str, detail: RecordDetail) -> RawObject:
    new = RawObject()
    new.set("id", detail.record.id)
    return new


def _put_author(found: RawObject, value: str) -> None:
    found.set("user" if "user" in found.data else "author", {"login": value})


_PUT: Final[dict[str, Put]] = {
    "title": member("title"),
    "description": member("body"),
    "tags": _put_labels,
    "priority": _put_word("priority"),
    "severity": _put_word("severity"),
    "created_at": _put_moment("createdAt", "created_at"),
    "updated_at": _put_moment("updatedAt", "updated_at"),
}
_COMMENTS: Final = Shape(
    source=_NAME,
    key="comments",
    read=lambda found: _to_comment(found.data),
    put={
        "description": member("body"),
        "actor": _put_author,
        "created_at": moment("createdAt"),
    },
    name=_comment_name,
    new=_new_comment,
)
GITHUB: Final = GitHub()
