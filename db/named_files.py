"""Which files a task names: its raw record, its runs, and its conversations.

They are only named: nothing here looks whether there are such files, or opens one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from db.cancel import CancelToken
from db.ports import Storage
from db.query import KEPT, ConversationQuery, ExecutionQuery
from db.records import AnyRecord, Detail, ExecutionRecord, Kind
from db.vocabulary import Part

MOST: Final = 2_000
"""So many files of a task are named."""
_RECORDS: Final = 500
"""So many runs and conversations are looked through, the oldest first."""
_MESSAGES: Final = 20_000
"""So many messages of each conversation are."""
_STEP: Final = 500
_TEXT: Final = 1_000_000
"""So many characters of a text are."""
_PATH_CHARS: Final = 1_024
_DEPTH: Final = 64
_NAMING: Final = frozenset(
    {
        *("file", "files", "filename", "filenames", "filepath", "filepaths", "path", "paths"),
        *("notebookpath", "attachment", "attachments", "artifact", "artifacts", "outputfile"),
        *("filestouched", "touchedfiles", "fileschanged", "changedfiles", "modifiedfiles"),
        *("filesmodified", "relevantfiles", "inputfile", "outputfiles", "inputfiles"),
    }
)
"""Names of members that hold paths, without the signs between their words."""
_NAMED: Final = frozenset({"name", "title"})
"""Names of members that hold the name of a file inside of one of `_NAMING`."""
_SIGNS: Final = re.compile(r"[^a-z]")
_PATH: Final = re.compile(
    r"(?<![\w:/\\.@-])"
    r"(?:[A-Za-z]:[\\/]|~?/|\.{1,2}[\\/])?"
    r"(?:[\w@.+-]+[\\/])+[\w@+-][\w@.+-]*\.[A-Za-z][A-Za-z0-9]{0,7}\b"
)


class NamedFile(Struct, frozen=True):
    """A file, how often it is named, and the first record that does."""

    path: str
    times: int
    kind: Kind
    pk: int
    title: str


class NamedFiles(Struct, frozen=True):
    """The files in the order in which they are first named; `is_whole` if that is all."""

    files: tuple[NamedFile, ...]
    is_whole: bool


def files_of_task(storage: Storage, pk: int, token: CancelToken) -> NamedFiles:
    """Return the files that a task, its runs and its conversations name.

    Raises:
        RecordNotFoundError: there is no such task.
    """
    detail = storage.detail(Kind.TASK, pk)
    found = _Found()
    found.take(Kind.TASK, detail.record, _of_detail(detail))
    id_ = detail.record.id
    runs = storage.ids(ExecutionQuery(task_id=id_, places=KEPT), _RECORDS + 1, 0, token)
    talks = storage.ids(ConversationQuery(task_id=id_, places=KEPT), _RECORDS + 1, 0, token)
    found.is_whole = max(len(runs), len(talks)) <= _RECORDS
    for run_pk in sorted(runs[:_RECORDS]):
        token.check()
        run = storage.detail(Kind.EXECUTION, run_pk)
        found.take(Kind.EXECUTION, run.record, _of_detail(run))
    for talk_pk in sorted(talks[:_RECORDS]):
        talk = storage.detail(Kind.CONVERSATION, talk_pk)
        found.take(Kind.CONVERSATION, talk.record, _of_detail(talk))
        _take_messages(found, storage, talk_pk, token)
    return found.result()


def _take_messages(
    found: _Found, storage: Storage, conversation_pk: int, token: CancelToken
) -> None:
    """Take what tools were called with."""
    calls = [
        entry.pk
        for entry in storage.thread(conversation_pk, token)
        if entry.parts & Part.TOOL_CALL
    ]
    found.is_whole = found.is_whole and len(calls) <= _MESSAGES
    for start in range(0, min(len(calls), _MESSAGES), _STEP):
        for message in storage.message_details(calls[start : start + _STEP], token):
            for block in message.blocks:
                if block.type is Part.TOOL_CALL:
                    found.take(Kind.MESSAGE, message.record, _of_json(block.text))


class _Found:
    """Collects the files that are named."""

    def __init__(self) -> None:
        self.is_whole = True
        self._times: dict[str, int] = {}
        self._first: dict[str, tuple[Kind, AnyRecord]] = {}

    def take(self, kind: Kind, record: AnyRecord, paths: Iterator[str]) -> None:
        """Take the files that a record names."""
        for path in paths:
            if path not in self._times and len(self._times) == MOST:
                self.is_whole = False
                return
            self._first.setdefault(path, (kind, record))
            self._times[path] = self._times.get(path, 0) + 1

    def result(self) -> NamedFiles:
        """Return all that was found."""
        files = []
        for path, times in self._times.items():
            kind, record = self._first[path]
            title = record.title
            if isinstance(record, ExecutionRecord):
                title = title or f"Run {record.turn}"
            files.append(NamedFile(path, times, kind, record.pk, title))
        return NamedFiles(tuple(files), self.is_whole)


def _of_detail(detail: Detail) -> Iterator[str]:
    """Yield the paths in a raw record, and further ones in the text: most of that is in it."""
    named = list(_of_json(detail.raw or ""))
    yield from named
    known = set(named)
    yield from (path for path in _of_text(detail.description) if path not in known)


def _of_json(text: str) -> Iterator[str]:
    if len(text) > _TEXT:
        yield from _of_text(text)
        return
    try:
        value: Any = msgspec.json.decode(text.encode(errors="replace")) if text else None
    except (msgspec.DecodeError, RecursionError):
        yield from _of_text(text)
        return
    yield from _of_value(value, _DEPTH)


def _of_value(value: Any, depth: int) -> Iterator[str]:
    """Yield the paths in a JSON value: those of members that hold paths, and those in texts."""
    if isinstance(value, str):
        yield from _of_text(value)
    elif depth and isinstance(value, dict):
        for name, inner in value.items():
            if _SIGNS.sub("", name.lower()) in _NAMING:
                yield from _named(inner, depth - 1)
            else:
                yield from _of_value(inner, depth - 1)
    elif depth and isinstance(value, list):
        for inner in value:
            yield from _of_value(inner, depth - 1)


def _named(value: Any, depth: int) -> Iterator[str]:
    """Yield what a member that holds paths says: each text is one."""
    if isinstance(value, str):
        path = value.strip()
        if path and len(path) <= _PATH_CHARS and path.isprintable():
            yield path
    elif depth and isinstance(value, list):
        for inner in value:
            yield from _named(inner, depth - 1)
    elif depth and isinstance(value, dict):
        for name, inner in value.items():
            if _SIGNS.sub("", name.lower()) in _NAMING | _NAMED:
                yield from _named(inner, depth - 1)


def _of_text(text: str) -> Iterator[str]:
    """Yield what looks like a path of a file in a text: folders and a name with an ending."""
    for line in _lines(text[:_TEXT]):
        for match in _PATH.finditer(line):
            if len(match[0]) <= _PATH_CHARS:
                yield match[0]


def _lines(text: str) -> Sequence[str]:
    return text.split("\n") if "/" in text or "\\" in text else ()
