"""The columns of the two kinds of record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from db.query import BatchSort, TaskSort
from db.records import AnyRecord, BatchRecord, Kind, Place, TaskRecord
from desktop_app.look import text
from desktop_app.look.cells import ProgressCell, StatusCell, TagsCell, TextCell
from desktop_app.models.columns import Column

_PLACE_WORDS: Final = {Place.LIVE: "", Place.ARCHIVED: "Archived", Place.TRASHED: "In trash"}


def _status(**more: Any) -> Column[Any]:
    return Column(
        key="status",
        title="Status",
        text=lambda record: text.status_word(record.status),
        cell=lambda record: StatusCell(record.status, text.status_word(record.status)),
        width=15,
        **more,
    )


def _title(**more: Any) -> Column[Any]:
    return Column(
        key="title",
        title="Title",
        text=lambda record: record.title,
        cell=lambda record: TextCell(record.title, strong=True),
        width=36,
        stretches=True,
        **more,
    )


def _time(key: str, title: str, moment: Callable[[AnyRecord], int], **more: Any) -> Column[Any]:
    return Column(
        key=key,
        title=title,
        text=lambda record: text.relative_time(moment(record)),
        cell=lambda record: TextCell(text.relative_time(moment(record)), muted=True),
        tip=lambda record: text.time_tooltip(moment(record)),
        width=14,
        **more,
    )


def _quiet(key: str, title: str, words: Callable[[Any], str], **more: Any) -> Column[Any]:
    return Column(
        key=key,
        title=title,
        text=words,
        cell=lambda record: TextCell(words(record), muted=True),
        **more,
    )


def _id(**more: Any) -> Column[Any]:
    def words(record: AnyRecord) -> str:
        return record.external_id or record.id

    return Column(
        key="id",
        title="Id",
        text=words,
        cell=lambda record: TextCell(words(record), muted=True, mono=True),
        width=14,
        **more,
    )


BATCH_COLUMNS: Final[tuple[Column[BatchRecord], ...]] = (
    _status(sort=BatchSort.STATUS),
    _title(sort=BatchSort.TITLE),
    Column(
        key="done",
        title="Done",
        text=lambda batch: f"{batch.finished} of {batch.total}",
        cell=lambda batch: ProgressCell(batch.counts),
        tip=lambda batch: text.counts_sentence(batch.counts),
        sort=BatchSort.TOTAL,
        width=18,
    ),
    _time("updated", "Updated", lambda batch: batch.updated_at, sort=BatchSort.UPDATED),
    _quiet("source", "Source", lambda b: b.source, sort=BatchSort.SOURCE, essential=False),
    _time(
        "created",
        "Created",
        lambda batch: batch.created_at,
        sort=BatchSort.CREATED,
        hidden=True,
    ),
    _quiet("place", "Place", lambda b: _PLACE_WORDS[b.place], essential=False, hidden=True),
    _id(essential=False, hidden=True),
)

TASK_COLUMNS: Final[tuple[Column[TaskRecord], ...]] = (
    _status(sort=TaskSort.STATUS),
    _title(sort=TaskSort.TITLE),
    _quiet("batch", "Batch", lambda task: task.batch_title, essential=False, width=18),
    _quiet(
        "priority",
        "Priority",
        lambda task: task.priority.word.capitalize(),
        sort=TaskSort.PRIORITY,
        width=11,
    ),
    Column(
        key="tags",
        title="Tags",
        text=lambda task: ", ".join(task.tags),
        cell=lambda task: TagsCell(task.tags),
        essential=False,
        width=18,
    ),
    _time("updated", "Updated", lambda task: task.updated_at, sort=TaskSort.UPDATED),
    _quiet("kind", "Kind", lambda t: t.kind, sort=TaskSort.KIND, essential=False, hidden=True),
    _quiet("source", "Source", lambda t: t.source, essential=False, hidden=True),
    _time(
        "created",
        "Created",
        lambda task: task.created_at,
        sort=TaskSort.CREATED,
        hidden=True,
    ),
    _quiet("place", "Place", lambda t: _PLACE_WORDS[t.place], essential=False, hidden=True),
    _id(essential=False, hidden=True),
)

COLUMNS: Final[dict[Kind, tuple[Column[Any], ...]]] = {
    Kind.BATCH: BATCH_COLUMNS,
    Kind.TASK: TASK_COLUMNS,
}
