"""The columns of each kind of record."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from db.query import (
    BatchSort,
    BugSort,
    ConversationSort,
    DesignNoteSort,
    ExecutionSort,
    LearningSort,
    MessageSort,
    StatusUpdateSort,
    TaskSort,
)
from db.records import AnyRecord, BatchRecord, ExecutionRecord, Kind, MessageRecord, Place
from db.times import now_us
from db.vocabulary import Part
from desktop_app.look import text
from desktop_app.look.cells import (
    Cell,
    MeterCell,
    PillCell,
    ProgressCell,
    StatusCell,
    TagsCell,
    TextCell,
)
from desktop_app.look.pills import (
    REVIEW_PILLS,
    ROLE_PILLS,
    SEVERITY_PILLS,
    STALLED_PILL,
    SUPERSEDED_PILL,
    error_pill,
)
from desktop_app.models.columns import Column

_PLACE_WORDS: Final = {Place.LIVE: "", Place.ARCHIVED: "Archived", Place.TRASHED: "In trash"}
_PART_WORDS: Final = {
    Part.TEXT: "text",
    Part.THINKING: "thinking",
    Part.TOOL_CALL: "tool call",
    Part.TOOL_RESULT: "tool result",
    Part.IMAGE: "image",
}
_NOTHING: Final = TextCell("")


def _status(**more: Any) -> Column[Any]:
    return Column(
        key="status",
        title="Status",
        text=lambda record: text.status_word(record.status),
        cell=lambda record: StatusCell(record.status, text.status_word(record.status)),
        tip=lambda record: getattr(record, "status_word", None) or "",
        width=15,
        **more,
    )


def _title(title: str = "Title", **more: Any) -> Column[Any]:
    return Column(
        key="title",
        title=title,
        text=lambda record: record.title,
        cell=lambda record: TextCell(record.title, strong=True),
        width=36,
        stretches=True,
        **more,
    )


def _time(
    key: str, title: str, moment: Callable[[Any], int | None], **more: Any
) -> Column[Any]:
    def words(record: Any) -> str:
        passed = moment(record)
        return "" if passed is None else text.relative_time(passed)

    def tip(record: Any) -> str:
        passed = moment(record)
        return "" if passed is None else text.time_tooltip(passed)

    return Column(
        key=key,
        title=title,
        text=words,
        cell=lambda record: TextCell(words(record), muted=True),
        tip=tip,
        width=12,
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


def _aside(key: str, title: str, words: Callable[[Any], str], **more: Any) -> Column[Any]:
    """Return a quiet column that gives way where room is short."""
    return _quiet(key, title, words, **{"width": 18, "essential": False, **more})


def _pill(
    key: str, title: str, pill: Callable[[Any], PillCell | None], **more: Any
) -> Column[Any]:
    """Return a column of signs with words; most rows may have none."""

    def words(record: Any) -> str:
        shown = pill(record)
        return "" if shown is None else shown.word

    def cell(record: Any) -> Cell:
        return pill(record) or _NOTHING

    return Column(key=key, title=title, text=words, cell=cell, **{"width": 15, **more})


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


def _tags(**more: Any) -> Column[Any]:
    return Column(
        key="tags",
        title="Tags",
        text=lambda record: ", ".join(record.tags),
        cell=lambda record: TagsCell(record.tags),
        essential=False,
        width=18,
        **more,
    )


def _updated(sort: StrEnum) -> Column[Any]:
    return _time("updated", "Updated", lambda record: record.updated_at, sort=sort)


def _last(
    created: StrEnum, source: StrEnum | None = None, *, shows_source: bool = False
) -> tuple[Column[Any], ...]:
    """Return the columns that every kind has and few people want."""
    return (
        _aside(
            "source", "Source", lambda r: r.source, sort=source, width=12,
            hidden=not shows_source,
        ),
        _time("created", "Created", lambda r: r.created_at, sort=created, hidden=True),
        _aside("place", "Place", lambda r: _PLACE_WORDS[r.place], width=12, hidden=True),
        _id(essential=False, hidden=True),
    )  # fmt: skip


def _batch(**more: Any) -> Column[Any]:
    return _aside("batch", "Batch", lambda record: record.batch_title, **more)


def _task(**more: Any) -> Column[Any]:
    return _aside("task", "Task", lambda record: record.task_title, **more)


def _run_pill(run: ExecutionRecord) -> PillCell | None:
    return STALLED_PILL if run.is_stalled(now_us()) else None


def _run_status_words(run: ExecutionRecord) -> str:
    stalled = _run_pill(run)
    return text.status_word(run.status) if stalled is None else stalled.word


def _run_status_tip(run: ExecutionRecord) -> str:
    if run.lease_until is None or _run_pill(run) is None:
        return run.status_word or ""
    return f"Running, but its lease ended {text.relative_time(run.lease_until)}"


def _run_duration(run: ExecutionRecord) -> str:
    return "" if run.duration is None else text.duration(run.duration)


def _parts(message: MessageRecord) -> str:
    return ", ".join(words for part, words in _PART_WORDS.items() if part in message.parts)


def _number(key: str, title: str, number: Callable[[Any], int], **more: Any) -> Column[Any]:
    return Column(
        key=key,
        title=title,
        text=lambda record: text.count(number(record)),
        cell=lambda record: TextCell(text.count(number(record)), muted=True),
        **{"width": max(10, len(title) + 4), **more},
    )


BATCH_COLUMNS: Final[tuple[Column[BatchRecord], ...]] = (
    _status(sort=BatchSort.STATUS),
    _title(sort=BatchSort.TITLE),
    Column(
        key="done",
        title="Done",
        text=lambda batch: f"{batch.done} of {batch.total}",
        cell=lambda batch: ProgressCell(batch.counts),
        tip=lambda batch: text.counts_sentence(batch.counts),
        sort=BatchSort.TOTAL,
        width=20,
    ),
    _updated(BatchSort.UPDATED),
    *_last(BatchSort.CREATED, BatchSort.SOURCE, shows_source=True),
)

TASK_COLUMNS: Final = (
    _status(sort=TaskSort.STATUS),
    _title(sort=TaskSort.TITLE),
    _batch(sort=TaskSort.BATCH),
    _aside(
        "priority",
        "Priority",
        lambda task: task.priority.word.capitalize(),
        sort=TaskSort.PRIORITY,
        width=11,
    ),
    _tags(),
    _updated(TaskSort.UPDATED),
    _aside("kind", "Kind", lambda t: t.kind, sort=TaskSort.KIND, width=12, hidden=True),
    *_last(TaskSort.CREATED),
)

EXECUTION_COLUMNS: Final = (
    Column(
        key="status",
        title="Status",
        text=_run_status_words,
        cell=lambda run: _run_pill(run) or StatusCell(run.status, text.status_word(run.status)),
        tip=_run_status_tip,
        sort=ExecutionSort.STATUS,
        width=15,
    ),
    _title("Run"),
    _task(width=20),
    _aside(
        "step", "Step", lambda run: run.step, sort=ExecutionSort.STEP, width=12, hidden=True
    ),
    _aside(
        "decision", "Decision", lambda run: run.decision, sort=ExecutionSort.DECISION, width=13
    ),
    _quiet("duration", "Duration", _run_duration, sort=ExecutionSort.DURATION, width=11),
    _updated(ExecutionSort.UPDATED),
    _number("turn", "Turn", lambda run: run.turn, sort=ExecutionSort.TURN, hidden=True),
    _number("attempt", "Attempt", lambda run: run.attempt, hidden=True),
    _batch(hidden=True),
    _time("started", "Started", lambda run: run.started_at, hidden=True),
    *_last(ExecutionSort.CREATED),
)

STATUS_UPDATE_COLUMNS: Final = (
    _title("Update", sort=StatusUpdateSort.TITLE),
    _aside("actor", "By", lambda record: record.actor, sort=StatusUpdateSort.ACTOR, width=14),
    _task(width=20),
    _batch(),
    _updated(StatusUpdateSort.UPDATED),
    *_last(StatusUpdateSort.CREATED),
)

BUG_COLUMNS: Final = (
    _status(sort=BugSort.STATUS),
    _pill(
        "severity",
        "Severity",
        lambda bug: SEVERITY_PILLS[bug.severity],
        sort=BugSort.SEVERITY,
        width=13,
    ),
    _title(sort=BugSort.TITLE),
    _batch(),
    _updated(BugSort.UPDATED),
    *_last(BugSort.CREATED),
)

DESIGN_NOTE_COLUMNS: Final = (
    _title(sort=DesignNoteSort.TITLE),
    _pill(
        "superseded",
        "Standing",
        lambda note: None if note.superseded_by_pk is None else SUPERSEDED_PILL,
        width=17,
    ),
    _batch(),
    _task(hidden=True),
    _updated(DesignNoteSort.UPDATED),
    *_last(DesignNoteSort.CREATED),
)

CONVERSATION_COLUMNS: Final = (
    _title(sort=ConversationSort.TITLE),
    _pill(
        "errors",
        "Errors",
        lambda c: error_pill(text.count(c.errors)) if c.errors else None,
        width=13,
    ),
    _number("messages", "Messages", lambda c: c.messages, sort=ConversationSort.MESSAGES),
    _aside("project", "Project", lambda c: c.project, sort=ConversationSort.PROJECT),
    _aside("model", "Model", lambda c: c.model, width=16, hidden=True),
    _updated(ConversationSort.UPDATED),
    _aside(
        "part", "Part of", lambda c: "" if c.parent_pk is None else "Sub-agent", hidden=True
    ),
    _task(hidden=True),
    _batch(hidden=True),
    *_last(ConversationSort.CREATED, ConversationSort.SOURCE),
)

MESSAGE_COLUMNS: Final = (
    _number("position", "No.", lambda m: m.position + 1, sort=MessageSort.POSITION, width=8),
    _pill("role", "Role", lambda m: ROLE_PILLS[m.role], sort=MessageSort.ROLE),
    _title("Message"),
    _pill("error", "Error", lambda m: error_pill("Error") if m.has_error else None, width=11),
    _aside("parts", "Parts", _parts, hidden=True),
    _aside("conversation", "Conversation", lambda m: m.conversation_title),
    _updated(MessageSort.UPDATED),
    *_last(MessageSort.CREATED),
)

LEARNING_COLUMNS: Final = (
    _pill(
        "review",
        "Review",
        lambda learning: REVIEW_PILLS[learning.review],
        sort=LearningSort.REVIEW,
        width=16,
    ),
    _title(sort=LearningSort.TITLE),
    _aside("category", "Category", lambda r: r.category, sort=LearningSort.CATEGORY, width=14),
    Column(
        key="confidence",
        title="Confidence",
        text=lambda learning: MeterCell(learning.confidence).text,
        cell=lambda learning: MeterCell(learning.confidence),
        sort=LearningSort.CONFIDENCE,
        width=16,
    ),
    _tags(hidden=True),
    _updated(LearningSort.UPDATED),
    _task(hidden=True),
    _batch(hidden=True),
    *_last(LearningSort.CREATED),
)

COLUMNS: Final[dict[Kind, tuple[Column[Any], ...]]] = {
    Kind.BATCH: BATCH_COLUMNS,
    Kind.TASK: TASK_COLUMNS,
    Kind.EXECUTION: EXECUTION_COLUMNS,
    Kind.STATUS_UPDATE: STATUS_UPDATE_COLUMNS,
    Kind.BUG: BUG_COLUMNS,
    Kind.DESIGN_NOTE: DESIGN_NOTE_COLUMNS,
    Kind.CONVERSATION: CONVERSATION_COLUMNS,
    Kind.MESSAGE: MESSAGE_COLUMNS,
    Kind.LEARNING: LEARNING_COLUMNS,
}
