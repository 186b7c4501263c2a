"""What a person may give each field of a record, and how it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Any, Final, TypeVar

from db.errors import InvalidEditError, RecordNotFoundError
from db.records import Kind
from db.repositories import EditValue
from db.sqlite import audit, curtain
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS
from db.texts import storable
from db.times import parse_time
from db.vocabulary import (
    LinkKind,
    Priority,
    Review,
    Severity,
    Status,
    fold_priority,
    fold_severity,
    fold_status,
)

MAX_TITLE_CHARS: Final = 10_000
MAX_WORD_CHARS: Final = 100
MAX_NUMBER: Final = 1_000_000

_E = TypeVar("_E", bound=IntEnum)
_Reader = Callable[[Session, EditValue, int | None], dict[str, Any]]


def stored(
    session: Session, kind: Kind, changes: Mapping[str, EditValue], pk: int | None
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Return a person's changes as columns, and as the fields that are lists.

    What one field says of another gives way to what is given for that.

    Raises:
        InvalidEditError: a field the kind does not have, or a value it cannot take.
        RecordNotFoundError: a reference to a record there is none of.
    """
    readers = _FIELDS[kind]
    values: dict[str, Any] = {}
    for name in changes:
        if name not in readers:
            raise InvalidEditError(f"A {kind.word} has no field named {name}.")
    for name in filter(changes.__contains__, readers):
        values |= readers[name](session, changes[name], pk)
    lists = {name: values.pop(name) for name in _LISTS & values.keys()}
    return values, lists


def editable(kind: Kind) -> tuple[str, ...]:
    """Return the fields of a kind that a person may change, by name."""
    return tuple(_FIELDS[kind])


def _title(_session: Session, value: EditValue, _pk: int | None) -> dict[str, Any]:
    title = " ".join(storable(str(value or "")).split())
    if not title:
        raise InvalidEditError("A title needs at least one letter.", advice="Type a title.")
    if len(title) > MAX_TITLE_CHARS:
        raise InvalidEditError(
            f"A title can have up to {MAX_TITLE_CHARS:,} letters; this one has {len(title):,}.",
            advice="Put the long text into the description.",
        )
    return {"title": title}


def _text(column: str) -> _Reader:
    return lambda _session, value, _pk: {column: storable(str(value or ""))}


def _word(column: str, *, needed: bool = False) -> _Reader:
    def read(_session: Session, value: EditValue, _pk: int | None) -> dict[str, Any]:
        word = " ".join(storable(str(value or "")).split())
        if len(word) > MAX_WORD_CHARS or (needed and not word):
            raise InvalidEditError(f"A {column} is a word of up to {MAX_WORD_CHARS} letters.")
        return {column: word}

    return read


def _choice(column: str, choices: type[_E], fold: Callable[[str], _E | None]) -> _Reader:
    def read(_session: Session, value: EditValue, _pk: int | None) -> dict[str, Any]:
        if isinstance(value, int) and value in {*choices}:
            return {column: choices(value)}
        folded = fold(value) if isinstance(value, str) else None
        if folded is None:
            known = ", ".join(each.name.lower() for each in choices)
            raise InvalidEditError(
                f"There is no {column} {value!r}.", advice=f"Use one of {known}."
            )
        return {column: folded}

    return read


def _status(session: Session, value: EditValue, pk: int | None) -> dict[str, Any]:
    return {**_choice("status", Status, fold_status)(session, value, pk), "status_word": None}


def _review(word: str) -> Review | None:
    return Review.__members__.get(word.strip().upper())


def _number(column: str, least: int) -> _Reader:
    def read(_session: Session, value: EditValue, _pk: int | None) -> dict[str, Any]:
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        if not isinstance(number, int) or not least <= number <= MAX_NUMBER:
            raise InvalidEditError(f"A {column} is a whole number from {least}.")
        return {column: number}

    return read


def _confidence(_session: Session, value: EditValue, _pk: int | None) -> dict[str, Any]:
    try:
        number = float(value)  # type: ignore[arg-type]  # what it cannot take, it says
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number <= 1:
        raise InvalidEditError("A confidence is a number from 0 to 1.")
    return {"confidence": number}


def _moment(column: str) -> _Reader:
    def read(_session: Session, value: EditValue, _pk: int | None) -> dict[str, Any]:
        moment = parse_time(value) if isinstance(value, str) else value
        is_none = value is None or value == ""
        if not is_none and (not isinstance(moment, int) or moment < 0):
            raise InvalidEditError(
                f"{value!r} is no time.",
                advice="Write it as 2026-01-31T14:05Z, or as microseconds since 1970.",
            )
        return {column: None if is_none else moment}

    return read


def tag_names(value: EditValue) -> list[str]:
    """Return tags as they are stored: each once, in order.

    Raises:
        InvalidEditError: it is no list of words.
    """
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InvalidEditError("Tags are a list of words.")
    names = {" ".join(storable(str(name)).split()) for name in value}
    return sorted(name for name in names if name)


def _tags(_session: Session, value: EditValue, _pk: int | None) -> dict[str, Any]:
    return {"tags": tag_names(value)}


def _pk_of(session: Session, kind: Kind, id_: object) -> int | None:
    if id_ is None:
        return None
    behind = curtain.hidden(session, kind).sql("pk")
    pk = session.value(
        f"SELECT pk FROM {LAYOUTS[kind].table} WHERE id = ?{behind}", (str(id_),)
    )
    if pk is None:
        raise RecordNotFoundError(f"There is no {kind.word} with the id {id_}.")
    return int(pk)


