"""What is said of a record in a word or two, beside its title."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from db.records import (
    AnyRecord,
    ConversationRecord,
    DesignNoteRecord,
    LearningRecord,
    MessageRecord,
    StatusUpdateRecord,
)
from db.vocabulary import Review, Status
from desktop_app.look.text import counted, relative_time, status_word


def status_of(record: AnyRecord) -> Status | None:
    """Return the state of a record, or None if its kind has none."""
    status: Status | None = getattr(record, "status", None)
    return status


def brief(record: AnyRecord) -> str:
    """Return what a short table says of a record: its state, or what stands for one."""
    status = status_of(record)
    if status is not None:
        return status_word(status)
    for kind, say in _BRIEF.items():
        if isinstance(record, kind) and (said := say(record)):
            return said
    return relative_time(record.created_at)


_BRIEF: Final[dict[type[AnyRecord], Callable[[Any], str]]] = {
    LearningRecord: lambda it: (
        f"{confidence_word(it.confidence)} {review_word(it.review).lower()}"
    ),
    ConversationRecord: lambda it: counted(it.messages, "message", "messages"),
    MessageRecord: lambda it: it.role.word.capitalize() + " (error)" * it.has_error,
    DesignNoteRecord: lambda it: "" if it.superseded_by_pk is None else "Superseded",
    StatusUpdateRecord: lambda it: (
        f"{it.actor} · {relative_time(it.created_at)}" if it.actor else ""
    ),
}


def confidence_word(confidence: float) -> str:
    """Return how sure a learning is, as the window writes it: `0.80`."""
    return f"{confidence:.2f}"


def review_word(review: Review) -> str:
    """Return what a person decided about a learning, as the window says it."""
    return review.word.capitalize()