def _reference(name: str, target: Kind, *, needed: bool = False) -> _Reader:
    def read(session: Session, value: EditValue, _pk: int | None) -> dict[str, Any]:
        found = _pk_of(session, target, value)
        if needed and found is None:
            raise InvalidEditError(f"It belongs to a {target.word}, so it needs one.")
        return {f"{name}_pk": found}

    return read


def _superseded(kind: Kind) -> _Reader:
    def read(session: Session, value: EditValue, pk: int | None) -> dict[str, Any]:
        found = newer = _pk_of(session, kind, value)
        titles: dict[int, str] = {}
        while newer is not None and newer not in titles:
            if newer == pk:
                raise InvalidEditError(_circle(kind, list(titles.values())))
            row = session.row(
                f"SELECT title, superseded_by_pk FROM {LAYOUTS[kind].table} WHERE pk = ?",
                (newer,),
            )
            assert row is not None
            titles[newer], newer = row
        return {"superseded_by_pk": found}

    return read


def _superseded_learning(session: Session, value: EditValue, pk: int | None) -> dict[str, Any]:
    """Read what supersedes a learning, which is decided about thereby."""
    newer = _superseded(Kind.LEARNING)(session, value, pk)
    return newer if value is None else {**newer, "review": Review.SUPERSEDED}


def _circle(kind: Kind, titles: Sequence[str]) -> str:
    """Return in words that a record would supersede itself, through others or directly."""
    if not titles:
        return f"A {kind.word} cannot supersede itself."
    named = ", ".join(f"“{title}”" for title in titles[:_SHOWN_OF_CIRCLE])
    more = len(titles) - _SHOWN_OF_CIRCLE
    return f"The {kind.word} would supersede itself through {named}" + (
        f" and {more:,} more." if more > 0 else "."
    )


_SHOWN_OF_CIRCLE: Final = 3


def _parent(session: Session, value: EditValue, pk: int | None) -> dict[str, Any]:
    parent_pk = _pk_of(session, Kind.TASK, value)
    if pk is not None and parent_pk is not None and audit.is_inside(session, parent_pk, pk):
        raise InvalidEditError("A task cannot be a part of itself or of its own parts.")
    return {"parent_pk": parent_pk}


def _ids(name: str, target: Kind) -> _Reader:
    def read(session: Session, value: EditValue, _pk: int | None) -> dict[str, Any]:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise InvalidEditError(f"The {name} are a list of ids.")
        return {name: sorted({_pk_of(session, target, str(id_)) or 0 for id_ in value})}

    return read


def _links(session: Session, value: EditValue, pk: int | None) -> dict[str, Any]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InvalidEditError("Links are a list of task ids, each with a kind.")
    links = set()
    for pair in value:
        if isinstance(pair, str):
            raise InvalidEditError("A link is a pair of a task's id and a kind.")
        id_, kind = pair
        to_pk = _pk_of(session, Kind.TASK, id_)
        if to_pk is None or to_pk == pk:
            raise InvalidEditError("A task cannot be linked with itself.")
        links.add((to_pk, int(LinkKind(kind))))
    return {"links": [list(link) for link in sorted(links)]}


_LISTS: Final = frozenset({"tags", "links", "tasks", "evidence"})
_SHARED: Final[dict[str, _Reader]] = {"title": _title, "description": _text("description")}
_HOME: Final[dict[str, _Reader]] = {
    "batch": _reference("batch", Kind.BATCH),
    "task": _reference("task", Kind.TASK),
}
_FIELDS: Final[dict[Kind, dict[str, _Reader]]] = {
    Kind.BATCH: _SHARED,
    Kind.TASK: {
        **_SHARED,
        "status": _status,
        "priority": _choice("priority", Priority, fold_priority),
        "kind": _word("kind", needed=True),
        "batch": _reference("batch", Kind.BATCH),
        "parent": _parent,
        "tags": _tags,
        "links": _links,
    },
    Kind.EXECUTION: {
        **_SHARED,
        "task": _reference("task", Kind.TASK, needed=True),
        "turn": _number("turn", 0),
        "step": _word("step"),
        "attempt": _number("attempt", 1),
        "status": _status,
        "decision": _word("decision"),
        "started_at": _moment("started_at"),
        "completed_at": _moment("completed_at"),
        "lease_until": _moment("lease_until"),
    },
    Kind.STATUS_UPDATE: {**_SHARED, **_HOME, "actor": _word("actor")},
    Kind.BUG: {
        **_SHARED,
        "batch": _reference("batch", Kind.BATCH),
        "status": _status,
        "severity": _choice("severity", Severity, fold_severity),
        "steps": _text("steps"),
        "proposed_fix": _text("proposed_fix"),
        "tasks": _ids("tasks", Kind.TASK),
    },
    Kind.DESIGN_NOTE: {
        **_SHARED,
        **_HOME,
        "context": _text("context"),
        "decision": _text("decision"),
        "consequences": _text("consequences"),
        "superseded_by": _superseded(Kind.DESIGN_NOTE),
    },
    Kind.CONVERSATION: {**_SHARED, **_HOME},
    Kind.MESSAGE: {},
    Kind.LEARNING: {
        **_SHARED,
        **_HOME,
        "category": _word("category"),
        "confidence": _confidence,
        "superseded_by": _superseded_learning,
        "review": _choice("review", Review, _review),
        "tags": _tags,
        "evidence": _ids("evidence", Kind.MESSAGE),
    },
}
